package mqttbridge

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/mqttdiscovery"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// fakeHouse is a real house without a hub around it: commands are done as soon as they are sent.
type fakeHouse struct {
	mu   sync.Mutex
	h    *home.Home
	seq  uint64
	out  chan home.Effect
	asks []home.Ask
}

func newHouse() *fakeHouse {
	return &fakeHouse{h: home.New(nil, nil), out: make(chan home.Effect, 10_000)}
}

func (f *fakeHouse) View() *home.View {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.h.View()
}

func (f *fakeHouse) Events(int) (<-chan home.Effect, func()) { return f.out, func() {} }

func (f *fakeHouse) Ask(_ context.Context, a home.Ask) (model.CommandID, error) {
	f.mu.Lock()
	f.asks = append(f.asks, a)
	f.mu.Unlock()
	a.ID = model.CommandID("c" + string(rune('0'+f.seq%75)))
	return a.ID, f.apply(home.Asked{Ask: a})
}

func (f *fakeHouse) apply(b home.Body) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	effects, err := f.h.Apply(home.Fact{Seq: f.seq, At: time.Now(), Body: b})
	var sent []model.Command
	for _, e := range slices.Clone(effects) {
		f.out <- e
		if s, ok := e.(home.Send); ok {
			sent = append(sent, s.Command)
		}
	}
	for _, c := range sent {
		for _, w := range c.Writes {
			f.seq++
			effects, _ := f.h.Apply(home.Fact{Seq: f.seq, At: time.Now(), Body: home.Reported{Source: c.Source, Readings: []model.Reading{{Endpoint: c.Endpoint, Attribute: w.Attribute, Value: w.Value}}}})
			for _, e := range slices.Clone(effects) {
				f.out <- e
			}
		}
	}
	return err
}

// broker is an MQTT broker in memory that keeps what is retained.
type broker struct {
	mu       sync.Mutex
	subs     map[int]sub
	next     int
	retained map[string]string
	count    int

	connected []func(bool, string)
}

type sub struct {
	filter string
	h      func(string, []byte, bool)
}

func (b *broker) Subscribe(filter string, h func(string, []byte, bool)) (func(), error) {
	b.mu.Lock()
	b.next++
	id := b.next
	b.subs[id] = sub{filter, h}
	kept := maps.Clone(b.retained)
	b.mu.Unlock()
	for topic, payload := range kept {
		if matches(filter, topic) {
			h(topic, []byte(payload), true)
		}
	}
	return func() { b.mu.Lock(); defer b.mu.Unlock(); delete(b.subs, id) }, nil
}

func (b *broker) Publish(topic string, payload []byte, retain bool, _ byte) error {
	b.mu.Lock()
	b.count++
	if retain {
		b.retained[topic] = string(payload)
		if len(payload) == 0 {
			delete(b.retained, topic)
		}
	}
	var to []sub
	for _, s := range b.subs {
		if matches(s.filter, topic) {
			to = append(to, s)
		}
	}
	b.mu.Unlock()
	for _, s := range to {
		s.h(topic, payload, false)
	}
	return nil
}

func (b *broker) OnState(f func(bool, string)) {
	b.mu.Lock()
	b.connected = append(b.connected, f)
	b.mu.Unlock()
	f(true, "")
}

func (b *broker) at(topic string) string { b.mu.Lock(); defer b.mu.Unlock(); return b.retained[topic] }

func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, part := range f {
		if part == "#" {
			return true
		}
		if i >= len(t) || part != "+" && part != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}

func attribute(a model.Attribute, access model.Access) model.Property {
	p := *model.LookupAttribute(a)
	p.Access = access
	return p
}

func lamp() model.Description {
	kelvin := attribute("color_temperature.kelvin", model.AccessWrite)
	lo, hi := 2000.0, 6500.0
	kelvin.Min, kelvin.Max = &lo, &hi
	return model.Description{Source: "hue/lamp", Name: "Lamp 灯", Vendor: "Signify", Model: "LCA001", Type: "light_color", Endpoints: []model.EndpointDescription{{
		ID: "main", Type: "light_color", Actions: []model.Attribute{"identify.identify"},
		Properties: []model.Property{attribute("on_off.on", model.AccessWrite), attribute("level.level", model.AccessWrite), attribute("color.hue", model.AccessWrite),
			attribute("color.saturation", model.AccessWrite), kelvin, attribute("health.rssi", model.AccessRead)},
	}}}
}

