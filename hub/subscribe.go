package hub

import (
	"sync"
	"sync/atomic"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Lagged tells a subscriber that it was too slow and missed effects: it should look at the View again,
// which then shows all that it missed.
type Lagged struct {
	home.Refused     // makes it an effect; its fields are empty
	Missed       int // that had been dropped when this was queued; more may have been until it was read
}

// Subscription is a stream of effects: Changed, Occurred, CommandMoved, DeviceMoved and so on, never Send or timers.
type Subscription struct {
	C      <-chan home.Effect
	c      chan home.Effect
	lagged bool // a Lagged stands at the end of the stream, unread
	owner  *subscribers
}

type subscribers struct {
	mu  sync.Mutex
	all map[*Subscription]bool
	any atomic.Bool
}

// Subscribe opens a stream with room for so many effects waiting. Close it when done.
func (h *Hub) Subscribe(room int) *Subscription {
	c := make(chan home.Effect, max(room, 16)+1) // one place is kept for a Lagged
	s := &Subscription{C: c, c: c, owner: &h.subs}
	h.subs.mu.Lock()
	defer h.subs.mu.Unlock()
	if h.subs.all == nil {
		h.subs.all = map[*Subscription]bool{}
	}
	h.subs.all[s] = true
	h.subs.any.Store(true)
	return s
}

// Close ends the stream.
func (s *Subscription) Close() {
	s.owner.mu.Lock()
	defer s.owner.mu.Unlock()
	if s.owner.all[s] {
		delete(s.owner.all, s)
		s.owner.any.Store(len(s.owner.all) > 0)
		close(s.c)
	}
}

func (s *subscribers) publish(e home.Effect) {
	if !s.any.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range s.all {
		sub.offer(e)
	}
}

// offer never waits. What finds no room is dropped, and a Lagged put where it would have been, at once:
// after a burst nothing may come for hours, and the subscriber would never learn that it missed the end. Only
// offer sends, so there is never less room than it saw.
func (s *Subscription) offer(e home.Effect) {
	if s.lagged && len(s.c) > 0 {
		return // whoever reads the Lagged looks at a View that shows this too
	}
	s.lagged = len(s.c) == cap(s.c)-1
	if s.lagged {
		e = Lagged{Missed: 1}
	}
	s.c <- e
}

// waiters are those who wait for one command's stages.
type waiters struct {
	mu  sync.Mutex
	all map[model.CommandID]chan home.Command
}

// wait is nil when somebody waits for the same command already.
func (w *waiters) wait(id model.CommandID) <-chan home.Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[model.CommandID]chan home.Command{}
	}
	if w.all[id] != nil {
		return nil
	}
	c := make(chan home.Command, 16)
	w.all[id] = c
	return c
}

func (w *waiters) forget(id model.CommandID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, id)
}

func (w *waiters) tell(c home.Command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch := w.all[c.ID]; ch != nil {
		for {
			select {
			case ch <- c:
				return
			default:
			}
			select {
			case <-ch: // a stage may be missed, the end may not
			default:
			}
		}
	}
}

// Metrics count what passes through the hub.
type Metrics struct {
	Facts, Refused, Changes, Sent atomic.Uint64
}

// Metrics are the hub's counters since it started.
func (h *Hub) Metrics() *Metrics { return &h.metrics }

// QueueLength is how many facts wait to be applied.
func (h *Hub) QueueLength() int { return h.queue.len() }
