package grammar

import "slices"

var (
	cEnsure = shared.intern("ensure") // make sure, 确保
	cAsk    = shared.intern("q")
	cPolite = shared.intern("polite")

	cUnwanted = shared.intern("unwanted") // I don't want … on: the opposite is wanted
)

// opposites are what is asked for when somebody wants a state not to be. No door is opened so.
var opposites = map[Intent]Intent{"TurnOn": "TurnOff", "TurnOff": "TurnOn", "Open": "Close", "Unlock": "Lock"}

// orders are what is asked for when somebody wants a state to be so.
var orders = map[string]Intent{"on": "TurnOn", "off": "TurnOff", "open": "Open", "closed": "Close", "locked": "Lock", "unlocked": "Unlock"}

// ensured reads "make sure (that) the door is locked": what follows is an order of its own, or it says the state that is wanted.
func (v *Vocabulary) ensured(s *sentence, tokens []token, k int) (Clause, float64) {
	rest := slices.Delete(slices.Clone(tokens), k, k+1)
	if len(rest) == 0 {
		return Clause{}, impossible
	}
	unwanted := tokens[k].is(cUnwanted)
	if unwanted { // "I don't want to turn on the light" wants nothing
		next := slices.IndexFunc(tokens[k+1:], func(t token) bool { return !hollow(&t) })
		if next >= 0 && tokens[k+1+next].meets(&cVerbs) {
			return Clause{}, impossible
		}
	} else if c, cost := v.one(s, rest); cost < impossible && (c.acts() || c.Intent == "SetPosition" || c.Intent == "LightSet") && orders[c.Words["state"]] == "" && !c.Is("q") {
		return c, cost
	}
	asked := slices.Clone(tokens)
	asked[k].tags = []tag{{concept: cAsk, thing: -1}}
	c, cost := v.one(s, asked)
	if cost == impossible || c.Intent != "GetState" || !c.wish() {
		return Clause{}, impossible
	}
	if unwanted {
		other, ok := opposites[c.Intent]
		if !ok {
			return Clause{}, impossible
		}
		c.flags.remove(shared.concepts[verbs[c.Intent]])
		c.flags.add(shared.concepts[verbs[other]])
		c.Intent = other
	}
	return c, cost
}

// wish makes an order of a question about a state; false, and nothing is changed, when there is none for it or nothing it would be given to.
func (c *Clause) wish() bool {
	wanted, ok := orders[stateOf(c)]
	if !ok || len(c.Names) == 0 && c.Kind() == "" && !c.Is("cover") && !c.Is("anything") {
		return false
	}
	c.Intent = wanted
	delete(c.Words, "state")
	delete(c.Words, "anything")
	c.flags.remove(cAsk)
	c.flags.add(shared.concepts[verbs[wanted]])
	return true
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
