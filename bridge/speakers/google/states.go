package google

import (
	"math"
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func hasColor(d *home.Device) bool {
	return speakers.Can(d, speakers.Hue) && speakers.Can(d, speakers.Sat)
}

func colorAttributes(d *home.Device, a map[string]any) {
	if hasColor(d) {
		a["colorModel"] = "hsv"
	}
	if speakers.Can(d, speakers.Kelvin) {
		low, high := speakers.Range(d, speakers.Kelvin, 1000, 10000)
		a["colorTemperatureRange"] = map[string]int{"temperatureMinK": round(low), "temperatureMaxK": round(high)}
	}
}

func colorStates(d *home.Device, s map[string]any) {
	if k, ok := speakers.Number(d, speakers.Kelvin); ok && speakers.Text(d, "color.mode") != "hs" && speakers.Text(d, "color.mode") != "xy" {
		s["color"] = map[string]any{"temperatureK": round(k)}
		return
	}
	h, ok := speakers.Number(d, speakers.Hue)
	sat, ok2 := speakers.Number(d, speakers.Sat)
	if ok && ok2 {
		value := 1.0
		if n, ok := speakers.Number(d, speakers.Level); ok {
			value = n / 100
		}
		s["color"] = map[string]any{"spectrumHsv": map[string]float64{"hue": math.Mod(h, 360), "saturation": sat / 100, "value": value}}
	}
}

// modes of a thermostat, ours and Google's.
var modes = [][2]string{{"off", "off"}, {"heat", "heat"}, {"cool", "cool"}, {"auto", "auto"}, {"fan_only", "fan-only"}, {"dry", "dry"}}

func thermostatModes(d *home.Device) []string {
	out := []string{}
	if p := speakers.Property(d, speakers.Mode); p != nil && p.Access.CanWrite() {
		for _, m := range modes {
			if slices.Contains(p.Options, m[0]) {
				out = append(out, m[1])
			}
		}
		return out
	}
	switch {
	case speakers.Can(d, speakers.Heat):
		return []string{"heat"}
	case speakers.Can(d, speakers.Cool):
		return []string{"cool"}
	}
	return []string{"off"}
}

func thermostatAttributes(d *home.Device, a map[string]any) {
	a["availableThermostatModes"], a["thermostatTemperatureUnit"] = thermostatModes(d), "C"
	if set := speakers.Setpoint(d); set != "" {
		low, high := speakers.Range(d, set, 5, 35)
		a["thermostatTemperatureRange"] = map[string]float64{"minThresholdCelsius": low, "maxThresholdCelsius": high}
		return
	}
	a["queryOnlyTemperatureSetting"], a["commandOnlyTemperatureSetting"] = true, false // the schema takes the first only with the second
}

func thermostatStates(d *home.Device, s map[string]any) {
	available := thermostatModes(d)
	mode := available[0]
	now := speakers.Text(d, speakers.Mode)
	for _, m := range modes {
		if m[0] == now && slices.Contains(available, m[1]) {
			mode = m[1]
		}
	}
	if on, ok := speakers.Truth(d, speakers.On); ok && !on && slices.Contains(available, "off") {
		mode = "off"
	}
	ambient, known := speakers.Number(d, speakers.RoomTemp)
	if !known {
		ambient, known = speakers.Number(d, speakers.Celsius)
	}
	set, has := speakers.Number(d, speakers.Setpoint(d))
	switch {
	case !known && has:
		ambient = set // Google wants one
	case known && !has:
		set = ambient
	case !known:
		return // nothing is known yet
	}
	s["thermostatMode"], s["thermostatTemperatureAmbient"], s["thermostatTemperatureSetpoint"] = mode, tenth(ambient), tenth(set)
	if h, ok := speakers.Number(d, speakers.Humidity); ok {
		s["thermostatHumidityAmbient"] = round(h)
	}
}

// speedWords are how the fan's modes may be called.
var speedWords = map[string][2][]string{
	"quiet": {{"quiet", "silent"}, {"静音"}}, "low": {{"low", "slow"}, {"低", "低风"}}, "medium": {{"medium", "middle"}, {"中", "中风"}},
	"high": {{"high", "fast"}, {"高", "高风"}}, "turbo": {{"turbo", "maximum"}, {"强劲"}}, "auto": {{"auto", "automatic"}, {"自动"}}, "on": {{"on"}, {"开"}}, "smart": {{"smart"}, {"智能"}},
}

func fanAttributes(d *home.Device, a map[string]any) {
	if speakers.Can(d, speakers.FanPct) {
		a["supportsFanSpeedPercent"] = true
	}
	p := speakers.Property(d, speakers.FanMode)
	if p == nil || !p.Access.CanWrite() {
		return
	}
	list := []any{}
	for _, o := range p.Options {
		if w, ok := speedWords[o]; ok {
			list = append(list, map[string]any{"speed_name": o, "speed_values": []any{map[string]any{"speed_synonym": w[0], "lang": "en"}, map[string]any{"speed_synonym": w[1], "lang": "zh-TW"}}})
		}
	}
	a["availableFanSpeeds"] = map[string]any{"speeds": list, "ordered": true}
}

func fanStates(d *home.Device, s map[string]any) {
	if n, ok := speakers.Number(d, speakers.FanPct); ok {
		s["currentFanSpeedPercent"] = round(n)
	}
	if m := speakers.Text(d, speakers.FanMode); m != "" && m != "off" {
		s["currentFanSpeedSetting"] = m
	}
}

func transport(d *home.Device) []string {
	var out []string
	for _, c := range [][2]string{{"media_playback.next", "NEXT"}, {"media_playback.pause", "PAUSE"}, {"media_playback.previous", "PREVIOUS"}, {"media_playback.play", "RESUME"}, {"media_playback.stop", "STOP"}} {
		if _, ok := speakers.Takes(d, model.Attribute(c[0])); ok {
			out = append(out, c[1])
		}
	}
	return out
}

type sensor struct{ supported, state map[string]any }

// sensors are what a device notices that Google knows of.
func sensors(d *home.Device) []sensor {
	var out []sensor
	yesNo := func(a model.Attribute, name, yes, no string) {
		if !speakers.Has(d, a) {
			return
		}
		now := "unknown"
		if b, ok := speakers.Truth(d, a); ok && b {
			now = yes
		} else if ok {
			now = no
		}
		switch speakers.Text(d, a) {
		case "warning", "critical":
			now = yes
		case "normal":
			now = no
		}
		out = append(out, sensor{map[string]any{"name": name, "descriptiveCapabilities": map[string]any{"availableStates": []string{yes, no, "unknown"}}},
			map[string]any{"name": name, "currentSensorState": now}})
	}
	yesNo("water_leak.leak", "WaterLeak", "leak", "no leak")
	yesNo("smoke_co_alarm.smoke", "SmokeLevel", "smoke detected", "no smoke detected")
	yesNo("smoke_co_alarm.co", "CarbonMonoxideLevel", "carbon monoxide detected", "no carbon monoxide detected")
	number := func(a model.Attribute, name, unit string) {
		if n, ok := speakers.Number(d, a); ok {
			out = append(out, sensor{map[string]any{"name": name, "numericCapabilities": map[string]any{"rawValueUnit": unit}}, map[string]any{"name": name, "rawValue": tenth(n)}})
		}
	}
	number("concentration.pm25_ugm3", "PM2.5", "MICROGRAMS_PER_CUBIC_METER")
	number("concentration.co2_ppm", "CarbonDioxideLevel", "PARTS_PER_MILLION")
	return out
}
