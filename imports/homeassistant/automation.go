package homeassistant

import (
	"cmp"
	"fmt"
)

// automation translates one automation, whole or not at all.
func (t *translator) automation(n int, i Item) {
	if i.ID == "" && i.Name == "" {
		i.Name = fmt.Sprintf("automation %d", n+1)
	}
	doc, no := t.document(i.Tree)
	if no != nil {
		t.leave("automation", cmp.Or(i.Name, i.ID), no)
		return
	}
	t.take("automation", i, doc)
}

// runModes are Home Assistant's words for what a trigger does while the automation still runs.
var runModes = map[string]string{"": "", "single": "", "restart": "restart", "queued": "queue", "parallel": "parallel"}

func (t *translator) document(m map[string]any) (map[string]any, *untaken) {
	switch {
	case m["use_blueprint"] != nil:
		return nil, cannot("", "import.blueprint")
	case m["variables"] != nil || m["trigger_variables"] != nil:
		return nil, cannot("variables", "import.template")
	}
	when, inRange, no := t.when(list(first(m, "triggers", "trigger")))
	if no != nil {
		return nil, no
	}
	conditions, no := t.conditions("condition", first(m, "conditions", "condition"))
	if no != nil {
		return nil, no
	}
	then, no := t.steps("action", first(m, "actions", "action"))
	if no != nil {
		return nil, no
	}
	if len(when) == 0 || len(then) == 0 {
		return nil, cannot("", "import.empty")
	}
	doc := map[string]any{"when": when, "then": then}
	if conditions = append(inRange, conditions...); len(conditions) > 0 {
		doc["if"] = conditions
	}
	if about := text(m["description"]); about != "" {
		doc["about"] = about
	}
	if m["initial_state"] == false {
		doc["enabled"] = false
	}
	mode, known := runModes[text(m["mode"])]
	if !known {
		return nil, cannot("mode", "import.no_state", "mode", text(m["mode"]))
	}
	if mode != "" {
		doc["runs"] = mode
	}
	if max, ok := asNumber(m["max"]); ok && mode != "" && mode != "restart" {
		doc["max_runs"] = max
	}
	return doc, nil
}

// when translates the triggers. A range is entered over either border, and the condition that the value lies in it is
// returned besides: that holds for the one trigger only, so a range beside others is refused.
func (t *translator) when(all []any) (when, inRange []any, no *untaken) {
	if len(all) == 1 {
		if m, ok := all[0].(map[string]any); ok && text(first(m, "trigger", "platform")) == "numeric_state" && m["above"] != nil && m["below"] != nil {
			if inRange, no = t.numericConditions("trigger[0]", m); no != nil {
				return nil, nil, no
			}
			for _, border := range []string{"above", "below"} {
				half := with(m, border, nil)
				more, no := t.triggers("trigger[0]", half)
				if no != nil {
					return nil, nil, no
				}
				when = append(when, more...)
			}
			return when, inRange, nil
		}
	}
	for i, x := range all {
		more, no := t.triggers(fmt.Sprintf("trigger[%d]", i), x)
		if no != nil {
			return nil, nil, no
		}
		when = append(when, more...)
	}
	return when, nil, nil
}
