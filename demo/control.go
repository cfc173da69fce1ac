package demo

import "math"

// valve is what a radiator valve does by itself: it regulates to its setpoint.
type valve struct {
	learned float64 // percent: the share of the opening that time has taught it (the I of a PI controller)
}

// knob is what a person or the hub set at the valve.
type knob struct {
	setpoint float64 // °C
	mode     string  // "off", "heat", "auto"
	boost    bool    // "heat" does not regulate but opens fully: so some Tuya valves understand the word
}

const (
	frost        = 7.0  // °C at which a valve that is off opens all the same
	proportional = 45.0 // percent a kelvin
	integral     = 60.0 // percent a kelvin and hour
)

// step lets dt seconds pass at a room temperature and tells how far the valve is open, in percent.
func (v *valve) step(dt float64, k knob, celsius float64) float64 {
	switch {
	case k.mode == "off" && celsius > frost:
		v.learned = 0
		return 0
	case k.mode == "off":
		k.setpoint = frost
	case k.mode == "heat" && k.boost:
		return 100
	}
	short := k.setpoint - celsius
	if math.Abs(short) < 1.5 { // farther away there is nothing to learn but impatience
		v.learned = min(max(v.learned+integral*short*dt/3600, 0), 70)
	}
	return math.Round(min(max(proportional*short+v.learned, 0), 100))
}

// cooler is what was set at an air conditioner.
type cooler struct {
	on     bool
	mode   string  // "cool", "heat", "auto", "dry", "fan_only"
	target float64 // °C
}

const (
	coolerPower = 2600.0 // W at most, either way
	coolerGain  = 1300.0 // W a kelvin
	coolerDry   = -350.0 // W
)

// power tells the heat that the air conditioner brings into a room, in W; negative cools.
func (c cooler) power(celsius float64) float64 {
	want := coolerGain * (c.target - celsius)
	switch {
	case !c.on:
		return 0
	case c.mode == "heat":
		return min(max(want+400, 0), coolerPower)
	case c.mode == "cool":
		return max(min(want-200, 0), -coolerPower)
	case c.mode == "auto":
		return min(max(want, -coolerPower), coolerPower)
	case c.mode == "dry":
		return coolerDry
	}
	return 0
}
