package sdk

import (
	"context"
	"encoding/base64"
	"sync"

	"github.com/concord-home/hub/plugins/protocol"
)

// Message is something that was published on a topic of the manifest's network.mqtt.
type Message struct {
	Topic   string
	Payload []byte
	// Old: it was said before anybody listened, so that it tells how things are and not that something happened.
	Old bool
}

// Publish publishes on a topic of the manifest's network.mqtt.
func (h *Hub) Publish(ctx context.Context, topic string, payload []byte, retain bool) error {
	return h.session.publish(ctx, topic, payload, retain)
}

// Publish publishes on a topic of the manifest's network.mqtt.
func (c Candidate) Publish(ctx context.Context, topic string, payload []byte, retain bool) error {
	return c.session.publish(ctx, topic, payload, retain)
}

func (s *session) publish(ctx context.Context, topic string, payload []byte, retain bool) error {
	m := protocol.Publish{Topic: topic, Payload: base64.StdEncoding.EncodeToString(payload), Base64: true, Retain: retain}
	return s.conn.Call(ctx, protocol.MethodPublish, m, nil)
}

// Hear passes on what is published on the topics of a filter, until ctx ends and closes the channel: first what was last
// said on each of them, then what comes. Of a listener that is slow the oldest messages are lost.
func (c Candidate) Hear(ctx context.Context, filter string) <-chan Message {
	return c.session.topics.hear(ctx, filter)
}

const (
	// maxTopics is of how many topics the last message is kept.
	maxTopics = 4096
	// maxUnheard is how many messages wait for a slow listener, beside what was said before it came.
	maxUnheard = 256
)

// topics keep the last message of each topic, and pass on what comes.
type topics struct {
	mu   sync.Mutex
	last map[string][]byte
	ears map[*ear]bool
}

type ear struct {
	filter string
	out    chan Message
}

func (t *topics) hear(ctx context.Context, filter string) <-chan Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	var before []Message
	for topic, payload := range t.last {
		if protocol.MatchesTopic(filter, topic) {
			before = append(before, Message{topic, payload, true})
		}
	}
	e := &ear{filter, make(chan Message, len(before)+maxUnheard)}
	for _, m := range before {
		e.out <- m
	}
	if t.ears == nil {
		t.ears = map[*ear]bool{}
	}
	t.ears[e] = true
	context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.ears, e)
		close(e.out)
	})
	return e.out
}

func (t *topics) said(m Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last == nil {
		t.last = map[string][]byte{}
	}
	if _, known := t.last[m.Topic]; known || len(t.last) < maxTopics {
		t.last[m.Topic] = m.Payload
	}
	for e := range t.ears {
		if !protocol.MatchesTopic(e.filter, m.Topic) {
			continue
		}
		for sent := false; !sent; {
			select {
			case e.out <- m:
				sent = true
			default:
				select {
				case <-e.out: // the oldest
				default:
				}
			}
		}
	}
}

// heard passes on what was published.
func (s *session) heard(in *protocol.Incoming) {
	var m protocol.Heard
	if in.Decode(&m) != nil {
		return
	}
	payload, err := m.Bytes()
	if err != nil {
		return
	}
	s.topics.said(Message{m.Topic, payload, m.Retained})
	if s.plugin.Heard == nil {
		return
	}
	s.mu.Lock()
	hub := s.hub
	s.mu.Unlock()
	s.plugin.Heard(hub, m.Topic, payload)
}
