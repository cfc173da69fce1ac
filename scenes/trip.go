package scenes

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// trips triggers each scene once, however many of its triggers were hit.
func (e *Engine) trips(out []home.Reaction, hit []entry, o *home.Occurrence, r home.Reader) []home.Reaction {
	slices.SortStableFunc(hit, func(a, b entry) int { return cmp.Compare(a.scene.id, b.scene.id) })
	hit = slices.CompactFunc(hit, func(a, b entry) bool { return a.scene == b.scene })
	out = slices.Grow(out, len(hit))
	for _, x := range hit {
		out = e.trip(out, x.scene, x.trigger, o, r)
	}
	return out
}

// trip decides whether a scene runs, and keeps why.
func (e *Engine) trip(out []home.Reaction, s *scene, t *trigger, o *home.Occurrence, r home.Reader) []home.Reaction {
	re := home.Reaction{Scene: s.id, Because: because(t, o, r)}
	ev := &home.Evaluation{Cause: o.Cause, Text: re.Because, Came: came(t, o)}
	if t != nil {
		ev.Trigger = t.path
	}
	re.Evaluation = ev
	byHand := o.Kind == home.OccurredAsked
	switch {
	case among(o.Cause, s.id):
		ev.Outcome = home.OutcomeLoop
		re.Problems = []string{fmt.Sprintf("not run again: the scene is itself a cause of this (%s)", re.Because)}
	case !byHand && !e.mayRun(s, ev, o, r):
	default:
		return e.begin(out, s, re, o, r)
	}
	return append(out, re)
}

// mayRun looks at what can keep a scene from running by itself.
func (e *Engine) mayRun(s *scene, ev *home.Evaluation, o *home.Occurrence, r home.Reader) bool {
	if s.quiet != nil {
		loc := e.location(r)
		place := r.Surroundings().Place
		if s.quiet.within(o.At.In(loc), place) == home.True {
			ev.Outcome, ev.Until = home.OutcomeQuiet, s.quiet.next(o.At, loc, place).UTC()
			return false
		}
	}
	if s.cond != nil {
		look := sight{now: o.At, loc: e.location(r), r: r, checks: &ev.Checks}
		switch s.cond.eval(&look) {
		case home.False:
			ev.Outcome = home.OutcomeCondition
			return false
		case home.Unknown:
			ev.Outcome = home.OutcomeUnknown
			return false
		}
	}
	if s.limit.times > 0 {
		return e.withinLimit(s, ev, o)
	}
	return true
}

func (e *Engine) withinLimit(s *scene, ev *home.Evaluation, o *home.Occurrence) bool {
	m := e.own(s.id)
	m.Recent = slices.DeleteFunc(m.Recent, func(t time.Time) bool { return o.At.Sub(t) >= s.limit.per || t.After(o.At) })
	if len(m.Recent) >= s.limit.times {
		ev.Outcome, ev.Until = home.OutcomeLimited, m.Recent[0].Add(s.limit.per)
		return false
	}
	m.Recent = append(m.Recent, o.At)
	return true
}

// among reports whether a scene is in a chain of causes.
func among(c *model.Cause, scene string) bool {
	for ; c != nil; c = c.Because {
		if c.Kind == model.CauseScene && c.Who == scene {
			return true
		}
	}
	return false
}
