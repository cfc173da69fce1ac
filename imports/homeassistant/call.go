package homeassistant

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// call translates the call of a service.
func (t *translator) call(where string, m map[string]any) ([]any, *untaken) {
	service := text(first(m, "action", "service"))
	if service == "" || isTemplate(service) {
		return nil, cannot(where, "import.template")
	}
	data := map[string]any{}
	for _, k := range []string{"data_template", "data"} {
		if d, ok := m[k].(map[string]any); ok {
			for k, v := range d {
				data[k] = v
			}
		}
	}
	if hasTemplate(data) {
		return nil, cannot(where, "import.template")
	}
	target, _ := m["target"].(map[string]any)
	ids := append(texts(m["entity_id"]), append(texts(target["entity_id"]), texts(data["entity_id"])...)...)
	d, verb, _ := strings.Cut(service, ".")
	switch {
	case service == "scene.turn_on":
		return t.callScene(where, ids)
	case service == "scene.apply":
		entities, _ := data["entities"].(map[string]any)
		return t.states(where, entities)
	case d == "notify" || service == "persistent_notification.create":
		message := strings.TrimSpace(text(data["title"]) + "\n" + text(data["message"]))
		if message == "" {
			return nil, cannot(where, "import.action", service)
		}
		return one(map[string]any{"notify": message})
	}
	acts, no := acting(where, d, verb, data)
	if no != nil {
		return nil, no
	}
	var out []any
	for _, id := range ids {
		if id == "all" {
			return nil, cannot(where, "import.all", service)
		}
		step, no := t.act(where, id, acts(domain(t.entityID(id))))
		if no != nil {
			return nil, no
		}
		out = append(out, step)
	}
	for _, id := range append(texts(target["device_id"]), texts(data["device_id"])...) {
		k := t.devices[id]
		if k == nil {
			return nil, cannot(where, "import.not_here", id)
		}
		out = append(out, acts(d).step(map[string]any{"device": k.ID}))
	}
	for _, id := range append(texts(target["area_id"]), texts(data["area_id"])...) {
		name := t.areas[id]
		if name == "" || d == "homeassistant" {
			return nil, cannot(where, "import.area", id)
		}
		out = append(out, acts(d).step(map[string]any{"room": name}))
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.action", service)
	}
	return out, nil
}

func (t *translator) entityID(id string) string {
	if e := t.entities[id]; e != nil {
		return e.ID
	}
	return id
}

func hasTemplate(x any) bool {
	switch x := x.(type) {
	case map[string]any:
		for _, v := range x {
			if hasTemplate(v) {
				return true
			}
		}
		return false
	case []any:
		return slices.ContainsFunc(x, hasTemplate)
	case opaque:
		return true
	}
	return isTemplate(x)
}

func (t *translator) callScene(where string, ids []string) ([]any, *untaken) {
	var out []any
	for _, id := range ids {
		ours := t.scenes[id]
		if ours == "" {
			return nil, cannot(where, "import.scene", id)
		}
		out = append(out, map[string]any{"scene": ours})
	}
	if len(out) == 0 {
		return nil, cannot(where, "import.scene", "")
	}
	return out, nil
}

// act does something to an entity's device.
func (t *translator) act(where, id string, d deed) (map[string]any, *untaken) {
	e, k, no := t.known(where, id)
	if no != nil {
		return nil, no
	}
	ep, ok := k.endpointWith(d.needs(), e.Unique+" "+e.ID)
	if !ok {
		return nil, cannot(where, "import.lacks", k.Names[0], string(d.needs()))
	}
	for _, a := range sortedKeys(d.set) {
		p := k.property(ep, model.Attribute(a))
		if p == nil || !p.Access.CanWrite() {
			return nil, cannot(where, "import.lacks", k.Names[0], a)
		}
		if s, ok := d.set[a].(string); ok && len(p.Options) > 0 && !slices.Contains(p.Options, s) {
			return nil, cannot(where, "import.no_state", e.ID, s)
		}
	}
	at := map[string]any{"device": k.ID}
	if ep != model.MainEndpoint {
		at["endpoint"] = string(ep)
	}
	return d.step(at), nil
}

// switching are the domains whose on and off are those of on_off here.
var switching = []string{"light", "switch", "fan", "input_boolean", "homeassistant", "humidifier", "media_player", "group"}

