package scenes

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Days, clock times and durations as a document writes them.

const day = 24 * time.Hour

// span is a duration: "90s", "10m", "1h30m", "2d", or a number of seconds.
func (p *problems) span(into *time.Duration, least, most time.Duration) func(member) {
	return func(m member) {
		d, ok := parseSpan(m.raw)
		if !ok || d < least || d > most {
			p.add(m.path, fmt.Sprintf("a duration from %s to %s, such as \"10m\"", spanText(least), spanText(most)), "got %s", brief(m.raw))
			return
		}
		*into = d
	}
}

func parseSpan(raw json.RawMessage) (time.Duration, bool) {
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil {
		if seconds < -1e9 || seconds > 1e9 {
			return 0, false
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return 0, false
	}
	return spanOf(s)
}

func spanOf(s string) (time.Duration, bool) {
	if days, rest, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, false
		}
		if rest == "" {
			return time.Duration(n) * day, true
		}
		more, err := time.ParseDuration(rest)
		return time.Duration(n)*day + more, err == nil && more >= 0
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

// spanText writes a duration as spanOf reads it.
func spanText(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// clock is a time of day in seconds since midnight, as the clocks show it.
type clock int

func parseClock(s string) (clock, bool) {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return clock(t.Hour()*3600 + t.Minute()*60 + t.Second()), true
		}
	}
	return 0, false
}

func clockAt(t time.Time) clock {
	h, m, s := t.Clock()
	return clock(h*3600 + m*60 + s)
}

func (p *problems) clock(into **clock) func(member) {
	return func(m member) {
		var s string
		if json.Unmarshal(m.raw, &s) == nil {
			if c, ok := parseClock(s); ok {
				*into = &c
				return
			}
		}
		p.add(m.path, `a time of day, such as "06:30"`, "got %s", brief(m.raw))
	}
}

// days is a set of weekdays; none set means every day.
type days uint8

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (d days) has(w time.Weekday) bool { return d == 0 || d&(1<<w) != 0 }

func (p *problems) days(into *days) func(member) {
	return func(m member) {
		var names []string
		var one string
		if json.Unmarshal(m.raw, &one) == nil {
			names = []string{one}
		} else if json.Unmarshal(m.raw, &names) != nil {
			p.add(m.path, daysExpected, "got %s", brief(m.raw))
			return
		}
		for _, n := range names {
			set, ok := daySet(n)
			if !ok {
				p.add(m.path, daysExpected, "got %q", n)
			}
			*into |= set
		}
	}
}

const daysExpected = `a list of days, such as ["mon", "tue"], "weekdays" or "weekend"`

func daySet(name string) (days, bool) {
	switch name {
	case "weekdays":
		return 0b0111110, true
	case "weekend":
		return 0b1000001, true
	case "daily":
		return 0b1111111, true
	}
	for i, n := range dayNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// window is a part of the day: from one clock time to another, over midnight when the second is the
// earlier. Its days are those on which it begins. Without from and to it is whole days.
type window struct {
	path     string
	from, to *clock
	days     days
}

func (p *problems) window(m member) *window {
	w := &window{path: m.path}
	p.fields(m.path, m.raw, "from, to, days", readers{"from": p.clock(&w.from), "to": p.clock(&w.to), "days": p.days(&w.days)})
	if w.from == nil && w.to == nil && w.days == 0 {
		p.add(m.path, "from, to or days", "it names no time")
	}
	return w
}

// within tells whether the window is open at a local time.
func (w *window) within(t time.Time) bool {
	c, today := clockAt(t), t.Weekday()
	yesterday := (today + 6) % 7
	from, to := clock(0), clock(24*3600)
	if w.from != nil {
		from = *w.from
	}
	if w.to != nil {
		to = *w.to
	}
	if from < to {
		return w.days.has(today) && c >= from && c < to
	}
	return w.days.has(today) && c >= from || w.days.has(yesterday) && c < to
}

// next is the first moment after t at which the window may open or close.
func (w *window) next(t time.Time, loc *time.Location) time.Time {
	best := localTime(t.In(loc), 1, 0, loc)
	for _, c := range []*clock{w.from, w.to} {
		for ahead := 0; c != nil && ahead < 2; ahead++ {
			if at := localTime(t.In(loc), ahead, *c, loc); at.After(t) && at.Before(best) {
				best = at
			}
		}
	}
	return best
}

// localTime is the moment at which the clocks of a place show c, so many days after t's. A time that
// the clocks leave out, since they are put forward, is the moment at which they are; one that they
// show twice, since they are put back, is the first.
func localTime(t time.Time, ahead int, c clock, loc *time.Location) time.Time {
	y, m, d := t.Date()
	wall := time.Date(y, m, d+ahead, 0, 0, 0, 0, time.UTC).Unix() + int64(c) // what the clocks show, as if it were UTC
	offset := func(unix int64) int64 { _, o := time.Unix(unix, 0).In(loc).Zone(); return int64(o) }
	before, after := offset(wall-86400), offset(wall+86400)
	early, late := wall-max(before, after), wall-min(before, after)
	if offset(early) == wall-early {
		return time.Unix(early, 0).In(loc)
	}
	if offset(late) == wall-late {
		return time.Unix(late, 0).In(loc)
	}
	_, jump := time.Unix(early, 0).In(loc).ZoneBounds() // left out: the change lies between the two
	return jump
}
