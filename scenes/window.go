package scenes

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
)

// window is a part of the day: from one moment to another, over midnight when the second is the earlier. Its
// days are those on which it begins. Without from and to it is whole days.
type window struct {
	path     string
	from, to *edge
	days     days
}

// edge is where a window begins or ends: a time of day, or a moment of the sun, such as "sunset-30m".
type edge struct {
	clock  clock
	sun    sunEvent // empty: clock
	offset time.Duration
}

func (p *problems) window(m member) *window {
	w := &window{path: m.path}
	p.fields(m.path, m.raw, "from, to, days", readers{"from": p.edge(&w.from), "to": p.edge(&w.to), "days": p.days(&w.days)})
	if w.from == nil && w.to == nil && w.days == 0 {
		p.add(m.path, "from, to or days", "it names no time")
	}
	return w
}

func (p *problems) edge(into **edge) func(member) {
	return func(m member) {
		var s string
		if json.Unmarshal(m.raw, &s) == nil {
			if e, ok := parseEdge(s); ok {
				*into = &e
				return
			}
		}
		p.add(m.path, `a time of day, such as "06:30", or of the sun, such as "sunset" or "sunrise+30m"`, "got %s", brief(m.raw))
	}
}

// parseEdge reads "06:30", "sunset", "sunset-30m".
func parseEdge(s string) (edge, bool) {
	if c, ok := parseClock(s); ok {
		return edge{clock: c}, true
	}
	name, offset := s, time.Duration(0)
	if i := strings.IndexAny(s, "+-"); i >= 0 {
		d, ok := spanOf(s[i+1:])
		if !ok || d < 0 || d > 12*time.Hour {
			return edge{}, false
		}
		if s[i] == '-' {
			d = -d
		}
		name, offset = s[:i], d
	}
	return edge{sun: sunEvent(name), offset: offset}, slices.Contains(sunEvents, name)
}

func (e *edge) String() string {
	if e.sun == "" {
		return fmt.Sprintf("%02d:%02d", e.clock/3600, e.clock/60%60)
	}
	if e.offset == 0 {
		return string(e.sun)
	}
	sign := "+"
	if e.offset < 0 {
		sign = "-"
	}
	return string(e.sun) + sign + spanText(e.offset.Abs())
}

// at is the edge's moment on a local date, so many days after t's; ok is false where nobody has said where home is,
// and where the sun does not rise or set that day.
func (e *edge) at(t time.Time, ahead int, loc *time.Location, where *home.Place) (time.Time, bool) {
	if e.sun == "" {
		return localTime(t, ahead, e.clock, loc), true
	}
	if where == nil {
		return time.Time{}, false
	}
	y, m, d := t.Date()
	at, ok := sunAt(e.sun, time.Date(y, m, d+ahead, 12, 0, 0, 0, time.UTC), where.Latitude, where.Longitude)
	return at.Add(e.offset).In(loc), ok
}

// clockOn is the time of day that the edge has on a local date.
func (e *edge) clockOn(t time.Time, where *home.Place) (clock, bool) {
	if e.sun == "" {
		return e.clock, true
	}
	at, ok := e.at(t, 0, t.Location(), where)
	return clockAt(at), ok
}

// within tells whether the window is open at a local time; it is unknown where the sun's part in it is.
func (w *window) within(t time.Time, where *home.Place) home.Verdict {
	c, today := clockAt(t), t.Weekday()
	yesterday := (today + 6) % 7
	from, to := clock(0), clock(24*3600)
	for _, end := range []struct {
		e    *edge
		into *clock
	}{{w.from, &from}, {w.to, &to}} {
		if end.e == nil {
			continue
		}
		at, ok := end.e.clockOn(t, where)
		if !ok {
			return home.Unknown
		}
		*end.into = at
	}
	if from < to {
		return truth(w.days.has(today) && c >= from && c < to)
	}
	return truth(w.days.has(today) && c >= from || w.days.has(yesterday) && c < to)
}

// next is the first moment after t at which the window may open or close.
func (w *window) next(t time.Time, loc *time.Location, where *home.Place) time.Time {
	best := localTime(t.In(loc), 1, 0, loc)
	for _, e := range []*edge{w.from, w.to} {
		for ahead := 0; e != nil && ahead < 2; ahead++ {
			if at, ok := e.at(t.In(loc), ahead, loc, where); ok && at.After(t) && at.Before(best) {
				best = at
			}
		}
	}
	return best
}

func (w *window) text() string {
	end := func(e *edge, none string) string {
		if e == nil {
			return none
		}
		return e.String()
	}
	s := end(w.from, "00:00") + "–" + end(w.to, "24:00")
	if w.days != 0 {
		for i := range dayNames { // the week begins on Monday
			if d := (i + 1) % 7; w.days.has(time.Weekday(d)) {
				s += " " + dayNames[d]
			}
		}
	}
	return s
}
