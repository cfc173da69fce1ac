package model

import "math"

// HueSaturation is the color.hue (degrees, below 360) and color.saturation (percent) of red, green and blue, whatever their scale.
func HueSaturation(r, g, b float64) (hue, saturation float64) {
	high, low := max(r, g, b), min(r, g, b)
	if high == low || high <= 0 {
		return 0, 0
	}
	switch high {
	case r:
		hue = (g - b) / (high - low)
	case g:
		hue = (b-r)/(high-low) + 2
	default:
		hue = (r-g)/(high-low) + 4
	}
	return math.Mod(hue*60+360, 360), min((high-low)/high*100, 100)
}

// RGB is red, green and blue, 0 to 1 each, of a hue and saturation at full brightness: the inverse of [HueSaturation].
func RGB(hue, saturation float64) (r, g, b float64) {
	part := func(offset float64) float64 {
		k := math.Mod(offset+hue/60, 6)
		return 1 - saturation/100*max(0, min(k, 4-k, 1))
	}
	return part(5), part(3), part(1)
}
