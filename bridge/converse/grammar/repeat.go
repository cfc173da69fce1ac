package grammar

import "slices"

// toldAndOrdered reports that a state is said on both sides of a pause or of "it": "it is on, turn it off" asks for more than an answer.
func toldAndOrdered(tokens []token) bool {
	stated := func(t token) bool { return t.meets(&anyState) }
	for k := range tokens {
		if (tokens[k].is(cComma) || tokens[k].is(cIt) && k+1 < len(tokens) && stated(tokens[k+1])) && slices.ContainsFunc(tokens[:k], stated) && slices.ContainsFunc(tokens[k:], stated) {
			return true
		}
	}
	return false
}

var anyState = func() set { s, _ := shared.setOf("$anystate"); return s }()

// refrains reports that "not" bears on the verb: it stands before it with no pause between, and nothing is to end that goes on (别扫了).
func refrains(tokens []token, u *usage) bool {
	at, last := -1, len(tokens)-1
	for k := range tokens {
		switch {
		case at < 0 && u.role[k] == needed:
			at = k
		case at < 0:
		case tokens[k].is(cComma):
			return false
		case u.role[k] > needed:
			return !tokens[k].meets(&cGoing) || k+1 != last || !tokens[last].is(cEnded)
		}
	}
	return false
}

// again reports that a word says once more what the frame needs and has.
func (f *frame) again(tokens []token, masks []set, u *usage, k int) bool {
	if meets(&masks[k], &onceOnly) {
		return false
	}
	for at := range masks {
		if u.role[at] < needed {
			continue
		}
		need := &f.needs[u.role[at]-needed]
		both := *need
		if f.intent == "GetState" || f.intent == "WhyState" { // off … shut: two orders, no question
			for w := range both {
				both[w] &= masks[at][w]
			}
			if slices.ContainsFunc(tokens[min(at, k):k], func(t token) bool { return t.is(cComma) }) {
				continue // 还敞着呢，快关上
			}
		}
		if meets(&masks[k], &both) {
			return !another(tokens, at, k)
		}
	}
	return false
}

// another reports that a verb is said a second time of another thing: 关电视关灯, テレビ消して電気消して.
func another(tokens []token, at, k int) bool {
	target := func(t token) bool { return t.meets(&targets) && !t.meets(&cVerbs) }
	return at < k && slices.ContainsFunc(tokens[at+1:k], target) &&
		(k+1 < len(tokens) && target(tokens[k+1]) || slices.ContainsFunc(tokens[:at], target))
}

// calls is how many of the frame's needs a word could be.
func (f *frame) calls(mask *set) (n int) {
	for i := range f.needs {
		if meets(mask, &f.needs[i]) {
			n++
		}
	}
	return n
}

// onceOnly are the concepts that are not said twice of one thing.
var onceOnly = func() set {
	s, _ := shared.setOf("$target $place $abs $rel span color kelvin_name mode level extreme state anything n.person n.zone n.scene n.script n.list n.weather")
	return s
}()

// targets are the concepts of which one clause speaks of one only; two make two clauses.
var targets = func() set { s, _ := shared.setOf("$target"); return s }()

var cNamed = func() set { s, _ := shared.setOf("$name"); return s }()

// repeats reports that a clause would speak of two different things.
func (f *frame) repeats(tokens []token, masks []set, u *usage) bool {
	var seen set
	var names, areas, kinds int
	name, other := -1, -1 // the tokens of the name and of the kind of thing
	for k := range tokens {
		if u.role[k] < allowed {
			continue
		}
		wanted := f.setFor(u.role[k])
		named, placed, kind := false, false, false
		verb := tokens[k].meets(&cVerbs) // "switch" the lamp on: no second kind of thing
		isName := func(g tag) bool {
			return g.thing >= 0 && wanted.has(g.concept) && g.concept != cArea && g.concept != cFloor
		}
		for _, g := range tokens[k].tags {
			if slices.ContainsFunc(tokens[k].tags, isName) && !isName(g) {
				continue // "TV" is the name of one, not the kind as well
			}
			if !wanted.has(g.concept) || !targets.has(g.concept) {
				continue
			}
			switch {
			case g.concept == cArea:
				placed = true
			case g.thing >= 0 && g.concept != cFloor:
				named = true
			case verb:
			case seen.has(g.concept):
				return true
			default:
				seen.add(g.concept)
				kind = true
			}
		}
		if kind && !named && !verb && slices.ContainsFunc(tokens[k].tags, func(g tag) bool { return g.thing >= 0 && cNamed.has(g.concept) }) {
			named = true // a name that is also a word for its kind, beside another: two things
		}
		if kind && !named {
			kinds++
			other = k
		}
		if named {
			names++
			name = k
		} else if placed {
			areas++
		}
	}
	if f.intent != "GetState" && name >= 0 && other >= 0 && slices.ContainsFunc(tokens[min(name, other):max(name, other)], func(t token) bool { return t.is(cAnd) }) {
		return true // 台灯和空调: two things
	}
	return names > 1 || areas > 1 || kinds > 1
}
