package scenes

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// The states of a presence, as [home.Presence] has them.
const (
	stateHome     = "home"
	stateArriving = "arriving"
	stateLeft     = "just_left"
	stateAway     = "away"
	stateExtended = "extended_away"
)

var presences = []string{stateHome, stateArriving, stateLeft, stateAway, stateExtended}

// leftFor is how long after leaving somebody whose phone says no more is taken to be away. A phone that
// only tells of regions sends nothing after the border, and the house must not stay heated for that.
const leftFor = 10 * time.Minute

const (
	attrHeat = model.AttrThermostatHeatSetpoint
	attrCool = model.AttrThermostatCoolSetpoint
)

// wish is what an arrival scene wants of the house.
type wish int

const (
	undecided wish = iota // of somebody it is not known where he is: change nothing
	comfort               // somebody is here or coming
	leaving               // the last one just left and may be back in a moment
	setback               // everybody is away
)

// arrival is heating and cooling by who is home.
type arrival struct {
	path    string
	rooms   []home.RoomID
	devices []model.DeviceID
	people  []home.PersonID
	comfort *float64 // °C
	away    *float64 // °C
}

func (p *problems) arrival(m member) *arrival {
	a := &arrival{path: m.path}
	p.fields(m.path, m.raw, "rooms, devices, people, comfort_c, away_c", readers{
		"rooms":     p.into(&a.rooms, "a list of rooms' ids"),
		"devices":   p.into(&a.devices, "a list of devices' ids"),
		"people":    p.into(&a.people, "a list of people's ids"),
		"comfort_c": p.into(&a.comfort, "a temperature in °C"),
		"away_c":    p.into(&a.away, "a temperature in °C"),
	})
	if a.rooms != nil && a.devices != nil {
		p.add(m.path, "either rooms or devices", "it has both")
	}
	for _, list := range []struct {
		key   string
		empty bool
	}{{"rooms", a.rooms != nil && len(a.rooms) == 0}, {"devices", a.devices != nil && len(a.devices) == 0}, {"people", a.people != nil && len(a.people) == 0}} {
		if list.empty {
			p.add(Join(m.path, list.key), "at least one, or no such list, which means all", "the list is empty")
		}
	}
	p.bearable(Join(m.path, "comfort_c"), a.comfort)
	p.bearable(Join(m.path, "away_c"), a.away)
	return a
}

func (p *problems) bearable(path string, celsius *float64) {
	if celsius == nil || *celsius < coldest || *celsius > hottest {
		p.add(path, fmt.Sprintf("%d to %d °C", coldest, hottest), "it is missing or out of range")
	}
}

// What a household may want of a room, in °C.
const (
	coldest = 5
	hottest = 35
)

// whose are the people that an arrival scene listens to; none for another kind of scene.
func (a *arrival) whose() []home.PersonID {
	switch {
	case a == nil:
		return nil
	case a.people == nil:
		return []home.PersonID{anyone}
	}
	return slices.Compact(slices.Sorted(slices.Values(a.people)))
}

// counts tells whether a person matters: one of those named, else whoever carries a tracker.
func (a *arrival) counts(p home.Person) bool {
	if a.people != nil {
		return slices.Contains(a.people, p.ID)
	}
	return len(p.Trackers) > 0
}

// wants sums up where everybody is; except leaves one person out.
func (a *arrival) wants(r home.Reader, now time.Time, except home.PersonID) wish {
	sum, anybody := setback, false
	for _, p := range r.People() {
		if !a.counts(p) || p.ID == except {
			continue
		}
		w := one(r.Presence(p.ID), now)
		if w == comfort {
			return comfort
		}
		sum, anybody = min(sum, w), true
	}
	if !anybody {
		return undecided
	}
	return sum
}

func one(p home.Presence, now time.Time) wish {
	switch p.State {
	case stateHome, stateArriving:
		return comfort
	case stateLeft:
		if now.Sub(p.Since) >= leftFor {
			return setback
		}
		return leaving
	case stateAway, stateExtended:
		return setback
	}
	return undecided
}

