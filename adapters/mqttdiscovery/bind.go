package mqttdiscovery

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// gateMode joins the power switch of an air conditioner with its mode, which alone is only what it was when last on.
func (b *builder) gateMode() {
	i, ok := b.thing.index[slot{model.MainEndpoint, "thermostat.mode"}]
	j, ok2 := b.thing.index[slot{model.MainEndpoint, "on_off.on"}]
	if !ok || !ok2 {
		return
	}
	mode, power := b.thing.points[i], b.thing.points[j]
	read, write := mode.read, mode.write
	if !slices.Contains(mode.property.Options, "off") {
		mode.property.Options = append([]string{"off"}, mode.property.Options...)
	}
	mode.read = func(m *message) model.Value {
		if power.topic == mode.topic && power.read(m) == model.Bool(false) {
			return model.String("off")
		}
		return read(m)
	}
	mode.write = func(v model.Value, w *writing) ([]outgoing, error) {
		if v == model.String("off") {
			return power.write(model.Bool(false), w)
		}
		out, err := power.write(model.Bool(true), w)
		if err != nil {
			return nil, err
		}
		more, err := write(v, w)
		return append(out, more...), err
	}
}

// presence adds what says whether the entity, and so the device, answers.
func (b *builder) presence(e *entity) {
	t := b.thing
	t.presenceAny = t.presenceAny || e.c.text("availability_mode") == "any"
	add := func(c config) {
		topic := cmp.Or(c.text("topic"), c.text("availability_topic"))
		if topic == "" || slices.ContainsFunc(t.presence, func(p presence) bool { return p.topic == topic }) {
			return
		}
		tmpl, err := template.Parse(cmp.Or(c.text("value_template"), c.text("availability_template"), "{{ value }}"))
		if err != nil {
			t.omit(e.id, err)
			return
		}
		yes, no := c.or("payload_available", "online"), c.or("payload_not_available", "offline")
		t.presence = append(t.presence, presence{topic, func(m *message) (bool, bool) {
			text, err := tmpl.Render(vars(m))
			return text == yes, err == nil && (text == yes || text == no)
		}})
	}
	if list, ok := e.c["availability"].([]any); ok {
		for _, x := range list {
			if m, ok := x.(map[string]any); ok {
				add(config(m))
			}
		}
		return
	}
	if m, ok := e.c["availability"].(map[string]any); ok {
		add(config(m))
		return
	}
	add(e.c)
}

func vars(m *message) template.Vars {
	return template.Vars{"value": m.text(), "value_json": m.value()}
}

// reader returns the topic and the function that a state has in a config; ok is false where there is none.
func (b *builder) reader(e *entity, topicKey, templateKey string, conv func(string) model.Value) (topic string, read func(*message) model.Value, ok bool) {
	topic = e.c.text(topicKey)
	if topic == "" {
		return "", nil, false
	}
	render, err := renderer(e.c.text(templateKey))
	if err != nil {
		b.thing.omit(e.id, err)
		return "", nil, false
	}
	return topic, func(m *message) model.Value {
		text, ok := render(m)
		if !ok {
			return model.Value{}
		}
		return conv(text)
	}, true
}

// renderer makes a function of a value template; "" is the payload itself.
func renderer(text string) (func(*message) (string, bool), error) {
	if text == "" {
		return func(m *message) (string, bool) { s := m.text(); return s, !silent(s) }, nil
	}
	t, err := template.Parse(text)
	if err != nil {
		return nil, err
	}
	return func(m *message) (string, bool) {
		s, err := t.Render(vars(m))
		return s, err == nil && !silent(s)
	}, nil
}

// sender returns what publishes a value to a command topic; nil where there is none.
func (b *builder) sender(e *entity, topicKey, templateKey string) func(value any, more template.Vars) ([]outgoing, error) {
	topic := e.c.text(topicKey)
	if topic == "" || strings.ContainsAny(topic, "+#") || strings.HasPrefix(topic, "$") {
		return nil
	}
	out := outgoing{topic: topic, retain: e.c.truth("retain"), qos: byte(max(0, min(2, e.c.number("qos", 0))))}
	text := e.c.text(templateKey)
	if text == "" {
		return func(value any, _ template.Vars) ([]outgoing, error) {
			o := out
			o.payload = fmt.Sprint(value)
			return []outgoing{o}, nil
		}
	}
	t, err := template.Parse(text)
	if err != nil {
		b.thing.omit(e.id, err)
		return nil
	}
	return func(value any, more template.Vars) ([]outgoing, error) {
		vars := template.Vars{"value": scalar(value)}
		for k, v := range more {
			vars[k] = v
		}
		o := out
		var err error
		if o.payload, err = t.Render(vars); err != nil && !errors.Is(err, template.ErrMissing) {
			return nil, err
		}
		return []outgoing{o}, nil
	}
}

// scalar makes a number of text that is one, as command templates calculate with it.
func scalar(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return f
	}
	return s
}

// attribute puts a point with a state and, where it is there, a command, both of one conversion.
func (b *builder) attribute(e *entity, a model.Attribute, conv conversion, stateTopic, stateTemplate, commandTopic, commandTemplate string, shape func(*model.Property)) bool {
	topic, read, readable := b.reader(e, stateTopic, stateTemplate, conv.read)
	var send func(any, template.Vars) ([]outgoing, error)
	if conv.write != nil && commandTopic != "" {
		send = b.sender(e, commandTopic, commandTemplate)
	}
	if !readable && send == nil {
		return false
	}
	access := model.AccessRead
	p := &point{topic: topic, read: read}
	if send != nil {
		access = model.AccessWrite
		if !readable {
			access = model.AccessWriteOnly
		}
		p.write = func(v model.Value, _ *writing) ([]outgoing, error) {
			text, err := conv.write(v)
			if err != nil {
				return nil, err
			}
			return send(text, nil)
		}
	}
	p.property = property(a, access)
	if shape != nil {
		shape(&p.property)
	}
	b.put(e, p)
	return true
}