func remote() model.Description {
	return model.Description{Source: "hue/remote", Name: "Remote", Type: "remote", Endpoints: []model.EndpointDescription{{ID: "main", Type: "remote",
		Properties: []model.Property{attribute("power_source.battery_pct", model.AccessRead)}, Events: []model.EventInfo{{Event: "button.press"}}}}}
}

type rig struct {
	t      *testing.T
	house  *fakeHouse
	broker *broker
	bridge *Bridge
	stop   func()
}

func inRig(t *testing.T, s Settings, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, house: newHouse(), broker: &broker{subs: map[int]sub{}, retained: map[string]string{}}}
		for _, d := range []model.Description{lamp(), remote()} {
			if err := r.house.apply(home.Described{Description: d}); err != nil {
				t.Fatal(err)
			}
		}
		r.report("hue/lamp", "on_off.on", model.Bool(true))
		r.report("hue/lamp", "level.level", model.Number(42))
		r.start(s)
		f(r)
		r.stop()
	})
}

func (r *rig) start(s Settings) {
	r.bridge = New(Options{House: r.house, MQTT: r.broker, Instance: "concord-abc", Settings: s})
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error)
	go func() { done <- r.bridge.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
	r.settle()
}

func (r *rig) settle() { time.Sleep(time.Second); synctest.Wait() }

func (r *rig) report(s model.SourceID, a model.Attribute, v model.Value) {
	if err := r.house.apply(home.Reported{Source: s, Readings: []model.Reading{{Endpoint: "main", Attribute: a, Value: v}}}); err != nil {
		r.t.Fatal(err)
	}
}

// base is the topic of the device whose source this is.
func (r *rig) base(s model.SourceID) string {
	return "homie/5/concord-abc-" + kebab(string(r.house.View().Source(s).Device))
}

func TestHomie(t *testing.T) {
	inRig(t, Settings{Homie: true}, func(r *rig) {
		base := r.base("hue/lamp")
		var doc description
		if err := json.Unmarshal([]byte(r.broker.at(base+"/$description")), &doc); err != nil {
			t.Fatal(err)
		}
		level := doc.Nodes["main--level"].Properties["level"]
		if doc.Name != "Lamp 灯" || doc.Root != "concord-abc" || level.Datatype != "float" || level.Format != "0:100" || !level.Settable || doc.Nodes["main--color"].Properties["color"].Format != "hsv" {
			t.Errorf("the description: %+v", doc)
		}
		for topic, want := range map[string]string{base + "/$state": "ready", base + "/main--on-off/on": "true", base + "/main--level/level": "42", "homie/5/concord-abc/$state": "ready"} {
			if got := r.broker.at(topic); got != want {
				t.Errorf("%s = %q, want %q", topic, got, want)
			}
		}
		for topic := range r.broker.retained {
			if strings.HasPrefix(topic, "homeassistant/") {
				t.Errorf("%s, yet nobody asked for Home Assistant", topic)
			}
		}
		r.broker.Publish(base+"/main--level/level/set", []byte("80"), false, 0)
		r.broker.Publish(base+"/main--color/color/set", []byte("hsv,120,50,100"), false, 0)
		r.broker.Publish(base+"/main--identify/action/set", []byte("identify"), false, 0)
		r.settle()
		if got := r.broker.at(base + "/main--level/level"); got != "80" {
			t.Errorf("after the command the level is %s", got)
		}
		if got := r.broker.at(base + "/main--color/color"); got != "hsv,120,50,100" {
			t.Errorf("after the command the colour is %s", got)
		}
		for _, a := range r.house.asks {
			if a.Cause == nil || a.Cause.Via != "mqtt" {
				t.Errorf("%+v does not say who asked", a)
			}
		}
		n := len(r.house.asks)
		for _, bad := range []string{"101", "", "x", "NaN", strings.Repeat("9", 10_000)} {
			r.broker.Publish(base+"/main--level/level/set", []byte(bad), false, 0)
		}
		r.broker.Publish(base+"/main--identify/action/set", []byte("explode"), false, 0)
		r.settle()
		if len(r.house.asks) != n {
			t.Errorf("bad payloads reached the house: %+v", r.house.asks[n:])
		}
	})
}

