package demo

import (
	"math"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// colorState is what a lamp's state says of its colour after a colour was asked for as hex, xy, or hue and saturation,
// in any of the spellings that Zigbee2MQTT takes.
func colorState(v any) (map[string]any, error) {
	c, ok := v.(map[string]any)
	if !ok {
		return nil, complaint("Color is not an object")
	}
	number := func(keys ...string) (float64, bool) {
		for _, k := range keys {
			if n, ok := c[k].(float64); ok {
				return n, true
			}
		}
		return 0, false
	}
	if hue, ok := number("hue", "h"); ok {
		saturation, known := number("saturation", "s")
		if !known {
			saturation = 100
		}
		x, y := xyOf(model.RGB(hue, saturation))
		return map[string]any{"color": map[string]any{"hue": hue, "saturation": saturation, "x": x, "y": y}, "color_mode": "hs"}, nil
	}
	x, okX := number("x")
	y, okY := number("y")
	if !okX || !okY {
		r, g, b, err := rgbOf(c)
		if err != nil {
			return nil, err
		}
		x, y = xyOf(r, g, b)
	}
	return map[string]any{"color": map[string]any{"x": x, "y": y}, "color_mode": "xy"}, nil
}

// rgbOf reads {"hex":"#00ff00"}, {"r":..,"g":..,"b":..} or {"rgb":"0,255,0"}; the result is 0 to 1.
func rgbOf(c map[string]any) (r, g, b float64, err error) {
	if hex, ok := c["hex"].(string); ok {
		n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 24)
		if err != nil {
			return 0, 0, 0, complaint("Color is no hex colour")
		}
		return float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255, nil
	}
	var parts [3]float64
	text, _ := c["rgb"].(string)
	fields := strings.Split(text, ",")
	for i, key := range []string{"r", "g", "b"} {
		n, ok := c[key].(float64)
		if !ok && len(fields) == 3 {
			var err error
			n, err = strconv.ParseFloat(strings.TrimSpace(fields[i]), 64)
			ok = err == nil && !math.IsNaN(n)
		}
		if !ok {
			return 0, 0, 0, complaint("Color has none of hex, x and y, r g and b, hue and saturation")
		}
		parts[i] = min(max(n, 0), 255) / 255
	}
	return parts[0], parts[1], parts[2], nil
}

// xyOf is the chromaticity of a colour (0 to 1 each) in the wide gamut that lamps are taken to have.
func xyOf(r, g, b float64) (x, y float64) {
	linear := func(v float64) float64 {
		if v > 0.04045 {
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		return v / 12.92
	}
	r, g, b = linear(r), linear(g), linear(b)
	bigX := 0.664511*r + 0.154324*g + 0.162028*b
	bigY := 0.283881*r + 0.668433*g + 0.047685*b
	sum := bigX + bigY + 0.000088*r + 0.072310*g + 0.986039*b
	if sum == 0 {
		return 0.3127, 0.329 // black has no colour: white's
	}
	return round(bigX/sum, 4), round(bigY/sum, 4)
}

// xyOfMired is the chromaticity of white light, after Kim et al.
func xyOfMired(mired float64) (x, y float64) {
	t := min(max(1e6/mired, 1667), 25000)
	if t <= 4000 {
		x = -0.2661239e9/(t*t*t) - 0.2343589e6/(t*t) + 0.8776956e3/t + 0.179910
	} else {
		x = -3.0258469e9/(t*t*t) + 2.1070379e6/(t*t) + 0.2226347e3/t + 0.240390
	}
	switch {
	case t <= 2222:
		y = -1.1063814*x*x*x - 1.34811020*x*x + 2.18555832*x - 0.20219683
	case t <= 4000:
		y = -0.9549476*x*x*x - 1.37418593*x*x + 2.09137015*x - 0.16748867
	default:
		y = 3.0817580*x*x*x - 5.87338670*x*x + 3.75112997*x - 0.37001483
	}
	return round(x, 4), round(y, 4)
}
