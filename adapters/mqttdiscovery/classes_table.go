package mqttdiscovery

import "github.com/concord-home/hub/model"

// sensorClass says what a sensor's device class is in the catalogue, by its unit.
type sensorClass struct {
	class, unit    string // unit "" holds for none, and "*" for any
	to             model.Attribute
	factor, offset float64 // model value = device value x factor + offset; factor 0 is 1
}

// sensorClasses follow https://www.home-assistant.io/integrations/sensor/#device-class.
var sensorClasses = []sensorClass{
	{class: "temperature", unit: "°F", to: "temperature.celsius", factor: 5.0 / 9, offset: -160.0 / 9},
	{class: "temperature", unit: "K", to: "temperature.celsius", offset: -273.15},
	{class: "temperature", unit: "*", to: "temperature.celsius"},
	{class: "humidity", unit: "*", to: "humidity.percent"},
	{class: "moisture", unit: "*", to: "soil_moisture.percent"},
	{class: "battery", unit: "*", to: "power_source.battery_pct"},
	{class: "power", unit: "W", to: "power_meter.watts"},
	{class: "power", unit: "kW", to: "power_meter.watts", factor: 1000},
	{class: "power", unit: "mW", to: "power_meter.watts", factor: 0.001},
	{class: "voltage", unit: "V", to: "power_meter.volts"},
	{class: "voltage", unit: "mV", to: "power_meter.volts", factor: 0.001},
	{class: "current", unit: "A", to: "power_meter.amps"},
	{class: "current", unit: "mA", to: "power_meter.amps", factor: 0.001},
	{class: "frequency", unit: "Hz", to: "power_meter.hz"},
	{class: "power_factor", unit: "%", to: "power_meter.power_factor", factor: 0.01},
	{class: "power_factor", unit: "", to: "power_meter.power_factor"},
	{class: "apparent_power", unit: "VA", to: "power_meter.va"},
	{class: "reactive_power", unit: "var", to: "power_meter.var"},
	{class: "energy", unit: "kWh", to: "energy_meter.imported_kwh"},
	{class: "energy", unit: "Wh", to: "energy_meter.imported_kwh", factor: 0.001},
	{class: "energy", unit: "MWh", to: "energy_meter.imported_kwh", factor: 1000},
	{class: "illuminance", unit: "*", to: "illuminance.lux"},
	{class: "atmospheric_pressure", unit: "hPa", to: "pressure.hpa"}, {class: "pressure", unit: "hPa", to: "pressure.hpa"},
	{class: "atmospheric_pressure", unit: "mbar", to: "pressure.hpa"}, {class: "pressure", unit: "mbar", to: "pressure.hpa"},
	{class: "atmospheric_pressure", unit: "kPa", to: "pressure.hpa", factor: 10}, {class: "pressure", unit: "kPa", to: "pressure.hpa", factor: 10},
	{class: "atmospheric_pressure", unit: "Pa", to: "pressure.hpa", factor: 0.01}, {class: "pressure", unit: "Pa", to: "pressure.hpa", factor: 0.01},
	{class: "carbon_dioxide", unit: "*", to: "concentration.co2_ppm"},
	{class: "carbon_monoxide", unit: "ppm", to: "concentration.co_ppm"},
	{class: "pm1", unit: "*", to: "concentration.pm1_ugm3"},
	{class: "pm25", unit: "*", to: "concentration.pm25_ugm3"},
	{class: "pm10", unit: "*", to: "concentration.pm10_ugm3"},
	{class: "volatile_organic_compounds", unit: "µg/m³", to: "concentration.tvoc_ugm3"},
	{class: "volatile_organic_compounds", unit: "mg/m³", to: "concentration.tvoc_ugm3", factor: 1000},
	{class: "volatile_organic_compounds_parts", unit: "ppb", to: "concentration.tvoc_ppb"},
	{class: "volatile_organic_compounds_parts", unit: "ppm", to: "concentration.tvoc_ppb", factor: 1000},
	{class: "aqi", unit: "*", to: "air_quality.aqi"},
	{class: "signal_strength", unit: "dBm", to: "health.rssi"},
	{class: "precipitation_intensity", unit: "mm/h", to: "rain.rate"},
}

