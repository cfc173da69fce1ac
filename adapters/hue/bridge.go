package hue

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/model"
)

const (
	probeEvery   = time.Minute     // the bridge's stream has no sign of life
	retryFirst   = time.Second     // after the connection broke
	retryLongest = time.Minute     //
	settle       = 2 * time.Second // after devices were added or removed, until all is fetched anew
	lampsPerSec  = 10              // what the bridge takes, says its maker
	groupsPerSec = 1               //
)

// bridge follows one paired bridge.
type bridge struct {
	id     string
	client *client
	hub    adapters.Hub
	log    *slog.Logger
	lamps  *lan.Outbox[job]
	groups *lan.Outbox[job]

	mu      sync.Mutex // guards all below
	all     map[string]*resource
	things  map[model.SourceID]*thing
	of      map[string]*thing // by service
	colors  map[string][2]float64
	problem error
}

func newBridge(id, addr, key, pin string, hub adapters.Hub, log *slog.Logger) *bridge {
	return &bridge{id: id, client: newClient(addr, key, pin), hub: hub, log: log, lamps: lan.NewOutbox(lampsPerSec, 3, join), groups: lan.NewOutbox(groupsPerSec, 1, join),
		things: map[model.SourceID]*thing{}, of: map[string]*thing{}, colors: map[string][2]float64{}}
}

// run follows the bridge until the context ends.
func (b *bridge) run(ctx context.Context) {
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer b.client.close()
	helpers.Go(func() { b.lamps.Run(ctx, b.send) })
	helpers.Go(func() { b.groups.Run(ctx, b.send) })
	lan.Poll(ctx, retryFirst, retryFirst, retryLongest, nil, func(ctx context.Context) error {
		began := time.Now()
		err := b.session(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, errEnded):
			b.hears(err)
		default:
			b.down(err)
		}
		if time.Since(began) > retryLongest {
			return nil // it worked for a while: begin with the shortest wait again
		}
		return err
	})
}

// session is one connection: the stream first, then everything, so that nothing is missed in between. It always ends with an
// error; what is asked for at its beginning is taken though the stream may end meanwhile.
func (b *bridge) session(whole context.Context) error {
	ctx, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer cancel(nil)
	anew := make(chan struct{}, 1)
	err := b.client.stream(ctx, func() {
		helpers.Go(func() {
			if err := b.load(whole); err != nil {
				cancel(err)
				return
			}
			b.keep(ctx, cancel, anew)
		})
	}, func(events []event) {
		if b.take(events) {
			select {
			case anew <- struct{}{}:
			default:
			}
		}
	})
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// keep fetches everything when asked to, and asks now and then whether the bridge is still there.
func (b *bridge) keep(ctx context.Context, fail context.CancelCauseFunc, anew <-chan struct{}) {
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-anew:
			if !lan.Sleep(ctx, settle) {
				return
			}
			err = b.load(ctx)
		case <-time.After(probeEvery):
			var a answer
			_, err = b.client.once(ctx, "GET", "/clip/v2/resource/bridge", nil, &a)
		}
		if err != nil {
			fail(err)
			return
		}
	}
}

// load fetches everything and tells the hub what is new, what changed and what is gone.
func (b *bridge) load(ctx context.Context) error {
	all, err := b.client.fetch(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.things
	b.all, b.things, b.of, b.problem = all, map[model.SourceID]*thing{}, map[string]*thing{}, nil
	for _, t := range translate(all) {
		s := t.description.Source
		b.things[s] = t
		if before := old[s]; before == nil || !reflect.DeepEqual(before.description, t.description) {
			b.hub.Describe(t.description)
		}
		reachable, why := true, ""
		for id := range t.services {
			b.of[id] = t
			if ok, w := connected(all[id]); !ok {
				reachable, why = false, w
			}
		}
		b.hub.Reachable(s, reachable, why)
		for id, at := range t.services {
			b.report(t, at, all[id], true)
		}
	}
	for s := range old {
		if b.things[s] == nil {
			b.hub.Gone(s, "it is no longer in the Hue app")
		}
	}
	return nil
}

// connected says whether a device's radio link is up, where the resource tells.
func connected(r *resource) (ok bool, why string) {
	if r.Type != "zigbee_connectivity" {
		return true, ""
	}
	if s := r.word(); s != "connected" && s != "" {
		return false, "the Hue bridge cannot reach it; is it switched on at the wall?"
	}
	return true, ""
}

// report tells the hub what a resource says, under the lock. What was fetched answers the adapter's own question.
func (b *bridge) report(t *thing, at model.EndpointID, r *resource, fetched bool) {
	out := readings(at, r)
	for i := range out {
		out[i].CaughtUp = fetched
	}
	if r.Color != nil && r.Color.XY != nil {
		b.colors[r.ID] = [2]float64{r.Color.XY.X, r.Color.XY.Y}
	}
	if len(out) > 0 {
		b.hub.Report(t.description.Source, out)
	}
}

// take handles events and reports whether the set of resources changed.
func (b *bridge) take(events []event) (anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		for i := range e.Data {
			r := &e.Data[i]
			switch {
			case e.Type == "add" || e.Type == "delete", e.Type == "update" && r.Metadata != nil && b.of[r.ID] == nil, r.Children != nil:
				anew = true
			case e.Type == "update":
				b.update(r)
			}
		}
	}
	return anew
}

func (b *bridge) update(r *resource) {
	t := b.of[r.ID]
	if t == nil {
		return
	}
	if full := b.all[r.ID]; full != nil && r.Type == "" {
		r.Type = full.Type
	}
	if r.Type == "zigbee_connectivity" && r.word() != "" {
		ok, why := connected(r)
		b.hub.Reachable(t.description.Source, ok, why)
	}
	if name, ok := t.buttons[r.ID]; ok {
		if h, ok := pressed(t.description.Source, name, r); ok {
			b.hub.Happened(h)
		}
		return
	}
	b.report(t, t.services[r.ID], r, false)
}

// hears keeps that a bridge which answers sends no events; what it says when asked counts.
func (b *bridge) hears(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.problem == nil {
		b.problem = err
		b.log.Info("a Hue bridge sends no events", "bridge", b.id)
	}
}

// down marks everything unreachable.
func (b *bridge) down(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problem = err
	for s := range b.things {
		b.hub.Reachable(s, false, "the Hue bridge: "+err.Error())
	}
	b.log.Warn("a Hue bridge is lost and tried again", "bridge", b.id, "error", err)
}
