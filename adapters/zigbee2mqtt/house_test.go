package zigbee2mqtt

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters/adaptertest"
)

// house is an adapter at work with a clock that only tests move.
type house struct {
	t      testing.TB
	a      *Adapter
	broker *adaptertest.Broker
	hub    *recorder
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

type timer struct {
	at   time.Time
	f    func()
	gone bool
}

func newHouse(t testing.TB) *house {
	h := &house{t: t, broker: adaptertest.NewBroker(), hub: newRecorder(),
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	h.a = New(Options{MQTT: h.broker, Now: h.clock, After: h.after})
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) after(d time.Duration, f func()) func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := &timer{at: h.now.Add(d), f: f}
	h.timers = append(h.timers, x)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		x.gone = true
	}
}

// start runs the adapter until the test ends.
func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.a.Run(ctx, h.hub) }()
	h.t.Cleanup(func() {
		for _, err := range h.hub.refused {
			h.t.Errorf("the hub would refuse: %v", err)
		}
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("Run: %v", err)
		}
	})
	h.until(func() bool { return h.broker.Subscriptions() >= 9 })
}

// until polls for a condition.
func (h *house) until(ok func() bool) {
	h.t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			h.t.Fatal("the condition never held")
		case <-tick.C:
		}
	}
}

// settle waits until the adapter's own goroutine has done all it was given.
func (h *house) settle() {
	for range 3 { // a job may post another
		done := make(chan struct{})
		h.a.jobs.post(func() { close(done) })
		<-done
	}
}

// pass lets time pass.
func (h *house) pass(d time.Duration) {
	h.settle()
	h.mu.Lock()
	end := h.now.Add(d)
	h.mu.Unlock()
	for {
		h.mu.Lock()
		var next *timer
		for _, x := range h.timers {
			if !x.gone && !x.at.After(end) && (next == nil || x.at.Before(next.at)) {
				next = x
			}
		}
		if next == nil {
			h.now = end
			h.mu.Unlock()
			return
		}
		next.gone = true
		if next.at.After(h.now) {
			h.now = next.at
		}
		h.timers = slices.DeleteFunc(h.timers, func(x *timer) bool { return x.gone })
		h.mu.Unlock()
		next.f()
		h.settle()
	}
}

func (h *house) say(topic, payload string) {
	h.broker.Deliver("zigbee2mqtt/"+topic, payload, false)
	h.settle()
}
func (h *house) keep(topic, payload string) {
	h.broker.Deliver("zigbee2mqtt/"+topic, payload, true)
	h.settle()
}

func (h *house) want(source, endpoint, attribute, value string) {
	h.t.Helper()
	if got := h.hub.value(source, endpoint, attribute); got != value {
		h.t.Errorf("%s of %s on %s is %q, want %q", attribute, source, endpoint, got, value)
	}
}
