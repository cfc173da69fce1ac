package grammar

import (
	"math"
	"strconv"
	"strings"
)

// token is a piece after numbers and durations were put together.
type token struct {
	piece
	num   float64
	span  Span
	clock Clock
	// called: the span is what a timer is called by.
	called bool
	// share: the number is a part of the whole, said as one.
	share bool
}

func (t *token) has(c concept) (tag, bool) {
	for _, g := range t.tags {
		if g.concept == c {
			return g, true
		}
	}
	return tag{}, false
}

func (t *token) is(c concept) bool { _, ok := t.has(c); return ok }

var (
	numberTags  = []tag{{concept: cNumber, thing: -1}}
	percentTags = []tag{{concept: cPercent, thing: -1}}
	degreeTags  = []tag{{concept: cDegrees, thing: -1}}
	kelvinTags  = []tag{{concept: cKelvin, thing: -1}}
	spanTags    = []tag{{concept: cSpan, thing: -1}}
)

// reader puts numbers, units and durations of a cut together.
type reader struct {
	s  *sentence
	ps []piece
	// unitsFirst: "fünf und zwanzig" is 25.
	unitsFirst bool
	// digitwise: 二五 is 25.
	digitwise bool
	// toAfter: what means "to" stands after its number.
	toAfter bool
	// ofTimer: the unit last read is one by which a timer is called ("90-минутный").
	ofTimer bool
	// moreTime: the length last read is one of more ("two more minutes").
	moreTime bool
}

func (r *reader) tagAt(i int, c concept) (string, bool) {
	if i < 0 || i >= len(r.ps) {
		return "", false
	}
	for _, g := range r.ps[i].tags {
		if g.concept == c {
			return g.value, true
		}
	}
	return "", false
}

func (r *reader) is(i int, c concept) bool { _, ok := r.tagAt(i, c); return ok }

// soft skips words without meaning of their own.
func (r *reader) soft(i int) int {
	for i < len(r.ps) && r.is(i, cSoft) {
		i++
	}
	return i
}

func (r *reader) tokens() []token {
	out := make([]token, 0, len(r.ps))
	for i := 0; i < len(r.ps); {
		t, next := r.token(i)
		out = append(out, t)
		i = next
	}
	return out
}

// token is a value, or a piece as it is.
func (r *reader) token(i int) (token, int) {
	t, next, ok := r.value(i)
	if !ok {
		return token{piece: r.ps[i]}, i + 1
	}
	t.from, t.to = r.ps[i].from, r.ps[next-1].to
	return t, next
}

// value reads a duration, a percentage, degrees, kelvin or a bare number.
func (r *reader) value(i int) (token, int, bool) {
	r.ofTimer, r.moreTime = false, false
	if d, next, ok := r.duration(i); ok {
		tags := spanTags
		if r.moreTime {
			tags = []tag{{concept: cMoreSpan, thing: -1}}
		}
		return token{piece: piece{tags: tags}, span: d, called: r.ofTimer}, next, true
	}
	if r.is(i, cOneDegree) { // на градус
		return token{num: 1, piece: piece{tags: []tag{{concept: variants[cDegrees][1], thing: -1}}}}, i + 1, true
	}
	at, percent, share := i, false, false
	if r.is(i, cPercentOf) { // 百分之
		at, percent = i+1, true
	}
	v, next, ok := r.number(at)
	if part, is := r.tagAt(at, cFraction); is { // a third
		percent, share, next = true, true, at+1
		v, ok = parseDigits(part)
	}
	if !ok {
		return token{}, i, false
	}
	if r.is(next, cPartsOf) && v > 0 { // 三分之一
		if w, end, ok := r.number(next + 1); ok && w <= v {
			v, next, percent, share = math.Round(100*w/v), end, true, true
		}
	}
	if half := r.soft(next + 1); r.is(next, cAnd) && r.is(half, cHalf) && !r.is(r.soft(half+1), cUnit) { // nineteen and a half degrees
		v, next = v+0.5, half+1
	}
	t := token{num: v, share: share, piece: piece{tags: numberTags}}
	unit := next
	switch {
	case percent:
		t.tags = percentTags
	case r.is(unit, cPercentSign):
		t.tags, next = percentTags, unit+1
	case r.is(unit, cTenths):
		t.num, t.tags, next = v*10, percentTags, unit+1
	case r.is(unit, cDegreeSign):
		t.tags, next = degreeTags, unit+1
		if r.is(next, cHalf) { // 二十六度半
			t.num, next = t.num+0.5, next+1
		}
	case r.is(unit, cKelvinSign):
		t.tags, next = kelvinTags, unit+1
	case next == at+1 && !r.is(at, cNumber) && len(r.ps[at].tags) > 1:
		// a lone word that may be a number keeps its other meanings
		t.tags = append(append([]tag(nil), numberTags...), r.ps[at].tags...)
	}
	if to, ok := variants[t.tags[0].concept]; ok {
		if r.is(i-1, cTo) || r.toAfter && r.is(next, cTo) {
			t.tags = append([]tag{{concept: to[0], thing: -1}}, t.tags[1:]...)
		} else if r.is(i-1, cBy) {
			t.tags = append([]tag{{concept: to[1], thing: -1}}, t.tags[1:]...)
		}
	}
	return t, next, true
}

