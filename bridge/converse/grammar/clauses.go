package grammar

import (
	"slices"
	"strings"
)

var (
	cThen    = shared.intern("then")
	cAfter   = shared.intern("after")
	cAround  = func() set { s, _ := shared.setOf("after comma timer link"); return s }()
	cVerbs   = func() set { s, _ := shared.setOf("$verb"); return s }()
	cTargets = func() set { s, _ := shared.setOf("$target $place"); return s }()
)

func (t *token) meets(s *set) bool {
	return slices.ContainsFunc(t.tags, func(g tag) bool { return s.has(g.concept) })
}

// delayed reads "in 5 minutes …" and "at seven …": what is left without the time must be a clause of its own.
func (v *Vocabulary) delayed(s *sentence, tokens []token) (Clause, float64) {
	for k := range tokens {
		clock := tokens[k].is(cClock)
		if !tokens[k].is(cSpan) && !clock {
			continue
		}
		from, to := k, k+1
		marked, timer := clock, false
		around := func(t *token) bool {
			marked, timer = marked || t.is(cAfter), timer || t.is(cTimer)
			return t.meets(&cAround)
		}
		for from > 0 && around(&tokens[from-1]) {
			from--
		}
		for to < len(tokens) && around(&tokens[to]) {
			to++
		}
		if !marked && !timer {
			if c, cost := v.lasting(s, tokens, k); cost < impossible {
				return c, cost
			}
			continue
		}
		rest := slices.Concat(tokens[:from], tokens[to:])
		if len(rest) == 0 {
			return Clause{}, impossible
		}
		said := rest
		switch {
		case to < len(tokens):
			said = tokens[to:]
		default:
			said = tokens[:from]
		}
		for v.lang.toAfter && len(said) > 1 && said[0].is(cSoft) { // the particle of the time: 7時"に"
			said = said[1:]
		}
		command := trimText(s.original(said[0].from, said[len(said)-1].to))
		at := tokens[k].clock
		for i := range rest { // "every weekday" may stand apart from the time
			if every, ok := rest[i].has(cEvery); ok && clock {
				at.repeat(every.value)
				rest = slices.Delete(slices.Clone(rest), i, i+1)
				break
			}
		}
		c, cost := v.but(s, rest)
		if cost == impossible {
			verb := marked && !clock && slices.ContainsFunc(rest, func(t token) bool { return t.meets(&cVerbs) })
			if !verb || slices.ContainsFunc(rest, func(t token) bool { return t.is(cTimer) }) {
				continue
			}
			if slices.ContainsFunc(rest, func(t token) bool { return t.is(cAside) }) {
				continue
			}
			return Clause{Intent: "StartTimer", Delay: tokens[k].span, Span: tokens[k].span, Command: command}, 0.5
		}
		if c.Is("timer") || !c.acts() || timer && c.Kind() == "" && len(c.Names) == 0 {
			continue
		}
		c.Delay, c.At, c.Command = tokens[k].span, at, command
		if c.Words["step"] != "" && !c.HasValue { // "down by two" is an amount, if it can be one
			return c, cost
		}
		return c, cost - 0.5
	}
	return v.untimed(s, tokens)
}

// together reads several orders that are put off to one time, which is said before them: 二十分钟之后把灯和空调都关了.
func (v *Vocabulary) together(s *sentence, tokens []token) ([]Clause, float64) {
	if !tokens[0].is(cSpan) && !tokens[0].is(cClock) {
		return nil, impossible
	}
	to, marked := 1, tokens[0].is(cClock)
	for to < len(tokens) && tokens[to].meets(&cAround) {
		marked = marked || tokens[to].is(cAfter)
		to++
	}
	if !marked || to == len(tokens) {
		return nil, impossible
	}
	many, cost := v.split(s, tokens[to:])
	if cost == impossible || slices.ContainsFunc(many, func(c Clause) bool { return !c.acts() || !c.Delay.IsZero() || !c.At.IsZero() }) {
		return nil, impossible
	}
	for i := range many {
		many[i].Delay, many[i].At, many[i].Command = tokens[0].span, tokens[0].clock, s.original(tokens[to].from, tokens[len(tokens)-1].to)
	}
	return many, cost
}

// but reads tokens as a single clause that may except something.
func (v *Vocabulary) but(s *sentence, tokens []token) (Clause, float64) {
	c, cost := v.one(s, tokens)
	if e, exceptCost := v.except(s, tokens); exceptCost < cost {
		return e, exceptCost
	}
	return c, cost
}

