package mqttdiscovery

import (
	"regexp"
	"slices"

	"github.com/concord-home/hub/model"
)

// typeRule says what a device or endpoint is that has one of the attributes or events. The first that holds wins.
type typeRule struct {
	kind model.DeviceType
	has  []model.Attribute
	and  []model.Attribute // and one of these
	text *regexp.Regexp    // and the maker's words say so
}

func attrs(a ...model.Attribute) []model.Attribute { return a }

var typeRules = []typeRule{
	{kind: "robot_vacuum", has: attrs("robot_vacuum.state"), text: regexp.MustCompile(`(?i)vacuum|roborock|dreame|viomi|valetudo|roomba`)},
	{kind: "mower", has: attrs("robot_vacuum.state"), text: regexp.MustCompile(`(?i)mow`)},
	{kind: "robot_vacuum", has: attrs("robot_vacuum.state")},
	{kind: "door_lock", has: attrs("door_lock.target", "door_lock.lock")},
	{kind: "water_heater", has: attrs("water_heater.mode", "water_heater.boost", "water_heater.tank_pct")},
	{kind: "air_conditioner", has: attrs("thermostat.cool_setpoint"), and: attrs("on_off.on", "fan.mode", "thermostat.swing", "fan.swing")},
	{kind: "trv", has: attrs("thermostat.heat_setpoint"), text: regexp.MustCompile(`(?i)radiator|trv`)},
	{kind: "trv", has: attrs("thermostat.heat_setpoint"), and: attrs("power_source.battery_pct", "power_source.battery_level", "thermostat.demand_pct")},
	{kind: "thermostat", has: attrs("thermostat.heat_setpoint", "thermostat.cool_setpoint", "thermostat.mode")},
	{kind: "garage_door", has: attrs("closure.target", "closure.state")},
	{kind: "window_covering", has: attrs("window_covering.open_pct")},
	{kind: "valve", has: attrs("valve.target", "valve.level_pct", "valve.state")},
	{kind: "security_panel", has: attrs("security_panel.state")},
	{kind: "humidifier", has: attrs("humidity_control.target_pct")},
	{kind: "air_purifier", has: attrs("fan.mode", "fan.speed_pct", "fan.speed"), text: regexp.MustCompile(`(?i)purif`)},
	{kind: "light_color", has: attrs("color.hue", "color.x")},
	{kind: "light_color_temperature", has: attrs("color_temperature.kelvin")},
	{kind: "light_dimmable", has: attrs("level.level")},
	{kind: "fan", has: attrs("fan.mode", "fan.speed_pct", "fan.speed")},
	{kind: "siren", has: attrs("siren.active")},
	{kind: "smoke_co_alarm", has: attrs("smoke_co_alarm.smoke", "smoke_co_alarm.co")},
	{kind: "gas_alarm", has: attrs("gas_leak.gas")},
	{kind: "wall_switch", has: attrs("on_off.on"), text: regexp.MustCompile(`(?i)switch|relay`)},
	{kind: "light_on_off", has: attrs("on_off.on"), text: regexp.MustCompile(`(?i)light|lamp|bulb`)},
	{kind: "plug", has: attrs("on_off.on"), text: regexp.MustCompile(`(?i)plug|outlet|socket`)},
	{kind: "wall_switch", has: attrs("on_off.on")},
	{kind: "leak_sensor", has: attrs("water_leak.leak")},
	{kind: "contact_sensor", has: attrs("contact.open")},
	{kind: "presence_sensor", has: attrs("occupancy.occupied"), text: regexp.MustCompile(`(?i)presence|mmwave|radar`)},
	{kind: "motion_sensor", has: attrs("occupancy.occupied")},
	{kind: "rain_sensor", has: attrs("rain.raining", "rain.rate")},
	{kind: "soil_sensor", has: attrs("soil_moisture.percent")},
	{kind: "air_monitor", has: attrs("concentration.co2_ppm", "concentration.pm25_ugm3", "concentration.tvoc_ppb", "concentration.tvoc_ugm3", "concentration.ch2o_mgm3",
		"concentration.co_ppm", "concentration.pm10_ugm3", "air_quality.index", "air_quality.aqi")},
	{kind: "doorbell", has: attrs("doorbell.ring")},
	{kind: "remote", has: attrs("button.press")},
	{kind: "climate_sensor", has: attrs("temperature.celsius", "humidity.percent")},
	{kind: "vibration_sensor", has: attrs("vibration.vibrating")},
	{kind: "power_meter", has: attrs("power_meter.watts", "energy_meter.imported_kwh", "power_meter.volts", "power_meter.amps")},
	{kind: "climate_sensor", has: attrs("pressure.hpa", "thermostat.local_temperature")},
	{kind: "light_sensor", has: attrs("illuminance.lux")},
	{kind: "tv", has: attrs("media_playback.state")},
}

// typeOf judges endpoints together; "" when they are nothing by themselves and no text is given, else "bridge".
func typeOf(endpoints []model.EndpointDescription, text string) model.DeviceType {
	has := func(as []model.Attribute) bool {
		return slices.ContainsFunc(as, func(a model.Attribute) bool {
			return slices.ContainsFunc(endpoints, func(e model.EndpointDescription) bool {
				return slices.ContainsFunc(e.Properties, func(p model.Property) bool { return p.Attribute == a }) ||
					slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == a })
			})
		})
	}
	for _, r := range typeRules {
		if has(r.has) && (r.and == nil || has(r.and)) && (r.text == nil || r.text.MatchString(text)) {
			return r.kind
		}
	}
	if text == "" {
		return ""
	}
	return "bridge"
}