func TestOnlyWhatIsChosenIsPublishedAndTheRestTakenBack(t *testing.T) {
	inRig(t, Settings{Homie: true, HomeAssistant: true}, func(r *rig) {
		lampID, base := r.house.View().Source("hue/lamp").Device, r.base("hue/lamp")
		count := func(part string) (n int) {
			for topic := range maps.Clone(r.broker.retained) {
				if strings.Contains(topic, part) {
					n++
				}
			}
			return n
		}
		if count("homeassistant/light/") != 1 || count("homeassistant/event/") != 1 || count("homeassistant/sensor/") < 2 {
			t.Errorf("Home Assistant is told %v", slices.Sorted(maps.Keys(r.broker.retained)))
		}
		r.bridge.Configure(Settings{Homie: true, Except: []model.DeviceID{lampID}})
		r.settle()
		if count("homeassistant/") != 0 || count(strings.TrimPrefix(base, "homie/5/")) != 0 {
			t.Errorf("still there: %v", slices.Sorted(maps.Keys(r.broker.retained)))
		}
		r.bridge.Configure(Settings{})
		r.settle()
		if len(r.broker.retained) != 0 {
			t.Errorf("switched off, still there: %v", r.broker.retained)
		}
		r.bridge.Configure(Settings{Homie: true})
		r.settle()
		if count("homie/5/concord-abc") == 0 {
			t.Error("switched on again, nothing is there")
		}
	})
}

func TestWhatAnEarlierRunPublishedIsSwept(t *testing.T) {
	inRig(t, Settings{Homie: true}, func(r *rig) {
		r.stop()
		r.broker.Publish("homie/5/concord-abc-old/$state", []byte("ready"), true, 0)
		r.broker.Publish("homie/5/concord-abc-old/main--on-off/on", []byte("true"), true, 0)
		r.broker.Publish("homie/5/somebody-else/$state", []byte("ready"), true, 0)
		if r.broker.at("homie/5/concord-abc/$state") != "disconnected" {
			t.Error("the hub went without saying so")
		}
		r.start(Settings{Homie: true})
		if r.broker.at("homie/5/concord-abc-old/$state") != "" || r.broker.at("homie/5/concord-abc-old/main--on-off/on") != "" {
			t.Error("a device that is gone is still on the broker")
		}
		if r.broker.at("homie/5/somebody-else/$state") == "" {
			t.Error("somebody else's device was swept away")
		}
	})
}

func TestChangesAreCollectedAndEventsAreNot(t *testing.T) {
	inRig(t, Settings{Homie: true}, func(r *rig) {
		before := r.broker.count
		for i := range 50 {
			r.report("hue/lamp", "level.level", model.Number(float64(i)))
		}
		r.settle()
		if n := r.broker.count - before; n != 1 {
			t.Errorf("50 changes within a moment became %d messages, want 1", n)
		}
		var heard []string
		cancel, _ := r.broker.Subscribe("homie/5/+/+/press", func(_ string, payload []byte, _ bool) { heard = append(heard, string(payload)) })
		defer cancel()
		for range 3 {
			if err := r.house.apply(home.Happened{Happening: model.Happening{Source: "hue/remote", Endpoint: "main", Event: "button.press",
				Args: map[string]model.Value{"button": model.String("1"), "action": model.String("single")}}}); err != nil {
				t.Fatal(err)
			}
			r.settle()
		}
		if len(heard) != 3 || !strings.Contains(heard[0], `"action":"single"`) {
			t.Errorf("events: %v", heard)
		}
		if err := r.house.apply(home.Reached{Source: "hue/lamp", Why: "no power"}); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if got := r.broker.at(r.base("hue/lamp") + "/$state"); got != "lost" {
			t.Errorf("a lamp without power is %s", got)
		}
	})
}

