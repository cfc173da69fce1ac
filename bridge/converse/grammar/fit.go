package grammar

import (
	"slices"
)

// leastKelvin is the lowest bare number that can be a colour temperature; a room is between coldest and hottest, in °C.
const (
	leastKelvin      = 1000
	coldest, hottest = 5, 35
)

var bareWords = func() set { s, _ := shared.setOf("article polite comma to"); return s }()

// turns are the words with which a temperature is changed by something.
var turns = func() set { s, _ := shared.setOf("up down warmer cooler"); return s }()

var cNumberTo = shared.intern("number_to")

// usage says what each token of a sentence is to a frame.
type usage struct {
	role             [maxTokens]int8 // needed+i, allowed, softly, over
	textFrom, textTo int             // tokens of the free text
}

func meets(a, b *set) bool {
	return a[0]&b[0]|a[1]&b[1]|a[2]&b[2]|a[3]&b[3]|a[4]&b[4]|a[5]&b[5] != 0
}

func (f *frame) possible(union *set) bool {
	for i := range f.needs {
		if !meets(&f.needs[i], union) {
			return false
		}
	}
	return true
}

// fit gives every token its part in the frame. A token left over makes it impossible.
func (f *frame) fit(s *sentence, tokens []token, masks []set) (usage, float64) {
	var u usage
	cost := 0.0
	for i := range f.needs {
		at := -1
		for k := range tokens {
			if u.role[k] == over && meets(&masks[k], &f.needs[i]) {
				if at < 0 || meets(&masks[at], &shared.soft) && !meets(&masks[k], &shared.soft) || f.calls(&masks[at]) > f.calls(&masks[k]) ||
					f.needs[i].has(cMode) && masks[k].has(cMode) && f.calls(&masks[at]) == f.calls(&masks[k]) { // 冷气切暖气
					at = k
				}
			}
		}
		if at < 0 {
			return u, impossible
		}
		if f.kelvin && tokens[at].num > 0 && tokens[at].num < leastKelvin && (tokens[at].is(cNumber) || tokens[at].is(cNumberTo)) {
			return u, impossible // 18 is warm for a room, not for a lamp
		}
		if f.intent == "ClimateSetTemperature" && isValue(&tokens[at]) && tokens[at].num > 0 && tokens[at].num < coldest &&
			(!meets(&masks[at], &toValue) || slices.ContainsFunc(masks, func(m set) bool { return meets(&m, &turns) })) {
			return u, impossible // by two degrees, not to two
		}
		if f.intent == "ClimateAdjust" && tokens[at].num >= coldest && isValue(&tokens[at]) {
			return u, impossible
		}
		if f.room && isValue(&tokens[at]) && (tokens[at].num < coldest || tokens[at].num > hottest) {
			return u, impossible
		}
		u.role[at] = needed + int8(i)
		cost += needGain
		if tokens[at].unnamed(&f.needs[i]) {
			cost += unnamedCost
		}
	}
	first, last := -1, -1
	for k := range tokens {
		if u.role[k] != over {
			continue
		}
		switch {
		case meets(&masks[k], &f.refuses) && (!tokens[k].is(cPastime) || f.follows(tokens, &u, k)), f.text && !f.tail && tokens[k].is(cNotThat) && f.follows(tokens, &u, k):
			return u, impossible
		case meets(&masks[k], &f.allows):
			if f.intent == "ClimateAdjust" && tokens[k].num >= coldest && meets(&masks[k], &toValue) {
				return u, impossible // warmer, to 23: a temperature
			}
			u.role[k] = allowed
			cost += allowGain
			if tokens[k].unnamed(&f.allows) {
				cost += unnamedCost
			}
		case f.bare && !meets(&masks[k], &bareWords):
			return u, impossible
		case meets(&masks[k], &shared.soft):
			u.role[k] = softly
		case f.again(tokens, masks, &u, k) && !(k > 0 && (tokens[k-1].is(cAnd) || tokens[k-1].is(cThen)) && tokens[k].meets(&cVerbs)):
			u.role[k] = softly // the second part of a verb: "füge … hinzu"
		case !f.text:
			return u, impossible
		default:
			if first < 0 {
				first = k
			}
			last = k
		}
	}
	if f.intent == "GetState" && toldAndOrdered(tokens) || f.refrain && !refrains(tokens, &u) {
		return u, impossible
	}
	if !f.text {
		if f.repeats(tokens, masks, &u) {
			return u, impossible
		}
		return u, cost
	}
	if f.tail {
		first, last = f.rest(tokens, masks, &u), len(tokens)-1
	}
	if first < 0 || first > last {
		return u, impossible
	}
	for k := first; k <= last; k++ {
		if u.role[k] >= needed {
			return u, impossible
		}
	}
	if !f.tail {
		for f.whole && last+1 < len(tokens) && u.role[last+1] == softly {
			last++
		}
		for first > 0 && u.role[first-1] == softly && tokens[first-1].is(cMeasure) && !tokens[first-1].is(cLink) {
			first--
		}
		for last+1 < len(tokens) && u.role[last+1] == softly && tokens[last+1].is(cMeasure) {
			last++
		}
		for first > 0 && u.role[first-1] == softly && s.capital(tokens[first-1].from) {
			first--
		}
	}
	for k := range tokens {
		if u.role[k] == over && (k < first || k > last) {
			return u, impossible
		}
	}
	if !s.startsWord(tokens[first].from) && first > 0 { // "sag" is no part of "sagte"
		return u, impossible
	}
	if f.intent == "MediaSearchAndPlay" && switched(tokens, &u, first, last) {
		return u, impossible
	}
	u.textFrom, u.textTo = first, last+1
	for k := first; k <= last; k++ {
		u.role[k] = over
	}
	if f.repeats(tokens, masks, &u) {
		return u, impossible
	}
	return u, cost + textBase + textPiece*float64(last-first+1)
}