// binaryClass says what a binary sensor's device class is: what its on and off mean.
type binaryClass struct {
	to      model.Attribute
	on, off model.Value
}

func yesNo(to model.Attribute) binaryClass {
	return binaryClass{to, model.Bool(true), model.Bool(false)}
}

func either(to model.Attribute, on, off string) binaryClass {
	return binaryClass{to, model.String(on), model.String(off)}
}

// binaryClasses follow https://www.home-assistant.io/integrations/binary_sensor/#device-class.
var binaryClasses = map[string]binaryClass{
	"door": yesNo("contact.open"), "window": yesNo("contact.open"), "opening": yesNo("contact.open"), "garage_door": yesNo("contact.open"),
	"motion": yesNo("occupancy.occupied"), "occupancy": yesNo("occupancy.occupied"), "presence": yesNo("occupancy.occupied"), "moving": yesNo("occupancy.occupied"),
	"moisture": yesNo("water_leak.leak"), "tamper": yesNo("tamper.tampered"), "vibration": yesNo("vibration.vibrating"), "problem": yesNo("fault.active"),
	"smoke": either("smoke_co_alarm.smoke", "critical", "normal"), "carbon_monoxide": either("smoke_co_alarm.co", "critical", "normal"),
	"gas": either("gas_leak.gas", "critical", "normal"), "battery": either("power_source.battery_level", "warning", "ok"),
	"battery_charging": either("power_source.charge_state", "charging", "not_charging"), "lock": either("door_lock.lock", "unlocked", "locked"),
	"cold": yesNo("freeze.freezing"),
}

// keyRule says what an entity is whose class does not say it, by the key of what it shows. The first that holds wins.
type keyRule struct {
	in   string // components, separated by spaces
	keys string
	with string // the device has this component too; "" is any device
	to   model.Attribute
	how  string // number, moment, bool, text, or the words of wordLists
}

