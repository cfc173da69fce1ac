package speakers

import (
	"cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Attributes that platforms know.
const (
	On        = model.AttrOnOffOn
	Level     = model.Attribute("level.level")
	Hue       = model.Attribute("color.hue")
	Sat       = model.Attribute("color.saturation")
	Kelvin    = model.Attribute("color_temperature.kelvin")
	OpenPct   = model.Attribute("window_covering.open_pct")
	Closure   = model.Attribute("closure.target")
	ClosureIs = model.Attribute("closure.state")
	ValveTo   = model.AttrValveTarget
	ValveIs   = model.AttrValveState
	LockTo    = model.Attribute("door_lock.target")
	LockIs    = model.Attribute("door_lock.lock")
	Heat      = model.Attribute("thermostat.heat_setpoint")
	Cool      = model.Attribute("thermostat.cool_setpoint")
	Mode      = model.Attribute("thermostat.mode")
	RoomTemp  = model.Attribute("thermostat.local_temperature")
	FanPct    = model.Attribute("fan.speed_pct")
	FanMode   = model.Attribute("fan.mode")
	Volume    = model.Attribute("audio_volume.volume")
	Muted     = model.Attribute("audio_volume.muted")
	Playback  = model.Attribute("media_playback.state")
	Celsius   = model.Attribute("temperature.celsius")
	Humidity  = model.Attribute("humidity.percent")
	Contact   = model.Attribute("contact.open")
	Occupied  = model.Attribute("occupancy.occupied")
	Vacuum    = model.Attribute("robot_vacuum.state")
	Battery   = model.Attribute("power_source.battery_pct")
)

// Property is the contract of an attribute of a device; nil when it has none such.
func Property(d *home.Device, a model.Attribute) *model.Property {
	s, ok := d.Find(a)
	if !ok {
		return nil
	}
	return d.Property(s)
}

// Can reports whether an attribute can be set.
func Can(d *home.Device, a model.Attribute) bool {
	p := Property(d, a)
	return p != nil && p.Access.CanWrite()
}

// Has reports whether a device has an attribute.
func Has(d *home.Device, a model.Attribute) bool { return Property(d, a) != nil }

// Number is a number that is known.
func Number(d *home.Device, a model.Attribute) (float64, bool) { return valueOf(d, a).Number() }

// Truth is a truth that is known.
func Truth(d *home.Device, a model.Attribute) (bool, bool) { return valueOf(d, a).Bool() }

// Text is an enum member or string; empty while unknown.
func Text(d *home.Device, a model.Attribute) string { s, _ := valueOf(d, a).Text(); return s }

func valueOf(d *home.Device, a model.Attribute) model.Value {
	s, ok := d.Find(a)
	if !ok {
		return model.Value{}
	}
	st, _ := d.State(s)
	return st.Value
}

// Range is the range of a number that can be set.
func Range(d *home.Device, a model.Attribute, lowest, highest float64) (float64, float64) {
	p := Property(d, a)
	if p != nil && p.Min != nil {
		lowest = max(lowest, *p.Min)
	}
	if p != nil && p.Max != nil {
		highest = min(highest, *p.Max)
	}
	return lowest, highest
}

// Write is one attribute to set.
func Write(a model.Attribute, v model.Value) model.Write { return model.Write{Attribute: a, Value: v} }

// Takes reports whether a device takes a command of the catalogue, and at which endpoint.
func Takes(d *home.Device, name model.Attribute) (model.EndpointID, bool) {
	for _, e := range d.Endpoints() {
		if d.HasAction(e.ID, name) {
			return e.ID, true
		}
	}
	return "", false
}

// Opens reports whether opening a device lets somebody in: that wants the PIN.
func Opens(d *home.Device) bool {
	switch d.Type() {
	case "door_lock", "garage_door", "gate":
		return true
	}
	return false
}

// Setpoint is the temperature that a device works to now.
func Setpoint(d *home.Device) model.Attribute {
	first, second := Heat, Cool
	if m := Text(d, Mode); m == "cool" || m == "dry" {
		first, second = Cool, Heat
	}
	switch {
	case Can(d, first):
		return first
	case Can(d, second):
		return second
	}
	return ""
}

// IsOpen is how far a device is open, in percent.
func IsOpen(d *home.Device) (float64, bool) {
	if n, ok := Number(d, OpenPct); ok {
		return n, true
	}
	switch cmp.Or(Text(d, ClosureIs), Text(d, ValveIs), Text(d, ValveTo)) {
	case "closed":
		return 0, true
	case "":
	default:
		return 100, true
	}
	if open, ok := Truth(d, Contact); ok {
		if open {
			return 100, true
		}
		return 0, true
	}
	return 0, false
}
