package zigbee2mqtt

import (
	"regexp"
	"slices"

	"github.com/concord-home/hub/model"
)

// typeRule gives a device (or one endpoint) its type. The first that holds wins.
type typeRule struct {
	kind model.DeviceType
	has  []model.Attribute // at least one of these, where listed
	text *regexp.Regexp    // in vendor, model and description, where given
	when func(*facts) bool // where given
}

var (
	plugText     = regexp.MustCompile(`plug|outlet|socket|power strip|receptacle|prise|steckdose|extension lead|powerstrip`)
	switchText   = regexp.MustCompile(`wall switch|gang|rocker|light switch|in-wall|dimmer|relay|module|micro`)
	floorText    = regexp.MustCompile(`floor heat|underfloor|floor thermostat|floor temperature|heating floor`)
	radiatorText = regexp.MustCompile(`radiator|trv|thermostatic valve|thermostat valve|valve`)
	irText       = regexp.MustCompile(`infrared|\bir\b`)
	boilerText   = regexp.MustCompile(`boiler|receiver|opentherm`)
	waterText    = regexp.MustCompile(`water heater`)
	heaterText   = regexp.MustCompile(`pilot wire|heater|convector|panel heater|towel|fil pilote|electric radiator`)
	bridgeText   = regexp.MustCompile(`router|repeater|extender|booster|dongle|coordinator|bridge|gateway|serial|adapter|remote control \(ir\)|modem`)
	remoteText   = regexp.MustCompile(`remote|button|knob|scene switch|scene controller|keypad|cube`)
	pumpText     = regexp.MustCompile(`\bpump\b`)
	presenceText = regexp.MustCompile(`presence|radar|mmwave|human|occupancy|24g|5\.8g|60g`)
	purifierText = regexp.MustCompile(`purifier`)
	freshText    = regexp.MustCompile(`fresh air|ventilation|recuperat|\bhrv\b|\bventilator\b|breezer`)
	irrigateText = regexp.MustCompile(`irrigation|sprinkler|watering|garden|water timer`)
	doorbellText = regexp.MustCompile(`doorbell`)
	feederText   = regexp.MustCompile(`feeder`)
	airerText    = regexp.MustCompile(`airer|clothes|drying rack`)
	notJustSiren = regexp.MustCompile(`smoke|fire|detector|monoxide|leak|sensor|gas`)
)

func attrs(as ...model.Attribute) []model.Attribute { return as }

