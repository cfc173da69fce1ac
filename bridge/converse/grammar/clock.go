package grammar

import (
	"fmt"
	"math"
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
	at := r.around(&c, i)
	prefixed := at > i && r.is(at-1, cClockAt) || r.is(r.soft(i), cClockAt)
	next, marked, ok := r.timeOfDay(&c, at, prefixed || c.Part != "")
	if !ok {
		return Clock{}, i, false
	}
	parts := c.Part
	next = r.around(&c, next)
	if !marked && c.Part == parts && (!prefixed || c.Hour > 12) { // a bare number: "at 7", "7 pm"
		return Clock{}, i, false
	}
	return c, next, c.Hour <= 24 && c.Minute < 60
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

// timeOfDay reads the time itself. marked: it can be nothing but a time of day.
func (r *reader) timeOfDay(c *Clock, i int, prefixed bool) (next int, marked, ok bool) {
	if w, ok := r.tagAt(i, cClockWord); ok {
		h, m, _ := strings.Cut(w, ":")
		c.Hour, _ = strconv.Atoi(h)
		c.Minute, _ = strconv.Atoi(m)
		c.exact = true
		return i + 1, true, true
	}
	if r.is(i, cHalfBefore) {
		if h, next, ok := r.whole(i+1, 1, 12); ok {
			c.Hour, c.Minute = h-1, 30
			if h == 1 {
				c.Hour = 12
			}
			return next, true, true
		}
	}
	if m, at, ok := r.partOfHour(i); ok { // ten past seven, Viertel vor acht
		sign := 0
		if r.is(at, cPast) {
			sign = 1
		} else if r.is(at, cBefore) {
			sign = -1
		}
		if h, next, ok := r.whole(at+1, 0, 24); ok && sign != 0 {
			c.put(h*60 + sign*m)
			if r.is(next, cOclock) {
				next++
			}
			return next, true, true
		}
	}
	if h, m, ok := r.digital(i); ok {
		c.Hour, c.Minute, c.exact = h, m, h > 12 || r.s.text[r.ps[i].from] == '0'
		next = i + 1
		if r.is(next, cOclock) {
			next++
		}
		return next, true, true
	}
	h, next, ok := r.whole(i, 0, 24)
	if !ok {
		return i, false, false
	}
	c.exact = h > 12
	total := h * 60
	oclock := r.is(next, cOclock) && (prefixed || !r.is(next, cUnit))
	if !oclock && !prefixed {
		return next, false, r.is(r.soft(next), cPart) && c.set(total)
	}
	if oclock {
		next++
	}
	m, end, ok := r.minutes(next, oclock)
	c.put(total + m)
	return end, oclock || ok, true
}

func (c *Clock) set(minutes int) bool { c.put(minutes); return true }

func (c *Clock) put(minutes int) {
	if minutes < 0 {
		minutes += 12 * 60
	}
	c.Hour, c.Minute = minutes/60, minutes%60
}

// minutes reads what follows an hour: thirty, y media, 一刻, menos cuarto.
func (r *reader) minutes(i int, oclock bool) (m, next int, ok bool) {
	at, sign := i, 1
	switch {
	case r.is(at, cMinus):
		at, sign = r.soft(at+1), -1
	case r.is(at, cAnd):
		at = r.soft(at + 1)
	case !oclock && r.is(at, cHalf): // "at seven half an hour": no
		return 0, i, false
	}
	if m, next, ok = r.partOfHour(at); ok && (at > i || oclock || m >= 10) {
		return sign * m, next, true
	}
	return 0, i, false
}

// partOfHour reads half, a quarter, or a number of minutes.
func (r *reader) partOfHour(i int) (m, next int, ok bool) {
	if u, ok := r.tagAt(i, cUnitWhole); ok {
		if n, err := strconv.Atoi(u); err == nil && n < 60 {
			return n, i + 1, true
		}
	}
	i = r.soft(i)
	switch {
	case r.is(i, cHalf):
		return 30, i + 1, true
	case r.is(i, cQuarter):
		return 15, i + 1, true
	}
	if m, next, ok = r.whole(i, 1, 59); ok {
		if u, _ := r.tagAt(next, cUnit); u == "minute" {
			next++
		}
		if m == 1 && r.is(next, cQuarter) {
			m, next = 15, next+1
		}
	}
	return m, next, ok
}

// whole reads a whole number of a range.
func (r *reader) whole(i, least, most int) (int, int, bool) {
	v, next, ok := r.number(i)
	if !ok || v != math.Trunc(v) || v < float64(least) || v > float64(most) {
		return 0, i, false
	}
	return int(v), next, true
}

// digital reads 7:30.
func (r *reader) digital(i int) (h, m int, ok bool) {
	if !r.is(i, cNumber) {
		return 0, 0, false
	}
	hour, minute, ok := strings.Cut(string(r.s.text[r.ps[i].from:r.ps[i].to]), ":")
	if !ok || len(minute) != 2 {
		return 0, 0, false
	}
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	return h, m, err1 == nil && err2 == nil && h <= 24 && m < 60
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
