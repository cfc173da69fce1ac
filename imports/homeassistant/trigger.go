package homeassistant

import (
	"fmt"
	"maps"
	"strings"
)

// triggers translates one trigger, which may be several here.
func (t *translator) triggers(where string, x any) ([]any, *untaken) {
	m, ok := x.(map[string]any)
	if !ok || isTemplate(x) {
		return nil, cannot(where, "import.template")
	}
	if m["enabled"] == false {
		return nil, nil
	}
	kind := text(first(m, "trigger", "platform"))
	for _, k := range []string{"value_template", "variables"} {
		if m[k] != nil {
			return nil, cannot(where, "import.template")
		}
	}
	switch kind {
	case "state":
		return t.stateTriggers(where, m)
	case "numeric_state":
		return t.numericTriggers(where, m, texts(m["entity_id"]), text(m["attribute"]))
	case "time":
		return timeTriggers(where, m)
	case "time_pattern":
		return patternTrigger(where, m)
	case "sun":
		return sunTrigger(where, m)
	case "zone":
		return t.zoneTriggers(where, m)
	case "mqtt":
		return t.mqttTrigger(where, m)
	case "webhook":
		return one(map[string]any{"webhook": text(m["webhook_id"])})
	case "device":
		return t.deviceTriggers(where, m)
	case "template":
		return nil, cannot(where, "import.template")
	case "homeassistant":
		return nil, cannot(where, "import.start")
	}
	return nil, cannot(where, "import.trigger", kind)
}

func one(m map[string]any) ([]any, *untaken) { return []any{m}, nil }

// first is the first of some keys that is there: names changed over the years.
func first(m map[string]any, keys ...string) any {
	for _, k := range keys {
		if v := m[k]; v != nil {
			return v
		}
	}
	return nil
}

