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
		c.Except, c.ExceptAreas = out.Names, out.Areas
		c.flags.add(cAll)
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

// bounds reports whether a new clause may begin at k, and where the words between the two end. Besides "and", "then" and a comma it is
// parted by nothing where a complaint comes first ("i'm cold turn the heating up") and, where no spaces part words, at a verb (关灯拉窗帘).
func (v *Vocabulary) bounds(tokens []token, k int) (end int, weak, ok bool) {
	parts := func(t *token) bool { return t.is(cAnd) || t.is(cThen) || t.is(cComma) }
	end = k
	for end < len(tokens) && parts(&tokens[end]) {
		end++
	}
	if end > k {
		return end, false, end < len(tokens)
	}
	if tokens[k-1].is(cArea) && tokens[k].is(cArea) { // in the kitchen, hallway and office
		return k, false, true
	}
	if len(tokens) > maxRunOn || parts(&tokens[k-1]) {
		return k, false, false
	}
	complains := slices.ContainsFunc(tokens[:k], func(t token) bool { return t.meets(&cPlaint) }) ||
		tokens[k].meets(&cVerbs) && slices.ContainsFunc(tokens[:k], func(t token) bool { return t.is(cAsk) || t.is(cState) && v.lang.spaced }) ||
		tokens[k].is(cIAm) && slices.ContainsFunc(tokens[:k], func(t token) bool { return t.meets(&cVerbs) })
	ended := (v.lang.verbLast || !v.lang.spaced) && tokens[k].meets(&cTargets) && ends(tokens[:k])
	reason := !v.lang.spaced && (tokens[k].meets(&cPlaint) || tokens[k].meets(&cFelt) || tokens[k].is(cNotThat) || tokens[k].is(cForMe)) // 空调关了吧冷死了
	told := v.lang.verbLast && tokens[k-1].is(cState) && tokens[k].meets(&cVerbs)                                                        // つけっぱなしだから消しといて
	return k, true, told || complains || ended || reason || !v.lang.spaced && tokens[k].meets(&cVerbs)
}

// ends reports that tokens end as a clause does whose verb comes last: 电视关了, テレビを消して.
func ends(tokens []token) bool {
	verb := len(tokens) - 1
	for verb > 0 && !tokens[verb].meets(&cVerbs) && tokens[verb].is(cSoft) && verb > len(tokens)-3 {
		verb--
	}
	return verb > 0 && tokens[verb].meets(&cVerbs) && slices.ContainsFunc(tokens[:verb], func(t token) bool { return t.meets(&cTargets) })
}

// maxRunOn is how many tokens a sentence may have to be looked at for clauses that nothing parts.
const maxRunOn = 12

var cPlaint = func() set {
	s, _ := shared.setOf("dirty too i_am plight gloom glare hot_exclaim cold_exclaim im_home im_leaving im_arriving not_coming house_mode")
	return s
}()

// alike reports that two clauses say the same of nothing in particular: 我们都睡了，晚安.
func (c *Clause) alike(d *Clause) bool {
	return c.Intent == d.Intent && c.Intent != "TurnOn" && c.Intent != "TurnOff" && len(c.Names)+len(c.Areas)+len(c.Floors)+len(d.Names)+len(d.Areas)+len(d.Floors) == 0 &&
		c.Kind() == d.Kind() && !c.acts() && !d.acts()
}

