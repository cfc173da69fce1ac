package google

import (
	"math"
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// typeOf is Google's type of a device; empty when there is none.
func typeOf(d *home.Device) string {
	if d.Type() == "window_covering" {
		switch kind := speakers.Text(d, "window_covering.kind"); kind {
		case "curtain":
			return "CURTAIN"
		case "shutter":
			return "SHUTTER"
		case "awning":
			return "AWNING"
		}
		return "BLINDS"
	}
	spec := model.LookupDeviceType(d.Type())
	if spec == nil {
		return ""
	}
	switch name := spec.Names["google"]; name {
	case "CURTAIN/BLINDS/SHUTTER":
		return "BLINDS" // an airer goes up and down
	case "REMOTECONTROL", "": // a remote control here sends presses; Google's is something to be controlled
		return ""
	default:
		return name
	}
}

// trait is what Google calls an ability: when a device has it, its attributes and states.
type trait struct {
	name       string
	has        func(*home.Device) bool
	attributes func(*home.Device, map[string]any)
	states     func(*home.Device, map[string]any)
}

func traitsOf(d *home.Device) []trait {
	return slices.DeleteFunc(slices.Concat(traits, applianceTraits), func(t trait) bool { return !t.has(d) })
}

func can(a ...model.Attribute) func(*home.Device) bool {
	return func(d *home.Device) bool {
		return slices.ContainsFunc(a, func(x model.Attribute) bool { return speakers.Can(d, x) })
	}
}

func round(f float64) int { return int(math.Round(f)) }

// tenth rounds to a tenth: no thermometer knows more.
func tenth(f float64) float64 { return math.Round(f*10) / 10 }

var traits = []trait{
	{name: "OnOff", has: switched, states: func(d *home.Device, s map[string]any) {
		if on, ok := speakers.Power.Read(d).Bool(); ok {
			s["on"] = on
		}
	}},
	{name: "Brightness", has: can(speakers.Level), states: func(d *home.Device, s map[string]any) {
		if n, ok := speakers.Number(d, speakers.Level); ok {
			s["brightness"] = round(n)
		}
	}},
	{name: "ColorSetting", has: func(d *home.Device) bool { return can(speakers.Kelvin)(d) || hasColor(d) }, attributes: colorAttributes, states: colorStates},
	{name: "OpenClose", has: func(d *home.Device) bool {
		return can(speakers.OpenPct, speakers.Closure, speakers.ValveTo)(d) || d.Type() == "contact_sensor" && speakers.Has(d, speakers.Contact)
	}, attributes: func(d *home.Device, a map[string]any) {
		switch {
		case speakers.Has(d, speakers.Contact):
			a["queryOnlyOpenClose"], a["discreteOnlyOpenClose"] = true, true
		case !speakers.Can(d, speakers.OpenPct):
			a["discreteOnlyOpenClose"] = true
		}
	}, states: func(d *home.Device, s map[string]any) {
		if n, ok := speakers.IsOpen(d); ok {
			s["openPercent"] = round(n)
		}
	}},
	{name: "LockUnlock", has: can(speakers.LockTo), states: func(d *home.Device, s map[string]any) {
		switch speakers.Text(d, speakers.LockIs) {
		case "locked":
			s["isLocked"], s["isJammed"] = true, false
		case "unlocked", "unlatched":
			s["isLocked"], s["isJammed"] = false, false
		case "not_fully_locked":
			s["isJammed"] = true
		}
	}},
	{name: "TemperatureSetting", has: func(d *home.Device) bool {
		return can(speakers.Heat, speakers.Cool)(d) || d.Type() == "climate_sensor" && speakers.Has(d, speakers.Celsius)
	}, attributes: thermostatAttributes, states: thermostatStates},
	{name: "FanSpeed", has: can(speakers.FanPct, speakers.FanMode), attributes: fanAttributes, states: fanStates},
	{name: "HumiditySetting", has: func(d *home.Device) bool {
		return speakers.Has(d, speakers.Humidity) || can("humidity_control.target_pct")(d)
	}, attributes: func(d *home.Device, a map[string]any) {
		if !speakers.Can(d, "humidity_control.target_pct") {
			a["queryOnlyHumiditySetting"] = true
		}
	}, states: func(d *home.Device, s map[string]any) {
		if n, ok := speakers.Number(d, "humidity_control.target_pct"); ok {
			s["humiditySetpointPercent"] = round(n)
		}
		if n, ok := speakers.Number(d, speakers.Humidity); ok && n >= 1 {
			s["humidityAmbientPercent"] = round(n)
		}
	}},
	{name: "Volume", has: can(speakers.Volume), attributes: func(d *home.Device, a map[string]any) {
		a["volumeMaxLevel"], a["volumeCanMuteAndUnmute"] = 100, speakers.Can(d, speakers.Muted)
	}, states: func(d *home.Device, s map[string]any) {
		if n, ok := speakers.Number(d, speakers.Volume); ok {
			s["currentVolume"] = round(n)
			if m, ok := speakers.Truth(d, speakers.Muted); ok {
				s["isMuted"] = m
			}
		}
	}},
	{name: "TransportControl", has: func(d *home.Device) bool { return len(transport(d)) > 0 }, attributes: func(d *home.Device, a map[string]any) {
		a["transportControlSupportedCommands"] = transport(d)
	}},
	{name: "MediaState", has: func(d *home.Device) bool { return speakers.Has(d, speakers.Playback) }, attributes: func(_ *home.Device, a map[string]any) {
		a["supportPlaybackState"] = true
	}, states: func(d *home.Device, s map[string]any) {
		if v, ok := map[string]string{"playing": "PLAYING", "paused": "PAUSED", "stopped": "STOPPED", "buffering": "BUFFERING", "idle": "STOPPED"}[speakers.Text(d, speakers.Playback)]; ok {
			s["playbackState"] = v
		}
	}},
	{name: "StartStop", has: func(d *home.Device) bool { return works(d, "start") != "" || waters(d) }, attributes: func(d *home.Device, a map[string]any) {
		a["pausable"] = works(d, "pause") != ""
	}, states: func(d *home.Device, s map[string]any) {
		if waters(d) {
			n, _ := speakers.IsOpen(d)
			s["isRunning"], s["isPaused"] = n > 0, false
			return
		}
		state := speakers.Text(d, speakers.Vacuum)
		if state == "" {
			state = speakers.Text(d, model.AttrOperationalStateState)
		}
		s["isRunning"], s["isPaused"] = state == "cleaning" || state == "mopping" || state == "running", state == "paused"
	}},
	{name: "OccupancySensing", has: func(d *home.Device) bool { return senses[d.Type()] && speakers.Has(d, speakers.Occupied) }, attributes: func(d *home.Device, a map[string]any) {
		a["occupancySensorConfiguration"] = []any{map[string]any{"occupancySensorType": "PIR"}}
	}, states: func(d *home.Device, s map[string]any) {
		s["occupancy"] = "UNKNOWN_OCCUPANCY_STATE"
		if yes, known := speakers.Truth(d, speakers.Occupied); known {
			s["occupancy"] = map[bool]string{true: "OCCUPIED", false: "UNOCCUPIED"}[yes]
		}
	}},
	{name: "ArmDisarm", has: can(model.AttrSecurityPanelTarget), attributes: armAttributes, states: armStates},
	{name: "Dock", has: func(d *home.Device) bool { _, ok := speakers.Takes(d, "robot_vacuum.dock"); return ok }, states: func(d *home.Device, s map[string]any) {
		state := speakers.Text(d, speakers.Vacuum)
		s["isDocked"] = state == "docked" || state == "charging"
	}},
	{name: "SensorState", has: func(d *home.Device) bool { return len(sensors(d)) > 0 }, attributes: func(d *home.Device, a map[string]any) {
		list := []any{}
		for _, x := range sensors(d) {
			list = append(list, x.supported)
		}
		a["sensorStatesSupported"] = list
	}, states: func(d *home.Device, s map[string]any) {
		list := []any{}
		for _, x := range sensors(d) {
			list = append(list, x.state)
		}
		s["currentSensorStateData"] = list
	}},
}

// switched reports whether a device can be switched on and off: curtains and thermostats have words of their own for that.
func switched(d *home.Device) bool {
	switch speakers.Power.Of(d) {
	case speakers.On, speakers.FanMode, speakers.Playback:
		return speakers.Power.Can(d)
	case model.AttrOperationalStateState: // others are started and stopped
		return d.Type() == model.DeviceOven || d.Type() == model.DeviceCooker
	}
	return false
}

// senses are the types that are there to notice people. Google's schemas of 2021 have no such trait; its documentation has.
var senses = map[model.DeviceType]bool{"motion_sensor": true, "presence_sensor": true}

// works is the command by which a device starts, stops, pauses or goes on; empty when it takes none such.
func works(d *home.Device, what string) model.Attribute {
	for _, c := range []string{"robot_vacuum.", "operational_state."} {
		if _, ok := speakers.Takes(d, model.Attribute(c+what)); ok {
			return model.Attribute(c + what)
		}
	}
	return ""
}

// waters reports whether a device is a valve that Google starts and stops: a sprinkler. Other valves it opens and closes.
func waters(d *home.Device) bool {
	return d.Type() == model.DeviceIrrigation && speakers.Can(d, speakers.ValveTo)
}

// required are the traits that Google wants of a type, and what a device that lacks one is told as instead where there is
// something: an air conditioner that only knows temperatures is a thermostat.
var required = map[string][]string{
	"AC_UNIT": {"FanSpeed", "OnOff", "TemperatureSetting"}, "FAN": {"FanSpeed", "OnOff"}, "RADIATOR": {"OnOff"}, "HEATER": {"TemperatureSetting"}, "WATERHEATER": {"OnOff"}, "BOILER": {"OnOff"},
	"HUMIDIFIER": {"OnOff"}, "DEHUMIDIFIER": {"OnOff"}, "AIRPURIFIER": {"OnOff"}, "HOOD": {"OnOff"}, "KETTLE": {"OnOff"}, "OVEN": {"OnOff"}, "MULTICOOKER": {"OnOff"}, "LIGHT": {"OnOff"},
	"VALVE": {"OpenClose"}, "SPRINKLER": {"StartStop"}, "WASHER": {"StartStop"}, "DRYER": {"StartStop"}, "DISHWASHER": {"StartStop"}, "SENSOR": {"SensorState"}, "GARAGE": {"OpenClose"},
}

// fitting is the type under which a device with traits is told.
func fitting(kind string, traits []trait) string {
	has := func(name string) bool {
		return slices.ContainsFunc(traits, func(t trait) bool { return t.name == name })
	}
	if !slices.ContainsFunc(required[kind], func(n string) bool { return !has(n) }) {
		return kind
	}
	switch {
	case has("TemperatureSetting"):
		return "THERMOSTAT"
	case has("OnOff"):
		return "SWITCH"
	}
	return kind
}
