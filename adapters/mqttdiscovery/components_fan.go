package mqttdiscovery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// fan, whose speeds are percent of a range, and humidifier.
func fan(b *builder, e *entity) {
	read, write := switching(e), truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	b.attribute(e, "on_off.on", conversion{read.read, write.write}, "state_topic", templateKey(e), "command_topic", "command_template", nil)
	lo, hi := e.c.number("speed_range_min", 1), e.c.number("speed_range_max", 100)
	b.attribute(e, "fan.speed_pct", ranged(lo-1, hi), "percentage_state_topic", "percentage_value_template", "percentage_command_topic", "percentage_command_template", nil)
	swing := truth(e.c.or("payload_oscillation_on", "oscillate_on"), e.c.or("payload_oscillation_off", "oscillate_off"))
	b.attribute(e, "fan.swing", setOf(swing, "round"), "oscillation_state_topic", "oscillation_value_template", "oscillation_command_topic", "oscillation_command_template",
		func(p *model.Property) { p.Options = []string{"round"} })
	direction := two("forward", "reverse", model.String("forward"), model.String("reverse"))
	b.attribute(e, "fan.direction", direction, "direction_state_topic", "direction_value_template", "direction_command_topic", "direction_command_template", nil)
	b.modes(e, "fan.mode", "fanmode", "preset_modes", "preset_mode_state_topic", "preset_mode_value_template", "preset_mode_command_topic", "preset_mode_command_template")
}

// setOf makes a set with one possible member of a truth value.
func setOf(c conversion, member string) conversion {
	return conversion{func(text string) model.Value {
		yes, ok := c.read(text).Bool()
		switch {
		case !ok:
			return model.Value{}
		case yes:
			return model.Set(member)
		}
		return model.Set()
	}, func(v model.Value) (string, error) {
		m, ok := v.Members()
		if !ok {
			return "", fmt.Errorf("got %s, expected a set", v)
		}
		return c.write(model.Bool(len(m) > 0))
	}}
}

// modes puts an enum where all of the device's words have a name in the catalogue, else a setting in its own words.
func (b *builder) modes(e *entity, a model.Attribute, list, optionsKey, stateTopic, stateTemplate, commandTopic, commandTemplate string) {
	options := e.c.list(optionsKey)
	if len(options) == 0 {
		return
	}
	conv, members := words(wordLists[list], options)
	p := model.LookupAttribute(a)
	members = slices.DeleteFunc(members, func(m string) bool { return !slices.Contains(p.Options, m) })
	if len(members) < len(options) {
		own := model.Attribute("setting." + cmp.Or(strings.TrimSuffix(optionsKey, "s"), "mode"))
		b.attribute(e, own, plain(), stateTopic, stateTemplate, commandTopic, commandTemplate, func(p *model.Property) { p.Type, p.Options = model.TypeEnum, options })
	}
	if len(members) > 0 {
		b.attribute(e, a, conv, stateTopic, stateTemplate, commandTopic, commandTemplate, func(p *model.Property) { p.Options = members })
	}
}

func humidifier(b *builder, e *entity) {
	read, write := switching(e), truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	b.attribute(e, "on_off.on", conversion{read.read, write.write}, "state_topic", templateKey(e), "command_topic", "command_template", nil)
	b.attribute(e, "humidity_control.target_pct", scaled(1, 0), "target_humidity_state_topic", "target_humidity_state_template", "target_humidity_command_topic", "target_humidity_command_template", narrow(e, "min_humidity", "max_humidity", ""))
	b.attribute(e, "humidity.percent", conversion{read: scaled(1, 0).read}, "current_humidity_topic", "current_humidity_template", "", "", nil)
	running := conversion{read: func(text string) model.Value {
		if w, ok := map[string]string{"humidifying": "humidifying", "drying": "dehumidifying", "idle": "idle", "off": "idle"}[text]; ok {
			return model.String(w)
		}
		return model.Value{}
	}}
	b.attribute(e, "humidity_control.running", running, "action_topic", "action_template", "", "", nil)
	if options := e.c.list("modes"); len(options) > 0 {
		b.attribute(e, "setting.mode", plain(), "mode_state_topic", "mode_state_template", "mode_command_topic", "mode_command_template", func(p *model.Property) { p.Type, p.Options = model.TypeEnum, options })
	}
}
