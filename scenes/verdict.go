package scenes

import (
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// sight is the moment and place in which conditions are looked at, and what was seen.
type sight struct {
	now    time.Time
	loc    *time.Location
	r      home.Reader
	checks *[]home.Check // nil when nobody asks
}

func (s *sight) note(c home.Check) home.Verdict {
	if s.checks != nil {
		*s.checks = append(*s.checks, c)
	}
	return c.Verdict
}

func (s *sight) noted() int {
	if s.checks == nil {
		return 0
	}
	return len(*s.checks)
}

// beside marks checks that did not decide.
func (s *sight) beside(first, end int) {
	for i := first; i < end; i++ {
		(*s.checks)[i].Beside = true
	}
}

// eval is three-valued: what is unknown is never true. All parts are looked at, so that an explanation has them.
func (c *cond) eval(s *sight) home.Verdict {
	switch c.kind {
	case condAnd, condOr:
		return c.evalAll(s)
	case condNot:
		return not(c.of[0].eval(s))
	case condTime:
		return s.note(home.Check{Path: c.path, Kind: "time", Op: "within", Value: model.String(s.now.In(s.loc).Format("Mon 15:04")), Want: model.String(c.window.text()),
			Verdict: truth(c.window.within(s.now.In(s.loc)))})
	case condMode:
		m := s.r.Surroundings().Mode
		op, want := "one_of", model.Set(c.modes...)
		if len(c.modes) == 1 {
			op, want = "is", model.String(c.modes[0])
		}
		return s.note(home.Check{Path: c.path, Kind: "mode", Op: op, Want: want, Value: model.String(m.Name), Since: m.Since,
			Verdict: truth(slices.Contains(c.modes, m.Name))})
	case condPresence:
		return c.evalPresence(s)
	}
	return c.evalDevices(s)
}

func (c *cond) evalAll(s *sight) home.Verdict {
	decisive, out := home.False, home.True
	if c.kind == condOr {
		decisive, out = home.True, home.False
	}
	var seen [maxBranches]branch
	for i, x := range c.of {
		first := s.noted()
		v := x.eval(s)
		switch {
		case v == decisive:
			out = decisive
		case v == home.Unknown && out != decisive:
			out = home.Unknown
		}
		if i < len(seen) {
			seen[i] = branch{v, first, s.noted()}
		}
	}
	for _, b := range seen[:min(len(c.of), len(seen))] {
		if b.verdict != out {
			s.beside(b.first, b.end)
		}
	}
	return out
}

// branch is one of several conditions: what it came to, and which checks were noted for it.
type branch struct {
	verdict    home.Verdict
	first, end int
}

// maxBranches is how many of the conditions beside each other are told apart in explanations.
const maxBranches = 16

func not(v home.Verdict) home.Verdict {
	switch v {
	case home.True:
		return home.False
	case home.False:
		return home.True
	}
	return home.Unknown
}

func truth(b bool) home.Verdict {
	if b {
		return home.True
	}
	return home.False
}

func (c *cond) evalPresence(s *sight) home.Verdict {
	check := home.Check{Path: c.path, Kind: "presence", Person: c.person, Op: "is", Want: model.String(c.presence)}
	if c.person != anyone && c.person != everyone {
		p := s.r.Presence(c.person)
		check.Since, check.Verdict = p.Since, hasPresence(p.State, c.presence)
		if p.State != "" {
			check.Value = model.String(p.State)
		}
		return s.note(check)
	}
	all := c.person == everyone
	check.Verdict = truth(all)
	for _, p := range s.r.People() {
		if len(p.Trackers) == 0 {
			continue
		}
		is := s.r.Presence(p.ID)
		switch v := hasPresence(is.State, c.presence); {
		case v == home.Unknown && check.Verdict == truth(all):
			check.Verdict, check.Person = v, p.ID
		case v == truth(!all):
			check.Verdict, check.Person, check.Value, check.Since = v, p.ID, model.String(is.State), is.Since
		}
	}
	return s.note(check)
}

func hasPresence(is, want string) home.Verdict {
	if is == "" || is == "unknown" {
		return home.Unknown
	}
	return truth(is == want || want == stateAway && is == stateExtended)
}

func (c *cond) evalDevices(s *sight) home.Verdict {
	devices := c.devices(s.r)
	decisive := truth(!c.all) // any: one that is true; all: one that is false
	out, seen := not(decisive), false
	var last home.Check
	for _, d := range devices {
		slot, ok := c.slotOf(d, c.attribute)
		if !ok {
			continue
		}
		check := c.look(d, slot, s.now)
		switch {
		case check.Verdict == decisive && out != decisive:
			out, last = decisive, check
		case check.Verdict == home.Unknown && out != decisive:
			out, last = home.Unknown, check
		case !seen:
			last = check
		}
		seen = true
	}
	if !seen {
		return s.note(home.Check{Path: c.path, Kind: "attribute", Device: c.device, Attribute: c.attribute, Op: c.op, Want: c.want(), Verdict: home.Unknown, Why: "gone"})
	}
	last.Verdict = out
	return s.note(last)
}

// look compares one device's value.
func (c *cond) look(d *home.Device, slot home.Slot, now time.Time) home.Check {
	st, _ := d.State(slot)
	check := home.Check{Path: c.path, Kind: "attribute", Device: d.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute, Op: c.op, Want: c.want(),
		Value: st.Value, Since: st.Changed, Heard: st.Heard, Source: st.Source, Quality: st.Quality, Verdict: home.Unknown}
	switch {
	case st.Value.IsUnknown():
		check.Why = "no_value"
	case st.Quality == model.Stale:
		check.Why = "stale"
	case c.fresh > 0 && now.Sub(st.Heard) > c.fresh:
		check.Why, check.For = "not_fresh", c.fresh
	case c.held > 0 && c.compare(st.Value) == home.True && now.Sub(st.Changed) < c.held:
		check.Verdict, check.Why, check.For = home.False, "too_short", c.held
	default:
		check.Verdict = c.compare(st.Value)
	}
	return check
}

func (c *cond) want() model.Value {
	switch {
	case c.op == "above" || c.op == "below":
		return model.Number(c.border)
	case len(c.values) == 1:
		return c.values[0]
	case len(c.values) > 1:
		v, _ := model.Object(c.values)
		return v
	}
	return model.Value{}
}

func (c *cond) compare(v model.Value) home.Verdict {
	switch c.op {
	case "is", "one_of":
		return truth(slices.Contains(c.values, v))
	case "is_not":
		return truth(!slices.Contains(c.values, v))
	case "above", "below":
		f, ok := v.Number()
		if !ok {
			return home.Unknown
		}
		return truth(c.op == "above" && f > c.border || c.op == "below" && f < c.border)
	}
	return home.True // only freshness was asked for
}

// changesAt is the first moment after now at which the condition may come out otherwise by the passing of time alone.
func (c *cond) changesAt(s *sight) (at time.Time, ok bool) {
	sooner := func(t time.Time) {
		if t.After(s.now) && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	for _, x := range c.of {
		if t, changes := x.changesAt(s); changes {
			sooner(t)
		}
	}
	switch c.kind {
	case condTime:
		sooner(c.window.next(s.now, s.loc))
	case condAttribute:
		for _, d := range c.devices(s.r) {
			if slot, has := c.slotOf(d, c.attribute); has && (c.held > 0 || c.fresh > 0) {
				st, _ := d.State(slot)
				sooner(st.Changed.Add(c.held))
				sooner(st.Heard.Add(c.fresh + time.Millisecond))
			}
		}
	}
	return at, ok
}

func (w *window) text() string {
	clockText := func(c *clock, none string) string {
		if c == nil {
			return none
		}
		return fmt.Sprintf("%02d:%02d", *c/3600, *c/60%60)
	}
	s := clockText(w.from, "00:00") + "–" + clockText(w.to, "24:00")
	if w.days != 0 {
		for i := range dayNames { // the week begins on Monday
			if d := (i + 1) % 7; w.days.has(time.Weekday(d)) {
				s += " " + dayNames[d]
			}
		}
	}
	return s
}
