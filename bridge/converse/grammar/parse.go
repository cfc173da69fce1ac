package grammar

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Costs of a reading; one that leaves a word over is not accepted at all.
const (
	needGain    = -1.2 // each concept that the frame asks for and finds: the closer frame wins
	allowGain   = -0.15
	unnamedCost = 0.4 // a name that is taken for the word it also is
	textBase    = 1.0
	textPiece   = 0.2
	cutWeight   = 1.3 // more than a need gains: a phrase is not taken apart to please a frame
	impossible  = math.MaxFloat64
)

const maxTokens = 64

// Parse finds what a sentence means; ok is false when it means nothing that a house could do.
func (v *Vocabulary) Parse(text string) (Meaning, bool) {
	s := prepare(text, v.lang.spaced)
	if len(s.text) == 0 {
		return Meaning{}, false
	}
	if m, ok := v.conditional(&s, true); ok {
		return m, true
	}
	if m, ok := v.parse(&s, nil); ok {
		return m, true
	}
	if sound := v.sounds.match(&s); len(sound) > 0 {
		if m, ok := v.parse(&s, sound); ok {
			return m, ok
		}
	}
	if m, ok := v.addressed(&s); ok {
		return m, true
	}
	if m, ok := v.conditional(&s, false); ok {
		return m, true
	}
	return v.besides(&s)
}

// Explain cuts a sentence as the best reading does and names what each piece was taken for.
func (v *Vocabulary) Explain(text string) []Piece {
	s := prepare(text, v.lang.spaced)
	c := chart{s: &s, v: v, sound: v.sounds.match(&s)}
	cuts, _ := c.cutUp()
	if len(cuts) == 0 {
		return nil
	}
	r := v.reader(&s, cuts[0])
	var out []Piece
	for _, t := range r.tokens() {
		out = append(out, Piece{s.original(t.from, t.to), conceptNames(t.tags)})
	}
	return out
}

func (v *Vocabulary) reader(s *sentence, ps []piece) *reader {
	return &reader{s: s, ps: ps, unitsFirst: v.lang.unitsFirst, digitwise: v.lang.digitwise, toAfter: v.lang.toAfter}
}

func (v *Vocabulary) parse(s *sentence, sound []piece) (Meaning, bool) {
	c := v.cut(s)
	if sound != nil {
		c = &chart{s: s, v: v, sound: sound}
		c.ways, c.costs = c.cutUp()
	}
	cuts, costs := c.ways, c.costs
	best, bestCost := Meaning{}, impossible
	for i, ps := range cuts {
		r := v.reader(s, ps)
		tokens := stated(r.tokens())
		if len(tokens) > maxTokens {
			continue
		}
		tokens = drained(tokens)
		clauses, cost := v.clauses(s, tokens)
		if timed, ok := r.timed(); ok {
			timed = drained(timed)
			if c, at := v.delayed(s, timed); at < cost {
				clauses, cost = []Clause{c}, at
			}
			if c, at := v.one(s, timed); (at < cost || at == cost && !slices.ContainsFunc(timed, func(t token) bool { return t.is(cAfter) })) && c.Is("clock") { // "home at six"
				clauses, cost = []Clause{c}, at
			}
			if cost == impossible {
				clauses, cost = v.mended(s, timed)
			}
		}
		if cost == impossible || i > 0 && v.breaks(cuts[0], ps) && slices.ContainsFunc(clauses, func(c Clause) bool {
			return c.Intent != "GetState" && (c.acts() || c.textual() || c.Intent == "Correct")
		}) ||
			c.busy && slices.ContainsFunc(clauses, func(c Clause) bool { return c.Intent == "MediaSearchAndPlay" }) {
			continue
		}
		if total := cost + float64(costs[i])*cutWeight; total < bestCost {
			best, bestCost = Meaning{clauses, total}, total
		}
	}
	if c.afar && (best.acts() || slices.ContainsFunc(best.Clauses, func(c Clause) bool { return c.announces() })) {
		return Meaning{}, false
	}
	return best, bestCost < impossible
}

var cAfar = shared.intern("afar") // the neighbours', he said, in the news

// acts reports that something would be done.
func (m *Meaning) acts() bool {
	return slices.ContainsFunc(m.Clauses, func(c Clause) bool {
		lists := strings.HasPrefix(string(c.Intent), "ShoppingList") || strings.HasPrefix(string(c.Intent), "List")
		return c.Intent != "GetState" && c.Intent != "Nevermind" && c.acts() || lists
	})
}

// clauses reads tokens as one clause, as a delayed one, or as several.
func (v *Vocabulary) clauses(s *sentence, tokens []token) ([]Clause, float64) {
	k := len(tokens) - 1
	for k > 0 && !(tokens[k].is(cCorrect) && !tokens[k].is(cNotThat)) {
		k--
	}
	if k > 0 && !slices.ContainsFunc(tokens[:k], func(t token) bool { return !t.meets(&cTargets) && !t.is(cSoft) && !t.is(cCorrect) }) {
		if c, cost := v.one(s, tokens[k:]); cost < impossible && c.Intent == "Correct" { // リビングじゃなくてキッチン
			return []Clause{c}, cost
		}
	}
	clause, cost := v.one(s, tokens)
	if later, lateCost := v.delayed(s, tokens); lateCost < cost {
		clause, cost = later, lateCost
	}
	if but, butCost := v.except(s, tokens); butCost < cost {
		clause, cost = but, butCost
	}
	timer := clause.Intent == "StartTimer" && clause.Command != ""
	if cost < impossible && !clause.textual() && !timer {
		return []Clause{clause}, cost
	}
	if meant, meantCost := v.mended(s, tokens); meantCost < impossible {
		return meant, meantCost
	}
	if many, manyCost := v.together(s, tokens); manyCost < impossible {
		return many, manyCost
	}
	if timer {
		return []Clause{clause}, cost
	}
	if many, manyCost := v.split(s, tokens); manyCost < impossible {
		return many, manyCost + 1
	}
	if cost == impossible {
		return nil, impossible
	}
	return []Clause{clause}, cost
}

