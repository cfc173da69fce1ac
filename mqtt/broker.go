package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// BrokerOptions say how a [Broker] serves. Listen and one of Users and AllowAnonymous
// are needed.
type BrokerOptions struct {
	// Listen is the TCP address, such as "127.0.0.1:1883"; port 0 takes a free one.
	Listen string
	// TLS, if set, makes the address speak TLS only.
	TLS *tls.Config
	// Users gives the stored hash (see [CheckPassword]) of a user's password. It is
	// called at every login, concurrently. Give each client its own user.
	Users func(username string) (hash string, ok bool)
	// AllowAnonymous lets in clients that give no username. For demonstrations only:
	// whoever reaches the address may then switch everything.
	AllowAnonymous bool
	// Allow decides what a user may publish (write) and receive; nil allows all. It is
	// asked for each publish, for each filter of a subscription, with its wildcards, and
	// for each delivery. It is called concurrently and must be quick. An anonymous
	// client's user is "".
	Allow func(user, topic string, write bool) bool
	// Retained keeps retained messages through a restart; nil forgets them with the process.
	Retained RetainedMemory
	// Limits bound what clients can make the broker spend.
	Limits Limits
	// Logger takes refusals (Warn) and connections (Debug); nil is silent. No payload and
	// no password is ever logged.
	Logger *slog.Logger
	// Now is the clock for Message.At and the throttling of logins; nil is time.Now.
	Now func() time.Time
}

// Broker is an MQTT 3.1, 3.1.1 and 5 broker inside the hub.
type Broker struct {
	options  BrokerOptions
	limits   Limits
	log      *slog.Logger
	now      func() time.Time
	nobody   string // the hash of a password that nobody has
	server   *mochi.Server
	gate     *gate
	sessions *sessions
	throttle *throttle
	retained retainedSizes
	keeper   keeper
	authors  authors
	count    counters
	state    state

	replays    chan struct{} // slots
	background sync.WaitGroup
	lastID     atomic.Int64 // of inline subscriptions
	closed     atomic.Bool
	closeOnce  sync.Once
	closeErr   error
}

