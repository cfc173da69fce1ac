package owntracks

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/nacl/secretbox"

	"github.com/concord-home/hub/model"
)

const topic = "owntracks/li/phone"

// What the apps send.
const (
	iosLocation = `{"_type":"location","BSSID":"aa:bb:cc:dd:ee:ff","SSID":"Nest","acc":14,"alt":38,"batt":84,"bs":1,"conn":"w",
		"created_at":1767604502,"inregions":["Home"],"inrids":["6da9cf"],"lat":52.520815,"lon":13.409419,"m":1,
		"motionactivities":["stationary"],"t":"u","tid":"LI","topic":"owntracks/li/phone","tst":1767604500,"vac":3,"vel":-1}`
	androidLocation = `{"_type":"location","_id":"5f3a","acc":20,"alt":92,"batt":51,"bs":2,"cog":271,"conn":"m","created_at":1767636603,
		"lat":52.4871,"lon":13.3322,"m":2,"tid":"ph","tst":1767636600,"vac":2,"vel":54}`
	transition = `{"_type":"transition","acc":65.4,"desc":"Home","event":"leave","lat":52.5209,"lon":13.4101,"rid":"6da9cf",
		"t":"c","tid":"LI","tst":1767605100,"wtst":1767000000}`
	lastWill = `{"_type":"lwt","tst":1767604500}`
)

// encrypted seals a message the way the apps do.
func encrypted(plain, passphrase string) string {
	var key [32]byte
	copy(key[:], passphrase)
	nonce := [nonceSize]byte{1, 2, 3}
	return `{"_type":"encrypted","data":"` + base64.StdEncoding.EncodeToString(secretbox.Seal(nonce[:], []byte(plain), &nonce, &key)) + `"}`
}