// adapterMQTT lends the broker to an adapter.
type adapterMQTT struct{ *broker }

func (a adapterMQTT) Subscribe(filter string, h func(adapters.Message)) (func(), error) {
	return a.broker.Subscribe(filter, func(topic string, payload []byte, retained bool) {
		h(adapters.Message{Topic: topic, Payload: payload, Retained: retained})
	})
}

// loop is a hub that gives an adapter's words to the house.
type loop struct{ house *fakeHouse }

func (l loop) Describe(d model.Description) { _ = l.house.apply(home.Described{Description: d}) }
func (l loop) Report(s model.SourceID, r []model.Reading) {
	_ = l.house.apply(home.Reported{Source: s, Readings: r})
}
func (l loop) Happened(h model.Happening) { _ = l.house.apply(home.Happened{Happening: h}) }
func (l loop) Reachable(s model.SourceID, ok bool, why string) {
	_ = l.house.apply(home.Reached{Source: s, Reachable: ok, Why: why})
}
func (l loop) Gone(s model.SourceID, why string)      { _ = l.house.apply(home.Left{Source: s, Why: why}) }
func (l loop) Outcome(model.CommandID, model.Outcome) {}

// TestNothingGoesRoundInCircles runs the adapter for MQTT devices beside the bridge: the hub's own publications are never
// taken in, another hub's are, and what came over MQTT is not published again.
func TestNothingGoesRoundInCircles(t *testing.T) {
	inRig(t, Settings{Homie: true, HomeAssistant: true}, func(r *rig) {
		other := newHouse() // a second hub on the same broker
		for own, house := range map[string]*fakeHouse{"concord-abc": r.house, "concord-xyz": other} {
			a := mqttdiscovery.New(mqttdiscovery.Options{MQTT: adapterMQTT{r.broker}, Own: own})
			ctx, cancel := context.WithCancel(r.t.Context())
			done := make(chan error)
			go func() { done <- a.Run(ctx, loop{house}) }()
			defer func() { cancel(); <-done }()
		}
		second := New(Options{House: other, MQTT: r.broker, Instance: "concord-xyz", Settings: Settings{Homie: true, HomeAssistant: true}})
		ctx, cancel := context.WithCancel(r.t.Context())
		done := make(chan error)
		go func() { done <- second.Run(ctx) }()
		defer func() { cancel(); <-done }()
		for range 5 {
			r.settle()
		}
		if n := len(r.house.View().Devices()); n != 3 { // the two and the other hub itself
			for _, d := range r.house.View().Devices() {
				t.Logf("%s from %v", d.Name("en"), d.Sources)
			}
			t.Errorf("the house has %d devices", n)
		}
		theirs := 0
		for _, d := range other.View().Devices() {
			if s, ok := d.Find("level.level"); ok {
				theirs++
				if st, _ := d.State(s); st.Value != model.Number(42) {
					t.Errorf("the other hub sees the lamp at %s", st.Value)
				}
			}
		}
		if theirs != 1 {
			t.Errorf("the other hub sees %d lamps", theirs)
		}
		before := r.broker.count
		r.settle()
		if r.broker.count != before {
			t.Errorf("with nothing happening %d messages a second go round", r.broker.count-before)
		}
	})
}

func FuzzCommand(f *testing.F) {
	f.Add("hsv,1,2,3", "80")
	f.Add("xyz,0.1,0.2", "")
	f.Fuzz(func(t *testing.T, color, value string) {
		_, _ = colorWrites("hs", color)
		for _, a := range []model.Attribute{"level.level", "thermostat.running", "on_off.on", "thermostat.mode", "health.last_seen", "thermostat.hold"} {
			p := model.LookupAttribute(a)
			if v, err := parse(p, value); err == nil {
				if _, err := p.Check(v); err != nil {
					t.Errorf("%s takes %q: %v", a, value, err)
				}
			}
		}
	})
}
