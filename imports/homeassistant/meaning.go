package homeassistant

import (
	"math"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// meaning is what an entity's state, or one of its attributes, is called here.
type meaning struct {
	attribute model.Attribute
	// states are Home Assistant's words and the values that they stand for here, a list for any of several; nil is a number.
	states map[string]any
	// scale turns Home Assistant's number into the catalogue's; 0 is 1.
	scale float64
	// open is true of what is told here by a number: above 0 is "open".
	open bool
}

// alarm has two degrees here where Home Assistant has one.
var alarm = map[string]any{"on": []any{"warning", "critical"}, "off": "normal"}

var onOff = map[string]any{"on": true, "off": false}

// stateOf says what the state of an entity means, by domain, and by domain and device class. A row with a class comes first.
var stateOf = map[string]meaning{
	"light":                         {attribute: "on_off.on", states: onOff},
	"switch":                        {attribute: "on_off.on", states: onOff},
	"fan":                           {attribute: "on_off.on", states: onOff},
	"humidifier":                    {attribute: "on_off.on", states: onOff},
	"siren":                         {attribute: "siren.active", states: onOff},
	"lock":                          {attribute: "door_lock.lock", states: map[string]any{"locked": "locked", "unlocked": "unlocked"}},
	"climate":                       {attribute: "thermostat.mode", states: hvacModes},
	"cover":                         {attribute: "window_covering.open_pct", open: true},
	"cover/garage":                  {attribute: "closure.state", states: map[string]any{"open": "open", "closed": "closed"}},
	"cover/gate":                    {attribute: "closure.state", states: map[string]any{"open": "open", "closed": "closed"}},
	"media_player":                  {attribute: "media_playback.state", states: map[string]any{"playing": "playing", "paused": "paused", "idle": "stopped", "off": "stopped", "standby": "stopped"}},
	"vacuum":                        {attribute: "robot_vacuum.state", states: map[string]any{"cleaning": "cleaning", "paused": "paused", "returning": "returning", "idle": "idle", "docked": "charging", "error": "error"}},
	"binary_sensor/motion":          {attribute: "occupancy.occupied", states: onOff},
	"binary_sensor/occupancy":       {attribute: "occupancy.occupied", states: onOff},
	"binary_sensor/presence":        {attribute: "occupancy.occupied", states: onOff},
	"binary_sensor/door":            {attribute: "contact.open", states: onOff},
	"binary_sensor/window":          {attribute: "contact.open", states: onOff},
	"binary_sensor/opening":         {attribute: "contact.open", states: onOff},
	"binary_sensor/garage_door":     {attribute: "contact.open", states: onOff},
	"binary_sensor/moisture":        {attribute: "water_leak.leak", states: onOff},
	"binary_sensor/smoke":           {attribute: "smoke_co_alarm.smoke", states: alarm},
	"binary_sensor/carbon_monoxide": {attribute: "smoke_co_alarm.co", states: alarm},
	"binary_sensor/gas":             {attribute: "gas_leak.gas", states: alarm},
	"binary_sensor/vibration":       {attribute: "vibration.vibrating", states: onOff},
	"binary_sensor/tamper":          {attribute: "tamper.tampered", states: onOff},
	"binary_sensor/sound":           {attribute: "sound_level.detected", states: onOff},
	"sensor/temperature":            {attribute: "temperature.celsius"},
	"sensor/humidity":               {attribute: "humidity.percent"},
	"sensor/moisture":               {attribute: "soil_moisture.percent"},
	"sensor/illuminance":            {attribute: "illuminance.lux"},
	"sensor/pressure":               {attribute: "pressure.hpa"},
	"sensor/atmospheric_pressure":   {attribute: "pressure.hpa"},
	"sensor/battery":                {attribute: "power_source.battery_pct"},
	"sensor/power":                  {attribute: "power_meter.watts"},
	"sensor/voltage":                {attribute: "power_meter.volts"},
	"sensor/current":                {attribute: "power_meter.amps"},
	"sensor/energy":                 {attribute: "energy_meter.imported_kwh"},
	"sensor/carbon_dioxide":         {attribute: "concentration.co2_ppm"},
	"sensor/pm25":                   {attribute: "concentration.pm25_ugm3"},
	"sensor/pm10":                   {attribute: "concentration.pm10_ugm3"},
	"sensor/pm1":                    {attribute: "concentration.pm1_ugm3"},
}

var hvacModes = map[string]any{"off": "off", "heat": "heat", "cool": "cool", "heat_cool": "auto", "auto": "auto", "dry": "dry", "fan_only": "fan_only"}

// attributeOf says what an attribute of an entity means, by "domain.attribute".
var attributeOf = map[string]meaning{
	"light.brightness":             {attribute: "level.level", scale: 100.0 / 255},
	"light.color_temp_kelvin":      {attribute: "color_temperature.kelvin"},
	"climate.temperature":          {attribute: "thermostat.heat_setpoint"},
	"climate.target_temp_low":      {attribute: "thermostat.heat_setpoint"},
	"climate.target_temp_high":     {attribute: "thermostat.cool_setpoint"},
	"climate.current_temperature":  {attribute: "thermostat.local_temperature"},
	"climate.current_humidity":     {attribute: "humidity.percent"},
	"climate.preset_mode":          {attribute: "thermostat.preset", states: presets},
	"cover.current_position":       {attribute: "window_covering.open_pct"},
	"cover.current_tilt_position":  {attribute: "window_covering.tilt_pct"},
	"fan.percentage":               {attribute: "fan.speed_pct"},
	"media_player.volume_level":    {attribute: "audio_volume.volume", scale: 100},
	"media_player.is_volume_muted": {attribute: "audio_volume.muted", states: map[string]any{"true": true, "false": false}},
	"humidifier.humidity":          {attribute: "humidity_control.target_pct"},
	"vacuum.battery_level":         {attribute: "power_source.battery_pct"},
}

var presets = map[string]any{"eco": "eco", "away": "away", "boost": "boost", "comfort": "comfort", "sleep": "sleep", "none": "manual"}

// meaningOf finds what an entity's state, or its attribute, means here.
func meaningOf(entity Entity, attribute string) (meaning, bool) {
	d := domain(entity.ID)
	if attribute != "" {
		m, ok := attributeOf[d+"."+attribute]
		return m, ok
	}
	if m, ok := stateOf[d+"/"+entity.class()]; ok {
		return m, true
	}
	m, ok := stateOf[d]
	return m, ok
}

// units are those of Home Assistant that are no multiple of 1 of the catalogue's: by what to multiply.
var units = map[string]float64{"kW": 1000, "MW": 1e6, "Wh": 0.001, "MWh": 1000, "mV": 0.001, "mA": 0.001, "kPa": 10, "Pa": 0.01, "psi": 68.947573, "inHg": 33.863886, "mmHg": 1.33322387}

// number turns a number of Home Assistant's into the catalogue's.
func (m meaning) number(x float64, unit string) float64 {
	if m.scale != 0 {
		x *= m.scale
	}
	if k := units[unit]; k != 0 {
		x *= k
	}
	if unit == "°F" {
		x = (x - 32) / 1.8
	}
	return math.Round(x*1e4) / 1e4
}

// asNumber reads a number, which Home Assistant also takes as a word.
func asNumber(x any) (float64, bool) {
	switch x := x.(type) {
	case float64:
		return x, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(x), 64)
		return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	}
	return 0, false
}

// isTemplate tells whether a value is a program in Home Assistant's template language, which no other house runs.
func isTemplate(x any) bool {
	s, ok := x.(string)
	return ok && (strings.Contains(s, "{{") || strings.Contains(s, "{%"))
}
