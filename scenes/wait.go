package scenes

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// What waits: runs for a condition, triggers for a value to stay, schedules for their time.

const (
	timerPrefix = home.SceneTimer
	timerAt     = "at"
	timerFor    = "for"
)

// tooLate is how long after its moment a schedule still runs: a hub that was down for longer lets it pass.
const tooLate = 10 * time.Minute

// A value that is only remembered from before a restart is asked for again so often, after so long, before
// it counts as not known.
const (
	hearTries = 10
	hearAgain = 30 * time.Second
)

// watch is what a run that waits for a condition must be woken by.
type watch struct {
	device    model.DeviceID // empty: any
	attribute model.Attribute
	kind      home.OccurrenceKind
}

// watches are all that the conditions which a scene's runs can wait for look at.
func (s *scene) watches() map[watch]bool {
	out := map[watch]bool{}
	for i := range s.code {
		if s.code[i].code == opUntil {
			s.code[i].cond.watches(out)
		}
	}
	return out
}

func (c *cond) watches(out map[watch]bool) {
	switch c.kind {
	case condAttribute:
		out[watch{c.device, c.attribute, home.OccurredChange}] = true
	case condMode:
		out[watch{kind: home.OccurredMode}] = true
	case condPresence:
		out[watch{kind: home.OccurredPresence}] = true
	}
	for _, x := range c.of {
		x.watches(out)
	}
}

func (e *Engine) watchFor(s *scene) {
	for w := range s.watches() {
		list := e.waits[w]
		if n, found := slices.BinarySearchFunc(list, s.id, func(x *scene, id string) int { return cmp.Compare(x.id, id) }); !found {
			e.waits[w] = slices.Insert(slices.Clone(list), n, s)
		}
	}
}

func (e *Engine) unwatch(s *scene) {
	if len(e.waits) == 0 {
		return
	}
	for w := range s.watches() {
		rest := slices.DeleteFunc(slices.Clone(e.waits[w]), func(x *scene) bool { return x == s })
		if e.waits[w] = rest; len(rest) == 0 {
			delete(e.waits, w)
		}
	}
}

// wake lets the runs look again that wait for what has just changed.
func (e *Engine) wake(out []home.Reaction, o *home.Occurrence, r home.Reader) []home.Reaction {
	switch o.Kind {
	case home.OccurredChange:
		out = e.wakeAll(out, watch{o.Device, o.Attribute, o.Kind}, o, r)
		for _, id := range o.Aliases {
			out = e.wakeAll(out, watch{id, o.Attribute, o.Kind}, o, r)
		}
		return e.wakeAll(out, watch{"", o.Attribute, o.Kind}, o, r)
	case home.OccurredPresence, home.OccurredMode:
		return e.wakeAll(out, watch{kind: o.Kind}, o, r)
	}
	return out
}

func (e *Engine) wakeAll(out []home.Reaction, w watch, o *home.Occurrence, r home.Reader) []home.Reaction {
	for _, s := range e.waits[w] {
		for _, in := range slices.Clone(e.runs(s.id)) {
			if in.Waits == waitsCondition {
				out = e.resume(out, s, in.ID, o, r)
			}
		}
	}
	return out
}

// stay begins or ends the watch over a value that must stay for a while.
func (e *Engine) stay(out []home.Reaction, x entry, o *home.Occurrence, r home.Reader) []home.Reaction {
	t := x.trigger
	if o.Kind != home.OccurredChange || !t.isPlace(o, r) {
		return out
	}
	key := fmt.Sprintf("%d@%s@%s", t.n, o.Device, o.Endpoint)
	var held staying
	watched := false
	if m := e.live[x.scene.id]; m != nil {
		held, watched = m.Held[key]
	}
	timer := timerPrefix + x.scene.id + "/" + timerFor + "/" + key
	switch {
	case watched && !t.stays(o.To):
		delete(e.own(x.scene.id).Held, key)
		return append(out, home.Reaction{Scene: x.scene.id, Clear: []string{timer}})
	case !watched && !o.Quiet && t.becomes(o.From, o.To):
		m := e.own(x.scene.id)
		if m.Held == nil {
			m.Held = map[string]staying{}
		}
		held = staying{Since: o.At, Due: o.At.Add(t.held), Cause: o.Cause}
		m.Held[key] = held
		return append(out, home.Reaction{Scene: x.scene.id, Timers: []home.SetTimer{{Timer: timer, At: held.Due}}})
	}
	return out
}