func (c *Clause) textual() bool { return c.Text != "" }

// one reads tokens as a single clause: the cheapest frame that leaves nothing over.
func (v *Vocabulary) one(s *sentence, tokens []token) (Clause, float64) {
	k := slices.IndexFunc(tokens, func(t token) bool { return t.is(cEnsure) || t.is(cUnwanted) })
	if k >= 0 && len(tokens[k].tags) == 1 {
		return v.ensured(s, tokens, k)
	}
	f, use, cost := v.bestFrame(s, tokens)
	if f == nil {
		if k >= 0 { // "keep" the door locked
			return v.ensured(s, tokens, k)
		}
		return Clause{}, impossible
	}
	if k >= 0 && f.intent == "GetState" && !slices.ContainsFunc(tokens, func(t token) bool { return t.is(cAsk) && !t.is(cEnsure) && !t.is(cCopula) && !t.is(cSoft) }) {
		if c, wished := v.ensured(s, tokens, k); wished < impossible { // "I want" the lamp off
			return c, wished
		}
	}
	c := v.clause(s, tokens, f, &use)
	if (c.asks() || c.Intent == "Respond") && slices.ContainsFunc(tokens[:min(3, len(tokens))], func(t token) bool { return t.is(cMayYou) }) {
		plain := slices.DeleteFunc(slices.Clone(tokens), func(t token) bool { return t.is(cAsk) && !t.meets(&cTargets) })
		if order, cost := v.one(s, plain); len(plain)+1 == len(tokens) && tokens[len(plain)].is(cAsk) && cost < impossible && !order.asks() && order.acts() {
			return order, cost // 可以开一下灯吗
		}
	}
	if f.intent == "GetState" && slices.ContainsFunc(tokens, func(t token) bool { return t.is(cPolite) }) && !slices.ContainsFunc(tokens, func(t token) bool { return t.is(cAsk) }) {
		c.wish() // "the hall light on, please" asks for no answer
	}
	return c, cost
}

const (
	over int8 = iota
	softly
	allowed
	needed
)

func (v *Vocabulary) bestFrame(s *sentence, tokens []token) (*frame, usage, float64) {
	var union set
	masks := make([]set, len(tokens))
	for i := range tokens {
		for _, g := range tokens[i].tags {
			masks[i].add(g.concept)
		}
		for k := range union {
			union[k] |= masks[i][k]
		}
	}
	var best *frame
	var bestUse usage
	bestCost := impossible
	for k, w := range shared.candidates(&union) {
		for ; w != 0; w &= w - 1 {
			f := &shared.frames[k*64+bits.TrailingZeros64(w)]
			if !f.possible(&union) {
				continue
			}
			if use, cost := f.fit(s, tokens, masks); cost < bestCost {
				best, bestUse, bestCost = f, use, cost
			}
		}
	}
	return best, bestUse, bestCost
}

// clause makes the meaning of a frame and its tokens.
func (v *Vocabulary) clause(s *sentence, tokens []token, f *frame, u *usage) Clause {
	c := Clause{Intent: f.intent}
	for _, set := range f.sets {
		c.word(set.key, set.value)
	}
	spans := make([]int, 0, 2)
	for k := range tokens {
		if u.role[k] < allowed {
			continue
		}
		if tokens[k].is(cSpan) || tokens[k].is(cMoreSpan) {
			spans = append(spans, k)
		}
		v.take(&c, s, &tokens[k], f.setFor(u.role[k]))
	}
	v.spans(&c, tokens, spans)
	if c.Intent == "SetPosition" && c.share && (c.Is("close") || c.Words["state"] == "closed") { // closed by a third: open by two
		c.Value = 100 - c.Value
	}
	for (f.intent == "Remind" || f.intent == "ShoppingListAddItem") && u.textTo > u.textFrom+1 && tokens[u.textTo-1].is(cParticle) {
		u.textTo--
	}
	if u.textTo > u.textFrom {
		c.Text = trimText(s.original(tokens[u.textFrom].from, tokens[u.textTo-1].to))
	}
	if f.intent == "ShoppingListAddItem" {
		c.Text = v.lacking(s, tokens[u.textFrom:u.textTo], c.Text)
	}
	if f.intent == "StartTimer" && (reasoned(tokens[u.textTo:]) || slices.ContainsFunc(tokens[u.textFrom:u.textTo], func(t token) bool { return t.is(cNeeds) })) { // 煮鸡蛋呢，帮我计时八分钟: no name
		c.Text = ""
	}
	if state := c.Words["state"]; f.intent == "GetState" && c.Words["cover"] == "door" && (state == "locked" || state == "unlocked" || c.Is("lock") || c.Is("unlock")) { // 门锁了吗: of its lock
		delete(c.Words, "cover")
		c.flags.remove(cCover)
		c.flags.add(cLockWord)
	}
	if len(tokens) > 0 {
		c.Said = s.original(tokens[0].from, tokens[len(tokens)-1].to)
	}
	return c
}

var cMeasure = shared.intern("mw") // 个: a measure word, or a part of a name that nobody knows

var cCover, cLockWord = shared.intern("cover"), shared.intern("lock_word")

var cParticle = shared.intern("particle") // 喔, 啦: how a sentence ends, no part of what it says

var cLink = shared.intern("link") // 的: ties a length to its timer
