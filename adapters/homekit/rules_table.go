package homekit

// serviceRules say what Apple-defined services become, by name. A characteristic without a rule here becomes a
// measurement or setting; one of a service without an entry, too, unless the service is mere infrastructure.
var serviceRules = map[string]serviceRule{
	"Lightbulb": {kind: lightKind, rules: []rule{
		on("On"),
		{attr: "level.level", read: "Brightness", write: "Brightness", conv: number},
		{attr: "color.hue", read: "Hue", write: "Hue", conv: number},
		{attr: "color.saturation", read: "Saturation", write: "Saturation", conv: number},
		{attr: "color_temperature.kelvin", read: "ColorTemperature", write: "ColorTemperature", conv: mired},
	}},
	"Switch": {kind: is("wall_switch"), rules: []rule{on("On")}},
	"Outlet": {kind: is("plug"), rules: []rule{on("On")}},
	"Fan": {kind: is("fan"), rules: []rule{
		on("On"),
		{attr: "fan.speed_pct", read: "RotationSpeed", write: "RotationSpeed", conv: number},
		{attr: "fan.direction", read: "RotationDirection", write: "RotationDirection", conv: enum("forward", "reverse")},
	}},
	"Fanv2": {kind: is("fan"), rules: []rule{
		on("Active"),
		{attr: "fan.speed_pct", read: "RotationSpeed", write: "RotationSpeed", conv: number},
		{attr: "fan.mode", read: "TargetFanState", write: "TargetFanState", conv: enum("on", "auto")},
		{attr: "fan.swing", read: "SwingMode", write: "SwingMode", conv: swing},
		{attr: "fan.direction", read: "RotationDirection", write: "RotationDirection", conv: enum("forward", "reverse")},
	}},
	"AirPurifier": {kind: is("air_purifier"), rules: []rule{
		on("Active"),
		{attr: "fan.mode", read: "TargetAirPurifierState", write: "TargetAirPurifierState", conv: enum("on", "auto")},
		{attr: "fan.speed_pct", read: "RotationSpeed", write: "RotationSpeed", conv: number},
		{attr: "fan.swing", read: "SwingMode", write: "SwingMode", conv: swing},
	}},
	"FilterMaintenance": {joins: true, rules: []rule{
		{attr: "filter.change", read: "FilterChangeIndication", conv: enum("ok", "critical")},
		{attr: "filter.life_pct", read: "FilterLifeLevel", conv: number},
	}, actions: []action{{"filter.reset", "ResetFilterIndication", 1}}},
	"HeaterCooler": {kind: is("air_conditioner"), rules: []rule{
		on("Active"),
		{attr: "thermostat.local_temperature", read: "CurrentTemperature", conv: number},
		{attr: "thermostat.mode", read: "TargetHeaterCoolerState", write: "TargetHeaterCoolerState", conv: enum("auto", "heat", "cool")},
		{attr: "thermostat.running", read: "CurrentHeaterCoolerState", conv: oneOfSet("idle", "idle", "heat", "cool")},
		{attr: "thermostat.heat_setpoint", read: "HeatingThresholdTemperature", write: "HeatingThresholdTemperature", conv: number},
		{attr: "thermostat.cool_setpoint", read: "CoolingThresholdTemperature", write: "CoolingThresholdTemperature", conv: number},
		{attr: "fan.speed_pct", read: "RotationSpeed", write: "RotationSpeed", conv: number},
		{attr: "fan.swing", read: "SwingMode", write: "SwingMode", conv: swing},
		displayUnits,
	}},
	"Thermostat": {kind: is("thermostat"), rules: []rule{
		{attr: "thermostat.local_temperature", read: "CurrentTemperature", conv: number},
		{attr: "thermostat.mode", read: "TargetHeatingCoolingState", write: "TargetHeatingCoolingState", conv: enum("off", "heat", "cool", "auto")},
		{attr: "thermostat.running", read: "CurrentHeatingCoolingState", conv: oneOfSet("idle", "heat", "cool")},
		{attr: "thermostat.heat_setpoint", read: "TargetTemperature", write: "TargetTemperature", conv: number, target: setpointOf("HeatingThresholdTemperature", modeCool),
			with: []string{"TargetHeatingCoolingState", "HeatingThresholdTemperature"}, when: modes(modeHeat, modeAuto)},
		{attr: "thermostat.cool_setpoint", read: "TargetTemperature", write: "TargetTemperature", conv: number, target: setpointOf("CoolingThresholdTemperature", modeHeat, modeOff),
			with: []string{"TargetHeatingCoolingState", "CoolingThresholdTemperature"}, when: modes(modeCool, modeAuto)},
		{attr: "humidity.percent", read: "CurrentRelativeHumidity", conv: number},
		{attr: "humidity_control.target_pct", read: "TargetRelativeHumidity", write: "TargetRelativeHumidity", conv: number},
		displayUnits,
	}},
	"HumidifierDehumidifier": {kind: humidifierKind, rules: []rule{
		on("Active"),
		{attr: "humidity.percent", read: "CurrentRelativeHumidity", conv: number},
		{attr: "humidity_control.mode", read: "TargetHumidifierDehumidifierState", write: "TargetHumidifierDehumidifierState", conv: enum("auto", "humidify", "dehumidify")},
		{attr: "humidity_control.running", read: "CurrentHumidifierDehumidifierState", conv: enumRead("idle", "idle", "humidifying", "dehumidifying")},
		{attr: "humidity_control.target_pct", read: "RelativeHumidityHumidifierThreshold", write: "RelativeHumidityHumidifierThreshold", conv: number},
		{attr: "humidity_control.target_pct", read: "RelativeHumidityDehumidifierThreshold", write: "RelativeHumidityDehumidifierThreshold", conv: number, when: lacks("RelativeHumidityHumidifierThreshold")},
		{attr: "humidity_control.water_level", read: "WaterLevel", conv: number},
		{attr: "fan.speed_pct", read: "RotationSpeed", write: "RotationSpeed", conv: number},
		{attr: "fan.swing", read: "SwingMode", write: "SwingMode", conv: swing},
	}},
	"TemperatureSensor": {kind: is("climate_sensor"), rules: []rule{{attr: "temperature.celsius", read: "CurrentTemperature", conv: number}}},
	"HumiditySensor":    {kind: is("climate_sensor"), rules: []rule{{attr: "humidity.percent", read: "CurrentRelativeHumidity", conv: number}}},
	"LightSensor":       {kind: is("light_sensor"), rules: []rule{{attr: "illuminance.lux", read: "CurrentAmbientLightLevel", conv: number}}},
	"MotionSensor": {kind: is("motion_sensor"), constants: always("occupancy.kind", "pir"), rules: []rule{
		{attr: "occupancy.occupied", read: "MotionDetected", conv: flag}}},
	"OccupancySensor": {kind: is("presence_sensor"), rules: []rule{{attr: "occupancy.occupied", read: "OccupancyDetected", conv: flag}}},
	"ContactSensor":   {kind: is("contact_sensor"), rules: []rule{{attr: "contact.open", read: "ContactSensorState", conv: flag}}}, // 0 is contact: closed
	"LeakSensor":      {kind: is("leak_sensor"), rules: []rule{{attr: "water_leak.leak", read: "LeakDetected", conv: flag}}},
	"SmokeSensor":     {kind: is("smoke_co_alarm"), rules: []rule{{attr: "smoke_co_alarm.smoke", read: "SmokeDetected", conv: enum("normal", "critical")}}},
	"CarbonMonoxideSensor": {kind: is("smoke_co_alarm"), rules: []rule{
		{attr: "smoke_co_alarm.co", read: "CarbonMonoxideDetected", conv: enum("normal", "critical")},
		{attr: "concentration.co_ppm", read: "CarbonMonoxideLevel", conv: number},
	}},
	"CarbonDioxideSensor": {kind: is("air_monitor"), rules: []rule{{attr: "concentration.co2_ppm", read: "CarbonDioxideLevel", conv: number}}},
	"AirQualitySensor": {kind: is("air_monitor"), rules: []rule{
		{attr: "air_quality.index", read: "AirQuality", conv: enum("unknown", "good", "fair", "moderate", "poor", "very_poor")}, // HAP: unknown, excellent, good, fair, inferior, poor
		{attr: "concentration.pm25_ugm3", read: "PM2_5Density", conv: number},
		{attr: "concentration.pm10_ugm3", read: "PM10Density", conv: number},
		{attr: "concentration.tvoc_ugm3", read: "VOCDensity", conv: number},
		{attr: "concentration.o3_ppb", read: "OzoneDensity", conv: per(ozoneUgPerPpb)},
		{attr: "concentration.no2_ppb", read: "NitrogenDioxideDensity", conv: per(nitrogenDioxideUgPerPpb)},
	}},
	"Battery": {joins: true, constants: always("power_source.kind", "battery"), rules: []rule{
		{attr: "power_source.battery_pct", read: "BatteryLevel", conv: number},
		{attr: "power_source.battery_level", read: "StatusLowBattery", conv: enum("ok", "warning")},
		{attr: "power_source.charge_state", read: "ChargingState", conv: enumRead("not_charging", "charging", "not_charging")},
	}},
	"WindowCovering": {kind: is("window_covering"), slow: true, rules: append(position(),
		rule{attr: "window_covering.tilt_pct", read: "CurrentHorizontalTiltAngle", write: "TargetHorizontalTiltAngle", conv: tilt},
		rule{attr: "window_covering.tilt_pct", read: "CurrentVerticalTiltAngle", write: "TargetVerticalTiltAngle", conv: tilt, when: lacks("CurrentHorizontalTiltAngle")},
	), actions: []action{{"window_covering.stop", "HoldPosition", 1}}},
	"Window": {kind: is("window_covering"), slow: true, rules: position(), actions: []action{{"window_covering.stop", "HoldPosition", 1}}},
	"Door":   {kind: is("window_covering"), slow: true, rules: position(), actions: []action{{"window_covering.stop", "HoldPosition", 1}}},
	"Slats": {kind: is("window_covering"), joins: true, slow: true, rules: []rule{
		{attr: "window_covering.tilt_pct", read: "CurrentTiltAngle", write: "TargetTiltAngle", conv: tilt},
		{attr: "fan.swing", read: "SwingMode", write: "SwingMode", conv: swing},
	}},
	"GarageDoorOpener": {kind: is("garage_door"), slow: true, rules: []rule{
		{attr: "closure.state", read: "CurrentDoorState", conv: enumRead("open", "closed", "moving", "moving", "partial")},
		{attr: "closure.target", read: "TargetDoorState", write: "TargetDoorState", conv: enum("open", "closed")},
		{attr: "closure.obstructed", read: "ObstructionDetected", conv: flag},
		{attr: "closure.latched", read: "LockCurrentState", conv: flag},
	}},
	"LockMechanism": {kind: is("door_lock"), slow: true, rules: []rule{
		{attr: "door_lock.lock", read: "LockCurrentState", conv: enumRead("unlocked", "locked", "not_fully_locked", "unknown")},
		{attr: "door_lock.target", read: "LockTargetState", write: "LockTargetState", conv: enum("unlocked", "locked")},
	}},
	"LockManagement": {joins: true, rules: []rule{
		{attr: "door_lock.auto_relock", read: "LockManagementAutoSecurityTimeout", write: "LockManagementAutoSecurityTimeout", conv: number},
		{attr: "door_lock.door", read: "CurrentDoorState", conv: enumRead("open", "closed", "unspecified", "unspecified", "ajar")},
	}},
	"Valve": {kind: is("valve"), rules: []rule{
		{attr: "valve.state", read: "Active", with: []string{"InUse"}, conv: valveState},
		{attr: "valve.target", read: "Active", write: "Active", conv: enum("closed", "open")},
		{attr: "valve.default_duration", read: "SetDuration", write: "SetDuration", conv: number},
		{attr: "valve.remaining", read: "RemainingDuration", conv: number},
	}},
	"Faucet":           {kind: is("valve"), rules: []rule{on("Active")}},
	"IrrigationSystem": {kind: is("irrigation"), rules: []rule{on("Active"), {attr: "valve.remaining", read: "RemainingDuration", conv: number}}},
	"SecuritySystem": {kind: is("security_panel"), slow: true, rules: []rule{
		{attr: "security_panel.state", read: "SecuritySystemCurrentState", conv: enumRead("armed_home", "armed_away", "armed_night", "disarmed", "triggered")},
		{attr: "security_panel.target", read: "SecuritySystemTargetState", write: "SecuritySystemTargetState", conv: enum("armed_home", "armed_away", "armed_night", "disarmed")},
	}},
	"Doorbell": {kind: is("doorbell"), event: "doorbell.ring", rules: []rule{
		{attr: "indicator.brightness_pct", read: "Brightness", write: "Brightness", conv: number}, volume, mute,
	}},
	"StatelessProgrammableSwitch": {kind: is("remote"), joins: true, event: "button.press"},
	"StatefulProgrammableSwitch": {kind: is("remote"), joins: true, event: "button.press", rules: []rule{
		{attr: "button.position", read: "ProgrammableSwitchOutputState", conv: number}}},
	"Television": {kind: is("tv"), rules: []rule{
		on("Active"),
		{attr: "media_input.input", read: "ActiveIdentifier", write: "ActiveIdentifier", conv: input},
		{attr: "media_playback.state", read: "CurrentMediaState", conv: mediaState},
	}, actions: append(media(), action{"media_playback.next", "RemoteKey", 2}, action{"media_playback.previous", "RemoteKey", 3})},
	"InputSource":               {joins: true, silent: true},
	"Speaker":                   {kind: is("speaker"), joins: true, rules: []rule{volume, mute}},
	"SmartSpeaker":              {kind: is("speaker"), rules: []rule{{attr: "media_playback.state", read: "CurrentMediaState", conv: mediaState}, volume, mute}, actions: media()},
	"Microphone":                {joins: true},
	"CameraRTPStreamManagement": {kind: is("camera"), leads: true, constants: streams},
	"CameraOperatingMode": {kind: is("camera"), joins: true, rules: []rule{
		{attr: "camera.privacy", read: "HomeKitCameraActive", write: "HomeKitCameraActive", conv: notFlag},
		{attr: "camera.night_vision", read: "NightVision", write: "NightVision", conv: enum("off", "on")},
	}},
	"CameraRecordingManagement": {joins: true, rules: []rule{{attr: "camera.recording", read: "Active", write: "Active", conv: flag}}},
	"ServiceLabel":              {silent: true},
}