// acting says what a service does, by the domain of what it is done to (homeassistant.turn_on is of all).
func acting(where, d, verb string, data map[string]any) (func(string) deed, *untaken) {
	fixed := func(x deed) (func(string) deed, *untaken) { return func(string) deed { return x }, nil }
	if d == "homeassistant" {
		return func(of string) deed {
			if x, ok := simple[of+"."+verb]; ok {
				return x
			}
			return simple[verb]
		}, unless(where, d+"."+verb, known(verb))
	}
	switch d + "." + verb {
	case "light.turn_on":
		x, no := lightOn(where, data)
		if no != nil {
			return nil, no
		}
		return fixed(x)
	case "light.turn_off", "light.toggle":
		x := simple[verb]
		x.transition, _ = asNumber(data["transition"])
		return fixed(x)
	case "climate.set_temperature", "climate.set_hvac_mode", "climate.set_preset_mode", "climate.set_fan_mode":
		x, no := climate(where, data)
		if no != nil {
			return nil, no
		}
		return fixed(x)
	case "cover.set_cover_position", "cover.set_cover_tilt_position", "fan.set_percentage", "media_player.volume_set", "humidifier.set_humidity":
		row := numbers[d+"."+verb]
		x, ok := asNumber(data[row.key])
		if !ok {
			return nil, cannot(where, "import.number", text(data[row.key]))
		}
		return fixed(deed{set: map[string]any{string(row.attribute): row.number(x, "")}})
	case "fan.turn_on":
		if x, ok := asNumber(data["percentage"]); ok {
			return fixed(deed{set: map[string]any{"on_off.on": true, "fan.speed_pct": x}})
		}
	}
	if x, ok := simple[d+"."+verb]; ok {
		return fixed(x)
	}
	if x, ok := simple[verb]; ok && slices.Contains(switching, d) {
		return fixed(x)
	}
	return nil, cannot(where, "import.action", d+"."+verb)
}

// known tells whether a verb is one of on, off and toggle.
func known(verb string) bool { _, ok := simple[verb]; return ok }

func unless(where, service string, ok bool) *untaken {
	if ok {
		return nil
	}
	return cannot(where, "import.action", service)
}

// numbers are the services that set one number.
var numbers = map[string]struct {
	key string
	meaning
}{
	"cover.set_cover_position":      {"position", meaning{attribute: "window_covering.open_pct"}},
	"cover.set_cover_tilt_position": {"tilt_position", meaning{attribute: "window_covering.tilt_pct"}},
	"fan.set_percentage":            {"percentage", meaning{attribute: "fan.speed_pct"}},
	"media_player.volume_set":       {"volume_level", meaning{attribute: "audio_volume.volume", scale: 100}},
	"humidifier.set_humidity":       {"humidity", meaning{attribute: "humidity_control.target_pct"}},
}

// climate reads the data of the climate services.
func climate(where string, data map[string]any) (deed, *untaken) {
	set := map[string]any{}
	mode := ""
	if data["hvac_mode"] != nil {
		word := text(data["hvac_mode"])
		if data["hvac_mode"] == false {
			word = "off"
		}
		ours, ok := hvacModes[word].(string)
		if !ok {
			return deed{}, cannot(where, "import.no_state", "hvac_mode", word)
		}
		set["thermostat.mode"], mode = ours, ours
	}
	for key, a := range map[string]string{"temperature": "thermostat.heat_setpoint", "target_temp_low": "thermostat.heat_setpoint", "target_temp_high": "thermostat.cool_setpoint"} {
		if data[key] == nil {
			continue
		}
		x, ok := asNumber(data[key])
		if !ok {
			return deed{}, cannot(where, "import.number", text(data[key]))
		}
		if key == "temperature" && mode == "cool" {
			a = "thermostat.cool_setpoint"
		}
		set[a] = x
	}
	if data["preset_mode"] != nil {
		ours, ok := presets[text(data["preset_mode"])]
		if !ok {
			return deed{}, cannot(where, "import.no_state", "preset_mode", text(data["preset_mode"]))
		}
		set["thermostat.preset"] = ours
	}
	if len(set) == 0 {
		return deed{}, cannot(where, "import.action", "climate "+strings.Join(sortedKeys(data), ", "))
	}
	return deed{set: set}, nil
}
