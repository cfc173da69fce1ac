package homeassistant

import (
	"fmt"
	"slices"
	"strings"
)

// steps translates a sequence of actions.
func (t *translator) steps(where string, x any) ([]any, *untaken) {
	var out []any
	for i, a := range list(x) {
		at := fmt.Sprintf("%s[%d]", where, i)
		m, ok := a.(map[string]any)
		if !ok {
			return nil, cannot(at, "import.template")
		}
		if m["enabled"] == false {
			continue
		}
		more, no := t.step(at, m)
		if no != nil {
			return nil, no
		}
		out = append(out, more...)
	}
	return out, nil
}

// step translates one action, by the key that tells which it is.
func (t *translator) step(where string, m map[string]any) ([]any, *untaken) {
	switch {
	case first(m, "action", "service", "service_template") != nil:
		return t.call(where, m)
	case m["scene"] != nil:
		return t.callScene(where, []string{text(m["scene"])})
	case m["delay"] != nil:
		d, no := span(where, m["delay"])
		if no != nil || d == "" {
			return nil, no
		}
		return one(map[string]any{"wait": d})
	case m["wait_for_trigger"] != nil:
		return t.waitFor(where, m)
	case m["choose"] != nil:
		return t.choose(where, m)
	case m["if"] != nil:
		return t.ifThen(where, m)
	case m["repeat"] != nil:
		return t.repeat(where, m["repeat"])
	case m["parallel"] != nil:
		return t.parallel(where, m["parallel"])
	case m["sequence"] != nil:
		return t.steps(where+".sequence", m["sequence"])
	case m["condition"] != nil, m["and"] != nil, m["or"] != nil, m["not"] != nil:
		c, no := t.condition(where, m)
		if no != nil {
			return nil, no
		}
		return one(map[string]any{"if": map[string]any{"not": all(c)}, "then": []any{map[string]any{"stop": true}}})
	case has(m, "stop"):
		return one(map[string]any{"stop": true})
	case m["wait_template"] != nil, m["variables"] != nil:
		return nil, cannot(where, "import.template")
	case m["device_id"] != nil && m["domain"] != nil:
		return t.deviceAction(where, m)
	}
	return nil, cannot(where, "import.action", strings.Join(sortedKeys(m), ", "))
}

func has(m map[string]any, key string) bool { _, ok := m[key]; return ok }

// waitFor waits until what a state trigger waits for is so. A trigger waits for the moment, a condition for the
// state: where it is so already, Home Assistant would wait for the next time.
func (t *translator) waitFor(where string, m map[string]any) ([]any, *untaken) {
	var states []any
	for i, x := range list(m["wait_for_trigger"]) {
		triggers, no := t.triggers(fmt.Sprintf("%s.wait_for_trigger[%d]", where, i), x)
		if no != nil {
			return nil, no
		}
		for _, tr := range triggers {
			c, ok := asCondition(tr.(map[string]any))
			if !ok {
				return nil, cannot(where, "import.wait")
			}
			states = append(states, c)
		}
	}
	if len(states) == 0 {
		return nil, cannot(where, "import.wait")
	}
	step := map[string]any{"wait_until": states[0]}
	if len(states) > 1 {
		step["wait_until"] = map[string]any{"or": states}
	}
	timeout, no := span(where, m["timeout"])
	if no != nil {
		return nil, no
	}
	if timeout != "" {
		step["timeout"] = timeout
		if m["continue_on_timeout"] == false {
			step["on_timeout"] = "stop"
		}
	}
	return one(step)
}

// asCondition is the state that a trigger leads to.
func asCondition(trigger map[string]any) (map[string]any, bool) {
	c := map[string]any{}
	for k, v := range trigger {
		switch k {
		case "to":
			c["is"] = v
		case "device", "endpoint", "attribute", "above", "below", "for", "person", "presence":
			c[k] = v
		default:
			return nil, false
		}
	}
	return c, true
}

