package adaptertest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/concord-home/hub/adapters"
)

// Broker is an MQTT connection in memory, to a broker that keeps what is retained: an [adapters.MQTT]. Devices of a test publish with Deliver.
type Broker struct {
	mu       sync.Mutex
	subs     map[int]subscription
	next     int
	retained map[string][]byte
	sent     []adapters.Message
	taken    int // of sent, by Published
	down     bool
	answer   func(adapters.Message)
}

type subscription struct {
	filter string
	handle func(adapters.Message)
}

// NewBroker makes one that knows nothing.
func NewBroker() *Broker {
	return &Broker{subs: map[int]subscription{}, retained: map[string][]byte{}}
}

// Subscribe hands over what is retained, in the order of topics, and then what comes.
func (b *Broker) Subscribe(filter string, h func(adapters.Message)) (func(), error) {
	b.mu.Lock()
	if b.down {
		b.mu.Unlock()
		return nil, errors.New("no connection")
	}
	b.next++
	id := b.next
	b.subs[id] = subscription{filter, h}
	var first []adapters.Message
	for _, topic := range slices.Sorted(maps.Keys(b.retained)) {
		if Matches(filter, topic) {
			first = append(first, adapters.Message{Topic: topic, Payload: b.retained[topic], Retained: true})
		}
	}
	b.mu.Unlock()
	for _, m := range first {
		h(m)
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, id)
	}, nil
}

// Publish takes what the adapter publishes, and lets the devices answer.
func (b *Broker) Publish(topic string, payload []byte, retain bool, _ byte) error {
	m := adapters.Message{Topic: topic, Payload: slices.Clone(payload), Retained: retain}
	b.mu.Lock()
	if b.down {
		b.mu.Unlock()
		return errors.New("no connection")
	}
	b.sent = append(b.sent, m)
	answer := b.answer
	b.mu.Unlock()
	b.Say(adapters.Message{Topic: topic, Payload: m.Payload}, retain)
	if answer != nil {
		answer(m)
	}
	return nil
}

// Deliver is a device publishing.
func (b *Broker) Deliver(topic, payload string, retain bool) {
	b.Say(adapters.Message{Topic: topic, Payload: []byte(payload)}, retain)
}

// Say is Deliver for a message that tells more, as its author.
func (b *Broker) Say(m adapters.Message, retain bool) {
	if retain {
		b.Keep(m.Topic, string(m.Payload))
	}
	b.mu.Lock()
	var to []func(adapters.Message)
	for _, id := range slices.Sorted(maps.Keys(b.subs)) {
		if Matches(b.subs[id].filter, m.Topic) {
			to = append(to, b.subs[id].handle)
		}
	}
	b.mu.Unlock()
	for _, h := range to {
		h(m)
	}
}

// Keep retains a message without delivering it: it was there before. An empty one is forgotten.
func (b *Broker) Keep(topic, payload string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if payload == "" {
		delete(b.retained, topic)
		return
	}
	b.retained[topic] = []byte(payload)
}

// Retained is what is kept on a topic; "" is nothing.
func (b *Broker) Retained(topic string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.retained[topic])
}

// Answer sets what devices do with what the adapter publishes; it is called in the adapter's goroutine.
func (b *Broker) Answer(f func(adapters.Message)) { b.mu.Lock(); defer b.mu.Unlock(); b.answer = f }

// Cut takes the connection away, or brings it back.
func (b *Broker) Cut(down bool) { b.mu.Lock(); defer b.mu.Unlock(); b.down = down }

// Subscriptions is how many there are.
func (b *Broker) Subscriptions() int { b.mu.Lock(); defer b.mu.Unlock(); return len(b.subs) }

// Published lists what the adapter published since the last call, as "topic payload".
func (b *Broker) Published() (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent[b.taken:] {
		out = append(out, strings.TrimSpace(m.Topic+" "+string(m.Payload)))
	}
	b.taken = len(b.sent)
	return out
}

// PublishedTo lists what the adapter ever published on a topic.
func (b *Broker) PublishedTo(topic string) (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		if m.Topic == topic {
			out = append(out, string(m.Payload))
		}
	}
	return out
}

// Matches reports whether a topic is one of a filter's.
func Matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, part := range f {
		if part == "#" {
			return true
		}
		if i >= len(t) || part != "+" && part != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}
