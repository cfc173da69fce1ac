package homeassistant

import (
	"cmp"
	"strings"
)

// scenesAll translates the scenes, and remembers what they are called in automations.
func (t *translator) scenesAll() {
	for _, i := range t.c.Scenes {
		entities, _ := i.Tree["entities"].(map[string]any)
		then, no := t.states("entities", entities)
		if no != nil {
			t.leave("scene", cmp.Or(i.Name, i.ID), no)
			continue
		}
		t.take("scene", i, map[string]any{"then": then})
		id := t.plan.Scenes[len(t.plan.Scenes)-1].ID
		t.scenes["scene."+slug(i.Name)] = id
		for _, e := range t.c.Entities {
			if e.Platform == "homeassistant" && domain(e.ID) == "scene" && e.Unique == i.ID && i.ID != "" {
				t.scenes[e.ID] = id
			}
		}
	}
}

// slug is a name as Home Assistant makes an entity's id of it, for names of plain letters.
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "_")
}

// states makes targets of the states that a scene keeps of entities.
func (t *translator) states(where string, entities map[string]any) ([]any, *untaken) {
	var out []any
	for _, id := range sortedKeys(entities) {
		at := where + "." + id
		data, ok := entities[id].(map[string]any)
		if !ok {
			data = map[string]any{"state": entities[id]}
		}
		d, no := t.kept(at, id, data)
		if no != nil {
			return nil, no
		}
		step, no := t.act(at, id, d)
		if no != nil {
			return nil, no
		}
		out = append(out, step)
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.no_entity", "")
	}
	return out, nil
}

// kept is what one state kept in a scene asks for.
func (t *translator) kept(where, id string, data map[string]any) (deed, *untaken) {
	state := strings.ToLower(text(data["state"]))
	if b, ok := data["state"].(bool); ok {
		state = map[bool]string{true: "on", false: "off"}[b]
	}
	switch d := domain(id); d {
	case "light":
		if state == "off" {
			return deed{set: map[string]any{"on_off.on": false}}, nil
		}
		return lightOn(where, oneColor(data))
	case "climate":
		with := map[string]any{"hvac_mode": state}
		for _, k := range []string{"temperature", "target_temp_low", "target_temp_high"} {
			if data[k] != nil {
				with[k] = data[k]
			}
		}
		return climate(where, with)
	case "cover":
		if x, ok := asNumber(data["current_position"]); ok {
			return deed{set: map[string]any{"window_covering.open_pct": x}}, nil
		}
		if state != "open" && state != "closed" {
			return deed{}, cannot(where, "import.no_state", id, state)
		}
		return deed{set: map[string]any{"window_covering.open_pct": map[string]float64{"open": 100, "closed": 0}[state]}}, nil
	case "lock":
		return deed{command: "door_lock." + map[string]string{"locked": "lock", "unlocked": "unlock"}[state]}, unless(where, "lock "+state, state == "locked" || state == "unlocked")
	case "switch", "fan", "humidifier", "siren":
		if state == "on" || state == "off" {
			return simpleOn(d, state), nil
		}
	}
	return deed{}, cannot(where, "import.no_state", id, state)
}

func simpleOn(d, state string) deed {
	if x, ok := simple[d+".turn_"+state]; ok {
		return x
	}
	return simple["turn_"+state]
}

// oneColor keeps one of the several ways in which a scene tells the same colour: that of its colour mode.
func oneColor(data map[string]any) map[string]any {
	keep := map[string]string{"color_temp": "color_temp_kelvin", "hs": "hs_color", "xy": "xy_color", "rgb": "rgb_color"}[text(data["color_mode"])]
	if keep == "color_temp_kelvin" && data[keep] == nil {
		keep = "color_temp"
	}
	if keep == "" || data[keep] == nil {
		for _, k := range []string{"hs_color", "xy_color", "rgb_color", "color_temp_kelvin", "color_temp"} {
			if data[k] != nil {
				keep = k
				break
			}
		}
	}
	out := map[string]any{}
	for k, v := range data {
		switch k {
		case "color_temp_kelvin", "color_temp", "hs_color", "xy_color", "rgb_color", "rgbw_color", "rgbww_color":
			if k != keep {
				continue
			}
		}
		out[k] = v
	}
	return out
}