// typeRules runs from the unmistakable to the merely likely.
var typeRules = []typeRule{
	{kind: "door_lock", has: attrs("door_lock.target", "door_lock.lock")},
	{kind: "garage_door", has: attrs("closure.state", "closure.target"), text: garageText},
	{kind: "airer", has: attrs("window_covering.open_pct"), text: airerText},
	{kind: "window_covering", has: attrs("window_covering.open_pct", "window_covering.tilt_pct")},
	{kind: "ir_air_conditioner", has: attrs("thermostat.mode"), text: irText},
	{kind: "water_heater", has: attrs("thermostat.heat_setpoint"), text: waterText},
	{kind: "air_conditioner", has: attrs("thermostat.cool_setpoint"), when: bareAirConditioner},
	{kind: "floor_heating", has: attrs("thermostat.heat_setpoint"), text: floorText},
	{kind: "heater", has: attrs("thermostat.heat_setpoint", "thermostat.preset", "thermostat.mode"), text: heaterText},
	{kind: "trv", has: attrs("thermostat.heat_setpoint"), text: radiatorText},
	{kind: "boiler", has: attrs("thermostat.heat_setpoint", "thermostat.mode"), text: boilerText},
	{kind: "thermostat", has: attrs("thermostat.heat_setpoint", "thermostat.cool_setpoint", "thermostat.mode", "thermostat.preset")},
	{kind: "irrigation", has: attrs("valve.target"), text: irrigateText},
	{kind: "valve", has: attrs("valve.target", "valve.state")},
	{kind: "air_purifier", has: attrs("fan.mode", "fan.speed", "fan.speed_pct"), text: purifierText},
	{kind: "fresh_air", has: attrs("fan.mode", "fan.speed", "fan.speed_pct", "on_off.on"), text: freshText},
	{kind: "fan", has: attrs("fan.mode", "fan.speed_pct"), when: func(f *facts) bool { return f.bundled["fan"] && !f.bundled["light"] }},
	{kind: "siren", has: attrs("siren.active"), text: regexp.MustCompile(`siren`), when: func(f *facts) bool { return !notJustSiren.MatchString(f.text) }},
	{kind: "smoke_co_alarm", has: attrs("smoke_co_alarm.smoke", "smoke_co_alarm.co")},
	{kind: "gas_alarm", has: attrs("gas_leak.gas", "gas_leak.concentration")},
	{kind: "light_color", has: attrs("color.hue", "color.x")},
	{kind: "light_color_temperature", has: attrs("color_temperature.kelvin")},
	{kind: "plug_dimmable", has: attrs("level.level"), text: regexp.MustCompile(`plug|outlet|socket`)},
	{kind: "light_dimmable", has: attrs("level.level"), when: func(f *facts) bool { return f.bundled["light"] }},
	{kind: "light_on_off", has: attrs("on_off.on"), when: func(f *facts) bool { return f.bundled["light"] }},
	{kind: "siren", has: attrs("siren.active"), when: func(f *facts) bool { return !f.any("water_leak", "contact", "occupancy", "vibration") }},
	{kind: "pet_feeder", text: feederText},
	{kind: "pump", has: attrs("on_off.on"), text: pumpText},
	{kind: "plug", has: attrs("on_off.on"), text: plugText},
	{kind: "wall_switch", has: attrs("on_off.on"), text: switchText},
	{kind: "wall_switch", has: attrs("on_off.on"), when: func(f *facts) bool { return f.bundled["switch"] && !f.any("contact", "occupancy", "presence", "co2") }},
	{kind: "vibration_sensor", has: attrs("vibration.vibrating", "vibration.angle_x"), text: regexp.MustCompile(`vibration|shock`)},
	{kind: "leak_sensor", has: attrs("water_leak.leak")},
	{kind: "contact_sensor", has: attrs("contact.open")},
	{kind: "presence_sensor", has: attrs("occupancy.occupied"), text: presenceText},
	{kind: "presence_sensor", has: attrs("occupancy.occupied"), when: func(f *facts) bool { return f.exposed["presence"] }},
	{kind: "motion_sensor", has: attrs("occupancy.occupied")},
	{kind: "rain_sensor", has: attrs("rain.raining", "rain.rate")},
	{kind: "soil_sensor", has: attrs("soil_moisture.percent")},
	{kind: "air_monitor", has: attrs("concentration.co2_ppm", "concentration.pm25_ugm3", "concentration.tvoc_ppb", "concentration.tvoc_ugm3", "concentration.ch2o_mgm3",
		"concentration.co_ppm", "concentration.radon_bqm3", "concentration.pm10_ugm3", "air_quality.index", "air_quality.voc_index", "air_quality.aqi")},
	{kind: "wall_switch", has: attrs("on_off.on"), when: func(f *facts) bool { return !f.any("temperature") }},
	{kind: "doorbell", has: attrs("button.press"), text: doorbellText},
	{kind: "climate_sensor", has: attrs("temperature.celsius", "humidity.percent"), when: func(f *facts) bool { return !f.any("vibration", "action", "power") }},
	{kind: "remote", has: attrs("button.press")},
	{kind: "vibration_sensor", has: attrs("vibration.vibrating"), text: regexp.MustCompile(`tilt|glass`)},
	{kind: "vibration_sensor", has: attrs("vibration.vibrating"), when: func(f *facts) bool { return !f.any("temperature", "contact", "power") }},
	{kind: "wall_switch", has: attrs("on_off.on")},
	{kind: "solar", has: attrs("power_meter.watts"), text: regexp.MustCompile(`solar|inverter|photovoltaic`)},
	{kind: "power_meter", has: attrs("power_meter.watts", "energy_meter.imported_kwh", "energy_meter.exported_kwh", "power_meter.volts", "power_meter.amps", "power_meter.va")},
	{kind: "climate_sensor", has: attrs("temperature.celsius", "humidity.percent", "pressure.hpa", "thermostat.local_temperature")},
	{kind: "light_sensor", has: attrs("illuminance.lux")},
	{kind: "bridge", text: bridgeText},
	{kind: "bridge", text: irText},
	{kind: "bridge", when: func(f *facts) bool { return f.any("ir_code_to_send", "learn_ir_code") }},
	{kind: "remote", text: remoteText},
	{kind: "climate_sensor", has: attrs("sound_level.dba")},
}

func (r *typeRule) holds(f *facts, has func(model.Attribute) bool) bool {
	return (len(r.has) == 0 || slices.ContainsFunc(r.has, has)) && (r.text == nil || r.text.MatchString(f.text)) && (r.when == nil || r.when(f))
}

func firstType(f *facts, whole bool, has func(model.Attribute) bool) model.DeviceType {
	for i := range typeRules {
		if !whole && len(typeRules[i].has) == 0 {
			continue // says what the device is, not one part of it
		}
		if typeRules[i].holds(f, has) && model.LookupDeviceType(typeRules[i].kind) != nil {
			return typeRules[i].kind
		}
	}
	return ""
}

// offers reports whether an endpoint has an attribute or event.
func offers(e *model.EndpointDescription, a model.Attribute) bool {
	return slices.ContainsFunc(e.Properties, func(p model.Property) bool { return p.Attribute == a }) ||
		slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == a })
}

// deviceType is what the device as a whole is: judged by all its endpoints together.
func deviceType(f *facts, endpoints []model.EndpointDescription) model.DeviceType {
	return firstType(f, true, func(a model.Attribute) bool {
		return slices.ContainsFunc(endpoints, func(e model.EndpointDescription) bool { return offers(&e, a) })
	})
}

// endpointType is what one endpoint is by itself; "" when it is nothing by itself, like one phase's voltage.
func endpointType(f *facts, e *model.EndpointDescription) model.DeviceType {
	return firstType(f, false, func(a model.Attribute) bool { return offers(e, a) })
}

// mainType is the type of the main endpoint: the device's where it does what the device is for.
func mainType(t *translation) model.DeviceType {
	if len(t.endpoints) == 1 {
		return t.kind
	}
	i := slices.IndexFunc(t.endpoints, func(e model.EndpointDescription) bool { return e.ID == model.MainEndpoint })
	return t.endpoints[i].Type
}
