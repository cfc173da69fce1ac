package grammar

import "slices"

// untimed reads "every morning …", which does not say at what time.
func (v *Vocabulary) untimed(s *sentence, tokens []token) (Clause, float64) {
	for k := range tokens {
		every, ok := tokens[k].has(cEvery)
		if !ok {
			continue
		}
		c, cost := v.but(s, slices.Concat(tokens[:k], tokens[k+1:]))
		if cost == impossible || !c.acts() {
			break
		}
		c.At.repeat(every.value)
		return c, cost
	}
	return Clause{}, impossible
}

// lasts are the intents that can be for a while, and must be said to be: "off for an hour", where other words say when.
var lasts = map[Intent]bool{"TurnOn": false, "Open": false, "TurnOff": true, "Close": true}

// lasting reads "on for ten minutes": what is left without the span must be a clause that can be taken back.
func (v *Vocabulary) lasting(s *sentence, tokens []token, k int) (Clause, float64) {
	from, to := k, k+1
	said := false
	for from > 0 && tokens[from-1].is(cFor) && !tokens[from-1].meets(&cVerbs) {
		from, said = from-1, true
	}
	for to < len(tokens) && tokens[to].is(cFor) {
		to, said = to+1, true
	}
	before := from - 1
	for before > 0 && tokens[before].is(cSoft) && !tokens[before].is(cAll) {
		before--
	}
	if !said && from > 0 && (tokens[from-1].is(cClockAt) || tokens[before].is(cAll)) { // à sept heures et demie; toutes les dix minutes
		return Clause{}, impossible
	}
	c, cost := v.but(s, slices.Concat(tokens[:from], tokens[to:]))
	marked, can := lasts[c.Intent]
	if cost == impossible || !can || marked && !said || c.Is("timer") {
		return Clause{}, impossible
	}
	c.For, c.Command = tokens[k].span, s.original(tokens[0].from, tokens[len(tokens)-1].to)
	return c, cost - 0.5
}

var cFor = shared.intern("for") // 10 minutes long
