package homeassistant

import (
	"fmt"
	"strings"
)

// conditions translates a list of which all must hold; nil when there is none.
func (t *translator) conditions(where string, x any) ([]any, *untaken) {
	var out []any
	for i, c := range list(x) {
		more, no := t.condition(fmt.Sprintf("%s[%d]", where, i), c)
		if no != nil {
			return nil, no
		}
		out = append(out, more...)
	}
	return out, nil
}

// condition translates one condition, which may be several here of which all must hold.
func (t *translator) condition(where string, x any) ([]any, *untaken) {
	m, ok := x.(map[string]any)
	if !ok {
		return nil, cannot(where, "import.template")
	}
	if m["enabled"] == false {
		return nil, nil
	}
	for _, word := range []string{"and", "or", "not"} { // the short form
		if m[word] != nil && m["condition"] == nil {
			m = map[string]any{"condition": word, "conditions": m[word]}
		}
	}
	if m["value_template"] != nil {
		return nil, cannot(where, "import.template")
	}
	switch kind := text(m["condition"]); kind {
	case "and", "or", "not":
		return t.combined(where, kind, m["conditions"])
	case "state":
		return t.stateConditions(where, m, texts(m["entity_id"]), list(m["state"]))
	case "numeric_state":
		return t.numericConditions(where, m)
	case "time":
		return timeCondition(where, m)
	case "sun":
		return sunCondition(where, m)
	case "zone":
		if text(m["zone"]) != "zone.home" {
			return nil, cannot(where, "import.zone", text(m["zone"]))
		}
		return t.stateConditions(where, m, texts(m["entity_id"]), []any{"home"})
	case "device":
		return t.deviceCondition(where, m)
	case "template":
		return nil, cannot(where, "import.template")
	default:
		return nil, cannot(where, "import.condition", kind)
	}
}

func (t *translator) combined(where, kind string, x any) ([]any, *untaken) {
	var parts []any
	for i, c := range list(x) {
		more, no := t.condition(fmt.Sprintf("%s.%s[%d]", where, kind, i), c)
		if no != nil {
			return nil, no
		}
		parts = append(parts, all(more))
	}
	if len(parts) == 0 {
		return nil, cannot(where, "import.condition", kind)
	}
	switch kind {
	case "and":
		return parts, nil
	case "or":
		return one(map[string]any{"or": parts})
	}
	return one(map[string]any{"not": map[string]any{"or": parts}}) // none of them
}

// all is one condition for several.
func all(of []any) any {
	if len(of) == 1 {
		return of[0]
	}
	return map[string]any{"and": of}
}

func (t *translator) stateConditions(where string, m map[string]any, ids []string, states []any) ([]any, *untaken) {
	held, no := span(where, m["for"])
	if no != nil {
		return nil, no
	}
	var out []any
	for _, id := range ids {
		c, no := t.stateCondition(where, id, text(m["attribute"]), states)
		if no != nil {
			return nil, no
		}
		if held != "" {
			c["for"] = held
		}
		out = append(out, c)
	}
	if len(out) > 1 && text(m["match"]) == "any" {
		return one(map[string]any{"or": out})
	}
	return out, nil
}

func (t *translator) stateCondition(where, id, attribute string, states []any) (map[string]any, *untaken) {
	switch domain(id) {
	case "person", "device_tracker":
		person, no := t.person(where, id)
		if no != nil {
			return nil, no
		}
		home := map[string]any{"person": person, "presence": "home"}
		switch {
		case len(states) == 1 && text(states[0]) == "home":
			return home, nil
		case len(states) == 1 && text(states[0]) == "not_home":
			return map[string]any{"not": home}, nil
		}
		return nil, cannot(where, "import.no_state", id, strings.Join(texts(states), ", "))
	case "sun":
		return sunIs(where, id, states)
	}
	r, no := t.resolve(where, id, attribute)
	if no != nil {
		return nil, no
	}
	base := with(r.place(), "attribute", string(r.attribute))
	if r.open {
		switch {
		case len(states) == 1 && text(states[0]) == "open":
			return with(base, "above", 0.0), nil
		case len(states) == 1 && text(states[0]) == "closed":
			return with(base, "is", 0.0), nil
		}
		return nil, cannot(where, "import.no_state", id, strings.Join(texts(states), ", "))
	}
	var values []any
	for _, s := range states {
		more, no := r.value(where, s)
		if no != nil {
			return nil, no
		}
		values = append(values, more...)
	}
	switch len(values) {
	case 0:
		return nil, cannot(where, "import.no_state", id, "")
	case 1:
		return with(base, "is", values[0]), nil
	}
	return with(base, "one_of", values), nil
}

func (t *translator) numericConditions(where string, m map[string]any) ([]any, *untaken) {
	var out []any
	for _, id := range texts(m["entity_id"]) {
		r, no := t.resolve(where, id, text(m["attribute"]))
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
			out = append(out, with(r.place(), "attribute", string(r.attribute), border, r.number(x, r.entity.Unit)))
		}
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.number", "")
	}
	return out, nil
}

func timeCondition(where string, m map[string]any) ([]any, *untaken) {
	w := map[string]any{}
	for theirs, ours := range map[string]string{"after": "from", "before": "to"} {
		if m[theirs] == nil {
			continue
		}
		at, ok := clock(m[theirs])
		if !ok {
			return nil, cannot(where, "import.time", text(m[theirs]))
		}
		w[ours] = at
	}
	if d := days(m["weekday"]); d != nil {
		w["days"] = d
	}
	if len(w) == 0 {
		return nil, cannot(where, "import.time", "")
	}
	return one(map[string]any{"time": w})
}

// sunCondition is a window that the sun opens or closes. One of before and after alone is of the day's own, as Home Assistant has it.
func sunCondition(where string, m map[string]any) ([]any, *untaken) {
	w := map[string]any{}
	for theirs, ours := range map[string]string{"after": "from", "before": "to"} {
		event := text(m[theirs])
		if event == "" {
			continue
		}
		offset, no := span(where, m[theirs+"_offset"])
		if no != nil {
			return nil, no
		}
		if offset != "" && !strings.HasPrefix(offset, "-") {
			offset = "+" + offset
		}
		w[ours] = event + offset
	}
	if len(w) == 0 {
		return nil, cannot(where, "import.condition", "sun")
	}
	return one(map[string]any{"time": w})
}

func sunIs(where, id string, states []any) (map[string]any, *untaken) {
	if len(states) == 1 {
		switch text(states[0]) {
		case "above_horizon":
			return map[string]any{"time": map[string]any{"from": "sunrise", "to": "sunset"}}, nil
		case "below_horizon":
			return map[string]any{"time": map[string]any{"from": "sunset", "to": "sunrise"}}, nil
		}
	}
	return nil, cannot(where, "import.no_state", id, strings.Join(texts(states), ", "))
}

func (t *translator) deviceCondition(where string, m map[string]any) ([]any, *untaken) {
	kind := strings.TrimPrefix(text(m["type"]), "is_")
	entity := text(m["entity_id"])
	if state, ok := deviceStates[kind]; ok {
		return t.stateConditions(where, m, []string{entity}, []any{state})
	}
	if m["above"] != nil || m["below"] != nil {
		return t.numericConditions(where, m)
	}
	return nil, cannot(where, "import.condition", text(m["domain"])+" "+text(m["type"]))
}
