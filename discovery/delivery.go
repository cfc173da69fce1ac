package discovery

import (
	"context"
	"slices"
	"sync"
)

// delivery hands matches to one handler, in order, from one goroutine. What
// waits is merged per service, so a slow handler costs bounded memory.
type delivery struct {
	handler  string
	patterns []Pattern
	call     func(Match)

	mu      sync.Mutex
	order   []string // keys in the order of their first waiting change
	waiting map[string]Change
	ready   chan struct{} // capacity 1
	stopped chan struct{}
}

func newDelivery(handler string, patterns []Pattern, call func(Match)) *delivery {
	return &delivery{
		handler: handler, patterns: patterns, call: call,
		waiting: map[string]Change{}, ready: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
}

func (d *delivery) wants(s Service) bool {
	for _, p := range d.patterns {
		if p.Match(s) {
			return true
		}
	}
	return false
}

// offer queues a change if a pattern matches the service as it is or was.
func (d *delivery) offer(c Change) {
	if !d.wants(c.Service) && (c.Was == nil || !d.wants(*c.Was)) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := c.Service.Key()
	old, queued := d.waiting[key]
	if !queued {
		d.order = append(d.order, key)
		d.waiting[key] = c
	} else if merged, keep := merge(old, c); keep {
		d.waiting[key] = merged
	} else {
		delete(d.waiting, key)
		d.order = slices.DeleteFunc(d.order, func(k string) bool { return k == key })
	}
	d.signalReady()
}

// merge folds a new change of a service into one that was not delivered yet;
// false means that nothing is left to tell.
func merge(old, c Change) (Change, bool) {
	over := c.Service.State != Alive
	if old.Kind == Appeared {
		old.Service = c.Service
		return old, !over
	}
	if c.Kind == Updated {
		c.Kind = old.Kind // still Updated, or still Returned
	}
	c.Was = old.Was
	return c, true
}

// next takes the first waiting change.
func (d *delivery) next() (Change, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.order) == 0 {
		return Change{}, false
	}
	key := d.order[0]
	d.order = d.order[1:]
	c := d.waiting[key]
	delete(d.waiting, key)
	return c, true
}

// stop ends run after the call in progress.
func (d *delivery) stop() { close(d.stopped) }

// run calls the handler until ctx ends or stop is called.
func (d *delivery) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.stopped:
			return
		case <-d.ready:
		}
		if c, ok := d.next(); ok {
			d.signalReady() // there may be more
			d.call(Match{Handler: d.handler, Change: c})
		}
	}
}

func (d *delivery) signalReady() {
	select {
	case d.ready <- struct{}{}:
	default:
	}
}
