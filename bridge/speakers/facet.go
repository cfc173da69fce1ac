package speakers

import (
	"math"
	"slices"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Facet is one thing of a device that platforms set and read, each under a name of its own: a table of a codec leads from that
// name to a facet, and the facet to the attribute that this device has for it.
type Facet struct {
	attribute func(*home.Device) model.Attribute
	read      func(*home.Device) model.Value                               // nil: the attribute's value
	set       func(*home.Device, model.Value) (home.Ask, model.ReasonCode) // nil: the attribute is written
	can       func(*home.Device) bool                                      // nil: the attribute can be written
	options   func(*home.Device) []string                                  // nil: the attribute's
}

func attribute(list ...model.Attribute) func(*home.Device) model.Attribute {
	return func(d *home.Device) model.Attribute {
		for _, a := range list {
			if Has(d, a) {
				return a
			}
		}
		return ""
	}
}

// The facets. Numbers are in the catalogue's units: percent, °C, K, µg/m³, ppm.
var (
	// Power is on or off; a curtain's is open or closed, a vacuum cleaner's cleaning or not.
	Power = Facet{attribute: powerOf, read: readPower, set: setPower, can: func(d *home.Device) bool { _, why := setPower(d, model.Bool(true)); return why == "" }}
	// Brightness is a lamp's, in percent.
	Brightness = Facet{attribute: attribute(Level)}
	// Tone is the colour temperature, in kelvin.
	Tone = Facet{attribute: attribute(Kelvin), set: func(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
		n, ok := v.Number()
		if !ok {
			return home.Ask{}, model.ReasonInvalidValue
		}
		low, high := Range(d, Kelvin, 1000, 10000) // a lamp that is asked for a warmer white than it has gives its warmest
		return put(d, Kelvin, model.Number(min(high, max(low, n))))
	}}
	// Target is the temperature that a device works to, in °C.
	Target = Facet{attribute: Setpoint}
	// RoomTemperature is what a device measures, in °C.
	RoomTemperature = Facet{attribute: attribute(RoomTemp, Celsius)}
	// Moisture is the relative humidity that a device measures, in percent.
	Moisture = Facet{attribute: attribute(Humidity)}
	// TargetMoisture is the relative humidity that a device works to, in percent.
	TargetMoisture = Facet{attribute: attribute("humidity_control.target_pct")}
	// Climate is the mode of an air conditioner or thermostat: off, auto, cool, heat, fan_only, dry…
	Climate = Facet{attribute: attribute(Mode), set: setClimate}
	// FanSpeed is how fast a fan turns, in percent.
	FanSpeed = Facet{attribute: attribute(FanPct, FanMode), read: readFanSpeed, set: setFanSpeed}
	// FanWord is how fast a fan turns, in words: low, medium, high, auto…
	FanWord = Facet{attribute: attribute(FanMode, FanPct), read: readFanWord, set: setFanWord, options: fanWords}
	// Opening is how far a curtain is open, in percent.
	Opening = Facet{attribute: attribute(OpenPct)}
	// Loudness is the volume in percent, Silence whether nothing is heard.
	Loudness = Facet{attribute: attribute(Volume)}
	Silence  = Facet{attribute: attribute(Muted)}
	// Locked is whether a lock is locked.
	Locked = Facet{attribute: attribute(LockTo, LockIs), read: readLocked, set: setLocked, can: func(d *home.Device) bool { return Can(d, LockTo) }}
	// Dust is PM2.5 in µg/m³, Carbon is CO2 in ppm, Charge a battery in percent, Watts what is drawn.
	Dust   = Facet{attribute: attribute("concentration.pm25_ugm3")}
	Carbon = Facet{attribute: attribute("concentration.co2_ppm")}
	Charge = Facet{attribute: attribute(Battery)}
	Watts  = Facet{attribute: attribute(model.AttrPowerMeterWatts)}
)

// Of is the attribute that a device has for the facet; empty when it has none.
func (f Facet) Of(d *home.Device) model.Attribute {
	if f.attribute == nil {
		return ""
	}
	return f.attribute(d)
}

// Has reports whether a device has the facet.
func (f Facet) Has(d *home.Device) bool { return f.Of(d) != "" }

// Can reports whether the facet of a device can be set.
func (f Facet) Can(d *home.Device) bool {
	if f.can != nil {
		return f.can(d)
	}
	return Can(d, f.Of(d))
}

// Options are the words that a device takes for the facet.
func (f Facet) Options(d *home.Device) []string {
	if f.options != nil {
		return f.options(d)
	}
	if p := Property(d, f.Of(d)); p != nil {
		return p.Options
	}
	return nil
}

// Read is the value now; unknown when nobody knows.
func (f Facet) Read(d *home.Device) model.Value {
	if f.read != nil {
		return f.read(d)
	}
	return valueOf(d, f.Of(d))
}

// Set puts setting the facet in the house's words; the reason says why it cannot be.
func (f Facet) Set(d *home.Device, v model.Value) (home.Ask, model.ReasonCode) {
	switch {
	case !f.Has(d):
		return home.Ask{}, model.ReasonUnsupported
	case !f.Can(d):
		return home.Ask{}, model.ReasonReadOnly
	case f.set != nil:
		return f.set(d, v)
	}
	return put(d, f.Of(d), v)
}

// Range is between what a number can be set; lowest and highest bound it where the device does not.
func (f Facet) Range(d *home.Device, lowest, highest float64) (float64, float64) {
	return Range(d, f.Of(d), lowest, highest)
}

// Adjust sets a number by so much more or less, within what the device takes.
func (f Facet) Adjust(d *home.Device, by float64) (home.Ask, model.ReasonCode) {
	if !f.Can(d) {
		return home.Ask{}, model.ReasonUnsupported
	}
	now, ok := f.Read(d).Number()
	if !ok {
		return home.Ask{}, model.ReasonUnknownState
	}
	low, high := 0.0, 100.0
	switch f.Of(d) {
	case Kelvin:
		low, high = 1000, 10000
	case Heat, Cool:
		low, high = 5, 35
	}
	low, high = f.Range(d, low, high)
	return f.Set(d, model.Number(min(high, max(low, now+by))))
}

func put(d *home.Device, a model.Attribute, v model.Value) (home.Ask, model.ReasonCode) {
	p := Property(d, a)
	if p == nil {
		return home.Ask{}, model.ReasonUnsupported
	}
	v, err := p.Check(v)
	if err != nil || v.IsUnknown() {
		return home.Ask{}, model.ReasonInvalidValue
	}
	return home.Ask{Writes: []model.Write{Write(a, v)}}, ""
}

// Act is a command of the catalogue that a device takes.
func Act(d *home.Device, name model.Attribute) (home.Ask, model.ReasonCode) {
	at, ok := Takes(d, name)
	if !ok {
		return home.Ask{}, model.ReasonUnsupported
	}
	return home.Ask{Endpoint: at, Command: name}, ""
}

// Halt stops what moves, plays or cleans.
func Halt(d *home.Device) (home.Ask, model.ReasonCode) {
	for _, name := range []model.Attribute{"window_covering.stop", "closure.stop", "robot_vacuum.pause", "media_playback.pause", model.ActionOperationalStatePause} {
		if ask, why := Act(d, name); why == "" {
			return ask, ""
		}
	}
	return home.Ask{}, model.ReasonUnsupported
}

// Paint sets a colour: the hue in degrees, the saturation in percent.
func Paint(d *home.Device, hue, saturation float64) (home.Ask, model.ReasonCode) {
	if !Can(d, Hue) || !Can(d, Sat) {
		return home.Ask{}, model.ReasonUnsupported
	}
	if hue < 0 || hue > 360 || saturation < 0 || saturation > 100 || math.IsNaN(hue) || math.IsNaN(saturation) {
		return home.Ask{}, model.ReasonInvalidValue
	}
	return home.Ask{Writes: []model.Write{Write(Hue, model.Number(math.Mod(hue, 360))), Write(Sat, model.Number(saturation))}}, ""
}

// Unlocks reports whether what is asked lets somebody into the house: that wants a PIN.
func Unlocks(d *home.Device, a home.Ask) bool {
	if a.Command == "door_lock.unlatch" || a.Command == "closure.trigger" {
		return true
	}
	return slices.ContainsFunc(a.Writes, func(w model.Write) bool {
		text, _ := w.Value.Text()
		switch w.Attribute {
		case LockTo:
			return text != "locked"
		case Closure:
			return text != "closed"
		case OpenPct:
			n, _ := w.Value.Number()
			now, known := IsOpen(d)
			return Opens(d) && (!known || n > now)
		case "security_panel.target":
			return text == "disarmed"
		}
		return false
	})
}
