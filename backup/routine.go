package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/concord-home/hub/store"
)

// Times of a routine.
const (
	settle   = 5 * time.Minute  // after a start, before a backup that was missed while the hub was off
	again    = time.Hour        // after one that failed
	glance   = 15 * time.Minute // at the clock, which may be set, or stand still while the machine sleeps
	bucket   = "backup"
	timeKeep = 10 * time.Second // for a word in the store
)

// Maker makes, lists and removes backups.
type Maker interface {
	Make(ctx context.Context) (Backup, error)
	MakeRoutine(ctx context.Context) (Backup, error)
	List() ([]Backup, error)
	Remove(name string) error
}

// Memory keeps a routine's schedule and how it went.
type Memory interface {
	Get(ctx context.Context, bucket, key string) ([]byte, error)
	Put(ctx context.Context, bucket, key string, val []byte) error
}

// State is how a routine stands.
type State struct {
	Schedule Schedule  `json:"schedule"`
	Last     time.Time `json:"last,omitzero"`    // the last proven backup, by whomever; zero: there was none
	Routine  time.Time `json:"routine,omitzero"` // the last that the schedule made
	Problem  string    `json:"problem,omitempty"`
	Tried    time.Time `json:"tried,omitzero"` // when that problem came last
	Next     time.Time `json:"-"`              // zero: none is due
}

// Routine makes backups by a schedule. Open one with [OpenRoutine], then let [Routine.Run] work.
type Routine struct {
	maker  Maker
	memory Memory
	zone   func() *time.Location
	now    func() time.Time
	failed func(error) // told of the first failure of a row
	begun  time.Time
	moved  chan struct{} // capacity 1: the schedule is another
	one    sync.Mutex    // held while a backup is made: one at a time

	mu    sync.Mutex
	state State
}

// OpenRoutine reads how a routine stands. zone is the house's; failed is called with the first failure of a row.
func OpenRoutine(ctx context.Context, maker Maker, memory Memory, zone func() *time.Location, now func() time.Time, failed func(error)) (*Routine, error) {
	r := &Routine{maker: maker, memory: memory, zone: zone, now: now, failed: failed, begun: now(), moved: make(chan struct{}, 1), state: State{Schedule: Usual}}
	b, err := memory.Get(ctx, bucket, "routine")
	if err == nil {
		err = json.Unmarshal(b, &r.state)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("backup: how the schedule stands: %w", err)
	}
	return r, nil
}

// State is how the routine stands now.
func (r *Routine) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Next = r.due(s)
	return s
}

// due is when the next backup is; zero where none is.
func (r *Routine) due(s State) time.Time {
	if !s.Schedule.On {
		return time.Time{}
	}
	from := s.Routine
	if from.IsZero() {
		from = r.begun
	}
	next := s.Schedule.Next(from, r.zone())
	if s.Problem != "" && next.Before(s.Tried.Add(again)) {
		next = s.Tried.Add(again)
	}
	if ready := r.begun.Add(settle); next.Before(ready) {
		next = ready
	}
	return next
}

// Set changes the schedule: ErrSchedule where it cannot be kept.
func (r *Routine) Set(ctx context.Context, s Schedule) error {
	if err := s.Check(); err != nil {
		return err
	}
	err := r.change(ctx, func(st *State) { st.Schedule = s })
	select {
	case r.moved <- struct{}{}:
	default:
	}
	return err
}

func (r *Routine) change(ctx context.Context, f func(*State)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.state)
	b, err := json.Marshal(r.state)
	if err == nil {
		err = r.memory.Put(ctx, bucket, "routine", b)
	}
	if err != nil {
		return fmt.Errorf("backup: keep how the schedule stands: %w", err)
	}
	return nil
}

// Make makes a backup that a person asked for.
func (r *Routine) Make(ctx context.Context) (Backup, error) {
	return r.make(ctx, r.maker.Make, func(*State) {})
}

func (r *Routine) make(ctx context.Context, how func(context.Context) (Backup, error), done func(*State)) (Backup, error) {
	r.one.Lock()
	defer r.one.Unlock()
	b, err := how(ctx)
	if err != nil {
		return b, err
	}
	return b, r.change(ctx, func(s *State) { s.Last, s.Problem = r.now(), ""; done(s) })
}

// Run makes backups when they are due, until the context ends.
func (r *Routine) Run(ctx context.Context) error {
	for {
		wait := glance
		if next := r.State().Next; !next.IsZero() {
			wait = min(wait, next.Sub(r.now()))
		}
		if wait <= 0 {
			r.turn(ctx)
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-r.moved:
		case <-ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// turn makes the backup that is due, and removes what is no longer needed.
func (r *Routine) turn(ctx context.Context) {
	_, err := r.make(ctx, r.maker.MakeRoutine, func(s *State) { s.Routine = r.now() })
	if err == nil {
		err = r.prune()
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	first := r.State().Problem == ""
	keep, cancel := context.WithTimeout(ctx, timeKeep)
	defer cancel()
	err = errors.Join(err, r.change(keep, func(s *State) { s.Problem, s.Tried = err.Error(), r.now() })) // a full disk keeps no word of itself: the state has it
	if first {
		r.failed(err)
	}
}

func (r *Routine) prune() error {
	all, err := r.maker.List()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range r.State().Schedule.Surplus(all, r.zone()) {
		errs = append(errs, r.maker.Remove(name))
	}
	return errors.Join(errs...)
}
