package grammar

import "slices"

var (
	cUnneeded = shared.intern("unneeded")
	// cInfinitive joins a verb to what is said of it: "to" open.
	cInfinitive = shared.intern("infinitive")
	cBecause    = shared.intern("because")   // so, 所以, だから: what stands before it is a reason, the order comes
	cForMe      = shared.intern("for_me")    // 帮我, please: the order begins here, whatever was said before it
	cMayYou     = shared.intern("may_you")   // 可以, 能不能: a question that is an order
	cBusy       = shared.intern("busy")      // 我在: what follows is no order
	cElsewhere  = shared.intern("elsewhere") // the neighbours', at school: no place of this house
	cAside      = shared.intern("aside")     // i, we, mum, because, 我妈, 免得: with these begins what is told beside an order
	cBegins     = func() set { s, _ := shared.setOf("$verb polite light_up light_on light_off"); return s }()
)

// mostChatter is how many pieces of talk may stand beside an order.
const mostChatter = 24

// besides reads an order, or a question, that stands beside talk: "这歌不好听，下一首", "我在煮饭帮我开抽油烟机", "unlock the front door
// grandma's here". What is parted from it may be anything but a condition, a tale of others, or an order that was not understood.
func (v *Vocabulary) besides(s *sentence) (Meaning, bool) {
	c := v.cut(s)
	cuts := c.ways
	if len(cuts) == 0 || c.afar {
		return Meaning{}, false
	}
	var out Meaning
	var spoken []token                      // what the talk is of
	var where []token                       // the rooms of which is told
	chatter, ps, parted := 0, cuts[0], true // parted: by more than what is said next
	for from := 0; from < len(ps); {
		to := from + 1
		for to < len(ps) && !(&token{piece: ps[to]}).is(cComma) && !v.turns(ps, from, to) {
			to++
		}
		before := parted
		parted = to == len(ps) || (&token{piece: ps[to]}).is(cComma) || (&token{piece: ps[to]}).is(cForMe) || (&token{piece: ps[to-1]}).is(cBecause)
		part := s.part(ps[from].from, ps[to-1].to)
		if m, ok := v.parse(&part, nil); ok && !slices.Contains(mere, m.Clauses[0].Intent) {
			if slices.ContainsFunc(m.Clauses, func(c Clause) bool { return !c.plain(before && parted) && !(len(out.Clauses) > 0 && c.announces()) }) {
				return Meaning{}, false
			}
			if c := &m.Clauses[0]; c.vague() && len(spoken) > 0 { // 厨房的灯没人用，关掉它
				order := slices.DeleteFunc(v.reader(s, ps[from:to]).tokens(), func(t token) bool { return t.is(cIt) })
				clear, cost := v.one(s, slices.Concat(spoken, order))
				if cost == impossible || clear.Intent != c.Intent {
					return Meaning{}, false
				}
				m.Clauses[0] = clear
			}
			if end := (&token{piece: ps[to-1]}); !parted && end.is(cArticle) && !end.is(cPolite) {
				return Meaning{}, false // "the lights in" the neighbours' house
			}
			out.Clauses, out.Cost = append(out.Clauses, m.Clauses...), out.Cost+m.Cost
		} else if chatter += to - from; chatter > mostChatter || !idle(ps[from:to]) || mereUnknown(ps[from:to]) {
			return Meaning{}, false
		} else {
			spoken = append(spoken, aimed(v.reader(s, ps[from:to]).tokens())...)
			for _, p := range ps[from:to] {
				if t := (token{piece: p}); t.is(cArea) || t.is(cFloor) {
					where = append(where, t)
				}
			}
		}
		if from = to; from < len(ps) && (&token{piece: ps[from]}).is(cComma) {
			from++
		}
	}
	if len(out.Clauses) == 1 && len(where) == 1 {
		v.there(&out.Clauses[0], s, &where[0])
	}
	out.Cost += float64(chatter) * unknownCost
	return out, len(out.Clauses) > 1 || len(out.Clauses) > 0 && chatter > 0
}

// vague reports that an order does not say what it is for.
func (c *Clause) vague() bool {
	return c.acts() && len(c.Names)+len(c.Areas)+len(c.Floors) == 0 && c.Kind() == "" && !c.Is("all") && !c.Is("whole") && (c.Intent == "TurnOn" || c.Intent == "TurnOff")
}

// there gives an order that names neither a room nor anything in one the room of which was told: "there are crumbs in the kitchen, send
// the robot".
func (v *Vocabulary) there(c *Clause, s *sentence, room *token) {
	named := slices.ContainsFunc(c.Names, func(m Mention) bool { return slices.ContainsFunc(m.Things, func(x Thing) bool { return x.Area != "" }) })
	if named || len(c.Areas)+len(c.Floors) > 0 || c.Is("all") || c.Is("here") {
		return
	}
	switch c.Intent {
	case "VacuumStart":
		c.Intent = "VacuumCleanArea"
	case "TurnOn", "TurnOff", "Open", "Close", "LightSet", "LightAdjust", "ClimateAdjust", "ClimateSetTemperature":
	default:
		return
	}
	v.take(c, s, room, &cRooms)
}

var cRooms = func() set { s, _ := shared.setOf("area floor"); return s }()

// mere are the intents that are mere talk beside an order.
var mere = []Intent{"No", "Yes", "Remark"}

