package hue

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// thing is one source: a device, or a room or zone with its group of lights and its scenes.
type thing struct {
	description model.Description
	services    map[string]model.EndpointID // resource id → endpoint
	lights      map[model.EndpointID]target // what writes go to
	scenes      map[model.EndpointID]string // resource ids
	buttons     map[string]string           // resource id → name
}

// target is the resource that a write changes.
type target struct{ kind, id string }

func sourceID(id string) model.SourceID { return model.SourceID(adapterName + "/" + id) }

// translate makes things of all resources of a bridge.
func translate(all map[string]*resource) []*thing {
	var out []*thing
	for _, r := range sorted(all) {
		switch r.Type {
		case "device":
			out = append(out, device(r, all))
		case "room", "zone", "bridge_home":
			if t := group(r, all); t != nil {
				out = append(out, t)
			}
		}
	}
	return out
}

func sorted(all map[string]*resource) []*resource {
	out := make([]*resource, 0, len(all))
	for _, r := range all {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *resource) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID)) })
	return out
}

func newThing(id string) *thing {
	return &thing{description: model.Description{Source: sourceID(id)}, services: map[string]model.EndpointID{},
		lights: map[model.EndpointID]target{}, scenes: map[model.EndpointID]string{}, buttons: map[string]string{}}
}

func (t *thing) endpoint(id model.EndpointID) *model.EndpointDescription {
	i := slices.IndexFunc(t.description.Endpoints, func(e model.EndpointDescription) bool { return e.ID == id })
	if i < 0 {
		t.description.Endpoints = append(t.description.Endpoints, model.EndpointDescription{ID: id})
		i = len(t.description.Endpoints) - 1
	}
	return &t.description.Endpoints[i]
}

// property adds an attribute to an endpoint; shape narrows it and may be nil.
func (t *thing) property(at model.EndpointID, a model.Attribute, shape func(*model.Property)) {
	p := *model.LookupAttribute(a)
	p.Optional = false
	if shape != nil {
		shape(&p)
	}
	e := t.endpoint(at)
	if !slices.ContainsFunc(e.Properties, func(x model.Property) bool { return x.Attribute == a }) {
		e.Properties = append(e.Properties, p)
	}
}

// sensors says what a service of a device senses.
var sensors = map[string][]model.Attribute{
	"motion": {"occupancy.occupied"}, "camera_motion": {"occupancy.occupied"}, "temperature": {"temperature.celsius"}, "light_level": {"illuminance.lux"},
	"contact": {"contact.open"}, "tamper": {"tamper.tampered"}, "device_power": {"power_source.battery_pct", "power_source.battery_level"},
}

// deviceTypes are what a device is by its services, the first that it has; lamps are judged by what they can.
var deviceTypes = []struct {
	service string
	kind    model.DeviceType
}{{"motion", "motion_sensor"}, {"camera_motion", "motion_sensor"}, {"contact", "contact_sensor"}, {"button", "remote"}, {"relative_rotary", "remote"},
	{"temperature", "climate_sensor"}, {"light_level", "light_sensor"}}

func device(r *resource, all map[string]*resource) *thing {
	t := newThing(r.ID)
	d := &t.description
	d.Name, d.Type = r.ID, "bridge"
	if r.Metadata != nil {
		d.Name = r.Metadata.Name
	}
	plug := false
	if p := r.Product; p != nil {
		d.Vendor, d.Model, d.Product, d.Firmware = p.Manufacturer, p.ModelID, p.Name, p.Software
		plug = p.Archetype == "plug"
	}
	d.Room = roomOf(r.ID, all)
	t.endpoint(model.MainEndpoint)
	lights, has := 0, map[string]bool{}
	for _, ref := range r.Services {
		s := all[ref.ID]
		if s == nil {
			continue
		}
		has[s.Type] = true
		at := model.MainEndpoint
		switch s.Type {
		case "light":
			if lights++; lights > 1 {
				at = model.EndpointID("light" + strconv.Itoa(lights))
			}
			t.light(at, s)
		case "zigbee_connectivity":
			if s.Address != "" {
				d.Identities = append(d.Identities, model.Identity{Kind: model.IdentityIEEE, Value: s.Address})
			}
		case "bridge":
			if mac := macOf(s.BridgeID); mac != "" {
				d.Identities = append(d.Identities, model.Identity{Kind: model.IdentityMAC, Value: mac})
			}
		case "button", "relative_rotary":
			t.press(s)
		default:
			for _, a := range sensors[s.Type] {
				t.property(at, a, nil)
			}
		}
		t.services[s.ID] = at
	}
	for _, k := range slices.Backward(deviceTypes) {
		if has[k.service] {
			d.Type = k.kind
		}
	}
	d.Sleepy = has["device_power"]
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		if kind := lampType(e, plug); kind != "" {
			e.Type = kind
		}
	}
	if main := &d.Endpoints[0]; main.Type != "" {
		d.Type = main.Type
	} else {
		main.Type = d.Type
	}
	return t
}

