package converse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
)

func length(d grammar.Span) time.Duration { return time.Duration(d.Total() * float64(time.Second)) }

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// newTimer checks the length and the number of timers.
func (t *turn) newTimer(d time.Duration) (*timer, bool) {
	switch {
	case d <= 0:
		t.ask("how_long")
		return nil, false
	case d > maxSpan:
		t.fail("failed_to_handle", "too_long")
		return nil, false
	case len(t.e.clock.list(t.caller.ID())) >= maxTimers:
		t.fail("failed_to_handle", "too_many_timers")
		return nil, false
	}
	return &timer{ID: newID(), Owner: t.caller.ID(), Speaker: t.req.Speaker, Lang: t.lang, Length: d, Due: t.e.o.Now().Add(d)}, true
}

func (t *turn) startTimer(ctx context.Context, c *grammar.Clause) {
	k, ok := t.newTimer(length(c.Span))
	if !ok {
		return
	}
	k.Name = c.Text
	if len(c.Areas) > 0 {
		k.Area = home.RoomID(c.Areas[0].ID)
	}
	if t.req.DryRun {
		t.kind(KindDone)
		t.reply.Plan = append(t.reply.Plan, "timer "+k.Length.String()+" "+k.Name)
		t.dry()
		return
	}
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", k.Name, t.wrong(err))
		return
	}
	t.kind(KindDone)
	if k.Name != "" {
		t.say("timer_set_named", k.Name, t.duration(k.Length))
		return
	}
	t.say("timer_set", t.duration(k.Length))
}

// timersMeant are those that a clause speaks of: by name, room or length, else all.
func (t *turn) timersMeant(c *grammar.Clause) []timer {
	all := t.e.clock.list(t.caller.ID())
	return slices.DeleteFunc(all, func(k timer) bool {
		switch {
		case c.Text != "" && !strings.EqualFold(k.Name, c.Text):
			return true
		case len(c.Areas) > 0 && string(k.Area) != c.Areas[0].ID:
			return true
		}
		return !c.Start.IsZero() && k.Length != length(c.Start)
	})
}

// oneTimer is the timer meant; the next one that is due, when several are.
func (t *turn) oneTimer(c *grammar.Clause) (timer, bool) {
	meant := t.timersMeant(c)
	if len(meant) == 0 {
		t.noTimer()
		return timer{}, false
	}
	for _, k := range meant { // a kitchen timer rather than what was put off
		if len(k.Asks) == 0 && !k.Reminds {
			return k, true
		}
	}
	return meant[0], true
}

func (t *turn) cancelTimers(ctx context.Context, c *grammar.Clause, all bool) {
	meant := t.timersMeant(c)
	if len(meant) == 0 {
		t.noTimer()
		return
	}
	if !all {
		meant = meant[:1]
	}
	for _, k := range meant {
		if err := t.e.clock.drop(ctx, k.ID); err != nil {
			t.fail("failed_to_handle", "failed", k.Name, t.wrong(err))
			return
		}
	}
	t.kind(KindDone)
	if len(meant) > 1 {
		t.speak(phraseOf(t.lang, "timers_cancelled", form{n: len(meant)}, fmt.Sprint(len(meant))))
		return
	}
	t.say("timer_cancelled")
}

func (t *turn) changeTimer(ctx context.Context, c *grammar.Clause, sign time.Duration) {
	k, ok := t.oneTimer(c)
	if !ok {
		return
	}
	by := sign * length(c.Span)
	if k.Due.IsZero() {
		k.Left = max(time.Second, k.Left+by)
	} else {
		k.Due = k.Due.Add(by)
		if k.Due.Before(t.e.o.Now()) {
			k.Due = t.e.o.Now()
		}
	}
	t.changed(ctx, &k)
}

func (t *turn) pauseTimer(ctx context.Context, c *grammar.Clause, pause bool) {
	k, ok := t.oneTimer(c)
	if !ok {
		return
	}
	switch {
	case pause && !k.Due.IsZero():
		k.Left, k.Due = k.Due.Sub(t.e.o.Now()), time.Time{}
	case !pause && k.Due.IsZero():
		k.Due, k.Left = t.e.o.Now().Add(k.Left), 0
	}
	t.changed(ctx, &k)
}

func (t *turn) changed(ctx context.Context, k *timer) {
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", k.Name, t.wrong(err))
		return
	}
	t.kind(KindDone)
	t.speak(t.leftOf(k))
}

func (t *turn) left(k *timer) time.Duration {
	if k.Due.IsZero() {
		return k.Left
	}
	return max(0, k.Due.Sub(t.e.o.Now()))
}

// leftOf says how long a timer still runs.
func (t *turn) leftOf(k *timer) string {
	left := t.left(k)
	if k.Name != "" {
		return phraseOf(t.lang, "timer_named_left", spanForm(left), k.Name, t.duration(left))
	}
	return phraseOf(t.lang, "timer_left", spanForm(left), t.duration(left))
}

// noTimer says that the timer meant is not there, or that there is none at all.
func (t *turn) noTimer() {
	key := "no_timer"
	if len(t.e.clock.list(t.caller.ID())) == 0 {
		key = "no_timers"
	}
	t.fail("no_valid_targets", key)
}

// ask asks for a time that was not said, and takes what is said next as if it had been said behind this.
func (t *turn) ask(key string) {
	t.kind(KindAsk)
	t.say(key)
	t.wants = &pending{more: t.req.Text}
}

func (t *turn) timerStatus(c *grammar.Clause) {
	meant := t.timersMeant(c)
	if len(meant) == 0 {
		t.noTimer()
		return
	}
	for _, k := range meant[:min(len(meant), 5)] {
		switch {
		case k.Reminds:
			t.kind(KindAnswer)
			t.speak(t.reminding(&k))
		case k.AtClock && !k.Due.IsZero():
			t.kind(KindAnswer)
			t.speak(t.scheduled(&k))
		case k.Said != "":
			t.tell("delayed", t.duration(t.left(&k)), k.Said)
		default:
			t.kind(KindAnswer)
			t.speak(t.leftOf(&k))
		}
	}
}
