package owntracks

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

// What the apps send of regions.
const (
	iosWaypoint      = `{"_type":"waypoint","desc":"Zuhause","lat":52.520815,"lon":13.409419,"rad":120,"rid":"6da9cf","topic":"owntracks/li/phone","tst":1767000000}`
	androidWaypoints = `{"_type":"waypoints","_creator":"Android","waypoints":[
		{"_type":"waypoint","desc":"Home","lat":52.520815,"lon":13.409419,"rad":150,"tst":1767000000},
		{"_type":"waypoint","desc":"办公室","lat":52.4871,"lon":13.3322,"rad":300,"tst":1767000100}]}`
	setWaypoints = `{"_type":"cmd","action":"setWaypoints","waypoints":{"_type":"waypoints","waypoints":[
		{"_type":"waypoint","desc":"3 km","lat":52.520815,"lon":13.409419,"rad":3000,"tst":1767000200},
		{"_type":"waypoint","desc":"Gym","lat":-1000000,"lon":-1000000,"rad":0,"tst":1767000300}]}}`
	dump = `{"_type":"dump","configuration":{"_type":"configuration","mode":0,"waypoints":[{"_type":"waypoint","desc":"Home","lat":52.520815,"lon":13.409419,"rad":150,"tst":1767000000},
		{"_type":"waypoint","desc":"Kitchen beacon","lat":0,"lon":0,"rad":0,"uuid":"CA271EAE-5FA8-4E80-8F08-2A302A95A959","major":1,"minor":2,"tst":1767000400}]}}`
)

func TestDecodeReadsTheRegionsThatAppsPublish(t *testing.T) {
	home := model.Region{Name: "Home", ID: "1767000000", Latitude: 52.520815, Longitude: 13.409419, RadiusM: 150}
	office := model.Region{Name: "办公室", ID: "1767000100", Latitude: 52.4871, Longitude: 13.3322, RadiusM: 300}
	drawn := model.Region{Name: "Zuhause", ID: "6da9cf", Latitude: 52.520815, Longitude: 13.409419, RadiusM: 120}
	told := []model.Region{{Name: "3 km", ID: "1767000200", Latitude: 52.520815, Longitude: 13.409419, RadiusM: 3000}, {Name: "Gym", ID: "1767000300", Gone: true}}
	for name, tt := range map[string]struct {
		part, payload, key string
		want               model.Regions
	}{
		"one drawn on an iPhone":               {"/waypoint", iosWaypoint, "", model.Regions{Known: []model.Region{drawn}}},
		"all of an Android phone":              {"/waypoints", androidWaypoints, "", model.Regions{Complete: true, Known: []model.Region{home, office}}},
		"encrypted":                            {"/waypoints", encrypted(androidWaypoints, "key"), "key", model.Regions{Complete: true, Known: []model.Region{home, office}}},
		"a command to watch one, drop another": {"/cmd", setWaypoints, "", model.Regions{Known: told}},
		"an encrypted command":                 {"/cmd", encrypted(setWaypoints, "key"), "key", model.Regions{Known: told}},
		"a command with a bare list":           {"/cmd", `{"_type":"cmd","action":"setWaypoints","waypoints":[{"_type":"waypoint","desc":"Home","lat":52.520815,"lon":13.409419,"rad":150,"tst":1767000000}]}`, "", model.Regions{Known: []model.Region{home}}},
		"a command to forget all":              {"/cmd", `{"_type":"cmd","action":"clearWaypoints"}`, "", model.Regions{Complete: true}},
		"a dump; a beacon is no circle":        {"/dump", dump, "", model.Regions{Complete: true, Known: []model.Region{home}}},
		"none left":                            {"/waypoints", `{"_type":"waypoints","waypoints":[]}`, "", model.Regions{Complete: true}},
	} {
		t.Run(name, func(t *testing.T) {
			for way, decode := range map[string]func() (Heard, error){
				"MQTT": func() (Heard, error) { return Decode(topic+tt.part, []byte(tt.payload), tt.key) },
				"HTTP": func() (Heard, error) {
					return DecodeHTTP("li", "phone", []byte(tt.payload), func(string, string) (string, bool) { return tt.key, tt.key != "" })
				},
			} {
				got, err := decode()
				if err != nil || got.Regions == nil || got.Fix != nil || got.Tracker != topic {
					t.Fatalf("%s: %+v, %v", way, got, err)
				}
				if diff := cmp.Diff(tt.want, *got.Regions); diff != "" {
					t.Errorf("%s: %s", way, diff)
				}
			}
		})
	}
}

