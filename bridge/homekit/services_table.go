package homekit

import (
	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/model"
)

// serviceMaps are tried in order for each endpoint. What a service uses is spoken for, so that a lamp is not also a
// switch, nor an air conditioner's fan a fan.
var serviceMaps = []serviceMap{
	{typ: service.TypeLightbulb, types: []model.DeviceType{"light_on_off", "light_dimmable", "light_color_temperature", "light_color", "plug_dimmable"},
		needs: []model.Attribute{"on_off.on"}, uses: []model.Capability{"level", "color", "color_temperature"}, chars: []charMap{
			{c: characteristic.NewOn().C, attr: "on_off.on", conversion: truth("on_off.on")},
			{c: characteristic.NewBrightness().C, attr: "level.level", conversion: percent("level.level")},
			{c: characteristic.NewHue().C, attr: "color.hue", conversion: readable(amount("color.hue"))},
			{c: characteristic.NewSaturation().C, attr: "color.saturation", conversion: readable(amount("color.saturation"))},
			{c: characteristic.NewColorTemperature().C, attr: "color_temperature.kelvin", conversion: mired("color_temperature.kelvin")},
		}},
	{typ: service.TypeOutlet, types: []model.DeviceType{"plug"}, needs: []model.Attribute{"on_off.on"}, chars: append([]charMap{
		{c: characteristic.NewOn().C, attr: "on_off.on", conversion: truth("on_off.on")},
		{c: characteristic.NewOutletInUse().C, with: []model.Attribute{"on_off.on", "power_meter.watts"}, conversion: outletInUse},
		childLock,
	}, eve...)},
	{typ: service.TypeHeaterCooler, types: []model.DeviceType{"air_conditioner", "ir_air_conditioner", "heater", "bath_heater"},
		needs: []model.Attribute{"on_off.on"}, any: []model.Attribute{heatAttr, coolAttr}, uses: []model.Capability{"thermostat", "fan"}, chars: []charMap{
			{c: characteristic.NewActive().C, attr: "on_off.on", conversion: digit("on_off.on")},
			{c: characteristic.NewCurrentHeaterCoolerState().C, with: []model.Attribute{"on_off.on", "thermostat.running", "thermostat.demand_pct", modeAttr}, conversion: runs(1, 2, 3, 0)},
			{c: characteristic.NewTargetHeaterCoolerState().C, with: []model.Attribute{modeAttr}, conversion: coolerMode},
			{c: characteristic.NewCurrentTemperature().C, with: []model.Attribute{"thermostat.local_temperature", "temperature.celsius", heatAttr, coolAttr}, conversion: roomTemperature},
			{c: characteristic.NewHeatingThresholdTemperature().C, attr: heatAttr, conversion: threshold(heatAttr)},
			{c: characteristic.NewCoolingThresholdTemperature().C, attr: coolAttr, conversion: threshold(coolAttr)},
			{c: characteristic.NewRotationSpeed().C, attr: "fan.speed_pct", conversion: amount("fan.speed_pct")},
			{c: characteristic.NewSwingMode().C, attr: "fan.swing", conversion: swing()},
			units, childLock,
		}},
	{typ: service.TypeThermostat, any: []model.Attribute{heatAttr, coolAttr}, uses: []model.Capability{"thermostat"}, chars: []charMap{
		{c: characteristic.NewCurrentHeatingCoolingState().C, with: []model.Attribute{"thermostat.running", "thermostat.demand_pct", modeAttr, "on_off.on"}, conversion: runs(0, 1, 2)},
		{c: characteristic.NewTargetHeatingCoolingState().C, with: []model.Attribute{modeAttr}, conversion: thermostatMode},
		{c: characteristic.NewCurrentTemperature().C, with: []model.Attribute{"thermostat.local_temperature", "temperature.celsius", heatAttr, coolAttr}, conversion: roomTemperature},
		{c: characteristic.NewTargetTemperature().C, with: []model.Attribute{heatAttr, coolAttr, modeAttr}, conversion: targetTemperature},
		{c: characteristic.NewHeatingThresholdTemperature().C, attr: heatAttr, with: []model.Attribute{modeAttr}, conversion: both(threshold(heatAttr))},
		{c: characteristic.NewCoolingThresholdTemperature().C, attr: coolAttr, with: []model.Attribute{modeAttr}, conversion: both(threshold(coolAttr))},
		{c: characteristic.NewTargetRelativeHumidity().C, attr: "humidity_control.target_pct", conversion: amount("humidity_control.target_pct")},
		units, childLock,
	}},
	{typ: service.TypeAirPurifier, types: []model.DeviceType{"air_purifier"}, any: []model.Attribute{"on_off.on", "fan.speed_pct", "fan.mode"}, uses: []model.Capability{"fan"}, chars: []charMap{
		{c: characteristic.NewActive().C, with: fanStates, conversion: active("fan.mode", "off")},
		{c: characteristic.NewCurrentAirPurifierState().C, with: fanStates, conversion: conversion{read: func(n now) (any, bool) {
			v, ok := active("fan.mode", "off").read(n)
			if v == 1 {
				return 2, ok
			}
			return 0, ok
		}}},
		{c: characteristic.NewTargetAirPurifierState().C, with: []model.Attribute{"fan.mode"}, conversion: orElse("fan.mode", auto(), 0)},
		{c: characteristic.NewRotationSpeed().C, attr: "fan.speed_pct", conversion: amount("fan.speed_pct")},
		{c: characteristic.NewSwingMode().C, attr: "fan.swing", conversion: swing()}, childLock,
	}},
	{typ: service.TypeHumidifierDehumidifier, any: []model.Attribute{"humidity_control.target_pct", "humidity_control.mode"}, needs: []model.Attribute{"humidity.percent"}, uses: []model.Capability{"humidity_control", "fan"}, chars: []charMap{
		{c: characteristic.NewActive().C, with: []model.Attribute{"on_off.on", "humidity_control.mode"}, conversion: active("humidity_control.mode", "off")},
		{c: characteristic.NewCurrentHumidifierDehumidifierState().C, with: []model.Attribute{"on_off.on", "humidity_control.running"}, conversion: humidifierState},
		{c: characteristic.NewTargetHumidifierDehumidifierState().C, with: []model.Attribute{"humidity_control.mode"}, conversion: humidifierMode},
		{c: characteristic.NewCurrentRelativeHumidity().C, attr: "humidity.percent", conversion: amount("humidity.percent")},
		{c: characteristic.NewRelativeHumidityHumidifierThreshold().C, attr: "humidity_control.target_pct", conversion: unlessType("dehumidifier", amount("humidity_control.target_pct"))},
		{c: characteristic.NewRelativeHumidityDehumidifierThreshold().C, attr: "humidity_control.target_pct", conversion: ifType("dehumidifier", amount("humidity_control.target_pct"))},
		{c: characteristic.NewWaterLevel().C, attr: "humidity_control.water_level", conversion: capped("humidity_control.water_level", 1)},
		{c: characteristic.NewRotationSpeed().C, attr: "fan.speed_pct", conversion: amount("fan.speed_pct")}, childLock,
	}},
	{typ: service.TypeFanV2, any: []model.Attribute{"fan.speed_pct", "fan.mode"}, uses: []model.Capability{"fan"}, chars: []charMap{
		{c: characteristic.NewActive().C, with: fanStates, conversion: active("fan.mode", "off")},
		{c: characteristic.NewRotationSpeed().C, attr: "fan.speed_pct", conversion: amount("fan.speed_pct")},
		{c: characteristic.NewTargetFanState().C, attr: "fan.mode", conversion: auto()},
		{c: characteristic.NewSwingMode().C, attr: "fan.swing", conversion: swing()},
		{c: characteristic.NewRotationDirection().C, attr: "fan.direction", conversion: member("fan.direction", "forward", "reverse")}, childLock,
	}},
	{typ: service.TypeWindowCovering, needs: []model.Attribute{"window_covering.open_pct"}, uses: []model.Capability{"window_covering"}, chars: []charMap{
		{c: characteristic.NewCurrentPosition().C, attr: "window_covering.open_pct", conversion: readOnly(wholePercent("window_covering.open_pct"))},
		{c: characteristic.NewTargetPosition().C, attr: "window_covering.open_pct", conversion: targetPosition},
		{c: characteristic.NewPositionState().C, with: []model.Attribute{"window_covering.moving"}, conversion: orElse("window_covering.moving", readOnly(noLimit(member("window_covering.moving", "closing", "opening", "stopped"))), 2)},
		{c: characteristic.NewCurrentHorizontalTiltAngle().C, attr: "window_covering.tilt_pct", conversion: readOnly(tilt(func(n now) (float64, bool) { return n.number("window_covering.tilt_pct") }))},
		{c: characteristic.NewTargetHorizontalTiltAngle().C, attr: "window_covering.tilt_pct", conversion: tilt(func(n now) (float64, bool) { return n.wanted("window_covering.tilt_pct").Number() })},
		{c: characteristic.NewObstructionDetected().C, attr: "window_covering.obstructed", conversion: readOnly(truth("window_covering.obstructed"))},
		{c: characteristic.NewHoldPosition().C, conversion: conversion{write: func(n now, v any) (change, bool) {
			return change{action: "window_covering.stop"}, n.d.HasAction(n.endpoint, "window_covering.stop")
		}}},
	}},
	{typ: service.TypeSlat, needs: []model.Attribute{"window_covering.tilt_pct"}, uses: []model.Capability{"window_covering"}, chars: []charMap{
		{c: characteristic.NewCurrentSlatState().C, conversion: constant(0)},
		{c: characteristic.NewSlatType().C, conversion: constant(0)},
		{c: characteristic.NewCurrentTiltAngle().C, attr: "window_covering.tilt_pct", conversion: readOnly(tilt(func(n now) (float64, bool) { return n.number("window_covering.tilt_pct") }))},
		{c: characteristic.NewTargetTiltAngle().C, attr: "window_covering.tilt_pct", conversion: tilt(func(n now) (float64, bool) { return n.wanted("window_covering.tilt_pct").Number() })},
	}},
	{typ: service.TypeGarageDoorOpener, needs: []model.Attribute{"closure.state"}, uses: []model.Capability{"closure"}, asked: true, chars: []charMap{
		{c: characteristic.NewCurrentDoorState().C, attr: "closure.state", with: []model.Attribute{"closure.target"}, conversion: doorState},
		{c: characteristic.NewTargetDoorState().C, with: []model.Attribute{"closure.target", "closure.state"}, conversion: doorTarget},
		{c: characteristic.NewObstructionDetected().C, with: []model.Attribute{"closure.obstructed"}, conversion: orElse("closure.obstructed", readOnly(truth("closure.obstructed")), false)},
	}},
	{typ: service.TypeLockMechanism, needs: []model.Attribute{"door_lock.lock"}, uses: []model.Capability{"door_lock"}, asked: true, chars: []charMap{
		{c: characteristic.NewLockCurrentState().C, attr: "door_lock.lock", conversion: lockState},
		{c: characteristic.NewLockTargetState().C, with: []model.Attribute{"door_lock.target", "door_lock.lock"}, conversion: lockTarget},
	}},
	{typ: service.TypeSecuritySystem, needs: []model.Attribute{"security_panel.state"}, uses: []model.Capability{"security_panel"}, asked: true, chars: []charMap{
		{c: characteristic.NewSecuritySystemCurrentState().C, attr: "security_panel.state", conversion: panelState},
		{c: characteristic.NewSecuritySystemTargetState().C, with: []model.Attribute{"security_panel.target", "security_panel.state"}, conversion: panelTarget},
	}},
	{typ: service.TypeValve, types: []model.DeviceType{"valve", "irrigation", "water_meter"}, any: []model.Attribute{"valve.target", "valve.state"}, uses: []model.Capability{"valve"}, chars: []charMap{
		{c: characteristic.NewActive().C, with: []model.Attribute{"valve.target", "valve.state"}, conversion: valveTarget},
		{c: characteristic.NewInUse().C, with: []model.Attribute{"valve.target", "valve.state"}, conversion: valveInUse},
		{c: characteristic.NewValveType().C, conversion: conversion{read: func(n now) (any, bool) { return map[bool]int{true: 1}[n.d.Type() == "irrigation"], true }}},
		{c: characteristic.NewSetDuration().C, attr: "valve.default_duration", conversion: amount("valve.default_duration")},
		{c: characteristic.NewRemainingDuration().C, attr: "valve.remaining", conversion: capped("valve.remaining", 1)},
	}},
	{typ: typeSmartSpeaker, types: []model.DeviceType{"speaker"}, needs: []model.Attribute{"media_playback.state"}, uses: []model.Capability{"audio_volume", "media_playback"},
		chars: append(append([]charMap{}, playing...), loudness...)},
	{typ: service.TypeSpeaker, types: []model.DeviceType{"speaker"}, any: []model.Attribute{"audio_volume.volume", "audio_volume.muted"}, uses: []model.Capability{"audio_volume"}, chars: loudness},
	{typ: service.TypeSwitch, needs: []model.Attribute{"on_off.on"}, chars: append([]charMap{
		{c: characteristic.NewOn().C, attr: "on_off.on", conversion: truth("on_off.on")}, childLock}, eve...)},
	{typ: service.TypeSwitch, needs: []model.Attribute{"siren.active"}, uses: []model.Capability{"siren"}, chars: []charMap{
		{c: characteristic.NewOn().C, attr: "siren.active", conversion: truth("siren.active")}}},

	{typ: service.TypeContactSensor, needs: []model.Attribute{"contact.open"}, chars: []charMap{
		{c: characteristic.NewContactSensorState().C, attr: "contact.open", conversion: readOnly(digit("contact.open"))}, tampered, faulty}},
	{typ: service.TypeMotionSensor, types: []model.DeviceType{"motion_sensor", "camera", "doorbell"}, needs: []model.Attribute{"occupancy.occupied"}, uses: []model.Capability{"occupancy"}, chars: []charMap{
		{c: characteristic.NewMotionDetected().C, attr: "occupancy.occupied", conversion: readOnly(truth("occupancy.occupied"))}, tampered, faulty}},
	{typ: service.TypeOccupancySensor, needs: []model.Attribute{"occupancy.occupied"}, uses: []model.Capability{"occupancy"}, chars: []charMap{
		{c: characteristic.NewOccupancyDetected().C, attr: "occupancy.occupied", conversion: readOnly(digit("occupancy.occupied"))}, tampered, faulty}},
	{typ: service.TypeMotionSensor, needs: []model.Attribute{"vibration.vibrating"}, chars: []charMap{ // Apple has none for vibration
		{c: characteristic.NewMotionDetected().C, attr: "vibration.vibrating", conversion: readOnly(truth("vibration.vibrating"))}, tampered}},
	{typ: service.TypeLeakSensor, needs: []model.Attribute{"water_leak.leak"}, chars: []charMap{
		{c: characteristic.NewLeakDetected().C, attr: "water_leak.leak", conversion: readOnly(digit("water_leak.leak"))}, tampered, faulty}},
	{typ: service.TypeLeakSensor, needs: []model.Attribute{"rain.raining"}, chars: []charMap{ // nor for rain, nor for frost
		{c: characteristic.NewLeakDetected().C, attr: "rain.raining", conversion: readOnly(digit("rain.raining"))}, tampered, faulty}},
	{typ: service.TypeLeakSensor, needs: []model.Attribute{"freeze.freezing"}, chars: []charMap{
		{c: characteristic.NewLeakDetected().C, attr: "freeze.freezing", conversion: readOnly(digit("freeze.freezing"))}, tampered, faulty}},
	{typ: service.TypeLeakSensor, needs: []model.Attribute{"gas_leak.gas"}, chars: []charMap{ // Apple has none for gas
		{c: characteristic.NewLeakDetected().C, attr: "gas_leak.gas", conversion: alarm("gas_leak.gas", "normal")}, tampered, faulty}},
	{typ: service.TypeSmokeSensor, needs: []model.Attribute{"smoke_co_alarm.smoke"}, chars: []charMap{
		{c: characteristic.NewSmokeDetected().C, attr: "smoke_co_alarm.smoke", conversion: alarm("smoke_co_alarm.smoke", "normal")}, tampered, faulty}},
	{typ: service.TypeCarbonMonoxideSensor, needs: []model.Attribute{"smoke_co_alarm.co"}, chars: []charMap{
		{c: characteristic.NewCarbonMonoxideDetected().C, attr: "smoke_co_alarm.co", conversion: alarm("smoke_co_alarm.co", "normal")},
		{c: characteristic.NewCarbonMonoxideLevel().C, attr: "concentration.co_ppm", conversion: capped("concentration.co_ppm", 1)}, tampered, faulty}},
	{typ: service.TypeAirQualitySensor, any: []model.Attribute{"air_quality.index", "concentration.pm25_ugm3", "concentration.pm10_ugm3", "concentration.tvoc_ugm3", "concentration.o3_ppb", "concentration.no2_ppb"}, chars: []charMap{
		{c: characteristic.NewAirQuality().C, with: []model.Attribute{"air_quality.index", "concentration.pm25_ugm3"}, conversion: airQuality},
		{c: characteristic.NewPM2_5Density().C, attr: "concentration.pm25_ugm3", conversion: capped("concentration.pm25_ugm3", 1)},
		{c: characteristic.NewPM10Density().C, attr: "concentration.pm10_ugm3", conversion: capped("concentration.pm10_ugm3", 1)},
		{c: characteristic.NewVOCDensity().C, attr: "concentration.tvoc_ugm3", conversion: capped("concentration.tvoc_ugm3", 1)},
		{c: characteristic.NewOzoneDensity().C, attr: "concentration.o3_ppb", conversion: capped("concentration.o3_ppb", 48.00/24.45)},
		{c: characteristic.NewNitrogenDioxideDensity().C, attr: "concentration.no2_ppb", conversion: capped("concentration.no2_ppb", 46.01/24.45)},
	}},
	{typ: service.TypeCarbonDioxideSensor, needs: []model.Attribute{"concentration.co2_ppm"}, chars: []charMap{
		{c: characteristic.NewCarbonDioxideDetected().C, attr: "concentration.co2_ppm", conversion: conversion{read: func(n now) (any, bool) {
			f, ok := n.number("concentration.co2_ppm")
			return map[bool]int{true: 1}[f >= stuffyPpm], ok
		}}},
		{c: characteristic.NewCarbonDioxideLevel().C, attr: "concentration.co2_ppm", conversion: capped("concentration.co2_ppm", 1)}}},
	{typ: service.TypeTemperatureSensor, needs: []model.Attribute{"temperature.celsius"}, chars: []charMap{
		{c: characteristic.NewCurrentTemperature().C, attr: "temperature.celsius", conversion: roomTemperatureOf("temperature.celsius")}, tampered, faulty}},
	{typ: service.TypeHumiditySensor, needs: []model.Attribute{"humidity.percent"}, chars: []charMap{
		{c: characteristic.NewCurrentRelativeHumidity().C, attr: "humidity.percent", conversion: capped("humidity.percent", 1)}, tampered, faulty}},
	{typ: service.TypeHumiditySensor, needs: []model.Attribute{"soil_moisture.percent"}, chars: []charMap{
		{c: characteristic.NewCurrentRelativeHumidity().C, attr: "soil_moisture.percent", conversion: capped("soil_moisture.percent", 1)}}},
	{typ: service.TypeLightSensor, needs: []model.Attribute{"illuminance.lux"}, chars: []charMap{
		{c: characteristic.NewCurrentAmbientLightLevel().C, attr: "illuminance.lux", conversion: capped("illuminance.lux", 1)}}},

	{typ: service.TypeFilterMaintenance, any: []model.Attribute{"filter.change", "filter.life_pct"}, linked: true, chars: []charMap{
		{c: characteristic.NewFilterChangeIndication().C, with: []model.Attribute{"filter.change", "filter.life_pct"}, conversion: filterChange},
		{c: characteristic.NewFilterLifeLevel().C, attr: "filter.life_pct", conversion: capped("filter.life_pct", 1)},
		{c: characteristic.NewResetFilterIndication().C, conversion: conversion{write: func(n now, _ any) (change, bool) {
			return change{action: "filter.reset"}, n.d.HasAction(n.endpoint, "filter.reset")
		}}},
	}},
	{typ: service.TypeBatteryService, any: []model.Attribute{"power_source.battery_pct", "power_source.battery_level"}, linked: true, chars: []charMap{
		{c: characteristic.NewBatteryLevel().C, attr: "power_source.battery_pct", conversion: wholePercent("power_source.battery_pct")},
		{c: characteristic.NewChargingState().C, with: []model.Attribute{"power_source.charge_state"}, conversion: charging},
		{c: characteristic.NewStatusLowBattery().C, with: []model.Attribute{"power_source.battery_level", "power_source.battery_pct"}, conversion: lowBattery},
	}},
}

