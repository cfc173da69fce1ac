package mqttdiscovery

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

const adapterName = "mqttdiscovery"

const (
	settle       = 300 * time.Millisecond // a device's announcements come one after another
	coverTimeout = 60 * time.Second       // motors
	pendingFor   = time.Minute            // how long after a command all is reported, also what has not changed
	expireEvery  = 5 * time.Second
	maxDevices   = 2000
	maxHeld      = 16 << 10 // bytes of a message kept for a device that is described anew
)

// Options is what an Adapter needs. Only MQTT is required.
type Options struct {
	MQTT   adapters.MQTT
	Prefix string // Home Assistant's discovery prefix; "homeassistant" when empty
	// Own begins the ids of what the hub itself publishes, which is never taken in; "" when it publishes nothing.
	Own string
	// Native are base topics whose devices another adapter brings with more detail: what is announced for them is left to it.
	Native []string
	// May reports whether an account of the broker ([adapters.Message].From) may publish on a topic: what a client announces
	// makes the hub publish nowhere else. Nil: everybody may, but on the topics of the hub itself and of Native.
	May func(account, topic string) bool
	// People takes what trackers of people tell; nil: nobody asks.
	People People
	Now    func() time.Time
	Logger *slog.Logger
}

// Adapter follows what is announced on one broker. Make it with [New].
type Adapter struct {
	o   Options
	log *slog.Logger
	hub adapters.Hub

	wake chan struct{}
	subs map[string]func() // by filter; Run's goroutine only

	mu      sync.Mutex // guards all below
	devices map[string]announced
	dirty   map[string]bool
	entity  map[string]string // from a Home Assistant announcement to its device
	live    map[string]*live  // by the device's key
	source  map[model.SourceID]*live
	topics  map[string][]*live
	last    map[string]held // by topic
	refused int
	why     string // the last refusal
}

// announced is what a convention knows of a device.
type announced interface {
	// thing makes the device; nil when too little is known yet.
	thing() (*thing, error)
	// follows lists filters needed before the device is complete.
	follows() []string
}

var (
	_ adapters.Adapter = (*Adapter)(nil)
	_ adapters.Doctor  = (*Adapter)(nil)
)

// New makes an adapter; nothing happens until Run.
func New(o Options) *Adapter {
	o.Prefix = cmp.Or(o.Prefix, "homeassistant")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Adapter{o: o, log: o.Logger, wake: make(chan struct{}, 1)}
	a.reset()
	return a
}

func (a *Adapter) reset() {
	a.subs = map[string]func(){}
	a.devices, a.dirty, a.entity = map[string]announced{}, map[string]bool{}, map[string]string{}
	a.live, a.source = map[string]*live{}, map[model.SourceID]*live{}
	a.topics, a.last = map[string][]*live{}, map[string]held{}
}

// Name returns "mqttdiscovery".
func (a *Adapter) Name() string { return adapterName }

// Run follows the broker until the context ends. It fails when it cannot subscribe.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	a.mu.Lock()
	a.reset()
	a.hub = hub
	a.mu.Unlock()
	defer func() {
		for _, cancel := range a.subs {
			cancel()
		}
	}()
	for filter, h := range map[string]func(adapters.Message){
		a.o.Prefix + "/+/+/config": a.homeAssistant, a.o.Prefix + "/+/+/+/config": a.homeAssistant,
		"tasmota/discovery/+/config": a.tasmota, "tasmota/discovery/+/sensors": a.tasmota,
		"+/5/+/$state": a.homie5, "+/5/+/$description": a.homie5, "homie/+/$homie": a.homie4,
	} {
		if err := a.subscribe(filter, h); err != nil {
			return err
		}
	}
	// What forgets its announcements in the broker makes them anew when a home automation says that it has come.
	if err := a.o.MQTT.Publish(a.o.Prefix+"/status", []byte("online"), false, 0); err != nil {
		a.log.Warn("devices are not told that the hub has come", "error", err)
	}
	look := time.NewTicker(expireEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			a.expire()
			continue
		case <-a.wake:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(settle):
		}
		if err := a.apply(); err != nil {
			return err
		}
	}
}

func (a *Adapter) subscribe(filter string, h func(adapters.Message)) error {
	cancel, err := a.o.MQTT.Subscribe(filter, h)
	if err != nil {
		return fmt.Errorf("subscribing to %s: %w; is the broker up?", filter, err)
	}
	a.subs[filter] = cancel
	return nil
}

