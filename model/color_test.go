package model

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestColorsThatEverybodyKnows(t *testing.T) {
	for _, c := range []struct{ r, g, b, hue, saturation float64 }{
		{255, 0, 0, 0, 100}, {0, 255, 0, 120, 100}, {0, 0, 1, 240, 100}, {255, 0, 255, 300, 100}, {255, 255, 255, 0, 0}, {0, 0, 0, 0, 0}, {200, 100, 100, 0, 50},
	} {
		if h, s := HueSaturation(c.r, c.g, c.b); h != c.hue || s != c.saturation {
			t.Errorf("%v %v %v is %v° %v %%, want %v° %v %%", c.r, c.g, c.b, h, s, c.hue, c.saturation)
		}
	}
}

func TestColorsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hue, saturation := rapid.Float64Range(0, 359.9).Draw(t, "hue"), rapid.Float64Range(1, 100).Draw(t, "saturation")
		h, s := HueSaturation(RGB(hue, saturation))
		if apart := math.Abs(h - hue); min(apart, 360-apart) > 1e-6 || math.Abs(s-saturation) > 1e-6 {
			t.Errorf("%v° %v %% comes back as %v° %v %%", hue, saturation, h, s)
		}
	})
}