var keyRules = []keyRule{
	{in: "sensor", keys: "linkquality lqi", to: "health.lqi", how: "number"},
	{in: "sensor", keys: "last_seen", to: "health.last_seen", how: "moment"},
	{in: "sensor", keys: "uptime uptime_s", to: "health.uptime", how: "number"},
	{in: "sensor", keys: "device_temperature", to: "health.device_temperature", how: "number"},
	{in: "sensor", keys: "power_outage_count", to: "health.power_outages", how: "number"},
	{in: "sensor number", keys: "local_temperature current_temperature", with: "climate", to: "thermostat.local_temperature", how: "number"},
	{in: "sensor number", keys: "outdoor_air_temperature outdoor_temperature", with: "climate", to: "thermostat.outdoor_temperature", how: "number"},
	{in: "number", keys: "target_temperature occupied_heating_setpoint current_heating_setpoint", with: "climate", to: "thermostat.heat_setpoint", how: "number"},
	{in: "sensor", keys: "pi_heating_demand valve_position position valve_opening_percentage heating_demand", with: "climate", to: "thermostat.demand_pct", how: "number"},
	{in: "number", keys: "local_temperature_calibration temperature_calibration", with: "climate", to: "thermostat.calibration", how: "number"},
	{in: "number", keys: "frost_protection_temperature antifrost_temperature", with: "climate", to: "thermostat.frost_setpoint", how: "number"},
	{in: "number", keys: "comfort_temperature", with: "climate", to: "thermostat.comfort_setpoint", how: "number"},
	{in: "number", keys: "eco_temperature", with: "climate", to: "thermostat.eco_setpoint", how: "number"},
	{in: "number", keys: "holiday_temperature", with: "climate", to: "thermostat.holiday_setpoint", how: "number"},
	{in: "number", keys: "open_window_temperature", with: "climate", to: "thermostat.window_setpoint", how: "number"},
	{in: "number", keys: "external_temperature_input external_temperature", with: "climate", to: "thermostat.external_temperature", how: "number"},
	{in: "number", keys: "hysteresis deadzone_temperature", with: "climate", to: "thermostat.deadband", how: "number"},
	{in: "number", keys: "boost_time boost_duration", with: "climate", to: "thermostat.boost_time", how: "number"},
	{in: "number", keys: "min_heat_setpoint_limit min_temperature min_temperature_limit", with: "climate", to: "thermostat.min_heat", how: "number"},
	{in: "number", keys: "max_heat_setpoint_limit max_temperature max_temperature_limit", with: "climate", to: "thermostat.max_heat", how: "number"},
	{in: "select", keys: "system_mode", with: "climate", to: "thermostat.mode", how: "mode"},
	{in: "number", keys: "fan_speed", with: "climate", to: "fan.speed", how: "number"},
	{in: "select", keys: "preset", with: "climate", to: "thermostat.preset", how: "preset"},
	{in: "select", keys: "sensor temperature_sensor_select", with: "climate", to: "thermostat.sensor", how: "sensor"},
	{in: "switch", keys: "frost_protection", with: "climate", to: "thermostat.frost_protection", how: "bool"},
	{in: "switch", keys: "open_window window_detection", with: "climate", to: "thermostat.window_detection", how: "bool"},
	{in: "switch", keys: "turbo_mode boost_heating boost", with: "climate", to: "thermostat.boost", how: "bool"},
	{in: "switch", keys: "eco_mode", with: "climate", to: "thermostat.eco", how: "bool"},
	{in: "switch", keys: "sleep_mode", with: "climate", to: "thermostat.sleep", how: "bool"},
	{in: "binary_sensor", keys: "window_open window open_window", with: "climate", to: "thermostat.window_open", how: "bool"},
	{in: "select sensor", keys: "running_state", with: "climate", to: "thermostat.running", how: "running"},
	{in: "select", keys: "power_on_behavior power_on_behaviour power_outage_memory power_on_state startup", to: "on_off.startup", how: "startup"},
	{in: "switch lock", keys: "child_lock", to: "child_lock.locked", how: "bool"},
	{in: "select", keys: "effect", with: "light", to: "light_effect.effect", how: "own"},
	{in: "number", keys: "occupancy_timeout", to: "occupancy.hold_time", how: "number"},
	{in: "select", keys: "motion_sensitivity sensitivity", with: "binary_sensor", to: "occupancy.sensitivity", how: "sensitivity"},
	{in: "switch", keys: "led_indication led_indicator status_led led_enable led", to: "indicator.enabled", how: "bool"},
	{in: "switch", keys: "screen_light backlight", to: "indicator.backlight", how: "bool"},
	{in: "switch", keys: "beeper beep", to: "indicator.beep", how: "bool"},
	{in: "select", keys: "indicator_mode", to: "indicator.mode", how: "indicator"},
	{in: "number", keys: "auto_relock_time", to: "door_lock.auto_relock", how: "number"},
	{in: "sensor", keys: "lock_state", to: "door_lock.lock", how: "lockstate"},
	{in: "select", keys: "volume sound_volume", with: "lock", to: "door_lock.volume", how: "lockvolume"},
	{in: "sensor", keys: "formaldehyd hcho", to: "concentration.ch2o_mgm3", how: "number"},
	{in: "sensor", keys: "air_quality", to: "air_quality.index", how: "quality"},
	{in: "sensor", keys: "angle_x", to: "vibration.angle_x", how: "number"},
	{in: "sensor", keys: "angle_y", to: "vibration.angle_y", how: "number"},
	{in: "sensor", keys: "angle_z", to: "vibration.angle_z", how: "number"},
	{in: "sensor", keys: "produced_energy energy_returned returned_energy energy_export", to: "energy_meter.exported_kwh", how: "number"},
}

