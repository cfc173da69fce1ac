package grammar

import "slices"

var (
	cOnly  = shared.intern("only")
	cStay  = shared.intern("stay")  // leave, keep: what is so remains so
	cNeeds = shared.intern("needs") // the eggs "need" six minutes: why a timer is wanted, not its name
	cBuy   = shared.intern("buy")
	cStays = func() set { s, _ := shared.setOf("on state it set ensure stay only"); return s }()
)

// onlyThat reads "leave only the reading lamp on", whose word "only" is the k-th: everything of that kind is to be off but what is named.
func (v *Vocabulary) onlyThat(s *sentence, tokens []token, k int) (Clause, float64) {
	if !tokens[k].is(cOnly) || !slices.ContainsFunc(tokens, func(t token) bool { return t.is(cStay) }) {
		return Clause{}, impossible
	}
	var out Clause
	var named, where []token
	next := slices.IndexFunc(tokens[k+1:], func(t token) bool { return !hollow(&t) && !t.is(cStay) })
	if next < 0 || !tokens[k+1+next].meets(&cName) {
		return Clause{}, impossible
	}
	for i, t := range tokens {
		switch {
		case slices.ContainsFunc(t.tags, func(g tag) bool { return g.thing >= 0 }) && t.meets(&cName):
			if t.meets(&cRooms) {
				where = append(where, t)
			} else {
				v.take(&out, s, &tokens[i], &cName)
				named = append(named, t)
			}
		case len(t.tags) > 0 && (t.meets(&cStays) || hollow(&t) || t.is(cAnd)):
		default:
			return Clause{}, impossible
		}
	}
	if len(out.Names) == 0 {
		return Clause{}, impossible
	}
	off := token{piece: piece{tokens[k].from, tokens[k].to, []tag{{concept: cOff, thing: -1}}}}
	c, cost := v.one(s, slices.Concat([]token{off}, kindsOf(named), where))
	if cost == impossible || c.Intent != "TurnOff" {
		return Clause{}, impossible
	}
	c.Except = out.Names
	c.flags.add(cAll)
	c.Said = s.original(tokens[0].from, tokens[len(tokens)-1].to)
	return c, cost - onlyGain
}

// onlyGain is how much likelier "only" is meant than to be an empty word.
const onlyGain = 1.5

var cOff = shared.intern("off")

// lacking leaves of an item for the shopping list only what is to be bought: "we've run out of" bread.
func (v *Vocabulary) lacking(s *sentence, text []token, said string) string {
	k := 0
	for k < len(text) && (text[k].is(cBuy) || k > 0 && hollow(&text[k])) {
		k++
	}
	if k == 0 || k == len(text) {
		return said
	}
	return trimText(s.original(text[k].from, text[len(text)-1].to))
}
