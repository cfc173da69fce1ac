package lan

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

// Outbox sends jobs one at a time and no faster than its limit. A job for a key that waits already is joined
// with it: a slider's ten positions become one request. Its zero value is not usable: see [NewOutbox].
type Outbox[T any] struct {
	limit *rate.Limiter
	join  func(waiting, more T) T
	wake  chan struct{}

	mu    sync.Mutex
	jobs  map[string]T
	order []string
}

// NewOutbox makes an outbox of so many jobs a second, after a burst; join makes one job of two for the same key.
func NewOutbox[T any](perSecond float64, burst int, join func(waiting, more T) T) *Outbox[T] {
	return &Outbox[T]{limit: rate.NewLimiter(rate.Limit(perSecond), burst), join: join, wake: make(chan struct{}, 1), jobs: map[string]T{}}
}

// Put adds a job; it never waits.
func (o *Outbox[T]) Put(key string, job T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if waiting, ok := o.jobs[key]; ok {
		o.jobs[key] = o.join(waiting, job)
		return
	}
	o.jobs[key] = job
	o.order = append(o.order, key)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run sends until the context ends.
func (o *Outbox[T]) Run(ctx context.Context, send func(ctx context.Context, key string, job T)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		}
		for {
			if o.limit.Wait(ctx) != nil {
				return
			}
			key, job, ok := o.take()
			if !ok {
				break
			}
			send(ctx, key, job)
		}
	}
}

func (o *Outbox[T]) take() (key string, job T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.order) == 0 {
		return "", job, false
	}
	key, o.order = o.order[0], o.order[1:]
	job = o.jobs[key]
	delete(o.jobs, key)
	return key, job, true
}
