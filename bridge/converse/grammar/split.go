package grammar

import (
	"slices"
	"strings"
)

// bounds reports whether a new clause may begin at k, and where the words between the two end. Besides "and", "then" and a comma it is
// parted by nothing where a complaint comes first ("i'm cold turn the heating up") and, where no spaces part words, at a verb (关灯拉窗帘).
func (v *Vocabulary) bounds(tokens []token, k int) (end int, weak, ok bool) {
	parts := func(t *token) bool { return t.is(cAnd) || t.is(cThen) || t.is(cComma) }
	end = k
	for end < len(tokens) && parts(&tokens[end]) {
		end++
	}
	if end > k {
		return end, false, end < len(tokens)
	}
	if tokens[k-1].is(cArea) && tokens[k].is(cArea) { // in the kitchen, hallway and office
		return k, false, true
	}
	if before := &tokens[k-1]; !v.lang.spaced && before.to-before.from == 1 && before.meets(&cVerbs) && !tokens[k].meets(&cTargets) && !tokens[k].is(cForMe) {
		return k, false, false // 关小声点: how, and no second order
	}
	if len(tokens) > maxRunOn || parts(&tokens[k-1]) || tokens[k-1].is(cDont) {
		return k, false, false
	}
	complains := slices.ContainsFunc(tokens[:k], func(t token) bool { return t.meets(&cPlaint) }) ||
		tokens[k].meets(&cVerbs) && slices.ContainsFunc(tokens[:k], func(t token) bool { return t.is(cAsk) || t.is(cState) && v.lang.spaced }) ||
		tokens[k].is(cIAm) && slices.ContainsFunc(tokens[:k], func(t token) bool { return t.meets(&cVerbs) })
	ended := (v.lang.verbLast || !v.lang.spaced) && tokens[k].meets(&cTargets) && ends(tokens[:k])
	reason := !v.lang.spaced && (tokens[k].meets(&cPlaint) || tokens[k].meets(&cFelt) || tokens[k].is(cNotThat) || tokens[k].is(cForMe)) // 空调关了吧冷死了
	told := v.lang.verbLast && states(tokens[:k]) && tokens[k].meets(&cVerbs)                                                            // つけっぱなしだから消しといて
	return k, true, told || complains || ended || reason || !v.lang.spaced && tokens[k].meets(&cVerbs)
}

// ends reports that tokens end as a clause does whose verb comes last: 电视关了, テレビを消して.
func ends(tokens []token) bool {
	verb := len(tokens) - 1
	for verb > 0 && !tokens[verb].meets(&cVerbs) && tokens[verb].is(cSoft) && verb > len(tokens)-3 {
		verb--
	}
	return verb > 0 && tokens[verb].meets(&cVerbs) && slices.ContainsFunc(tokens[:verb], func(t token) bool { return t.meets(&cTargets) })
}

// maxRunOn is how many tokens a sentence may have to be looked at for clauses that nothing parts.
const maxRunOn = 12

var cPlaint = func() set {
	s, _ := shared.setOf("dirty too i_am plight gloom glare hot_exclaim cold_exclaim im_home im_leaving im_arriving not_coming house_mode")
	return s
}()

// alike reports that two clauses say the same of nothing in particular: 我们都睡了，晚安.
func (c *Clause) alike(d *Clause) bool {
	return c.Intent == d.Intent && c.Intent != "TurnOn" && c.Intent != "TurnOff" && len(c.Names)+len(c.Areas)+len(c.Floors)+len(d.Names)+len(d.Areas)+len(d.Floors) == 0 &&
		c.Kind() == d.Kind() && !c.acts() && !d.acts()
}

// split reads two or more clauses, parted by "and", "then" or a comma. What a part lacks it takes from its
// neighbour: the verb ("turn on the lamp and the fan"), the room ("the kitchen's lamp and fan").
func (v *Vocabulary) split(s *sentence, tokens []token) ([]Clause, float64) {
	if many, cost := v.splitAt(s, tokens, false); cost < impossible {
		return many, cost
	}
	return v.splitAt(s, tokens, true)
}

