package hub

import (
	"sync"
	"time"
)

// queue is the bounded way into the loop.
type queue struct {
	mu     sync.Mutex
	items  []item
	ready  chan struct{} // capacity 1: there is something
	space  chan struct{} // capacity 1: there is room again
	closed bool
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), space: make(chan struct{}, 1)}
}

// push adds a fact. A producer that finds the queue full waits for room, a second at most:
// an adapter may be called from the loop itself, which must never wait for itself.
func (q *queue) push(it item) {
	if !q.add(it, false) {
		t := time.NewTimer(time.Second)
		select {
		case <-q.space:
		case <-t.C:
		}
		t.Stop()
		q.add(it, true)
	}
}

func (q *queue) add(it item, force bool) bool {
	q.mu.Lock()
	full := len(q.items) >= soft && !force && !q.closed
	closed := q.closed
	if !full && !closed {
		q.items = append(q.items, it)
	}
	q.mu.Unlock()
	if closed && it.done != nil {
		it.done <- ErrStopping
	}
	if !full {
		nudge(q.ready)
	}
	return !full
}

// take waits for facts and returns them all; open is false when the queue is closed and empty.
func (q *queue) take(into []item) (batch []item, open bool) {
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			batch, q.items = q.items, into
			q.mu.Unlock()
			nudge(q.space)
			return batch, true
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return into, false
		}
		<-q.ready
	}
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	nudge(q.ready)
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
