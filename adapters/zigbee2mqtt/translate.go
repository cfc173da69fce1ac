package zigbee2mqtt

import (
	"cmp"
	"slices"

	"github.com/concord-home/hub/model"
)

// Landing says where one expose landed in the model.
type Landing struct {
	Expose    string           `json:"expose"` // its name in the definition
	Endpoint  model.EndpointID `json:"endpoint"`
	LandsOn   string           `json:"lands_on"`  // capability, setting or measurement
	Attribute model.Attribute  `json:"attribute"` // or action, or event
}

// Coverage lists where each expose of a definition landed, in the definition's order.
type Coverage []Landing

// translation is what a definition means: parts of a description and the codec that goes with them.
// It is immutable and shared by all devices of the model.
type translation struct {
	kind      model.DeviceType
	endpoints []model.EndpointDescription
	coverage  Coverage
	codec     *codec
}

// codec translates the properties of one model of device.
type codec struct {
	byKey       map[string][]*binding
	byAttribute map[attributeKey]*binding
	actions     map[attributeKey]action
	actionKey   string // the property that carries events; "" when there is none
	actionEvent model.Attribute
	actionAt    model.EndpointID
	readable    []string // properties that /get can ask for
}

// refresh asks the device for all it can be asked for.
const refresh model.Attribute = "health.refresh"

type attributeKey struct {
	endpoint  model.EndpointID
	attribute model.Attribute
}

// action is a command that is one property to send.
type action struct {
	key   string
	value model.Value
	arg   string     // the argument that is the value; "" when value is
	with  []property // what to send along
	// record makes the value of several arguments, where given; false when they do not suffice.
	record func(args map[string]model.Value) (model.Value, bool)
}

// builder makes a translation.
type builder struct {
	facts *facts
	t     *translation
	index map[model.EndpointID]int
}

// translate works out what a definition means. powerSource is bridge/devices' word, or "".
func translate(d *definition, powerSource string) *translation {
	b := &builder{
		facts: newFacts(d, powerSource),
		t: &translation{codec: &codec{
			byKey: map[string][]*binding{}, byAttribute: map[attributeKey]*binding{}, actions: map[attributeKey]action{},
		}},
		index: map[model.EndpointID]int{},
	}
	b.endpoint(model.MainEndpoint)
	for _, l := range d.leaves() {
		b.land(l)
	}
	b.complete(d)
	b.settleMode()
	b.finish()
	return b.t
}

// land maps one expose by the first rule that suits, or keeps it as a setting or measurement.
func (b *builder) land(l leaf) {
	for _, r := range byName[l.Name] {
		if !r.holds(b.facts, l) {
			continue
		}
		if what, at := b.apply(r, l); what != "" {
			if r.keep {
				b.keep(l)
			}
			b.cover(l, what, at)
			return
		}
	}
	b.cover(l, b.keep(l), l.endpoint)
}

func (b *builder) cover(l leaf, what model.Attribute, at model.EndpointID) {
	b.t.coverage = append(b.t.coverage, Landing{Expose: l.Name, Endpoint: at, LandsOn: string(what.Capability()), Attribute: what})
}

// apply lets a rule map an expose; it returns the first attribute, or "" when none could be mapped.
func (b *builder) apply(r *rule, l leaf) (first model.Attribute, at model.EndpointID) {
	for _, to := range r.to {
		endpoint := l.endpoint
		if to.part {
			endpoint = model.EndpointID(l.Property)
		} else if l.context == "fan" && b.facts.bundled["light"] && endpoint == model.MainEndpoint {
			endpoint = "fan" // a ceiling fan with a light: each acts by itself
		}
		what := model.Attribute(to.what)
		var ok bool
		switch to.how {
		case "action":
			ok = b.addAction(what, endpoint, l)
		case "event":
			ok = b.addEvent(what, endpoint, l)
		case "detail": // travels with the event, as one of its arguments
			ok = l.Access&accessPublished != 0
		default:
			ok = b.addProperty(what, endpoint, l.member(to.field), conversions[to.how])
		}
		if ok && first == "" {
			first, at = what, endpoint
		}
	}
	return first, at
}

// access turns the access bits into the model's word.
func access(bits int) model.Access {
	switch {
	case bits&accessSet == 0:
		return model.AccessRead
	case bits&(accessPublished|accessGet) == 0:
		return model.AccessWriteOnly
	}
	return model.AccessWrite
}

