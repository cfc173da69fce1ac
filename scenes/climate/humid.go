package climate

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Humid air costs a cooler twice: people feel it warmer than it is, and part of what the machine does goes into drying it. Both
// are reckoned with where the room's humidity is known, by the device itself or by a sensor in its room; without, neither is.

const humidFresh = 3 * time.Hour // sensors that tell of changes alone are silent for long

// How much warmer humid air is felt, in light work indoors: ISO 7730:2005 gives 10 % of relative humidity the weight of 0.3 K
// of operative temperature. It counts from 60 % on, the upper limit of category II of EN 16798-1, to which dry rooms need no correction.
const (
	feltFrom  = 60.0 // % relative humidity
	feltBy    = 0.03 // K for each percent above it
	feltMost  = 1.0  // K
	feltStep  = 0.5  // K: finer is worth no write
	feltLeast = 0.1  // K: so far beyond the middle of two steps before the other is taken
)

// felt is how many kelvin cooler a room of some humidity must be to feel the same, given what it was before.
func felt(percent, was float64) float64 {
	want := min(max(feltBy*(percent-feltFrom), 0), feltMost)
	if math.Abs(want-was) <= feltStep/2+feltLeast {
		return was
	}
	return math.Round(want/feltStep) * feltStep
}

// vapour is the humidity ratio of air at sea level, grams a kilogram, by the Magnus formula for the saturation pressure
// (O. A. Alduchov, R. E. Eskridge, "Improved Magnus form approximation of saturation vapor pressure", J. Appl. Meteor. 35, 1996).
func vapour(celsius, percent float64) float64 {
	hPa := percent / 100 * 6.1094 * math.Exp(17.625*celsius/(celsius+243.04))
	return 622 * hPa / (1013.25 - hPa)
}

// A cooler's coil is at about 12 °C; what the air holds beyond saturation there condenses on it.
const (
	coilHolds = 8.8 // g/kg
	dampUnit  = 5.0 // g/kg beyond it: about as much as makes a third of the work drying
	dampMost  = 2.0
)

// damp is how much drying comes with the cooling, 0 when none does or nothing is known.
func damp(celsius, percent float64) float64 {
	return min(max((vapour(celsius, percent)-coilHolds)/dampUnit, 0), dampMost)
}

// humidity is what is known of the air around a cooler, %: by its own sensor, else by one in its room.
func (sc *scene) humidity(now time.Time, x *site, r home.Reader) (percent float64, known bool) {
	read := func(d *home.Device, slot home.Slot) (float64, bool) {
		st, _ := d.State(slot)
		v, ok := st.Value.Number()
		return v, ok && v > 0 && v <= 100 && st.Quality != model.Restored && now.Sub(sc.pace.In(st.Heard)) < humidFresh
	}
	if v, ok := read(x.device, home.Slot{Endpoint: x.slot.Endpoint, Attribute: model.AttrHumidityPercent}); ok {
		return v, true
	}
	if x.device.Room == "" {
		return 0, false
	}
	for _, d := range r.Devices() {
		if slot, ok := d.Find(model.AttrHumidityPercent); ok && d.Room == x.device.Room {
			if v, ok := read(d, slot); ok {
				return v, true
			}
		}
	}
	return 0, false
}

// moisten lets a cooler's comfort follow the humidity, and notes how much drying there is to do.
func (sc *scene) moisten(now time.Time, x *site, r home.Reader) {
	if x.sign > 0 {
		return
	}
	percent, known := sc.humidity(now, x, r)
	if !known || !x.hasTemp {
		x.Felt = 0
		return
	}
	x.percent, x.damp = percent, damp(x.temp, percent)
	x.Felt = felt(percent, x.Felt)
	x.comfort -= x.Felt
}
