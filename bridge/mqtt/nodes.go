package mqttbridge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// endpoint adds the nodes of an endpoint: one a capability.
func (x *shown) endpoint(d *home.Device, e model.EndpointDescription, nodes map[string]node, slots map[string]target) {
	at := func(c model.Capability) (string, node) {
		id := kebab(string(e.ID)) + "--" + kebab(string(c))
		n, ok := nodes[id]
		if !ok {
			n = node{Type: string(c), Properties: map[string]propertyInfo{}}
			if spec := model.LookupCapability(c); spec != nil {
				n.Name = strings.TrimSpace(e.Label + " " + spec.Label.En)
			}
			nodes[id] = n
		}
		return id, n
	}
	for i := range e.Properties {
		p := &e.Properties[i]
		c, name := p.Attribute.Split()
		id, n := at(c)
		info := propertyInfo{Name: p.Label.En, Datatype: datatypes[p.Type], Format: format(p), Unit: p.Unit, Settable: p.Access.CanWrite()}
		if info.Name == "" {
			if spec := model.LookupAttribute(p.Attribute); spec != nil {
				info.Name = spec.Label.En
			}
		}
		property := kebab(name)
		if _, taken := n.Properties[property]; taken {
			continue // two keys of the long tail with one spelling
		}
		n.Properties[property] = info
		topic := x.base() + "/" + id + "/" + property
		x.topics[home.Slot{Endpoint: e.ID, Attribute: p.Attribute}] = topic
		if info.Settable {
			slots[topic+"/set"] = target{device: d.ID, endpoint: e.ID, property: p}
		}
	}
	x.color(d, e, at, slots)
	for _, a := range e.Actions {
		c, name := a.Split()
		id, n := at(c)
		no := false
		info := n.Properties["action"]
		info = propertyInfo{Name: "Action", Datatype: "enum", Format: strings.TrimPrefix(info.Format+","+name, ","), Settable: true, Retained: &no}
		n.Properties["action"] = info
		slots[x.base()+"/"+id+"/action/set"] = target{device: d.ID, endpoint: e.ID, action: c}
	}
	for _, i := range e.Events {
		c, name := i.Event.Split()
		id, n := at(c)
		no := false
		n.Properties[kebab(name)] = propertyInfo{Name: "Event", Datatype: "json", Retained: &no}
		x.events[home.Slot{Endpoint: e.ID, Attribute: i.Event}] = x.base() + "/" + id + "/" + kebab(name)
	}
}

// color adds one property for a colour, which many systems want whole.
func (x *shown) color(d *home.Device, e model.EndpointDescription, at func(model.Capability) (string, node), slots map[string]target) {
	has := func(a model.Attribute) bool {
		return slices.ContainsFunc(e.Properties, func(p model.Property) bool { return p.Attribute == a && p.Access.CanWrite() })
	}
	for _, form := range []struct {
		kind, format string
		a, b         model.Attribute
	}{{"hs", "hsv", "color.hue", "color.saturation"}, {"xy", "xyz", "color.x", "color.y"}} {
		if !has(form.a) || !has(form.b) {
			continue
		}
		id, n := at("color")
		n.Properties["color"] = propertyInfo{Name: "Color", Datatype: "color", Format: form.format, Settable: true}
		topic := x.base() + "/" + id + "/color"
		x.colors[topic] = [2]home.Slot{{Endpoint: e.ID, Attribute: form.a}, {Endpoint: e.ID, Attribute: form.b}}
		slots[topic+"/set"] = target{device: d.ID, endpoint: e.ID, color: form.kind}
		return
	}
}

// format is the range of a number or the members of an enum.
func format(p *model.Property) string {
	switch p.Type {
	case model.TypeEnum:
		return strings.Join(p.Options, ",")
	case model.TypeInt, model.TypeFloat:
		if p.Min == nil && p.Max == nil {
			return ""
		}
		bound := func(f *float64) string {
			if f == nil {
				return ""
			}
			return strconv.FormatFloat(*f, 'f', -1, 64)
		}
		s := bound(p.Min) + ":" + bound(p.Max)
		if p.Step > 0 {
			s += ":" + strconv.FormatFloat(p.Step, 'f', -1, 64)
		}
		return s
	}
	return ""
}