// with is a copy of a document with more keys.
func with(m map[string]any, more ...any) map[string]any {
	out := maps.Clone(m)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

func (t *translator) stateTriggers(where string, m map[string]any) ([]any, *untaken) {
	if m["not_to"] != nil || m["not_from"] != nil {
		return nil, cannot(where, "import.trigger", "not_to")
	}
	held, no := span(where, m["for"])
	if no != nil {
		return nil, no
	}
	var out []any
	for _, id := range texts(m["entity_id"]) {
		more, no := t.stateTrigger(where, id, m, held)
		if no != nil {
			return nil, no
		}
		out = append(out, more...)
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.no_entity", "")
	}
	return out, nil
}

func (t *translator) stateTrigger(where, id string, m map[string]any, held string) ([]any, *untaken) {
	to := list(m["to"])
	switch domain(id) {
	case "person", "device_tracker":
		return t.personTriggers(where, id, to, held)
	case "sun":
		event := map[string]string{"above_horizon": "sunrise", "below_horizon": "sunset"}[text(m["to"])]
		if event == "" || held != "" {
			return nil, cannot(where, "import.no_state", id, text(m["to"]))
		}
		return one(map[string]any{"sun": event})
	}
	r, no := t.resolve(where, id, text(m["attribute"]))
	if no != nil {
		return nil, no
	}
	base := with(r.place(), "attribute", string(r.attribute))
	if held != "" {
		base["for"] = held
	}
	if r.open {
		return opening(where, r, base, to)
	}
	if m["from"] != nil {
		from, no := r.value(where, m["from"])
		if no != nil {
			return nil, no
		}
		if len(from) != 1 {
			return nil, cannot(where, "import.no_state", id, text(m["from"]))
		}
		base["from"] = from[0]
	}
	if len(to) == 0 {
		return one(with(base, "changes", true))
	}
	var out []any
	for _, x := range to {
		values, no := r.value(where, x)
		if no != nil {
			return nil, no
		}
		for _, v := range values {
			out = append(out, with(base, "to", v))
		}
	}
	return out, nil
}

// opening is open or closed of what tells here how far it is open.
func opening(where string, r ref, base map[string]any, to []any) ([]any, *untaken) {
	if len(to) != 1 {
		return one(with(base, "changes", true))
	}
	switch text(to[0]) {
	case "open":
		return one(with(base, "above", 0.0))
	case "closed":
		return one(with(base, "to", 0.0))
	}
	return nil, cannot(where, "import.no_state", r.entity.ID, text(to[0]))
}

func (t *translator) person(where, id string) (string, *untaken) {
	slug := strings.ReplaceAll(id[strings.Index(id, ".")+1:], "_", " ")
	name := slug
	if e := t.entities[id]; e != nil && e.OriginalName != "" {
		name = e.OriginalName
	}
	for _, p := range t.h.People {
		if p.called(name) || p.called(slug) || strings.EqualFold(p.ID, slug) {
			return p.ID, nil
		}
	}
	return "", cannot(where, "import.no_person", name)
}

func (t *translator) personTriggers(where, id string, to []any, held string) ([]any, *untaken) {
	person, no := t.person(where, id)
	if no != nil {
		return nil, no
	}
	if held != "" || len(to) != 1 {
		return nil, cannot(where, "import.trigger", "for")
	}
	presence := map[string]string{"home": "home", "not_home": "just_left"}[text(to[0])]
	if presence == "" {
		return nil, cannot(where, "import.no_state", id, text(to[0]))
	}
	return one(map[string]any{"person": person, "presence": presence})
}

func (t *translator) zoneTriggers(where string, m map[string]any) ([]any, *untaken) {
	if text(m["zone"]) != "zone.home" {
		return nil, cannot(where, "import.zone", text(m["zone"]))
	}
	state := map[string]any{"enter": "home", "leave": "not_home"}[text(m["event"])]
	var out []any
	for _, id := range texts(m["entity_id"]) {
		more, no := t.personTriggers(where, id, list(state), "")
		if no != nil {
			return nil, no
		}
		out = append(out, more...)
	}
	return out, nil
}

// numericTriggers crosses a border. Home Assistant's two borders at once are a range, which triggers here by
// entering it from either side; that the value is in it is for a condition to say (see automation).
func (t *translator) numericTriggers(where string, m map[string]any, ids []string, attribute string) ([]any, *untaken) {
	held, no := span(where, m["for"])
	if no != nil {
		return nil, no
	}
	var out []any
	for _, id := range ids {
		r, no := t.resolve(where, id, attribute)
		if no != nil {
			return nil, no
		}
		for _, border := range []string{"above", "below"} {
			if m[border] == nil {
				continue
			}
			x, ok := asNumber(m[border])
			if !ok {
				return nil, cannot(where, "import.number", text(m[border]))
			}
			if m["above"] != nil && m["below"] != nil {
				return nil, cannot(where, "import.range")
			}
			c := with(r.place(), "attribute", string(r.attribute), border, r.number(x, r.entity.Unit))
			if held != "" {
				c["for"] = held
			}
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.number", "")
	}
	return out, nil
}

func press(k *Known, raw string) ([]any, *untaken) {
	return one(map[string]any{"device": k.ID, "event": "button.press", "args": map[string]any{"raw": raw}})
}

// deviceStates are the words of device triggers and conditions, without is_ and not_, and the state that they mean.
var deviceStates = map[string]string{
	"turned_on": "on", "turned_off": "off", "on": "on", "off": "off", "motion": "on", "no_motion": "off", "occupied": "on", "not_occupied": "off",
	"opened": "on", "not_opened": "off", "moist": "on", "not_moist": "off", "smoke": "on", "no_smoke": "off", "gas": "on", "no_gas": "off",
	"vibration": "on", "no_vibration": "off", "tampered": "on", "not_tampered": "off", "present": "on", "not_present": "off", "sound": "on", "no_sound": "off",
	"locked": "locked", "unlocked": "unlocked", "open": "open", "closed": "closed",
}

func (t *translator) deviceTriggers(where string, m map[string]any) ([]any, *untaken) {
	kind, entity := text(m["type"]), text(m["entity_id"])
	if text(m["domain"]) == "mqtt" {
		k := t.devices[text(m["device_id"])]
		if k == nil {
			return nil, cannot(where, "import.not_here", text(m["device_id"]))
		}
		return press(k, text(m["subtype"]))
	}
	if state, ok := deviceStates[kind]; ok {
		return t.stateTriggers(where, map[string]any{"entity_id": entity, "to": state, "for": m["for"]})
	}
	if m["above"] != nil || m["below"] != nil {
		return t.numericTriggers(where, m, []string{entity}, "")
	}
	return nil, cannot(where, "import.trigger", fmt.Sprintf("%s %s", text(m["domain"]), kind))
}
