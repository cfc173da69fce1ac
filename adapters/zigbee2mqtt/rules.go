package zigbee2mqtt

import "strings"

// rule says what an expose means. Rules are tried in order and the first that suits wins;
// an expose that none suits becomes a setting or a measurement.
type rule struct {
	in    string // the bundles it holds in, separated by |; "" is a bare expose, "*" any
	names string // exposes' names, separated by spaces
	typ   string // the expose's type; "" is any
	when  func(d *facts, l leaf) bool
	to    []landing
	// keep leaves the expose a setting as well: the attributes say less than it does.
	keep bool
}

// landing is one attribute, action or event that a rule maps an expose to.
type landing struct {
	what string // "on_off.on"
	how  string // a conversion, or "action" or "event"
	// part gives the attribute an endpoint of its own, named after the expose: a second
	// thermometer beside the first, the second phase of a meter.
	part bool
	// field is the member of a composite that is mapped; "" is the expose itself.
	field string
}

func to(what, how string) []landing { return []landing{{what: what, how: how}} }

func and(ls []landing, what, how string) []landing { return append(ls, landing{what: what, how: how}) }

func part(what, how string) []landing { return []landing{{what: what, how: how, part: true}} }

// rules is the translation of Zigbee2MQTT's vocabulary: what a device does and senses.
var rules = []rule{
	{in: "*", names: "linkquality", to: to("health.lqi", "number")},

	// Locks, before switches: their state is not on or off.
	{in: "lock", names: "state", to: to("door_lock.target", "lock")},
	{in: "lock", names: "lock_state", to: to("door_lock.lock", "lockstate")},
	{in: "*", names: "lock_state state", typ: "binary", when: lockWords, to: to("door_lock.lock", "lockstate")},
	{in: "*", names: "door_state", typ: "enum", when: is("lock"), to: to("door_lock.door", "door")},
	{in: "*", names: "auto_relock_time", typ: "numeric", to: to("door_lock.auto_relock", "number")},
	{in: "", names: "action_source_name action_user", when: is("lock"), to: to("door_lock.operation", "detail")},
	{in: "", names: "action", when: is("lock"), to: to("door_lock.operation", "event")},

	// Covers and garage doors.
	{in: "cover", names: "state", when: all(garage, not(has("position"))), to: and(to("closure.target", "open"), "closure.stop", "action")},
	{in: "cover", names: "state", when: not(has("position")), to: and(to("window_covering.open_pct", "openclose"), "window_covering.stop", "action")},
	{in: "cover", names: "state", to: to("window_covering.stop", "action")},
	{in: "cover", names: "position", to: to("window_covering.open_pct", "number")},
	{in: "cover", names: "tilt", to: to("window_covering.tilt_pct", "number")},
	{in: "*", names: "moving motor_state running_status cover_state", typ: "enum", when: is("cover"), to: to("window_covering.moving", "moving")},
	{in: "", names: "trigger state", typ: "binary", when: garage, to: to("closure.target", "open")},
	{in: "", names: "garage_door_contact", typ: "binary", when: garage, to: to("closure.state", "doorcontact")},

	// Valves, before switches.
	{in: "switch|", names: "state valve_state valve", typ: "binary", when: all(valve, ownState), to: and(to("valve.target", "open"), "valve.state", "open")},
	{in: "", names: "valve_1 valve_2 valve_3 valve_4", typ: "binary", when: all(valve, settable),
		to: []landing{{what: "valve.target", how: "open", part: true}, {what: "valve.state", how: "open", part: true}}},
	{in: "", names: "gas_valve_state", typ: "binary", to: and(to("valve.target", "open"), "valve.state", "open")},
	{in: "", names: "valve_state valve_status valve_work_state", typ: "enum", when: valve, to: to("valve.state", "valvestate")},
	{in: "", names: "position", typ: "numeric", when: all(valve, settable), to: to("valve.level_pct", "number")},
	{in: "", names: "timer_time_left time_left countdown_left", typ: "numeric", when: valve, to: to("valve.remaining", "number")},

	// Sirens.
	{in: "", names: "state alarm siren siren_on siren_state alarm_state alarm_switch", typ: "binary", when: all(siren, settable), to: to("siren.active", "bool")},
	{in: "", names: "warning", typ: "composite", to: to("siren.active", "warning")},
	{in: "", names: "alarm", typ: "binary", when: all(settable, has("melody", "volume", "alarm_melody")), to: to("siren.active", "bool")},
	{in: "", names: "alarm alarm_state", typ: "enum", when: all(siren, settable), to: and(to("siren.signal", "signal"), "siren.active", "sounding")},
	{in: "", names: "melody alarm_melody alarm_ringtone ringtone alarm_sound_type", typ: "enum", to: to("siren.tone", "same")},
	{in: "", names: "volume alarm_volume", typ: "numeric", when: all(siren, settable), to: to("siren.volume", "percent254")},
	{in: "", names: "duration alarm_time alarm_duration max_duration warning_duration", typ: "numeric", when: all(siren, settable), to: to("siren.duration", "number")},

	// Lights, switches, plugs.
	{in: "light|switch", names: "state", when: ownState, to: to("on_off.on", "bool")},
	{in: "", names: "state", typ: "binary", when: onOffWords, to: to("on_off.on", "bool")},
	{in: "*", names: "power_on_behavior power_outage_memory relay_status power_on_state", typ: "enum", to: to("on_off.startup", "startup")},
	{in: "*", names: "power_outage_memory", typ: "binary", to: to("on_off.startup", "startbool")},
	{in: "*", names: "countdown", typ: "numeric", when: all(settable, togglesAfter), to: to("on_off.on_for", "action")},
	{in: "light", names: "brightness", to: to("level.level", "percent254")},
	{in: "light", names: "color_temp", to: to("color_temperature.kelvin", "mired")},
	{in: "light", names: "color_temp_startup", to: to("color_temperature.startup_kelvin", "mired")},
	{in: "light", names: "color_xy", to: and(to("color.x", "field"), "color.y", "field")},
	{in: "light", names: "color_hs", to: and(to("color.hue", "field"), "color.saturation", "field")},
	{in: "", names: "effect", typ: "enum", when: is("light"), to: to("light_effect.effect", "same")},
	{in: "", names: "effect", typ: "enum", when: blinks, to: to("identify.identify", "action")},
	{in: "", names: "effect_speed", typ: "numeric", when: is("light"), to: to("light_effect.speed", "percent254")},
	{in: "*", names: "identify", to: to("identify.identify", "action")},

	// Heating and cooling.
	{in: "climate|", names: "local_temperature current_temperature", typ: "numeric", when: climatic, to: to("thermostat.local_temperature", "number")},
	{in: "climate|", names: "occupied_heating_setpoint current_heating_setpoint target_temperature", typ: "numeric", when: all(climatic, oneSetpoint),
		to: and(to("thermostat.heat_setpoint", "number"), "thermostat.cool_setpoint", "number")},
	{in: "climate|", names: "occupied_heating_setpoint current_heating_setpoint target_temperature", typ: "numeric", when: climatic, to: to("thermostat.heat_setpoint", "number")},
	{in: "climate|", names: "occupied_cooling_setpoint current_cooling_setpoint", typ: "numeric", when: climatic, to: to("thermostat.cool_setpoint", "number")},
	{in: "climate|", names: "unoccupied_heating_setpoint", to: to("thermostat.unoccupied_heat_setpoint", "number")},
	{in: "climate|", names: "unoccupied_cooling_setpoint", to: to("thermostat.unoccupied_cool_setpoint", "number")},
	{in: "climate|", names: "system_mode", typ: "enum", when: forcedHeat, to: to("thermostat.mode", "forcedmode")},
	{in: "climate|", names: "system_mode", typ: "enum", to: to("thermostat.mode", "mode")},
	{in: "climate|", names: "running_state", typ: "enum", to: to("thermostat.running", "running")},
	{in: "climate|", names: "running_mode", typ: "enum", when: not(has("running_state")), to: to("thermostat.running", "running")},
	{in: "climate|", names: "preset pilot_wire_mode", typ: "enum", to: to("thermostat.preset", "preset")},
	{in: "*", names: "local_temperature_calibration", typ: "numeric", when: climatic, to: to("thermostat.calibration", "number")},
	{in: "*", names: "temperature_calibration", typ: "numeric", when: is("climate"), to: to("thermostat.calibration", "number")},
	{in: "*", names: "pi_heating_demand", typ: "numeric", to: to("thermostat.demand_pct", "number")},
	{in: "*", names: "position valve_position valve_opening_percentage heating_demand", typ: "numeric", when: all(is("climate"), not(settable), not(has("pi_heating_demand"))), to: to("thermostat.demand_pct", "number")},
	{in: "*", names: "pi_cooling_demand", typ: "numeric", to: to("thermostat.cool_demand_pct", "number")},
	{in: "*", names: "min_heat_setpoint_limit min_temperature min_temperature_limit", typ: "numeric", when: climatic, to: to("thermostat.min_heat", "number")},
	{in: "*", names: "max_heat_setpoint_limit max_temperature max_temperature_limit", typ: "numeric", when: climatic, to: to("thermostat.max_heat", "number")},
	{in: "*", names: "min_cool_setpoint_limit", typ: "numeric", to: to("thermostat.min_cool", "number")},
	{in: "*", names: "max_cool_setpoint_limit", typ: "numeric", to: to("thermostat.max_cool", "number")},
	{in: "*", names: "outdoor_temperature outdoor_air_temperature", typ: "numeric", when: all(climatic, not(settable)), to: to("thermostat.outdoor_temperature", "number")},
	{in: "*", names: "setpoint_change_source", typ: "enum", to: to("thermostat.setpoint_source", "source")},
	{in: "*", names: "window_open window open_window window_state", typ: "binary", when: all(climatic, not(settable)), to: to("thermostat.window_open", "bool")},
	{in: "*", names: "deadzone_temperature deadband hysteresis", typ: "numeric", when: is("climate"), to: to("thermostat.deadband", "number")},
	{in: "climate|", names: "swing_mode vanes_swing", when: climatic, to: to("fan.swing", "swing")},
	{in: "climate", names: "swing_mode", to: to("thermostat.swing", "same")},
	{in: "climate|fan|", names: "fan_mode mode", typ: "enum", when: fanMode, to: to("fan.mode", "fanmode")},
	{in: "fan", names: "state", when: not(is("climate")), to: to("on_off.on", "bool")},
	{in: "fan", names: "speed", typ: "numeric", to: to("fan.speed_pct", "percent254")},
	{in: "", names: "fan_speed", typ: "numeric", to: to("fan.speed", "number")},
	{in: "", names: "fan_speed", typ: "enum", to: to("fan.mode", "fanmode")},
	{in: "*", names: "child_lock key_lock lock_child", to: to("child_lock.locked", "childlock")},
	{in: "*", names: "keypad_lockout", to: to("child_lock.locked", "lockout")},
	{in: "", names: "replace_filter", typ: "binary", to: to("filter.change", "due")},

	// Sensors.
	{in: "", names: "contact", typ: "binary", to: to("contact.open", "not")},
	{in: "", names: "contact_alarm_1 contact_alarm_2", typ: "binary", to: to("contact.open", "bool")}, // the zone's alarm: open
	{in: "", names: "opening_state", typ: "enum", to: to("contact.open", "opening")},
	{in: "", names: "occupancy presence motion pir occupancy_alarm_1 occupancy_alarm_2", typ: "binary", to: to("occupancy.occupied", "bool")},
	{in: "", names: "presence_state presence_status human_presence_state", typ: "binary", to: to("occupancy.occupied", "bool")},
	{in: "", names: "presence_state presence_status human_presence_state motion_state state", typ: "enum", to: to("occupancy.occupied", "presence")},
	{in: "", names: "occupancy_timeout keep_time fading_time presence_timeout occupied_to_unoccupied_delay departure_delay hold_time presence_keep_time fade_time motion_timeout absence_delay_timer",
		typ: "numeric", when: sensing, to: to("occupancy.hold_time", "number")},
	{in: "", names: "target_distance dis_current", typ: "numeric", when: all(sensing, not(settable)), to: to("occupancy.distance", "number")},
	{in: "", names: "target_count people_count", typ: "numeric", to: to("occupancy.targets", "number")},
	{in: "", names: "water_leak leak water_leak_alarm_1 water_leak_alarm_2", typ: "binary", to: to("water_leak.leak", "bool")},
	{in: "", names: "rain raining", typ: "binary", to: to("rain.raining", "bool")},
	{in: "", names: "rain_intensity", typ: "numeric", when: unit("mm/h"), to: to("rain.rate", "number")},
	{in: "", names: "smoke smoke_state smoke_alarm smoke_alarm_1 smoke_alarm_2", to: to("smoke_co_alarm.smoke", "alarm")},
	{in: "", names: "carbon_monoxide co_alarm carbon_monoxide_alarm carbon_monoxide_alarm_1 carbon_monoxide_alarm_2", typ: "binary", to: to("smoke_co_alarm.co", "alarm")},
	{in: "", names: "silence mute muffling", typ: "binary", when: all(has("smoke"), settable), to: to("smoke_co_alarm.mute", "action")},
	{in: "", names: "self_test selftest", when: all(has("smoke"), settable), to: to("smoke_co_alarm.self_test", "action")},
	{in: "", names: "self_test selftest", when: all(has("gas"), settable), to: to("gas_leak.self_test", "action")},
	{in: "", names: "gas gas_alarm gas_alarm_1 gas_alarm_2", to: to("gas_leak.gas", "alarm")},
	{in: "", names: "gas gas_value gas_density gas_concentration", typ: "numeric", when: not(settable), to: to("gas_leak.concentration", "number")},
	{in: "", names: "tamper tampered", typ: "binary", to: to("tamper.tampered", "bool")},
	{in: "", names: "vibration shock", typ: "binary", when: not(settable), to: to("vibration.vibrating", "bool")},
	{in: "", names: "angle_x angle_x_absolute", typ: "numeric", to: to("vibration.angle_x", "number")},
	{in: "", names: "angle_y angle_y_absolute", typ: "numeric", to: to("vibration.angle_y", "number")},
	{in: "", names: "angle_z", typ: "numeric", to: to("vibration.angle_z", "number")},
	{in: "", names: "trouble fault error alarm_fault sensor_fault fault_alarm", typ: "binary", when: not(settable), to: to("fault.active", "bool")},
	{in: "", names: "ac_connected", typ: "enum", to: to("fault.codes", "codes")},
	{in: "", names: "fault error fault_code error_status error_code", when: not(settable), to: to("fault.codes", "codes")},
	{in: "", names: "temperature soil_temperature air_temperature ambient_temperature", typ: "numeric", when: not(settable), to: to("temperature.celsius", "number")},
	{in: "", names: "temperature soil_temperature floor_temperature external_temperature water_temperature probe_temperature temperature_probe temperature_sensor temperature_1 temperature_2 temperature_3 temperature_l1 temperature_l2 ext_temperature remote_temperature local_temperature_floor target_temperature_floor temperature_external floor_sensor_temperature heatsink_temperature object_temperature surface_temperature local_temperature current_temperature outdoor_temperature outdoor_air_temperature",
		typ: "numeric", when: not(settable), to: part("temperature.celsius", "number")},
	{in: "", names: "humidity", typ: "numeric", when: not(settable), to: to("humidity.percent", "number")},
	{in: "", names: "humidity humidity_1 humidity_2 outdoor_humidity humidity_probe", typ: "numeric", when: not(settable), to: part("humidity.percent", "number")},
	{in: "", names: "pressure", typ: "numeric", when: unit("hPa", "kPa", "Pa", "mbar"), to: to("pressure.hpa", "number")},
	{in: "", names: "illuminance_lux illuminance", typ: "numeric", when: unit("lx"), to: to("illuminance.lux", "number")},
	{in: "", names: "soil_moisture moisture", typ: "numeric", to: to("soil_moisture.percent", "number")},
	{in: "", names: "soil_moisture soil_moisture_1 soil_moisture_2 soil_moisture_3", typ: "numeric", to: part("soil_moisture.percent", "number")},
	{in: "", names: "co2", typ: "numeric", to: to("concentration.co2_ppm", "number")},
	{in: "", names: "co carbon_monoxide", typ: "numeric", to: to("concentration.co_ppm", "number")},
	{in: "", names: "pm1 pm1_0 pm01", typ: "numeric", to: to("concentration.pm1_ugm3", "number")},
	{in: "", names: "pm25 pm2_5", typ: "numeric", to: to("concentration.pm25_ugm3", "number")},
	{in: "", names: "pm10", typ: "numeric", to: to("concentration.pm10_ugm3", "number")},
	{in: "", names: "voc tvoc voc_concentration", typ: "numeric", when: unit("ppb", "ppm"), to: to("concentration.tvoc_ppb", "number")},
	{in: "", names: "voc tvoc voc_concentration", typ: "numeric", when: unit("µg/m³", "mg/m³"), to: to("concentration.tvoc_ugm3", "number")},
	{in: "", names: "voc_index voc", typ: "numeric", when: unit("", "VOC Index points"), to: to("air_quality.voc_index", "index")},
	{in: "", names: "formaldehyd formaldehyde hcho", typ: "numeric", to: to("concentration.ch2o_mgm3", "number")},
	{in: "", names: "ozone o3", typ: "numeric", to: to("concentration.o3_ppb", "number")},
	{in: "", names: "no2", typ: "numeric", to: to("concentration.no2_ppb", "number")},
	{in: "", names: "radon", typ: "numeric", to: to("concentration.radon_bqm3", "number")},
	{in: "", names: "air_quality", typ: "enum", to: to("air_quality.index", "quality")},
	{in: "", names: "aqi", typ: "numeric", to: to("air_quality.aqi", "index")},
	{in: "", names: "noise sound_volume", typ: "numeric", when: all(not(settable), unit("dB", "dBA")), to: to("sound_level.dba", "number")},
	{in: "", names: "noise_detected", typ: "binary", to: to("sound_level.detected", "bool")},
	{in: "", names: "flow flow_rate water_flow instantaneous_flow_rate", typ: "numeric", when: unit("m³/h", "l/min", "l/h"), to: to("flow.m3h", "number")},
	{in: "", names: "water_consumed water_consumption total_flow volume total_volume", typ: "numeric", when: all(not(settable), unit("m³", "l")), to: to("flow.total", "number")},

	// Battery and mains.
	{in: "", names: "battery", typ: "numeric", to: to("power_source.battery_pct", "number")},
	{in: "", names: "battery_low", typ: "binary", to: to("power_source.battery_level", "low")},
	{in: "", names: "battery_state battery_level", typ: "enum", to: to("power_source.battery_level", "batlevel")},
	{in: "", names: "battery_state charging_status charge_state charge_status battery_charging charging_state", typ: "enum", to: to("power_source.charge_state", "charge")},
	{in: "", names: "charging battery_charging charging_status", typ: "binary", to: to("power_source.charge_state", "charging")},
	{in: "", names: "battery_defect battery_replacement", typ: "binary", to: to("power_source.replace_needed", "bool")},
	{in: "", names: "battery_voltage", typ: "numeric", to: to("power_source.battery_voltage", "number")},
	{in: "", names: "voltage", typ: "numeric", when: onBattery, to: to("power_source.battery_voltage", "number")},

	// Electricity. A phase is an endpoint of its own.
	{in: "", names: "power active_power total_power power_total", typ: "numeric", when: not(settable), to: to("power_meter.watts", "number")},
	{in: "", names: "power_a power_b power_c power_phase_a power_phase_b power_phase_c power_l1 power_l2 power_l3 power_1 power_2 active_power_ph_b active_power_ph_c total_power",
		typ: "numeric", when: not(settable), to: part("power_meter.watts", "number")},
	{in: "", names: "voltage mains_voltage", typ: "numeric", when: not(settable), to: to("power_meter.volts", "number")},
	{in: "", names: "voltage_a voltage_b voltage_c voltage_phase_a voltage_phase_b voltage_phase_c voltage_l1 voltage_l2 voltage_l3", typ: "numeric", when: not(settable), to: part("power_meter.volts", "number")},
	{in: "", names: "current", typ: "numeric", when: not(settable), to: to("power_meter.amps", "number")},
	{in: "", names: "current_a current_b current_c current_phase_a current_phase_b current_phase_c current_l1 current_l2 current_l3 current_neutral", typ: "numeric", when: not(settable), to: part("power_meter.amps", "number")},
	{in: "", names: "ac_frequency frequency", typ: "numeric", when: not(settable), to: to("power_meter.hz", "number")},
	{in: "", names: "power_factor", typ: "numeric", to: to("power_meter.power_factor", "number")},
	{in: "", names: "power_factor_a power_factor_b power_factor_c power_factor_phase_a power_factor_phase_b power_factor_phase_c power_factor_l1 power_factor_l2 power_factor_l3", typ: "numeric", to: part("power_meter.power_factor", "number")},
	{in: "", names: "power_apparent apparent_power", typ: "numeric", to: to("power_meter.va", "number")},
	{in: "", names: "total_power_apparent power_apparent_phase_b power_apparent_phase_c power_apparent_a power_apparent_b power_apparent_c", typ: "numeric", to: part("power_meter.va", "number")},
	{in: "", names: "power_reactive reactive_power", typ: "numeric", to: to("power_meter.var", "number")},
	{in: "", names: "total_power_reactive power_reactive_phase_b power_reactive_phase_c power_reactive_a power_reactive_b power_reactive_c", typ: "numeric", to: part("power_meter.var", "number")},
	{in: "", names: "energy consumed_energy consumption total_energy energy_consumed", typ: "numeric", when: not(settable), to: to("energy_meter.imported_kwh", "number")},
	{in: "", names: "energy_a energy_b energy_c energy_phase_a energy_phase_b energy_phase_c energy_l1 energy_l2 energy_l3 energy_1 energy_2", typ: "numeric", when: not(settable), to: part("energy_meter.imported_kwh", "number")},
	{in: "", names: "produced_energy energy_produced", typ: "numeric", when: not(settable), to: to("energy_meter.exported_kwh", "number")},
	{in: "", names: "produced_energy_a produced_energy_b produced_energy_c produced_energy_phase_a produced_energy_phase_b produced_energy_phase_c energy_produced_a energy_produced_b energy_produced_c energy_produced_l1 energy_produced_l2 energy_produced_l3",
		typ: "numeric", when: not(settable), to: part("energy_meter.exported_kwh", "number")},

	// Events and infrared.
	{in: "", names: "action", to: to("button.press", "event")},
	{in: "", names: "ir_code_to_send", to: to("ir_transmit.send", "action")},
	{in: "", names: "learn_ir_code", to: to("ir_transmit.learn", "action")},
	{in: "", names: "feed", typ: "enum", to: to("dispense.dispense", "action")},
}

// byName indexes the rules by expose name, in order.
var byName = func() map[string][]*rule {
	index := map[string][]*rule{}
	for _, table := range [][]rule{rules, configRules} {
		for i := range table {
			for _, n := range strings.Fields(table[i].names) {
				index[n] = append(index[n], &table[i])
			}
		}
	}
	return index
}()

// holds reports whether the rule suits the expose.
func (r *rule) holds(d *facts, l leaf) bool {
	if r.typ != "" && r.typ != l.Type || r.when != nil && !r.when(d, l) {
		return false
	}
	if r.in == "*" {
		return true
	}
	for _, in := range strings.Split(r.in, "|") {
		if in == l.context {
			return true
		}
	}
	return false
}
