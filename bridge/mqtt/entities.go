package mqttbridge

import (
	"slices"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// rest announces every other attribute by itself, and events.
func (p *publication) rest() {
	for i := range p.endpoint.Properties {
		q := &p.endpoint.Properties[i]
		if p.used[q.Attribute] || q.Access == model.AccessConst {
			continue
		}
		p.single(q)
	}
	for _, a := range p.endpoint.Actions {
		c, name := a.Split()
		spec := model.LookupCommand(c, name)
		if spec == nil || a == "window_covering.stop" || slices.ContainsFunc(spec.Args, func(q model.Property) bool { return !q.Optional }) {
			continue
		}
		m := map[string]any{"command_topic": p.action(c), "payload_press": name}
		if a == "identify.identify" {
			m["device_class"], m["entity_category"] = "identify", "config"
		}
		p.announce("button", string(a), spec.Label.En, m)
	}
	for _, e := range p.endpoint.Events {
		topic, ok := p.shown.events[home.Slot{Endpoint: p.endpoint.ID, Attribute: e.Event}]
		c, name := e.Event.Split()
		if spec := model.LookupEvent(c, name); ok && spec != nil {
			types, template := []string{name}, `{"event_type": "`+name+`"}`
			if i := slices.IndexFunc(spec.Args, func(a model.Property) bool { return a.Attribute == "action" }); i >= 0 {
				types, template = spec.Args[i].Options, `{"event_type": "{{ value_json.action }}", "button": "{{ value_json.button }}"}`
			}
			p.announce("event", string(e.Event), spec.Label.En, map[string]any{"state_topic": topic, "event_types": types, "value_template": template})
		}
	}
}

func (p *publication) single(q *model.Property) {
	a := q.Attribute
	label := q.Label.En
	if spec := model.LookupAttribute(a); label == "" && spec != nil {
		label = spec.Label.En
	}
	m := map[string]any{}
	if q.Category != "" {
		m["entity_category"] = q.Category
	}
	p.state(m, "", a)
	if c, ok := binaryClasses[a]; ok {
		m["device_class"], m["payload_on"], m["payload_off"] = c.class, c.on, c.off
		p.announce("binary_sensor", string(a), label, m)
		return
	}
	if !q.Access.CanWrite() {
		delete(m, "command_topic")
		if m["entity_category"] == "config" {
			m["entity_category"] = "diagnostic" // Home Assistant refuses a sensor that is config
		}
		switch c, ok := sensorClasses[a]; {
		case q.Type == model.TypeBool:
			m["payload_on"], m["payload_off"] = "true", "false"
			p.announce("binary_sensor", string(a), label, m)
			return
		case ok:
			m["device_class"] = c.class
			if c.unit != "" {
				m["unit_of_measurement"] = c.unit
			}
			if c.state != "" {
				m["state_class"] = c.state
			}
		case q.Type == model.TypeFloat || q.Type == model.TypeInt:
			m["state_class"] = "measurement"
			if q.Unit != "" {
				m["unit_of_measurement"] = q.Unit
			}
		case q.Type != model.TypeEnum && q.Type != model.TypeString:
			return // a structure, or a time of no class
		}
		p.announce("sensor", string(a), label, m)
		return
	}
	switch q.Type {
	case model.TypeBool:
		m["payload_on"], m["payload_off"] = "true", "false"
		if m["state_topic"] == nil {
			m["optimistic"] = true
		}
		p.announce("switch", string(a), label, m)
	case model.TypeFloat, model.TypeInt:
		m["min"], m["max"], m["mode"] = 0.0, 1e6, "box"
		if q.Min != nil {
			m["min"] = *q.Min
		}
		if q.Max != nil {
			m["max"] = *q.Max
		}
		if q.Step > 0 {
			m["step"] = q.Step
		} else if q.Type == model.TypeFloat {
			m["step"] = 0.1
		}
		if q.Unit != "" {
			m["unit_of_measurement"] = q.Unit
		}
		p.announce("number", string(a), label, m)
	case model.TypeEnum:
		if len(q.Options) > 0 {
			m["options"] = q.Options
			p.announce("select", string(a), label, m)
		}
	case model.TypeString:
		p.announce("text", string(a), label, m)
	}
}
