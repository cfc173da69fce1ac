package adaptertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Subject is an adapter to be driven.
type Subject struct {
	// New makes the adapter anew, against the same devices.
	New func() adapters.Adapter
	// Sources is how many sources it has once it is settled.
	Sources int
	// Ready, unless nil, reports whether the adapter has settled otherwise.
	Ready func() bool
	// Command, unless empty, is one that a device carries out; its ID and Deadline are filled in.
	Command model.Command
}

// patience is how long an adapter may take for anything.
const patience = time.Minute

// Run drives an adapter through its life, twice, and holds it against its contract.
func Run(t *testing.T, s Subject) {
	t.Helper()
	first := s.life(t, "first")
	second := s.life(t, "second")
	if !slices.Equal(first, second) {
		t.Errorf("its sources were %v, and are %v after a restart", first, second)
	}
}

// life is one life of the adapter, from Run to its end; it returns the sources.
func (s Subject) life(t *testing.T, name string) []model.SourceID {
	t.Helper()
	a := s.New()
	o := NewObserver(a.Name())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, o) }()
	limit, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if !o.Wait(limit, func() bool { return len(o.Sources()) >= s.Sources }) {
		t.Fatalf("%s life: %d sources after %v, expected %d", name, len(o.Sources()), patience, s.Sources)
	}
	s.settle(limit, t, name)
	if s.Command.Source != "" {
		s.command(t, a, o, s.Command, "a command", model.Acked)
	}
	unknown := model.Command{Source: model.SourceID(a.Name() + "/no-such-thing"), Endpoint: model.MainEndpoint,
		Writes: []model.Write{{Attribute: model.AttrOnOffOn, Value: model.Bool(true)}}}
	s.command(t, a, o, unknown, "a command to a source that does not exist", model.Rejected)
	if d, ok := a.(adapters.Doctor); ok {
		for _, c := range d.Checks() {
			if c.Name == "" || c.Detail == "" {
				t.Errorf("a check says nothing: %+v", c)
			}
		}
	}
	sources := o.Sources()
	cancel()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s life: Run ended with %v after its context did", name, err)
		}
	case <-time.After(patience):
		t.Fatalf("%s life: Run does not end after its context did", name)
	}
	for _, v := range o.Violations() {
		t.Errorf("%s life: %s", name, v)
	}
	return sources
}

// settle waits until the adapter says that it is ready.
func (s Subject) settle(limit context.Context, t *testing.T, name string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.Ready != nil && !s.Ready() {
		select {
		case <-limit.Done():
			t.Fatalf("%s life: it is not ready after %v", name, patience)
		case <-tick.C:
		}
	}
}

// command gives a command and waits for its outcome.
func (s Subject) command(t *testing.T, a adapters.Adapter, o *Observer, c model.Command, what string, want model.Status) {
	t.Helper()
	c.ID, c.Deadline = model.CommandID("adaptertest "+what), time.Now().Add(patience/2)
	returned := make(chan struct{})
	go func() { a.Execute(c); close(returned) }()
	select {
	case <-returned:
	case <-time.After(patience):
		t.Fatalf("%s: Execute does not return", what)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if !o.Wait(ctx, func() bool { _, ok := o.OutcomeOf(c.ID); return ok }) {
		t.Errorf("%s was never answered", what)
		return
	}
	if out, _ := o.OutcomeOf(c.ID); out.Status != want {
		t.Errorf("%s is %s (%s), expected %s", what, out.Status, out.Reason, want)
	}
}
