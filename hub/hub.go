// Package hub is the running hub: one loop that applies each fact to the [home.Home], carries out
// the effects, logs the fact and feeds the bridges. It owns the clock, the timers, the
// adapters' goroutines and the store; the house itself is pure and knows none of them.
//
// Use: New restores the house from the store; Run works until its context ends.
// Adapters speak through the [adapters.Hub] that Run hands them; bridges read [Hub.View],
// follow [Hub.Subscribe] and act through [Hub.Do] and [Hub.Command].
//
// Order and pressure: facts are applied in the order in which they are queued; each goroutine's own
// order is kept. The queue is bounded: a producer that is too fast waits a moment. A subscriber
// that does not keep up loses changes and is told so. Telemetry reaches the disk within the
// store's flush time; what Do and Command report as done is durable.
package hub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/store"
)

// Options are what a hub is made of. Store is required; the others have defaults.
type Options struct {
	Store    *store.Store
	Scenes   home.Scenes
	Presence home.PresenceTracker
	Adapters []adapters.Adapter
	Now      func() time.Time
	Logger   *slog.Logger
	// SnapshotEvery is how many facts may pass before the house is written whole; default 100,000.
	SnapshotEvery uint64
	// KeepHistory tells whether an attribute's values are kept for graphs; default: numbers, truths and enums that are no settings.
	KeepHistory func(*model.Property) bool
}

// Hub is a running house.
type Hub struct {
	o     Options
	log   *slog.Logger
	queue *queue
	subs  subscribers
	ports map[string]*port // by adapter

	mu      sync.Mutex // guards home
	home    *home.Home
	timers  timers
	waiters waiters
	metrics Metrics

	snapshotting atomic.Bool
	lastSnapshot uint64
	refusals     refusalLog
	series       map[seriesKey]string // names of history series, made once
}

// New restores the house from the store: the newest snapshot and the facts since.
func New(ctx context.Context, o Options) (*Hub, error) {
	if o.Store == nil {
		return nil, errors.New("a hub needs a store")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = 100_000
	}
	if o.KeepHistory == nil {
		o.KeepHistory = keepsHistory
	}
	h := &Hub{o: o, log: o.Logger, queue: newQueue(), ports: map[string]*port{}, series: map[seriesKey]string{}}
	h.timers = timers{now: o.Now, running: map[string]*timer{}, fire: func(id string, due time.Time) {
		h.queue.push(item{body: home.Fired{Timer: id, Due: due}})
	}}
	h.refusals.log = o.Logger
	for _, a := range o.Adapters {
		if h.ports[a.Name()] != nil {
			return nil, fmt.Errorf("two adapters are named %q: a hub can have one of each name", a.Name())
		}
		h.ports[a.Name()] = newPort(h, a)
	}
	return h, h.restore(ctx)
}

func (h *Hub) restore(ctx context.Context) error {
	seq, data, err := h.o.Store.LoadSnapshot(ctx)
	switch {
	case errors.Is(err, store.ErrNoSnapshot):
		h.home = home.New(h.o.Scenes, h.o.Presence)
	case err != nil:
		return fmt.Errorf("the house cannot be restored: %w", err)
	default:
		if h.home, err = home.Restore(data, h.o.Scenes, h.o.Presence); err != nil {
			return err
		}
	}
	h.lastSnapshot = seq
	for e, err := range h.o.Store.Entries(ctx, seq+1, ^uint64(0)) {
		if err != nil {
			return fmt.Errorf("the log of facts cannot be read: %w", err)
		}
		f, err := home.DecodeFact(e.Data)
		if err != nil {
			return err
		}
		_, _ = h.home.Apply(f) // its effects were carried out when it happened; a fact once refused is refused again
	}
	return nil
}

// muchReplayed is how many facts a start may have to replay before the house is saved, so that the next start is fast: one
// that is killed again and again never comes to save it otherwise.
const muchReplayed = 10_000