// switched reports that the verb which plays is said of a thing: включи свет в подвале asks for light, and "turn the music up …" for more of it.
func switched(tokens []token, u *usage, first, last int) bool {
	light := slices.ContainsFunc(tokens[first:last+1], func(t token) bool { return t.is(cLight) })
	for k := range tokens {
		if u.role[k] >= needed && (light && tokens[k].is(cOn) || tokens[k].is(cSet) && tokens[first].meets(&cParticles)) {
			return true
		}
	}
	return false
}

var (
	cOn, cSet  = shared.intern("on"), shared.intern("set")
	cParticles = func() set { s, _ := shared.setOf("up down off"); return s }()
)

var cPastime = shared.intern("pastime") // "play with the kids" asks for no music

var cIt = shared.intern("it")

// follows reports that a token comes right after one that the frame needs, or with articles between.
func (f *frame) follows(tokens []token, u *usage, k int) bool {
	for k--; k >= 0; k-- {
		if u.role[k] != softly || !tokens[k].is(cArticle) {
			return u.role[k] >= needed
		}
	}
	return false
}

var (
	cEnded = shared.intern("ended") // 了: no more
	cGoing = func() set { s, _ := shared.setOf("clean play start run"); return s }()
)

// isValue reports that a token is a bare number or one of degrees.
func isValue(t *token) bool {
	return slices.ContainsFunc(t.tags, func(g tag) bool { return isVariant(g.concept, cNumber) || isVariant(g.concept, cDegrees) })
}

var cMode = shared.intern("mode")

var toValue = func() set { s, _ := shared.setOf("degrees_to number_to"); return s }()

// unnamed reports that a token is a name of the house and is taken for something else.
func (t *token) unnamed(as *set) bool {
	named := false
	for _, g := range t.tags {
		if g.thing >= 0 && as.has(g.concept) {
			return false
		}
		named = named || g.thing >= 0
	}
	return named
}

// capital reports whether a word that does not begin the sentence is written with a capital.
func (s *sentence) capital(at int) bool {
	r := s.orig[s.at[at]]
	return at > 0 && r >= 'A' && r <= 'Z'
}

// rest is the token at which the text to the end begins: after the last one that is needed, and the words that introduce it.
func (f *frame) rest(tokens []token, masks []set, u *usage) int {
	at := 0
	for k := range tokens {
		if u.role[k] >= needed {
			at = k + 1
		}
	}
	for at < len(tokens) && (u.role[at] == allowed || tokens[at].is(cComma)) {
		at++
	}
	return at
}

func (f *frame) setFor(role int8) *set {
	if role >= needed {
		return &f.needs[role-needed]
	}
	return &f.allows
}
