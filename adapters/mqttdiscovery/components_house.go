package mqttdiscovery

import (
	"slices"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// cover is a blind, or a door that is only open or closed.
func cover(b *builder, e *entity) {
	open, closed := e.c.or("payload_open", "OPEN"), e.c.or("payload_close", "CLOSE")
	send := b.sender(e, "command_topic", "command_template")
	states := map[string]string{e.c.or("state_open", "open"): "stopped", e.c.or("state_closed", "closed"): "stopped", e.c.or("state_opening", "opening"): "opening",
		e.c.or("state_closing", "closing"): "closing", e.c.or("state_stopped", "stopped"): "stopped"}
	ends := two(e.c.or("state_open", "open"), e.c.or("state_closed", "closed"), model.Number(100), model.Number(0))
	ways := two(open, closed, model.Number(100), model.Number(0))
	if class := e.c.text("device_class"); (class == "garage" || class == "door" || class == "gate") && !e.c.has("position_topic", "set_position_topic") {
		doorCover(b, e)
		return
	}
	lo, hi := e.c.number("position_closed", 0), e.c.number("position_open", 100)
	position := ranged(lo, hi)
	if lo > hi {
		position = conversion{func(s string) model.Value { return flip(ranged(hi, lo).read(s)) }, func(v model.Value) (string, error) { return ranged(hi, lo).write(flip(v)) }}
	}
	p := &point{property: property("window_covering.open_pct", model.AccessRead)}
	if topic, read, ok := b.reader(e, "position_topic", positionTemplate(e), position.read); ok {
		p.topic, p.read = topic, read
	} else if topic, read, ok := b.reader(e, "state_topic", "value_template", ends.read); ok {
		p.topic, p.read = topic, read
	}
	set := b.sender(e, "set_position_topic", "set_position_template")
	if set != nil || send != nil {
		p.property.Access = model.AccessWrite
		if p.topic == "" {
			p.property.Access = model.AccessWriteOnly
		}
		p.write = func(v model.Value, _ *writing) ([]outgoing, error) {
			if text, err := ways.write(v); err == nil && send != nil {
				return send(text, nil)
			}
			if set == nil {
				return nil, refuse(v, "0 or 100: it knows no positions between")
			}
			text, err := position.write(v)
			if err != nil {
				return nil, err
			}
			return set(text, template.Vars{"position": scalar(text), "position_open": hi, "position_closed": lo})
		}
	}
	b.put(e, p)
	if stop := e.c.or("payload_stop", "STOP"); stop != "" {
		b.act(e, "window_covering.stop", send, stop)
	}
	moving := conversion{read: func(text string) model.Value {
		if w, ok := states[text]; ok {
			return model.String(w)
		}
		return model.Value{}
	}}
	if e.c.has("state_topic") && (e.c.has("state_opening", "state_closing") || !e.c.has("state_stopped")) { // else it only repeats the last command
		b.attribute(e, "window_covering.moving", moving, "state_topic", "value_template", "", "", nil)
	}
	b.attribute(e, "window_covering.tilt_pct", ranged(e.c.number("tilt_min", 0), e.c.number("tilt_max", 100)), "tilt_status_topic", "tilt_status_template", "tilt_command_topic", "tilt_command_template", nil)
	b.thing.description.CommandTimeout = coverTimeout
}

func positionTemplate(e *entity) string {
	if e.c.has("position_template") {
		return "position_template"
	}
	return "value_template"
}

func flip(v model.Value) model.Value {
	f, ok := v.Number()
	if !ok {
		return v
	}
	return model.Number(100 - f)
}

func doorCover(b *builder, e *entity) {
	conv := two(e.c.or("state_open", "open"), e.c.or("state_closed", "closed"), model.String("open"), model.String("closed"))
	state := conversion{read: func(text string) model.Value {
		if text == e.c.or("state_opening", "opening") || text == e.c.or("state_closing", "closing") {
			return model.String("moving")
		}
		return conv.read(text)
	}}
	conv.write = two(e.c.or("payload_open", "OPEN"), e.c.or("payload_close", "CLOSE"), model.String("open"), model.String("closed")).write
	b.attribute(e, "closure.state", state, "state_topic", "value_template", "", "", nil)
	b.attribute(e, "closure.target", conv, "state_topic", "value_template", "command_topic", "command_template", func(p *model.Property) { p.Options = []string{"closed", "open"} })
	b.act(e, "closure.stop", b.sender(e, "command_topic", "command_template"), e.c.or("payload_stop", "STOP"))
	b.thing.description.CommandTimeout = coverTimeout
}

func lock(b *builder, e *entity) {
	locked, unlocked := e.c.or("state_locked", "LOCKED"), e.c.or("state_unlocked", "UNLOCKED")
	if r := b.rule(e); r != nil && r.to == "child_lock.locked" { // Zigbee2MQTT 1.x says a child lock is a lock
		read, write := truth(locked, unlocked), truth(e.c.or("payload_lock", "LOCK"), e.c.or("payload_unlock", "UNLOCK"))
		b.simple(e, r.to, conversion{read.read, write.write}, nil)
		return
	}
	read := two(locked, unlocked, model.String("locked"), model.String("unlocked"))
	write := two(e.c.or("payload_lock", "LOCK"), e.c.or("payload_unlock", "UNLOCK"), model.String("locked"), model.String("unlocked"))
	b.attribute(e, "door_lock.target", conversion{read.read, write.write}, "state_topic", "value_template", "command_topic", "command_template", nil)
	jammed := e.c.or("state_jammed", "JAMMED")
	b.attribute(e, "door_lock.lock", conversion{read: func(text string) model.Value {
		if text == jammed {
			return model.String("not_fully_locked")
		}
		return read.read(text)
	}}, "state_topic", "value_template", "", "", nil)
	if unlatch := e.c.text("payload_open"); unlatch != "" {
		b.act(e, "door_lock.unlatch", b.sender(e, "command_topic", "command_template"), unlatch)
	}
	b.thing.description.CommandTimeout = coverTimeout
}

func climate(b *builder, e *entity) {
	temperature := scaled(1, 0)
	if e.c.text("temperature_unit") == "F" {
		temperature = scaled(5.0/9, -160.0/9)
	}
	modes := e.c.list("modes")
	if !e.c.has("modes") {
		modes = []string{"auto", "off", "cool", "heat", "dry", "fan_only"}
	}
	cools := slices.Contains(modes, "cool") || slices.Contains(modes, "heat_cool")
	heats := slices.ContainsFunc(modes, func(m string) bool { return m == "heat" || m == "heat_cool" || m == "auto" }) || !cools
	conv, members := words(wordLists["mode"], modes)
	b.attribute(e, "thermostat.mode", conv, "mode_state_topic", "mode_state_template", "mode_command_topic", "mode_command_template", func(p *model.Property) { p.Options = members })
	limits := narrow(e, "min_temp", "max_temp", "temp_step")
	setpoint := func(a model.Attribute, prefix string) {
		b.attribute(e, a, temperature, prefix+"_state_topic", prefix+"_state_template", prefix+"_command_topic", prefix+"_command_template", limits)
	}
	if e.c.has("temperature_command_topic", "temperature_state_topic") {
		if heats {
			setpoint("thermostat.heat_setpoint", "temperature")
		}
		if cools {
			setpoint("thermostat.cool_setpoint", "temperature")
		}
	} else {
		setpoint("thermostat.heat_setpoint", "temperature_low")
		setpoint("thermostat.cool_setpoint", "temperature_high")
	}
	b.attribute(e, "thermostat.local_temperature", conversion{read: temperature.read}, "current_temperature_topic", "current_temperature_template", "", "", nil)
	b.attribute(e, "humidity.percent", conversion{read: scaled(1, 0).read}, "current_humidity_topic", "current_humidity_template", "", "", nil)
	b.attribute(e, "thermostat.running", sets(wordLists["running"]), "action_topic", "action_template", "", "", nil)
	b.modes(e, "fan.mode", "fanmode", "fan_modes", "fan_mode_state_topic", "fan_mode_state_template", "fan_mode_command_topic", "fan_mode_command_template")
	b.modes(e, "thermostat.preset", "preset", "preset_modes", "preset_mode_state_topic", "preset_mode_value_template", "preset_mode_command_topic", "preset_mode_command_template")
	if swings := e.c.list("swing_modes"); len(swings) > 0 {
		b.attribute(e, "thermostat.swing", plain(), "swing_mode_state_topic", "swing_mode_state_template", "swing_mode_command_topic", "swing_mode_command_template", func(p *model.Property) { p.Options = swings })
	}
	power := truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	b.attribute(e, "on_off.on", power, "power_state_topic", "power_state_template", "power_command_topic", "power_command_template", nil)
}

func valve(b *builder, e *entity) {
	if e.c.truth("reports_position") {
		b.attribute(e, "valve.level_pct", ranged(e.c.number("position_closed", 0), e.c.number("position_open", 100)), "state_topic", "value_template", "command_topic", "command_template", nil)
		return
	}
	read := two(e.c.or("state_open", "open"), e.c.or("state_closed", "closed"), model.String("open"), model.String("closed"))
	write := two(e.c.or("payload_open", "OPEN"), e.c.or("payload_close", "CLOSE"), model.String("open"), model.String("closed"))
	b.attribute(e, "valve.target", conversion{read.read, write.write}, "state_topic", "value_template", "command_topic", "command_template", nil)
	b.attribute(e, "valve.state", conversion{read: func(text string) model.Value {
		if text == e.c.or("state_opening", "opening") || text == e.c.or("state_closing", "closing") {
			return model.String("transitioning")
		}
		return read.read(text)
	}}, "state_topic", "value_template", "", "", nil)
}

func siren(b *builder, e *entity) {
	read, write := switching(e), truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	b.attribute(e, "siren.active", conversion{read.read, write.write}, "state_topic", "state_value_template", "command_topic", "command_template", nil)
}

// vacuum reads the one state object of a robot, as Valetudo publishes it.
func vacuum(b *builder, e *entity) {
	topic := e.c.text("state_topic")
	own := func(a model.Attribute, key string, read func(any) model.Value) {
		if topic != "" {
			b.put(e, &point{property: property(a, model.AccessRead), topic: topic, read: func(m *message) model.Value { return read(m.member(key)) }})
		}
	}
	own("robot_vacuum.state", "state", func(v any) model.Value {
		s, _ := v.(string)
		if w, ok := wordLists["vacuum"][s]; ok {
			return model.String(w)
		}
		return model.Value{}
	})
	if slices.Contains(e.c.list("supported_features"), "battery") {
		own("power_source.battery_pct", "battery_level", func(v any) model.Value {
			if f, ok := float(v); ok {
				return model.Number(f)
			}
			return model.Value{}
		})
	}
	if speeds := e.c.list("fan_speed_list"); len(speeds) > 0 {
		p := &point{property: property("robot_vacuum.suction", model.AccessWrite), topic: topic, read: func(m *message) model.Value {
			if s, ok := m.member("fan_speed").(string); ok && slices.Contains(speeds, s) {
				return model.String(s)
			}
			return model.Value{}
		}}
		p.property.Options = speeds
		if send := b.sender(e, "set_fan_speed_topic", ""); send != nil {
			p.write = func(v model.Value, _ *writing) ([]outgoing, error) { return send(v.String(), nil) }
		} else {
			p.property.Access = model.AccessRead
		}
		b.put(e, p)
	}
	features := e.c.list("supported_features")
	send := b.sender(e, "command_topic", "")
	for _, c := range []struct {
		feature, payload, otherwise string
		action                      model.Attribute
	}{
		{"start", "payload_start", "start", "robot_vacuum.start"}, {"pause", "payload_pause", "pause", "robot_vacuum.pause"}, {"stop", "payload_stop", "stop", "robot_vacuum.stop"},
		{"return_home", "payload_return_to_base", "return_to_base", "robot_vacuum.dock"}, {"locate", "payload_locate", "locate", "robot_vacuum.locate"},
	} {
		if len(features) == 0 || slices.Contains(features, c.feature) {
			b.act(e, c.action, send, e.c.or(c.payload, c.otherwise))
		}
	}
}

func mower(b *builder, e *entity) {
	conv, _ := words(wordLists["vacuum"], nil)
	b.attribute(e, "robot_vacuum.state", conversion{read: conv.read}, "activity_state_topic", "activity_value_template", "", "", nil)
	b.act(e, "robot_vacuum.start", b.sender(e, "start_mowing_command_topic", "start_mowing_command_template"), "start_mowing")
	b.act(e, "robot_vacuum.pause", b.sender(e, "pause_command_topic", "pause_command_template"), "pause")
	b.act(e, "robot_vacuum.dock", b.sender(e, "dock_command_topic", "dock_command_template"), "dock")
}

// panel is an alarm system; the code that a person gives goes into the command's template.
func panel(b *builder, e *entity) {
	conv, _ := words(wordLists["alarm"], nil)
	b.attribute(e, "security_panel.state", conversion{read: conv.read}, "state_topic", "value_template", "", "", nil)
	send := b.sender(e, "command_topic", "command_template")
	if send == nil {
		return
	}
	payloads := map[string]string{"armed_home": e.c.or("payload_arm_home", "ARM_HOME"), "armed_away": e.c.or("payload_arm_away", "ARM_AWAY"), "armed_night": e.c.or("payload_arm_night", "ARM_NIGHT")}
	act := func(name model.Attribute, payload func(args map[string]model.Value) string) {
		b.thing.actions = append(b.thing.actions, action{e.endpoint, name, func(args map[string]model.Value) ([]outgoing, error) {
			code, _ := args["code"].Text()
			p := payload(args)
			return send(p, template.Vars{"action": p, "code": code})
		}})
	}
	act("security_panel.arm", func(args map[string]model.Value) string { level, _ := args["level"].Text(); return payloads[level] })
	act("security_panel.disarm", func(map[string]model.Value) string { return e.c.or("payload_disarm", "DISARM") })
}

func waterHeater(b *builder, e *entity) {
	b.modes(e, "water_heater.mode", "waterheater", "modes", "mode_state_topic", "mode_state_template", "mode_command_topic", "mode_command_template")
	temperature := scaled(1, 0)
	if e.c.text("temperature_unit") == "F" {
		temperature = scaled(5.0/9, -160.0/9)
	}
	b.attribute(e, "thermostat.heat_setpoint", temperature, "temperature_state_topic", "temperature_state_template", "temperature_command_topic", "temperature_command_template", narrow(e, "min_temp", "max_temp", "precision"))
	b.attribute(e, "thermostat.local_temperature", conversion{read: temperature.read}, "current_temperature_topic", "current_temperature_template", "", "", nil)
	power := truth(e.c.or("payload_on", "ON"), e.c.or("payload_off", "OFF"))
	b.attribute(e, "on_off.on", power, "", "", "power_command_topic", "power_command_template", nil)
}