// split reads two or more clauses, parted by "and", "then" or a comma. What a part lacks it takes from its
// neighbour: the verb ("turn on the lamp and the fan"), the room ("the kitchen's lamp and fan").
func (v *Vocabulary) split(s *sentence, tokens []token) ([]Clause, float64) {
	for k := 1; k < len(tokens); k++ {
		end, weak, ok := v.bounds(tokens, k)
		if !ok || end+1 == len(tokens) && weak && (!v.lang.spaced || !tokens[end].meets(&anyState)) {
			continue
		}
		left, right := tokens[:k], tokens[end:]
		var l []Clause
		var lc float64
		if weak { // what comes first must stand by itself, so that the work does not grow with the ways to cut
			var c Clause
			if c, lc = v.one(s, left); lc == impossible {
				continue
			}
			l = []Clause{c}
		} else {
			l, lc = v.clauses(s, left)
		}
		r, rc := v.clauses(s, right)
		took := false
		switch {
		case lc < impossible && rc < impossible:
			if !weak && !slices.ContainsFunc(right, func(t token) bool { return t.meets(&cDoing) }) && r[0].Intent == "TurnOn" && l[len(l)-1].Intent != "TurnOn" {
				if lent, cost := v.clauses(s, lend(left, right)); cost < impossible { // 关掉客厅和厨房的灯
					r, rc = lent, cost
				}
			}
			switch last := &l[len(l)-1]; {
			case last.tells(&r[0]): // 客厅的灯还亮着，关了
				return append(l[:len(l)-1], r...), lc + rc
			case last.repeats(&r[0]):
				return append(l, r[1:]...), lc + rc
			case len(r) == 1 && last.ordered() && r[0].explains(last): // 窗帘拉开点，太暗了
				return l, lc + rc
			}
			if weak && !v.follows(&l[len(l)-1], &r[0], left, right) {
				continue
			}
		case weak:
			continue
		case lc < impossible:
			if r, rc = v.clauses(s, lend(left, right)); rc == impossible && l[len(l)-1].asks() { // 灯咋不亮呢，给开开
				r, rc = v.clauses(s, slices.Concat(aimed(left), right))
				took = true
			}
		case rc < impossible:
			l, lc = v.clauses(s, lend(right, left))
		default:
			continue
		}
		if lc < impossible && rc < impossible && len(l) > 0 && len(r) > 0 && !l[len(l)-1].textual() && !r[0].textual() {
			last := &l[len(l)-1]
			if took || last.tells(&r[0]) { // 客厅的灯还亮着，关了
				return append(l[:len(l)-1], r...), lc + rc
			}
			inherit(last, &r[0])
			if len(l) == 1 && l[0].explains(&r[0]) { // 有点黑，开个灯
				if len(r[0].Areas)+len(r[0].Floors)+len(r[0].Names) == 0 {
					r[0].Areas, r[0].Floors = l[0].Areas, l[0].Floors
				}
				return r, lc + rc
			}
			switch {
			case r[0].Intent == "Remark": // 灯太暗了，看不清
				return l, lc + rc
			case last.Intent == "Correct" && r[0].Intent == "Correct" && right[0].is(cNotThat): // the kitchen, not the hall
				return l, lc + rc
			case (last.Intent == "Correct" || last.Intent == "No") && r[0].Intent == "Correct", last.alike(&r[0]): // not the hall, the kitchen
				return append(l[:len(l)-1], r...), lc + rc
			}
			return append(l, r...), lc + rc
		}
	}
	return nil, impossible
}

// follows reports that a clause may follow another though nothing parts the two.
func (v *Vocabulary) follows(c, next *Clause, left, right []token) bool {
	switch {
	case next.Intent == "Remark", c.explains(next), next.explains(c), c.announces() && next.acts():
		return true
	case next.Intent == "Correct" && right[0].is(cNotThat):
		return true
	case c.asks() && (right[0].is(cForMe) || left[len(left)-1].is(cState)):
		return true
	}
	return (!v.lang.spaced || v.lang.verbLast) && c.acts() && next.acts()
}

// announces reports that a clause tells what somebody does, to which an order may be joined without a pause: 我要睡了帮我关灯.
func (c *Clause) announces() bool {
	switch c.Intent {
	case "HouseMode", "ImHome", "ImLeaving", "ImArriving", "NotComing":
		return c.Text == ""
	}
	return false
}

// asks reports that a clause asks for a state, or why it is so.
func (c *Clause) asks() bool { return c.Intent == "GetState" || c.Intent == "WhyState" }

// aimed are the words of a clause for what it speaks of.
func aimed(tokens []token) []token {
	return slices.DeleteFunc(slices.Clone(tokens), func(t token) bool { return !t.meets(&cTargets) || t.meets(&cDoing) })
}

var cState = shared.intern("state")

// lend gives the words of a clause but its target to one that is a target only.
func lend(from, to []token) []token {
	var out []token
	for _, t := range from {
		if !t.meets(&cTargets) {
			out = append(out, t)
		}
	}
	return append(out, to...)
}

// inherit hands the room of a clause to the next when that names none but a kind of thing, and back: 打开主卧的空调和灯.
func inherit(a, b *Clause) {
	if len(b.Areas) == 0 && len(b.Floors) == 0 && len(b.Names) == 0 && !b.Is("here") && !b.Is("all") && a.Intent == b.Intent {
		b.Areas, b.Floors = a.Areas, a.Floors
	}
}
