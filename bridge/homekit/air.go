package homekit

import (
	"slices"

	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/model"
)

// humidifierState: 0 inactive, 1 idle, 2 humidifying, 3 dehumidifying.
var humidifierState = conversion{read: func(n now) (any, bool) {
	if on, ok := n.bool("on_off.on"); ok && !on {
		return 0, true
	}
	s, ok := n.text("humidity_control.running")
	i := slices.Index([]string{"", "idle", "humidifying", "dehumidifying"}, s)
	if !n.has("humidity_control.running") {
		return 1, true
	}
	return max(i, 1), ok
}}

var humidifierModes = []string{"auto", "humidify", "dehumidify"}

// humidifierModesOf are the modes a device has; one that has none is what its type says.
func humidifierModesOf(n now) []string {
	var out []string
	for _, m := range humidifierModes {
		if slices.Contains(n.options("humidity_control.mode"), m) {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		out = []string{map[bool]string{true: "dehumidify", false: "humidify"}[n.d.Type() == "dehumidifier"]}
	}
	return out
}

var humidifierMode = conversion{
	read: func(n now) (any, bool) {
		can := humidifierModesOf(n)
		if !n.has("humidity_control.mode") {
			return slices.Index(humidifierModes, can[0]), true
		}
		s, ok := n.text("humidity_control.mode")
		if !slices.Contains(can, s) { // off: Active says so
			s = can[0]
		}
		return slices.Index(humidifierModes, s), ok
	},
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok || f < 0 || int(f) >= len(humidifierModes) || !slices.Contains(humidifierModesOf(n), humidifierModes[int(f)]) {
			return change{}, false
		}
		if !n.writable("humidity_control.mode") {
			return change{}, true
		}
		return set("humidity_control.mode", model.String(humidifierModes[int(f)])), true
	},
	limit: func(c *characteristic.C, n now) { only(c, humidifierModesOf(n), humidifierModes...) },
}

// airQuality: 0 unknown, 1 excellent to 5 poor. What has no index is judged by its fine dust (WHO 2021, 24 h: 15 µg/m³).
var airQuality = conversion{read: func(n now) (any, bool) {
	if s, ok := n.text("air_quality.index"); ok {
		i := slices.Index([]string{"unknown", "good", "fair", "moderate", "poor", "very_poor"}, s)
		if s == "extremely_poor" {
			i = 5
		}
		return max(i, 0), true
	}
	pm, ok := n.number("concentration.pm25_ugm3")
	switch {
	case !ok:
		return 0, true
	case pm <= 10:
		return 1, true
	case pm <= 15:
		return 2, true
	case pm <= 35:
		return 3, true
	case pm <= 75:
		return 4, true
	}
	return 5, true
}}

func roomTemperatureOf(a model.Attribute) conversion {
	return conversion{
		read:  func(n now) (any, bool) { f, ok := n.number(a); return f, ok },
		limit: func(c *characteristic.C, _ now) { c.MinVal, c.MaxVal = -100.0, 200.0 },
	}
}
