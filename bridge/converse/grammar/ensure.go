package grammar

import "slices"

var (
	cEnsure = shared.intern("ensure") // make sure, 确保
	cAsk    = shared.intern("q")
)

// orders are what is asked for when somebody wants a state to be so.
var orders = map[string]Intent{"on": "TurnOn", "off": "TurnOff", "open": "Open", "closed": "Close", "locked": "Lock", "unlocked": "Unlock"}

// ensured reads "make sure (that) the door is locked": what follows is an order of its own, or it says the state that is wanted.
func (v *Vocabulary) ensured(s *sentence, tokens []token, k int) (Clause, float64) {
	rest := slices.Delete(slices.Clone(tokens), k, k+1)
	if len(rest) == 0 {
		return Clause{}, impossible
	}
	if c, cost := v.one(s, rest); cost < impossible && c.acts() && orders[c.Words["state"]] == "" && !c.Is("q") {
		return c, cost
	}
	asked := slices.Clone(tokens)
	asked[k].tags = []tag{{concept: cAsk, thing: -1}}
	c, cost := v.one(s, asked)
	wanted, ok := orders[stateOf(&c)]
	if cost == impossible || c.Intent != "GetState" || !ok || len(c.Names) == 0 && c.Kind() == "" && !c.Is("cover") && !c.Is("anything") {
		return Clause{}, impossible
	}
	c.Intent = wanted
	for _, word := range []string{"state", "anything"} {
		delete(c.Words, word)
	}
	c.flags.remove(cAsk)
	c.flags.add(shared.concepts[verbs[wanted]])
	return c, cost
}

// verbs are the concepts by which the orders are known.
var verbs = map[Intent]string{"TurnOn": "on", "TurnOff": "off", "Open": "open", "Close": "close", "Lock": "lock", "Unlock": "unlock"}

// stateOf is the state of which a question speaks, by its word or by the verb that stands for it.
func stateOf(c *Clause) string {
	if s := c.Words["state"]; s != "" {
		return s
	}
	for state, intent := range orders {
		if c.Is(verbs[intent]) {
			return state
		}
	}
	return ""
}
