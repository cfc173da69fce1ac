package echonet

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// TestTheArrivalSceneRunsOnAnAirConditioner takes the household's arrival scene, which knows nothing of ECHONET Lite, from
// a phone's fixes to the properties that the air conditioner is sent.
func TestTheArrivalSceneRunsOnAnAirConditioner(t *testing.T) {
	props := airConditioner()[airCon]
	var has []byte
	for epc := range props {
		has = append(has, epc)
	}
	props[0x9f] = bitmap(has)
	d := newDevice("panasonic", airCon, props, "")
	h, seq, now := home.New(scenes.New(), presence.New()), uint64(0), time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	var sent []string
	timers := map[string]time.Time{}
	tell := func(b home.Body) {
		t.Helper()
		seq++
		effects, err := h.Apply(home.Fact{Seq: seq, At: now, Body: b})
		if err != nil {
			t.Fatalf("%T: %v", b, err)
		}
		effects = slices.Clone(effects)
		for _, e := range effects {
			switch x := e.(type) {
			case home.SetTimer:
				timers[x.Timer] = x.At
			case home.ClearTimer:
				delete(timers, x.Timer)
			}
			s, ok := e.(home.Send)
			if !ok {
				continue
			}
			ps, _, err := d.request(s.Command)
			if err != nil {
				t.Errorf("%+v: %v", s.Command, err)
			}
			said := map[byte][]byte{}
			for _, p := range ps {
				sent = append(sent, fmt.Sprintf("%02X=%d", p.epc, p.edt[0]))
				said[p.epc] = p.edt
			}
			seq++
			if _, err := h.Apply(home.Fact{Seq: seq, At: now, Body: home.Reported{Source: d.source, Readings: d.hear(said)}}); err != nil {
				t.Error(err)
			}
		}
	}
	tell(home.RoomSet{Room: home.Room{ID: "living", Names: map[string]string{"": "Living room"}}})
	tell(home.Described{Description: d.description})
	tell(home.Placed{Device: h.View().Source(d.source).Device, Room: "living"})
	tell(home.Reported{Source: d.source, Readings: d.hear(props)})
	tell(home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}})
	tell(home.PersonSet{Person: home.Person{ID: "ann", Name: "Ann", Role: "adult", Trackers: []string{"owntracks/ann/phone"}}})
	tell(home.SceneSet{ID: "climate", Document: json.RawMessage(`{"arrival":{"rooms":["living"],"comfort_c":21,"away_c":17}}`)})
	for _, metres := range []float64{0, 500, 6000, 6000, 4000, 3000} {
		now = now.Add(5 * time.Minute)
		tell(home.Located{Tracker: "owntracks/ann/phone", Fix: model.Fix{At: now, Latitude: 52.5 + metres/111_195, Longitude: 13.4, AccuracyM: 20}})
	}
	// What it is set to while nobody is there is the scene's affair; that it is let go and brought back is what is shown here.
	if n := len(sent); n < 2 || sent[n-1] != "B3=21" || sent[n-2] == "B3=21" {
		t.Errorf("the air conditioner was sent %v", sent)
	}

	// Ann drives off again, and a Hue motion sensor sees somebody who has no phone: the air conditioner is his.
	var hue struct {
		Description  model.Description
		Still, Moves []model.Reading
	}
	text, err := os.ReadFile("../hue/testdata/sensor.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &hue); err != nil {
		t.Fatal(err)
	}
	tell(home.Described{Description: hue.Description})
	tell(home.Reported{Source: hue.Description.Source, Readings: hue.Still})
	pass := func(minutes int) { // with what the air conditioner is asked for, and the timers that come due meanwhile
		for until := now.Add(time.Duration(minutes) * time.Minute); now.Before(until); {
			now = now.Add(time.Minute)
			tell(home.Reported{Source: d.source, Readings: d.hear(map[byte][]byte{0xbb: {28}})})
			for _, timer := range slices.Sorted(maps.Keys(timers)) {
				if at := timers[timer]; !at.After(now) {
					delete(timers, timer)
					tell(home.Fired{Timer: timer, Due: at})
				}
			}
		}
	}
	fix := func(metres float64) {
		tell(home.Located{Tracker: "owntracks/ann/phone", Fix: model.Fix{At: now, Latitude: 52.5 + metres/111_195, Longitude: 13.4, AccuracyM: 20}})
	}
	for _, metres := range []float64{0, 0, 500, 6000, 9000, 20_000, 40_000} {
		pass(5)
		fix(metres)
	}
	pass(40)
	if last := sent[len(sent)-1]; last == "B3=21" {
		t.Fatalf("with nobody in, the air conditioner is left at comfort: %v", sent)
	}
	for range 3 {
		pass(20)
		tell(home.Reported{Source: hue.Description.Source, Readings: hue.Moves})
		pass(1)
		tell(home.Reported{Source: hue.Description.Source, Readings: hue.Still})
	}
	pass(2)
	if last := sent[len(sent)-1]; last != "B3=21" {
		t.Errorf("somebody is seen moving, and the air conditioner was last sent %s of %v: %v", last, sent, h.View().Presence(home.Somebody))
	}
}
