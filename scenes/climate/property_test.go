package climate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// alone is a house's scene engine of which every scene is one of climate: the document is its settings.
type alone struct{ *climate.Engine }

func (alone) Check(string, json.RawMessage, home.Reader) error { return nil }

func (a alone) Put(id string, doc json.RawMessage) {
	var s climate.Settings
	if json.Unmarshal(doc, &s) == nil {
		s.ID = id
		a.Engine.Put(s)
	}
}

func (a alone) React(o home.Occurrence, r home.Foresight) []home.Reaction {
	out := a.Engine.React(&o, r, time.UTC)
	for i := range out {
		out[i].Claim.Override = true // as the scene engine has it
	}
	return out
}

func (a alone) State() home.EngineState { return remembered(a.Engine.State()) }

type remembered json.RawMessage

func (r remembered) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	return r, nil
}

func (remembered) Running(string) []home.Run { return nil }

// rumour is a presence tracker that says whatever it is told to, however absurd.
type rumour struct {
	next []home.PresenceMove
	back map[home.PersonID]home.Outlook
	// restless: every five minutes it is sure of the contrary, that somebody is at the door, or that nobody will ever come.
	restless bool
}

func (r *rumour) Take(home.Signal, home.Household) home.PresenceNews {
	n := home.PresenceNews{Moved: r.next}
	r.next = nil
	return n
}
func (r *rumour) Outlook(p home.PersonID, now time.Time, _ home.Household) home.Outlook {
	o := r.back[p]
	if r.restless {
		o = home.Outlook{Step: 5 * time.Minute, Back: make([]float64, 100)}
		for i := range o.Back {
			if now.Unix()/300%2 == 0 {
				o.Back[i] = 1
			}
		}
	}
	o.From = now
	return o
}
func (*rumour) State() json.RawMessage         { return json.RawMessage("{}") }
func (*rumour) SetState(json.RawMessage) error { return nil }

// rig is a house with a radiator valve and an air conditioner, driven by whatever comes.
type rig struct {
	t       failer
	home    *home.Home
	rumour  *rumour
	seq     uint64
	now     time.Time
	timers  map[string]time.Time
	set     climate.Settings
	written map[model.SourceID][]time.Time
	stirred []time.Time // somebody came, went, asked, turned a knob, or moved a window
	mode    map[model.SourceID]string
	off     map[model.SourceID]time.Time // since when a device is switched off
	room    map[model.SourceID]float64
	where   map[home.PersonID]string
	left    time.Time                  // when everybody had last gone
	guests  time.Time                  // until when there may be guests
	points  map[model.SourceID]float64 // setpoints
	works   map[model.SourceID]bool
	turned  map[model.SourceID]time.Time
	// words are what the device with presets was sent; stubborn, it stays in its program.
	words    []string
	stubborn bool
}

type failer interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func property(a model.Attribute, low, high, step float64, access model.Access) model.Property {
	p := *model.LookupAttribute(a)
	p.Access = access
	if high > low {
		p.Min, p.Max, p.Step = &low, &high, step
	}
	return p
}

func newRig(t failer, s climate.Settings) *rig {
	x := &rig{t: t, rumour: &rumour{back: map[home.PersonID]home.Outlook{}}, now: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		timers: map[string]time.Time{}, set: s, written: map[model.SourceID][]time.Time{}, mode: map[model.SourceID]string{},
		off: map[model.SourceID]time.Time{}, room: map[model.SourceID]float64{}, where: map[home.PersonID]string{}, points: map[model.SourceID]float64{}, works: map[model.SourceID]bool{}, turned: map[model.SourceID]time.Time{}}
	x.home = home.New(alone{climate.New()}, x.rumour)
	device := func(id model.SourceID, setpoint model.Attribute, low, high, step float64) {
		x.do(home.Described{Description: model.Description{Source: id, Name: string(id), Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Properties: []model.Property{
			property(setpoint, low, high, step, model.AccessWrite), property(model.AttrThermostatLocalTemperature, 0, 0, 0, model.AccessRead),
			property(model.AttrThermostatMode, 0, 0, 0, model.AccessWrite), property(model.AttrThermostatWindowOpen, 0, 0, 0, model.AccessRead),
			property(model.AttrThermostatOutdoorTemperature, 0, 0, 0, model.AccessRead), property(model.AttrHumidityPercent, 0, 0, 0, model.AccessRead),
			property(model.AttrThermostatPreset, 0, 0, 0, model.AccessWrite)}}}}})
	}
	device(valve, model.AttrThermostatHeatSetpoint, 4, 30, 0.5)
	device(split, model.AttrThermostatCoolSetpoint, 16, 32, 1)
	for _, id := range []home.PersonID{"li", "ann"} {
		x.do(home.PersonSet{Person: home.Person{ID: id, Name: string(id), Role: "adult", Trackers: []string{"router/" + string(id)}}})
	}
	doc, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	x.do(home.SceneSet{ID: "warm", Document: doc})
	return x
}

