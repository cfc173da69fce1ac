package traccar

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

var now = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func TestPositionsAsTheAppsSendThem(t *testing.T) {
	at := time.Unix(1736150400, 0).UTC()
	tests := []struct {
		name, query, body string
		want              model.Fix
		ok                bool
	}{
		{"Traccar Client up to 8", "id=123456&timestamp=1736150400&lat=52.52&lon=13.405&speed=10&bearing=90.0&altitude=40.0&accuracy=12.0&batt=78.0", "",
			model.Fix{At: at, Latitude: 52.52, Longitude: 13.405, AccuracyM: 12, SpeedMS: 5.14444, BatteryPct: 78}, true},
		{"OsmAnd", "deviceid=li&lat=-33.86&lon=151.21&timestamp=2025-01-06T08:00:00Z&hdop=1.1", "", model.Fix{At: at, Latitude: -33.86, Longitude: 151.21}, true},
		{"milliseconds", "id=1&timestamp=1736150400000&lat=1&lon=2", "", model.Fix{At: at, Latitude: 1, Longitude: 2}, true},
		{"no time", "id=1&lat=1&lon=2", "", model.Fix{At: now, Latitude: 1, Longitude: 2}, true},
		{"one location", "id=1&location=1.5,2.5&timestamp=1736150400", "", model.Fix{At: at, Latitude: 1.5, Longitude: 2.5}, true},
		{"invalid by its own word", "id=1&valid=false&lat=1&lon=2", "", model.Fix{}, false},
		{"GPSLogger", "latitude=52.52&longitude=13.405&device=li&accuracy=20&battery=55&spd=3.5&timestamp=1736150400", "",
			model.Fix{At: at, Latitude: 52.52, Longitude: 13.405, AccuracyM: 20, SpeedMS: 3.5, BatteryPct: 55}, true},
		{"Traccar Client 9", "", `{"location":{"event":"motionchange","is_moving":true,"uuid":"0e0e","timestamp":"2025-01-06T08:00:00.000Z","odometer":0,
			"coords":{"latitude":52.52,"longitude":13.405,"accuracy":8.2,"speed":1.5,"speed_accuracy":0.5,"heading":90,"heading_accuracy":45,"altitude":40},
			"activity":{"type":"in_vehicle","confidence":100},"battery":{"is_charging":false,"level":0.5},"extras":{}},"device_id":"123456"}`,
			model.Fix{At: at, Latitude: 52.52, Longitude: 13.405, AccuracyM: 8.2, SpeedMS: 1.5, BatteryPct: 50}, true},
		{"nothing", "", "", model.Fix{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := Decode(form, []byte(tt.body), now)
			if err != nil || ok != tt.ok {
				t.Fatalf("ok %v, error %v", ok, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoPositionIsRefusedWithoutTellingIt(t *testing.T) {
	for _, tt := range []struct{ query, body, want string }{
		{"lat=91.123&lon=2", "", "out of range"},
		{"lat=NaN&lon=2", "", "out of range"},
		{"lat=x1&lon=2", "", "lat is no number"},
		{"lat=1", "", "lon is no number"},
		{"lat=1&lon=2&accuracy=-5", "", "accuracy"},
		{"lat=1&lon=2&timestamp=never", "", "timestamp"},
		{"", `{"location":{"coords":{"latitude":52.52}}}`, "missing"},
		{"", `{"device_id":"1"}`, "location is missing"},
		{"", `[52.52]`, "neither"},
	} {
		form, _ := url.ParseQuery(tt.query)
		_, ok, err := Decode(form, []byte(tt.body), now)
		if ok || !errors.Is(err, ErrPosition) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "91.123") || strings.Contains(err.Error(), "52.52") {
			t.Errorf("%s%s: ok %v, %v", tt.query, tt.body, ok, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("id=1&lat=1&lon=2&timestamp=1736150400", "")
	f.Add("", `{"location":{"timestamp":"2025-01-06T08:00:00.000Z","coords":{"latitude":52.52,"longitude":13.4},"battery":{"level":0.5}}}`)
	f.Fuzz(func(t *testing.T, query, body string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		fix, ok, err := Decode(form, []byte(body), now)
		if ok && (err != nil || !(fix.Latitude >= -90 && fix.Latitude <= 90) || !(fix.Longitude >= -180 && fix.Longitude <= 180) || !(fix.AccuracyM >= 0) || fix.At.IsZero()) {
			t.Fatalf("%+v, %v", fix, err)
		}
	})
}
