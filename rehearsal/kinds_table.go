package rehearsal

import "github.com/concord-home/hub/model"

// kind is what a test script can declare a device to be.
type kind struct {
	typ        model.DeviceType
	attributes []model.Attribute // the first is the one that a bare value is of
	events     []model.Attribute
}

var kinds = map[string]kind{
	"light":      {"light_dimmable", []model.Attribute{"on_off.on", "level.level", "color_temperature.kelvin"}, nil},
	"plug":       {"plug", []model.Attribute{"on_off.on", "power_meter.watts"}, nil},
	"switch":     {"wall_switch", []model.Attribute{"on_off.on"}, nil},
	"fan":        {"fan", []model.Attribute{"on_off.on", "fan.speed_pct"}, nil},
	"motion":     {"motion_sensor", []model.Attribute{"occupancy.occupied", "illuminance.lux", "power_source.battery_pct"}, nil},
	"contact":    {"contact_sensor", []model.Attribute{"contact.open", "power_source.battery_pct"}, nil},
	"climate":    {"climate_sensor", []model.Attribute{"temperature.celsius", "humidity.percent", "power_source.battery_pct"}, nil},
	"brightness": {"light_sensor", []model.Attribute{"illuminance.lux"}, nil},
	"leak":       {"leak_sensor", []model.Attribute{"water_leak.leak", "power_source.battery_pct"}, nil},
	"smoke":      {"smoke_co_alarm", []model.Attribute{"smoke_co_alarm.smoke"}, nil},
	"button":     {"remote", []model.Attribute{"power_source.battery_pct"}, []model.Attribute{"button.press"}},
	"doorbell":   {"doorbell", []model.Attribute{"power_source.battery_pct"}, []model.Attribute{"doorbell.ring"}},
	"thermostat": {"trv", []model.Attribute{"thermostat.heat_setpoint", "thermostat.local_temperature", "thermostat.mode", "thermostat.window_open"}, nil},
	"blind":      {"window_covering", []model.Attribute{"window_covering.open_pct"}, nil},
	"lock":       {"door_lock", []model.Attribute{"door_lock.target", "door_lock.lock"}, nil},
	"valve":      {"valve", []model.Attribute{"valve.target", "valve.state"}, nil},
	"siren":      {"siren", []model.Attribute{"siren.active"}, nil},
	"meter":      {"power_meter", []model.Attribute{"power_meter.watts"}, nil},
}

// words are what truths are called in a test script, beside true and false.
var words = map[string]bool{
	"on": true, "off": false, "open": true, "closed": false, "occupied": true, "clear": false, "wet": true, "dry": false, "yes": true, "no": false,
	"true": true, "false": false,
}