// NewBroker binds the address but serves only in Run. Subscribe and Publish work at once,
// so the hub can have its subscriptions in place before the first client is let in. A
// Broker that is not Run must be closed.
func NewBroker(o BrokerOptions) (*Broker, error) {
	if o.Users == nil && !o.AllowAnonymous {
		return nil, errors.New("mqtt: the broker has no users: set BrokerOptions.Users")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("mqtt: cannot listen; is another broker running there? %w", err)
	}
	if o.TLS != nil {
		ln = tls.NewListener(ln, o.TLS)
	}
	b := &Broker{options: o, limits: o.Limits.withDefaults(), log: o.Logger, now: o.Now,
		throttle: newThrottle(o.Now), replays: make(chan struct{}, replaysAtOnce)}
	_, b.nobody = NewPassword()
	b.retained = retainedSizes{maxCount: b.limits.Retained, maxBytes: b.limits.RetainedBytes, sizes: make(map[string]int64)}
	b.keeper.memory = o.Retained
	b.server = mochi.New(mochiOptions(b.limits))
	b.sessions = newSessions(b.server, b.limits.Sessions, &b.count)
	b.gate = newGate(ln, b.limits, &b.count, b.log, b.sessions.release, b.sessions.goodbye)
	b.state.set(false, "not started")
	if err := b.attach(); err != nil {
		_ = ln.Close()
		return nil, err
	}
	if err := b.recall(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Broker) attach() error {
	if err := b.server.AddHook(&hook{b: b}, nil); err != nil {
		return fmt.Errorf("mqtt: cannot set up the broker: %w", err)
	}
	if err := b.server.AddListener(b.gate); err != nil {
		return fmt.Errorf("mqtt: cannot set up the broker: %w", err)
	}
	return nil
}

func mochiOptions(l Limits) *mochi.Options {
	c := mochi.NewDefaultServerCapabilities()
	c.MaximumClients = int64(l.Clients)
	c.MaximumPacketSize = uint32(l.Packet)
	c.MaximumSessionExpiryInterval = uint32(min(l.SessionExpiry/time.Second, math.MaxUint32))
	c.MaximumInflight = 1024
	c.MaximumMessageExpiryInterval = 0 // else mochi deletes retained messages after a day
	c.TopicAliasMaximum = 0            // mochi asks OnACLCheck about a message before it resolves the alias
	c.SharedSubAvailable = 0
	return &mochi.Options{
		Capabilities: c,
		InlineClient: true,
		// mochi logs whole packets, payloads and passwords included.
		Logger: slog.New(slog.DiscardHandler),
		// Each time, mochi stops the world to read memory statistics: once a year will do.
		SysTopicResendInterval: 365 * 24 * 3600,
	}
}

// Addr is the address that the broker listens on.
func (b *Broker) Addr() net.Addr { return b.gate.ln.Addr() }

// Run serves until ctx ends, then closes the broker.
func (b *Broker) Run(ctx context.Context) error {
	if b.closed.Load() {
		return ErrClosed
	}
	if err := b.server.Serve(); err != nil {
		return errors.Join(fmt.Errorf("mqtt: cannot serve: %w", err), b.Close())
	}
	b.dropSysTopics()
	b.state.set(true, "the hub's own broker listens on "+b.Addr().String())
	b.keep(ctx)
	<-ctx.Done()
	return b.Close()
}

// dropSysTopics removes the statistics that mochi published at its start: they would stay
// as they are.
func (b *Broker) dropSysTopics() {
	for topic := range b.server.Topics.Retained.GetAll() {
		if strings.HasPrefix(topic, mochi.SysPrefix) {
			b.server.Topics.RetainMessage(packets.Packet{TopicName: topic})
		}
	}
}

// Close stops serving, disconnects every client and waits for their goroutines and the
// handlers that they are in. It must not be called from a handler.
func (b *Broker) Close() error {
	b.closeOnce.Do(func() {
		b.closed.Store(true)
		if err := b.server.Close(); err != nil {
			b.closeErr = fmt.Errorf("mqtt: cannot close the broker: %w", err)
		}
		b.background.Wait()
		b.state.set(false, "closed")
	})
	return b.closeErr
}

// OnState reports whether the broker is serving; see [Conn].
func (b *Broker) OnState(f func(connected bool, why string)) { b.state.watch(f) }

// Subscribe calls h in the read goroutine of each publishing client; see [Conn]. The
// retained messages come before Subscribe returns, in the caller's goroutine, and live
// ones may come meanwhile. h may Publish, which goes straight out.
func (b *Broker) Subscribe(filter string, h func(Message)) (cancel func(), err error) {
	if err := CheckFilter(filter); err != nil {
		return nil, err
	}
	if b.closed.Load() {
		return nil, ErrClosed
	}
	var cancelled atomic.Bool
	deliver := func(pk packets.Packet, retained bool) {
		if !cancelled.Load() {
			h(Message{Topic: pk.TopicName, Payload: pk.Payload, Retained: retained, QoS: pk.FixedHeader.Qos, From: b.from(pk, retained), At: b.now()})
		}
	}
	id := int(b.lastID.Add(1))
	hideSys := wildFront(filter)
	filters := []string{filter}
	if parent, ok := strings.CutSuffix(filter, "/#"); ok { // "a/#" matches "a", too; mochi forgets
		filters = append(filters, parent)
	}
	for _, f := range filters { // the same id: a message that matches both is delivered once
		b.server.Topics.InlineSubscribe(mochi.InlineSubscription{
			Subscription: packets.Subscription{Identifier: id, Filter: f},
			Handler: func(_ *mochi.Client, _ packets.Subscription, pk packets.Packet) {
				if !hideSys || pk.TopicName[0] != '$' {
					deliver(pk, false)
				}
			},
		})
	}
	for _, topic := range b.retained.matching(filter) {
		_ = b.sendCurrent(topic, func(pk packets.Packet) error {
			deliver(pk, len(pk.Payload) > 0)
			return nil
		})
	}
	return func() {
		if cancelled.CompareAndSwap(false, true) {
			for _, f := range filters {
				b.server.Topics.InlineUnsubscribe(id, f)
			}
		}
	}, nil
}

// Publish delivers to the hub's own handlers before it returns and queues for network
// clients; see [Conn]. A client whose queue of 8,192 messages is full misses the message.
func (b *Broker) Publish(topic string, payload []byte, retain bool, qos byte) error {
	if err := checkPublish(topic, payload, qos, b.limits.Packet); err != nil {
		return err
	}
	if b.closed.Load() {
		return ErrClosed
	}
	if err := b.server.Publish(topic, slices.Clone(payload), retain, qos); err != nil {
		return fmt.Errorf("mqtt: cannot publish to %q: %w", topic, err)
	}
	return nil
}

// checkPublish refuses a message that a broker would cut us off for.
func checkPublish(topic string, payload []byte, qos byte, maxPacket int) error {
	if err := CheckTopic(topic); err != nil {
		return err
	}
	if qos > 2 {
		return fmt.Errorf("mqtt: cannot publish to %q: qos %d, must be 0, 1 or 2", topic, qos)
	}
	const headers = 16 // more than the fixed header, topic length, packet id and no properties
	if size := headers + len(topic) + len(payload); size > maxPacket {
		return fmt.Errorf("mqtt: cannot publish to %q: %d bytes, at most %d are allowed", topic, size, maxPacket)
	}
	return nil
}

// Stats returns the broker's gauges and counters; they are read one by one, so they may
// disagree by what happened meanwhile.
func (b *Broker) Stats() Stats {
	i, c := b.server.Info, &b.count
	retained, retainedBytes := b.retained.held()
	return Stats{
		Clients:            atomic.LoadInt64(&i.ClientsConnected),
		Sessions:           int64(b.sessions.kept()),
		Subscriptions:      atomic.LoadInt64(&i.Subscriptions),
		Retained:           retained,
		RetainedBytes:      retainedBytes,
		MessagesIn:         atomic.LoadInt64(&i.MessagesReceived),
		MessagesOut:        atomic.LoadInt64(&i.MessagesSent),
		MessagesDropped:    atomic.LoadInt64(&i.MessagesDropped),
		ConnectionsRefused: c.connectionsRefused.Load(),
		LoginsTimedOut:     c.loginsTimedOut.Load(),
		LoginsMalformed:    c.loginsMalformed.Load(),
		LoginsFailed:       c.loginsFailed.Load(),
		LoginsThrottled:    c.loginsThrottled.Load(),
		PacketsRefused:     c.packetsRefused.Load(),
		RetainRefused:      c.retainRefused.Load(),
		SessionsEvicted:    c.sessionsEvicted.Load(),
		Panics:             c.panics.Load(),
	}
}
