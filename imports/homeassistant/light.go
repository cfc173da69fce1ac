package homeassistant

import (
	"math"
)

// lightOn reads the data of light.turn_on, and the state of a light in a scene.
func lightOn(where string, data map[string]any) (deed, *untaken) {
	d := deed{set: map[string]any{"on_off.on": true}}
	d.transition, _ = asNumber(data["transition"])
	for _, key := range sortedKeys(data) {
		read := lightData[key]
		if read == nil {
			if lightIgnored[key] {
				continue
			}
			return d, cannot(where, "import.action", "light.turn_on "+key)
		}
		if data[key] == nil {
			continue
		}
		if !read(&d, data[key]) {
			return d, cannot(where, "import.number", text(data[key]))
		}
	}
	if d.command != "" && len(d.set) > 1 {
		return d, cannot(where, "import.action", "light.turn_on brightness_step")
	}
	return d, nil
}

// lightIgnored says nothing that a light here does not know by itself.
var lightIgnored = map[string]bool{"transition": true, "entity_id": true, "device_id": true, "area_id": true, "state": true, "color_mode": true,
	"min_color_temp_kelvin": true, "max_color_temp_kelvin": true, "min_mireds": true, "max_mireds": true, "supported_color_modes": true,
	"supported_features": true, "friendly_name": true, "effect_list": true, "icon": true}

var lightData = map[string]func(*deed, any) bool{
	"brightness":     number(func(d *deed, x float64) { d.set["level.level"] = math.Round(x / 2.55) }),
	"brightness_pct": number(func(d *deed, x float64) { d.set["level.level"] = x }),
	"brightness_step_pct": number(func(d *deed, x float64) {
		d.command, d.args = "level.step", map[string]any{"delta": x}
	}),
	"brightness_step": number(func(d *deed, x float64) {
		d.command, d.args = "level.step", map[string]any{"delta": math.Round(x / 2.55)}
	}),
	"color_temp_kelvin": number(func(d *deed, x float64) { d.set["color_temperature.kelvin"] = math.Round(x) }),
	"kelvin":            number(func(d *deed, x float64) { d.set["color_temperature.kelvin"] = math.Round(x) }),
	"color_temp":        number(func(d *deed, x float64) { d.set["color_temperature.kelvin"] = math.Round(1e6 / max(x, 1)) }),
	"hs_color": numbersOf(2, func(d *deed, x []float64) {
		d.set["color.hue"], d.set["color.saturation"] = math.Round(x[0]), math.Round(x[1])
	}),
	"rgb_color": numbersOf(3, func(d *deed, x []float64) {
		d.set["color.hue"], d.set["color.saturation"] = hueSaturation(x[0], x[1], x[2])
	}),
	"xy_color": numbersOf(2, func(d *deed, x []float64) { d.set["color.x"], d.set["color.y"] = x[0], x[1] }),
	"effect": func(d *deed, x any) bool {
		if s := text(x); s != "" && s != "none" && s != "None" && s != "off" {
			d.set["light_effect.effect"] = s
		}
		return true
	},
}

func number(use func(*deed, float64)) func(*deed, any) bool {
	return func(d *deed, x any) bool {
		f, ok := asNumber(x)
		if ok {
			use(d, f)
		}
		return ok
	}
}

func numbersOf(n int, use func(*deed, []float64)) func(*deed, any) bool {
	return func(d *deed, x any) bool {
		var all []float64
		for _, v := range list(x) {
			f, ok := asNumber(v)
			if !ok {
				return false
			}
			all = append(all, f)
		}
		if len(all) != n {
			return false
		}
		use(d, all)
		return true
	}
}

// hueSaturation is the hue (°) and saturation (%) of a colour given as red, green and blue from 0 to 255: the HSV
// hexcone. How bright it is stands in brightness.
func hueSaturation(r, g, b float64) (hue, saturation float64) {
	most, least := max(r, g, b), min(r, g, b)
	span := most - least
	if span <= 0 || most <= 0 {
		return 0, 0
	}
	switch most {
	case r:
		hue = (g - b) / span
	case g:
		hue = 2 + (b-r)/span
	default:
		hue = 4 + (r-g)/span
	}
	return math.Round(math.Mod(hue*60+360, 360)), math.Round(span / most * 100)
}
