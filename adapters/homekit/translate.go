package homekit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// serviceRule says what a service becomes.
type serviceRule struct {
	kind      func(*spec.Service) model.DeviceType
	rules     []rule
	constants map[model.Attribute]string
	actions   []action
	event     model.Attribute // what ProgrammableSwitchEvent means
	joins     bool            // it belongs to what else the accessory is
	silent    bool            // it only explains others
	slow      bool            // what it moves takes its time
}

// rule ties an attribute to characteristics, by name.
type rule struct {
	attr   model.Attribute
	read   string
	write  string
	conv   conversion
	with   []string                 // others that the value depends on
	target func(*part) string       // the characteristic that counts now, instead of read and write
	when   func(*spec.Service) bool // the rule applies
}

// action is a command that writes a number.
type action struct {
	name  model.Attribute
	char  string
	value float64
}

// part is one service of a device as it works.
type part struct {
	device   *device
	service  *spec.Service
	rule     serviceRule
	endpoint model.EndpointID
	inputs   []inputName
	button   string
}

type inputName struct {
	id   float64
	name string
}

// value is what a characteristic of the service, by name, last said.
func (p *part) value(char string) any {
	if c := p.service.Find(spec.CharacteristicType(char)); c != nil {
		return p.device.values[c.IID]
	}
	return nil
}

// binding is one attribute of a device.
type binding struct {
	part     *part
	rule     rule
	endpoint model.EndpointID
	reads    *spec.Characteristic
	writes   *spec.Characteristic // nil: cannot be set
}

// char is the characteristic that holds the value now.
func (b *binding) char() *spec.Characteristic {
	if b.rule.target != nil {
		return b.part.service.Find(spec.CharacteristicType(b.rule.target(b.part)))
	}
	return b.reads
}

// written is the characteristic to write now.
func (b *binding) written() *spec.Characteristic {
	if b.rule.target != nil && b.writes != nil {
		return b.char()
	}
	return b.writes
}

// current is the attribute's value.
func (b *binding) current() model.Value {
	c := b.char()
	if c == nil {
		return model.Value{}
	}
	return b.rule.conv.read(b.part.device.values[c.IID], b.part)
}

// device is one accessory as the hub knows it.
type device struct {
	aid       uint64
	source    model.SourceID
	desc      model.Description
	values    map[uint64]any // by iid; only Link's goroutine touches them
	chars     map[uint64]*spec.Characteristic
	byIID     map[uint64][]*binding // what a characteristic's value changes
	bindings  map[slot]*binding
	actions   map[slot]*spec.Characteristic
	amounts   map[slot]float64
	events    map[uint64]*part
	reachable bool
	why       string
}

type slot struct {
	endpoint model.EndpointID
	attr     model.Attribute
}

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

// order puts the primary service first and what joins others last.
func order(s *spec.Service) int {
	r := serviceRules[spec.ServiceName(s.Type)]
	switch {
	case s.Primary:
		return 0
	case r.joins || spec.Vendor(s.Type):
		return 2
	}
	return 1
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

var (
	ieeeSerial = regexp.MustCompile(`^(0[xX])?[0-9A-Fa-f]{16}$|^([0-9A-Fa-f]{2}[:-]){7}[0-9A-Fa-f]{2}$`)
	macSerial  = regexp.MustCompile(`^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$`)
	anySerial  = regexp.MustCompile(`[0-9]`)
)

// identities are what a serial number proves. Many programs make one up for all their accessories: what has no
// digit, or is short, is none.
func identities(vendor, serial string) []model.Identity {
	switch {
	case ieeeSerial.MatchString(serial):
		return []model.Identity{{Kind: model.IdentityIEEE, Value: serial}}
	case macSerial.MatchString(serial):
		return []model.Identity{{Kind: model.IdentityMAC, Value: serial}}
	case len(serial) >= 6 && anySerial.MatchString(serial) && strings.Trim(serial, serial[:1]) != "" && vendor != "":
		return []model.Identity{{Kind: model.IdentitySerial, Value: vendor + "/" + serial}}
	}
	return nil
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
			t.add(e, &binding{part: p, rule: rule, reads: c})
		}
	}
	for a, v := range r.constants {
		if !t.has(e, a) {
			prop := *model.LookupAttribute(a)
			prop.Access, prop.Value = model.AccessConst, model.String(v)
			e.Properties = append(e.Properties, prop)
		}
	}
	for _, a := range r.actions {
		if c := s.Find(spec.CharacteristicType(a.char)); c != nil && c.Can(spec.Write) && allowed(c, int(a.value)) {
			t.act(p.endpoint, a.name, c, a.value)
		}
	}
	t.event(e, p)
	t.longTail(e, p)
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
	if (r.joins || t.counts[s.Type] == 1) && !clash(model.MainEndpoint) {
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

// presses are what ProgrammableSwitchEvent counts.
var presses = []string{"single", "double", "long_press"}

// event takes in a service's button.
func (t *translation) event(e *model.EndpointDescription, p *part) {
	c := p.service.Find(spec.CharacteristicType("ProgrammableSwitchEvent"))
	if c == nil || p.rule.event == "" {
		return
	}
	if p.rule.event == "button.press" {
		p.button = fmt.Sprint(len(t.buttons) + 1)
		if l := p.service.Find(spec.CharacteristicType("ServiceLabelIndex")); l != nil {
			if v, _ := l.Decode(l.Value); v != nil {
				p.button = fmt.Sprint(v)
			}
		}
		t.buttons = append(t.buttons, p.button)
	}
	t.d.events[c.IID], t.d.chars[c.IID] = p, c
	if slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == p.rule.event }) {
		return
	}
	info := model.EventInfo{Event: p.rule.event}
	for i, name := range presses {
		if p.rule.event == "button.press" && allowed(c, i) {
			info.Options = append(info.Options, name)
		}
	}
	e.Events = append(e.Events, info)
}

