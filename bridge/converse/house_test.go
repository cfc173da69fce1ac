package converse

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

// workshop is an adapter whose devices do what they are told, but for one that cannot be reached and one that refuses.
type workshop struct {
	hub   adapters.Hub
	ready chan struct{}
}

func (*workshop) Name() string { return "shop" }

func (w *workshop) Run(ctx context.Context, h adapters.Hub) error {
	w.hub = h
	for _, d := range []model.Description{
		thing("lamp", "落地灯", "客厅", "light_color", "on_off.on", "level.level", "color.hue", "color.saturation", "color_temperature.kelvin"),
		thing("ceiling", "Ceiling light", "客厅", "light_dimmable", "on_off.on", "level.level"),
		thing("bedside", "床头灯", "主卧", "light_dimmable", "on_off.on", "level.level"),
		thing("ac", "主卧空调", "主卧", "air_conditioner", "on_off.on", "thermostat.mode", "thermostat.cool_setpoint", "thermostat.local_temperature", "fan.mode"),
		thing("curtain", "Curtain", "客厅", "window_covering", "window_covering.open_pct"),
		thing("lock", "大门", "玄关", "door_lock", "door_lock.lock", "door_lock.target"),
		thing("door", "Front door", "玄关", "contact_sensor", "contact.open"),
		thing("radiator", "客厅暖气", "客厅", "trv", "thermostat.mode", "thermostat.heat_setpoint"),
		thing("window", "卧室窗户", "主卧", "contact_sensor", "contact.open"),
		thing("dead", "阳台灯", "阳台", "light_on_off", "on_off.on"),
		thing("broken", "书房灯", "书房", "light_on_off", "on_off.on"),
	} {
		h.Describe(d)
	}
	say := func(s model.SourceID, pairs ...any) {
		var rs []model.Reading
		for i := 0; i < len(pairs); i += 2 {
			rs = append(rs, model.Reading{Endpoint: "main", Attribute: model.Attribute(pairs[i].(string)), Value: pairs[i+1].(model.Value)})
		}
		h.Report(s, rs)
		h.Reachable(s, true, "")
	}
	say("shop/lamp", "on_off.on", model.Bool(false), "level.level", model.Number(80), "color_temperature.kelvin", model.Number(3000))
	say("shop/ceiling", "on_off.on", model.Bool(true), "level.level", model.Number(40))
	say("shop/bedside", "on_off.on", model.Bool(false), "level.level", model.Number(40))
	say("shop/ac", "on_off.on", model.Bool(false), "thermostat.mode", model.String("cool"), "thermostat.cool_setpoint", model.Number(24), "thermostat.local_temperature", model.Number(27.5), "fan.mode", model.String("low"))
	say("shop/curtain", "window_covering.open_pct", model.Number(0))
	say("shop/lock", "door_lock.lock", model.String("locked"), "door_lock.target", model.String("locked"))
	say("shop/door", "contact.open", model.Bool(false))
	say("shop/radiator", "thermostat.mode", model.String("heat"), "thermostat.heat_setpoint", model.Number(19))
	say("shop/window", "contact.open", model.Bool(true))
	say("shop/broken", "on_off.on", model.Bool(false))
	h.Report("shop/dead", []model.Reading{{Endpoint: "main", Attribute: "on_off.on", Value: model.Bool(false)}})
	h.Reachable("shop/dead", false, "no power")
	close(w.ready)
	<-ctx.Done()
	return nil
}

func (w *workshop) Execute(c model.Command) {
	switch c.Source {
	case "shop/dead":
		w.hub.Outcome(c.ID, model.Outcome{Status: model.TimedOut, Reason: model.Reason{Code: model.ReasonNoAnswer}})
		return
	case "shop/broken":
		w.hub.Outcome(c.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: "MAC no ack"}})
		return
	}
	w.hub.Outcome(c.ID, model.Outcome{Status: model.Acked})
	var rs []model.Reading
	for _, x := range c.Writes {
		rs = append(rs, model.Reading{Endpoint: c.Endpoint, Attribute: x.Attribute, Value: x.Value})
		if x.Attribute == attrLock {
			rs = append(rs, model.Reading{Endpoint: c.Endpoint, Attribute: attrLocked, Value: x.Value})
		}
	}
	w.hub.Report(c.Source, rs)
}

func thing(id, name, room string, kind model.DeviceType, attrs ...model.Attribute) model.Description {
	e := model.EndpointDescription{ID: "main", Type: kind}
	for _, a := range attrs {
		e.Properties = append(e.Properties, *model.LookupAttribute(a))
	}
	return model.Description{Source: model.SourceID("shop/" + id), Name: name, Room: room, Type: kind, Endpoints: []model.EndpointDescription{e}, CommandTimeout: time.Second}
}

// everyone may do everything.
type everyone struct{}

func (everyone) ID() string                { return "tester" }
func (everyone) Sees(*home.Device) bool    { return true }
func (everyone) SeesRoom(home.RoomID) bool { return true }
func (everyone) May(model.Attribute) bool  { return true }
func (everyone) Whole() bool               { return true }
func (everyone) Manages() bool             { return true }

// guest is bound to one room and to lamps.
type guest struct{ room home.RoomID }

func (guest) ID() string                    { return "guest" }
func (g guest) Sees(d *home.Device) bool    { return d.Room == g.room }
func (g guest) SeesRoom(r home.RoomID) bool { return r == g.room }
func (guest) May(a model.Attribute) bool {
	return a.Capability() == "on_off" || a.Capability() == "level"
}
func (guest) Whole() bool   { return false }
func (guest) Manages() bool { return false }

type liveHouse struct{ *hub.Hub }

func (h liveHouse) Events(room int) (<-chan home.Effect, func()) {
	s := h.Subscribe(room)
	return s.C, s.Close
}

// talk runs a house until the test ends.
func talk(t *testing.T) *Engine {
	t.Helper()
	return talkAt(t, nil)
}

// talkAt runs a house whose conversation goes by another clock.
func talkAt(t *testing.T, now func() time.Time) *Engine {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{ready: make(chan struct{})}
	h, err := hub.New(t.Context(), hub.Options{Store: st, Adapters: []adapters.Adapter{w}, Scenes: scenes.New()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	e, err := New(Options{House: liveHouse{h}, Memory: st, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		_ = st.Close()
	})
	<-w.ready
	for _, room := range []string{"客厅", "主卧", "玄关", "阳台", "书房"} {
		if err := h.Do(t.Context(), home.RoomSet{Room: home.Room{ID: home.RoomID(room), Names: map[string]string{"": room}}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []home.Body{
		home.RoomSet{Room: home.Room{ID: "客厅", Names: map[string]string{"": "Living room", "zh": "客厅"}}},
		home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "owner"}},
	} {
		if err := h.Do(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range h.View().Devices() { // rooms were set after the devices came
		if d.Room == "" {
			t.Fatalf("%s has no room", d.Name(""))
		}
	}
	return e
}