func (x *rig) do(b home.Body) {
	x.seq++
	effects, err := x.home.Apply(home.Fact{Seq: x.seq, At: x.now, Body: b})
	if err != nil {
		return
	}
	for _, e := range effects {
		switch e := e.(type) {
		case home.SetTimer:
			x.timers[e.Timer] = e.At
		case home.ClearTimer:
			delete(x.timers, e.Timer)
		case home.Send:
			x.obey(e.Command)
		}
	}
}

// obey checks a command, and has the device do as it says.
func (x *rig) obey(c model.Command) {
	low, high := max(climate.FrostFloor, x.set.Min, 4), min(climate.HeatCeiling, x.set.Max, 30)
	if c.Source == split {
		low, high = max(climate.CoolFloor, x.set.Min, 16), min(40, x.set.Max, 32)
	}
	if c.Source == program {
		if c.Action == model.ActionThermostatSuggestPreset {
			x.words = append(x.words, "suggest "+c.Args["preset"].String())
		}
		for _, w := range c.Writes {
			x.words = append(x.words, string(w.Attribute[len("thermostat."):])+" "+w.Value.String())
		}
	}
	for _, w := range c.Writes {
		v, ok := w.Value.Number()
		if w.Attribute == model.AttrThermostatPreset {
			if !x.stubborn {
				x.tells(c.Source, w.Attribute, w.Value, true)
			}
			continue
		}
		if !ok {
			if w.Value.String() != "off" {
				x.wakes(c.Source)
			}
			x.tells(c.Source, w.Attribute, w.Value, true)
			continue
		}
		if math.IsNaN(v) || v < low-0.51 || v > max(high, low)+0.51 { // a bound between two steps of the device is rounded to one
			x.t.Fatalf("%s is set to %v °C; allowed are %v to %v", c.Source, v, low, high)
		}
		if c.Source == valve && v < climate.FrostFloor || c.Source == split && v < climate.CoolFloor {
			x.t.Fatalf("%s is set to %v °C", c.Source, v)
		}
		x.written[c.Source] = append(x.written[c.Source], x.now)
		x.tells(c.Source, w.Attribute, w.Value, true)
	}
}

// wakes checks that a device is switched on only when the wish that it be off is over, or for frost.
func (x *rig) wakes(id model.SourceID) {
	since, off := x.off[id]
	if !off {
		x.t.Fatalf("%s is given a mode though nobody switched it off", id)
	}
	if frost := id == valve && x.room[id] < climate.FrostFloor; !frost && x.left.Before(since) && !x.guests.After(since) {
		x.t.Fatalf("%s, off since %v, is switched on at %v; the house was last left at %v", id, since, x.now, x.left)
	}
}

// sets is that somebody uses a device's own buttons.
func (x *rig) sets(id model.SourceID, mode string) {
	x.report(id, model.AttrThermostatMode, model.String(mode))
}

// turns follows whether a device's compressor or burner runs, and checks that what the hub writes lets it run, and stand, long enough.
func (x *rig) turns(id model.SourceID, hub bool) {
	room, heard := x.room[id]
	set, told := x.points[id]
	if !heard || !told {
		return
	}
	works := x.mode[id] != "off" && (id == valve && set > room || id == split && set < room)
	since, ever := x.turned[id]
	if works == x.works[id] && ever {
		return
	}
	least := climate.LeastCycle(x.set.Emitter)
	if id == split {
		least = climate.LeastCycle("cooling")
	}
	frost := id == valve && works && room < climate.FrostFloor
	if hub && ever && x.now.Sub(since) < least && !frost {
		x.t.Fatalf("%s: working %v only since %v, and turned at %v; %v at least", id, !works, since, x.now, least)
	}
	x.works[id], x.turned[id] = works, x.now
}

