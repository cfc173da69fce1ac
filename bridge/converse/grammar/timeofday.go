package grammar

import (
	"math"
	"strconv"
	"strings"
)

// timeOfDay reads the time itself. marked: it can be nothing but a time of day.
func (r *reader) timeOfDay(c *Clock, i int, prefixed bool) (next int, marked, ok bool) {
	if w, ok := r.tagAt(i, cClockWord); ok {
		h, m, _ := strings.Cut(w, ":")
		c.Hour, _ = strconv.Atoi(h)
		c.Minute, _ = strconv.Atoi(m)
		c.exact = true
		return i + 1, true, true
	}
	if part, ok := r.tagAt(i, cHalfBefore); ok {
		if h, next, ok := r.whole(i+1, 1, 12); ok {
			c.Hour, c.Minute = h-1, 30
			if m, err := strconv.Atoi(part); err == nil {
				c.Minute = m
			}
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
	one := h%10 == 0 && r.is(next, cOneOclock) // 十 一点
	if one {
		h++
	}
	c.exact = h > 12
	total := h * 60
	oclock := one || r.is(next, cOclock) && (prefixed || !r.is(next, cUnit))
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