// touch marks a device for being made anew, under the lock.
func (a *Adapter) touch(key string) {
	a.dirty[key] = true
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// refuse counts what cannot be used, under the lock.
func (a *Adapter) refuse(topic string, err error) {
	a.refused++
	a.why = topic + ": " + err.Error()
	a.log.Warn("an announcement on MQTT cannot be used", "topic", topic, "error", err)
}

// apply makes the devices anew that were announced, and follows their topics.
func (a *Adapter) apply() error {
	a.mu.Lock()
	keys := make([]string, 0, len(a.dirty))
	for key := range a.dirty {
		keys = append(keys, key)
	}
	clear(a.dirty)
	slices.Sort(keys)
	var asks []outgoing
	for _, key := range keys {
		asks = append(asks, a.make(key)...)
	}
	wanted := a.wanted()
	a.mu.Unlock()
	if err := a.follow(wanted); err != nil {
		return err
	}
	for _, o := range asks {
		if err := a.o.MQTT.Publish(o.topic, []byte(o.payload), o.retain, o.qos); err != nil {
			a.log.Warn("asking a device for its state", "topic", o.topic, "error", err)
		}
	}
	return nil
}

// make makes one device anew, under the lock, and returns what to ask it.
func (a *Adapter) make(key string) []outgoing {
	d := a.devices[key]
	old := a.live[key]
	if d == nil {
		if old != nil {
			a.forget(key, old)
			a.hub.Gone(old.description.Source, "it is no longer announced on MQTT")
		}
		return nil
	}
	t, err := d.thing()
	if err != nil {
		a.refuse(key, err)
		return nil
	}
	if t == nil {
		return nil
	}
	l := &live{thing: t, byTopic: map[string][]int{}, values: make([]model.Value, len(t.points)), memory: make([]bool, len(t.points)), heard: make([]time.Time, len(t.points)), present: map[string]bool{}}
	if old != nil {
		a.forget(key, old)
		l.asked, l.present, l.reach = old.asked, old.present, old.reach
		for i, p := range t.points {
			if j, ok := old.index[slot{p.endpoint, p.property.Attribute}]; ok {
				l.values[i], l.heard[i] = old.values[j], old.heard[j]
			}
		}
	}
	a.live[key], a.source[t.description.Source] = l, l
	for i, p := range t.points {
		for _, topic := range append([]string{p.topic}, p.more...) {
			if topic != "" {
				l.byTopic[topic] = append(l.byTopic[topic], i)
			}
		}
	}
	for topic := range l.follows() {
		a.topics[topic] = append(a.topics[topic], l)
	}
	if old == nil || !reflect.DeepEqual(old.description, t.description) {
		a.hub.Describe(t.description)
	}
	for topic := range l.follows() {
		if h, ok := a.last[topic]; ok {
			a.hear(l, &message{topic: topic, payload: h.payload, retained: true})
		}
	}
	if old != nil {
		return nil
	}
	return t.asks
}

func (a *Adapter) forget(key string, l *live) {
	delete(a.live, key)
	delete(a.source, l.description.Source)
	for topic := range l.follows() {
		rest := slices.DeleteFunc(slices.Clone(a.topics[topic]), func(x *live) bool { return x == l })
		if a.topics[topic] = rest; len(rest) == 0 {
			delete(a.topics, topic)
			delete(a.last, topic)
		}
	}
}

// Checks says how many devices are announced and what of them cannot be used.
func (a *Adapter) Checks() []adapters.Check {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []adapters.Check{{Name: "devices", OK: true, Detail: fmt.Sprintf("%d devices are announced on MQTT", len(a.live))}}
	if a.refused > 0 {
		out = append([]adapters.Check{{Name: "announcements", Detail: fmt.Sprintf("%d announcements could not be used; the last: %s", a.refused, a.why)}}, out...)
	}
	left, example := 0, ""
	for _, l := range a.live {
		left += len(l.left)
		if len(l.left) > 0 && (example == "" || l.left[0] < example) {
			example = l.left[0]
		}
	}
	if left > 0 {
		out = append(out, adapters.Check{Name: "left out", OK: true, Detail: fmt.Sprintf("%d properties are left out, such as %s", left, example)})
	}
	return out
}
