package home_test

import (
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// house drives a Home as the hub does: facts in, with the clock in the test's hand.
type house struct {
	t   *testing.T
	h   *home.Home
	seq uint64
	now time.Time
}

func newHouse(t *testing.T) *house {
	return &house{t: t, h: home.New(nil, nil), now: time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)}
}

// do applies a fact that must be taken and returns a copy of its effects.
func (x *house) do(b home.Body) []home.Effect {
	x.t.Helper()
	out, err := x.try(b)
	if err != nil {
		x.t.Fatalf("%#v: %v", b, err)
	}
	return out
}

func (x *house) try(b home.Body) ([]home.Effect, error) {
	x.seq++
	out, err := x.h.Apply(home.Fact{Seq: x.seq, At: x.now, Body: b})
	return append([]home.Effect(nil), out...), err
}

func (x *house) pass(d time.Duration) { x.now = x.now.Add(d) }

func (x *house) report(source, attr string, v model.Value, q ...model.Quality) []home.Effect {
	x.t.Helper()
	r := model.Reading{Endpoint: model.MainEndpoint, Attribute: model.Attribute(attr), Value: v}
	if len(q) > 0 {
		r.Quality = q[0]
	}
	return x.do(home.Reported{Source: model.SourceID(source), Readings: []model.Reading{r}})
}

func (x *house) deviceOf(source string) model.DeviceID {
	x.t.Helper()
	s := x.h.View().Source(model.SourceID(source))
	if s == nil {
		x.t.Fatalf("no source %s", source)
	}
	return s.Device
}

func (x *house) state(source, attr string) home.State {
	x.t.Helper()
	st, ok := x.h.View().Device(x.deviceOf(source)).State(home.Slot{Endpoint: model.MainEndpoint, Attribute: model.Attribute(attr)})
	if !ok {
		x.t.Fatalf("%s has no %s", source, attr)
	}
	return st
}

func (x *house) set(id, source, attr string, v model.Value) []home.Effect {
	x.t.Helper()
	return x.do(home.Asked{Ask: home.Ask{ID: model.CommandID(id), Device: x.deviceOf(source),
		Writes: []model.Write{{Attribute: model.Attribute(attr), Value: v}}, Cause: &model.Cause{Kind: model.CausePerson, Who: "li"}}})
}

func (x *house) command(id string) home.Command {
	x.t.Helper()
	c, ok := x.h.View().Command(model.CommandID(id))
	if !ok {
		x.t.Fatalf("no command %s", id)
	}
	return c
}

func all[T home.Effect](effects []home.Effect) []T {
	var out []T
	for _, e := range effects {
		if t, ok := e.(T); ok {
			out = append(out, t)
		}
	}
	return out
}

func prop(attr string, change ...func(*model.Property)) model.Property {
	p := *model.LookupAttribute(model.Attribute(attr))
	for _, c := range change {
		c(&p)
	}
	return p
}

// lamp describes a dimmable lamp with a power meter, as one adapter sees it.
func lamp(source string, ids ...model.Identity) home.Described {
	return home.Described{Description: model.Description{
		Source: model.SourceID(source), Name: "lamp", Vendor: "Acme", Model: "L1", Type: "light_dimmable", Identities: ids,
		Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Type: "light_dimmable",
			Properties: []model.Property{prop("on_off.on"), prop("level.level"), prop("energy_meter.imported_kwh"), prop("health.last_seen")},
			Actions:    []model.Attribute{"identify.identify"},
			Events:     []model.EventInfo{{Event: "button.press"}}}},
	}}
}

func mac(s string) model.Identity { return model.Identity{Kind: model.IdentityMAC, Value: s} }

func press(source, action string) home.Happened {
	return home.Happened{Happening: model.Happening{Source: model.SourceID(source), Endpoint: model.MainEndpoint, Event: "button.press",
		Args: map[string]model.Value{"button": model.String(""), "action": model.String(action)}}}
}
