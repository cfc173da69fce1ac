package speakertest

import (
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Every is a house for tests of types: one device of each type of the catalogue, with all that its type requires and may have,
// each value the middle or first of what it can be. Nothing runs in it, and every command is confirmed at once. The devices are
// called as their types.
func Every() Idle {
	h := home.New(nil, nil)
	seq := uint64(0)
	tell := func(b home.Body) {
		seq++
		if _, err := h.Apply(home.Fact{Seq: seq, At: Now(), Body: b}); err != nil {
			panic(err) // the catalogue's own contracts fit
		}
	}
	for _, t := range model.DeviceTypes {
		d, rs := whole(t)
		tell(home.Described{Description: d})
		tell(home.Reported{Source: d.Source, Readings: rs})
		tell(home.Reached{Source: d.Source, Reachable: true})
	}
	return Idle{still{h.View()}}
}

// Idle is a house in which nothing runs.
type Idle struct{ still }

// whole describes a device with everything that its type can have.
func whole(t model.DeviceTypeSpec) (model.Description, []model.Reading) {
	e := model.EndpointDescription{ID: "main", Type: t.ID}
	var rs []model.Reading
	for _, c := range append(append([]model.Capability{}, t.Required...), t.Optional...) {
		spec := model.LookupCapability(c)
		for _, p := range spec.Attributes {
			if p.Type == "enum" && len(p.Options) == 0 || p.Attribute == model.AttrMediaInputApp {
				p.Options = []string{"first", "second"} // each device has its own: inputs, programmes, apps
			}
			v, ok := middle(&p)
			if !ok || p.Access == model.AccessConst {
				continue
			}
			e.Properties = append(e.Properties, p)
			rs = append(rs, model.Reading{Endpoint: "main", Attribute: p.Attribute, Value: v})
		}
		for _, k := range spec.Commands {
			if len(k.Sets) == 0 {
				e.Actions = append(e.Actions, model.Attribute(string(c)+"."+k.Name))
			}
		}
	}
	return model.Description{Source: model.SourceID("every/" + string(t.ID)), Name: strings.ReplaceAll(string(t.ID), "_", " "), Vendor: "Shop", Model: "m", Firmware: "1", Type: t.ID, Endpoints: []model.EndpointDescription{e}}, rs
}

// middle is a value that fits a contract.
func middle(p *model.Property) (model.Value, bool) {
	var v model.Value
	switch {
	case len(p.Options) > 0:
		v = model.String(p.Options[len(p.Options)/2])
	case p.Type == "bool":
		v = model.Bool(true)
	default:
		n := 20.0
		if p.Min != nil && p.Max != nil {
			n = (*p.Min + *p.Max) / 2
		} else if p.Min != nil {
			n = max(n, *p.Min)
		}
		v = model.Number(float64(int(n)))
	}
	v, err := p.Check(v)
	return v, err == nil
}
