package mqttdiscovery

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// components are the platforms of Home Assistant's MQTT integration that say or do something for a household.
// Left out are tag and notify: the hub has no use for them yet.
var components map[string]func(*builder, *entity)

func init() {
	components = map[string]func(*builder, *entity){
		"sensor": sensor, "binary_sensor": binarySensor, "switch": switchEntity, "number": number, "select": selectEntity, "text": textEntity,
		"button": button, "scene": button, "light": light, "cover": cover, "lock": lock, "climate": climate, "fan": fan, "humidifier": humidifier, "valve": valve,
		"siren": siren, "vacuum": vacuum, "lawn_mower": mower, "alarm_control_panel": panel, "water_heater": waterHeater, "update": update,
		"event": event, "device_automation": deviceTrigger, "device_tracker": deviceTracker, "camera": picture, "image": picture,
		"date": dated(time.DateOnly), "time": dated(time.TimeOnly, "15:04"), "datetime": dated(time.RFC3339, time.DateTime, "2006-01-02T15:04:05"),
	}
}

// hasComponent reports whether the device has a component, for rules that hold beside it only.
func (b *builder) hasComponent(c string) bool {
	if c == "climate" && b.bareClimate {
		return true
	}
	return slices.ContainsFunc(b.entities, func(e entity) bool { return e.component == c })
}

// rule finds the key rule that holds for an entity.
func (b *builder) rule(e *entity) *keyRule {
	key := e.key
	if e.endpoint != model.MainEndpoint { // power_on_behavior_left
		key = strings.TrimSuffix(key, "_"+string(e.endpoint))
	}
	for i := range keyRules {
		r := &keyRules[i]
		if contains(r.in, e.component) && contains(r.keys, key) && (r.with == "" || b.hasComponent(r.with)) {
			return r
		}
	}
	return nil
}

func contains(words, w string) bool { return slices.Contains(strings.Fields(words), w) }

// longTail puts what no capability covers: a setting where it can be set, else a measurement.
func (b *builder) longTail(e *entity, conv conversion, shape func(*model.Property)) {
	kind := model.Measurement
	if e.c.text("command_topic") != "" {
		kind = model.Setting
	}
	b.attribute(e, model.Attribute(string(kind)+"."+cmp.Or(e.key, "value")), conv, "state_topic", "value_template", "command_topic", "command_template", func(p *model.Property) {
		p.Label = model.Text{En: cmp.Or(e.c.text("name"), e.key)}
		p.Category = e.c.text("entity_category")
		p.Unit = normalUnit(e.c.text("unit_of_measurement"))
		shape(p)
	})
}

func (b *builder) simple(e *entity, a model.Attribute, conv conversion, shape func(*model.Property)) bool {
	return b.attribute(e, a, conv, "state_topic", cmp.Or(templateKey(e), "value_template"), "command_topic", "command_template", shape)
}

// templateKey is the key of the entity's state template: some components call it otherwise.
func templateKey(e *entity) string {
	if !e.c.has("value_template") && e.c.has("state_value_template") {
		return "state_value_template"
	}
	return "value_template"
}

func kindOf(t model.Type) func(*model.Property) { return func(p *model.Property) { p.Type = t } }

func sensor(b *builder, e *entity) {
	class, unit := e.c.text("device_class"), normalUnit(e.c.text("unit_of_measurement"))
	if r := b.rule(e); r != nil && b.byRule(e, r) {
		return
	}
	if class == "timestamp" {
		b.longTail(e, moment(), kindOf(model.TypeTime))
		return
	}
	for _, c := range sensorClasses {
		if c.class != class || c.unit != "*" && c.unit != unit {
			continue
		}
		a, factor := c.to, cmp.Or(c.factor, 1)
		if a == "power_meter.volts" && b.onBattery(unit) {
			a = "power_source.battery_voltage"
		}
		b.simple(e, a, scaled(factor, c.offset), nil)
		return
	}
	if options := e.c.list("options"); class == "enum" && len(options) > 0 {
		b.longTail(e, plain(), func(p *model.Property) { p.Type, p.Options = model.TypeEnum, options })
		return
	}
	if unit != "" || e.c.has("state_class") {
		b.longTail(e, scaled(1, 0), kindOf(model.TypeFloat))
		return
	}
	b.longTail(e, plain(), kindOf(model.TypeString))
}

// normalUnit brings the two spellings of µ and of cubic metres together.
func normalUnit(u string) string {
	if u == "minutes" {
		return "min"
	}
	return strings.NewReplacer("μ", "µ", "m3", "m³", "VAr", "var", "VAR", "var").Replace(u)
}

// onBattery holds for a voltage that is the battery's: on a device with a battery and without a meter.
func (b *builder) onBattery(unit string) bool {
	has := func(class ...string) bool {
		return slices.ContainsFunc(b.entities, func(e entity) bool { return slices.Contains(class, e.c.text("device_class")) })
	}
	return !has("power", "current", "energy") && (has("battery") || unit == "mV")
}

