package converse

import (
	"context"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// opposite is what ends a thing that was asked for a while.
var opposite = map[grammar.Intent]grammar.Intent{"TurnOn": "TurnOff", "TurnOff": "TurnOn", "Open": "Close"}

// until takes back, after the time that was said, what was just done to devices: "on for ten minutes".
func (t *turn) until(ctx context.Context, c *grammar.Clause, done []Target) {
	back := *c
	back.Intent = opposite[c.Intent]
	a, ok := actionOf(&back)
	if back.Intent == "" || !ok {
		t.fail("failed_to_handle", "not_for_a_while")
		return
	}
	k, ok := t.newTimer(length(c.For))
	if !ok {
		return
	}
	var results []result
	for _, x := range done {
		d := t.view.Device(x.ID)
		if d == nil || a.risky != nil && a.risky(d) {
			continue
		}
		if ask, can := a.ask(d); can {
			k.Asks, results = append(k.Asks, ask), append(results, result{d: d})
		}
	}
	if len(k.Asks) == 0 {
		return
	}
	who, _ := t.called(results)
	k.Said = phrase(t.lang, "later."+a.reply, who)
	if t.req.DryRun {
		t.reply.Plan = append(t.reply.Plan, k.Due.Format(time.RFC3339)+": "+k.Said)
		return
	}
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", k.Said, t.wrong(err))
		return
	}
	t.say("for_a_while", t.duration(k.Length))
}

// lastsAWhile reports that a clause can be done for a while by this caller; what opens the house cannot be left to a timer.
func (t *turn) lastsAWhile(c *grammar.Clause, devices []*home.Device, a action) bool {
	if opposite[c.Intent] == "" || a.risky != nil && slices.ContainsFunc(devices, a.risky) {
		t.fail("failed_to_handle", "not_for_a_while")
		return false
	}
	return true
}

// when is the moment at which a clause is to be done, and its timer; ok is false when the house has answered why not.
func (t *turn) when(c *grammar.Clause) (*timer, bool) {
	after := length(c.Delay)
	switch {
	case !c.At.IsZero():
		now := t.e.o.Now()
		after = c.At.Next(now).Sub(now)
	case c.At.Every != "":
		t.ask("what_time")
		return nil, false
	}
	k, ok := t.newTimer(after)
	if ok {
		k.AtClock = !c.At.IsZero()
		if c.At.Every != "" {
			k.Every = &c.At
		}
	}
	return k, ok
}

// remind sets a timer that says what it is for.
func (t *turn) remind(ctx context.Context, c *grammar.Clause) {
	k, ok := t.when(c)
	if !ok {
		return
	}
	k.Name, k.Reminds = c.Text, true
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, k.Due.Format(time.RFC3339)+": "+k.Name)
		t.dry()
		return
	}
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", k.Name, t.wrong(err))
		return
	}
	t.kind(KindDone)
	t.speak(t.reminding(k))
}

// reminding says when somebody will be reminded, and of what.
func (t *turn) reminding(k *timer) string {
	of := phrase(t.lang, "reminder")
	if k.Name != "" {
		of = phrase(t.lang, "remind", k.Name)
	}
	if k.AtClock && !k.Due.IsZero() {
		said := *k
		said.Said = of
		return t.scheduled(&said)
	}
	return phrase(t.lang, "delayed", t.duration(t.left(k)), of)
}

// again winds a timer that goes off on several days for its next time. The zero time of a timer that goes off once ends it.
func (k *timer) again(now time.Time) bool {
	if k.Every == nil {
		return false
	}
	k.Due = k.Every.Next(now)
	return true
}

// mayAll reports whether the caller may write all that is asked.
func mayAll(caller Caller, ask home.Ask) bool {
	return (ask.Command == "" || caller.May(ask.Command)) &&
		!slices.ContainsFunc(ask.Writes, func(w model.Write) bool { return !caller.May(w.Attribute) })
}
