package grammar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Clock is a time of day as it was said: "tomorrow at half past seven in the evening".
type Clock struct {
	Hour, Minute int // as said, 0 to 24 and 0 to 59
	Day          int // days from today; -1: no day was said
	Part         string
	// Every says on which days it is meant again and again: day, weekday, weekend, or the English name of one, in small letters; empty: once.
	Every string
	exact bool // said so that it can be no other half of the day: 19:30, 07:30
	said  bool
}

// The halves of the day that may be said with a time.
const (
	morning = "am"
	evening = "pm"
)

// IsZero reports that no time was said.
func (c Clock) IsZero() bool { return !c.said }

// String writes the time as it was said: "7:30pm +1".
func (c Clock) String() string {
	if !c.said {
		return ""
	}
	s := fmt.Sprintf("%d:%02d%s", c.Hour, c.Minute, c.Part)
	if c.Day >= 0 {
		s += fmt.Sprintf(" +%d", c.Day)
	}
	return s
}

// Next is the moment that is meant, after now and in now's place. Where neither day nor half of the day was said, the next of
// both is meant. A time that the clock leaves out in spring is the moment after the gap; one that it shows twice is the first.
func (c Clock) Next(now time.Time) time.Time {
	hours := []int{c.Hour}
	switch {
	case c.Part == morning:
		hours[0] = c.Hour % 12
		if c.Hour > 12 {
			hours[0] = c.Hour
		}
	case c.Part == evening && c.Hour < 12:
		hours[0] = c.Hour + 12
	case c.Part == "" && !c.exact && c.Hour <= 12 && c.Day < 1:
		hours = []int{c.Hour % 12, c.Hour%12 + 12}
	}
	if c.Every != "" && len(hours) > 1 { // every day at seven: who means the evening says so
		hours = []int{c.Hour}
	}
	from := max(0, c.Day)
	for day := from; ; day++ {
		if !c.on(now.AddDate(0, 0, day).Weekday()) {
			continue
		}
		for _, h := range hours {
			if t := wall(now, day, h, c.Minute); t.After(now) {
				return t
			}
		}
	}
}

// Morning is six o'clock in the morning after now: the end of a night.
func Morning(now time.Time) time.Time { return Clock{Hour: 6, Part: morning, said: true}.Next(now) }

// on reports whether a day of the week is one of those that were said.
func (c Clock) on(d time.Weekday) bool {
	weekend := d == time.Saturday || d == time.Sunday
	switch c.Every {
	case "", "day":
		return true
	case "weekday", "weekend":
		return weekend == (c.Every == "weekend")
	}
	return strings.EqualFold(d.String(), c.Every)
}

// wall is a time of day, some days from now's date.
func wall(now time.Time, days, hour, minute int) time.Time {
	y, m, d := now.Date()
	t := time.Date(y, m, d+days, hour, minute, 0, 0, now.Location())
	same := func(u time.Time) bool { return u.Hour() == hour%24 && u.Minute() == minute }
	switch {
	case !same(t) && t.Hour() < hour:
		return t.Add(time.Hour)
	case same(t) && same(t.Add(-time.Hour)):
		return t.Add(-time.Hour)
	}
	return t
}

var (
	cClock      = shared.intern("clock")
	cClockAt    = shared.intern("clock_at")    // at, um, à
	cOclock     = shared.intern("oclock")      // o'clock, 点, Uhr
	cOneOclock  = shared.intern("one_oclock")  // 一点, which is also a bit
	cPast       = shared.intern("clock_past")  // half past seven
	cBefore     = shared.intern("clock_to")    // quarter to eight
	cHalfBefore = shared.intern("clock_half")  // halb acht is half past seven
	cMinus      = shared.intern("clock_minus") // ocho menos cuarto
	cClockWord  = shared.intern("clock_word")  // noon
	cPart       = shared.intern("day_part")    // am and pm
	cEvery      = shared.intern("every")       // again and again: "day", "weekday", "day pm"
	cOnDay      = shared.intern("on_day")      // 0, 1, 2 days from today, with a half of that day: 1am
	clockTags   = []tag{{concept: cClock, thing: -1}}
)