// commonRules are of characteristics that any service may have. Where two services have one, the first counts.
var commonRules = []rule{
	{attr: "power_source.battery_level", read: "StatusLowBattery", conv: enum("ok", "warning")},
	{attr: "fault.active", read: "StatusFault", conv: flag},
	{attr: "tamper.tampered", read: "StatusTampered", conv: flag},
	{attr: "child_lock.locked", read: "LockPhysicalControls", write: "LockPhysicalControls", conv: flag},
}

// vendorRules are of vendors' own characteristics that are widely known, by type: Eve's, which many
// others follow, and Koogeek's.
var vendorRules = map[string]rule{
	"E863F10D-079E-48FF-8F27-9C2605A29F52": {attr: "power_meter.watts", conv: number},
	"E863F10A-079E-48FF-8F27-9C2605A29F52": {attr: "power_meter.volts", conv: number},
	"E863F126-079E-48FF-8F27-9C2605A29F52": {attr: "power_meter.amps", conv: number},
	"E863F10C-079E-48FF-8F27-9C2605A29F52": {attr: "energy_meter.imported_kwh", conv: number},
	"E863F10F-079E-48FF-8F27-9C2605A29F52": {attr: "pressure.hpa", conv: number},
	"4AAAF931-0DEC-11E5-B939-0800200C9A66": {attr: "power_meter.watts", conv: number},
	"4AAAF933-0DEC-11E5-B939-0800200C9A66": {attr: "energy_meter.imported_kwh", conv: number},
}

