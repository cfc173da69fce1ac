package demo_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/demo"
)

// broker is an MQTT broker in memory that remembers when what was published.
type broker struct {
	*adaptertest.Broker
	mu   sync.Mutex
	seen []sent
	down bool
}

// sent is a message that somebody published.
type sent struct {
	at      time.Time
	topic   string
	payload string
	retain  bool
}

func newBroker() *broker { return &broker{Broker: adaptertest.NewBroker()} }

func (b *broker) Publish(topic string, payload []byte, retain bool, qos byte) error {
	b.mu.Lock()
	if !b.down {
		b.seen = append(b.seen, sent{time.Now(), topic, string(payload), retain})
	}
	b.mu.Unlock()
	return b.Broker.Publish(topic, payload, retain, qos)
}

// stage is a house at play on a broker, in a bubble of simulated time.
type stage struct {
	t *testing.T
	*broker
	house *demo.House
	mark  int
}

// play runs a test with a house that runs, and ends it.
func play(t *testing.T, o demo.Options, test func(t *testing.T, s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, broker: newBroker()}
		o.MQTT = s.broker
		s.house = demo.New(o)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.house.Run(ctx) }()
		synctest.Wait()
		test(t, s)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// pass lets time pass in the bubble; it takes none.
func (s *stage) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// say publishes as a hub would, and from then on only what follows counts.
func (s *stage) say(topic, payload string) {
	s.t.Helper()
	s.mu.Lock()
	s.mark = len(s.seen) + 1
	s.mu.Unlock()
	if err := s.Publish("zigbee2mqtt/"+topic, []byte(payload), false, 0); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// from forgets what was before.
func (s *stage) from() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark = len(s.seen)
}

// heard lists the messages on a topic since the mark.
func (s *stage) heard(topic string) []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sent
	for _, m := range s.seen[s.mark:] {
		if m.topic == "zigbee2mqtt/"+topic || m.topic == topic {
			out = append(out, m)
		}
	}
	return out
}

// values lists one member of the states published on a topic since the mark.
func (s *stage) values(topic, key string) []any {
	s.t.Helper()
	var out []any
	for _, m := range s.heard(topic) {
		out = append(out, s.object(m.payload)[key])
	}
	return out
}

func (s *stage) object(payload string) map[string]any {
	s.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(payload), &v); err != nil {
		s.t.Fatalf("%q: %v", payload, err)
	}
	return v
}

// retainedText is the retained message of a topic.
func (s *stage) retainedText(topic string) string { return s.Retained("zigbee2mqtt/" + topic) }

// answer makes a request and gives its response.
func (s *stage) answer(request, payload string) map[string]any {
	s.t.Helper()
	s.say("bridge/request/"+request, payload)
	s.pass(time.Second)
	got := s.heard("bridge/response/" + request)
	if len(got) != 1 {
		s.t.Fatalf("%s: %d responses, want 1", request, len(got))
	}
	return s.object(got[0].payload)
}
