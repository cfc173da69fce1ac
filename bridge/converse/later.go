package converse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// delay puts a command off.
func (t *turn) delay(ctx context.Context, c *grammar.Clause) {
	a, ok := actionOf(c)
	if !ok {
		t.fail("failed_to_handle", "cannot_do_that")
		return
	}
	f := t.devices(c, a.kind, func(d *home.Device) bool { _, ok := a.ask(d); return ok })
	switch {
	case f.missing != "":
		t.fail("no_valid_targets", f.missing)
		return
	case len(f.options) > 0:
		t.wants = t.which(f.options)
		return
	case len(f.rooms) > 0:
		t.wants = t.whichRoom(f.rooms)
		return
	}
	k, ok := t.when(c)
	if !ok {
		return
	}
	k.Said = t.order(c, a)
	for _, d := range f.devices {
		if a.risky != nil && a.risky(d) {
			t.fail("forbidden", "not_later")
			return
		}
		ask, can := a.ask(d)
		if can && mayAll(t.caller, ask) {
			k.Asks = append(k.Asks, ask)
			t.reply.Done = append(t.reply.Done, t.target(d, ""))
		}
	}
	if len(k.Asks) == 0 {
		t.fail("forbidden", "not_allowed")
		return
	}
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, k.Due.Format(time.RFC3339)+": "+k.Said)
		t.dry()
		return
	}
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", k.Said, t.wrong(err))
		return
	}
	t.kind(KindDone)
	if k.AtClock {
		t.speak(t.scheduled(k))
		return
	}
	t.say("delayed", t.duration(k.Length), k.Said)
}

// order is what will be done, as it was said; where the time stood in the middle and cut the thing's name off, in the house's words.
func (t *turn) order(c *grammar.Clause, a action) string {
	if len(c.Names) == 0 || strings.Contains(strings.ToLower(c.Command), strings.ToLower(c.Names[0].Said)) || !hasPhrase("later."+a.reply) {
		return c.Command
	}
	return phrase(t.lang, "later."+a.reply, c.Names[0].Said)
}

// Later puts off a command that did not come as a sentence: a cloud speaker's timer. Who asked finds it among his timers.
func (e *Engine) Later(ctx context.Context, owner, lang string, at time.Time, said string, a home.Ask) error {
	if len(e.clock.list(owner)) >= maxTimers {
		return fmt.Errorf("%s has %d timers already: cancel one", owner, maxTimers)
	}
	return e.clock.keep(ctx, &timer{ID: newID(), Owner: owner, Lang: lang, Length: at.Sub(e.o.Now()), Due: at, AtClock: true, Said: said, Asks: []home.Ask{a}})
}

// scheduled says when a command will be carried out: "Tomorrow at 7:30 AM: turn on the heater."
func (t *turn) scheduled(k *timer) string {
	now := t.e.o.Now()
	due := t.here(k.Due)
	say := func(key string, args ...string) string { return phraseOf(t.lang, key, hourForm(due), args...) }
	if k.Every != nil {
		return say("repeated", phrase(t.lang, "every."+k.Every.Every), t.clock(due), k.Said)
	}
	switch due.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return say("at_today", t.clock(due), k.Said)
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return say("at_tomorrow", t.clock(due), k.Said)
	}
	return say("at_date", t.clock(due), k.Said, t.date(due))
}

// due carries out what was put off, or says that the time is up.
func (e *Engine) due(ctx context.Context, t *timer) {
	if len(t.Asks) == 0 {
		key := "timer_up"
		if t.Reminds && t.Name != "" {
			key = "remember"
		} else if t.Name != "" {
			key = "timer_up_named"
		}
		e.announce(Announcement{Speaker: t.Speaker, Lang: t.Lang, Speech: phrase(t.Lang, key, t.Name)})
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, a := range t.Asks {
		a.Cause = &model.Cause{Kind: model.CauseVoice, Who: t.Owner, Via: "converse", Text: t.Said}
		end, err := e.o.House.Command(ctx, a, nil)
		if err == nil && (end.Status == model.Confirmed || end.Status == model.Acked) {
			continue
		}
		reason := phrase(t.Lang, "reason."+string(end.Reason.Code))
		if ce, ok := asCommandError(err); ok {
			reason = phrase(t.Lang, "reason."+string(ce.Reason.Code))
		}
		e.announce(Announcement{Speaker: t.Speaker, Lang: t.Lang, Speech: phrase(t.Lang, "failed", t.Said, reason)})
	}
}
