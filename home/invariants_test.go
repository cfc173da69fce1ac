package home_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// drawHousehold draws any fact, those of scenes, people and places included.
func drawHousehold(t *rapid.T) home.Body {
	person := home.PersonID(rapid.SampledFrom([]string{"li", "ann"}).Draw(t, "person"))
	scene := rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "scene")
	device := func() model.DeviceID {
		return idOf(model.SourceID(rapid.SampledFrom([]string{"zigbee/1", "zigbee/2", "hue/1"}).Draw(t, "source")))
	}
	switch rapid.IntRange(0, 11).Draw(t, "kind") {
	case 0:
		return home.PersonSet{Person: home.Person{ID: person, Name: string(person), Role: "adult", Trackers: []string{"phone/" + string(person)}}}
	case 1:
		return home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: rapid.Float64Range(10, 500).Draw(t, "radius")}}
	case 2, 3:
		return home.Located{Tracker: "phone/" + string(person), Fix: model.Fix{At: time.Date(2026, 1, 5, 18, 0, rapid.IntRange(0, 300).Draw(t, "s"), 0, time.UTC),
			Latitude: 52.5 + rapid.Float64Range(0, 0.1).Draw(t, "lat"), Longitude: 13.4, AccuracyM: 20}}
	case 4:
		doc := fmt.Sprintf(`{"when": [{"device":%q,"attribute":"on_off.on","to":true},{"device":%q,"attribute":"level.level","above":50}],
			"then": [{"device":%q,"command":"on_off.toggle"}]}`, device(), device(), device())
		return home.SceneSet{ID: scene, Document: json.RawMessage(doc)}
	case 5:
		return rapid.SampledFrom([]home.Body{home.SceneAsked{ID: scene}, home.SceneRemoved{ID: scene}, home.PersonRemoved{Person: person},
			home.RoomRemoved{Room: "r"}, home.Assigned{Device: device(), Roles: []string{"x"}}}).Draw(t, "other")
	case 6:
		d := lamp(string(rapid.SampledFrom([]string{"zigbee/1", "zigbee/2"}).Draw(t, "bare")), mac("001788010aaa"))
		d.Description.Endpoints[0].Properties = d.Description.Endpoints[0].Properties[:rapid.IntRange(0, 3).Draw(t, "properties")]
		return d
	}
	return drawFact(t)
}

// drawFacts draws a run of facts with their times.
func drawFacts(t *rapid.T) []home.Fact {
	at := time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)
	var facts []home.Fact
	for i := range rapid.IntRange(1, 80).Draw(t, "facts") {
		at = at.Add(time.Duration(rapid.IntRange(-500, 4000).Draw(t, "ms")) * time.Millisecond) // clocks go backwards too
		facts = append(facts, home.Fact{Seq: uint64(i + 1), At: at, Body: drawHousehold(t)})
	}
	return facts
}

func throughLog(t *rapid.T, f home.Fact) home.Fact {
	b, err := f.Encode()
	if err == nil {
		f, err = home.DecodeFact(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newFull() *home.Home { return home.New(scenes.New(), presence.New()) }

func encoded(t *rapid.T, v *home.View) string {
	b, err := v.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// content is a view's bytes without the number and time of its last fact.
func content(t *rapid.T, v *home.View) string {
	c := *v
	c.Seq, c.At = 0, time.Time{}
	return encoded(t, &c)
}

// TestTheWholeHouseCutAnywhereAndResumedIsTheSame runs the uncut house from the facts as they came
// and the cut one from the log, with the real scenes and presence.
func TestTheWholeHouseCutAnywhereAndResumedIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		cut := rapid.IntRange(0, len(facts)).Draw(t, "cut")
		whole := newFull()
		want := run(t, whole, facts)
		logged := make([]home.Fact, len(facts))
		for i, f := range facts {
			logged[i] = throughLog(t, f)
		}
		first := newFull()
		got := run(t, first, logged[:cut])
		second, err := home.Restore([]byte(encoded(t, first.View())), scenes.New(), presence.New())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, run(t, second, logged[cut:])...)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("effects differ when cut at %d:\n%s", cut, d)
		}
		if d := cmp.Diff(encoded(t, whole.View()), encoded(t, second.View())); d != "" {
			t.Fatalf("state differs when cut at %d:\n%s", cut, d)
		}
	})
}

func TestAViewNeverChangesWhateverHappensAfterwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newFull()
		var views []*home.View
		var was []string
		for _, f := range drawFacts(t) {
			if rapid.IntRange(0, 4).Draw(t, "look") == 0 {
				views = append(views, h.View())
				was = append(was, encoded(t, h.View()))
			}
			_, _ = h.Apply(f)
		}
		for i, v := range views {
			if d := cmp.Diff(was[i], encoded(t, v)); d != "" {
				t.Fatalf("the view of fact %d changed:\n%s", v.Seq, d)
			}
		}
	})
}

func TestARefusedFactChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newFull()
		for _, f := range drawFacts(t) {
			before := content(t, h.View())
			effects, err := h.Apply(f)
			if err == nil {
				continue
			}
			if d := cmp.Diff(before, content(t, h.View())); d != "" || len(effects) > 0 {
				t.Fatalf("%T was refused (%v) and yet: %v\n%s", f.Body, err, effects, d)
			}
		}
	})
}

// TestEveryDeviceHasOneIDAndEverySourceItsDevice holds whatever is merged, split, swapped and forgotten.
func TestEveryDeviceHasOneIDAndEverySourceItsDevice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newFull()
		for _, f := range drawFacts(t) {
			_, _ = h.Apply(f)
			v := h.View()
			ids := map[model.DeviceID]bool{}
			for _, d := range v.Devices() {
				if ids[d.ID] || v.Device(d.ID) != d {
					t.Fatalf("after %T: the id %s is used twice", f.Body, d.ID)
				}
				ids[d.ID] = true
				for _, s := range d.Sources {
					if v.Source(s) == nil || v.Source(s).Device != d.ID {
						t.Fatalf("after %T: %s is not of %s", f.Body, s, d.ID)
					}
				}
			}
			for _, p := range v.Proposals() {
				if !ids[p.A] || !ids[p.B] {
					t.Fatalf("after %T: the proposal %s is about who is not there", f.Body, p.ID)
				}
			}
		}
	})
}
