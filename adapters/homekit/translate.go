package homekit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// translate turns an accessory's description of itself into a device. The bridge itself, which does nothing, is
// one without endpoints to command.
func translate(source model.SourceID, hapID string, a *spec.Accessory) *device {
	d := &device{aid: a.AID, source: source, values: map[uint64]any{}, chars: map[uint64]*spec.Characteristic{}, byIID: map[uint64][]*binding{},
		bindings: map[slot]*binding{}, actions: map[slot]*spec.Characteristic{}, amounts: map[slot]float64{}, events: map[uint64]*part{}}
	t := &translation{d: d, a: a, counts: map[string]int{}, ends: map[model.EndpointID]*model.EndpointDescription{}, byService: map[uint64]model.EndpointID{}}
	t.inform()
	t.end(model.MainEndpoint)
	services := slices.Clone(a.Services)
	slices.SortStableFunc(services, func(x, y *spec.Service) int { return order(x) - order(y) })
	for _, s := range services {
		if !s.Hidden {
			t.counts[s.Type]++
		}
	}
	for _, s := range services {
		t.service(s)
	}
	t.finish(hapID)
	return d
}

// order puts the primary service first, then what leads, and what joins others last.
func order(s *spec.Service) int {
	r := serviceRules[spec.ServiceName(s.Type)]
	switch {
	case s.Primary:
		return 0
	case r.leads:
		return 1
	case r.joins || spec.Vendor(s.Type):
		return 3
	}
	return 2
}

// translation is the work of translate.
type translation struct {
	d         *device
	a         *spec.Accessory
	counts    map[string]int // services by type
	ends      map[model.EndpointID]*model.EndpointDescription
	order     []model.EndpointID
	byService map[uint64]model.EndpointID
	buttons   []string
}

func (t *translation) end(id model.EndpointID) *model.EndpointDescription {
	e := t.ends[id]
	if e == nil {
		e = &model.EndpointDescription{ID: id}
		t.ends[id], t.order = e, append(t.order, id)
	}
	return e
}

func (t *translation) has(e *model.EndpointDescription, a model.Attribute) bool {
	return slices.ContainsFunc(e.Properties, func(p model.Property) bool { return p.Attribute == a })
}

// text is what a characteristic of a service, by name, says at first.
func text(s *spec.Service, char string) string {
	c := s.Find(spec.CharacteristicType(char))
	if c == nil {
		return ""
	}
	v, _ := c.Decode(c.Value)
	str, _ := v.(string)
	return strings.TrimSpace(str)
}

// inform takes name, maker and serial number.
func (t *translation) inform() {
	t.d.desc = model.Description{Source: t.d.source, CommandTimeout: commandTimeout}
	for _, s := range t.a.Services {
		if s.Type != spec.ServiceType("AccessoryInformation") {
			continue
		}
		desc := &t.d.desc
		desc.Name, desc.Vendor, desc.Model = text(s, "Name"), text(s, "Manufacturer"), text(s, "Model")
		if n := text(s, "ConfiguredName"); n != "" {
			desc.Name = n
		}
		desc.Firmware = text(s, "FirmwareRevision")
		desc.Identities = identities(desc.Vendor, text(s, "SerialNumber"))
		if c := s.Find(spec.CharacteristicType("Identify")); c != nil && c.Can(spec.Write) {
			t.act(model.MainEndpoint, "identify.identify", c, 1)
		}
	}
}

// service takes in one service.
func (t *translation) service(s *spec.Service) {
	name := spec.ServiceName(s.Type)
	r, known := serviceRules[name]
	if s.Hidden || r.silent || !known && spec.Infrastructure(s.Type) {
		return
	}
	p := &part{device: t.d, service: s, rule: r}
	bindings := t.bind(p)
	p.endpoint = t.place(s, r, bindings)
	e := t.end(p.endpoint)
	if r.kind != nil && e.Type == "" {
		e.Type = r.kind(s)
	}
	if label := cmp.Or(text(s, "ConfiguredName"), text(s, "Name")); p.endpoint != model.MainEndpoint && e.Label == "" {
		e.Label = label
	}
	t.byService[s.IID] = p.endpoint
	for _, b := range bindings {
		t.add(e, b)
	}
	for _, rule := range commonRules {
		if c := s.Find(spec.CharacteristicType(rule.read)); c != nil && !t.has(e, rule.attr) && !t.bound(c) {
			b := &binding{part: p, rule: rule, reads: c}
			if rule.write != "" && c.Can(spec.Write) {
				b.writes = c
			}
			t.add(e, b)
		}
	}
	if r.constants != nil {
		t.constants(e, r.constants(s))
	}
	if name == streamManagement {
		t.stream(s)
	}
	for _, a := range r.actions {
		if c := s.Find(spec.CharacteristicType(a.char)); c != nil && c.Can(spec.Write) && allowed(c, int(a.value)) {
			t.act(p.endpoint, a.name, c, a.value)
		}
	}
	t.event(e, p)
	t.longTail(e, p)
}

// constants adds what a service says once and for all, in the order of the names.
func (t *translation) constants(e *model.EndpointDescription, values map[model.Attribute]model.Value) {
	for _, a := range slices.Sorted(maps.Keys(values)) {
		if !t.has(e, a) {
			prop := *model.LookupAttribute(a)
			prop.Access, prop.Value = model.AccessConst, values[a]
			e.Properties = append(e.Properties, prop)
		}
	}
}

