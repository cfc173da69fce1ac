package simulate

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// House is a real house in simulated time.
type House struct {
	home    *home.Home
	seq     uint64
	now     time.Time
	timers  timers
	persons []home.PersonID
	zones   map[string]*zoneDevice // by name
	ids     map[model.SourceID]model.DeviceID
	asked   map[string]float64 // setpoints asked for in this step, by zone
	seen    map[string]bool    // sensors that have been described
	ends    []hit              // motions to be reported as over
	info    *infoAnswer        // the last
	infoAt  time.Time
}

// zoneDevice is a zone's thermostat.
type zoneDevice struct {
	source model.SourceID
	attr   model.Attribute // of the setpoint
	tempT  int64
	last   map[model.Attribute]model.Value
	mode   string
}

const sceneID = "arrival"

// build makes the house that an init line describes.
func build(m initLine) (*House, error) {
	x := &House{home: home.New(scenes.New(scenes.Zones(time.LoadLocation)), presence.New(presence.Zones(time.LoadLocation))), now: time.Unix(m.T, 0).UTC(), timers: timers{at: map[string]time.Time{}},
		zones: map[string]*zoneDevice{}, ids: map[model.SourceID]model.DeviceID{}, asked: map[string]float64{}, seen: map[string]bool{}}
	place := home.Place{Latitude: m.Home.Lat, Longitude: m.Home.Lon, RadiusM: m.Home.RadiusM}
	for _, body := range []home.Body{home.ZoneSet{Zone: m.TZ}, home.PlaceSet{Place: place}} {
		if err := x.apply(body); err != nil {
			return nil, err
		}
	}
	for _, p := range m.Persons {
		id := home.PersonID(p.ID)
		x.persons = append(x.persons, id)
		if err := x.apply(home.PersonSet{Person: home.Person{ID: id, Name: p.ID, Role: "adult", Trackers: p.Sources}}); err != nil {
			return nil, err
		}
	}
	if len(m.Zones) == 0 {
		return nil, fmt.Errorf("init: there is no zone")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Zones)) {
		if err := x.addZone(name, m); err != nil {
			return nil, err
		}
	}
	doc, err := document(m)
	if err != nil {
		return nil, err
	}
	return x, x.apply(home.SceneSet{ID: sceneID, Document: doc})
}

// document is the arrival scene that a household would have written.
func document(m initLine) (json.RawMessage, error) {
	zone := m.Zones[slices.Sorted(maps.Keys(m.Zones))[0]]
	a := map[string]any{"comfort_c": m.Prefs.Comfort, "away_c": m.Prefs.Away}
	if zone.Mode != "cool" && zone.Actuator != "" {
		a["emitter"] = zone.Actuator
	}
	if m.Prefs.Saving != nil {
		a["saving"] = *m.Prefs.Saving
	}
	days := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	plan := map[string][][2]string{}
	for i, day := range days {
		for _, turn := range m.Schedule[fmt.Sprint(i)] {
			hour, ok := turn[0].(float64)
			if !ok || hour < 0 || hour >= 24 {
				return nil, fmt.Errorf("init: schedule %d: expected an hour, got %v", i, turn[0])
			}
			what := "away"
			if turn[1] == "comfort" {
				what = "home"
			}
			plan[day] = append(plan[day], [2]string{fmt.Sprintf("%02d:%02d", int(hour), int(hour*60+0.5)%60), what})
		}
	}
	if len(plan) > 0 {
		a["schedule"] = plan
	}
	return json.Marshal(map[string]any{"arrival": a})
}

// apply gives the house a fact now, and does what follows.
func (x *House) apply(b home.Body) error {
	x.seq++
	effects, err := x.home.Apply(home.Fact{Seq: x.seq, At: x.now, Body: b})
	if err != nil {
		return err
	}
	var sends []model.Command
	for _, e := range effects {
		switch e := e.(type) {
		case home.SetTimer:
			x.timers.set(e.Timer, e.At)
		case home.ClearTimer:
			delete(x.timers.at, e.Timer)
		case home.Send:
			sends = append(sends, e.Command)
		case home.DeviceMoved:
			if e.What == "added" {
				x.ids[""] = e.Device
			}
		}
	}
	for _, c := range sends {
		if err := x.obey(c); err != nil {
			return err
		}
	}
	return nil
}

// obey lets a zone take a command: it reports back what it is set to.
func (x *House) obey(c model.Command) error {
	if err := x.apply(home.Answered{Command: c.ID, Outcome: model.Outcome{Status: model.Acked}}); err != nil {
		return err
	}
	for name, z := range x.zones {
		if z.source != c.Source {
			continue
		}
		for _, w := range c.Writes {
			if w.Attribute == z.attr {
				x.asked[name], _ = w.Value.Number()
				z.last[w.Attribute] = w.Value
			}
			if err := x.report(z.source, reading(w.Attribute, w.Value)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *House) report(s model.SourceID, readings ...model.Reading) error {
	return x.apply(home.Reported{Source: s, Readings: readings})
}

func reading(a model.Attribute, v model.Value) model.Reading {
	return model.Reading{Endpoint: model.MainEndpoint, Attribute: a, Value: v}
}

// until fires every timer that is due by t, in order.
func (x *House) until(t time.Time) error {
	for {
		due, id, ok := x.timers.next(t)
		if !ok {
			break
		}
		x.now = due
		delete(x.timers.at, id)
		if err := x.apply(home.Fired{Timer: id, Due: due}); err != nil {
			return err
		}
	}
	x.now = t
	return nil
}

// timers are the wishes of the house, earliest first. What was replaced or taken back stays in the heap and is skipped.
type timers struct {
	at   map[string]time.Time
	heap dueHeap
}

type due struct {
	at time.Time
	id string
}

type dueHeap []due

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	return h[i].at.Before(h[j].at) || h[i].at.Equal(h[j].at) && h[i].id < h[j].id
}
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds the element, as container/heap demands.
func (h *dueHeap) Push(v any) { *h = append(*h, v.(due)) }

// Pop takes the last element, as container/heap demands.
func (h *dueHeap) Pop() any {
	old := *h
	v := old[len(old)-1]
	*h = old[:len(old)-1]
	return v
}

func (t *timers) set(id string, at time.Time) {
	t.at[id] = at
	heap.Push(&t.heap, due{at, id})
}

func (t *timers) next(by time.Time) (time.Time, string, bool) {
	for len(t.heap) > 0 && !t.heap[0].at.After(by) {
		d := heap.Pop(&t.heap).(due)
		if at, ok := t.at[d.id]; ok && at.Equal(d.at) {
			return d.at, d.id, true
		}
	}
	return time.Time{}, "", false
}