// Run starts the adapters and applies facts until the context ends; then it stops the
// adapters, writes a snapshot and returns.
func (h *Hub) Run(ctx context.Context) error {
	adapterCtx, stopAdapters := context.WithCancel(ctx)
	defer stopAdapters()
	h.queue.push(item{body: home.Started{}})
	var running sync.WaitGroup
	for _, p := range h.ports {
		running.Go(func() { p.supervise(adapterCtx) })
	}
	running.Go(func() { h.watchClock(adapterCtx, systemClock()) })
	running.Go(func() { h.forgetPositions(adapterCtx) })
	if h.home.Seq()-h.lastSnapshot > muchReplayed {
		h.snapshotSoon()
	}
	loopDone := make(chan struct{})
	go func() { h.loop(); close(loopDone) }()
	<-ctx.Done()
	stopAdapters()
	running.Wait()
	h.timers.stopAll()
	h.queue.close()
	<-loopDone
	return h.snapshot(context.WithoutCancel(ctx))
}

// View is the house as it is now.
func (h *Hub) View() *home.View {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.home.View()
}

// Do applies what a person or program decided about the house and returns when it is
// durable, or with the reason why it was refused.
func (h *Hub) Do(ctx context.Context, body home.Body) error {
	if err := h.put(ctx, body); err != nil {
		return err
	}
	return h.sync(ctx)
}

// sync returns when all that was applied is durable. Where the log has a gap, because the disk
// was full for a while, a snapshot closes it.
func (h *Hub) sync(ctx context.Context) error {
	err := h.o.Store.Sync(ctx)
	if errors.Is(err, store.ErrGap) {
		if err = h.snapshot(ctx); err == nil {
			err = h.o.Store.Sync(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("done, but not kept for the next start: %w", err)
	}
	return nil
}

func (h *Hub) put(ctx context.Context, body home.Body) error {
	done := make(chan error, 1)
	h.queue.push(item{body: body, done: done})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NewCommandID makes an id for an Ask.
func NewCommandID() model.CommandID {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return model.CommandID("c" + hex.EncodeToString(b[:]))
}

// Ask gives a command to the house and returns its id at once, or why it was refused.
func (h *Hub) Ask(ctx context.Context, a home.Ask) (model.CommandID, error) {
	if a.ID == "" {
		a.ID = NewCommandID()
	}
	return a.ID, h.put(ctx, home.Asked{Ask: a})
}

// Command gives a command to the house and waits until it has ended or the context has. The
// stages passed are given to progress, which may be nil.
func (h *Hub) Command(ctx context.Context, a home.Ask, progress func(home.Command)) (home.Command, error) {
	if a.ID == "" {
		a.ID = NewCommandID()
	}
	w := h.waiters.wait(a.ID)
	if w == nil {
		return home.Command{}, &home.CommandError{Reason: model.Reason{Code: model.ReasonInvalidValue,
			Detail: fmt.Sprintf("the command id %q was used before", a.ID)}}
	}
	defer h.waiters.forget(a.ID)
	if err := h.put(ctx, home.Asked{Ask: a}); err != nil {
		return home.Command{}, err
	}
	var last home.Command
	for {
		select {
		case last = <-w:
			if progress != nil {
				progress(last)
			}
			if !last.Ended.IsZero() {
				return last, h.sync(ctx)
			}
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}

// Located takes a tracker's fix; adapters for phones call it.
func (h *Hub) Located(tracker string, f model.Fix) {
	h.queue.push(item{body: home.Located{Tracker: tracker, Fix: f}})
}

// RegionsTold takes which regions a tracker watches; adapters for phones call it.
func (h *Hub) RegionsTold(tracker string, r model.Regions) {
	h.queue.push(item{body: home.RegionsTold{Tracker: tracker, Regions: r}})
}

// Associated takes that a tracker came into, or went out of, reach of the home network; adapters for networks call it.
func (h *Hub) Associated(tracker string, connected bool) {
	h.queue.push(item{body: home.Associated{Tracker: tracker, Connected: connected}})
}

// Store is the hub's memory, for history and settings.
func (h *Hub) Store() *store.Store { return h.o.Store }

// Now is the hub's clock.
func (h *Hub) Now() time.Time { return h.o.Now() }

func (h *Hub) snapshot(ctx context.Context) error {
	v := h.View()
	data, err := v.Encode()
	if err != nil {
		return err
	}
	if err := h.o.Store.SaveSnapshot(ctx, v.Seq, data); err != nil {
		return fmt.Errorf("the house's snapshot was not saved: %w", err)
	}
	return nil
}