// moves is that somebody is said to be somewhere.
func (x *rig) moves(who home.PersonID, state string) {
	x.where[who] = state
	gone := true
	for _, id := range []home.PersonID{"li", "ann", home.Somebody} {
		s := x.where[id]
		gone = gone && s != "home" && s != "just_left"
	}
	if gone {
		x.left = x.now
	}
	x.rumour.next = append(x.rumour.next, home.PresenceMove{Person: who, Presence: home.Presence{State: state, Since: x.now}})
	x.do(home.Associated{Tracker: "router/li", Connected: true})
}

// until lets time pass and fires what is due.
func (x *rig) until(t time.Time) {
	for {
		id, due := "", t
		for k, at := range x.timers {
			if !at.After(due) && (id == "" || at.Before(due) || at.Equal(due) && k < id) {
				id, due = k, at
			}
		}
		if id == "" {
			break
		}
		delete(x.timers, id)
		if due.After(x.now) {
			x.now = due
		}
		x.do(home.Fired{Timer: id, Due: due})
	}
	x.now = t
}

func (x *rig) report(s model.SourceID, a model.Attribute, v model.Value) { x.tells(s, a, v, false) }

// tells is that a device reports, by itself or as the hub asked.
func (x *rig) tells(s model.SourceID, a model.Attribute, v model.Value, hub bool) {
	c, _ := v.Number()
	switch mode := v.String(); a {
	case model.AttrThermostatLocalTemperature:
		x.room[s] = c
	case model.AttrThermostatMode:
		if mode == "off" && x.mode[s] != "off" {
			x.off[s] = x.now
		} else if mode != "off" {
			delete(x.off, s)
		}
		x.mode[s] = mode
	case model.AttrThermostatHeatSetpoint, model.AttrThermostatCoolSetpoint:
		x.points[s] = c
	}
	x.turns(s, hub)
	x.do(home.Reported{Source: s, Readings: []model.Reading{{Endpoint: model.MainEndpoint, Attribute: a, Value: v}}})
}

// outlook is any outlook, also one that no tracker of ours would give.
func outlook(rt *rapid.T) home.Outlook {
	o := home.Outlook{Step: rapid.SampledFrom([]time.Duration{time.Minute, 5 * time.Minute, time.Hour}).Draw(rt, "step"), Known: rapid.Float64Range(0, 50).Draw(rt, "known")}
	by := 0.0
	for range rapid.IntRange(0, 60).Draw(rt, "steps") {
		by += rapid.Float64Range(-0.05, 0.2).Draw(rt, "more")
		o.Back = append(o.Back, min(max(by, 0), 1))
	}
	for range rapid.IntRange(0, 5).Draw(rt, "told") {
		o.Told = append(o.Told, time.Duration(rapid.IntRange(0, 300).Draw(rt, "minutes"))*time.Minute)
	}
	return o
}

