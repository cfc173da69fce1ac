package converse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const (
	timerBucket = "converse.timers"
	maxTimers   = 200
	maxSpan     = 7 * 24 * time.Hour
)

// timer is a kitchen timer, or a sentence to be carried out later. It outlives a restart.
type timer struct {
	ID      string        `json:"id"`
	Owner   string        `json:"owner"` // the caller who set it
	Speaker string        `json:"speaker,omitempty"`
	Lang    string        `json:"lang"`
	Name    string        `json:"name,omitempty"`
	Area    home.RoomID   `json:"area,omitempty"`
	Length  time.Duration `json:"length"`
	Due     time.Time     `json:"due"`
	Left    time.Duration `json:"left,omitempty"` // while paused; Due is zero then
	// Asks are the commands to give when it is due; resolved when they were said, so that they cannot mean something else later.
	Asks []home.Ask `json:"asks,omitempty"`
	Said string     `json:"said,omitempty"`
}

// clockwork keeps the timers.
type clockwork struct {
	mu      sync.Mutex
	engine  *Engine
	all     map[string]*timer
	running map[string]*time.Timer
	ctx     context.Context // of Run; nil: not running
}

func (k *clockwork) load(e *Engine) error {
	k.engine, k.all, k.running = e, map[string]*timer{}, map[string]*time.Timer{}
	kept, err := e.o.Memory.List(context.Background(), timerBucket)
	if err != nil {
		return err
	}
	for key, b := range kept {
		var t timer
		if err := json.Unmarshal(b, &t); err != nil {
			return fmt.Errorf("the timer %s cannot be read: %w", key, err)
		}
		k.all[t.ID] = &t
	}
	return nil
}

func (k *clockwork) start(ctx context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ctx = ctx
	for _, t := range k.all {
		k.wind(t)
	}
}

func (k *clockwork) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range k.running {
		t.Stop()
	}
	k.ctx = nil
}

// wind sets the alarm of a timer. The caller holds the lock.
func (k *clockwork) wind(t *timer) {
	if old := k.running[t.ID]; old != nil {
		old.Stop()
		delete(k.running, t.ID)
	}
	if k.ctx == nil || t.Due.IsZero() {
		return
	}
	id := t.ID
	k.running[id] = time.AfterFunc(max(0, t.Due.Sub(k.engine.o.Now())), func() { k.fire(id) })
}

func (k *clockwork) fire(id string) {
	k.mu.Lock()
	t, ctx := k.all[id], k.ctx
	if t == nil || ctx == nil || t.Due.IsZero() || t.Due.After(k.engine.o.Now().Add(time.Second)) {
		k.mu.Unlock()
		return
	}
	delete(k.all, id)
	delete(k.running, id)
	k.mu.Unlock()
	if err := k.engine.o.Memory.Delete(ctx, timerBucket, id); err != nil {
		k.engine.log.Warn("a timer that is over could not be removed", "err", err)
	}
	k.engine.due(ctx, t)
}

// due carries out what was put off, or says that the time is up.
func (e *Engine) due(ctx context.Context, t *timer) {
	if len(t.Asks) == 0 {
		key := "timer_up"
		if t.Name != "" {
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

// keep sets or changes a timer, durably.
func (k *clockwork) keep(ctx context.Context, t *timer) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := k.engine.o.Memory.Put(ctx, timerBucket, t.ID, b); err != nil {
		return fmt.Errorf("the timer cannot be kept: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all[t.ID] = t
	k.wind(t)
	return nil
}

func (k *clockwork) drop(ctx context.Context, id string) error {
	k.mu.Lock()
	delete(k.all, id)
	if r := k.running[id]; r != nil {
		r.Stop()
		delete(k.running, id)
	}
	k.mu.Unlock()
	return k.engine.o.Memory.Delete(ctx, timerBucket, id)
}

// list is the timers of a caller, the next first; those with commands come only where commands are wanted.
func (k *clockwork) list(owner string) []timer {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []timer
	for _, id := range slices.Sorted(maps.Keys(k.all)) {
		if t := k.all[id]; t.Owner == owner {
			out = append(out, *t)
		}
	}
	slices.SortStableFunc(out, func(a, b timer) int { return a.Due.Compare(b.Due) })
	return out
}

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
		t.kind(KindAsk)
		t.say("how_long")
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
		return
	}
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", k.Name, err.Error())
		return
	}
	t.kind(KindDone)
	t.say("timer_set", t.duration(k.Length))
}

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
	case len(f.options)+len(f.rooms) > 0:
		t.fail("no_valid_targets", "say_which")
		return
	}
	k, ok := t.newTimer(length(c.Delay))
	if !ok {
		return
	}
	k.Said = c.Command
	for _, d := range f.devices {
		if a.risky != nil && a.risky(d) {
			t.fail("forbidden", "not_later")
			return
		}
		ask, can := a.ask(d)
		if can && (ask.Command == "" || t.caller.May(ask.Command)) && !slices.ContainsFunc(ask.Writes, func(w model.Write) bool { return !t.caller.May(w.Attribute) }) {
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
		t.reply.Plan = append(t.reply.Plan, "in "+k.Length.String()+": "+c.Command)
		return
	}
	if err := t.e.clock.keep(ctx, k); err != nil {
		t.fail("failed_to_handle", "failed", c.Command, err.Error())
		return
	}
	t.kind(KindDone)
	t.say("delayed", t.duration(k.Length), c.Command)
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
		t.fail("no_valid_targets", "no_timer")
		return timer{}, false
	}
	return meant[0], true
}

func (t *turn) cancelTimers(ctx context.Context, c *grammar.Clause, all bool) {
	meant := t.timersMeant(c)
	if len(meant) == 0 {
		t.fail("no_valid_targets", "no_timer")
		return
	}
	if !all {
		meant = meant[:1]
	}
	for _, k := range meant {
		if err := t.e.clock.drop(ctx, k.ID); err != nil {
			t.fail("failed_to_handle", "failed", k.Name, err.Error())
			return
		}
	}
	t.kind(KindDone)
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
		t.fail("failed_to_handle", "failed", k.Name, err.Error())
		return
	}
	t.kind(KindDone)
	t.say("timer_left", t.duration(t.left(k)))
}

func (t *turn) left(k *timer) time.Duration {
	if k.Due.IsZero() {
		return k.Left
	}
	return max(0, k.Due.Sub(t.e.o.Now()))
}

func (t *turn) timerStatus(c *grammar.Clause) {
	meant := t.timersMeant(c)
	if len(meant) == 0 {
		t.fail("no_valid_targets", "no_timer")
		return
	}
	for _, k := range meant[:min(len(meant), 5)] {
		t.tell("timer_left", t.duration(t.left(&k)))
	}
}

// duration is a span of time in words.
func (t *turn) duration(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		key string
		n   int
	}{{"hours", int(d.Hours())}, {"minutes", int(d.Minutes()) % 60}, {"seconds", int(d.Seconds()) % 60}} {
		if u.n > 0 {
			parts = append(parts, phrase(t.lang, u.key, fmt.Sprint(u.n)))
		}
	}
	if len(parts) == 0 {
		return phrase(t.lang, "seconds", "0")
	}
	return strings.Join(parts, phrase(t.lang, "space"))
}
