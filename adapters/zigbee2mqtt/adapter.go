package zigbee2mqtt

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Options is what an Adapter needs. Only MQTT is required.
type Options struct {
	Base   string        // Zigbee2MQTT's base_topic; "zigbee2mqtt" when empty
	MQTT   adapters.MQTT // the hub's connection to the broker that Zigbee2MQTT uses
	Now    func() time.Time
	After  func(d time.Duration, f func()) (stop func()) // calls f once, after d; time.AfterFunc when nil
	Logger *slog.Logger
	// WebSocketURL is Zigbee2MQTT's own WebSocket ("ws://host:8080/api?token=..."), "" when its
	// front end is off. It hands over the state of every device at once, which MQTT does not.
	WebSocketURL string
}

// Adapter follows one Zigbee2MQTT instance. Make it with [New].
type Adapter struct {
	o   Options
	log *slog.Logger
	hub adapters.Hub

	jobs queue // what runs in Run's own goroutine, in order

	mu        sync.Mutex           // guards all below
	devices   map[string]*device   // by IEEE address, or group id as "group-7"
	names     map[string]*device   // by friendly name: the current topics
	held      map[string]heldState // the last state under a name that nobody has yet
	avail     map[string]string    // by friendly name: what <name>/availability said last
	fields    []field              // scratch of the message at hand
	readings  []model.Reading      // likewise
	bindings  []*binding           // likewise, parallel to readings
	bridge    bridgeState
	waiting   map[string]chan response
	serial    int
	devicesIn rawList
	groupsIn  rawList
	unswept   []string // identities of devices that this sweep has still to ask for their state
	sweeping  bool

	// Only Run's goroutine touches these.
	translations map[uint64]*translation
	groups       []groupEntry
	subs         map[string][]func() // exact subscriptions for names with a slash
}

var (
	_ adapters.Adapter = (*Adapter)(nil)
	_ adapters.Pairer  = (*Adapter)(nil)
	_ adapters.Remover = (*Adapter)(nil)
	_ adapters.Doctor  = (*Adapter)(nil)
)

// New makes an adapter; nothing happens until Run.
func New(o Options) *Adapter {
	o.Base = strings.Trim(cmp.Or(o.Base, "zigbee2mqtt"), "/")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) func() {
			t := time.AfterFunc(d, f)
			return func() { t.Stop() }
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Adapter{o: o, log: o.Logger}
	a.jobs.wake = make(chan struct{}, 1)
	a.reset()
	return a
}

// reset forgets what an earlier run learned: the retained messages say it all again.
func (a *Adapter) reset() {
	a.devices, a.names = map[string]*device{}, map[string]*device{}
	a.held, a.avail = map[string]heldState{}, map[string]string{}
	a.waiting = map[string]chan response{}
	a.translations, a.subs = map[uint64]*translation{}, map[string][]func(){}
	a.bridge, a.devicesIn, a.groupsIn, a.groups = bridgeState{}, rawList{}, rawList{}, nil
	a.unswept, a.sweeping = nil, false
}

// Name returns "zigbee2mqtt".
func (a *Adapter) Name() string { return adapterName }

// Run follows Zigbee2MQTT until the context ends. It fails when it cannot subscribe.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	a.mu.Lock()
	a.reset()
	a.hub = hub
	a.mu.Unlock()
	defer a.unsubscribe()
	for _, filter := range []string{
		"bridge/state", "bridge/info", "bridge/devices", "bridge/groups", "bridge/event", "bridge/logging", "bridge/response/#",
		"+/availability", "+",
	} {
		if err := a.subscribe("", filter); err != nil {
			return err
		}
	}
	var helpers sync.WaitGroup
	defer helpers.Wait()
	if a.o.WebSocketURL != "" {
		helpers.Go(func() { a.snapshot(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.jobs.wake:
			a.jobs.run()
		}
	}
}

// Execute carries a command out in the caller's goroutine where nothing is in its way, which
// saves the lamp a change of goroutines, and else queues it; see adapters.Adapter.
func (a *Adapter) Execute(cmd model.Command) {
	if a.jobs.idle() && a.mu.TryLock() {
		defer a.mu.Unlock()
		a.execute(cmd)
		return
	}
	a.jobs.post(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.execute(cmd)
	})
}

// subscribe subscribes below the base topic on behalf of a device's name, or of the adapter ("").
func (a *Adapter) subscribe(owner, filter string) error {
	cancel, err := a.o.MQTT.Subscribe(a.o.Base+"/"+filter, func(m adapters.Message) {
		a.message(strings.TrimPrefix(m.Topic, a.o.Base+"/"), m.Payload, m.Retained)
	})
	if err != nil {
		return fmt.Errorf("subscribing to %s/%s: %w; is the broker up?", a.o.Base, filter, err)
	}
	a.subs[owner] = append(a.subs[owner], cancel)
	return nil
}

func (a *Adapter) unsubscribe() {
	for _, cancels := range a.subs {
		for _, cancel := range cancels {
			cancel()
		}
	}
}

// message handles one message; the topic is without the base. The payload is only read.
func (a *Adapter) message(topic string, payload []byte, retained bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.names[topic]; d != nil { // by far the most frequent
		a.state(d, payload, retained)
		return
	}
	if rest, ok := strings.CutPrefix(topic, "bridge/"); ok {
		a.bridgeMessage(rest, payload, retained)
		return
	}
	if name, ok := strings.CutSuffix(topic, "/availability"); ok {
		a.availability(name, payload)
		return
	}
	// A name that bridge/devices has not brought yet, or something that is no device.
	if len(payload) > 0 && payload[0] == '{' && len(a.held) < maxHeld {
		a.held[topic] = heldState{append([]byte(nil), payload...), retained}
	} else if len(payload) == 0 {
		delete(a.held, topic)
	}
}

type heldState struct {
	payload  []byte
	retained bool
}

// maxHeld bounds what is kept for names that may never be known.
const maxHeld = 1000

// bridgeMessage handles what is below bridge/. Large payloads are copied and parsed outside the lock.
func (a *Adapter) bridgeMessage(topic string, payload []byte, retained bool) {
	switch topic {
	case "state":
		a.bridgeOnline(payload, retained)
	case "info":
		a.bridge.learn(payload, a.log)
	case "devices":
		a.takeList(&a.devicesIn, payload, a.loadDevices)
	case "groups":
		a.takeList(&a.groupsIn, payload, a.loadGroups)
	case "event":
		a.event(payload)
	case "logging":
		a.logging(payload)
	default:
		if strings.HasPrefix(topic, "response/") {
			a.answered(payload)
		}
	}
}

// queue is the work of Run's goroutine.
type queue struct {
	mu      sync.Mutex
	jobs    []func()
	pending atomic.Int64 // jobs that wait or run
	wake    chan struct{}
}

// idle reports that no job waits or runs: what is done at once overtakes nothing.
func (q *queue) idle() bool { return q.pending.Load() == 0 }

func (q *queue) post(job func()) {
	q.pending.Add(1)
	q.mu.Lock()
	q.jobs = append(q.jobs, job)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) run() {
	for {
		q.mu.Lock()
		jobs := q.jobs
		q.jobs = nil
		q.mu.Unlock()
		if len(jobs) == 0 {
			return
		}
		for _, job := range jobs {
			job()
			q.pending.Add(-1)
		}
	}
}

// after runs f in Run's goroutine, under the lock, once d has passed.
func (a *Adapter) after(d time.Duration, f func()) (stop func()) {
	return a.o.After(d, func() {
		a.jobs.post(func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			f()
		})
	})
}
