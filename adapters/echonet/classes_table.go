package echonet

import "github.com/concord-home/hub/model"

// class says what the objects of a class are.
type class struct {
	name       string // in English, for an object's name
	kind       model.DeviceType
	properties []property
	actions    []action
}

// property ties one code to an attribute. An object has it when its property map has the code.
type property struct {
	epc  byte
	to   model.Attribute
	how  codec
	part model.EndpointID // "" is main
	with []byte           // further codes that how needs
}

// action is a command that sets one property to one value.
type action struct {
	name model.Attribute
	epc  byte
	edt  byte
}

// power is every class's operation status where it is a switch.
var power = property{epc: 0x80, to: "on_off.on", how: truth(0x30, 0x31)}

// every class has these, where the object's map says so.
var every = []property{
	{epc: 0x88, to: "fault.active", how: truth(0x41, 0x42)},
	{epc: 0x84, to: "power_meter.watts", how: number(2, 1, 0xfffe)},
	{epc: 0x85, to: "energy_meter.imported_kwh", how: number(4, 0.001, 0xfffffffe)},
}

var (
	fanWords = words(word{0x41, "auto"}, word{0x31, "low"}, word{0x32, "low"}, word{0x34, "medium"}, word{0x33, "medium"}, word{0x35, "medium"}, word{0x38, "high"}, word{0x36, "high"}, word{0x37, "high"})
	charging = words(word{0x42, "charging"}, word{0x41, "charging"}, word{0x43, "discharging"}, word{0x44, "not_charging"}, word{0x45, "not_charging"}, word{0x40, "unknown"})
	modes    = words(word{0x42, "charge"}, word{0x41, "rapid_charge"}, word{0x43, "discharge"}, word{0x44, "standby"}, word{0x46, "auto"})
	celsius  = signed(1, 1, 0x7e, 0x7f, -128)
	setpoint = between(number(1, 1, 0xfd), 0, 50, 1)
	occurred = truth(0x41, 0x42)
	alarmed  = either(0x41, 0x42, model.String("critical"), model.String("normal"))
)

// opening are the properties of blinds and shutters.
var opening = []property{
	{epc: 0xe1, to: "window_covering.open_pct", how: between(number(1, 1), 0, 100, 1)},
	{epc: 0xe0, to: "window_covering.open_pct", how: either(0x41, 0x42, model.Number(100), model.Number(0))}, // those without a position
	{epc: 0xe2, to: "window_covering.tilt_pct", how: between(number(1, 100.0/180), 0, 100, 0)},
	{epc: 0xea, to: "window_covering.moving", how: words(word{0x45, "stopped"}, word{0x41, "stopped"}, word{0x42, "stopped"}, word{0x43, "opening"}, word{0x44, "closing"})},
}

var stop = []action{{"window_covering.stop", 0xe0, 0x43}}

