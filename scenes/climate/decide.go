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
	outside := x.sign * (x.comfort - sc.mem.Outdoor.at(v.now, x.sign))
	walls := x.sign * (x.comfort - x.Walls)
	if x.hasTemp {
		x.follow(v.now, outside, walls)
	}
	w := sc.want(v, x, outside, walls)
	sc.apply(re, v, x, w, outside, walls)
}

// want is what a zone shall be set to, and why.
type want struct {
	keep    bool // leave the setpoint as it is
	urgent  bool // do not wait for the time between two writes
	ease    bool // a little less than comfort, before the house is left
	celsius float64
	depth   float64
	line    home.Line
	problem string
}

func (sc *scene) want(v *scenery, x *site, outside, walls float64) want {
	if x.off {
		if w, done := sc.offWant(x); done {
			return w
		}
	}
	switch {
	case x.Hold.holds(v.now):
		return want{keep: true, line: line("climate.hold", celsius(x.Hold.Celsius), clock(x.Hold.Until))}
	case sc.mem.Mode.Name == "pause":
		return want{keep: true, line: line("climate.pause", clock(sc.mem.Mode.Until))}
	case x.Paused:
		depth := math.Abs(x.comfort - x.away)
		if v.in { // airing is short: what is let go must come back while somebody waits for it
			depth = min(depth, airingDepth)
		}
		return sc.setback(x, depth, line(keyWindow, clock(x.Window)))
	case x.Stale:
		return want{celsius: x.comfort - x.sign, depth: 1, line: line("climate.stale", clock(x.heard))}
	case sc.mem.Mode.Name == "boost":
		return want{celsius: x.comfort + 2*x.sign, urgent: true, line: line("climate.boost", clock(sc.mem.Mode.Until))}
	case sc.mem.Mode.Name == "vacation":
		return sc.vacation(v, x, outside, walls)
	case v.leaving && x.Depth == 0: // whatever it is, it is another in a moment
		return want{keep: true, line: line("climate.leaving", person(v.who))}
	case v.in && outside > 0 && (x.eased(v.now) || x.gap() < slack && sc.mem.Leaves.near(v.now)):
		return want{celsius: x.comfort - x.sign*stopBy, ease: true, line: line(keyStop)}
	case v.in:
		return want{celsius: x.comfort, urgent: !x.brief(), line: line("climate.in", person(v.who))}
	case v.unknown:
		return want{keep: true, line: line("climate.unknown"), problem: "it is not known of everybody where they are, so nothing is changed"}
	}
	w := sc.byRisk(v, x, v.crowd, outside, walls)
	w.urgent = v.coming && w.depth == 0 && x.Depth > slack // who is seen on the way does not wait for the time between two writes
	return w
}

// byRisk is the setback of an empty house.
func (sc *scene) byRisk(v *scenery, x *site, c crowd, outside, walls float64) want {
	n := needs{gap: x.gap(), deepest: math.Abs(x.comfort-x.away) * x.Thermal.bearable(), outside: outside, walls: walls, weight: sc.set.weight()}
	if !x.hasTemp {
		n.gap = n.deepest
	}
	ch := level(c, &x.Thermal, n, 0)
	switch {
	case ch.depth > x.Depth: // going deeper must be worth it: not for what is taken back within the hour
		ch.depth = max(level(c, &x.Thermal, n, soon).depth, x.Depth)
	case ch.depth < x.Depth: // and once for what would be asked for by and by
		ch.depth = level(c, &x.Thermal, n, between.Hours()).depth
	}
	x.Lead = ch.lead
	depth := x.stepped(ch.depth, n.deepest)
	out := sc.mem.Outdoor.at(v.now, x.sign)
	switch {
	case depth == 0 && c.line.Key != "":
		return sc.setback(x, 0, usualLine("climate.usual", x, c, ch.lead, out))
	case depth == 0 && !c.eta.IsZero():
		return sc.setback(x, 0, line("climate.expect."+x.verb(), person(c.who), clock(c.eta), span(ch.lead), celsius(out)))
	case depth == 0:
		return sc.setback(x, 0, line("climate.warm"))
	case c.line.Key != "" && ch.start.After(v.now):
		return sc.setback(x, depth, usualLine("climate.plan", x, c, ch.lead, out, clock(ch.start)))
	case depth < n.deepest:
		return sc.setback(x, depth, line("climate.partly", kelvin(depth), span(ch.lead)))
	}
	return sc.setback(x, depth, line("climate.away"))
}

// usualLine says that a habit is why the zone works already, or when it will.
func usualLine(key string, x *site, c crowd, lead, out float64, first ...home.Arg) home.Line {
	if len(c.line.Args) > 3 {
		key += "_day"
	}
	l := line(key+"."+x.verb(), append(first, person(c.who))...)
	l.Args = append(append(l.Args, c.line.Args...), span(lead), celsius(out))
	return l
}

func (x *site) verb() string {
	if x.sign < 0 {
		return "cool"
	}
	return "heat"
}

func (sc *scene) setback(x *site, depth float64, l home.Line) want {
	return want{celsius: x.comfort - x.sign*depth, depth: depth, line: l}
}

// vacation keeps an empty house deep until the return.
func (sc *scene) vacation(v *scenery, x *site, outside, walls float64) want {
	const spread = 20.0 // minutes
	c := crowd{from: v.now, step: tick.Hours(), eta: sc.mem.Mode.Until}
	in := sc.mem.Mode.Until.Sub(v.now).Minutes()
	was := 0.0
	for i := range 432 {
		f := 1 / (1 + math.Exp(-1.7*(float64(i+1)*tick.Minutes()-in)/spread))
		c.rate = append(c.rate, (f-was)/c.step)
		c.by = append(c.by, f)
		was = f
	}
	w := sc.byRisk(v, x, c, outside, walls)
	if w.depth > 0 {
		w.line = line("climate.vacation", day(sc.mem.Mode.Until))
		if x.sign > 0 && w.depth >= math.Abs(x.comfort-x.away) {
			w.celsius = min(w.celsius, vacationHeat)
		}
	}
	return w
}

// eased tells whether the heat went out before the usual departure, and that is still awaited.
func (x *site) eased(now time.Time) bool {
	return x.Said == keyStop && now.Sub(x.SetAt) < stopFor && x.gap() < slack+stopBy
}

// brief tells whether the zone was let go on purpose for a short while: to take that back is no more urgent than any change.
func (x *site) brief() bool { return x.Said == keyStop || x.Said == keyWindow }

const airingDepth = 2.0 // K

const vacationHeat = 14.0 // °C: dry walls, no mould

const soon = 0.75 // hours

// stepped rounds a depth to what is worth a command: a half kelvin, nothing, or all.
func (x *site) stepped(depth, deepest float64) float64 {
	switch {
	case depth >= deepest-0.25:
		return deepest
	case depth < slack:
		return 0
	}
	return math.Floor(depth*2) / 2
}
