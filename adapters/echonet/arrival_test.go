package echonet

import (
	"encoding/json"
	"fmt"
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
	tell := func(b home.Body) {
		t.Helper()
		seq++
		effects, err := h.Apply(home.Fact{Seq: seq, At: now, Body: b})
		if err != nil {
			t.Fatalf("%T: %v", b, err)
		}
		effects = slices.Clone(effects)
		for _, e := range effects {
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
	if !slices.Contains(sent, "B3=17") || !slices.Contains(sent, "B3=21") || slices.Index(sent, "B3=17") > slices.Index(sent, "B3=21") {
		t.Errorf("the air conditioner was sent %v", sent)
	}
}
