// Package network takes from MQTT which phones are in reach of the home network: from a router's script, a presence daemon
// or anything else that can publish. A phone is no device: it only tells whether a person may be in, through [Reach].
//
// Use: publish to presence/KIND/NAME, retained or not; the tracker to enter for the person is "KIND/NAME", such as
// "router/li". Payloads: home or not_home, online or offline, connected or disconnected, on or off, true or false, 1 or 0; or
// JSON with one of the members connected, home, presence, online, state, status.
package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Reach takes whether a tracker is in reach of the home network.
type Reach interface {
	Associated(tracker string, connected bool)
}

// Options are what the adapter is made of. MQTT and Reach are required.
type Options struct {
	MQTT   adapters.MQTT
	Reach  Reach
	Logger *slog.Logger
}

// Adapter implements [adapters.Adapter].
type Adapter struct {
	o Options

	mu     sync.Mutex
	hub    adapters.Hub
	last   map[string]bool
	faulty map[string]bool // trackers whose last payload could not be read: said once
}

// maxTrackers bounds memory against a client that makes up topics.
const maxTrackers = 256

// New makes the adapter.
func New(o Options) *Adapter {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Adapter{o: o, last: map[string]bool{}, faulty: map[string]bool{}}
}

// Name is "network".
func (a *Adapter) Name() string { return "network" }

const prefix = "presence/"

// Run listens until the context ends.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	a.mu.Lock()
	a.hub = hub
	a.mu.Unlock()
	cancel, err := a.o.MQTT.Subscribe(prefix+"+/+", a.message)
	if err != nil {
		return fmt.Errorf("the presence of phones cannot be listened to at %s+/+: %w", prefix, err)
	}
	defer cancel()
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
			Reason: model.Reason{Code: model.ReasonUnsupported, Detail: "a phone on the network takes no commands"}})
	}
}

func (a *Adapter) message(m adapters.Message) {
	tracker, ok := strings.CutPrefix(m.Topic, prefix)
	if !ok || len(m.Payload) == 0 {
		return
	}
	on, err := Decode(m.Payload)
	if !a.take(tracker, on, err) {
		return
	}
	a.o.Reach.Associated(tracker, on)
}

// take tells whether it is news.
func (a *Adapter) take(tracker string, on bool, err error) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, known := a.last[tracker]
	if !known && len(a.last)+len(a.faulty) >= maxTrackers {
		return false
	}
	if err != nil {
		if !a.faulty[tracker] {
			a.o.Logger.Warn("a phone's presence was not taken", "tracker", tracker, "why", err)
		}
		a.faulty[tracker] = true
		return false
	}
	delete(a.faulty, tracker)
	a.last[tracker] = on
	return !known || was != on
}

// ErrPayload says that a payload tells neither presence nor absence.
var ErrPayload = errors.New("expected home or not_home, online or offline, or JSON with connected")

var words = map[string]bool{
	"home": true, "not_home": false, "away": false, "online": true, "offline": false, "connected": true, "disconnected": false,
	"on": true, "off": false, "true": true, "false": false, "1": true, "0": false, "associated": true, "disassociated": false,
	"present": true, "absent": false, "not_present": false,
}

const maxPayload = 4 << 10

// Decode reads a payload.
func Decode(payload []byte) (connected bool, err error) {
	if len(payload) > maxPayload {
		return false, ErrPayload
	}
	if on, ok := words[strings.ToLower(strings.TrimSpace(string(payload)))]; ok {
		return on, nil
	}
	var m map[string]any
	if err := json.Unmarshal(payload, &m); err != nil {
		return false, ErrPayload
	}
	for _, key := range []string{"connected", "home", "presence", "online", "state", "status"} {
		v, given := m[key]
		if !given {
			continue
		}
		if on, ok := words[strings.ToLower(fmt.Sprint(v))]; ok {
			return on, nil
		}
	}
	return false, ErrPayload
}
