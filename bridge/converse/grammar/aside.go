package grammar

import "slices"

var (
	cAside = shared.intern("aside") // i, we, mum, because, 我妈, 免得: with these begins what is told beside an order
	cSo    = shared.intern("so")    // so, 所以, から: what was told is over, the order comes
	cTale  = shared.intern("tale")  // said, yesterday, not, 昨天, 他说: what follows is no order

	// cMatters are the concepts of which nothing is told beside an order: they would be a part of it.
	cMatters = func() set {
		s, _ := shared.setOf("$name $abs $rel $degabs span clock q except scene every")
		return s
	}()
	cBegins = func() set { s, _ := shared.setOf("$verb polite light_up light_on light_off"); return s }()
)

// aside reads an order beside which something is told: "unlock the front door grandma's here", 我怕黑，把小夜灯打开. The order must
// be whole and say what to do with what. What is told begins or ends as such talk does, and holds nothing that the order could mean.
func (v *Vocabulary) aside(s *sentence) (Meaning, bool) {
	c := chart{s: s, v: v}
	cuts, costs := c.cutUp()
	for i, ps := range cuts {
		tokens := v.reader(s, ps).tokens()
		if len(tokens) > maxTokens || !slices.ContainsFunc(tokens, func(t token) bool { return t.meets(&cDoing) }) {
			continue
		}
		for k := 1; k < len(tokens); k++ {
			var order []token
			switch {
			case parted(tokens, k) && told(tokens[k:], opens(&tokens[k])):
				order = tokens[:k]
			case v.led(tokens, k) && told(tokens[:k], tokens[k-1].is(cSo)):
				order = tokens[k:]
			default:
				continue
			}
			clauses, cost := v.clauses(s, order)
			if cost < impossible && !slices.ContainsFunc(clauses, func(c Clause) bool { return !c.plain() }) {
				return Meaning{clauses, cost + float64(costs[i])*cutWeight}, true
			}
		}
	}
	return Meaning{}, false
}

// parted reports that what stands from k on begins as something that is told after an order does.
func parted(tokens []token, k int) bool {
	return tokens[k].is(cComma) && k+1 < len(tokens) && !tokens[k+1].meets(&cBegins) || opens(&tokens[k]) && !tokens[k-1].is(cAnd)
}

// opens reports that with a word begins what is told: "i", "mum", "the baby is asleep".
func opens(t *token) bool { return t.is(cAside) || t.meets(&cPlaint) && !t.meets(&cMatters) }

// led reports that an order may begin at k, after something that was told.
func (v *Vocabulary) led(tokens []token, k int) bool {
	if tokens[k-1].is(cComma) || tokens[k-1].is(cSo) {
		return true
	}
	first := slices.IndexFunc(tokens, func(t token) bool { return opens(&t) || !t.is(cSoft) })
	return first >= 0 && first < k && opens(&tokens[first]) && (tokens[k].is(cPolite) || v.lang.spaced && !v.lang.verbLast && tokens[k].meets(&cBegins))
}

// told reports that tokens may be something that is told beside an order: it does not turn the order round, and it is not known
// what it is, unless it is marked as such.
func told(tokens []token, unknown bool) bool {
	for i := range tokens {
		t := &tokens[i]
		if t.is(cTale) || t.meets(&cMatters) || t.is(cTwist) && !t.is(cAside) || unknown && t.meets(&cBegins) && !t.is(cSoft) && !t.is(cAside) {
			return false
		}
		unknown = unknown || len(t.tags) == 0
	}
	return unknown
}

// plain reports that a clause says plainly what to do with what, and not with everything.
func (c *Clause) plain() bool {
	named := len(c.Names) > 0 || c.Kind() != "" || c.Is("cover") || len(c.Areas)+len(c.Floors) > 0 || c.Is("track") || c.Is("timer")
	return named && c.acts() && !c.textual() && !c.Is("q") && !c.Is("too") && !c.Is("whole") && !c.Is("all")
}
