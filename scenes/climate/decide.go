package climate

import (
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
)

// scenery is what all zones of a scene share at one moment.
type scenery struct {
	coming  bool // somebody is seen on the way
	now     time.Time
	in      bool // somebody who counts is in
	leaving bool // … but nobody for certain: all of them are seen to be going
	unknown bool // of somebody it is not known where he is
	who     home.PersonID
	crowd   crowd
	forced  bool          // somebody asked now
	moved   bool          // somebody has just come, gone, or been seen on the way
	left    time.Time     // when the last went, if that is now
	open    []home.RoomID // rooms with an open window
}

// counts tells whether a person matters: one of those named, else whoever carries a tracker and has not paused.
func (s *Settings) counts(p home.Person) bool {
	if p.Paused {
		return false
	}
	if s.People != nil {
		return slices.Contains(s.People, p.ID)
	}
	return len(p.Trackers) > 0
}

// look sums up where everybody is.
func (sc *scene) look(now time.Time, r home.Foresight) scenery {
	v := scenery{now: now}
	all := map[home.PersonID]home.Outlook{}
	var order []home.PersonID
	person := func(id home.PersonID) {
		switch p := r.Presence(id); p.State {
		case stateHome, stateLeft:
			if !v.in || v.leaving && p.State == stateHome {
				v.in, v.who, v.leaving = true, id, p.State == stateLeft
			}
		case "", "unknown":
			v.unknown = v.unknown || id != home.Somebody
		default:
			v.coming = v.coming || p.State == stateArriving
			if !v.in {
				all[id] = r.Outlook(id, now)
				order = append(order, id)
			}
		}
	}
	anybody := false
	for _, p := range r.People() {
		if sc.set.counts(p) {
			anybody = true
			person(p.ID)
		}
	}
	if sc.set.People == nil {
		person(home.Somebody)
	}
	if sc.mem.Mode.Name == "guest" {
		v.in, v.who, v.leaving = true, home.Somebody, false
	}
	v.unknown = !v.in && (v.unknown || !anybody)
	if !v.in {
		sc.bySchedule(all, order, now)
		v.crowd = gather(now, all, order)
	}
	return v
}

// bySchedule lets the schedule speak for those whose habits are not known yet.
func (sc *scene) bySchedule(all map[home.PersonID]home.Outlook, order []home.PersonID, now time.Time) {
	at := sc.set.expected(now)
	if at.IsZero() {
		return
	}
	const spread = 25.0 // minutes
	in := at.Sub(now).Minutes()
	for _, id := range order {
		o := all[id]
		w := 0.8 / (1 + o.Known)
		if w < 0.05 {
			continue
		}
		back := make([]float64, len(o.Back))
		for i, b := range o.Back {
			m := float64(i+1) * o.Step.Minutes()
			back[i] = (1-w)*b + w/(1+math.Exp(-1.7*(m-in)/spread))
		}
		o.Back = back
		all[id] = o
	}
}

// decide adds to a reaction what every zone of the scene shall be set to now.
func (sc *scene) decide(re *home.Reaction, now time.Time, forced, moved bool, r home.Foresight) {
	m := sc.mem
	m.Mode.lapse(now)
	m.Leaves.see(now)
	sc.hearOutdoor(now, r)
	v := sc.look(now, r)
	v.forced, v.moved = forced, moved
	sites := sc.sites(r)
	for i := range sites {
		sc.moisten(now, &sites[i], r)
	}
	v.open = openWindows(r)
	sc.turn(&v, sites)
	if m.Out.Equal(now) {
		v.left = m.Out
	}
	for i := range sites {
		if forced { // who asks now means it more than what was set by hand
			sites[i].Hold.Until = now
		}
		sc.zone(re, &v, &sites[i])
	}
	m.Account.tick(now, v.in, sites, &m.Outdoor)
	sc.trim(sites)
}

// turn notes that the house was left or come home to.
func (sc *scene) turn(v *scenery, sites []site) {
	m := sc.mem
	if v.unknown || v.in == m.In {
		return
	}
	m.In = v.in
	if v.in {
		m.Account.arrive(v.now, m.Out, v.who, sites)
		if v.now.Sub(m.Out) >= leftLong {
			m.Leaves.learn(m.Out)
		}
		m.Out = time.Time{}
		return
	}
	m.Out = v.now
	for i := range sites {
		sites[i].Hold.Until = v.now
	}
	for _, r := range m.Rests {
		r.left(v.now)
	}
}

// hearOutdoor takes the temperature outside from whatever tells it.
func (sc *scene) hearOutdoor(now time.Time, r home.Reader) {
	take := func(d *home.Device, a model.Attribute) bool {
		if d == nil {
			return false
		}
		slot, ok := d.Find(a)
		if !ok {
			return false
		}
		st, _ := d.State(slot)
		if c, known := st.Value.Number(); known && st.Quality != model.Restored && now.Sub(sc.pace.In(st.Heard)) < outdoorFresh {
			sc.mem.Outdoor.hear(now, c)
			return true
		}
		return false
	}
	if sc.set.Outdoor != "" {
		d := r.Device(sc.set.Outdoor)
		if take(d, model.AttrTemperatureCelsius) || take(d, model.AttrThermostatOutdoorTemperature) {
			return
		}
	}
	for _, d := range r.Devices() {
		if slices.ContainsFunc(d.Roles, isOutdoors) && take(d, model.AttrTemperatureCelsius) || take(d, model.AttrThermostatOutdoorTemperature) {
			return
		}
	}
}

func isOutdoors(role string) bool {
	return role == "outdoor" || role == "outside" || role == "weather" || role == "室外"
}

// zone decides for one zone.
func (sc *scene) zone(re *home.Reaction, v *scenery, x *site) {
	x.sense(v.now)
	x.stale(v.now)
	x.follows(v.now)
	sc.notice(v, x)
	a := air{outside: x.sign * (x.comfort - sc.mem.Outdoor.at(v.now, x.sign)), walls: x.sign * (x.comfort - x.Walls), damp: x.damp}
	if x.hasTemp {
		x.follow(v.now, a)
	}
	w := sc.want(v, x, a)
	sc.apply(re, v, x, w, a)
}
