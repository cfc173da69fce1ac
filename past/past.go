// Package past looks back: it rebuilds the house as it was at a moment, and runs scenes over what was recorded, from
// the store's snapshots and log of facts.
//
// Use: make a [Record] of the running hub's store; [Record.At] gives a view of then, [Record.Try] a trial.
package past

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/rehearsal"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

// Record is what a hub has kept of its past.
type Record struct {
	Store *store.Store
	Zones rehearsal.Zones
}

// TooOldError says that nothing is kept of a moment any more.
type TooOldError struct{ Asked, Oldest time.Time }

func (e *TooOldError) Error() string {
	return fmt.Sprintf("nothing is kept of %s; the record begins at %s", e.Asked.Format(time.RFC3339), e.Oldest.Format(time.RFC3339))
}

// base is the newest snapshot before a moment, and the number of the fact after it.
func (r Record) base(ctx context.Context, at time.Time) (snapshot []byte, from uint64, err error) {
	if err := r.Store.Sync(ctx); err != nil && !errors.Is(err, store.ErrGap) {
		return nil, 0, err
	}
	seq, data, err := r.Store.SnapshotBefore(ctx, at)
	if err != nil && !errors.Is(err, store.ErrNoSnapshot) {
		return nil, 0, err
	}
	oldest, firstErr := r.Store.FirstSeq(ctx)
	if firstErr != nil {
		return nil, 0, firstErr
	}
	if seq+1 < oldest {
		return nil, 0, r.tooOld(ctx, at, oldest)
	}
	return data, seq + 1, nil
}

func (r Record) tooOld(ctx context.Context, at time.Time, oldest uint64) error {
	for e, err := range r.Store.Entries(ctx, oldest, oldest) {
		if err == nil {
			return &TooOldError{Asked: at, Oldest: e.At}
		}
	}
	return &TooOldError{Asked: at}
}

func (r Record) facts(ctx context.Context, from uint64) iter.Seq2[home.Fact, error] {
	return func(yield func(home.Fact, error) bool) {
		for e, err := range r.Store.Entries(ctx, from, ^uint64(0)>>1) {
			var f home.Fact
			if err == nil {
				f, err = home.DecodeFact(e.Data)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// At is the house as it was at a moment.
func (r Record) At(ctx context.Context, at time.Time) (*home.View, error) {
	snapshot, from, err := r.base(ctx, at)
	if err != nil {
		return nil, err
	}
	engine, tracker := scenes.New(scenes.Zones(r.Zones)), presence.New()
	h := home.New(engine, tracker)
	if snapshot != nil {
		if h, err = home.Restore(snapshot, engine, tracker); err != nil {
			return nil, err
		}
	}
	found := snapshot != nil
	for f, err := range r.facts(ctx, from) {
		if err != nil {
			return nil, err
		}
		if f.At.After(at) {
			break
		}
		found = true
		_, _ = h.Apply(f) // what was refused then is refused again
	}
	if !found {
		return nil, r.tooOld(ctx, at, from)
	}
	return h.View(), nil
}

// Try runs a scene over what was recorded between two moments.
func (r Record) Try(ctx context.Context, id string, doc json.RawMessage, from, to time.Time) (*rehearsal.Result, error) {
	snapshot, seq, err := r.base(ctx, from)
	var tooOld *TooOldError
	if errors.As(err, &tooOld) { // as far back as there is anything
		from = tooOld.Oldest
		seq, snapshot, err = r.Store.OldestSnapshot(ctx)
		seq++
	}
	if err != nil {
		return nil, err
	}
	return rehearsal.Try(rehearsal.Trial{ID: id, Document: doc, Snapshot: snapshot, Facts: r.facts(ctx, seq), From: from, To: to, Zones: r.Zones})
}

// Replay runs a scene over a finding's timeline in a house as it is.
func (r Record) Replay(v *home.View, id string, doc json.RawMessage, timeline []json.RawMessage) (*rehearsal.Result, error) {
	snapshot, err := v.Encode()
	if err != nil {
		return nil, err
	}
	to := v.At
	var facts []home.Fact
	for _, raw := range timeline {
		f, err := home.DecodeFact(raw)
		if err != nil {
			return nil, err
		}
		f.At = later(f.At, v.At)
		to = later(to, f.At)
		facts = append(facts, f)
	}
	each := func(yield func(home.Fact, error) bool) {
		for _, f := range facts {
			if !yield(f, nil) {
				return
			}
		}
	}
	return rehearsal.Try(rehearsal.Trial{ID: id, Document: doc, Snapshot: snapshot, Facts: each, From: v.At, To: to.Add(2 * time.Hour), Timeline: true, Zones: r.Zones})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Search looks for loops and conflicts that a scene brings into a house.
func (r Record) Search(v *home.View, id string, doc json.RawMessage) ([]rehearsal.Finding, error) {
	return rehearsal.Search(v, id, doc, r.Zones)
}