func TestDecodeRefusesRegions(t *testing.T) {
	var many strings.Builder
	for range mostRegions + 1 {
		many.WriteString(`,{"desc":"x","lat":52.520815,"lon":1,"rad":9}`)
	}
	for name, tt := range map[string]struct {
		payload, key string
		want         error
		says         string
	}{
		"without a name":         {`{"_type":"waypoint","lat":52.520815,"lon":13.4,"rad":150}`, "", ErrPayload, "name"},
		"a name without end":     {fmt.Sprintf(`{"_type":"waypoint","desc":%q,"lat":52.520815,"lon":13.4,"rad":150}`, strings.Repeat("x", 101)), "", ErrPayload, "at most 100"},
		"a pin without a circle": {`{"_type":"waypoint","desc":"Home","lat":52.520815,"lon":13.4}`, "", ErrPayload, "circle"},
		"no list":                {`{"_type":"waypoints","waypoints":"52.520815"}`, "", ErrPayload, "no list"},
		"too many":               {`{"_type":"waypoints","waypoints":[` + many.String()[1:] + `]}`, "", ErrPayload, "at most 200"},
		"open, with a key":       {androidWaypoints, "key", ErrKey, "set the key in the app"},
		"a wrong key":            {encrypted(androidWaypoints, "right"), "wrong", ErrKey, "does not open"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(topic+"/waypoints", []byte(tt.payload), tt.key)
			if got.Regions != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "520815") {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestAnAccessPointIsTheSameHoweverItIsWritten(t *testing.T) {
	want := accessPoint("00:1f:0a:bb:cc:0d")
	for _, same := range []string{"0:1f:a:bb:cc:d", "00:1F:0A:BB:CC:0D"} {
		if got := accessPoint(same); got != want || want == "" || strings.Contains(got, "1f") && len(got) == 17 {
			t.Errorf("%s: %q, want %q", same, got, want)
		}
	}
	for _, none := range []string{"", "02:00:00:00:00:00", "0:0:0:0:0:0", "ff:ff:ff:ff:ff:ff", "aa:bb:cc:dd:ee", "aa:bb:cc:dd:ee:gg", "aaa:bb:cc:dd:ee:ff"} {
		if got := accessPoint(none); got != "" {
			t.Errorf("%q: %q", none, got)
		}
	}
	if network("<unknown ssid>") != "" || network(`"Nest"`) != network("Nest") {
		t.Error("Android's ways of writing a Wi-Fi's name")
	}
}

// checkRegions holds of all regions, whatever was sent.
func checkRegions(t *testing.T, got Heard, err error) {
	t.Helper()
	if err != nil || got.Fix != nil || len(got.Regions.Known) > mostRegions {
		t.Fatalf("regions, yet %+v and %v", got, err)
	}
	for _, r := range got.Regions.Known {
		whole := r.RadiusM > 0 && r.RadiusM <= widest && math.Abs(r.Latitude) <= 90 && math.Abs(r.Longitude) <= 180
		if r.Name == "" || len(r.Name) > longestName || !whole && !r.Gone || r.Gone && r.RadiusM != 0 {
			t.Fatalf("%+v", r)
		}
	}
}

func TestRegionsReachTheHouse(t *testing.T) {
	b := newBroker(t)
	a, in := start(t, b, Options{})
	send := phone(t, b)
	send(topic+"/waypoints", androidWaypoints)
	send(topic+"/waypoint", iosWaypoint)
	send(topic+"/cmd", `{"_type":"cmd","action":"reportLocation"}`)
	send(topic+"/cmd", setWaypoints)
	var got []int
	for range 3 {
		select {
		case r := <-in.regions:
			got = append(got, len(r.Known))
		case <-time.After(patience):
			t.Fatal("no regions came")
		}
	}
	if diff := cmp.Diff([]int{2, 1, 2}, got); diff != "" {
		t.Error(diff)
	}
	if c := a.Checks(); len(c) != 1 || !c[0].OK || c[0].Detail != "no position yet; regions were told of 3 times" {
		t.Errorf("%+v", c)
	}
}
