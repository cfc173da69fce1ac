package climate

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

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

const airingDepth = 2.0 // K

const vacationHeat = 14.0 // °C: dry walls, no mould

const soon = 0.75 // hours

func (sc *scene) want(v *scenery, x *site, a air) want {
	if x.off {
		if w, done := sc.offWant(x); done {
			return w
		}
	}
	if w, done := x.programWant(v.now); done {
		return w
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
		return sc.vacation(v, x, a)
	case v.leaving && x.Depth == 0: // whatever it is, it is another in a moment
		return want{keep: true, line: line("climate.leaving", person(v.who))}
	case v.in && a.outside > 0 && (x.eased(v.now) || x.gap() < slack && sc.mem.Leaves.near(v.now)):
		return want{celsius: x.comfort - x.sign*stopBy, ease: true, line: line(keyStop)}
	case v.in && x.Felt > 0:
		return want{celsius: x.comfort, urgent: !x.brief(), line: line("climate.in_humid", person(v.who), kelvin(x.Felt), number(x.percent))}
	case v.in:
		return want{celsius: x.comfort, urgent: !x.brief(), line: line("climate.in", person(v.who))}
	case v.unknown:
		return want{keep: true, line: line("climate.unknown"), problem: "it is not known of everybody where they are, so nothing is changed"}
	}
	w := sc.byRisk(v, x, v.crowd, a)
	w.urgent = v.coming && w.depth == 0 && x.Depth > slack // who is seen on the way does not wait for the time between two writes
	return w
}

// byRisk is the setback of an empty house.
func (sc *scene) byRisk(v *scenery, x *site, c crowd, a air) want {
	n := needs{gap: x.gap(), deepest: math.Abs(x.comfort-x.away) * x.Thermal.bearable(), air: a, weight: sc.set.weight()}
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
func (sc *scene) vacation(v *scenery, x *site, a air) want {
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
	w := sc.byRisk(v, x, c, a)
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