// wordLists give the members of devices' enums, in the form of spelling, their names in the catalogue.
var wordLists = map[string]map[string]string{
	"mode": {"off": "off", "auto": "auto", "heat_cool": "auto", "cool": "cool", "heat": "heat", "dry": "dry", "fan_only": "fan_only", "sleep": "sleep", "emergency_heating": "emergency_heat"},
	"running": {"off": "idle", "idle": "idle", "heating": "heat", "heat": "heat", "cooling": "cool", "cool": "cool", "drying": "cool", "fan": "fan", "fan_only": "fan",
		"preheating": "heat", "defrosting": "defrost"},
	"fanmode": {"off": "off", "on": "on", "auto": "auto", "low": "low", "min": "low", "medium": "medium", "mid": "medium", "middle": "medium", "high": "high", "max": "high",
		"turbo": "turbo", "quiet": "quiet", "silent": "quiet", "smart": "smart", "focus": "other", "diffuse": "other", "strong": "turbo"},
	"preset": {"none": "manual", "manual": "manual", "eco": "eco", "away": "away", "boost": "boost", "comfort": "comfort", "home": "occupied", "sleep": "sleep", "activity": "other",
		"schedule": "schedule", "auto": "schedule", "holiday": "holiday", "vacation": "vacation", "frost": "frost_protection", "antifrost": "frost_protection", "off": "off"},
	"startup": {"off": "off", "on": "on", "toggle": "toggle", "previous": "previous", "restore": "previous", "last": "previous", "recover": "previous", "restore_last": "previous"},
	"sensor":  {"internal": "internal", "external": "external", "both": "both", "external_2": "external", "external_3": "external"},
	"sensitivity": {"low": "low", "medium": "medium", "high": "high", "very_high": "very_high", "max": "maximum",
		"maximum": "maximum"},
	"indicator":  {"off": "off", "on": "on", "when_on": "when_on", "when_off": "when_off", "on_when_on": "when_on", "on_when_off": "when_off", "off/on": "when_on", "on/off": "when_off"},
	"lockstate":  {"locked": "locked", "unlocked": "unlocked", "not_fully_locked": "not_fully_locked", "unlatched": "unlatched", "lock": "locked", "unlock": "unlocked"},
	"lockvolume": {"silent_mode": "silent", "silent": "silent", "low_volume": "low", "low": "low", "medium": "medium", "high_volume": "high", "high": "high"},
	"quality": {"excellent": "good", "good": "good", "fair": "fair", "moderate": "moderate", "poor": "poor", "unhealthy": "very_poor", "hazardous": "extremely_poor",
		"very_poor": "very_poor"},
	"moving": {"open": "stopped", "closed": "stopped", "opening": "opening", "closing": "closing", "stopped": "stopped", "stop": "stopped"},
	"vacuum": {"cleaning": "cleaning", "docked": "docked", "idle": "idle", "paused": "paused", "returning": "returning", "error": "error", "mowing": "cleaning", "starting": "cleaning"},
	"alarm": {"disarmed": "disarmed", "armed_home": "armed_home", "armed_away": "armed_away", "armed_night": "armed_night", "armed_vacation": "armed_away", "armed_custom_bypass": "armed_home",
		"pending": "pending", "arming": "arming", "disarming": "disarmed", "triggered": "triggered"},
	"waterheater": {"off": "off", "eco": "timed", "electric": "manual", "gas": "manual", "heat_pump": "manual", "high_demand": "manual", "performance": "manual"},
	"gesture": {"button_short_press": "single", "button_short_release": "release", "button_long_press": "long_press", "button_long_release": "release", "button_double_press": "double",
		"button_triple_press": "triple", "button_quadruple_press": "quadruple", "button_quintuple_press": "many", "single": "single", "press": "single", "pressed": "single", "click": "single",
		"short_press": "single", "double": "double", "double_press": "double", "double_click": "double", "triple": "triple", "triple_press": "triple", "quadruple": "quadruple",
		"hold": "hold", "long": "long_press", "long_press": "long_press", "release": "release", "long_release": "release", "short_release": "release", "rotate_left": "rotate_left",
		"rotate_right": "rotate_right", "tap": "single", "multi_press_1": "single", "multi_press_2": "double", "multi_press_3": "triple", "hold_press": "hold"},
}