// happens is one thing of all that may.
func (x *rig) happens(rt *rapid.T) {
	device := rapid.SampledFrom([]model.SourceID{valve, split}).Draw(rt, "device")
	stir := func() { x.stirred = append(x.stirred, x.now) }
	switch rapid.IntRange(0, 11).Draw(rt, "what") {
	case 0, 1, 2: // somebody is said to be somewhere
		stir()
		who := rapid.SampledFrom([]home.PersonID{"li", "ann", home.Somebody}).Draw(rt, "who")
		x.moves(who, rapid.SampledFrom([]string{"home", "just_left", "away", "arriving", "extended_away", "unknown", ""}).Draw(rt, "state"))
	case 3:
		x.rumour.back[rapid.SampledFrom([]home.PersonID{"li", "ann", home.Somebody}).Draw(rt, "who")] = outlook(rt)
	case 4, 5:
		x.report(device, model.AttrThermostatLocalTemperature, model.Number(rapid.Float64Range(-60, 90).Draw(rt, "room")))
	case 6:
		x.report(device, model.AttrThermostatOutdoorTemperature, model.Number(rapid.Float64Range(-60, 60).Draw(rt, "outside")))
	case 7: // by hand
		stir()
		a, low := model.AttrThermostatHeatSetpoint, 4
		if device == split {
			a, low = model.AttrThermostatCoolSetpoint, 16
		}
		x.report(device, a, model.Number(float64(rapid.IntRange(low, 30).Draw(rt, "knob"))))
	case 8:
		stir()
		if rapid.Bool().Draw(rt, "window") {
			x.report(device, model.AttrThermostatWindowOpen, model.Bool(rapid.Bool().Draw(rt, "open")))
			return
		}
		x.sets(device, rapid.SampledFrom([]string{"off", "heat", "cool", "dry", "auto"}).Draw(rt, "mode"))
	case 11:
		stir()
		x.report(device, model.AttrThermostatPreset, model.String(rapid.SampledFrom([]string{"manual", "schedule", "away", "off", "eco"}).Draw(rt, "preset")))
	case 10:
		x.report(split, model.AttrHumidityPercent, model.Number(rapid.Float64Range(0, 100).Draw(rt, "humidity")))
	case 9:
		stir()
		x.stirred = append(x.stirred, x.now.Add(2*time.Hour)) // it ends, too
		x.guests = x.now.Add(2 * time.Hour)
		args := map[string]model.Value{"mode": model.String(rapid.SampledFrom([]string{"auto", "guest", "boost", "pause", "vacation"}).Draw(rt, "mode")), "hours": model.Number(2)}
		x.do(home.SceneAsked{ID: "warm", Args: args})
	}
}

func settings(rt *rapid.T) climate.Settings {
	degrees := rapid.Float64Range(-10, 50)
	s := climate.Settings{Enabled: true, Comfort: degrees.Draw(rt, "comfort"), Away: degrees.Draw(rt, "away"), Saving: rapid.Float64Range(0, 100).Draw(rt, "saving"),
		Min: rapid.Float64Range(0, 20).Draw(rt, "min"), Max: rapid.Float64Range(20, 40).Draw(rt, "max"), Hold: time.Hour, Emitter: rapid.SampledFrom(append(climate.Emitters(), "")).Draw(rt, "emitter")}
	if rapid.Bool().Draw(rt, "cooling apart") {
		a, b := degrees.Draw(rt, "cool"), degrees.Draw(rt, "cool away")
		s.CoolComfort, s.CoolAway = &a, &b
	}
	return s
}

// TestWhateverComesNoBoundIsBrokenAndNoDeviceIsStormed: no sequence of presence, outlooks, temperatures, knobs, windows and
// modes sets anything beyond its bounds; and in no hour is a device written to more often than the slow rhythm and what people do allow.
func TestWhateverComesNoBoundIsBrokenAndNoDeviceIsStormed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := newRig(rt, settings(rt))
		if x.rumour.restless = rapid.Bool().Draw(rt, "restless"); x.rumour.restless {
			x.moves("li", "away")
			x.moves("ann", "away")
			x.until(x.now.Add(6 * time.Hour))
		}
		for range rapid.IntRange(1, 60).Draw(rt, "events") {
			longest := rapid.SampledFrom([]time.Duration{5 * time.Minute, 70 * time.Minute}).Draw(rt, "longest")
			x.until(x.now.Add(time.Duration(rapid.Int64Range(1, int64(longest)).Draw(rt, "passes"))))
			x.happens(rt)
		}
		x.until(x.now.Add(6 * time.Hour))
		for id, writes := range x.written {
			if err := calm(writes, x.stirred); err != nil {
				rt.Fatalf("%s: %v", id, err)
			}
		}
	})
}

// calm checks every hour.
func calm(writes, stirred []time.Time) error {
	for i, from := range writes {
		n := 0
		for _, w := range writes[i:] {
			if w.Sub(from) < time.Hour {
				n++
			}
		}
		allowed := 5 // one in sixteen minutes, and a first
		for _, s := range stirred {
			if d := s.Sub(from); d > -3*time.Hour && d < time.Hour { // what was held for two hours is let go once
				allowed++
			}
		}
		if n > allowed {
			return fmt.Errorf("%d writes in the hour from %v on, at most %d", n, from, allowed)
		}
	}
	return nil
}