// splitAt reads clauses that are parted by a word or a comma or, where the boundaries are weak, by nothing.
func (v *Vocabulary) splitAt(s *sentence, tokens []token, weakly bool) ([]Clause, float64) {
	for k := 1; k < len(tokens); k++ {
		end, weak, ok := v.bounds(tokens, k)
		if weak != weakly {
			continue
		}
		if !ok || end+1 == len(tokens) && weak && (!v.lang.spaced || !tokens[end].meets(&anyState)) && !(v.lang.verbLast && states(tokens[:k])) && !tokens[end].meets(&cPlaint) {
			continue
		}
		left, right := tokens[:k], tokens[end:]
		var l []Clause
		var lc float64
		if weak { // what comes first must stand by itself, so that the work does not grow with the ways to cut
			var c Clause
			if c, lc = v.one(s, left); lc == impossible {
				continue
			}
			l = []Clause{c}
		} else {
			l, lc = v.clauses(s, left)
		}
		r, rc := v.clauses(s, right)
		took := false
		switch {
		case lc < impossible && rc < impossible:
			idle := func(tokens []token) bool {
				return !slices.ContainsFunc(tokens, func(t token) bool { return t.meets(&cDoing) })
			}
			switch last := l[len(l)-1].Intent; {
			case weak || last == r[0].Intent:
			case r[0].Intent == "TurnOn" && idle(right): // 关掉客厅和厨房的灯
				if lent, cost := v.clauses(s, lend(left, right)); cost < impossible {
					r, rc = lent, cost
				}
			case last == "TurnOn" && idle(left): // 把客厅灯和空调都关了
				if lent, cost := v.clauses(s, lend(right, left)); cost < impossible {
					l, lc = lent, cost
				}
			}
			switch last := &l[len(l)-1]; {
			case last.tells(&r[0]): // 客厅的灯还亮着，关了
				return append(l[:len(l)-1], r...), lc + rc
			case last.repeats(&r[0]):
				return append(l, r[1:]...), lc + rc
			case len(r) == 1 && last.ordered() && r[0].explains(last): // 窗帘拉开点，太暗了
				return l, lc + rc
			}
			if weak && !v.follows(&l[len(l)-1], &r[0], left, right) {
				continue
			}
		case weak:
			continue
		case lc < impossible:
			if r, rc = v.clauses(s, lend(left, right)); rc == impossible && l[len(l)-1].asks() { // 灯咋不亮呢，给开开
				r, rc = v.clauses(s, slices.Concat(aimed(left), right))
				took = true
			}
		case rc < impossible && !slices.ContainsFunc(right, func(t token) bool { return t.meets(&cPlaint) }):
			if l, lc = v.clauses(s, lend(right, left)); lc < impossible && len(r) == 1 && r[0].vague() && r[0].Intent == l[len(l)-1].Intent {
				return l, lc + rc // 厨房的灯没人用了，把它关掉: it was said of what
			}
		default:
			continue
		}
		if lc < impossible && rc < impossible && len(l) > 0 && len(r) > 0 && !l[len(l)-1].textual() && !r[0].textual() {
			return joined(l, r, right, took), lc + rc
		}
	}
	return nil, impossible
}