func lampType(e *model.EndpointDescription, plug bool) model.DeviceType {
	has := func(a model.Attribute) bool {
		return slices.ContainsFunc(e.Properties, func(p model.Property) bool { return p.Attribute == a })
	}
	switch {
	case !has("on_off.on"):
		return ""
	case plug:
		return "plug"
	case has("color.x"):
		return "light_color"
	case has("color_temperature.kelvin"):
		return "light_color_temperature"
	case has("level.level"):
		return "light_dimmable"
	}
	return "light_on_off"
}

// macOf is the MAC address in a bridge's id: 001788FFFEEEAA01 has ff:fe in the middle of it.
func macOf(id string) string {
	id = strings.ToLower(id)
	if len(id) != 16 || id[6:10] != "fffe" {
		return ""
	}
	return id[:6] + id[10:]
}

func roomOf(id string, all map[string]*resource) string {
	for _, r := range sorted(all) {
		if r.Type == "room" && r.Metadata != nil && slices.ContainsFunc(r.Children, func(c reference) bool { return c.ID == id }) {
			return r.Metadata.Name
		}
	}
	return ""
}

func (t *thing) light(at model.EndpointID, s *resource) {
	t.lights[at] = target{s.Type, s.ID}
	t.property(at, "on_off.on", nil)
	if s.Dimming != nil {
		t.property(at, "level.level", nil)
	}
	if s.Mirek != nil {
		t.property(at, "color_temperature.kelvin", func(p *model.Property) {
			lo, hi := 153.0, 500.0
			if m := s.Mirek.Schema; m != nil && m.Min > 0 && m.Max >= m.Min {
				lo, hi = m.Min, m.Max
			}
			least, most := math.Floor(1e6/hi), math.Ceil(1e6/lo)
			p.Min, p.Max = &least, &most
		})
	}
	if s.Color != nil {
		t.property(at, "color.x", nil)
		t.property(at, "color.y", nil)
	}
	if s.Effects != nil && len(s.Effects.Values) > 0 {
		t.property(at, "light_effect.effect", func(p *model.Property) { p.Options = s.Effects.Values })
	}
	if s.Type == "light" {
		t.endpoint(at).Actions = []model.Attribute{"identify.identify"}
	}
}

// press adds a button or a dial to the device's one event.
func (t *thing) press(s *resource) {
	name := "dial"
	if s.Type == "button" {
		name = "1"
		if s.Metadata != nil && s.Metadata.ControlID > 0 {
			name = strconv.Itoa(s.Metadata.ControlID)
		}
	}
	t.buttons[s.ID] = name
	e := t.endpoint(model.MainEndpoint)
	if len(e.Events) == 0 {
		e.Events = []model.EventInfo{{Event: "button.press"}}
	}
	e.Events[0].Options = append(e.Events[0].Options, name)
}

// group is a room, a zone or the whole home: its lights as one, and its scenes. One without lights is nothing.
func group(r *resource, all map[string]*resource) *thing {
	t := newThing(r.ID)
	d := &t.description
	d.Name, d.Vendor, d.Type, d.Product = "Hue", "Signify", "light_dimmable", "Group of lights"
	if r.Metadata != nil {
		d.Name = r.Metadata.Name
		if r.Type == "room" {
			d.Room = r.Metadata.Name
		}
	}
	for _, ref := range r.Services {
		s := all[ref.ID]
		if s == nil || s.Type != "grouped_light" {
			continue
		}
		t.services[s.ID] = model.MainEndpoint
		t.light(model.MainEndpoint, s)
	}
	if len(t.lights) == 0 {
		return nil
	}
	d.Endpoints[0].Type = cmp.Or(lampType(&d.Endpoints[0], false), d.Type)
	d.Type = d.Endpoints[0].Type
	for _, s := range sorted(all) {
		if s.Type != "scene" || s.Group == nil || s.Group.ID != r.ID {
			continue
		}
		at := model.EndpointID("scene-" + s.ID[:min(8, len(s.ID))])
		t.scenes[at], t.services[s.ID] = s.ID, at
		name := s.ID
		if s.Metadata != nil {
			name = s.Metadata.Name
		}
		t.property(at, "scene.name", func(p *model.Property) { p.Value = model.String(name) })
		t.property(at, "scene.active", nil)
		e := t.endpoint(at)
		e.Type, e.Label, e.Actions = "room_scene", name, []model.Attribute{"scene.activate"}
	}
	return t
}