func (b *builder) addProperty(a model.Attribute, at model.EndpointID, l leaf, conv *conversion) bool {
	key := attributeKey{at, a}
	spec := model.LookupAttribute(a)
	if spec == nil || l.expose == nil || b.t.codec.byAttribute[key] != nil {
		return false
	}
	p := *spec
	p.Optional = false
	p.Category = cmp.Or(l.Category, spec.Category)
	p.Access = access(l.Access)
	if conv.write == nil || spec.Access == model.AccessRead || spec.Access == model.AccessConst {
		p.Access = model.AccessRead
	}
	bind := &binding{endpoint: at, attribute: a, key: l.Property, path: l.path, access: l.Access, conv: conv,
		moving: slow[a.Capability()], gradual: l.context == "light"}
	if !conv.shape(l, bind, &p) {
		return false
	}
	b.add(bind, p)
	return true
}

// slow lists the capabilities that take time to get where they were sent: what they say at once is the target.
var slow = map[model.Capability]bool{
	model.CapWindowCovering: true, model.CapClosure: true, model.CapDoorLock: true, model.CapValve: true,
}

func (b *builder) add(bind *binding, p model.Property) {
	c := b.t.codec
	c.byAttribute[attributeKey{bind.endpoint, bind.attribute}] = bind
	c.byKey[bind.key] = append(c.byKey[bind.key], bind)
	e := b.endpoint(bind.endpoint)
	e.Properties = append(e.Properties, p)
}

// endpoint returns the description of an endpoint, new when there is none yet.
func (b *builder) endpoint(id model.EndpointID) *model.EndpointDescription {
	i, ok := b.index[id]
	if !ok {
		i = len(b.t.endpoints)
		b.index[id] = i
		b.t.endpoints = append(b.t.endpoints, model.EndpointDescription{ID: id})
	}
	return &b.t.endpoints[i]
}

// keep is the fallback: the expose becomes a setting or a measurement with its own key, type,
// unit, range, options and access, so that nothing is lost.
func (b *builder) keep(l leaf) model.Attribute {
	capability := model.Measurement
	if settable(nil, l) {
		capability = model.Setting
	}
	a := model.Attribute(string(capability) + "." + l.key())
	if b.t.codec.byAttribute[attributeKey{l.endpoint, a}] != nil {
		a = model.Attribute(string(capability) + "." + l.Property + "_" + l.Name)
		if b.t.codec.byAttribute[attributeKey{l.endpoint, a}] != nil {
			return a // exposed twice: one place is enough
		}
	}
	p := model.Property{
		Attribute: a, Type: longTailType(l), Unit: unitName(l.Unit), Min: l.Min, Max: l.Max, Step: l.Step,
		Options: l.values(), Access: access(l.Access), Label: model.Text{En: l.Label}, Category: l.Category,
	}
	if len(p.Options) == 0 {
		p.Options = nil
	}
	if capability == model.Setting && p.Category == "" {
		p.Category = "config"
	}
	bind := &binding{endpoint: l.endpoint, attribute: a, key: l.Property, access: l.Access, conv: conversions["same"], scale: 1}
	if p.Type == model.TypeBool {
		bind.conv, bind.on, bind.off = conversions["bool"], l.ValueOn, l.ValueOff
	}
	b.add(bind, p)
	return a
}

func longTailType(l leaf) model.Type {
	switch l.Type {
	case "binary":
		if !l.ValueOn.IsUnknown() && !l.ValueOff.IsUnknown() {
			return model.TypeBool
		}
	case "numeric":
		return model.TypeFloat
	case "enum":
		return model.TypeEnum
	case "composite":
		return model.TypeObject
	case "list":
		return model.TypeList
	}
	return model.TypeString
}

// finish sorts endpoints (the device itself first), gives them their types and indexes what can be asked for.
func (b *builder) finish() {
	t := b.t
	for i := range t.endpoints {
		t.endpoints[i].Type = endpointType(b.facts, &t.endpoints[i])
	}
	t.kind = deviceType(b.facts, t.endpoints)
	t.endpoints[b.index[model.MainEndpoint]].Type = cmp.Or(mainType(t), t.kind)
	for key, bs := range t.codec.byKey {
		if slices.ContainsFunc(bs, func(b *binding) bool { return b.access&accessGet != 0 }) {
			t.codec.readable = append(t.codec.readable, key)
		}
	}
	if slices.Sort(t.codec.readable); len(t.codec.readable) > 0 {
		main := b.endpoint(model.MainEndpoint)
		main.Actions = append(main.Actions, refresh)
	}
}