// longTail keeps what no rule covers as measurements and settings.
func (t *translation) longTail(e *model.EndpointDescription, p *part) {
	for _, c := range p.service.Characteristics {
		name := spec.CharacteristicName(c.Type)
		if t.bound(c) || quiet[name] || c.Can(spec.Hidden) || c.Format == "tlv8" || c.Format == "data" || t.d.events[c.IID] != nil || t.isAction(c) {
			continue
		}
		prop := model.Property{Type: longTailType(c), Unit: unit(c.Unit), Access: model.AccessRead, Category: "diagnostic"}
		kind := model.Measurement
		if c.Can(spec.Write) {
			kind, prop.Category, prop.Access = model.Setting, "config", model.AccessWrite
			if !c.Can(spec.Read) {
				prop.Access = model.AccessWriteOnly
			}
		}
		label := cmp.Or(strings.TrimSpace(c.Description), words(name))
		prop.Label = model.Text{En: label, Zh: label}
		prop.Attribute = model.Attribute(string(kind) + "." + cmp.Or(slug(cmp.Or(name, c.Description)), "c"+strings.ToLower(c.Type[:min(8, len(c.Type))])))
		if t.has(e, prop.Attribute) {
			prop.Attribute += model.Attribute(fmt.Sprintf("_%d", c.IID))
		}
		b := &binding{part: p, rule: rule{attr: prop.Attribute, conv: asIs}, reads: c}
		if c.Can(spec.Write) {
			b.writes = c
		}
		if spec.Numeric(c.Format) {
			ranges(&prop, c, same)
			if c.Step != nil {
				prop.Step = *c.Step
			}
		}
		e.Properties = append(e.Properties, prop)
		t.tie(e, b)
	}
}

func (t *translation) isAction(c *spec.Characteristic) bool {
	for _, a := range t.d.actions {
		if a == c {
			return true
		}
	}
	return false
}

func longTailType(c *spec.Characteristic) model.Type {
	switch {
	case c.Format == "bool":
		return model.TypeBool
	case c.Format == "float":
		return model.TypeFloat
	case spec.Numeric(c.Format):
		return model.TypeInt
	}
	return model.TypeString
}

// asIs is a value of the long tail.
var asIs = conversion{
	read: func(v any, _ *part) model.Value {
		switch x := v.(type) {
		case bool:
			return model.Bool(x)
		case float64:
			return model.Number(x)
		case string:
			return model.String(x)
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		if b, ok := v.Bool(); ok {
			return b, nil
		}
		if f, ok := v.Number(); ok {
			return f, nil
		}
		if s, ok := v.Text(); ok {
			return s, nil
		}
		return nil, fmt.Errorf("%s cannot be sent to an accessory", v)
	},
}

// unit is a HAP unit in the model's spelling.
func unit(u string) string {
	switch strings.ToLower(u) {
	case "celsius":
		return "°C"
	case "percentage":
		return "%"
	case "arcdegrees":
		return "°"
	case "lux":
		return "lx"
	case "seconds":
		return "s"
	}
	return u
}

// slug makes a key of a name: "OutletInUse" and "Outlet in use" become outlet_in_use.
func slug(name string) string { return strings.ReplaceAll(strings.ToLower(words(name)), " ", "_") }

// words parts a name in camel case.
func words(name string) string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case unicode.IsUpper(r) && (unicode.IsLower(before) || unicode.IsDigit(before)):
			b.WriteRune(' ')
		}
		if r != ' ' || before != ' ' {
			b.WriteRune(r)
		}
		before = r
	}
	return strings.TrimSpace(b.String())
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
