package scenes_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// house is a real home with scenes and presence, moved by facts. Devices go by name.
type house struct {
	t   testing.TB
	h   *home.Home
	seq uint64
	now time.Time
	ids map[string]model.DeviceID
}

func newHouse(t testing.TB) *house {
	x := &house{t: t, h: home.New(scenes.New(), presence.New()), now: start, ids: map[string]model.DeviceID{}}
	x.must(home.RoomSet{Room: home.Room{ID: "living", Names: map[string]string{"": "Living room"}}})
	x.must(home.RoomSet{Room: home.Room{ID: "hall", Names: map[string]string{"": "Hall"}}})
	x.add("motion", "hall", part("main", prop("occupancy.occupied"), prop("temperature.celsius"), prop("power_source.battery_pct")))
	x.add("button", "hall", event("main", "button.press"))
	x.add("lamp", "living", part("main", prop("on_off.on"), prop("level.level")))
	x.add("plug", "living", part("main", prop("on_off.on")))
	x.add("gangs", "living", part("left", prop("on_off.on")), part("right", prop("on_off.on")))
	x.add("blind", "living", part("main", prop("window_covering.open_pct")))
	x.add("trv", "living", part("main", ranged("thermostat.heat_setpoint", 5, 30, 0.5), prop("thermostat.local_temperature")))
	x.add("cooler", "hall", part("main", ranged("thermostat.cool_setpoint", 18, 30, 1)))
	x.must(home.Assigned{Device: x.ids["lamp"], Roles: []string{"ceiling light"}})
	x.must(home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}})
	for _, id := range []home.PersonID{"ann", "li"} {
		x.must(home.PersonSet{Person: home.Person{ID: id, Name: string(id), Role: "adult", Trackers: []string{tracker(id)}}})
	}
	x.must(home.PersonSet{Person: home.Person{ID: "gran", Name: "Gran", Role: "adult"}})
	return x
}

func tracker(p home.PersonID) string { return "owntracks/" + string(p) + "/phone" }

func prop(a model.Attribute) model.Property { return *model.LookupAttribute(a) }

func ranged(a model.Attribute, low, high, step float64) model.Property {
	p := prop(a)
	p.Min, p.Max, p.Step = &low, &high, step
	return p
}

func part(id model.EndpointID, props ...model.Property) model.EndpointDescription {
	return model.EndpointDescription{ID: id, Properties: props}
}

func event(id model.EndpointID, e model.Attribute) model.EndpointDescription {
	return model.EndpointDescription{ID: id, Events: []model.EventInfo{{Event: e}}}
}

func (x *house) add(name, room string, parts ...model.EndpointDescription) {
	effects := x.must(home.Described{Description: model.Description{Source: model.SourceID("test/" + name), Name: name, Endpoints: parts}})
	for _, e := range effects {
		if m, ok := e.(home.DeviceMoved); ok {
			x.ids[name] = m.Device
		}
	}
	x.must(home.Placed{Device: x.ids[name], Room: home.RoomID(room)})
}

func (x *house) apply(b home.Body) ([]home.Effect, error) {
	x.seq++
	return x.h.Apply(home.Fact{Seq: x.seq, At: x.now, Body: b})
}

func (x *house) must(b home.Body) []home.Effect {
	x.t.Helper()
	effects, err := x.apply(b)
	if err != nil {
		x.t.Fatalf("%T: %v", b, err)
	}
	return effects
}

// put sets a scene whose document names devices as $name.
func (x *house) put(id, doc string) {
	x.t.Helper()
	x.must(home.SceneSet{ID: id, Document: x.document(doc)})
}

func (x *house) document(doc string) json.RawMessage {
	for name, id := range x.ids {
		doc = strings.ReplaceAll(doc, "$"+name, string(id))
	}
	return json.RawMessage(doc)
}

// report is a device telling of an attribute; it returns what was sent because of it.
func (x *house) report(name string, ep model.EndpointID, a model.Attribute, v model.Value) []string {
	x.t.Helper()
	return sent(x.must(home.Reported{Source: model.SourceID("test/" + name), Readings: []model.Reading{{Endpoint: ep, Attribute: a, Value: v}}}))
}

// obey makes a device report what it was last asked for.
func (x *house) obey(effects []home.Effect) {
	for _, e := range effects {
		if s, ok := e.(home.Send); ok {
			for _, w := range s.Command.Writes {
				x.must(home.Reported{Source: s.Command.Source, Readings: []model.Reading{{Endpoint: s.Command.Endpoint, Attribute: w.Attribute, Value: w.Value}}})
			}
		}
	}
}

// locate puts a person's phone that many metres north of home.
func (x *house) locate(who home.PersonID, metres float64) []home.Effect {
	x.t.Helper()
	return x.must(home.Located{Tracker: tracker(who), Fix: model.Fix{At: x.now, Latitude: 52.5 + metres/111_195, Longitude: 13.4, AccuracyM: 20}})
}

func (x *house) state(who home.PersonID) string { return x.h.View().Presence(who).State }

// sent renders the commands among effects: "lamp main on_off.on=true level.level=30 over 2s".
func sent(effects []home.Effect) []string {
	var out []string
	for _, e := range effects {
		s, ok := e.(home.Send)
		if !ok {
			continue
		}
		line := strings.TrimPrefix(string(s.Command.Source), "test/") + " " + string(s.Command.Endpoint)
		for _, w := range s.Command.Writes {
			line += " " + string(w.Attribute) + "=" + w.Value.String()
		}
		if s.Command.Action != "" {
			line += " " + string(s.Command.Action)
		}
		if s.Command.Transition > 0 {
			line += " over " + model.Number(s.Command.Transition).String() + "s"
		}
		out = append(out, line)
	}
	return out
}

func ran(effects []home.Effect) []home.SceneRan {
	var out []home.SceneRan
	for _, e := range effects {
		if r, ok := e.(home.SceneRan); ok {
			out = append(out, r)
		}
	}
	return out
}
