package demo_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/adapters/owntracks"
	"github.com/concord-home/hub/adapters/zigbee2mqtt"
	"github.com/concord-home/hub/demo"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// listener is a hub that only keeps what the real adapter says.
type listener struct {
	mu        sync.Mutex
	described map[model.SourceID]model.Description
	readings  map[string][]model.Reading // by "source endpoint attribute"
	happened  []model.Happening
	reachable map[model.SourceID]bool
	gone      []model.SourceID
	outcomes  map[model.CommandID][]model.Outcome
}

func (l *listener) Describe(d model.Description) {
	l.locked(func() { l.described[d.Source] = d })
}

func (l *listener) Report(s model.SourceID, readings []model.Reading) {
	l.locked(func() {
		for _, r := range readings {
			key := string(s) + " " + string(r.Endpoint) + " " + string(r.Attribute)
			l.readings[key] = append(l.readings[key], r)
		}
	})
}

func (l *listener) Happened(h model.Happening) {
	l.locked(func() { l.happened = append(l.happened, h) })
}

func (l *listener) Reachable(s model.SourceID, ok bool, _ string) {
	l.locked(func() { l.reachable[s] = ok })
}

func (l *listener) Gone(s model.SourceID, _ string) {
	l.locked(func() { l.gone = append(l.gone, s) })
}

func (l *listener) Outcome(id model.CommandID, o model.Outcome) {
	l.locked(func() { l.outcomes[id] = append(l.outcomes[id], o) })
}

func (l *listener) locked(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// last is the newest reading of an attribute.
func (l *listener) last(ieee, endpoint string, a model.Attribute) model.Reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.readings["zigbee2mqtt/"+ieee+" "+endpoint+" "+string(a)]
	if len(all) == 0 {
		return model.Reading{}
	}
	return all[len(all)-1]
}

// hubbed runs a test with a house and the hub's real adapter for Zigbee2MQTT, which knows nothing of the house.
func hubbed(t *testing.T, o demo.Options, test func(t *testing.T, s *stage, a *zigbee2mqtt.Adapter, l *listener)) {
	play(t, o, func(t *testing.T, s *stage) {
		l := &listener{described: map[model.SourceID]model.Description{}, readings: map[string][]model.Reading{},
			reachable: map[model.SourceID]bool{}, outcomes: map[model.CommandID][]model.Outcome{}}
		a := zigbee2mqtt.New(zigbee2mqtt.Options{MQTT: s.broker})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx, l) }()
		s.pass(30 * time.Second) // it asks for what it missed
		test(t, s, a, l)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the adapter: %v", err)
		}
		synctest.Wait()
	})
}