// variants of a value: "to 20 %" is another thing than "by 20 %".
var variants = map[concept][2]concept{
	cNumber:  {shared.intern("number_to"), shared.intern("number_by")},
	cPercent: {shared.intern("percent_to"), shared.intern("percent_by")},
	cDegrees: {shared.intern("degrees_to"), shared.intern("degrees_by")},
	cKelvin:  {shared.intern("kelvin_to"), shared.intern("kelvin_to")},
}

var (
	cTo, cBy  = shared.intern("to"), shared.intern("by")
	cFraction = shared.intern("fraction") // a third: 33
	// cOneDegree is by one degree, in a word: на градус.
	cOneDegree = shared.intern("one_degree")
	cPartsOf   = shared.intern("parts_of") // 分之: the denominator stands before it
)

// number reads a number in digits or words.
func (r *reader) number(i int) (float64, int, bool) {
	sum, cur, next := 0.0, -1.0, i
	last, digits := 0.0, 0 // the multiplier last read and how many words of the number stand after it
	afterMult := false
loop:
	for next < len(r.ps) {
		switch {
		case r.is(next, cNumber):
			if cur >= 0 || afterMult {
				break loop
			}
			v, ok := parseDigits(string(r.s.text[r.ps[next].from:r.ps[next].to]))
			if !ok {
				break loop
			}
			cur = v
			next++
		case r.is(next, cNum):
			word, _ := r.tagAt(next, cNum)
			v, _ := strconv.ParseFloat(word, 64)
			switch {
			case cur < 0:
				cur = v
			case cur >= 20 && int(cur)%10 == 0 && v < 10, cur == 60 && v < 20, cur == 80 && v < 20: // twenty five, soixante dix, quatre-vingt dix
				cur += v
			case cur < 10 && v < 10 && r.digitwise: // 二五
				cur = cur*10 + v
			default:
				break loop
			}
			afterMult = false
			digits++
			next++
		case r.is(next, cMult):
			word, _ := r.tagAt(next, cMult)
			m, _ := strconv.ParseFloat(word, 64)
			last, digits = m, 0
			if cur < 0 && afterMult {
				break loop
			}
			if cur < 0 {
				cur = 1
			}
			sum += cur * m
			cur, afterMult = -1, true
			next++
		case r.is(next, cPoint) && cur >= 0 && r.is(next+1, cNum) && !r.is(next+2, cMult): // 六点四十五 is a time
			word, _ := r.tagAt(next+1, cNum)
			v, _ := strconv.ParseFloat(word, 64)
			cur += v / 10
			next += 2
			break loop
		case r.is(next, cAnd) && next > i && r.is(next+1, cNum) && r.joins(cur, next+1, afterMult):
			word, _ := r.tagAt(next+1, cNum)
			v, _ := strconv.ParseFloat(word, 64)
			cur = max(cur, 0) + v
			afterMult = false
			next += 2
		default:
			break loop
		}
	}
	if next == i {
		return 0, i, false
	}
	if r.digitwise && last >= 100 && digits == 1 && cur < 10 { // 四千五 is 4500, 四千零五 is not
		cur *= last / 10
	}
	return sum + max(cur, 0), next, true
}

// joins reports whether "and" between two number words makes one number.
func (r *reader) joins(cur float64, i int, afterMult bool) bool {
	word, _ := r.tagAt(i, cNum)
	v, _ := strconv.ParseFloat(word, 64)
	if afterMult {
		return true // two hundred and five
	}
	if r.unitsFirst {
		return cur >= 1 && cur < 10 && v >= 20
	}
	return cur >= 20 && int(cur)%10 == 0 && v < 10 // treinta y cinco, vingt et un
}

// parseDigits reads 20, 20.5, 20,5 and 1,000.
func parseDigits(s string) (float64, bool) {
	if i := strings.IndexByte(s, ','); i >= 0 {
		if len(s)-i == 4 {
			s = strings.ReplaceAll(s, ",", "")
		} else {
			s = strings.Replace(s, ",", ".", 1)
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && v < 1e9 && v > -1e9
}