func (t *translator) choose(where string, m map[string]any) ([]any, *untaken) {
	var branches []any
	for i, x := range list(m["choose"]) {
		at := fmt.Sprintf("%s.choose[%d]", where, i)
		b, ok := x.(map[string]any)
		if !ok {
			return nil, cannot(at, "import.action", "choose")
		}
		c, no := t.conditions(at+".conditions", first(b, "conditions", "condition"))
		if no != nil {
			return nil, no
		}
		then, no := t.steps(at+".sequence", b["sequence"])
		if no != nil {
			return nil, no
		}
		if len(c) == 0 {
			return nil, cannot(at, "import.condition", "")
		}
		branches = append(branches, map[string]any{"if": all(c), "then": then})
	}
	step := map[string]any{"choose": branches}
	if m["default"] != nil {
		other, no := t.steps(where+".default", m["default"])
		if no != nil {
			return nil, no
		}
		step["else"] = other
	}
	return one(step)
}

func (t *translator) ifThen(where string, m map[string]any) ([]any, *untaken) {
	c, no := t.conditions(where+".if", m["if"])
	if no != nil {
		return nil, no
	}
	then, no := t.steps(where+".then", m["then"])
	if no != nil {
		return nil, no
	}
	step := map[string]any{"if": all(c), "then": then}
	if m["else"] != nil {
		other, no := t.steps(where+".else", m["else"])
		if no != nil {
			return nil, no
		}
		step["else"] = other
	}
	return one(step)
}

func (t *translator) repeat(where string, x any) ([]any, *untaken) {
	m, ok := x.(map[string]any)
	if !ok || m["for_each"] != nil {
		return nil, cannot(where, "import.action", "repeat for_each")
	}
	body, no := t.steps(where+".repeat", m["sequence"])
	if no != nil {
		return nil, no
	}
	r := map[string]any{"do": body}
	if m["count"] != nil {
		n, ok := asNumber(m["count"])
		if !ok {
			return nil, cannot(where, "import.number", text(m["count"]))
		}
		r["times"] = n
	}
	for _, word := range []string{"while", "until"} {
		if m[word] == nil {
			continue
		}
		c, no := t.conditions(where+"."+word, m[word])
		if no != nil {
			return nil, no
		}
		r[word] = all(c)
	}
	return one(map[string]any{"repeat": r})
}

// parallel puts one after the other what takes no time: it happens in one moment all the same.
func (t *translator) parallel(where string, x any) ([]any, *untaken) {
	var out []any
	for i, b := range list(x) {
		steps, no := t.steps(fmt.Sprintf("%s.parallel[%d]", where, i), b)
		if no != nil {
			return nil, no
		}
		if len(steps) > 1 && slices.ContainsFunc(steps, takesTime) {
			return nil, cannot(where, "import.action", "parallel")
		}
		out = append(out, steps...)
	}
	return out, nil
}

func takesTime(step any) bool {
	m := step.(map[string]any)
	for _, k := range []string{"wait", "wait_until", "repeat", "choose", "if"} {
		if has(m, k) {
			return true
		}
	}
	return false
}

// deviceAction is an action chosen by device in Home Assistant's editor.
func (t *translator) deviceAction(where string, m map[string]any) ([]any, *untaken) {
	kind, d := text(m["type"]), text(m["domain"])
	service := map[string]string{
		"turn_on": "turn_on", "turn_off": "turn_off", "toggle": "toggle", "open": "open_cover", "close": "close_cover", "stop": "stop_cover",
		"set_position": "set_cover_position", "lock": "lock", "unlock": "unlock", "set_hvac_mode": "set_hvac_mode", "set_preset_mode": "set_preset_mode",
		"brightness_increase": "turn_on", "brightness_decrease": "turn_on", "clean": "start", "dock": "return_to_base",
	}[kind]
	if service == "" {
		return nil, cannot(where, "import.action", d+" "+kind)
	}
	data := map[string]any{}
	for _, k := range []string{"brightness_pct", "position", "hvac_mode", "preset_mode"} {
		if m[k] != nil {
			data[k] = m[k]
		}
	}
	switch kind {
	case "brightness_increase":
		data["brightness_step_pct"] = 10.0
	case "brightness_decrease":
		data["brightness_step_pct"] = -10.0
	}
	return t.call(where, map[string]any{"action": d + "." + service, "data": data, "target": map[string]any{"entity_id": m["entity_id"]}})
}