func (t *translation) act(end model.EndpointID, name model.Attribute, c *spec.Characteristic, amount float64) {
	key := slot{end, name}
	if t.d.actions[key] != nil {
		return
	}
	t.d.actions[key], t.d.amounts[key] = c, amount
	e := t.end(end)
	e.Actions = append(e.Actions, name)
}

// bind makes the bindings of a service's rules.
func (t *translation) bind(p *part) []*binding {
	var out []*binding
	taken := map[model.Attribute]bool{}
	rules := slices.Clone(p.rule.rules)
	for _, c := range p.service.Characteristics {
		if v, ok := vendorRules[c.Type]; ok {
			v.read = c.Type
			rules = append(rules, v)
		}
	}
	for _, r := range rules {
		c := p.service.Find(cmp.Or(spec.CharacteristicType(r.read), r.read))
		if c == nil || taken[r.attr] || !c.Can(spec.Read) && !c.Can(spec.Events) || r.when != nil && !r.when(p.service) {
			continue
		}
		b := &binding{part: p, rule: r, reads: c}
		if w := p.service.Find(spec.CharacteristicType(r.write)); r.write != "" && w != nil && w.Can(spec.Write) {
			b.writes = w
		}
		taken[r.attr] = true
		out = append(out, b)
	}
	return out
}

// place chooses a service's endpoint: the main one, unless another of its kind is there or what it says is said already.
func (t *translation) place(s *spec.Service, r serviceRule, bindings []*binding) model.EndpointID {
	clash := func(id model.EndpointID) bool {
		e := t.end(id)
		return slices.ContainsFunc(bindings, func(b *binding) bool { return t.has(e, b.rule.attr) })
	}
	for _, other := range t.a.Services { // what it is linked from
		if slices.Contains(other.Linked, s.IID) {
			if id, ok := t.byService[other.IID]; ok && !clash(id) {
				return id
			}
		}
	}
	if (r.joins || r.leads || t.counts[s.Type] == 1) && !clash(model.MainEndpoint) {
		return model.MainEndpoint
	}
	return model.EndpointID(fmt.Sprintf("s%d", s.IID))
}

// bound reports whether a characteristic is already some attribute's.
func (t *translation) bound(c *spec.Characteristic) bool { return len(t.d.byIID[c.IID]) > 0 }

// add puts a binding on an endpoint, with the contract narrowed by the metadata.
func (t *translation) add(e *model.EndpointDescription, b *binding) {
	prop := *model.LookupAttribute(b.rule.attr)
	prop.Optional = false
	if b.rule.attr == "media_input.input" {
		b.part.inputs = t.inputs(b.part.service)
	}
	if prop.Access != model.AccessRead && b.writes == nil {
		prop.Access = model.AccessRead
	}
	from := b.reads
	if b.writes != nil {
		from = b.writes
	}
	if b.rule.conv.narrow != nil {
		b.rule.conv.narrow(&prop, from, b.part)
	}
	e.Properties = append(e.Properties, prop)
	t.tie(e, b)
}

// tie registers a binding with the characteristics that it depends on.
func (t *translation) tie(e *model.EndpointDescription, b *binding) {
	b.endpoint = e.ID
	t.d.bindings[slot{e.ID, b.rule.attr}] = b
	depends := []*spec.Characteristic{b.reads, b.writes}
	for _, name := range b.rule.with {
		depends = append(depends, b.part.service.Find(spec.CharacteristicType(name)))
	}
	for _, c := range depends {
		if c != nil && !slices.Contains(t.d.byIID[c.IID], b) {
			t.d.chars[c.IID] = c
			t.d.byIID[c.IID] = append(t.d.byIID[c.IID], b)
		}
	}
}

// finish puts the description together.
func (t *translation) finish(hapID string) {
	d := t.d
	if len(t.buttons) > 0 {
		prop := *model.LookupAttribute("button.buttons")
		prop.Access, prop.Value = model.AccessConst, model.Number(float64(len(t.buttons)))
		e := t.end(model.MainEndpoint)
		e.Properties = append(e.Properties, prop)
	}
	if e := t.end(model.MainEndpoint); e.Type == "camera" && slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == "doorbell.ring" }) {
		e.Type = "doorbell" // one with a camera
	}
	for _, id := range t.order {
		d.desc.Endpoints = append(d.desc.Endpoints, *t.ends[id])
		if d.desc.Type == "" {
			d.desc.Type = t.ends[id].Type
		}
	}
	if d.desc.Type == "" {
		d.desc.Type = "bridge"
	}
	for i := range d.desc.Endpoints {
		if d.desc.Endpoints[i].Type == "" {
			d.desc.Endpoints[i].Type = d.desc.Type
		}
	}
	for _, p := range t.a.Services {
		if serviceRules[spec.ServiceName(p.Type)].slow {
			d.desc.CommandTimeout = slowTimeout
		}
	}
	d.desc.Identities = append(d.desc.Identities, model.Identity{Kind: model.IdentityHAP, Value: hapID})
}
