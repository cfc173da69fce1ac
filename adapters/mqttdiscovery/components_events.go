package mqttdiscovery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

func update(b *builder, e *entity) {
	topic := e.c.text("state_topic")
	render, err := renderer(e.c.text("value_template"))
	if err != nil || topic == "" {
		b.thing.omit(e.id, err)
		return
	}
	field := func(key string) func(*message) any {
		return func(m *message) any {
			text, ok := render(m)
			if !ok {
				return nil
			}
			return (&message{payload: []byte(text)}).member(key)
		}
	}
	put := func(a model.Attribute, key string, read func(any) model.Value) {
		get := field(key)
		b.put(e, &point{property: property(a, model.AccessRead), topic: topic, read: func(m *message) model.Value { return read(get(m)) }})
	}
	version := func(v any) model.Value {
		if s := fmt.Sprint(v); v != nil && !silent(s) && s != "-1" {
			return model.String(s)
		}
		return model.Value{}
	}
	put("firmware.current", "installed_version", version)
	put("firmware.available", "latest_version", version)
	put("firmware.progress", "update_percentage", func(v any) model.Value {
		if f, ok := float(v); ok {
			return model.Number(float64(int(f + 0.5)))
		}
		return model.Value{}
	})
	installed, latest, busy := field("installed_version"), field("latest_version"), field("in_progress")
	b.put(e, &point{property: property("firmware.state", model.AccessRead), topic: topic, read: func(m *message) model.Value {
		now, next := version(installed(m)), version(latest(m))
		switch {
		case busy(m) == true:
			return model.String("downloading")
		case now.IsUnknown() || next.IsUnknown():
			return model.Value{}
		case now != next:
			return model.String("available")
		}
		return model.String("idle")
	}})
	b.act(e, "firmware.update", b.sender(e, "command_topic", ""), e.c.or("payload_install", "INSTALL"))
}

// event is the component for buttons and doorbells.
func event(b *builder, e *entity) {
	topic := e.c.text("state_topic")
	render, err := renderer(e.c.text("value_template"))
	if err != nil || topic == "" {
		b.thing.omit(e.id, err)
		return
	}
	kind := func(m *message) (string, bool) {
		text, ok := render(m)
		if !ok {
			return "", false
		}
		s, ok := (&message{payload: []byte(text)}).member("event_type").(string)
		return s, ok && slices.Contains(e.c.list("event_types"), s)
	}
	t := trigger{endpoint: e.endpoint, topic: topic, info: model.EventInfo{Event: "button.press", Options: []string{e.key}}}
	if e.c.text("device_class") == "doorbell" {
		t.info = model.EventInfo{Event: "doorbell.ring"}
		t.read = func(m *message) (map[string]model.Value, bool) { _, ok := kind(m); return nil, ok }
	} else {
		t.read = func(m *message) (map[string]model.Value, bool) {
			s, ok := kind(m)
			return press(e.key, s), ok
		}
	}
	b.thing.triggers = append(b.thing.triggers, t)
}

// press makes the arguments of button.press.
func press(button, gesture string) map[string]model.Value {
	return map[string]model.Value{"button": model.String(button), "action": model.String(cmp.Or(wordLists["gesture"][spelling(gesture)], "other"))}
}

// deviceTrigger is a remote's button: a payload on a topic.
func deviceTrigger(b *builder, e *entity) {
	topic, payload := e.c.text("topic"), e.c.text("payload")
	render, err := renderer(e.c.text("value_template"))
	if err != nil || topic == "" {
		b.thing.omit(e.id, err)
		return
	}
	matches := func(m *message) bool {
		text, ok := render(m)
		return ok && (payload == "" || text == payload)
	}
	gesture, name := e.c.text("type"), e.c.text("subtype")
	if gesture == "action" || wordLists["gesture"][spelling(gesture)] == "" { // Zigbee2MQTT: the gesture and the button are one word
		gesture, name = splitAction(name)
	}
	t := trigger{endpoint: model.MainEndpoint, topic: topic, info: model.EventInfo{Event: "button.press", Options: []string{name}}}
	t.read = func(m *message) (map[string]model.Value, bool) { return press(name, gesture), matches(m) }
	if kind := spelling(payload); b.hasComponent("lock") && (kind == "lock" || kind == "unlock") {
		t.info = model.EventInfo{Event: "door_lock.operation"}
		t.read = func(m *message) (map[string]model.Value, bool) {
			return map[string]model.Value{"kind": model.String(kind)}, matches(m)
		}
	}
	b.thing.triggers = append(b.thing.triggers, t)
}

// splitAction takes "double_left" and "1_single" apart.
func splitAction(s string) (gesture, button string) {
	words := strings.Split(spelling(s), "_")
	for n := len(words); n > 0; n-- {
		for _, from := range []int{0, len(words) - n} {
			g := strings.Join(words[from:from+n], "_")
			if wordLists["gesture"][g] != "" {
				return g, strings.Join(append(slices.Clone(words[:from]), words[from+n:]...), "_")
			}
		}
	}
	return "other", spelling(s)
}