func TestTheRealAdapterKnowsEveryDeviceForWhatItIs(t *testing.T) {
	want := map[string]model.DeviceType{
		"living/lamp": "light_color", "bedroom lamp": "light_dimmable", "hall lamp": "light_color_temperature", "tv_plug": "plug", "living_trv": "trv", "kitchen_trv": "trv",
		"living_air": "air_monitor", "remote": "remote", "bedroom_ac": "air_conditioner", "bedroom_blind": "window_covering", "bedroom_window": "contact_sensor", "卧室温湿度": "climate_sensor",
		"kitchen_switch": "wall_switch", "kitchen_leak": "leak_sensor", "kitchen_smoke": "smoke_co_alarm", "hall_motion": "motion_sensor", "front_door": "contact_sensor", "front_lock": "door_lock", "siren": "siren",
	}
	hubbed(t, still, func(t *testing.T, _ *stage, _ *zigbee2mqtt.Adapter, l *listener) {
		got := map[string]model.DeviceType{}
		for _, d := range l.described {
			got[d.Name] = d.Type
			if !l.reachable[d.Source] {
				t.Errorf("%s is not reachable", d.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		layout := demo.Layout()
		for id := range l.described {
			if layout[string(id)[len("zigbee2mqtt/"):]].Room == "" {
				t.Errorf("%s stands nowhere", id)
			}
		}
	})
}

func TestTheRealAdapterSeesCommandsConfirmedAndUnplugged(t *testing.T) {
	hubbed(t, still, func(t *testing.T, s *stage, a *zigbee2mqtt.Adapter, l *listener) {
		do := func(id model.CommandID, ieee, endpoint string, attribute model.Attribute, v model.Value) []model.Outcome {
			a.Execute(model.Command{ID: id, Source: model.SourceID("zigbee2mqtt/" + ieee), Endpoint: model.EndpointID(endpoint), Writes: []model.Write{{Attribute: attribute, Value: v}}, Deadline: time.Now().Add(time.Minute)})
			s.pass(40 * time.Second)
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.outcomes[id]
		}
		for _, tc := range []struct {
			ieee, endpoint string
			attribute      model.Attribute
			to             model.Value
		}{
			{"0x0017880110d20001", "main", "on_off.on", model.Bool(true)},
			{"0x842e14fffed2000f", "main", "level.level", model.Number(40)},
			{"0x00124b002ad2000b", "right", "on_off.on", model.Bool(true)},
			{"0x842e14fffed20008", "main", "window_covering.open_pct", model.Number(30)},
			{"0x0c4314fffed20003", "main", "thermostat.heat_setpoint", model.Number(22)},
			{"0x54ef44fffed20007", "main", "on_off.on", model.Bool(true)},
		} {
			if o := do(model.CommandID(tc.ieee), tc.ieee, tc.endpoint, tc.attribute, tc.to); len(o) != 1 || o[0].Status != model.Acked {
				t.Errorf("%s of %s: %+v", tc.attribute, tc.ieee, o)
			}
			if r := l.last(tc.ieee, tc.endpoint, tc.attribute); r.Value != tc.to || r.Quality != "" && r.Quality != model.Good {
				t.Errorf("%s of %s is %v, %s", tc.attribute, tc.ieee, r.Value, r.Quality)
			}
		}
		if o := do("unlock", "0x000d6f0019d20012", "main", "door_lock.target", model.String("unlocked")); len(o) != 1 || o[0].Status != model.Acked {
			t.Errorf("unlocking: %+v", o)
		}
		if r := l.last("0x000d6f0019d20012", "main", "door_lock.lock"); r.Value != model.String("unlocked") {
			t.Errorf("the lock is %v", r.Value)
		}
		s.try(s.house.Unplug("living/lamp", true))
		if o := do("dark", "0x0017880110d20001", "main", "on_off.on", model.Bool(false)); len(o) != 1 || o[0].Status != model.TimedOut {
			t.Errorf("without power: %+v", o)
		}
	})
}

func TestTheRealAdapterHearsButtonsRenamesAndRemovals(t *testing.T) {
	hubbed(t, still, func(t *testing.T, s *stage, a *zigbee2mqtt.Adapter, l *listener) {
		s.try(s.house.Press("remote", "on"))
		s.pass(time.Second)
		l.locked(func() {
			if len(l.happened) != 1 || l.happened[0].Event != "button.press" {
				t.Errorf("happened: %+v", l.happened)
			}
		})
		s.answer("device/rename", `{"from":"siren","to":"门口/警报器"}`)
		s.pass(5 * time.Second)
		l.locked(func() {
			if d := l.described["zigbee2mqtt/0x50325ffffed20013"]; d.Name != "门口/警报器" {
				t.Errorf("the siren is called %q", d.Name)
			}
		})
		s.try(a.Permit(t.Context(), 20))
		s.pass(time.Minute)
		s.try(a.Remove(t.Context(), "zigbee2mqtt/0x50325ffffed20013"))
		s.pass(5 * time.Second)
		l.locked(func() {
			if _, joined := l.described["zigbee2mqtt/0x00124b0029d20014"]; !joined || !slices.Contains(l.gone, "zigbee2mqtt/0x50325ffffed20013") {
				t.Errorf("the spare sensor joined: %v; gone: %v", joined, l.gone)
			}
		})
	})
}

// TestScenesFitTheHouseAndTheArrivalWarmsIt plays a day's phone to the real presence and scene engines, in a home
// made of what the real adapter described.
func TestScenesFitTheHouseAndTheArrivalWarmsIt(t *testing.T) {
	hubbed(t, fullDay, func(t *testing.T, s *stage, _ *zigbee2mqtt.Adapter, l *listener) {
		pace := home.Pace{Wall: time.Now().Add(-30 * time.Second), Sim: fullDay.Start, Speed: fullDay.Speed}
		h := home.New(scenes.New(scenes.Paced(pace)), presence.New(presence.Paced(pace)))
		seq := uint64(0)
		apply := func(at time.Time, b home.Body) []home.Effect {
			t.Helper()
			seq++
			effects, err := h.Apply(home.Fact{Seq: seq, At: at, Body: b})
			if err != nil {
				t.Fatalf("%T: %v", b, err)
			}
			return effects
		}
		start := time.Now()
		for _, id := range slices.Sorted(func(yield func(model.SourceID) bool) {
			for id := range l.described {
				if !yield(id) {
					return
				}
			}
		}) {
			apply(start, home.Described{Description: l.described[id]})
		}
		device := func(ieee string) model.DeviceID { return h.View().Source(model.SourceID("zigbee2mqtt/" + ieee)).Device }
		for id, document := range demo.Scenes(device) {
			if !json.Valid(document) {
				t.Fatalf("%s is no JSON", id)
			}
			apply(start, home.SceneSet{ID: id, Document: document})
		}
		apply(start, home.PlaceSet{Place: home.Place{Latitude: demo.HomeLatitude, Longitude: demo.HomeLongitude, RadiusM: demo.HomeRadiusM}})
		apply(start, home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "adult", Trackers: []string{demo.Tracker}}})
		s.pass(24 * time.Minute)
		states, comfort, away := s.follow(h, apply)
		if want := []string{"home", "just_left", "away", "arriving", "home"}; !slices.Equal(states, want) {
			t.Errorf("presence went %v, want %v", states, want)
		}
		if comfort == 0 || away == 0 {
			t.Errorf("%d setpoints for comfort and %d for absence were sent", comfort, away)
		}
	})
}

// follow hands the phone's messages to a home, fires its timers, and tells the presences and how many setpoints came of them.
func (s *stage) follow(h *home.Home, apply func(time.Time, home.Body) []home.Effect) (states []string, comfort, away int) {
	timers := map[string]time.Time{}
	note := func(effects []home.Effect) {
		for _, e := range effects {
			switch e := e.(type) {
			case home.SetTimer:
				timers[e.Timer] = e.At
			case home.ClearTimer:
				delete(timers, e.Timer)
			case home.Send:
				if len(e.Command.Writes) > 0 && e.Command.Writes[0].Value == model.Number(21) {
					comfort++
				} else if len(e.Command.Writes) > 0 {
					away++
				}
			}
		}
		if now := h.View().Presence("li").State; len(states) == 0 && now != "" || len(states) > 0 && states[len(states)-1] != now {
			states = append(states, now)
		}
	}
	for _, m := range s.seen {
		for {
			id, due := "", m.at
			for k, at := range timers {
				if !at.After(due) {
					id, due = k, at
				}
			}
			if id == "" {
				break
			}
			delete(timers, id)
			note(apply(due, home.Fired{Timer: id}))
		}
		h, err := owntracks.Decode(m.topic, []byte(m.payload), "")
		if err == nil && h.Fix != nil {
			note(apply(m.at, home.Located{Tracker: h.Tracker, Fix: *h.Fix}))
		}
	}
	return states, comfort, away
}
