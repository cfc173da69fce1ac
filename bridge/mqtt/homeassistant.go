package mqttbridge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// publication gathers Home Assistant's messages about one device.
type publication struct {
	shown    *shown
	prefix   string
	device   map[string]any
	presence []any
	endpoint model.EndpointDescription
	name     string // of the endpoint; "" for a device of one part
	used     map[model.Attribute]bool
}

// homeAssistant makes the messages of a device: what belongs together (a lamp, a thermostat) as one entity, the rest one by one.
func (x *shown) homeAssistant(prefix, root string, v *home.View, d *home.Device) {
	p := &publication{shown: x, prefix: prefix}
	p.device = map[string]any{"identifiers": []string{x.id}, "name": nameOf(d), "via_device": strings.TrimPrefix(root, "homie/5/")}
	if room, ok := v.Room(d.Room); ok {
		p.device["suggested_area"] = room.Name("en")
	}
	if src := v.Source(d.Sources[0]); src != nil {
		for key, value := range map[string]string{"manufacturer": src.Description.Vendor, "model": src.Description.Model, "sw_version": src.Description.Firmware} {
			if value != "" {
				p.device[key] = value
			}
		}
	}
	if c := connections(v, d); len(c) > 0 {
		p.device["connections"] = c
	}
	p.presence = []any{
		map[string]any{"topic": root + "/$state", "payload_available": "ready", "payload_not_available": "disconnected"},
		map[string]any{"topic": x.base() + "/$state", "payload_available": "ready", "payload_not_available": "lost"},
	}
	for _, e := range d.Endpoints() {
		p.endpoint, p.used, p.name = e, map[model.Attribute]bool{}, ""
		if len(d.Endpoints()) > 1 && e.ID != model.MainEndpoint {
			p.name = e.Label
			if p.name == "" {
				p.name = strings.ReplaceAll(string(e.ID), "_", " ")
			}
		}
		p.whole()
		p.rest()
	}
}