// quiet are characteristics that say nothing to a household.
var quiet = map[string]bool{
	"Name": true, "ConfiguredName": true, "ServiceLabelIndex": true, "ServiceLabelNamespace": true, "Identifier": true, "Version": true, "ProgrammableSwitchEvent": true,
	"InputSourceType": true, "InputDeviceType": true, "CurrentVisibilityState": true, "TargetVisibilityState": true, "SleepDiscoveryMode": true,
	"PowerModeSelection": true, "VolumeSelector": true, "VolumeControlType": true, "TargetMediaState": true, "RemoteKey": true, "IsConfigured": true,
	"Identify": true,
}

// What several services share.
var (
	displayUnits = rule{attr: "display.temperature_unit", read: "TemperatureDisplayUnits", write: "TemperatureDisplayUnits", conv: enum("celsius", "fahrenheit")}
	volume       = rule{attr: "audio_volume.volume", read: "Volume", write: "Volume", conv: number}
	mute         = rule{attr: "audio_volume.muted", read: "Mute", write: "Mute", conv: flag}
)

func on(char string) rule { return rule{attr: "on_off.on", read: char, write: char, conv: flag} }

func position() []rule {
	return []rule{
		{attr: "window_covering.open_pct", read: "CurrentPosition", write: "TargetPosition", conv: number},
		{attr: "window_covering.moving", read: "PositionState", conv: enum("closing", "opening", "stopped")},
		{attr: "window_covering.obstructed", read: "ObstructionDetected", conv: flag},
	}
}

func media() []action {
	return []action{{"media_playback.play", "TargetMediaState", 0}, {"media_playback.pause", "TargetMediaState", 1}, {"media_playback.stop", "TargetMediaState", 2}}
}
