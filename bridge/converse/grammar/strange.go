package grammar

import "slices"

// mostStrange is how many pieces a name that nobody knows may have: words, or ideographs.
const mostStrange = 6

// Strange is the name that a sentence gives to something and that the house does not know, where all the rest is an order or a
// question: "garage" of "turn on the garage light". It is worth saying what is not known; ok is false when the sentence is no such.
func (v *Vocabulary) Strange(text string) (name string, ok bool) {
	s := prepare(text, v.lang.spaced)
	for _, ps := range v.cut(&s).ways {
		from := slices.IndexFunc(ps, strange)
		if from < 0 {
			continue
		}
		to := from + 1
		for from > 0 && ps[from-1].to == ps[from].from && counts(ps[from-1]) { // 지하실
			from--
		}
		for to < len(ps) && strange(ps[to]) {
			to++
		}
		for to < len(ps) && counts(ps[to]) { // 阳台
			to++
		}
		if to-from > mostStrange || slices.ContainsFunc(ps[to:], strange) {
			continue
		}
		for _, as := range stand {
			named := slices.Concat(ps[:from], []piece{{ps[from].from, ps[to-1].to, []tag{{concept: as, thing: -1}}}}, ps[to:])
			tokens := v.reader(&s, named).tokens()
			if f, use, cost := v.bestFrame(&s, tokens); cost < impossible && !f.text && f.orders(tokens, &use) {
				return s.original(ps[from].from, ps[to-1].to), true
			}
		}
	}
	return "", false
}

// stand are what a strange word may stand for: a room, or a thing.
var stand = []concept{cArea, shared.intern("n.light"), shared.intern("n.cover"), shared.intern("n.climate"), shared.intern("n.sensor")}

// strange reports that nobody knows a piece, or that it is a word for a place the house does not have.
func strange(p piece) bool {
	return len(p.tags) == 0 || slices.ContainsFunc(p.tags, func(g tag) bool { return g.value == "garage" || g.value == "gate" })
}

// counts reports that a piece is a word by which things are counted, and so may be a part of a name instead: 台.
func counts(p piece) bool {
	t := token{piece: p}
	return t.is(cMeasure) && !t.is(cLink)
}

// orders reports that a frame, as it is met, says what to do with what, or asks for it.
func (f *frame) orders(tokens []token, u *usage) bool {
	for k := range tokens {
		if u.role[k] >= needed && (tokens[k].meets(&cDoing) || tokens[k].is(cAsk) || tokens[k].meets(&cMeasured)) {
			return true
		}
	}
	return false
}

var cMeasured = func() set { s, _ := shared.setOf("temperature humidity battery $degabs percent_to"); return s }()