// What several services share.
var (
	fanStates = []model.Attribute{"on_off.on", "fan.mode", "fan.speed_pct"}
	childLock = charMap{c: characteristic.NewLockPhysicalControls().C, attr: "child_lock.locked", conversion: digit("child_lock.locked")}
	units     = charMap{c: characteristic.NewTemperatureDisplayUnits().C, with: []model.Attribute{"display.temperature_unit"}, conversion: orElse("display.temperature_unit", member("display.temperature_unit", "celsius", "fahrenheit"), 0)}
	tampered  = charMap{c: characteristic.NewStatusTampered().C, attr: "tamper.tampered", conversion: readOnly(digit("tamper.tampered"))}
	faulty    = charMap{c: characteristic.NewStatusFault().C, attr: "fault.active", conversion: readOnly(digit("fault.active"))}
)

// eve are the characteristics of Eve's plugs, which the Eve app and others read in any accessory.
var eve = []charMap{
	{c: vendor("E863F10D-079E-48FF-8F27-9C2605A29F52", "Consumption", "W"), attr: "power_meter.watts", conversion: capped("power_meter.watts", 1)},
	{c: vendor("E863F10A-079E-48FF-8F27-9C2605A29F52", "Voltage", "V"), attr: "power_meter.volts", conversion: capped("power_meter.volts", 1)},
	{c: vendor("E863F126-079E-48FF-8F27-9C2605A29F52", "Current", "A"), attr: "power_meter.amps", conversion: capped("power_meter.amps", 1)},
	{c: vendor("E863F10C-079E-48FF-8F27-9C2605A29F52", "Total Consumption", "kWh"), attr: "energy_meter.imported_kwh", conversion: capped("energy_meter.imported_kwh", 1)},
}

func vendor(uuid, description, unit string) *characteristic.C {
	c := characteristic.New()
	c.Type, c.Description, c.Unit, c.Format, c.Val = uuid, description, unit, characteristic.FormatFloat, 0.0
	c.Permissions = []string{characteristic.PermissionRead, characteristic.PermissionEvents}
	return c
}