// timer takes one of the engine's own timers.
func (e *Engine) timer(o *home.Occurrence, r home.Reader) []home.Reaction {
	rest, mine := strings.CutPrefix(o.Timer, timerPrefix)
	if !mine {
		return nil
	}
	rest, last, ok := cutLast(rest)
	id, kind, ok2 := cutLast(rest)
	s := e.scenes[id]
	if !ok || !ok2 || s == nil || e.live[id] == nil {
		return nil
	}
	switch kind {
	case timerAt:
		return e.onTime(s, last, o, r)
	case timerFor:
		return e.stayed(s, last, o, r)
	}
	run, err := strconv.ParseUint(kind, 10, 64)
	if err != nil {
		return nil
	}
	return e.due(s, run, last, o, r)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// due goes on with a run whose timer it is. One that comes before its time, since the clock was put back, is set anew.
func (e *Engine) due(s *scene, id uint64, step string, o *home.Occurrence, r home.Reader) []home.Reaction {
	for _, in := range e.runs(s.id) {
		if in.ID != id || strconv.Itoa(in.Step) != step || in.Due.IsZero() {
			continue
		}
		if o.At.Before(in.Due) {
			return []home.Reaction{{Scene: s.id, Timers: []home.SetTimer{{Timer: o.Timer, At: in.Due}}}}
		}
		return e.resume(nil, s, id, o, r)
	}
	return nil
}

// onTime runs a scene whose schedule is due and plans it anew.
func (e *Engine) onTime(s *scene, n string, o *home.Occurrence, r home.Reader) []home.Reaction {
	i, err := strconv.Atoi(n)
	if err != nil || i < 0 || i >= len(s.when) {
		return nil
	}
	due, ok := e.live[s.id].Due[i]
	if !ok || !s.enabled {
		return nil
	}
	if o.At.Before(due) {
		return []home.Reaction{{Scene: s.id, Timers: []home.SetTimer{{Timer: o.Timer, At: due}}}}
	}
	m := e.own(s.id)
	if m.Done == nil {
		m.Done = map[int]time.Time{}
	}
	m.Done[i] = due
	planned := home.Reaction{Scene: s.id}
	e.planOne(s, &s.when[i], &planned, o.At, r)
	out := []home.Reaction{planned}
	if o.At.Sub(due) > tooLate {
		t := &s.when[i]
		return append(out, home.Reaction{Scene: s.id, Because: because(t, o, r),
			Evaluation: &home.Evaluation{Trigger: t.path, Cause: o.Cause, Text: t.timeText(), Came: came(t, o), Outcome: home.OutcomeMissed, Until: due}})
	}
	return e.trip(out, s, &s.when[i], o, r)
}

// stayed runs a scene whose value has stayed for as long as asked.
func (e *Engine) stayed(s *scene, key string, o *home.Occurrence, r home.Reader) []home.Reaction {
	held, ok := e.live[s.id].Held[key]
	parts := strings.SplitN(key, "@", 3)
	n, err := strconv.Atoi(parts[0])
	if !ok || err != nil || len(parts) != 3 || n < 0 || n >= len(s.when) || !s.enabled {
		return nil
	}
	again := func(at time.Time) []home.Reaction {
		held.Due = at
		e.own(s.id).Held[key] = held
		return []home.Reaction{{Scene: s.id, Timers: []home.SetTimer{{Timer: o.Timer, At: at}}}}
	}
	if o.At.Before(held.Due) {
		return again(held.Due)
	}
	t := &s.when[n]
	check := home.Check{Path: t.path, Kind: "attribute", Device: model.DeviceID(parts[1]), Endpoint: model.EndpointID(parts[2]), Attribute: t.attribute, For: t.held, Verdict: home.Unknown, Why: "gone"}
	if d := r.Device(check.Device); d != nil {
		st, _ := d.State(home.Slot{Endpoint: check.Endpoint, Attribute: t.attribute})
		check.Value, check.Since, check.Heard, check.Source, check.Quality, check.Why = st.Value, st.Changed, st.Heard, st.Source, st.Quality, ""
		switch {
		case st.Value.IsUnknown():
			check.Why = "no_value"
		case st.Quality == model.Stale:
			check.Why = "stale"
		case st.Quality == model.Restored:
			if held.Tries++; held.Tries <= hearTries && t.stays(st.Value) {
				return again(o.At.Add(hearAgain))
			}
			check.Why = "stale"
		default:
			check.Verdict = truth(t.stays(st.Value))
		}
	}
	delete(e.own(s.id).Held, key)
	if check.Verdict == home.True {
		here := *o
		here.Cause = held.Cause
		return e.trip(nil, s, t, &here, r)
	}
	return []home.Reaction{{Scene: s.id, Evaluation: &home.Evaluation{Trigger: t.path, Cause: held.Cause, Text: t.timeText(), Came: check,
		Checks: []home.Check{check}, Outcome: home.OutcomeNotHeld}}}
}
