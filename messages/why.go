package messages

import (
	"cmp"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// why puts a scene's situation in words.
type why struct {
	lang  string
	v     *home.View
	now   time.Time
	names Names
	scene string
}

// WhyNot says why a scene ran or did not: the first sentence names the cause, the others what was looked at.
func WhyNot(lang string, s home.Situation, v *home.View, names Names) []string {
	w := why{lang: lang, v: v, now: s.At, names: names}
	w.scene = w.name(model.CauseScene, s.Scene)
	out := []string{w.first(s)}
	for _, r := range s.Running {
		out = append(out, Text(lang, "why.running", Ago(lang, r.Since, s.At), r.At))
	}
	for _, a := range s.Awaits {
		out = append(out, Text(lang, "why.waits", w.awaits(a)))
	}
	for _, c := range s.Conditions {
		out = append(out, Text(lang, "why.holds", w.check(c, true)))
	}
	for i := 1; i < len(s.Evaluations); i++ {
		out = append(out, w.evaluation(s.Evaluations[i], nil))
	}
	return out
}

func (w why) name(kind model.CauseKind, id string) string {
	if w.names != nil {
		return cmp.Or(w.names(kind, id), id)
	}
	return id
}

func (w why) device(id model.DeviceID) string {
	if d := w.v.Device(id); d != nil {
		return cmp.Or(d.Name(w.lang), string(id))
	}
	return string(id)
}

// first names the one cause that counts: what keeps the scene from running at all, else what became of the last trigger.
func (w why) first(s home.Situation) string {
	var last home.Evaluation
	if len(s.Evaluations) > 0 {
		last = s.Evaluations[0]
	}
	for _, a := range s.Awaits {
		if text := w.silent(a); s.Enabled && text != "" && !last.Last.After(a.LastHeard) {
			return text
		}
	}
	switch {
	case !s.Enabled && !s.ByHand:
		return Text(w.lang, "why.off", w.scene)
	case last.Times > 0:
		return w.evaluation(last, s.Failed)
	case s.ByHand:
		return Text(w.lang, "why.by_hand", w.scene)
	}
	text := Text(w.lang, "why.nothing")
	if len(s.Awaits) > 0 {
		text = w.awaits(s.Awaits[0])
	}
	return Text(w.lang, "why.none", w.scene, text)
}

// silent says that a trigger waits in vain; empty when it does not.
func (w why) silent(a home.Awaited) string {
	name, heard := w.device(a.Check.Device), Ago(w.lang, a.LastHeard, w.now)
	switch {
	case a.Check.Why == "gone":
		return Text(w.lang, "why.gone", w.scene)
	case a.Silent != "" && a.BatteryLow != nil:
		return Text(w.lang, "why.silent.battery", w.scene, name, Value(w.lang, model.LookupAttribute(model.AttrPowerSourceBatteryPct), model.Number(*a.BatteryLow)), heard)
	case a.Silent != "":
		return Text(w.lang, "why.silent", w.scene, name, Phrase(w.lang, a.Silent), heard)
	case a.Kind == "presence" && a.Check.Verdict == home.Unknown:
		return Text(w.lang, "why.nowhere", w.scene, w.person(a.Check.Person))
	}
	return ""
}

func (w why) person(id home.PersonID) string {
	if id == "anyone" || id == "everyone" {
		return Text(w.lang, "check."+string(id))
	}
	for _, p := range w.v.People() {
		if p.ID == id {
			return p.Name
		}
	}
	return string(id)
}

// evaluation says what became of a trigger. Failed are commands that came to nothing.
func (w why) evaluation(e home.Evaluation, failed []model.CommandID) string {
	when, came := Ago(w.lang, e.Last, w.now), w.came(e)
	var text string
	switch {
	case e.Outcome == home.OutcomeRan && len(failed) > 0:
		c, _ := w.v.Command(failed[0])
		text = Text(w.lang, "why.ran.failed", w.scene, when, Outcome(w.lang, w.device(c.Device), c.Status, c.Reason))
	case e.Outcome == home.OutcomeRan && len(e.Refused) > 0:
		text = Text(w.lang, "why.ran.failed", w.scene, when, w.refused(e))
	case e.Outcome == home.OutcomeRan:
		text = Text(w.lang, "why.ran", w.scene, when, came)
	case e.Outcome == home.OutcomeQuiet || e.Outcome == home.OutcomeLimited:
		text = Text(w.lang, "why."+string(e.Outcome), w.scene, when, came, Ago(w.lang, e.Until, w.now))
	default:
		text = Text(w.lang, "why."+string(e.Outcome), w.scene, when, came, w.culprit(e.Checks))
	}
	if e.Times > 1 {
		return Text(w.lang, "why.times", text, e.Times)
	}
	return text
}

// refused names who holds what was to be set, where that is why; else what the house said.
func (w why) refused(e home.Evaluation) string {
	for _, h := range e.Held {
		return Text(w.lang, "why.held", w.what(h.Device, h.Endpoint, h.Attribute), w.owner(h.Owner), Ago(w.lang, h.Until, w.now))
	}
	said := make([]string, len(e.Refused))
	for i, r := range e.Refused {
		said[i] = Phrase(w.lang, r)
	}
	return strings.Join(said, Text(w.lang, "list.semicolon"))
}

func (w why) owner(c *model.Cause) string {
	if c == nil {
		return Text(w.lang, "cause.somebody")
	}
	return chain{lang: w.lang, names: w.names}.link(c)
}

// culprit is the check that decided: the first false one, else the first unknown.
func (w why) culprit(checks []home.Check) string {
	for _, want := range []home.Verdict{home.False, home.Unknown} {
		for _, c := range checks {
			if !c.Beside && counted(c) == want {
				return w.check(c, false)
			}
		}
	}
	return ""
}

// counted is a check's verdict as it counts for the whole: under not it is the other way round.
func counted(c home.Check) home.Verdict {
	if strings.Count(c.Path, ".not")%2 == 1 {
		switch c.Verdict {
		case home.True:
			return home.False
		case home.False:
			return home.True
		}
	}
	return c.Verdict
}

func (w why) came(e home.Evaluation) string {
	c := e.Came
	name := c.Value.String()
	switch c.Kind {
	case "attribute":
		what := w.what(c.Device, c.Endpoint, c.Attribute)
		if c.For > 0 {
			return Text(w.lang, "came.stayed", what, Span(w.lang, c.For))
		}
		p := w.property(c.Device, c.Endpoint, c.Attribute)
		return Text(w.lang, "came.attribute", w.device(c.Device), Label(w.lang, p), Value(w.lang, p, c.Value))
	case "event":
		return Text(w.lang, "came.event", w.device(c.Device), Event(w.lang, c.Attribute, map[string]model.Value{"action": c.Value}))
	case "presence":
		return Text(w.lang, "presence."+name, w.person(c.Person))
	case "mode":
		return Text(w.lang, "came.mode", Known(w.lang, "mode", name))
	case "scene":
		return Text(w.lang, "came.scene", w.name(model.CauseScene, name))
	case "time":
		return Text(w.lang, "came.time", When(w.lang, name))
	case "webhook", "topic", "hand":
		return Text(w.lang, "came."+c.Kind, name)
	}
	return e.Text
}

func (w why) property(id model.DeviceID, ep model.EndpointID, a model.Attribute) *model.Property {
	if d := w.v.Device(id); d != nil {
		if p := d.Property(home.Slot{Endpoint: ep, Attribute: a}); p != nil {
			return p
		}
	}
	if p := model.LookupAttribute(a); p != nil {
		return p
	}
	return &model.Property{Attribute: a, Type: model.TypeString}
}

func (w why) what(id model.DeviceID, ep model.EndpointID, a model.Attribute) string {
	if id == "" {
		return Label(w.lang, w.property(id, ep, a))
	}
	return Text(w.lang, "check.of", Label(w.lang, w.property(id, ep, a)), w.device(id))
}

// check puts one condition in words: as it is, or why it did not hold.
func (w why) check(c home.Check, all bool) string {
	what, value, want := w.parts(c)
	heard := Ago(w.lang, c.Heard, w.now)
	switch {
	case c.Kind == "presence" && c.Verdict == home.Unknown:
		return Text(w.lang, "check.nowhere", w.person(c.Person))
	case c.Kind == "presence" && c.Person == "anyone" && c.Verdict == home.False:
		return Text(w.lang, "check.nobody", want)
	case c.Why == "no_value" || c.Why == "stale" || c.Why == "gone":
		return Text(w.lang, "check."+c.Why, what, heard)
	case c.Why == "not_fresh":
		return Text(w.lang, "check.not_fresh", what, heard, Span(w.lang, c.For))
	case c.Why == "too_short":
		return Text(w.lang, "check.too_short", what, value, Span(w.lang, w.now.Sub(c.Since)), Span(w.lang, c.For))
	case c.Verdict == home.True && all:
		return w.sourced(c, Text(w.lang, "check.true", what, value))
	case c.Verdict == home.True:
		return w.sourced(c, Text(w.lang, "check.met", what, value))
	}
	return w.sourced(c, Text(w.lang, "check."+cmp.Or(c.Op, "is"), what, value, want))
}

// sourced adds when and through what a value was heard.
func (w why) sourced(c home.Check, text string) string {
	if c.Source == "" {
		return text
	}
	adapter, _, _ := strings.Cut(string(c.Source), "/")
	return Text(w.lang, "why.source", text, Ago(w.lang, c.Heard, w.now), Known(w.lang, "via", adapter))
}

func (w why) parts(c home.Check) (what, value, want string) {
	switch c.Kind {
	case "time":
		return Text(w.lang, "check.time"), When(w.lang, c.Value.String()), When(w.lang, c.Want.String())
	case "mode":
		return Text(w.lang, "check.mode"), Known(w.lang, "mode", c.Value.String()), w.modes(c.Want)
	case "presence":
		value, want := c.Value.String(), c.Want.String()
		return w.person(c.Person), Known(w.lang, "state", value), Known(w.lang, "state", want)
	}
	p := w.property(c.Device, c.Endpoint, c.Attribute)
	return w.what(c.Device, c.Endpoint, c.Attribute), Value(w.lang, p, c.Value), Value(w.lang, p, c.Want)
}

func (w why) modes(v model.Value) string {
	m, ok := v.Members()
	if !ok {
		return Known(w.lang, "mode", v.String())
	}
	for i := range m {
		m[i] = Known(w.lang, "mode", m[i])
	}
	return strings.Join(m, Text(w.lang, "list.comma"))
}

// awaits says what a trigger waits for and how it is with that.
func (w why) awaits(a home.Awaited) string {
	what, value, want := w.parts(a.Check)
	switch a.Kind {
	case "attribute":
		key := map[string]string{"is": "awaits.to", "above": "awaits.above", "below": "awaits.below"}[a.Check.Op]
		text := Text(w.lang, cmp.Or(key, "awaits.change"), what, want)
		return Text(w.lang, "awaits.attribute", text, value)
	case "event":
		return Text(w.lang, "awaits.event", w.device(a.Check.Device), Event(w.lang, model.Attribute(a.Name), nil))
	case "time":
		return Text(w.lang, "awaits.time", When(w.lang, a.Name), Ago(w.lang, a.Due, w.now))
	case "presence":
		return Text(w.lang, "awaits.presence", w.person(a.Check.Person), want)
	}
	return Text(w.lang, "came."+a.Kind, w.name(model.CauseScene, a.Name))
}
