package grammar

import (
	"slices"
	"strconv"
	"strings"
)

// Span of time as it was said: "90 minutes" stays 90 minutes.
type Span struct {
	Hours, Minutes, Seconds float64
}

// Total is the length in seconds.
func (d Span) Total() float64 { return d.Hours*3600 + d.Minutes*60 + d.Seconds }

// IsZero reports that no span was said.
func (d Span) IsZero() bool { return d == Span{} }

// duration reads "1 hour and 5 minutes", "half an hour", "1 小时半", "anderthalb Stunden".
func (r *reader) duration(i int) (Span, int, bool) {
	var d Span
	next, any, smallest := i, false, 4
	for {
		at := next
		if any {
			for at < len(r.ps) && (r.is(at, cAnd) || r.is(at, cComma)) {
				at++
			}
		}
		v, unit, end, ok := r.measure(at)
		rank := map[string]int{"hour": 3, "minute": 2, "second": 1}[unit]
		if !ok || rank >= smallest {
			return d, next, any
		}
		end, v = r.andHalf(end, v)
		d.put(v, unit)
		next, any, smallest = end, true, rank
	}
}

// andHalf reads the half that follows a unit: "1 hora y media", "5分半".
func (r *reader) andHalf(i int, v float64) (int, float64) {
	at := i
	if r.is(at, cAnd) {
		at = r.soft(at + 1)
	}
	if r.is(at, cHalf) && !r.is(r.soft(at+1), cUnit) {
		return at + 1, v + 0.5
	}
	if at > i && r.is(at, cQuarter) {
		return at + 1, v + 0.25
	}
	return i, v
}

func (r *reader) measure(i int) (v float64, unit string, next int, ok bool) {
	if u, ok := r.tagAt(i, cUnitWhole); ok { // one word for a span: "半小时", "mezz'ora"
		if hours, ok := strings.CutSuffix(u, "h"); ok {
			v, err := strconv.ParseFloat(hours, 64)
			return v, "hour", i + 1, err == nil
		}
		minutes, err := strconv.ParseFloat(u, 64)
		return minutes, "minute", i + 1, err == nil
	}
	switch {
	case r.is(i, cHalf), r.is(i, cByHalf): // "by half a minute"
		v, next = 0.5, r.soft(i+1)
	case r.is(i, cQuarter):
		v, next = 0.25, r.soft(i+1)
	default:
		if v, next, ok = r.number(i); !ok {
			unit, _ := r.tagAt(i, cUnit)
			_, more := r.andHalf(i+1, 1)
			one := more > 1 || i > 0 && r.is(i-1, cAfter) && r.s.kind[r.ps[i].from] == letter
			return 1, unit, i + 1, unit != "" && one // "hora y media", "через час"
		}
		at := next
		if r.is(at, cAnd) {
			at = r.soft(at + 1)
		} else {
			at = r.soft(at)
		}
		if r.is(at, cHalf) {
			v, next = v+0.5, r.soft(at+1)
		} else if r.is(at, cQuarter) && v == 1 { // "eine viertel Stunde", "一刻钟"
			v, next = 0.25, r.soft(at+1)
		} else {
			next = r.soft(next)
		}
		if r.is(next, cMore) && r.is(next+1, cUnit) { // two more minutes
			r.moreTime = true
			next++
		}
	}
	if unit, ok = r.tagAt(next, cUnit); !ok {
		if unit, ok = r.tagAt(next, cUnitOf); ok {
			r.ofTimer = true
		}
	}
	return v, unit, next + 1, ok
}

// cMoreSpan is a length by which something lasts longer; cMore is the word that says so.
var cMoreSpan, cMore, cByHalf = shared.intern("more_span"), shared.intern("more"), shared.intern("by_half")

// put adds v units; the fraction goes to the next smaller unit, as people count it.
func (d *Span) put(v float64, unit string) {
	whole := float64(int(v))
	rest := v - whole
	switch unit {
	case "hour":
		d.Hours += whole
		d.Minutes += rest * 60
	case "minute":
		d.Minutes += whole
		d.Seconds += rest * 60
	default:
		d.Seconds += v
	}
}

// reasoned reports that what stood before these tokens was parted from them as a reason.
func reasoned(tokens []token) bool {
	for _, t := range tokens {
		if t.is(cForMe) || t.is(cComma) || t.is(cBecause) {
			return true
		}
		if !t.is(cSoft) {
			return false
		}
	}
	return false
}

// spans tells how much to change a timer from the length by which it is called.
func (v *Vocabulary) spans(c *Clause, tokens []token, spans []int) {
	changes := c.Words["timer"] == "change"
	switch len(spans) {
	case 0:
	case 1:
		if changes || c.Intent == "StartTimer" || !c.Is("timer") {
			c.Span = tokens[spans[0]].span
		} else {
			c.Start = tokens[spans[0]].span
		}
	default:
		start := v.called(tokens, spans)
		for _, k := range spans {
			if k == start {
				c.Start = tokens[k].span
			} else {
				c.Span = tokens[k].span
			}
		}
	}
}

// called is the span by which a timer is called: the one right before the word timer, else the first after it.
func (v *Vocabulary) called(tokens []token, spans []int) int {
	timer := slices.IndexFunc(tokens, func(t token) bool { return t.is(cTimer) })
	after := -1
	for _, k := range spans {
		if k > timer && after < 0 {
			after = k
		}
	}
	for _, k := range spans {
		if tokens[k].called {
			return k
		}
	}
	if v.lang.spanAfter && after >= 0 {
		return after
	}
	for _, k := range spans {
		if k < timer && (k+1 == timer || k+2 == timer && tokens[k+1].is(cLink)) {
			return k
		}
	}
	if after >= 0 {
		return after
	}
	return spans[len(spans)-1]
}
