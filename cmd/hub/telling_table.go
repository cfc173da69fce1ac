package main

import "github.com/concord-home/hub/model"

// telling lists what says most about a thing, the most telling first: what the list of devices
// shows of it.
var telling = []struct {
	attribute model.Attribute
	quiet     string // the JSON value that goes without saying
	whenOn    bool   // says nothing while the thing is off
	labelled  bool   // needs its label to be understood
}{
	{attribute: "smoke_co_alarm.smoke"},
	{attribute: "smoke_co_alarm.co"},
	{attribute: "gas_leak.gas"},
	{attribute: "water_leak.leak"},
	{attribute: "siren.active"},
	{attribute: "security_panel.state"},
	{attribute: "door_lock.lock"},
	{attribute: "door_lock.door"},
	{attribute: "closure.state"},
	{attribute: "contact.open"},
	{attribute: "occupancy.occupied"},
	{attribute: "on_off.on"},
	{attribute: "level.level", whenOn: true},
	{attribute: "color_temperature.kelvin", whenOn: true},
	{attribute: "light_effect.effect", whenOn: true, quiet: `"none"`},
	{attribute: "thermostat.mode", whenOn: true},
	{attribute: "thermostat.local_temperature"},
	{attribute: "thermostat.heat_setpoint", whenOn: true, labelled: true},
	{attribute: "thermostat.cool_setpoint", whenOn: true, labelled: true},
	{attribute: "water_heater.mode"},
	{attribute: "temperature_control.setpoint", labelled: true},
	{attribute: "fan.mode", whenOn: true},
	{attribute: "fan.speed_pct", whenOn: true},
	{attribute: "window_covering.open_pct"},
	{attribute: "window_covering.moving", quiet: `"stopped"`},
	{attribute: "valve.state"},
	{attribute: "valve.level_pct"},
	{attribute: "pump.running"},
	{attribute: "robot_vacuum.state"},
	{attribute: "operational_state.state"},
	{attribute: "ev_charger.state"},
	{attribute: "energy_flex.state"},
	{attribute: "media_playback.state"},
	{attribute: "media_playback.title", whenOn: true},
	{attribute: "audio_volume.volume", whenOn: true},
	{attribute: "media_input.input", whenOn: true},
	{attribute: "presence.state"},
	{attribute: "temperature.celsius"},
	{attribute: "humidity.percent"},
	{attribute: "air_quality.index"},
	{attribute: "concentration.co2_ppm"},
	{attribute: "concentration.pm25_ugm3"},
	{attribute: "illuminance.lux"},
	{attribute: "pressure.hpa"},
	{attribute: "soil_moisture.percent"},
	{attribute: "rain.raining"},
	{attribute: "freeze.freezing", quiet: "false"},
	{attribute: "vibration.vibrating"},
	{attribute: "sound_level.dba"},
	{attribute: "mode.current"},
	{attribute: "humidity_control.target_pct", labelled: true},
	{attribute: "power_meter.watts"},
	{attribute: "energy_meter.imported_kwh"},
	{attribute: "energy_price.price"},
	{attribute: "tamper.tampered", quiet: "false"},
	{attribute: "power_source.battery_pct", labelled: true},
}
