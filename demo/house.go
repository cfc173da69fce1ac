package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
)

// Options says how to run the demo house. Only MQTT is needed.
type Options struct {
	MQTT   adapters.MQTT
	Base   string           // Zigbee2MQTT's base topic; default "zigbee2mqtt"
	Speed  float64          // simulated seconds a second; default 60: a day takes 24 minutes
	Start  time.Time        // where simulated time begins; default 17:00 of Now's day, so that somebody soon comes home
	Now    func() time.Time // default time.Now
	Seed   uint64           // the same seed and start give the same weather and days
	Logger *slog.Logger     // default: quiet
}

// House is the demo house. Make it with [New]. Its methods may be called from any goroutine, but not
// from within a handler of its own MQTT connection.
type House struct {
	o       Options
	log     *slog.Logger
	inbox   chan message
	changed chan struct{} // the agenda has a new first entry

	mu      sync.Mutex // everything below; also held while publishing, so that messages keep their order
	running bool
	speed   float64
	sim     time.Time // simulated time at …
	simAt   time.Time // … this time of the wall
	world   *world
	devices []*device
	byIEEE  map[string]*device
	coord   device // the coordinator's entry
	agenda  []*errand
	errands uint64
	permit  time.Time // the network is open until then
	budget  budget
	phone   phoneLog
	lastLog string
	lost    bool // the last message could not be published
}

// message is one that came in.
type message struct {
	topic   string
	payload []byte
}

// errand is something to do at a time of the wall.
type errand struct {
	at   time.Time
	turn uint64 // orders what falls on one time
	do   func()
}

const (
	tick      = 250 * time.Millisecond // how often the simulation catches up with the time
	mailboxes = 1024
	fastest   = 86_400.0 // a day a second
)

// New makes a house. Nothing happens before Run.
func New(o Options) *House {
	o.Base = cmp.Or(o.Base, "zigbee2mqtt")
	o.Speed = cmp.Or(o.Speed, 60)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Start.IsZero() {
		n := o.Now()
		o.Start = time.Date(n.Year(), n.Month(), n.Day(), 17, 0, 0, 0, n.Location())
	}
	h := &House{
		o: o, log: o.Logger, inbox: make(chan message, mailboxes), changed: make(chan struct{}, 1),
		speed: bounded(o.Speed), sim: o.Start, simAt: o.Now(), world: newWorld(o.Start, o.Seed), byIEEE: map[string]*device{},
	}
	h.furnish()
	for _, a := range h.world.lit(h.world.life.begin(o.Start)) {
		d := h.byIEEE[a.ieee]
		h.byHand(d, a)
		d.learn()
	}
	return h
}

// furnish makes the devices out of the data.
func (h *House) furnish() {
	products := entries()
	h.coord = device{entry: products[0]}
	for _, e := range products[1:] {
		d := &device{entry: e}
		h.byIEEE[d.text("ieee_address")] = d
	}
	for _, r := range mustRecords() {
		d := newDevice(r, h.byIEEE[r.IEEE].entry)
		h.byIEEE[r.IEEE] = d
		h.devices = append(h.devices, d)
	}
}

func bounded(speed float64) float64 { return min(max(speed, 0), fastest) }

// SetSpeed sets how many simulated seconds pass in a second, 0 (time stands still) to 86400.
func (h *House) SetSpeed(speed float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sim, h.simAt = h.timeNow(), h.o.Now()
	h.speed = bounded(speed)
}

// Time is the simulated time.
func (h *House) Time() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.timeNow()
}

func (h *House) timeNow() time.Time {
	return h.sim.Add(time.Duration(float64(h.o.Now().Sub(h.simAt)) * h.speed))
}

// Run plays the house until the context ends, then says that Zigbee2MQTT is offline and returns nil. It returns an
// error when it cannot listen; a connection that is away for a while it sits out. A House runs once.
func (h *House) Run(ctx context.Context) error {
	if err := h.open(); err != nil {
		return err
	}
	cancel, err := h.listen()
	defer cancel()
	if err != nil {
		return err
	}
	h.locked(h.announce)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		due, stop := h.nextErrand()
		select {
		case <-ctx.Done():
			stop()
			h.locked(h.leave)
			return nil
		case m := <-h.inbox:
			h.locked(func() { h.receive(m) })
		case <-ticker.C:
			h.locked(h.tick)
		case <-due:
			h.locked(h.runErrands)
		case <-h.changed:
		}
		stop()
	}
}

func (h *House) open() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.o.MQTT == nil:
		return errors.New("the demo house has no MQTT connection: give it one in its options")
	case h.running:
		return errors.New("the demo house runs already, or has run: make a new one")
	}
	h.running = true
	h.sim, h.simAt = h.o.Start, h.o.Now()
	return nil
}

// listen subscribes to what people and hubs say to Zigbee2MQTT. Friendly names have up to three levels.
func (h *House) listen() (cancel func(), err error) {
	var cancels []func()
	cancel = func() {
		for _, c := range cancels {
			c()
		}
	}
	filters := []string{"bridge/request/#"}
	for _, verb := range []string{"/set", "/get", "/set/+", "/get/+"} {
		filters = append(filters, "+"+verb, "+/+"+verb, "+/+/+"+verb)
	}
	for _, f := range filters {
		c, err := h.o.MQTT.Subscribe(h.o.Base+"/"+f, h.deliver)
		if err != nil {
			return cancel, fmt.Errorf("the demo house cannot listen to %s/%s: %w", h.o.Base, f, err)
		}
		cancels = append(cancels, c)
	}
	return cancel, nil
}

// deliver takes a message in. It must be quick, and drops what nobody could read that fast.
func (h *House) deliver(m adapters.Message) {
	select {
	case h.inbox <- message{m.Topic, slices.Clone(m.Payload)}:
	default:
		h.log.Warn("the demo house is flooded: a message is dropped", "topic", m.Topic)
	}
}

func (h *House) locked(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// after lines up an errand for a duration of the wall from now; stop takes it back. Under the lock.
func (h *House) after(d time.Duration, do func()) (stop func()) {
	h.errands++
	e := &errand{h.o.Now().Add(d), h.errands, do}
	i, _ := slices.BinarySearchFunc(h.agenda, e, func(a, b *errand) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.turn, b.turn))
	})
	h.agenda = slices.Insert(h.agenda, i, e)
	select {
	case h.changed <- struct{}{}:
	default:
	}
	return func() { e.do = func() {} }
}

// nextErrand is a channel that fires when the first errand is due.
func (h *House) nextErrand() (due <-chan time.Time, stop func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.agenda) == 0 {
		return nil, func() {}
	}
	t := time.NewTimer(h.agenda[0].at.Sub(h.o.Now()))
	return t.C, func() { t.Stop() }
}

func (h *House) runErrands() {
	for len(h.agenda) > 0 && !h.agenda[0].at.After(h.o.Now()) {
		e := h.agenda[0]
		h.agenda = h.agenda[1:]
		e.do()
	}
}

// tick lets the simulation catch up with the time, and reports what came of it.
func (h *House) tick() {
	if h.lost {
		h.announce()
	}
	now := h.timeNow()
	for !h.world.now.Add(step).After(now) {
		h.sense(h.world.advance(h.controls()))
	}
	h.followPhone()
	h.flush()
}
