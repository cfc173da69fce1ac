// Package mqttbridge publishes the house's devices on MQTT, so that any other system can see and command them: by the
// Homie convention, version 5, and for Home Assistant also by its discovery messages, which point to Homie's topics.
// Neither is on until somebody asks for it (see [Settings]).
//
// Use: New(Options{House: ..., MQTT: ...}), then Run; Configure changes what is published, at any time.
//
// Topics: homie/5/<instance>-<device>/<endpoint>--<capability>/<attribute>, retained; /set behind it commands.
// The instance is the hub's own, so that two hubs may share a broker, and so that an adapter for MQTT
// devices knows what is the hub's own publication and leaves it alone. What came to the hub by MQTT
// discovery only is on MQTT already and is not published again: nothing goes round in circles.
//
// Home Assistant's messages are those of single components, which every version since 2020 understands.
//
// Order and pressure: changes are collected and published at most five times a second, the last value of each
// attribute only; events are published as they come. When the stream of effects lagged, all is published anew.
// What was published earlier and is no longer wanted is cleared from the broker, also after a restart. The hub's own
// device is "init" while its children are published, "ready", "disconnected" once the hub says goodbye, and "lost" when it goes without
// ([LastWill]), which is then true of its children too. After each new connection all is published anew.
//
// Convention: https://homieiot.github.io/specification/spec-core-v5_0_0/.
package mqttbridge

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// House is the running house.
type House interface {
	View() *home.View
	Ask(ctx context.Context, a home.Ask) (model.CommandID, error)
	// Events opens a stream with room for so many effects waiting; call the function when done.
	Events(room int) (<-chan home.Effect, func())
}

// MQTT is a connection to the broker.
type MQTT interface {
	// Subscribe calls h for each message that matches the filter, first for the retained ones, until cancel.
	Subscribe(filter string, h func(topic string, payload []byte, retained bool)) (cancel func(), err error)
	Publish(topic string, payload []byte, retain bool, qos byte) error
	// OnState calls f at once and whenever the connection came or went.
	OnState(f func(connected bool, why string))
}

// LastWill is what the broker is to publish, retained, when it loses the hub that publishes as this instance.
func LastWill(instance string) (topic string, payload []byte) {
	return "homie/5/" + instance + "/$state", []byte("lost")
}

// Settings say what is published.
type Settings struct {
	Homie         bool             `json:"homie"`
	HomeAssistant bool             `json:"home_assistant"`   // needs Homie's topics, which are then published too
	Rooms         []home.RoomID    `json:"rooms,omitempty"`  // only devices in these; empty: all
	Except        []model.DeviceID `json:"except,omitempty"` // never these
}

// On reports whether anything is published.
func (s Settings) On() bool { return s.Homie || s.HomeAssistant }

// Options are what a bridge is made of. House, MQTT and Instance are required.
type Options struct {
	House    House
	MQTT     MQTT
	Instance string // "concord-1a2b3c": begins the id of each device
	Prefix   string // Home Assistant's discovery prefix; "homeassistant" when empty
	Settings Settings
	Logger   *slog.Logger
}

// Bridge publishes a house. Make it with [New].
type Bridge struct {
	o   Options
	log *slog.Logger

	change chan Settings
	anew   chan struct{} // has one after each new connection

	mu     sync.Mutex
	stale  map[string]bool                // topics of ours that the broker had at the start
	slots  map[string]target              // by command topic
	sent   map[string]string              // retained topics and what is there
	shown  map[model.DeviceID]*shown      // devices published
	dirty  map[model.DeviceID]bool        // to be described anew
	values map[model.DeviceID][]home.Slot // changed since the last flush
}

const (
	flushEvery  = 200 * time.Millisecond
	collectTime = 30 * time.Second
	retryAfter  = 10 * time.Second
	eventRoom   = 4096
	maxPayload  = 4096 // of a command
)

