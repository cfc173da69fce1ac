package hub

import (
	"sync"
	"time"
)

// timers turns the house's wishes into facts.
type timers struct {
	now  func() time.Time
	fire func(id string, due time.Time)

	mu      sync.Mutex
	running map[string]*timer
	stopped bool
}

// timer is one wish. A later wish for the same id is another timer.
type timer struct {
	due    time.Time
	latest time.Time // by the evenly running clock: when it is due unless the clock is set forward
	t      *time.Timer
}

// longestSleep bounds how long a timer trusts that the clock runs on evenly: a small computer without a clock
// of its own learns the time minutes after it started, and wakes in the evening must follow.
const longestSleep = time.Minute

func (t *timers) set(id string, due time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	t.drop(id)
	x := &timer{due: due, latest: time.Now().Add(due.Sub(t.now()))}
	t.running[id] = x
	x.t = time.AfterFunc(t.sleep(x), func() { t.wake(id, x) })
}

func (t *timers) sleep(x *timer) time.Duration {
	return min(max(min(x.due.Sub(t.now()), time.Until(x.latest)), 0), longestSleep)
}

// wake fires a timer that is due, if it is still wished.
func (t *timers) wake(id string, x *timer) {
	t.mu.Lock()
	if t.running[id] != x {
		t.mu.Unlock()
		return
	}
	if left := t.sleep(x); left > 0 {
		x.t.Reset(left)
		t.mu.Unlock()
		return
	}
	delete(t.running, id)
	t.mu.Unlock()
	t.fire(id, x.due)
}

func (t *timers) clear(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(id)
}

func (t *timers) drop(id string) {
	if old := t.running[id]; old != nil {
		old.t.Stop()
		delete(t.running, id)
	}
}

func (t *timers) stopAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for id := range t.running {
		t.drop(id)
	}
}