var (
	cExcept = shared.intern("except")
	cOther  = shared.intern("other")  // the others, 以外: goes with an exception
	cButIt  = shared.intern("but_it") // 以外: what is excepted stands before it
	cAll    = shared.intern("all")
	cName   = func() set { s, _ := shared.setOf("$name $place $kind cover"); return s }()
)

// except reads "everything off except the hall": what is left without the exception must be a clause of its own.
func (v *Vocabulary) except(s *sentence, tokens []token) (Clause, float64) {
	for k := range tokens {
		if c, cost := v.onlyThat(s, tokens, k); cost < impossible {
			return c, cost
		}
		from, to := k, k+1
		part := func(t *token) bool {
			return t.meets(&cName) || len(t.tags) > 0 && (t.is(cSoft) || t.is(cAnd) || t.is(cComma) || t.is(cOther))
		}
		switch {
		case tokens[k].is(cExcept):
			for to < len(tokens) && part(&tokens[to]) && !tokens[to-1].is(cOther) {
				if tokens[to].is(cComma) { // 除了主卧，楼上的灯都关掉
					if c, cost := v.one(s, slices.Concat(tokens[:from], tokens[to+1:])); cost < impossible && c.acts() {
						break
					}
				}
				to++
			}
		case tokens[k].is(cButIt):
			for from > 0 && part(&tokens[from-1]) {
				from--
			}
			for to < len(tokens) && (tokens[to].is(cOther) || tokens[to].is(cComma)) { // 小夜灯留着，其他都关
				to++
			}
		default:
			continue
		}
		c, cost := v.one(s, slices.Concat(tokens[:from], tokens[to:]))
		if cost == impossible { // 除了客厅的灯都关掉: the kind is said with the exception, or is that of what is excepted
			c, cost = v.one(s, slices.Concat(tokens[:from], tokens[to:], kindsOf(tokens[from:to])))
		}
		if cost == impossible || c.textual() || !c.acts() {
			continue
		}
		var out Clause
		for i := from; i < to; i++ {
			v.take(&out, s, &tokens[i], &cName)
		}
		if len(out.Names)+len(out.Areas) == 0 {
			for _, t := range tokens[from:to] {
				out.Names = append(out.Names, v.allOf(s, &t)...)
			}
		}
		if len(out.Names)+len(out.Areas) == 0 {
			continue
		}
		if len(out.Names) > 0 { // the lamp in the hall, not the hall
			out.Areas = slices.DeleteFunc(out.Areas, func(p Place) bool {
				return slices.ContainsFunc(out.Names, func(m Mention) bool { return m.Things[0].Area == p.ID })
			})
		}
		c.Except, c.ExceptAreas = out.Names, out.Areas
		c.flags.add(cAll)
		if slices.ContainsFunc(tokens[:from], func(t token) bool { return t.is(cAll) || t.is(cWhole) }) { // "alles bis auf": no bound
			cost -= onlyGain
		}
		return c, cost
	}
	return Clause{}, impossible
}

// allOf are the things of the kind that is excepted: those that are called so ("the tv" is no speaker), or all.
func (v *Vocabulary) allOf(s *sentence, t *token) []Mention {
	var of, called []Mention
	said := s.text[t.from:t.to]
	for _, x := range v.house.Things {
		if !slices.ContainsFunc(t.tags, func(g tag) bool { return g.thing < 0 && shared.names[g.concept] == x.Kind && targets.has(g.concept) }) {
			continue
		}
		m := Mention{Said: s.original(t.from, t.to), Things: []Thing{x}}
		of = append(of, m)
		if n := min(len(said), leastStem); strings.Contains(foldPhrase(x.Name, v.lang.spaced), string(said[:n])) {
			called = append(called, m)
		}
	}
	if len(called) > 0 {
		return called
	}
	return of
}

// leastStem is how many letters of a word tell what is called so, whatever its ending.
const leastStem = 5

// kindsOf are words for the kinds of thing of which an exception speaks; everything when it speaks of rooms only.
func kindsOf(tokens []token) []token {
	for _, t := range tokens {
		for _, g := range t.tags {
			if kind := g.concept; kind == cLight || g.thing >= 0 && shared.names[kind] == "n.light" {
				return []token{{piece: piece{t.from, t.to, []tag{{concept: cLight, thing: -1}}}}}
			}
		}
	}
	last := tokens[len(tokens)-1]
	return []token{{piece: piece{last.from, last.to, []tag{{concept: cWhole, thing: -1}}}}}
}

var cLight, cWhole = shared.intern("light"), shared.intern("whole")

// acts reports whether a clause changes something in the house, so that it can be put off.
func (c *Clause) acts() bool { return c.flags.hasAny(&cDoing) || c.Words["step"] != "" || c.HasValue }

func (s *set) hasAny(o *set) bool { return meets(s, o) }
