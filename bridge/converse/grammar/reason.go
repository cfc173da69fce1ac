package grammar

import "slices"

var (
	cReason = shared.intern("reason") // I'm, because, there's: begins a clause that only says why
	cQuote  = shared.intern("quote")  // said, told me, wants: what follows is no order to the house
	cCopula = shared.intern("copula") // is, feels: after what it speaks of it tells, before it it asks
)

// stated marks the word by which a sentence tells how something is: "the kitchen is cold" complains, "is the kitchen cold" asks.
func stated(tokens []token) []token {
	for k := 1; k < len(tokens); k++ {
		if tokens[k].is(cAsk) && !tokens[k].is(cCopula) || tokens[0].is(cAsk) || tokens[0].is(cWhy) {
			break
		}
		if tokens[k].is(cCopula) && !tokens[k].is(cIAm) && tokens[k-1].meets(&cSubjects) {
			tokens[k].tags = append(slices.Clip(tokens[k].tags), tag{concept: cIAm, thing: -1})
			break
		}
	}
	return tokens
}

// cSubjects are the concepts of which a sentence tells how they are.
var cSubjects = func() set { s, _ := shared.setOf("$target $place track volume lawn house_work temperature"); return s }()

var cWhy = shared.intern("why")

// reasoned reads an order that is complete by itself beside a clause that only says why, in words that nobody needs to know: "switch the
// lamp off, I'm done working", "there are crumbs everywhere, send the robot". Nothing in it may turn the sentence round or tell of others.
func (v *Vocabulary) reasoned(s *sentence) (Meaning, bool) {
	c := chart{s: s, v: v}
	cuts, costs := c.cutUp()
	if len(cuts) > mostReasoned {
		cuts = cuts[:mostReasoned]
	}
	for i, ps := range cuts {
		turned := slices.IndexFunc(ps, func(p piece) bool { t := token{piece: p}; return t.is(cTwist) || t.is(cQuote) })
		try := func(order, why []piece) (Meaning, bool) {
			if len(why) < 2 || slices.ContainsFunc(order, func(p piece) bool { return len(p.tags) == 0 }) {
				return Meaning{}, false
			}
			m, cost := v.because(s, order, why)
			return Meaning{m, cost + float64(costs[i])*cutWeight}, cost < impossible
		}
		for k := len(ps) - 2; k > 0; k-- {
			if turned >= 0 && turned < k {
				continue
			}
			if at := (&token{piece: ps[k]}); at.is(cReason) && !(&token{piece: ps[k-1]}).is(cReason) {
				if m, ok := try(ps[:k], ps[k:]); ok {
					return m, true
				}
			}
		}
		if turned >= 0 || !(&token{piece: ps[0]}).is(cReason) {
			continue
		}
		for k := 2; k < len(ps); k++ {
			last := token{piece: ps[k-1]}
			if (&token{piece: ps[k]}).meets(&cOrder) && !last.meets(&cJoins) {
				if m, ok := try(ps[k:], ps[:k]); ok {
					return m, true
				}
			}
		}
	}
	return Meaning{}, false
}

// mostReasoned is how many cuts are looked at for a reason: the best ones.
const mostReasoned = 2

// cJoins are the words after which no new clause begins: "to" turn on, "and" close.
var cJoins = func() set { s, _ := shared.setOf("to and by after q"); return s }()

// because reads an order, which takes its room from the reason when it names none.
func (v *Vocabulary) because(s *sentence, order, why []piece) ([]Clause, float64) {
	var where []piece
	for _, p := range why {
		if t := (token{piece: p}); t.is(cArea) || t.is(cFloor) {
			where = append(where, p)
		}
	}
	tries := [][]piece{order}
	if len(where) == 1 {
		tries = [][]piece{slices.Concat(where, order), order}
	}
	for _, ps := range tries {
		tokens := v.reader(s, ps).tokens()
		if len(tokens) > maxTokens {
			continue
		}
		m, cost := v.clauses(s, tokens)
		if cost < impossible && !slices.ContainsFunc(m, func(c Clause) bool { return !c.ordered() }) {
			return m, cost
		}
	}
	return nil, impossible
}