// connections are the addresses by which others recognise the device.
func connections(v *home.View, d *home.Device) (out [][2]string) {
	for _, id := range d.Sources {
		src := v.Source(id)
		if src == nil {
			continue
		}
		for _, i := range src.Description.Identities {
			switch {
			case i.Kind == model.IdentityIEEE:
				out = append(out, [2]string{"zigbee", "0x" + i.Value})
			case i.Kind == model.IdentityMAC && len(i.Value) == 12:
				var parts []string
				for n := 0; n < 12; n += 2 {
					parts = append(parts, i.Value[n:n+2])
				}
				out = append(out, [2]string{"mac", strings.Join(parts, ":")})
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	return slices.Compact(out)
}

// find returns the property of an attribute on the endpoint; nil when it has none.
func (p *publication) find(a model.Attribute) *model.Property {
	i := slices.IndexFunc(p.endpoint.Properties, func(q model.Property) bool { return q.Attribute == a })
	if i < 0 {
		return nil
	}
	return &p.endpoint.Properties[i]
}

func (p *publication) topic(a model.Attribute) string {
	return p.shown.topics[home.Slot{Endpoint: p.endpoint.ID, Attribute: a}]
}

func (p *publication) acts(a model.Attribute) bool { return slices.Contains(p.endpoint.Actions, a) }

// action is the topic to which an action's name is sent.
func (p *publication) action(c model.Capability) string {
	return p.shown.base() + "/" + kebab(string(p.endpoint.ID)) + "--" + kebab(string(c)) + "/action/set"
}

// state ties one attribute's topics to keys of a message: NAME_state_topic and, where it can be set, NAME_command_topic.
func (p *publication) state(m map[string]any, name string, a model.Attribute) bool {
	q := p.find(a)
	if q == nil {
		return false
	}
	p.used[a] = true
	if name != "" {
		name += "_"
	}
	if q.Access != model.AccessWriteOnly {
		m[name+"state_topic"] = p.topic(a)
	}
	if q.Access.CanWrite() {
		m[name+"command_topic"] = p.topic(a) + "/set"
	}
	return true
}

// announce adds a message. The object names the entity within its device.
func (p *publication) announce(component, object, label string, m map[string]any) {
	object = kebab(string(p.endpoint.ID)) + "-" + kebab(object)
	m["unique_id"] = p.shown.id + "-" + object
	m["object_id"] = p.shown.id + "-" + object
	m["device"], m["availability"], m["availability_mode"] = p.device, p.presence, "all"
	m["origin"] = map[string]any{"name": "Concord"}
	name := strings.TrimSpace(p.name + " " + label)
	m["name"] = nil // the device's own
	if name != "" {
		m["name"] = name
	}
	b, err := json.Marshal(m)
	if err != nil {
		return
	}
	p.shown.config[p.prefix+"/"+component+"/"+p.shown.id+"/"+object+"/config"] = string(b)
}

// whole announces what belongs together.
func (p *publication) whole() {
	switch {
	case p.find("thermostat.mode") != nil || p.find("thermostat.heat_setpoint") != nil:
		p.climate()
	case p.find("on_off.on") != nil && (p.find("level.level") != nil || strings.HasPrefix(string(p.endpoint.Type), "light")):
		p.light()
	case p.find("window_covering.open_pct") != nil:
		p.cover()
	case p.find("closure.target") != nil:
		m := map[string]any{"device_class": "garage", "payload_open": "open", "payload_close": "closed", "payload_stop": nil}
		p.state(m, "", "closure.target")
		if p.find("closure.state") != nil {
			m["state_topic"] = p.topic("closure.state")
		}
		p.announce("cover", "closure", "", m)
	case p.find("door_lock.target") != nil:
		m := map[string]any{"payload_lock": "locked", "payload_unlock": "unlocked", "state_locked": "locked", "state_unlocked": "unlocked"}
		p.state(m, "", "door_lock.target")
		if p.find("door_lock.lock") != nil {
			m["state_topic"] = p.topic("door_lock.lock")
		}
		p.announce("lock", "door_lock", "", m)
	case p.find("fan.speed_pct") != nil && p.find("on_off.on") != nil:
		m := map[string]any{"payload_on": "true", "payload_off": "false"}
		p.state(m, "", "on_off.on")
		p.state(m, "percentage", "fan.speed_pct")
		p.announce("fan", "fan", "", m)
	case p.find("siren.active") != nil:
		m := map[string]any{"payload_on": "true", "payload_off": "false", "command_template": "{{ value }}", "support_duration": false, "support_volume_set": false}
		p.state(m, "", "siren.active")
		p.announce("siren", "siren", "", m)
	}
}

func (p *publication) light() {
	m := map[string]any{"payload_on": "true", "payload_off": "false"}
	p.state(m, "", "on_off.on")
	if p.state(m, "brightness", "level.level") {
		m["brightness_scale"], m["on_command_type"] = 100, "last"
	}
	if p.state(m, "color_temp", "color_temperature.kelvin") {
		q := p.find("color_temperature.kelvin")
		m["color_temp_value_template"] = "{{ (1000000 / (value | float(4000))) | round(0) | int }}"
		m["color_temp_command_template"] = "{{ (1000000 / (value | float(250))) | round(0) | int }}"
		if q.Min != nil && q.Max != nil && *q.Min > 0 {
			m["min_mireds"], m["max_mireds"] = int(1e6 / *q.Max), int(1e6 / *q.Min)
		}
	}
	for topic, pair := range p.shown.colors {
		if pair[0].Endpoint != p.endpoint.ID {
			continue
		}
		name, form := "hs", "hsv,{{ hue }},{{ sat }},100"
		if pair[0].Attribute == "color.x" {
			name, form = "xy", "xyz,{{ x }},{{ y }}"
		}
		m[name+"_state_topic"], m[name+"_command_topic"], m[name+"_command_template"] = topic, topic+"/set", form
		m[name+"_value_template"] = "{{ value.split(',')[1] }},{{ value.split(',')[2] }}"
		for _, a := range []model.Attribute{"color.hue", "color.saturation", "color.x", "color.y"} {
			p.used[a] = true
		}
	}
	if q := p.find("light_effect.effect"); q != nil && len(q.Options) > 0 && p.state(m, "effect", "light_effect.effect") {
		m["effect_list"] = q.Options
	}
	p.announce("light", "light", "", m)
}

func (p *publication) cover() {
	q := p.find("window_covering.open_pct")
	p.used[q.Attribute] = true
	m := map[string]any{"position_topic": p.topic(q.Attribute), "position_open": 100, "position_closed": 0}
	if q.Access.CanWrite() {
		set := p.topic(q.Attribute) + "/set"
		m["set_position_topic"], m["command_topic"] = set, set
		m["payload_open"], m["payload_close"], m["payload_stop"] = "100", "0", nil
		if p.acts("window_covering.stop") { // one command topic serves all: the action's
			m["command_topic"], m["payload_stop"] = p.action("window_covering"), "stop"
			m["payload_open"], m["payload_close"] = "open", "close"
		}
	}
	if t := p.find("window_covering.tilt_pct"); t != nil {
		p.used[t.Attribute] = true
		m["tilt_status_topic"] = p.topic(t.Attribute)
		if t.Access.CanWrite() {
			m["tilt_command_topic"] = p.topic(t.Attribute) + "/set"
		}
	}
	p.announce("cover", "window_covering", "", m)
}

func (p *publication) climate() {
	m := map[string]any{"temperature_unit": "C", "precision": 0.1}
	if q := p.find("thermostat.mode"); q != nil && p.state(m, "mode", q.Attribute) {
		var modes []string
		for _, o := range q.Options {
			if w, ok := climateModes[o]; ok {
				modes = append(modes, w)
			}
		}
		m["modes"] = modes
		m["mode_state_template"] = "{{ " + mapping(climateModes) + ".get(value, 'off') }}"
		back := map[string]string{}
		for k, v := range climateModes {
			back[v] = k
		}
		m["mode_command_template"] = "{{ " + mapping(back) + "[value] }}"
	} else {
		m["modes"] = []string{"heat"}
	}
	heat, cool := p.find("thermostat.heat_setpoint"), p.find("thermostat.cool_setpoint")
	if heat == nil {
		heat, cool = cool, nil
	}
	if heat != nil {
		p.state(m, "temperature", heat.Attribute)
		if heat.Min != nil && heat.Max != nil {
			m["min_temp"], m["max_temp"] = *heat.Min, *heat.Max
		}
		if heat.Step > 0 {
			m["temp_step"] = heat.Step
		}
	}
	_ = cool // with a second setpoint it is a number of its own: Home Assistant would otherwise set both
	for _, a := range []model.Attribute{"thermostat.local_temperature", "temperature.celsius"} {
		if p.find(a) != nil {
			p.used[a] = true
			m["current_temperature_topic"] = p.topic(a)
			break
		}
	}
	if p.find("thermostat.running") != nil {
		p.used["thermostat.running"] = true
		m["action_topic"] = p.topic("thermostat.running")
		m["action_template"] = "{{ " + mapping(climateActions) + ".get(value_json[0] if value_json else 'idle', 'idle') }}"
	}
	if q := p.find("fan.mode"); q != nil && p.state(m, "fan_mode", "fan.mode") {
		m["fan_modes"] = q.Options
	}
	p.announce("climate", "thermostat", "", m)
}

// mapping writes a map as a Jinja literal.
func mapping(m map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("'%s':'%s'", k, m[k]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}