// react adds what the house shall do now that somebody came, went, or has been gone for a while.
func (a *arrival) react(re *home.Reaction, o *home.Occurrence, r home.Reader) {
	want := a.wants(r, o.At, "")
	turned := o.Kind != home.OccurredPresence || a.turned(o, r)
	timer := timerPrefix + re.Scene + timerLeft
	switch want {
	case comfort:
		re.Clear = append(re.Clear, timer)
		a.set(re, r, true, turned)
	case setback:
		re.Clear = append(re.Clear, timer)
		a.set(re, r, false, turned)
	case leaving:
		re.Timers = append(re.Timers, home.SetTimer{Timer: timer, At: o.At.Add(leftFor)})
	case undecided:
		re.Problems = append(re.Problems, "it is not known of everybody where they are, so nothing is changed")
	}
}

// turned tells whether this person's step made the difference for the house: the first who comes, the last who goes.
// Only then is a setpoint that somebody chose by hand replaced.
func (a *arrival) turned(o *home.Occurrence, r home.Reader) bool {
	here := func(state string) bool { return state == stateHome || state == stateArriving || state == stateLeft }
	others := a.wants(r, o.At, o.Person)
	return here(o.FromState) != here(o.ToState) && others != comfort && others != leaving
}

// set asks every thermostat of the scene for its temperature, where it is another.
func (a *arrival) set(re *home.Reaction, r home.Reader, wanted, turned bool) {
	for _, d := range a.thermostats(r) {
		for _, ep := range fitting(d, isThermostat(d)) {
			slot := setpoint(d, ep)
			prop := d.Property(slot)
			value := model.Number(a.temperature(prop, wanted))
			st, _ := d.State(slot)
			switch {
			case already(st, prop, value):
			case !turned && byHand(st):
				re.Problems = append(re.Problems, fmt.Sprintf("%s: set to %s °C by hand, and left so until the next who comes first or goes last", label(d, d.ID), st.Value))
			default:
				re.Asks = append(re.Asks, home.Ask{Device: d.ID, Endpoint: ep, Writes: []model.Write{{Attribute: slot.Attribute, Value: value}}})
			}
		}
	}
}

// thermostats are the devices that the scene stands for now: those named, those in its rooms, else all.
func (a *arrival) thermostats(r home.Reader) []*home.Device {
	var out []*home.Device
	if a.devices != nil {
		for _, id := range a.devices {
			if d := r.Device(id); d != nil && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
		return out
	}
	for _, d := range r.Devices() {
		if a.rooms == nil || slices.Contains(a.rooms, d.Room) {
			out = append(out, d)
		}
	}
	return out
}

func isThermostat(d *home.Device) func(model.EndpointID) bool {
	return func(ep model.EndpointID) bool { return settable(d, attrHeat)(ep) || settable(d, attrCool)(ep) }
}

// setpoint is the one that the scene moves: heating, or cooling where there is only that.
func setpoint(d *home.Device, ep model.EndpointID) home.Slot {
	if settable(d, attrHeat)(ep) {
		return home.Slot{Endpoint: ep, Attribute: attrHeat}
	}
	return home.Slot{Endpoint: ep, Attribute: attrCool}
}

// temperature is the setpoint in °C within the device's range. The setback lies below comfort for heating and as
// far above it for cooling, whichever way round the document has it: nobody cools an empty house.
func (a *arrival) temperature(prop *model.Property, wanted bool) float64 {
	c := *a.comfort
	if !wanted {
		setback := math.Abs(*a.comfort - *a.away)
		if prop.Attribute == attrHeat {
			setback = -setback
		}
		c += setback
	}
	if prop.Min != nil {
		c = max(c, *prop.Min)
	}
	if prop.Max != nil {
		c = min(c, *prop.Max)
	}
	return c
}

// already tells whether a setpoint is, or is about to be, what is wanted.
func already(st home.State, prop *model.Property, want model.Value) bool {
	is := st.Value
	if !st.Desired.IsUnknown() {
		is = st.Desired
	} else if st.Quality == model.Restored || st.Quality == model.Stale {
		return false
	}
	have, known := is.Number()
	wanted, _ := want.Number()
	return known && math.Abs(have-wanted) <= prop.Step/2+1e-9
}

// byHand tells whether a person set the value: at the device, in an app, by voice or through a program.
func byHand(st home.State) bool {
	if st.Cause == nil {
		return false
	}
	return st.Cause.Kind != model.CauseScene && st.Cause.Kind != model.CauseHub
}
