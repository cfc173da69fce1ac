package grammar

import "slices"

// Conditional is the intent of an order that hangs on something: "if it rains close the windows". Scenes do that; nothing is done now.
const Conditional Intent = "Conditional"

var (
	cCondition = shared.intern("condition") // if, when, 如果
	cThings    = func() set {
		s, _ := shared.setOf("$name $kind cover lock_word door valve whole light_on light_off")
		return s
	}()
	cDoing = func() set {
		s, _ := shared.setOf("$verb light_on light_off light_up swing at_people step unneeded")
		return s
	}()
)

// conditional finds a condition beside an order to something of the house. It is asked first for words that are nothing else ("if"), so
// that no order is carried out at once, and last for those that may also ask ("when").
func (v *Vocabulary) conditional(s *sentence, plain bool) (Meaning, bool) {
	cuts := v.cut(s).ways
	if plain && len(cuts) > 1 {
		cuts = cuts[:1]
	}
	for _, ps := range cuts {
		has := func(wanted *set) bool {
			return slices.ContainsFunc(ps, func(p piece) bool { return (&token{piece: p}).meets(wanted) })
		}
		if !has(&cThings) || !has(&cDoing) {
			continue
		}
		if !slices.ContainsFunc(ps, func(p piece) bool { return (&token{piece: p}).is(cCondition) && (!plain || len(p.tags) == 1) }) {
			continue
		}
		return Meaning{[]Clause{{Intent: Conditional, Said: s.original(ps[0].from, ps[len(ps)-1].to)}}, unknownCost}, true
	}
	return Meaning{}, false
}
