package hub

import (
	"sync"
	"sync/atomic"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Lagged tells a subscriber that it was too slow and missed effects: it should look at the View again.
type Lagged struct {
	home.Refused // makes it an effect; its fields are empty
	Missed       int
}

// Subscription is a stream of effects: Changed, Occurred, CommandMoved, DeviceMoved and so on, never Send or timers.
type Subscription struct {
	C      <-chan home.Effect
	c      chan home.Effect
	missed int
	owner  *subscribers
}

type subscribers struct {
	mu  sync.Mutex
	all map[*Subscription]bool
	any atomic.Bool
}

// Subscribe opens a stream with room for so many effects waiting. Close it when done.
func (h *Hub) Subscribe(room int) *Subscription {
	c := make(chan home.Effect, max(room, 16))
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

// offer never waits. After a gap the stream goes on with a Lagged.
func (s *Subscription) offer(e home.Effect) {
	if s.missed > 0 {
		select {
		case s.c <- Lagged{Missed: s.missed}:
			s.missed = 0
		default:
			s.missed++
			return
		}
	}
	select {
	case s.c <- e:
	default:
		s.missed++
	}
}

// waiters are those who wait for one command's stages.
type waiters struct {
	mu  sync.Mutex
	all map[model.CommandID]chan home.Command
}

func (w *waiters) wait(id model.CommandID) <-chan home.Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[model.CommandID]chan home.Command{}
	}
	c := make(chan home.Command, 16) // more than a life has stages
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
		select {
		case ch <- c:
		default:
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
