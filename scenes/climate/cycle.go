package climate

import (
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// A compressor that starts against the pressure it has just built up, or stops before its oil has come back, wears out; a
// burner that fires for a minute soots. Most devices see to it themselves; infrared air conditioners and plain relays do not. So no
// write of ours starts what has stopped within the emitter's least time, or stops what has just started. The device's own
// thermostat and people's hands may. The frost floor does not wait.

// working tells whether a thermostat works now: by its own word, else by its setpoint and the room. Known is false when neither tells.
func working(d *home.Device, ep model.EndpointID, setpoint float64, sign float64) (works, known bool) {
	if mode := state(d, ep, model.AttrThermostatMode); mode.Value.String() == modeOff {
		return false, true
	}
	if st := state(d, ep, model.AttrThermostatRunning); !st.Value.IsUnknown() && st.Quality != model.Restored && st.Quality != model.Stale {
		return strings.Contains(st.Value.String(), runs(sign)), true
	}
	room, known := state(d, ep, attrRoom).Value.Number()
	return sign*(setpoint-room) > 0, known
}

// runs is the word that devices have for working: also in "heat2" and "cool2".
func runs(sign float64) string {
	if sign < 0 {
		return "cool"
	}
	return "heat"
}

// turn takes whether the zone works, and tells whether that is news.
func (z *zone) turn(at time.Time, works bool) bool {
	if z.Works == works && !z.Turned.IsZero() && !z.Turned.After(at) {
		return false
	}
	z.Works, z.Turned = works, at
	return true
}

// follows looks whether the zone works.
func (x *site) follows(now time.Time) {
	if setpoint, told := x.present(); told {
		if works, known := working(x.device, x.slot.Endpoint, setpoint, x.sign); known {
			x.turn(now, works)
		}
	}
}

// watch follows, between two decisions, whether a zone works, and tells whether that is news.
func (sc *scene) watch(o *home.Occurrence, r home.Reader) (news bool) {
	switch o.Attribute {
	case attrRoom, attrHeat, attrCool, model.AttrThermostatRunning, model.AttrThermostatMode:
	default:
		return false
	}
	key := string(o.Device) + "/" + string(o.Endpoint)
	for _, way := range []struct {
		key       string
		attribute model.Attribute
		sign      float64
	}{{key, attrHeat, 1}, {key + "/cool", attrCool, -1}} {
		z, d := sc.mem.Zones[way.key], r.Device(o.Device)
		if z == nil || d == nil {
			continue
		}
		st := state(d, o.Endpoint, way.attribute)
		setpoint, told := present(st)
		works, known := working(d, o.Endpoint, setpoint, way.sign)
		if told && known && z.turn(sc.pace.In(o.At), works) {
			news = true
		}
	}
	return news
}

// tooSoon tells whether a new target would start or stop the device within its emitter's least time.
func (x *site) tooSoon(now time.Time, target float64) bool {
	if !x.hasTemp || x.Turned.IsZero() {
		return false
	}
	would := x.sign*(target-x.temp) > 0
	if would && x.sign > 0 && x.temp < FrostFloor {
		return false
	}
	return would != x.Works && now.Sub(x.Turned) < x.least()
}

// least is how long what the device works with runs and stands at least. A radiator's valve is no burner: that is shared by all
// of them, and looks after itself.
func (x *site) least() time.Duration {
	if x.device.Type() == model.DeviceTRV {
		return 0
	}
	return emitters[x.Thermal.Emitter].least
}
