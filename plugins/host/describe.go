package host

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

// device is what is known of a plugin's device.
type device struct {
	description model.Description
	props       map[slot]*model.Property
	events      map[slot]bool
}

type slot struct {
	endpoint model.EndpointID
	attr     model.Attribute
}

var (
	idForm       = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
	endpointForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)
)

// Translate puts a plugin's words on a device into the model's: what the hub would be told. The error says what is
// wrong with them. It is for the conformance kit.
func Translate(m *manifest.Manifest, d protocol.Device) (model.Description, error) {
	dev, err := describe(m.Name, m, d)
	if err != nil {
		return model.Description{}, err
	}
	return dev.description, nil
}

// describe translates a plugin's words on a device, held against its manifest and the catalogue.
func describe(plugin string, m *manifest.Manifest, d protocol.Device) (*device, error) {
	if !idForm.MatchString(d.ID) {
		return nil, fmt.Errorf("device/put: id is %q, expected 1 to 64 letters, digits and . _ : -", d.ID)
	}
	if d.Name == "" || len(d.Name) > 512 {
		return nil, fmt.Errorf("device/put %s: name has %d bytes, expected 1 to 512", d.ID, len(d.Name))
	}
	main := protocol.Endpoint{ID: string(model.MainEndpoint), Type: d.Type, Capabilities: d.Capabilities, Properties: d.Properties, Actions: d.Actions, Events: d.Events}
	out := &device{props: map[slot]*model.Property{}, events: map[slot]bool{}, description: model.Description{
		Source: source(plugin, d.ID), Identities: d.Identities, Name: d.Name, Vendor: d.Vendor, Model: d.Model, Product: d.Product, Firmware: d.Firmware,
		Type: d.Type, Room: d.Room, Sleepy: d.Sleepy, CommandTimeout: time.Duration(d.CommandTimeoutMS) * time.Millisecond}}
	parts := d.Endpoints
	if len(main.Capabilities)+len(main.Properties)+len(main.Events)+len(main.Actions) > 0 || len(parts) == 0 {
		parts = append([]protocol.Endpoint{main}, parts...)
	}
	for _, p := range parts {
		e, err := endpoint(m, p)
		if err != nil {
			return nil, fmt.Errorf("device/put %s: %w", d.ID, err)
		}
		if slices.ContainsFunc(out.description.Endpoints, func(x model.EndpointDescription) bool { return x.ID == e.ID }) {
			return nil, fmt.Errorf("device/put %s: the endpoint %s is there twice", d.ID, e.ID)
		}
		out.description.Endpoints = append(out.description.Endpoints, e)
		for i := range e.Properties {
			out.props[slot{e.ID, e.Properties[i].Attribute}] = &e.Properties[i]
		}
		for _, x := range e.Events {
			out.events[slot{e.ID, x.Event}] = true
		}
	}
	if out.description.Type == "" {
		out.description.Type = out.description.Endpoints[0].Type
	}
	return out, nil
}

func source(plugin, device string) model.SourceID {
	return model.SourceID(Name + "/" + plugin + "/" + device)
}

