package homekit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// mediaState has a gap at 3.
var mediaState = enumRead("playing", "paused", "stopped", "", "buffering", "idle")

// input is a television's input, by the names of its linked sources.
var input = conversion{
	read: func(v any, p *part) model.Value {
		if f, ok := num(v); ok {
			for _, in := range p.inputs {
				if in.id == f {
					return model.String(in.name)
				}
			}
		}
		return model.Value{}
	},
	write: func(v model.Value, p *part) (any, error) {
		s, _ := v.Text()
		for _, in := range p.inputs {
			if in.name == s {
				return in.id, nil
			}
		}
		return nil, fmt.Errorf("%s is no input of this television", v)
	},
	narrow: func(prop *model.Property, _ *spec.Characteristic, p *part) {
		for _, in := range p.inputs {
			prop.Options = append(prop.Options, in.name)
		}
	},
}

// inputs are the names of a television's linked sources.
func (t *translation) inputs(tv *spec.Service) []inputName {
	var out []inputName
	for _, s := range t.a.Services {
		if s.Type != spec.ServiceType("InputSource") || !slices.Contains(tv.Linked, s.IID) && len(tv.Linked) > 0 {
			continue
		}
		c := s.Find(spec.CharacteristicType("Identifier"))
		if c == nil {
			continue
		}
		v, _ := c.Decode(c.Value)
		if id, ok := num(v); ok {
			out = append(out, inputName{id, cmp.Or(text(s, "ConfiguredName"), text(s, "Name"), fmt.Sprintf("Input %v", id))})
		}
	}
	return out
}