// clock reads a time of day, with the day and its half before or after it.
func (r *reader) clock(i int) (Clock, int, bool) {
	c := Clock{Day: -1, said: true}
	if !r.is(i, cClockAt) && slices.ContainsFunc(r.ps[i].tags, func(g tag) bool { return cVerbs.has(g.concept) }) {
		return Clock{}, i, false // "on at seven": the verb is no part of the time
	}
	at := r.around(&c, i)
	prefixed := at > i && r.is(at-1, cClockAt) || r.is(r.soft(i), cClockAt)
	next, marked, ok := r.timeOfDay(&c, at, prefixed || c.Part != "")
	until := r.digitwise && !r.toAfter && i > 0 && r.is(i-1, cTo) // 开到十点 says until when
	if !ok || until || r.little(i, next) {
		return Clock{}, i, false
	}
	parts := c.Part
	next = r.around(&c, next)
	if !marked && c.Part == parts && (!prefixed || c.Hour > 12) { // a bare number: "at 7", "7 pm"
		return Clock{}, i, false
	}
	return c, next, c.Hour <= 24 && c.Minute < 60
}

// little reports that a bare 一点 at the end of an order is a bit, and no time: 窗帘再拉开一点.
func (r *reader) little(from, to int) bool {
	return r.digitwise && to == len(r.ps) && from > 0 && to-from == 2 && r.is(from, cNum) && r.is(from+1, cOclock) && r.is(from+1, cPoint) ||
		r.digitwise && to-from == 1 && r.is(from, cOneOclock) && from > 0
}

// around reads what stands beside a time: at, tomorrow, in the evening.
func (r *reader) around(c *Clock, i int) int {
	for i < len(r.ps) {
		if day, ok := r.tagAt(i, cOnDay); ok {
			n := strings.TrimRight(day, "apm")
			c.Day, _ = strconv.Atoi(n)
			if part := day[len(n):]; part != "" {
				c.Part = part
			}
			i++
			continue
		}
		if every, ok := r.tagAt(i, cEvery); ok {
			c.repeat(every)
			i++
			continue
		}
		if part, ok := r.tagAt(i, cPart); ok {
			c.Part = part
			i++
			continue
		}
		soft := r.soft(i)
		if !r.is(i, cClockAt) && (soft == i || !r.is(soft, cOnDay) && !r.is(soft, cEvery) && !r.is(soft, cPart) && !r.is(soft, cClockAt)) {
			return i
		}
		i = max(soft, i+1)
		if r.is(i-1, cOnDay) || r.is(i-1, cEvery) || r.is(i-1, cPart) {
			i--
		}
	}
	return i
}

// repeat takes the days on which a time is meant: "weekday", "day pm".
func (c *Clock) repeat(said string) {
	days, part, _ := strings.Cut(said, " ")
	c.Every = days
	if part != "" {
		c.Part = part
	}
}

func (c *Clock) set(minutes int) bool { c.put(minutes); return true }

func (c *Clock) put(minutes int) {
	if minutes < 0 {
		minutes += 12 * 60
	}
	c.Hour, c.Minute = minutes/60, minutes%60
}

// timed are the tokens of a cut when a time of day is read in it; ok is false when it has none.
func (r *reader) timed() ([]token, bool) {
	any := false
	out := make([]token, 0, len(r.ps))
	for i := 0; i < len(r.ps); {
		if c, next, ok := r.clock(i); ok && !any {
			out = append(out, token{piece: piece{r.ps[i].from, r.ps[next-1].to, clockTags}, clock: c})
			i, any = next, true
			continue
		}
		t, next := r.token(i)
		out = append(out, t)
		i = next
	}
	return out, any
}
