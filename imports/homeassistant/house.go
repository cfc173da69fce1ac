package homeassistant

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// House is this house as far as a translation needs it.
type House struct {
	Rooms   []Named
	People  []Named
	Scenes  []string // the ids in use
	Devices []Known
}

// Named is something with an id and names in any language.
type Named struct {
	ID    string
	Names []string
}

// Known is a device of this house.
type Known struct {
	Named
	Room       string
	Identities []model.Identity
	Endpoints  []model.EndpointDescription
}

func (n Named) called(name string) bool {
	return slices.ContainsFunc(n.Names, func(x string) bool { return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(name)) })
}

// has tells whether an endpoint has an attribute, and with what contract.
func (k *Known) property(ep model.EndpointID, a model.Attribute) *model.Property {
	for i := range k.Endpoints {
		if k.Endpoints[i].ID != ep {
			continue
		}
		for j := range k.Endpoints[i].Properties {
			if p := &k.Endpoints[i].Properties[j]; p.Attribute == a {
				return p
			}
		}
	}
	return nil
}

// endpointWith is the part that has an attribute: the one whose id stands in the hint (an entity's unique id or
// name), else the main one, else the only one. ok is false when it is not clear which is meant.
func (k *Known) endpointWith(a model.Attribute, hint string) (model.EndpointID, bool) {
	var have []model.EndpointID
	for _, e := range k.Endpoints {
		if k.property(e.ID, a) != nil {
			have = append(have, e.ID)
		}
	}
	for _, ep := range have {
		if ep != model.MainEndpoint && slices.Contains(words(hint), strings.ToLower(string(ep))) {
			return ep, true
		}
	}
	if slices.Contains(have, model.MainEndpoint) {
		return model.MainEndpoint, true
	}
	if len(have) == 1 {
		return have[0], true
	}
	return "", false
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" _-./:@", r) })
}

// match pairs Home Assistant's devices with those of the house, by Home Assistant's id.
func (c *Config) match(h House) map[string]*Known {
	byIdentity := map[model.Identity]*Known{}
	for i := range h.Devices {
		for _, id := range h.Devices[i].Identities {
			id.Value = strings.ToLower(id.Value)
			if id.Kind != model.IdentitySerial {
				id.Value = plain(id.Value)
			}
			byIdentity[id] = &h.Devices[i]
		}
	}
	out := map[string]*Known{}
	for _, d := range c.Devices {
		for _, id := range d.identities() {
			if k := byIdentity[id]; k != nil {
				out[d.ID] = k
				break
			}
		}
	}
	return out
}
