package grammar

import "slices"

var (
	cCorrect = shared.intern("correct")
	cNotThat = shared.intern("not_that") // not, instead of: what follows is not meant
)

// mended reads a sentence whose speaker corrects himself: "the kitchen, no, the bedroom light on", "not the office, the bedroom".
func (v *Vocabulary) mended(s *sentence, tokens []token) ([]Clause, float64) {
	for k := range tokens {
		var c Clause
		cost := impossible
		switch {
		case tokens[k].is(cNotThat) && (k == 0 || !tokens[k].is(cCorrect)):
			c, cost = v.notThat(s, tokens, k)
		case k == 0 && len(tokens) > 1 && tokens[0].is(cCorrect) && tokens[1].meets(&cVerbs): // no, turn it off
			if c, cost = v.delayedOr(s, tokens[1:]); !c.acts() {
				cost = impossible
			}
		case k > 0 && k+1 < len(tokens) && tokens[k].is(cCorrect):
			c, cost = v.rather(s, tokens, k)
		}
		if cost < impossible {
			return []Clause{c}, cost
		}
	}
	return nil, impossible
}

// notThat leaves out what is not meant. What remains is an order of its own, or tells what is meant of the last one.
func (v *Vocabulary) notThat(s *sentence, tokens []token, k int) (Clause, float64) {
	from, to := k, k+1
	meant := false
	for to < len(tokens) && (tokens[to].meets(&cName) || to == k+1 && hollow(&tokens[to])) {
		meant = meant || tokens[to].meets(&cName)
		to++
	}
	if !meant {
		return Clause{}, impossible
	}
	for to < len(tokens) && (tokens[to].is(cComma) || tokens[to].is(cAnd) || tokens[to].is(cExcept) || tokens[to].is(cCorrect) || hollow(&tokens[to])) {
		to++
	}
	for from > 0 && (tokens[from-1].is(cComma) || tokens[from-1].is(cAnd)) {
		from--
	}
	rest := slices.Concat(tokens[:from], tokens[to:])
	if len(rest) == 0 {
		return Clause{}, impossible
	}
	if c, cost := v.delayedOr(s, rest); cost < impossible && c.acts() {
		return c, cost
	}
	no := token{piece: piece{tokens[k].from, tokens[k].to, []tag{{concept: cCorrect, thing: -1}}}}
	return v.only(s, slices.Concat([]token{no}, rest), "Correct")
}

// rather puts what was said after a correction in the place of what it corrects: the last word of the same kind.
func (v *Vocabulary) rather(s *sentence, tokens []token, k int) (Clause, float64) {
	before, after := tokens[:k], tokens[k+1:]
	for len(after) > 0 && (after[0].is(cCorrect) || after[0].is(cComma) || hollow(&after[0])) {
		after = after[1:]
	}
	for len(before) > 0 && before[len(before)-1].is(cComma) {
		before = before[:len(before)-1]
	}
	if len(after) == 0 {
		return Clause{}, impossible
	}
	for _, of := range mendable {
		if !after[0].meets(&of) {
			continue
		}
		for i := len(before) - 1; i >= 0; i-- {
			if !before[i].meets(&of) {
				continue
			}
			for _, rest := range [][]token{after, slices.Concat(after, before[i+1:])} {
				if c, cost := v.delayedOr(s, slices.Concat(before[:i], rest)); cost < impossible && c.acts() {
					return c, cost
				}
			}
		}
	}
	return Clause{}, impossible
}

// mendable are the kinds of word of which one takes the place of another, the closest first.
var mendable = func() (sets []set) {
	for _, of := range []string{"clock", "span", "area floor here", "$abs degrees degrees_to degrees_by percent_by number_by extreme half_way level", "color kelvin_name kelvin kelvin_to", "mode", "$name", "$target", "$target $place", "$verb"} {
		s, err := shared.setOf(of)
		if err != nil {
			panic(err)
		}
		sets = append(sets, s)
	}
	return sets
}()

// delayedOr reads tokens as one clause, put off or not.
func (v *Vocabulary) delayedOr(s *sentence, tokens []token) (Clause, float64) {
	c, cost := v.but(s, tokens)
	if later, lateCost := v.delayed(s, tokens); lateCost < cost {
		return later, lateCost
	}
	return c, cost
}

// only reads tokens as a clause of one intent.
func (v *Vocabulary) only(s *sentence, tokens []token, intent Intent) (Clause, float64) {
	if c, cost := v.one(s, tokens); cost < impossible && c.Intent == intent {
		return c, cost
	}
	return Clause{}, impossible
}

// hollow reports that a word means nothing by itself.
func hollow(t *token) bool { return t.meets(&shared.soft) && !t.meets(&cName) && !t.meets(&cVerbs) }
