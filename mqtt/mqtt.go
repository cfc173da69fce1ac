// Package mqtt is the hub's one MQTT connection.
//
// It comes in two kinds that offer the same [Conn]: a [Broker] embedded in the
// hub, hardened against hostile clients, and a [Client] of an external broker.
// The rest of the hub subscribes and publishes through Conn and does not know
// which of the two it has:
//
//	conn, err := mqtt.NewBroker(mqtt.BrokerOptions{Listen: "127.0.0.1:1883", Users: lookup})
//	...
//	cancel, err := conn.Subscribe("zigbee2mqtt/#", func(m mqtt.Message) { ... })
//	...
//	err = conn.Run(ctx) // serves until ctx ends
//
// # Delivery
//
// Messages of one publisher reach a handler in the order they were sent. On a
// Broker the handler runs in the read goroutine of the publishing client, before
// the next packet of that client is read, so handlers run concurrently for
// different publishers. On a Client all handlers run one after another. A handler
// must be quick either way: what waits for it is the connection.
//
// # Retained messages
//
// A Broker that is given a [RetainedMemory] has its retained messages again after a
// restart, but for the last second of a killed process. Without one they are gone until
// their owners publish again, and Zigbee2MQTT does that only at its own start.
package mqtt

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNotConnected says that the connection to the external broker is down; nothing
	// was sent and nothing will be sent later. Try again when OnState reports connected.
	ErrNotConnected = errors.New("mqtt: not connected")
	// ErrClosed says that the Broker or Client was closed and cannot be used again.
	ErrClosed = errors.New("mqtt: closed")
	// ErrTopic says that a topic or filter breaks MQTT's rules or the hub's limits.
	ErrTopic = errors.New("mqtt: bad topic")
)

// Message is one message received on a subscription.
type Message struct {
	Topic string
	// Payload belongs to nobody: a handler may keep it for ever, and must never
	// change it, because other handlers and the retained store share the bytes.
	Payload []byte
	// Retained says that the message was stored earlier and is sent because of the
	// subscription; it is false for a live message, even one that will be retained.
	Retained bool
	// QoS is the quality of service the message came to the hub with: 0, 1 or 2.
	QoS byte
	// From is the account of the client that published it, on the embedded broker; "" is the hub itself, a client without an
	// account, or not known, as with an external broker. See [Stranger].
	From string
	// At is when the hub received the message, not when it was published.
	At time.Time
}

// Conn is what the embedded and the external broker both offer.
type Conn interface {
	// Subscribe calls h for every message whose topic matches filter, first for the
	// retained ones. The filter survives reconnects. cancel ends the subscription; a
	// call of h that is under way may still be finishing when cancel returns. When
	// filters of an external broker overlap, the broker may send a message once for
	// each of them, and h then sees it more than once.
	Subscribe(filter string, h func(Message)) (cancel func(), err error)
	// Publish sends payload, which the caller may reuse when Publish returns. qos is 0
	// to 2. It may be called from a handler. A nil error means handed to the network at
	// qos 0 and, on an external broker, acknowledged by it above that.
	Publish(topic string, payload []byte, retain bool, qos byte) error
	// OnState calls f at once with the current state and then at every change, one call
	// at a time. why is a short text for people. f must be quick and must not call OnState.
	OnState(f func(connected bool, why string))
	// Run serves until ctx ends, then closes everything and returns nil. It returns an
	// error if it cannot start. It is called once.
	Run(ctx context.Context) error
}

var (
	_ Conn = (*Broker)(nil)
	_ Conn = (*Client)(nil)
)

// state remembers whether the connection is up and tells those who asked.
type state struct {
	mu        sync.Mutex
	connected bool
	why       string
	watchers  []func(bool, string)
}

func (s *state) watch(f func(bool, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, f)
	f(s.connected, s.why)
}

func (s *state) set(connected bool, why string) {
	s.setIf(connected, why, func() bool { return true })
}

// setIf tells every watcher, if it still holds, under the lock so that all see the same
// order.
func (s *state) setIf(connected bool, why string, holds func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !holds() || s.connected == connected && s.why == why {
		return
	}
	s.connected, s.why = connected, why
	for _, f := range s.watchers {
		f(connected, why)
	}
}
