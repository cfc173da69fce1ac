package converse

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
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
	// AtClock says that a time of day was asked for, and no span.
	AtClock bool `json:"at_clock,omitempty"`
	// Every is the time of day at which it goes off again and again; nil: once.
	Every *grammar.Clock `json:"every,omitempty"`
	// Reminds: its name is what somebody wants to be told.
	Reminds bool `json:"reminds,omitempty"`
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
	if next := *t; next.again(k.engine.o.Now()) {
		if err := k.keep(ctx, &next); err != nil {
			k.engine.log.Warn("what is done every day could not be kept for the next time", "err", err)
		}
		k.engine.due(ctx, t)
		return
	}
	if err := k.engine.o.Memory.Delete(ctx, timerBucket, id); err != nil {
		k.engine.log.Warn("a timer that is over could not be removed", "err", err)
	}
	k.engine.due(ctx, t)
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