// joined are the clauses of both sides. The one takes from the other what it lacks; what was only the reason for the other, or is
// corrected by it, goes.
func joined(l, r []Clause, right []token, took bool) []Clause {
	last, first := &l[len(l)-1], &r[0]
	if took || last.tells(first) { // 客厅的灯还亮着，关了
		return append(l[:len(l)-1], r...)
	}
	inherit(last, first)
	unsaid := len(first.Names)+len(first.Areas) == 0
	switch {
	case len(l) == 1 && last.explains(first): // 有点黑，开个灯
		if unsaid && len(first.Floors) == 0 {
			first.Areas, first.Floors = last.Areas, last.Floors
		}
		return r
	case first.Intent == "Remark": // 灯太暗了，看不清
		return l
	case last.Intent == "Nevermind" && last.Words["refrain"] == "" && (first.acts() || first.Intent == "CancelTimer") && !first.textual(): // 不用等了，把计时器取消吧
		return append(l[:len(l)-1], r...)
	case last.acts() && first.Intent == "Nevermind" && unsaid && first.Kind() == "": // 关灯，等等，先别关
		return append(l[:len(l)-1], r...)
	case first.Intent == "No" && len(r) > 1 && r[1].Intent == last.Intent: // 把台灯关了，不是，把落地灯关了
		return append(l[:len(l)-1], r[1:]...)
	case strings.HasPrefix(string(last.Intent), "Vacuum") && first.Intent == "LawnMowerDock" && len(first.Names) == 0: // … 然后回去充电
		first.Intent, first.Names, first.Areas = "VacuumReturnToBase", last.Names, nil
	case last.Intent == "Correct" && first.Intent == "Correct" && right[0].is(cNotThat): // the kitchen, not the hall
		return l
	case (last.Intent == "Correct" || last.Intent == "No") && first.Intent == "Correct", last.alike(first): // not the hall, the kitchen
		return append(l[:len(l)-1], r...)
	}
	return append(l, r...)
}

// follows reports that a clause may follow another though nothing parts the two.
func (v *Vocabulary) follows(c, next *Clause, left, right []token) bool {
	switch {
	case next.Intent == "Remark" && c.Intent == "TurnOn" && !slices.ContainsFunc(left, func(t token) bool { return t.meets(&cDoing) }): // 厨房的灯没人用了
		return false
	case next.Intent == "Remark", c.explains(next), next.explains(c), c.announces() && next.acts():
		return true
	case next.Intent == "Correct" && right[0].is(cNotThat):
		return true
	case c.asks() && (right[0].is(cForMe) || v.lang.verbLast && states(left)):
		return true
	}
	return (!v.lang.spaced || v.lang.verbLast) && c.acts() && !c.asks() && next.acts()
}

var cDont = shared.intern("dont")

// states reports that tokens end with how something is.
func states(tokens []token) bool {
	last := len(tokens) - 1
	for last > 0 && (tokens[last].is(cSoft) || tokens[last].is(cBecause)) && !tokens[last].is(cState) {
		last--
	}
	return tokens[last].is(cState)
}

// announces reports that a clause tells what somebody does, to which an order may be joined without a pause: 我要睡了帮我关灯.
func (c *Clause) announces() bool {
	switch c.Intent {
	case "HouseMode", "ImHome", "ImLeaving", "ImArriving", "NotComing":
		return c.Text == ""
	}
	return false
}

// asks reports that a clause asks for a state, or why it is so.
func (c *Clause) asks() bool { return c.Intent == "GetState" || c.Intent == "WhyState" }

// aimed are the words of a clause for what it speaks of.
func aimed(tokens []token) []token {
	return slices.DeleteFunc(slices.Clone(tokens), func(t token) bool { return !t.meets(&cTargets) || t.meets(&cDoing) || t.is(cAll) })
}

var cState = shared.intern("state")

// lend gives the words of a clause but its target to one that is a target only.
func lend(from, to []token) []token {
	var out []token
	for _, t := range from {
		if !t.meets(&cTargets) {
			out = append(out, t)
		}
	}
	return append(out, to...)
}

// inherit hands the room of a clause to the next when that names none but a kind of thing, and back: 打开主卧的空调和灯.
func inherit(a, b *Clause) {
	if len(b.Areas) == 0 && len(b.Floors) == 0 && len(b.Names) == 0 && !b.Is("here") && !b.Is("all") && a.Intent == b.Intent {
		b.Areas, b.Floors = a.Areas, a.Floors
	}
}
