package adaptertest

import (
	"context"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
)

// Start runs an adapter with an observer as its hub, until the test ends or stop is called, and reports each breach of the contract.
func Start(t *testing.T, a adapters.Adapter, o *Observer) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, o) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		for _, v := range o.Violations() {
			t.Error(v)
		}
	}
	t.Cleanup(stop)
	return stop
}

// Await waits for something to become true of what was told.
func (o *Observer) Await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if !o.Wait(ctx, ok) {
		t.Fatalf("never: %s", what)
	}
}