func endpoint(m *manifest.Manifest, p protocol.Endpoint) (e model.EndpointDescription, err error) {
	if !endpointForm.MatchString(p.ID) {
		return e, fmt.Errorf("endpoint id is %q, expected 1 to 32 letters, digits and . _ -", p.ID)
	}
	e = model.EndpointDescription{ID: model.EndpointID(p.ID), Type: p.Type, Label: p.Label, Actions: p.Actions, Events: p.Events}
	if p.Type != "" && model.LookupDeviceType(p.Type) == nil {
		return e, fmt.Errorf("type is %q, expected one of docs/capabilities.md", p.Type)
	}
	var caps []model.Capability
	use := func(c model.Capability, what any) error {
		if !m.Allows(c) {
			return fmt.Errorf("%v: the capability %s is not in the manifest's capabilities", what, c)
		}
		if !slices.Contains(caps, c) {
			caps = append(caps, c)
		}
		return nil
	}
	for _, c := range p.Capabilities {
		if err := use(c, "capabilities"); err != nil {
			return e, err
		}
		spec := model.LookupCapability(c)
		if spec == nil {
			return e, fmt.Errorf("capabilities: %s has no attributes of its own: list its properties", c)
		}
		for _, a := range spec.Attributes {
			if !a.Optional {
				e.Properties = append(e.Properties, a)
			}
		}
	}
	for _, q := range p.Properties {
		if err := use(q.Attribute.Capability(), q.Attribute); err != nil {
			return e, err
		}
		prop, err := property(q)
		if err != nil {
			return e, err
		}
		i := slices.IndexFunc(e.Properties, func(x model.Property) bool { return x.Attribute == q.Attribute })
		if i < 0 {
			e.Properties = append(e.Properties, prop)
		} else {
			e.Properties[i] = prop
		}
	}
	for _, a := range p.Actions {
		c, name := a.Split()
		if err := use(c, a); err != nil {
			return e, err
		}
		if model.LookupCommand(c, name) == nil {
			return e, fmt.Errorf("actions: %s is not in the catalogue", a)
		}
	}
	for _, x := range p.Events {
		c, name := x.Event.Split()
		if err := use(c, x.Event); err != nil {
			return e, err
		}
		if model.LookupEvent(c, name) == nil {
			return e, fmt.Errorf("events: %s is not in the catalogue", x.Event)
		}
	}
	if e.Type == "" {
		e.Type = typeOf(caps)
	}
	return e, nil
}

// property narrows the catalogue's contract, or makes one for the long tail.
func property(q protocol.Property) (model.Property, error) {
	var p model.Property
	if spec := model.LookupAttribute(q.Attribute); spec != nil {
		p = *spec
		if q.Type != "" && q.Type != p.Type || q.Unit != "" && q.Unit != p.Unit {
			return p, fmt.Errorf("%s is a %s in %q in the catalogue, not a %s in %q", q.Attribute, p.Type, p.Unit, q.Type, q.Unit)
		}
		if q.Min != nil && p.Min != nil && *q.Min < *p.Min || q.Max != nil && p.Max != nil && *q.Max > *p.Max {
			return p, fmt.Errorf("%s: the range is wider than %s", q.Attribute, p.Expected())
		}
		for _, o := range q.Options {
			if len(p.Options) > 0 && !slices.Contains(p.Options, o) {
				return p, fmt.Errorf("%s: %q is not %s", q.Attribute, o, p.Expected())
			}
		}
		if q.Access == model.AccessWrite && p.Access != model.AccessWrite {
			return p, fmt.Errorf("%s cannot be set in the catalogue", q.Attribute)
		}
	} else if q.Attribute.IsLongTail() && q.Type != "" && q.Access != "" {
		p = model.Property{Attribute: q.Attribute, Type: q.Type, Unit: q.Unit}
	} else {
		return p, fmt.Errorf("properties: %s is not in the catalogue; setting.KEY and measurement.KEY need a type and an access", q.Attribute)
	}
	if q.Min != nil {
		p.Min = q.Min
	}
	if q.Max != nil {
		p.Max = q.Max
	}
	if q.Step > 0 {
		p.Step = q.Step
	}
	if len(q.Options) > 0 {
		p.Options = q.Options
	}
	if q.Access != "" {
		p.Access = q.Access
	}
	if q.Label != nil {
		p.Label = *q.Label
	}
	return p, nil
}

// typeOf is the device type that asks for most of what there is.
func typeOf(caps []model.Capability) model.DeviceType {
	var best model.DeviceType
	most := 0
	for _, t := range model.DeviceTypes {
		has := func(c model.Capability) bool { return slices.Contains(caps, c) }
		if n := len(t.Required); n > most && !slices.ContainsFunc(t.Required, func(c model.Capability) bool { return !has(c) }) {
			best, most = t.ID, n
		}
	}
	return best
}
