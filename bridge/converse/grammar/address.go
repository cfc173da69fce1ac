package grammar

import "slices"

// addressed reads an order that begins or ends with a word that nobody knows, as one speaks to somebody: "Jeeves, turn on the lamp".
// It must say what to do, and with what; a word that turns a sentence round ("if", "never") is no such address.
func (v *Vocabulary) addressed(s *sentence) (Meaning, bool) {
	c := v.cut(s)
	cuts, costs := c.ways, c.costs
	if c.afar || len(cuts) > 0 && slices.ContainsFunc(cuts[0], func(p piece) bool { return (&token{piece: p}).is(cElsewhere) }) {
		return Meaning{}, false
	}
	for i, ps := range cuts {
		first, last := 0, len(ps)
		for first < last && first < mostAddressed && len(ps[first].tags) == 0 && s.kind[ps[first].from] == s.kind[ps[0].from] {
			first++
		}
		for last > first && len(ps)-last < mostAddressed && len(ps[last-1].tags) == 0 {
			last--
		}
		if first > 0 && first < last && questions(cuts[0], ps[first].from) || first > 0 && first < last && !(&token{piece: ps[first]}).meets(&cOrder) {
			continue
		}
		if v.lang.spaced && (first > 1 || len(ps)-last > 1) || first+len(ps)-last == 0 || first == last {
			continue
		}
		if !slices.ContainsFunc(ps[first:last], func(p piece) bool { return len(p.tags) == 0 || (&token{piece: p}).is(cTwist) }) {
			tokens := v.reader(s, ps[first:last]).tokens()
			m, cost := v.clauses(s, tokens)
			everything := last < len(ps) && slices.ContainsFunc(m, func(c Clause) bool { return c.Is("all") || c.Is("whole") })
			if last < len(ps) && last > first && (&token{piece: ps[last-1]}).is(cArticle) && !(&token{piece: ps[last-1]}).is(cPolite) {
				continue // "on the balcony", which the house does not know
			}
			if everything || last < len(ps) && v.lang.place(s, ps[last].from, ps[len(ps)-1].to) {
				continue // "all the lights in the attic": a place that the house does not know is nobody's name
			}
			if cost < impossible && !slices.ContainsFunc(m, func(c Clause) bool { return !c.ordered() }) {
				return Meaning{m, cost + float64(costs[i])*cutWeight}, true
			}
		}
	}
	return Meaning{}, false
}

// questions reports that what stands before a place is no form of address but asks: 谁把灯关了.
func questions(cut []piece, before int) bool {
	return slices.ContainsFunc(cut, func(p piece) bool {
		t := token{piece: p}
		return p.to <= before && (t.is(cAsk) || t.is(cWho))
	})
}

var cWho = shared.intern("who")

// place reports that a stretch is one of the language's own words for a place.
func (l *Language) place(s *sentence, from, to int) bool {
	word := string(s.text[from:to])
	return slices.ContainsFunc(l.same, func(group []string) bool {
		return slices.ContainsFunc(group, func(w string) bool { return foldPhrase(w, l.spaced) == word })
	})
}

var cArticle = shared.intern("article")

// cOrder are the words with which an order begins after the address.
var cOrder = func() set { s, _ := shared.setOf("$verb polite comma light_up light_on light_off"); return s }()

// mostAddressed is how many pieces a form of address may have.
const mostAddressed = 2

var cTwist = shared.intern("twist") // if, never, when: the sentence is no order as it stands

// ordered reports that a clause says plainly what to do with what.
func (c *Clause) ordered() bool {
	return c.acts() && c.Intent != "Unlock" && !c.textual() && (len(c.Names) > 0 || c.Kind() != "" || c.Is("cover") || len(c.Areas) > 0) && !c.Is("q") && !c.Is("too")
}
