// Package owntracks takes positions from the OwnTracks apps for iOS and Android over the hub's MQTT connection.
// A phone is no device: it only tells where a person may be, through [Fixes].
//
// Use: give New the connection, the hub's Located method and, where phones encrypt, their keys; add the adapter to the
// hub. In the app choose MQTT mode; the tracker to enter for a person is "owntracks/USER/DEVICE". For the
// app's HTTP mode a bridge calls [Decode] with the body of the request.
//
// Positions go to Fixes and nowhere else: no log line, error or check holds one.
package owntracks

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Fixes takes where a tracker said it was, and which regions it watches.
type Fixes interface {
	Located(tracker string, f model.Fix)
	RegionsTold(tracker string, r model.Regions)
}

// Options are what the adapter is made of. MQTT and Fixes are required.
type Options struct {
	MQTT  adapters.MQTT
	Fixes Fixes
	// Keys returns the encryption key of a phone, if it has one. Nil: no phone encrypts.
	Keys func(user, device string) (key string, ok bool)
	// Now is the clock; default time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Adapter implements [adapters.Adapter].
type Adapter struct {
	o Options

	mu       sync.Mutex
	hub      adapters.Hub
	trackers map[string]*heard
}

// heard is what is kept of a tracker: when it last spoke, never where.
type heard struct {
	at       time.Time // of the newest fix
	crossed  string    // the newest fix's transition
	fixes    int
	regions  int    // messages that told of regions
	problem  string // the last, "" once a message is fine again
	problems int
}

// maxTrackers bounds memory against a client that makes up topics.
const maxTrackers = 256

// New makes the adapter.
func New(o Options) *Adapter {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Adapter{o: o, trackers: map[string]*heard{}}
}

// Name is "owntracks".
func (a *Adapter) Name() string { return "owntracks" }

// filters cover positions, the crossing of regions, the regions themselves, and what the app is told of them. What else the apps
// publish (status, steps, cards) lies on topics of its own and is not asked for.
var filters = []string{prefix + "+/+", prefix + "+/+/event", prefix + "+/+/waypoint", prefix + "+/+/waypoints", prefix + "+/+/dump", prefix + "+/+/cmd"}

// Run listens until the context ends.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	a.mu.Lock()
	a.hub = hub
	a.mu.Unlock()
	for _, filter := range filters {
		cancel, err := a.o.MQTT.Subscribe(filter, a.message)
		if err != nil {
			return fmt.Errorf("owntracks cannot listen to %s: %w", filter, err)
		}
		defer cancel()
	}
	<-ctx.Done()
	return nil
}

// Execute rejects: a phone takes no commands.
func (a *Adapter) Execute(cmd model.Command) {
	a.mu.Lock()
	hub := a.hub
	a.mu.Unlock()
	if hub != nil {
		hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected,
			Reason: model.Reason{Code: model.ReasonUnsupported, Detail: "a phone only tells where it is and takes no commands"}})
	}
}

// message takes one message. Handlers may run side by side.
func (a *Adapter) message(m adapters.Message) {
	h, err := Decode(m.Topic, m.Payload, a.key(m.Topic))
	if h.Tracker == "" || !a.take(h, err) { // a topic that the filter should not have let through
		return
	}
	if h.Fix != nil {
		a.o.Fixes.Located(h.Tracker, *h.Fix)
	} else {
		a.o.Fixes.RegionsTold(h.Tracker, *h.Regions)
	}
}

func (a *Adapter) key(topic string) string {
	user, device, err := splitTopic(topic)
	if err != nil || a.o.Keys == nil {
		return ""
	}
	if key, ok := a.o.Keys(user, device); ok {
		return key
	}
	return ""
}

// take keeps the record of a tracker and tells whether what was heard is news: apps repeat transitions, brokers
// send retained positions again, and queued ones come after newer ones.
func (a *Adapter) take(x Heard, err error) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	nothing := x.Fix == nil && x.Regions == nil
	h := a.trackers[x.Tracker]
	if h == nil {
		if nothing && err == nil || len(a.trackers) >= maxTrackers {
			return false
		}
		h = &heard{}
		a.trackers[x.Tracker] = h
	}
	if err != nil {
		a.trouble(x.Tracker, h, err.Error())
		return false
	}
	if nothing {
		return false
	}
	h.problem = ""
	if x.Fix == nil {
		h.regions++
		return true
	}
	fix := x.Fix
	at := fix.At
	if now := a.o.Now(); at.After(now) { // a clock that runs ahead must not silence what comes later
		at = now
	}
	if at.Before(h.at) || at.Equal(h.at) && (fix.Transition == "" || fix.Transition == h.crossed) {
		return false
	}
	h.at, h.crossed = at, fix.Transition
	h.fixes++
	return true
}

// trouble logs a problem once, until another comes or a message is fine again.
func (a *Adapter) trouble(tracker string, h *heard, problem string) {
	h.problems++
	if h.problem != problem {
		a.o.Logger.Warn("a phone's message was not taken", "tracker", tracker, "why", problem)
	}
	h.problem = problem
}