// byRule puts an entity as its key rule has it.
func (b *builder) byRule(e *entity, r *keyRule) bool {
	switch r.how {
	case "number":
		if r.to == "thermostat.heat_setpoint" && b.bareClimate {
			b.simple(e, "thermostat.cool_setpoint", scaled(1, 0), narrow(e, "min", "max", "step")) // one setpoint serves what is active
		}
		return b.simple(e, r.to, scaled(1, 0), narrow(e, "min", "max", "step"))
	case "moment":
		return b.simple(e, r.to, moment(), nil)
	case "bool":
		return b.simple(e, r.to, truth(onOff(e)), nil)
	case "own":
		options := e.c.list("options")
		return b.simple(e, r.to, plain(), func(p *model.Property) { p.Options = options })
	}
	names := wordLists[r.how]
	if model.LookupAttribute(r.to).Type == model.TypeSet {
		return b.simple(e, r.to, sets(names), nil)
	}
	conv, members := words(names, e.c.list("options"))
	if e.c.has("options") && len(members) < len(e.c.list("options")) && e.c.has("command_topic") {
		return false // some of its words say something else: a setting keeps them all
	}
	return b.simple(e, r.to, conv, func(p *model.Property) {
		if len(members) > 0 {
			p.Options = members
		}
	})
}

// narrow takes the range of a number from its config.
func narrow(e *entity, lo, hi, step string) func(*model.Property) {
	return func(p *model.Property) {
		if e.c.has(lo) {
			f := e.c.number(lo, 0)
			if p.Min == nil || f > *p.Min {
				p.Min = ptr(f)
			}
		}
		if e.c.has(hi) {
			f := e.c.number(hi, 0)
			if p.Max == nil || f < *p.Max {
				p.Max = ptr(f)
			}
		}
		p.Step = cmp.Or(e.c.number(step, 0), p.Step)
	}
}

// onOff returns the words for on and off in the state, which may differ from the payloads that command them.
func onOff(e *entity) (on, off string) {
	return cmp.Or(e.c.text("state_on"), e.c.or("payload_on", "ON")), cmp.Or(e.c.text("state_off"), e.c.or("payload_off", "OFF"))
}

// switching reads the state's words and writes the payloads.
func switching(e *entity) conversion {
	read, write := truth(onOff(e)), truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	return conversion{read.read, write.write}
}

func binarySensor(b *builder, e *entity) {
	on, off := onOff(e)
	if r := b.rule(e); r != nil && b.byRule(e, r) {
		return
	}
	if c, ok := binaryClasses[e.c.text("device_class")]; ok {
		conv := two(on, off, c.on, c.off)
		conv.write = nil
		b.simple(e, c.to, conv, nil)
		return
	}
	b.longTail(e, truth(on, off), kindOf(model.TypeBool))
}

func switchEntity(b *builder, e *entity) {
	if r := b.rule(e); r != nil && b.byRule(e, r) {
		return
	}
	conv := switching(e)
	main := b.main == "switch" || b.main == "climate" && e.key == "state"
	if e.acts() && (main || e.endpoint != model.MainEndpoint || e.key == "state" || strings.HasPrefix(e.key, "power")) {
		b.simple(e, "on_off.on", conv, nil)
		return
	}
	b.longTail(e, conv, kindOf(model.TypeBool))
}

func number(b *builder, e *entity) {
	if r := b.rule(e); r != nil && b.byRule(e, r) {
		return
	}
	lo, hi := e.c.number("min", 1), e.c.number("max", 100)
	b.longTail(e, scaled(1, 0), func(p *model.Property) {
		p.Type, p.Min, p.Max, p.Step = model.TypeFloat, ptr(lo), ptr(hi), e.c.number("step", 1)
	})
}

func selectEntity(b *builder, e *entity) {
	if r := b.rule(e); r != nil && b.byRule(e, r) {
		return
	}
	options := e.c.list("options")
	b.longTail(e, plain(), func(p *model.Property) { p.Type, p.Options = model.TypeEnum, options })
}

func textEntity(b *builder, e *entity) { b.longTail(e, plain(), kindOf(model.TypeString)) }

// button presses: identify and restart are known; any other is a setting that takes the one word it has.
func button(b *builder, e *entity) {
	payload := e.c.or("payload_press", "PRESS")
	if e.component == "scene" {
		payload = e.c.or("payload_on", "ON")
	}
	send := b.sender(e, "command_topic", "command_template")
	if send == nil {
		return
	}
	if e.c.text("device_class") == "identify" {
		b.act(e, "identify.identify", send, payload)
		return
	}
	a := model.Attribute("setting." + cmp.Or(e.key, "press"))
	p := &point{property: model.Property{Attribute: a, Type: model.TypeEnum, Options: []string{payload}, Access: model.AccessWriteOnly,
		Label: model.Text{En: cmp.Or(e.c.text("name"), e.key)}, Category: e.c.text("entity_category")}}
	p.write = func(v model.Value, _ *writing) ([]outgoing, error) {
		if s, _ := v.Text(); s != payload {
			return nil, refuse(v, payload)
		}
		return send(payload, nil)
	}
	b.put(e, p)
}

// act adds an action that publishes a payload.
func (b *builder) act(e *entity, name model.Attribute, send func(any, template.Vars) ([]outgoing, error), payload string) {
	if send == nil {
		return
	}
	b.thing.actions = append(b.thing.actions, action{e.endpoint, name, func(map[string]model.Value) ([]outgoing, error) { return send(payload, nil) }})
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
