package climate

import (
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// rest is what is known of a thermostat's being switched off.
//
// Off is the strongest wish a person can have of a device, and two quite different ones: "not now" and "not this season". The
// device says neither. So what somebody switches off stays off for as long as somebody is in, however long that is: an air
// conditioner that starts again in the night, because an hour is over, is worse than a warm room. Once everybody has left, the
// wish is over, as any other by hand. But never by surprise:
//
//   - It is switched on only for work to be done, with the mode in which it worked, and heating only below the limit at which
//     houses need any (usualLimit); nothing is switched on merely because somebody went out.
//   - Who switches it off again in the very next stay means it: then it stays off until somebody switches it on.
//   - What has been off for a week is off for the season.
//   - What the scene has not seen being switched off by a person (off from the first, or by another scene) is not its to switch on.
//   - Frost is kept out all the same: an off heater in a room below the frost floor keeps that floor, no more.
type rest struct {
	Mode  string    `json:"mode,omitempty"`  // the last in which it worked
	Since time.Time `json:"since,omitzero"`  // off since; zero while it works
	Hand  bool      `json:"hand,omitempty"`  // a person switched it off, for now
	Again int       `json:"again,omitempty"` // in so many stays in a row
	Ended bool      `json:"ended,omitempty"` // the house has been left since
	Frost bool      `json:"frost,omitempty"` // it keeps the frost out, and is off for all else
	Asked time.Time `json:"asked,omitzero"`  // when it was last switched on
}

const (
	modeOff     = "off"
	meantAt     = 2                  // stays in a row
	seasonAfter = 7 * 24 * time.Hour // off for so long is off for the season
	usualLimit  = 15.0               // °C, mean of the day outside, from which houses need no heating (DIN 4108-6 takes 10 to 15)
	askAgain    = time.Hour          // a device that does not come on is asked so seldom
)

// rest is a device's; its state is followed.
func (sc *scene) rest(d *home.Device, ep model.EndpointID) *rest {
	key := string(d.ID) + "/" + string(ep)
	r := sc.mem.Rests[key]
	if r == nil {
		r = &rest{}
		if sc.mem.Rests == nil {
			sc.mem.Rests = map[string]*rest{}
		}
		sc.mem.Rests[key] = r
	}
	st := state(d, ep, model.AttrThermostatMode)
	st.Changed = sc.pace.In(st.Changed)
	r.see(st)
	return r
}

// see takes how the device says that it works.
func (r *rest) see(st home.State) {
	mode, known := st.Value.Text()
	switch {
	case !known || mode == "" || st.Quality == model.Restored:
	case mode == modeOff && r.Since.IsZero():
		r.Since, r.Hand = st.Changed, r.Mode != "" && byHand(st)
		if r.Hand {
			r.Again++
		}
	case mode != modeOff && (!r.Frost || byHand(st)):
		if !r.Since.IsZero() && byHand(st) {
			r.Again = 0
		}
		*r = rest{Mode: mode, Again: r.Again}
	}
}

// left notes that everybody has gone.
func (r *rest) left(now time.Time) {
	switch {
	case r.Since.IsZero():
		r.Again = 0 // it was left to work for a whole stay
	case r.Again >= meantAt || now.Sub(r.Since) > seasonAfter:
		r.Hand = false
	default:
		r.Ended = r.Hand
	}
}

// over tells whether the scene may switch it on again.
func (r *rest) over() bool { return r.Hand && r.Ended && !r.Frost }

// offWant is what holds for a zone that is switched off; done tells that nothing else does.
func (sc *scene) offWant(x *site) (w want, done bool) {
	r := x.rest
	switch {
	case x.sign > 0 && x.hasTemp && !x.Stale && (x.temp < FrostFloor || r.Frost):
		return want{celsius: FrostFloor, depth: x.Depth, line: line("climate.frost", celsius(FrostFloor))}, true
	case r.over():
		return want{}, false
	case r.Hand && r.Again < meantAt:
		return want{keep: true, line: line("climate.off_now")}, true
	}
	return want{keep: true, line: line("climate.off")}, true
}

// wakes tells whether what is off is to be switched on for a target: there is work, in its season, and it has not just been asked.
func (x *site) wakes(now time.Time, target float64, o *outdoors) bool {
	r := x.rest
	frost := x.sign > 0 && x.hasTemp && x.temp < FrostFloor
	work := x.hasTemp && x.sign*(target-x.temp) > closed && (x.sign < 0 || o.mean(now, x.sign) < usualLimit)
	return (frost || work && r.over()) && r.mode(x) != "" && now.Sub(r.Asked) >= askAgain
}

// mode is that with which the device is switched on; "" when it cannot be.
func (r *rest) mode(x *site) string {
	p := x.device.Property(home.Slot{Endpoint: x.slot.Endpoint, Attribute: model.AttrThermostatMode})
	if p == nil || !p.Access.CanWrite() {
		return ""
	}
	mode := r.Mode
	if mode == "" {
		mode = x.verb()
	}
	if len(p.Options) > 0 && !slices.Contains(p.Options, mode) {
		return ""
	}
	return mode
}