// classes is the translation of ECHONET Lite's object classes (Appendix, Detailed Requirements for ECHONET Device Objects).
var classes = map[uint16]class{
	// Climate.
	0x0130: {name: "Air conditioner", kind: "air_conditioner", properties: []property{
		power,
		{epc: 0xb0, to: "thermostat.mode", how: gated(words(word{0x41, "auto"}, word{0x42, "cool"}, word{0x43, "heat"}, word{0x44, "dry"}, word{0x45, "fan_only"})), with: []byte{0x80}},
		{epc: 0xb3, to: "thermostat.heat_setpoint", how: setpoint}, // one setpoint serves whatever is active
		{epc: 0xb3, to: "thermostat.cool_setpoint", how: setpoint},
		{epc: 0xbb, to: "thermostat.local_temperature", how: celsius},
		{epc: 0xbe, to: "thermostat.outdoor_temperature", how: celsius},
		{epc: 0xba, to: "humidity.percent", how: number(1, 1, 0xfd)},
		{epc: 0xa0, to: "fan.mode", how: fanWords},
		{epc: 0xa0, to: "fan.speed", how: steps()},
		{epc: 0xa3, to: "fan.swing", how: sets(map[byte][]string{0x31: {}, 0x41: {"up_down"}, 0x42: {"left_right"}, 0x43: {"left_right", "up_down"}}, "left_right", "up_down")},
		{epc: 0x8f, to: "thermostat.eco", how: truth(0x41, 0x42)},
		{epc: 0xb4, to: "humidity_control.target_pct", how: between(number(1, 1), 0, 100, 1)},
		{epc: 0xb2, to: "fan.quiet", how: either(0x43, 0x41, model.Bool(true), model.Bool(false))},
	}},
	0x0133: {name: "Ventilation fan", kind: "fresh_air", properties: []property{
		power,
		{epc: 0xa0, to: "fan.mode", how: fanWords}, {epc: 0xa0, to: "fan.speed", how: steps()},
		{epc: 0xbf, to: "setting.auto", how: words(word{0x41, "auto"}, word{0x42, "manual"})},
	}},
	0x0135: {name: "Air cleaner", kind: "air_purifier", properties: []property{
		power,
		{epc: 0xa0, to: "fan.mode", how: fanWords}, {epc: 0xa0, to: "fan.speed", how: steps()},
		{epc: 0xe1, to: "filter.change", how: either(0x41, 0x42, model.String("critical"), model.String("ok"))},
		{epc: 0xc0, to: "measurement.polluted", how: words(word{0x41, "yes"}, word{0x42, "no"})},
	}},
	0x027b: {name: "Floor heating", kind: "floor_heating", properties: []property{
		power,
		{epc: 0xe0, to: "thermostat.heat_setpoint", how: between(number(1, 1, 0x71), 16, 40, 1)},
		{epc: 0xe1, to: "setting.level", how: levels(15)},
		{epc: 0xe2, to: "thermostat.local_temperature", how: celsius},
		{epc: 0xe3, to: "temperature.celsius", how: celsius, part: "floor"},
	}},
	// Hot water.
	0x026b: {name: "Water heater", kind: "water_heater", properties: []property{
		power,
		{epc: 0xb0, to: "water_heater.mode", how: words(word{0x41, "timed"}, word{0x42, "manual"}, word{0x43, "off"})},
		{epc: 0xb2, to: "water_heater.heat_demand", how: sets(map[byte][]string{0x41: {"heat_pump"}, 0x42: {}}, "heat_pump")},
		{epc: 0xd1, to: "thermostat.heat_setpoint", how: between(number(1, 1), 0, 100, 1)},
		{epc: 0xc1, to: "thermostat.local_temperature", how: number(1, 1, 0xfd)},
		{epc: 0xe1, to: "water_heater.tank_pct", how: share(0xe2), with: []byte{0xe2}},
		{epc: 0xe1, to: "measurement.remaining_l", how: number(2, 1)},
		{epc: 0xd3, to: "setting.bath_temperature", how: between(number(1, 1), 0, 100, 1)},
		{epc: 0xe3, to: "setting.bath_automatic", how: words(word{0x41, "on"}, word{0x42, "off"})},
	}},
	0x0272: {name: "Gas water heater", kind: "water_heater", properties: []property{
		power,
		{epc: 0xd0, to: "water_heater.heat_demand", how: sets(map[byte][]string{0x41: {"boiler"}, 0x42: {}}, "boiler")},
		{epc: 0xd1, to: "thermostat.heat_setpoint", how: between(number(1, 1), 0, 100, 1)},
		{epc: 0xe1, to: "setting.bath_temperature", how: between(number(1, 1), 0, 100, 1)},
		{epc: 0xe3, to: "setting.bath_automatic", how: words(word{0x41, "on"}, word{0x42, "off"})},
	}},
	// Light, openings, locks.
	0x0290: {name: "Light", kind: "light_dimmable", properties: []property{
		power, {epc: 0xb0, to: "level.level", how: between(number(1, 1), 0, 100, 1)},
		{epc: 0xb6, to: "setting.lighting_mode", how: words(word{0x41, "auto"}, word{0x42, "normal"}, word{0x43, "night"}, word{0x45, "color"})},
		{epc: 0xb1, to: "setting.light_color", how: words(word{0x40, "other"}, word{0x41, "incandescent"}, word{0x42, "white"}, word{0x43, "daylight_white"}, word{0x44, "daylight"})},
	}},
	0x0291: {name: "Light", kind: "light_dimmable", properties: []property{power, {epc: 0xb0, to: "level.level", how: between(number(1, 1), 0, 100, 1)}}},
	0x02a3: {name: "Lighting system", kind: "light_dimmable", properties: []property{power, {epc: 0xb0, to: "level.level", how: between(number(1, 1), 0, 100, 1)}, {epc: 0xc0, to: "setting.scene", how: between(number(1, 1, 0), 1, 253, 1)}}},
	0x0260: {name: "Blind", kind: "window_covering", properties: opening, actions: stop},
	0x0263: {name: "Shutter", kind: "window_covering", properties: opening, actions: stop},
	0x026f: {name: "Lock", kind: "door_lock", properties: []property{
		{epc: 0xe0, to: "door_lock.target", how: either(0x41, 0x42, model.String("locked"), model.String("unlocked"))},
		{epc: 0xe0, to: "door_lock.lock", how: either(0x41, 0x42, model.String("locked"), model.String("unlocked"))},
		{epc: 0xe3, to: "door_lock.door", how: either(0x41, 0x42, model.String("open"), model.String("closed"))},
	}},
	0x05fd: {name: "Switch", kind: "wall_switch", properties: []property{power}},
	// Energy.
	0x0287: {name: "Distribution board", kind: "power_meter", properties: []property{
		{epc: 0xc6, to: "power_meter.watts", how: signed(4, 1, 0x7ffffffe)},
		{epc: 0xc0, to: "energy_meter.imported_kwh", how: energy(0xc2, 0), with: []byte{0xc2}},
		{epc: 0xc1, to: "energy_meter.exported_kwh", how: energy(0xc2, 0), with: []byte{0xc2}},
	}},
	0x0288: {name: "Smart meter", kind: "power_meter", properties: []property{
		{epc: 0xe7, to: "power_meter.watts", how: signed(4, 1, 0x7ffffffe)},
		{epc: 0xe0, to: "energy_meter.imported_kwh", how: energy(0xe1, 0xd3), with: []byte{0xe1, 0xd3}},
		{epc: 0xe3, to: "energy_meter.exported_kwh", how: energy(0xe1, 0xd3), with: []byte{0xe1, 0xd3}},
	}},
	0x0279: {name: "Solar panels", kind: "solar", properties: []property{
		power,
		{epc: 0xe0, to: "power_meter.watts", how: negative(number(2, 1, 0xffff))}, // import is positive
		{epc: 0xe1, to: "energy_meter.exported_kwh", how: number(4, 0.001, 0xfffffffe)},
	}},
	0x027d: {name: "Battery", kind: "home_battery", properties: []property{
		power,
		{epc: 0xe4, to: "power_source.battery_pct", how: number(1, 1, 0xfe)},
		{epc: 0xcf, to: "power_source.charge_state", how: charging},
		{epc: 0xd3, to: "power_meter.watts", how: signed(4, 1, 0x7ffffffe)},
		{epc: 0xd8, to: "energy_meter.imported_kwh", how: number(4, 0.001, 0xfffffffe)}, {epc: 0xd6, to: "energy_meter.exported_kwh", how: number(4, 0.001, 0xfffffffe)},
		{epc: 0xda, to: "setting.operation_mode", how: modes},
	}},
	0x027e: {name: "Car charger", kind: "power_meter", properties: []property{
		power,
		{epc: 0xe4, to: "power_source.battery_pct", how: number(1, 1, 0xfe)},
		{epc: 0xd3, to: "power_meter.watts", how: signed(4, 1, 0x7ffffffe)},
		{epc: 0xd8, to: "energy_meter.imported_kwh", how: number(4, 0.001, 0xfffffffe)}, {epc: 0xd6, to: "energy_meter.exported_kwh", how: number(4, 0.001, 0xfffffffe)},
		{epc: 0xda, to: "setting.operation_mode", how: modes},
	}},
	// Sensors.
	0x0001: {name: "Gas leak sensor", kind: "gas_alarm", properties: []property{{epc: 0xb1, to: "gas_leak.gas", how: alarmed}}},
	0x0007: {name: "Motion sensor", kind: "motion_sensor", properties: []property{{epc: 0xb1, to: "occupancy.occupied", how: occurred}}},
	0x000d: {name: "Light sensor", kind: "light_sensor", properties: []property{{epc: 0xe0, to: "illuminance.lux", how: number(2, 1, 0xfffe, 0xffff)}}},
	0x0011: {name: "Thermometer", kind: "climate_sensor", properties: []property{{epc: 0xe0, to: "temperature.celsius", how: signed(2, 0.1, 0x7ffe, 0x7fff, -32768)}}},
	0x0012: {name: "Hygrometer", kind: "climate_sensor", properties: []property{{epc: 0xe0, to: "humidity.percent", how: number(1, 1, 0xfd)}}},
	0x0013: {name: "Rain sensor", kind: "rain_sensor", properties: []property{{epc: 0xb1, to: "rain.raining", how: occurred}}},
	0x0017: {name: "Leak sensor", kind: "leak_sensor", properties: []property{{epc: 0xb1, to: "water_leak.leak", how: occurred}}},
	0x0019: {name: "Fire sensor", kind: "smoke_co_alarm", properties: []property{{epc: 0xb1, to: "smoke_co_alarm.smoke", how: alarmed}}},
	0x001b: {name: "CO2 sensor", kind: "air_monitor", properties: []property{{epc: 0xe0, to: "concentration.co2_ppm", how: number(2, 1, 0xfffe, 0xffff)}}},
	0x0022: {name: "Energy sensor", kind: "power_meter", properties: []property{{epc: 0xe0, to: "energy_meter.imported_kwh", how: number(4, 0.001, 0xfffffffe)}}},
	0x03b7: {name: "Refrigerator", kind: "fridge", properties: []property{{epc: 0xb0, to: "contact.open", how: truth(0x41, 0x42)}, {epc: 0xd1, to: "temperature.celsius", how: celsius},
		{epc: 0xe2, to: "temperature_control.setpoint", how: between(signed(1, 1, 0x7e), -30, 20, 1)}}},
}

// levels is a level from 31 upwards, or 41 for automatic, in words.
func levels(most int) codec {
	ws := []word{{0x41, "auto"}}
	names := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}
	for i := range most {
		ws = append(ws, word{0x31 + byte(i), names[i]})
	}
	return words(ws...)
}

// makers are the codes of manufacturers (8A) that the household knows by name.
var makers = map[uint32]string{
	0x000005: "Sharp", 0x000006: "Mitsubishi Electric", 0x000008: "Daikin", 0x00000b: "Panasonic", 0x00001b: "Toshiba Lighting", 0x00002f: "Aiphone",
}
