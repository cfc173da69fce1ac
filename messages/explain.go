package messages

import (
	"cmp"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Question asks why an attribute of a device is as it is.
type Question struct {
	View   *home.View
	Device *home.Device
	Slot   home.Slot
	Now    time.Time
	// Scenes are those that set things: they tell why the attribute is not what it should be.
	Scenes []home.Situation
}

// Explain answers a question: the first sentence names the cause that counts, the others what stands beside it. What has
// come to nothing since the value changed counts most: a command that failed, then a scene that was kept from setting
// it, then that nothing is heard of the device; else it is what set the value. names may be nil.
func Explain(lang string, q Question, names Names) []string {
	prop := q.Device.Property(q.Slot)
	if prop == nil {
		return nil
	}
	st, _ := q.Device.State(q.Slot)
	x := explaining{why: why{lang: lang, v: q.View, now: q.Now, names: names}, q: q, prop: prop, st: st}
	because := x.chain().because(prop, st.Value, st.Quality, st.Cause)
	if st.Value.IsUnknown() {
		because = Text(lang, "check.no_value", Label(lang, prop))
	}
	out := slices.Concat(x.asked(), x.kept(), x.silence(), []string{because}, x.before(), x.idle())
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// explaining is one question on its way.
type explaining struct {
	why
	q    Question
	prop *model.Property
	st   home.State
}

// mostBeside bounds what an answer tells of scenes.
const mostBeside = 3

// commands are those that were to set the attribute, newest first.
func (x explaining) commands() []home.Command {
	all := slices.DeleteFunc(x.v.Commands(), func(c home.Command) bool {
		return c.Device != x.q.Device.ID || c.Endpoint != x.q.Slot.Endpoint || x.wish(c) == nil
	})
	slices.Reverse(all)
	return all
}

// wish is what a command wanted of the attribute; nil is nothing.
func (x explaining) wish(c home.Command) *home.WriteState {
	for i := range c.Writes {
		if c.Writes[i].Attribute == x.q.Slot.Attribute {
			return &c.Writes[i]
		}
	}
	return nil
}

// asked tells of the newest command when the attribute is not what it asked for, and nothing has changed it since.
func (x explaining) asked() []string {
	all := x.commands()
	if len(all) == 0 {
		return nil
	}
	c := all[0]
	w := x.wish(c)
	if w.Value == x.st.Value || !c.Ended.IsZero() && x.st.Changed.After(c.Ended) {
		return nil
	}
	by := x.chain().words(c.Cause)
	want := Text(x.lang, "explain.want", Label(x.lang, x.prop), Value(x.lang, x.prop, w.Value), by, Ago(x.lang, c.Asked, x.now))
	detail := Reason(x.lang, c.Reason)
	switch {
	case c.Ended.IsZero():
		return []string{Text(x.lang, "explain.waiting", want)}
	case c.Status == model.TimedOut || c.Status == model.Rejected:
		return []string{Text(x.lang, "explain."+string(c.Status), want, detail)}
	case c.Status == model.Contradicted:
		return []string{Text(x.lang, "explain.contradicted", want, Value(x.lang, x.prop, cmp.Or(w.Reported, x.st.Value)))}
	}
	return nil
}

// chain puts causes in words, what made scenes run from their evaluations where these are still kept.
func (x explaining) chain() chain {
	return chain{lang: x.lang, names: x.names, came: func(scene, text string) string {
		all := x.v.Evaluations(scene)
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].Outcome == home.OutcomeRan && all[i].Text == text {
				return x.came(all[i])
			}
		}
		return ""
	}}
}

// sets tells whether a scene would make the attribute something else than it is.
func (x explaining) sets(s home.Situation) bool {
	i := slices.IndexFunc(s.Sets, func(a home.Aim) bool {
		return a.Touch == home.Touch{Device: x.q.Device.ID, Endpoint: x.q.Slot.Endpoint, Attribute: x.q.Slot.Attribute}
	})
	return i >= 0 && (s.Sets[i].Value.IsUnknown() || s.Sets[i].Value != x.st.Value)
}

// kept tells of the scenes that would have set the attribute since it changed and were kept from it, the newest first.
func (x explaining) kept() []string {
	var found []home.Situation
	for _, s := range x.q.Scenes {
		if len(s.Evaluations) > 0 && x.sets(s) && !s.Evaluations[0].Last.Before(x.st.Changed) && x.keeps(s) {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b home.Situation) int { return b.Evaluations[0].Last.Compare(a.Evaluations[0].Last) })
	var out []string
	for _, s := range found[:min(len(found), mostBeside)] {
		out = append(out, x.of(s).evaluation(s.Evaluations[0], nil))
	}
	return out
}

// keeps tells whether the last that came of a scene kept it from setting the attribute.
func (x explaining) keeps(s home.Situation) bool {
	last := s.Evaluations[0]
	if last.Outcome != home.OutcomeRan {
		return true
	}
	if len(last.Refused) == 0 {
		return false
	}
	return !slices.ContainsFunc(x.commands(), func(c home.Command) bool {
		return c.Cause != nil && c.Cause.Kind == model.CauseScene && c.Cause.Who == s.Scene && !c.Asked.Before(last.At)
	})
}

func (x explaining) of(s home.Situation) why {
	w := x.why
	w.scene = w.name(model.CauseScene, s.Scene)
	return w
}

// silence says that the value is only what the device said last.
func (x explaining) silence() []string {
	ok, why := x.v.Reachable(x.q.Device)
	if ok || x.st.Quality != model.Stale && x.st.Quality != model.Restored {
		return nil
	}
	name, heard, now := x.device(x.q.Device.ID), Ago(x.lang, x.st.Heard, x.now), Value(x.lang, x.prop, x.st.Value)
	if pct, low := x.q.Device.LowBattery(); low {
		return []string{Text(x.lang, "explain.silent.battery", Label(x.lang, x.prop), now, name, heard, Value(x.lang, model.LookupAttribute(model.AttrPowerSourceBatteryPct), model.Number(pct)))}
	}
	return []string{Text(x.lang, "explain.silent", Label(x.lang, x.prop), now, name, heard, Phrase(x.lang, cmp.Or(why, "the device cannot be reached")))}
}

// before tells what the last command wanted that something else has replaced.
func (x explaining) before() []string {
	for _, c := range x.commands() {
		w := x.wish(c)
		if c.Status != model.Confirmed || w.Value == x.st.Value || !c.Ended.Before(x.st.Changed) {
			continue
		}
		by := x.chain().words(c.Cause)
		return []string{Text(x.lang, "explain.before", Value(x.lang, x.prop, w.Value), by, Ago(x.lang, c.Ended, x.now))}
	}
	return nil
}

// idle tells of scenes that would set the attribute and that nothing sets off now.
func (x explaining) idle() []string {
	var out []string
	for _, s := range x.q.Scenes {
		if s.ByHand || !x.sets(s) || len(out) == mostBeside {
			continue
		}
		w := x.of(s)
		if !s.Enabled {
			out = append(out, Text(x.lang, "why.off", w.scene))
			continue
		}
		for _, a := range s.Awaits {
			if text := w.silent(a); text != "" {
				out = append(out, text)
				break
			}
		}
	}
	return out
}