func at(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

func TestDecodeReadsWhatTheAppsSend(t *testing.T) {
	ios := model.Fix{At: at(1767604500), Latitude: 52.520815, Longitude: 13.409419, AccuracyM: 14, BatteryPct: 84, AtHome: true,
		Within: []string{"Home"}, Network: network("Nest"), AccessPoint: digest("aabbccddeeff")}
	tests := []struct {
		name, topic, payload, key string
		want                      model.Fix
	}{
		{"iOS, speed not known", topic, iosLocation, "", ios},
		{"Android, on the way at 54 km/h", topic, androidLocation, "",
			model.Fix{At: at(1767636600), Latitude: 52.4871, Longitude: 13.3322, AccuracyM: 20, SpeedMS: 15, BatteryPct: 51}},
		{"a transition", topic + "/event", transition, "",
			model.Fix{At: at(1767605100), Latitude: 52.5209, Longitude: 13.4101, AccuracyM: 65.4, Transition: "leave", Region: "Home"}},
		{"zeros left out", topic, `{"_type":"location","lat":0,"lon":0,"tst":1767604500}`, "", model.Fix{At: at(1767604500)}},
		{"encrypted", topic, encrypted(iosLocation, "correct horse"), "correct horse", ios},
		{"encrypted with the longest key", topic, encrypted(iosLocation, strings.Repeat("k", 32)), strings.Repeat("k", 32), ios},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(tt.topic, []byte(tt.payload), tt.key)
			if err != nil || got.Fix == nil || got.Regions != nil || got.Tracker != topic {
				t.Fatalf("%+v, %v", got, err)
			}
			if diff := cmp.Diff(tt.want, *got.Fix); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeIgnoresWhatIsNeitherPositionNorRegion(t *testing.T) {
	for name, payload := range map[string]string{
		"an empty body": "", "last will": lastWill, "a command": `{"_type":"cmd","action":"reportLocation"}`,
		"a card": `{"_type":"card","name":"Li","face":"aGVsbG8="}`, "a dump without waypoints": `{"_type":"dump","configuration":{"_type":"configuration","mode":0}}`,
		"a setting": `{"_type":"configuration","mode":0,"monitoring":1}`, "status": `{"_type":"status","iOS":{"version":"18.0"}}`,
		"an encrypted card": encrypted(`{"_type":"card","name":"Li"}`, "key"),
	} {
		t.Run(name, func(t *testing.T) {
			key := ""
			if strings.Contains(payload, "encrypted") {
				key = "key"
			}
			if got, err := Decode(topic, []byte(payload), key); err != nil || got != (Heard{Tracker: topic}) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if got, err := Decode(topic, []byte(lastWill), "key"); got.Fix != nil || err != nil {
		t.Errorf("a last will is always open; %+v, %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	location := func(members string) string { return `{"_type":"location",` + members + `}` }
	tests := []struct {
		name, topic, payload, key string
		want                      error
		says                      string
	}{
		{"another topic", "zigbee2mqtt/lamp", iosLocation, "", ErrTopic, "owntracks/USER/DEVICE"},
		{"a topic without device", "owntracks/li", iosLocation, "", ErrTopic, "owntracks/USER/DEVICE"},
		{"a topic with an empty user", "owntracks//phone", iosLocation, "", ErrTopic, "owntracks/USER/DEVICE"},
		{"a topic too deep", topic + "/event/more", iosLocation, "", ErrTopic, "owntracks/USER/DEVICE"},
		{"no JSON", topic, "{lat:52.520815}", "", ErrPayload, "not a JSON object"},
		{"a list", topic, "[52.520815]", "", ErrPayload, "not a JSON object"},
		{"no type", topic, `{"lat":52.520815}`, "", ErrPayload, "_type is missing"},
		{"text for a number", topic, location(`"lat":"52.520815","lon":13.4,"tst":1`), "", ErrPayload, "lat is of the wrong type"},
		{"a number beyond all", topic, location(`"lat":52520815e999,"lon":13.4,"tst":1`), "", ErrPayload, "lat is of the wrong type"},
		{"no longitude", topic, location(`"lat":52.520815,"tst":1767604500`), "", ErrPayload, "missing"},
		{"north of the pole", topic, location(`"lat":152.520815,"lon":13.4,"tst":1767604500`), "", ErrPayload, "out of range"},
		{"not valid", topic, location(`"lat":52.520815,"lon":13.4,"acc":-1,"tst":1767604500`), "", ErrPayload, "acc is negative"},
		{"no time", topic, location(`"lat":52.520815,"lon":13.4`), "", ErrPayload, "tst"},
		{"milliseconds", topic, location(`"lat":52.520815,"lon":13.4,"tst":1767604500000`), "", ErrPayload, "tst"},
		{"a transition neither in nor out", topic, `{"_type":"transition","event":"hover","lat":52.520815,"lon":13.4,"tst":1767604500}`, "", ErrPayload, "enter nor leave"},
		{"too much", topic, iosLocation + strings.Repeat(" ", maxPayload), "", ErrPayload, "at most"},
		{"encrypted, without a key", topic, encrypted(iosLocation, "right"), "", ErrKey, "set the phone's encryption key"},
		{"encrypted, with a wrong key", topic, encrypted(iosLocation, "right"), "wrong", ErrKey, "does not open"},
		{"a key too long", topic, encrypted(iosLocation, "right"), strings.Repeat("k", 33), ErrKey, "at most 32"},
		{"open, with a key", topic, iosLocation, "right", ErrKey, "set the key in the app"},
		{"encrypted twice", topic, encrypted(`{"_type":"encrypted","lat":"x"}`, "right"), "right", ErrPayload, "wrong type"},
		{"too short a box", topic, `{"_type":"encrypted","data":"AAAA"}`, "right", ErrPayload, "no secretbox"},
		{"a box that is no base64", topic, `{"_type":"encrypted","data":"52.520815"}`, "right", ErrPayload, "no secretbox"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(tt.topic, []byte(tt.payload), tt.key)
			if got.Fix != nil || got.Regions != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("%+v, %v", got, err)
			}
			if strings.Contains(err.Error(), "520815") {
				t.Errorf("the error tells where the phone is: %v", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, payload := range []string{iosLocation, androidLocation, transition, lastWill, "", encrypted(transition, "key"), `{"_type":"encrypted","data":""}`,
		iosWaypoint, androidWaypoints, setWaypoints, dump, encrypted(androidWaypoints, "key"), `{"_type":"cmd","action":"clearWaypoints"}`} {
		f.Add(topic, []byte(payload), "key")
		f.Add(topic+"/event", []byte(payload), "")
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte, key string) {
		got, err := Decode(topic, payload, key)
		if got.Regions != nil {
			checkRegions(t, got, err)
		}
		if got.Fix == nil {
			return
		}
		fix := *got.Fix
		if err != nil || got.Regions != nil || !strings.HasPrefix(got.Tracker, prefix) || !strings.HasPrefix(topic, got.Tracker) {
			t.Fatalf("a fix, yet %+v of %q and %v", got, topic, err)
		}
		for _, x := range []float64{fix.Latitude, fix.Longitude, fix.AccuracyM, fix.SpeedMS, fix.BatteryPct} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("no number: %+v", fix)
			}
		}
		if fix.At.IsZero() || fix.AccuracyM < 0 || fix.SpeedMS < 0 || math.Abs(fix.Latitude) > 90 || math.Abs(fix.Longitude) > 180 {
			t.Fatalf("out of range: %+v", fix)
		}
	})
}

// FuzzErrorsKeepPositionsSecret: whatever surrounds it, an error never quotes a coordinate.
func FuzzErrorsKeepPositionsSecret(f *testing.F) {
	f.Add(`{"_type":"location","lat":"%s","lon":13.4}`)
	f.Add(`{"_type":"location","lat":%s,"lon":13.4,"tst":-1}`)
	f.Add(`{"_type":"location","tst":%s9e999}`)
	f.Add(`{"_type":"waypoint","desc":"Home","lat":%s,"lon":13.4}`)
	f.Add(`{"_type":"waypoints","waypoints":"%s"}`)
	f.Fuzz(func(t *testing.T, around string) {
		const secret = "52.520815437"
		payload := strings.ReplaceAll(around, "%s", secret)
		if strings.Contains(around, secret) || fmt.Sprint(len(payload)) == secret {
			return
		}
		if _, err := Decode(topic, []byte(payload), ""); err != nil && strings.Contains(err.Error(), secret) {
			t.Fatal(err)
		}
	})
}