// New makes a bridge; nothing happens until Run.
func New(o Options) *Bridge {
	if o.Prefix == "" {
		o.Prefix = "homeassistant"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Bridge{o: o, log: o.Logger, change: make(chan Settings, 1), anew: make(chan struct{}, 1), stale: map[string]bool{}, slots: map[string]target{}, sent: map[string]string{},
		shown: map[model.DeviceID]*shown{}, dirty: map[model.DeviceID]bool{}, values: map[model.DeviceID][]home.Slot{}}
}

// Configure changes what is published.
func (b *Bridge) Configure(s Settings) {
	select {
	case <-b.change: // only the last wish counts
	default:
	}
	b.change <- s
}

// Run publishes until the context ends. While nothing is to be published it only waits.
func (b *Bridge) Run(ctx context.Context) error {
	b.o.MQTT.OnState(func(connected bool, _ string) {
		if connected {
			select {
			case b.anew <- struct{}{}:
			default:
			}
		}
	})
	settings := b.o.Settings
	for {
		run, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			if settings.On() {
				done <- b.publish(run, settings)
				return
			}
			done <- b.clear(run)
		}()
		select {
		case <-ctx.Done():
			stop()
			<-done
			return nil
		case settings = <-b.change:
			stop()
			<-done
		}
	}
}

// publish follows the house until the context ends.
func (b *Bridge) publish(ctx context.Context, s Settings) error {
	effects, stop := b.o.House.Events(eventRoom)
	defer stop()
	for {
		err := b.session(ctx, s, effects)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errAnew) {
			continue
		}
		b.log.Warn("publishing the house on MQTT is interrupted and tried again", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-b.anew:
		case <-time.After(retryAfter):
		}
	}
}

// errAnew says that the connection is a new one: the broker may have said that the hub is lost, or have forgotten everything.
var errAnew = errors.New("the connection to the broker is a new one")

func (b *Bridge) session(ctx context.Context, s Settings, effects <-chan home.Effect) error {
	select {
	case <-b.anew: // this session is for it
	default:
	}
	cancel, err := b.o.MQTT.Subscribe("homie/5/+/+/+/set", b.command)
	if err != nil {
		return err
	}
	defer cancel()
	if err := b.collect(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	b.sent, b.shown = map[string]string{}, map[model.DeviceID]*shown{}
	b.mu.Unlock()
	if err := b.put(b.root()+"/$state", "init"); err != nil {
		return err
	}
	if err := b.all(s); err != nil {
		return err
	}
	b.sweep()
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return b.put(b.root()+"/$state", "disconnected")
		case <-b.anew:
			return errAnew
		case e := <-effects:
			if b.take(e) {
				if err := b.all(s); err != nil {
					return err
				}
			}
		case <-tick.C:
			if err := b.flush(s); err != nil {
				return err
			}
		}
	}
}