// turns reports whether the talk that began at from turns to something else at a piece: there an order is asked for, or one is over and
// something is told.
func (v *Vocabulary) turns(ps []piece, from, at int) bool {
	now, last := &token{piece: ps[at]}, &token{piece: ps[at-1]}
	switch {
	case last.is(cBecause) && !now.is(cComma), opens(now) && !opens(last) && !last.is(cAnd):
		return true
	case at == from+1:
		return false
	case at+2 < len(ps) && now.is(cArticle) && len(ps[at+1].tags) == 0 && (&token{piece: ps[at+2]}).is(cCopula): // the phone is ringing
		return true
	case now.is(cForMe):
		return !last.is(cForMe)
	}
	if last.is(cInfinitive) || last.is(cUnneeded) || last.is(cUnwanted) || last.is(cSoft) && at > from+1 && (&token{piece: ps[at-2]}).is(cUnneeded) { // no need to open it
		return false
	}
	first := slices.IndexFunc(ps[from:at], func(p piece) bool { t := &token{piece: p}; return opens(t) || !t.is(cSoft) })
	return v.lang.spaced && !v.lang.verbLast && now.meets(&cBegins) && first >= 0 && opens(&token{piece: ps[from+first]})
}

// opens reports that with a word begins what is told: "i", "mum", "the baby is asleep".
func opens(t *token) bool { return t.is(cAside) || t.is(cUnneeded) || t.meets(&cPlaint) }

// plain reports that a clause is clear enough to be heeded though it stands in other talk; what is parted from that may be said shortly.
func (c *Clause) plain(parted bool) bool {
	if !parted {
		return c.ordered() || c.Words["step"] != "" && c.Is("set") && !c.Is("q") || c.Intent == "Unlock" && len(c.Names) > 0 && !c.Is("q") || c.Intent == "MediaPause" && !c.Is("q")
	}
	switch c.Intent {
	case "StartTimer", "MediaNext", "MediaPrevious", "MediaPause", "MediaPlayerMute", "SetVolumeRelative", "LightAdjust", "ClimateAdjust", "FanAdjust", "TurnOn", "TurnOff":
		return !c.Is("q") && (c.Intent != "TurnOff" || c.ordered() || c.Is("it")) && (c.Intent != "TurnOn" || c.ordered())
	case "GetState", "ClimateGetTemperature", "GetHumidity", "WhoIsHome", "GetWeather", "Remark", "Nevermind", "ImHome", "ImLeaving", "ImArriving", "HouseMode", "Remind", "Scene":
		return true
	}
	return c.plain(false)
}

// idle reports that a stretch of talk has nothing in it that might have been an order, or that turns one round.
func idle(ps []piece) bool {
	has := func(wanted *set) bool {
		return slices.ContainsFunc(ps, func(p piece) bool { return (&token{piece: p}).meets(wanted) })
	}
	return !has(&cHang) && ((&token{piece: ps[0]}).is(cBusy) || !(has(&cThings) && has(&cDoing)))
}

// mereUnknown reports that a stretch is one unknown word with a preposition: "in the attic" is where, though this house knows no attic.
func mereUnknown(ps []piece) bool {
	last := len(ps) - 1
	if last < 1 || len(ps[last].tags) > 0 {
		return false
	}
	return !slices.ContainsFunc(ps[:last], func(p piece) bool {
		t := token{piece: p}
		return t.is(cAside) || !t.is(cSoft) && !t.is(cArticle)
	})
}

// cHang are the words on which an order hangs, or that say it is none.
var cHang = func() set { s, _ := shared.setOf("condition afar dont dont_do tale except but_it"); return s }()

// part is a stretch of a sentence as one of its own.
func (s *sentence) part(from, to int) sentence {
	return sentence{orig: s.orig, text: s.text[from:to], kind: s.kind[from:to], at: s.at[from:to]}
}

var (
	cDegree = shared.intern("degree") // 得: what follows tells how much so
	cFelt   = func() set { s, _ := shared.setOf("hot cold dark bright dimmer quieter glare gloom"); return s }()
	cFixed  = func() set {
		s, _ := shared.setOf("$abs degrees degrees_to extreme level half_way for_me comma then $name area floor")
		return s
	}()
	cTooTag = []tag{{concept: shared.intern("too"), thing: -1}}
)

// drained leaves out how much something is so: 热得跟火炉似的 is too hot, whatever it is like.
func drained(tokens []token) []token {
	for k := 1; k < len(tokens); k++ {
		if !tokens[k].is(cDegree) || !tokens[k-1].meets(&cFelt) {
			continue
		}
		end := k + 1
		for end < len(tokens) && !tokens[end].meets(&cFixed) && !tokens[end].meets(&cTargets) {
			end++
		}
		if end < len(tokens) && !tokens[end].is(cComma) && !tokens[end].is(cForMe) && !tokens[end].is(cThen) || end == k+1 {
			continue
		}
		so := token{piece: piece{tokens[k].from, tokens[end-1].to, cTooTag}}
		return slices.Concat(tokens[:k], []token{so}, tokens[end:])
	}
	return tokens
}

// breaks reports that a cut takes a word apart that the cheapest one knows and that says that nothing, or something named, is to be done: 多少,
// 不要, 小夜灯.
func (v *Vocabulary) breaks(cheapest, cut []piece) bool {
	for _, p := range cheapest {
		t := token{piece: p}
		whole := t.meets(&cUnbroken) || !v.lang.spaced && t.meets(&cHow)
		if p.to-p.from < 2 || !whole && !slices.ContainsFunc(p.tags, func(g tag) bool { return g.thing >= 0 }) {
			continue
		}
		if slices.ContainsFunc(cut, func(q piece) bool { return q.from > p.from && q.from < p.to }) {
			return true
		}
	}
	return false
}

// cHow are the words for how something is to be, or is: 亮一点 is not 亮.
var cHow = func() set {
	s, _ := shared.setOf("brighter dimmer warmer cooler louder quieter glare gloom too_cold too_hot other except media")
	return s
}()

var cUnbroken = func() set {
	s, _ := shared.setOf("q dont dont_do busy condition elsewhere whence hearsay not_that")
	return s
}()
