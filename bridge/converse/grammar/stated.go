package grammar

import "slices"

// cCopula is, feels: after what it speaks of it tells, before it it asks.
var cCopula = shared.intern("copula")

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