// collect notes which topics of ours the broker still has. A broker that is elsewhere sends them in its own time, but before
// what is published after it was asked.
func (b *Bridge) collect(ctx context.Context) error {
	for _, filter := range []string{"homie/5/+/$state", "homie/5/+/$description", "homie/5/+/+/+", b.o.Prefix + "/+/+/+/config"} {
		cancel, err := b.o.MQTT.Subscribe(filter, func(topic string, payload []byte, retained bool) {
			if retained && len(payload) > 0 && b.ours(topic) {
				b.mu.Lock()
				b.stale[topic] = true
				b.mu.Unlock()
			}
		})
		if err != nil {
			return err
		}
		defer cancel()
	}
	last := make(chan struct{}, 1)
	cancel, err := b.o.MQTT.Subscribe(b.root()+"/$collected", func(string, []byte, bool) {
		select {
		case last <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer cancel()
	if err := b.o.MQTT.Publish(b.root()+"/$collected", []byte("true"), false, 0); err != nil {
		return err
	}
	select {
	case <-last:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(collectTime):
		return errors.New("the broker does not say what it has of ours")
	}
}

// ours reports whether a topic was published by this hub.
func (b *Bridge) ours(topic string) bool {
	for part := range strings.SplitSeq(topic, "/") {
		if part == b.o.Instance || strings.HasPrefix(part, b.o.Instance+"-") {
			return true
		}
	}
	return false
}

// sweep clears what the broker had of ours and is not published any more.
func (b *Bridge) sweep() {
	b.mu.Lock()
	var old []string
	for topic := range b.stale {
		if _, wanted := b.sent[topic]; !wanted {
			old = append(old, topic)
		}
	}
	b.stale = map[string]bool{}
	b.mu.Unlock()
	slices.Sort(old)
	for _, topic := range old {
		if err := b.o.MQTT.Publish(topic, nil, true, 0); err != nil {
			b.log.Debug("clearing what was published earlier", "topic", topic, "error", err)
		}
	}
}

// clear takes back all that was published, as soon as there is a broker.
func (b *Bridge) clear(ctx context.Context) error {
	for b.collect(ctx) != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-b.anew:
		case <-time.After(retryAfter):
		}
	}
	b.mu.Lock()
	b.sent, b.shown, b.slots = map[string]string{}, map[model.DeviceID]*shown{}, map[string]target{}
	b.mu.Unlock()
	b.sweep()
	<-ctx.Done()
	return nil
}

// take notes an effect and reports whether all must be published anew.
func (b *Bridge) take(e home.Effect) (anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := e.(type) {
	case home.Changed:
		if b.shown[e.Device] != nil {
			slot := home.Slot{Endpoint: e.Endpoint, Attribute: e.Attribute}
			if !slices.Contains(b.values[e.Device], slot) {
				b.values[e.Device] = append(b.values[e.Device], slot)
			}
		}
	case home.Occurred:
		if d := b.shown[e.Device]; d != nil {
			d.happened(b, e)
		}
	case home.DeviceMoved:
		b.dirty[e.Device] = true
	case home.HouseMoved:
		return e.What == "rooms"
	case home.CommandMoved, home.PresenceMoved, home.SceneRan, home.Refused, home.Send, home.SetTimer, home.ClearTimer:
	default: // of no type of package home: some were missed
		return true
	}
	return false
}

// flush publishes what changed.
func (b *Bridge) flush(s Settings) error {
	b.mu.Lock()
	dirty, values := b.dirty, b.values
	b.dirty, b.values = map[model.DeviceID]bool{}, map[model.DeviceID][]home.Slot{}
	b.mu.Unlock()
	if len(dirty) == 0 && len(values) == 0 {
		return nil
	}
	v := b.o.House.View()
	for _, id := range slices.Sorted(maps.Keys(dirty)) {
		if err := b.device(v, id, s); err != nil {
			return err
		}
	}
	if len(dirty) > 0 {
		if err := b.describeRoot(); err != nil {
			return err
		}
	}
	for id, slots := range values {
		d := v.Device(id)
		b.mu.Lock()
		x := b.shown[id]
		b.mu.Unlock()
		if d == nil || x == nil {
			continue
		}
		for _, slot := range slots {
			if err := x.value(b, d, slot); err != nil {
				return err
			}
		}
	}
	return nil
}

// all publishes every device that is to be, and takes back the others.
func (b *Bridge) all(s Settings) error {
	v := b.o.House.View()
	ids := map[model.DeviceID]bool{}
	for _, d := range v.Devices() {
		ids[d.ID] = true
	}
	b.mu.Lock()
	for id := range b.shown {
		ids[id] = true
	}
	b.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := b.device(v, id, s); err != nil {
			return err
		}
	}
	return b.describeRoot()
}

// chosen reports whether a device is to be published.
func (s Settings) chosen(v *home.View, d *home.Device) bool {
	if d == nil || slices.Contains(s.Except, d.ID) || len(s.Rooms) > 0 && !slices.Contains(s.Rooms, d.Room) {
		return false
	}
	return slices.ContainsFunc(d.Sources, func(id model.SourceID) bool {
		src := v.Source(id)
		return !strings.HasPrefix(string(id), "mqttdiscovery/") && src != nil && !src.Gone
	})
}

// put publishes a retained message unless it is there already; an empty one takes it back.
func (b *Bridge) put(topic, payload string) error {
	b.mu.Lock()
	was, there := b.sent[topic]
	b.mu.Unlock()
	if there && was == payload || !there && payload == "" {
		return nil
	}
	if err := b.o.MQTT.Publish(topic, []byte(payload), true, 0); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if payload == "" {
		delete(b.sent, topic)
	} else {
		b.sent[topic] = payload
	}
	return nil
}
