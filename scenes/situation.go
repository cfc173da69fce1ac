package scenes

import (
	"cmp"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Situation looks at how things stand with a scene of a house at a moment. It may run beside the house.
func Situation(rec home.SceneRecord, v *home.View, now time.Time, zones func(string) (*time.Location, error)) home.Situation {
	s, _ := read(rec.ID, rec.Document)
	e := New(Zones(zones))
	look := sight{now: now, loc: e.location(v), r: v}
	out := home.Situation{Scene: rec.ID, At: now, Enabled: s.enabled, ByHand: len(s.when) == 0 && s.arrival == nil, Running: v.Running(rec.ID), LastRun: rec.LastRun}
	if s.cond != nil {
		look.checks = &out.Conditions
		out.Verdict = s.cond.eval(&look)
	}
	if s.quiet != nil && s.quiet.within(now.In(look.loc), v.Surroundings().Place) == home.True {
		out.QuietUntil = s.quiet.next(now, look.loc, v.Surroundings().Place).UTC()
	}
	for i := range s.when {
		out.Awaits = append(out.Awaits, s.when[i].awaits(v, &look)...)
	}
	out.Evaluations = slices.Clone(v.Evaluations(rec.ID))
	slices.Reverse(out.Evaluations)
	for _, aim := range Dissect(rec.ID, rec.Document, v).Sets {
		if !slices.ContainsFunc(out.Sets, func(a home.Aim) bool { return a.Touch == aim.Touch }) {
			out.Sets = append(out.Sets, aim)
		}
	}
	for _, id := range rec.Commands {
		if c, ok := v.Command(id); ok && (c.Status == model.TimedOut || c.Status == model.Rejected || c.Status == model.Contradicted) {
			out.Failed = append(out.Failed, c.ID)
		}
	}
	return out
}

const mostAwaited = 8 // devices of one trigger that a household can take in

// awaits is how it is with what a trigger waits for: one for each device that it means.
func (t *trigger) awaits(v *home.View, look *sight) []home.Awaited {
	a := home.Awaited{Path: t.path, Check: home.Check{Path: t.path, Verdict: home.False}}
	switch {
	case t.timed():
		a.Kind, a.Name = "time", t.moment()
		a.Due, _ = t.schedule.next(look.now, look.loc, v.Surroundings().Place)
	case t.person != "":
		a.Kind = "presence"
		x := cond{path: t.path, kind: condPresence, person: t.person, presence: t.presence}
		if t.person == firstOne {
			x.person = anyone
		}
		var checks []home.Check
		x.eval(&sight{now: look.now, loc: look.loc, r: v, checks: &checks})
		a.Check = checks[0]
	case t.name() != name{}:
		n := t.name()
		a.Kind, a.Name = string(n.kind), n.name
	default:
		return t.awaitsDevices(v, look, a)
	}
	return []home.Awaited{a}
}

func (t *trigger) awaitsDevices(v *home.View, look *sight, a home.Awaited) []home.Awaited {
	a.Kind, a.Name = "attribute", string(t.attribute)
	if t.event != "" {
		a.Kind, a.Name = "event", string(t.event)
	}
	var out []home.Awaited
	for _, d := range t.devices(v) {
		x := a
		x.Check.Device = d.ID
		if t.event == "" {
			slot, ok := t.slotOf(d, t.attribute)
			if !ok {
				continue
			}
			c := t.asCond()
			x.Check = c.look(d, slot, look.now)
		}
		if ok, why := v.Reachable(d); !ok {
			x.Silent = cmp.Or(why, "unreachable")
		}
		for _, id := range d.Sources {
			if heard := v.Source(id).Heard; heard.After(x.LastHeard) {
				x.LastHeard = heard
			}
		}
		if pct, low := d.LowBattery(); low {
			x.BatteryLow = &pct
		}
		if out = append(out, x); len(out) == mostAwaited {
			break
		}
	}
	if len(out) == 0 {
		a.Check.Device, a.Check.Attribute, a.Check.Verdict, a.Check.Why = t.device, t.attribute, home.Unknown, "gone"
		return []home.Awaited{a}
	}
	return out
}

// asCond is the trigger's value as a condition.
func (t *trigger) asCond() cond {
	c := cond{path: t.path, kind: condAttribute, where: t.where, attribute: t.attribute, held: t.held}
	switch {
	case t.to != nil:
		c.op, c.values = "is", []model.Value{*t.to}
	case t.above != nil:
		c.op, c.border = "above", *t.above
	case t.below != nil:
		c.op, c.border = "below", *t.below
	}
	return c
}
