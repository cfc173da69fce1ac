package mqtt

import (
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const manyRetained = 20_000

// fill retains n messages under ret/ at qos.
func fill(t *testing.T, b *Broker, n int, qos byte) {
	t.Helper()
	payload := []byte(strings.Repeat("x", 400))
	for i := range n {
		if err := b.Publish("ret/"+itoa(i)+"/config", payload, true, qos); err != nil {
			t.Fatal(err)
		}
	}
}

// wantDistinct reads messages until n different topics came.
func wantDistinct(w *wire, n int) {
	w.t.Helper()
	seen := make(map[string]bool, n)
	for len(seen) < n {
		topic, _, retained := w.wantMessage()
		if !retained {
			w.t.Fatalf("%s is not marked retained", topic)
		}
		if seen[topic] {
			w.t.Fatalf("%s came twice", topic)
		}
		seen[topic] = true
	}
}

func TestLateSubscriberGetsAllRetained(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	fill(t, b, manyRetained, 1)
	before := heap()
	for _, qos := range []byte{0, 1} {
		w := login(t, b.Addr(), connect{id: "late"})
		w.send(subscribe("ret/#", qos))
		wantDistinct(w, manyRetained)
	}
	if s := b.Stats(); s.MessagesDropped != 0 {
		t.Errorf("%d dropped", s.MessagesDropped)
	}
	// The replay lets go of its list a moment after the last message is out.
	eventually(t, "the heap to shrink to what it was and 16 MiB", func() bool { return heap()-before <= 16 })
}

func TestManyLateSubscribersGetAllRetained(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	fill(t, b, 2000, 0)
	var ws []*wire
	for i := range 2 * replaysAtOnce {
		w := login(t, b.Addr(), connect{id: "late" + itoa(i)})
		w.send(subscribe("ret/#", 0))
		ws = append(ws, w)
	}
	for _, w := range ws {
		wantDistinct(w, 2000)
	}
}

func TestHubsOwnSubscriptionGetsAllRetained(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	fill(t, b, manyRetained, 0)
	n := 0
	if _, err := b.Subscribe("#", func(m Message) {
		if m.Retained {
			n++
		}
	}); err != nil {
		t.Fatal(err)
	}
	if n != manyRetained {
		t.Errorf("%d of %d", n, manyRetained)
	}
}

func TestReplayKeepsToTheReceiveMaximumOfTheClient(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	fill(t, b, 50, 1)
	w := dial(t, b.Addr())
	props := []byte{3, 0x21, 0, 10} // receive maximum 10
	w.send(packet(0x10, text("MQTT"), []byte{5, 2, 0, 60}, props, text("dev")))
	w.want(2)
	w.send(subscribe5("ret/#", 1))
	w.want(9)
	var ids [][]byte
	for range 10 {
		body := w.want(3)
		n := 2 + int(binary.BigEndian.Uint16(body))
		ids = append(ids, body[n:n+2])
	}
	w.send(packet(0xc0))
	if first, _, err := w.next(); err != nil || first>>4 != 13 {
		t.Fatalf("packet type %d before an acknowledgement, %v", first>>4, err)
	}
	for i := range 40 {
		w.send(packet(0x40, ids[i]))
		body := w.want(3)
		n := 2 + int(binary.BigEndian.Uint16(body))
		ids = append(ids, body[n:n+2])
	}
}

func TestRetainHandlingIsRespected(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	publishAll(t, b, "a", "old")
	w := login(t, b.Addr(), connect{id: "dev", v5: true})
	firstMessage := func(options byte) byte {
		w.send(subscribe5("a", options))
		w.want(9)
		if err := b.Publish("a", []byte("live"), false, 0); err != nil {
			t.Fatal(err)
		}
		first := byte(0)
		for {
			body := w.want(3)
			if first == 0 {
				first = body[4]
			}
			if strings.HasSuffix(string(body), "live") {
				return first
			}
		}
	}
	for _, tt := range []struct {
		name          string
		options, want byte
	}{
		{"2: never", 0x20, 'l'},
		{"1: subscription exists", 0x10, 'l'},
	} {
		if got := firstMessage(tt.options); got != tt.want {
			t.Errorf("%s: first message begins with %c", tt.name, got)
		}
	}
	w.send(subscribe5("a", 0))
	if body := w.want(3); !strings.HasSuffix(string(body), "old") {
		t.Errorf("0: got %q", body)
	}
}

func TestHashAlsoMatchesItsParentForRetained(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	publishAll(t, b, "home", "1")
	w := login(t, b.Addr(), connect{id: "dev"})
	w.send(subscribe("home/#", 0))
	if topic, _, retained := w.wantMessage(); topic != "home" || !retained {
		t.Errorf("%s, %v", topic, retained)
	}
}

// While a subscriber is being sent retained messages, they change. The last it hears of
// each topic must be the truth.
func TestRetainedThatChangesDuringReplayEndsUpRight(t *testing.T) {
	const topics, last = 300, "last"
	b := startBroker(t, BrokerOptions{})
	fill(t, b, topics, 0)
	w := login(t, b.Addr(), connect{id: "late"})
	w.send(subscribe("ret/#", 0))
	publisher := login(t, b.Addr(), connect{id: "pub"})
	for i := range topics {
		publisher.send(publish("ret/"+itoa(i)+"/config", last, true))
	}
	publisher.sync()
	if err := b.Publish("ret/end", []byte("end"), false, 0); err != nil {
		t.Fatal(err)
	}
	heard := make(map[string]string)
	ended := false
	for right := 0; right < topics || !ended; {
		topic, payload, _ := w.wantMessage()
		if topic == "ret/end" {
			ended = true
			continue
		}
		if heard[topic] == last {
			right--
		}
		if payload == last {
			right++
		}
		heard[topic] = payload
	}
}

func TestReplayedMessageThatWasOvertakenIsSentAgain(t *testing.T) {
	for _, tt := range []struct{ name, replacement string }{
		{"by a newer one", "new"},
		{"by its removal", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := startBroker(t, BrokerOptions{})
			publishAll(t, b, "a", "old")
			var heard []string
			if _, err := b.Subscribe("a", func(m Message) {
				heard = append(heard, string(m.Payload))
				if len(heard) == 1 { // as if a client published now
					publishAll(t, b, "a", tt.replacement)
				}
			}); err != nil {
				t.Fatal(err)
			}
			if last := heard[len(heard)-1]; heard[0] != "old" || last != tt.replacement || len(heard) != 3 {
				t.Errorf("heard %q; want old, the live one, and it again", heard)
			}
		})
	}
}

func TestRetainedStoreIsBounded(t *testing.T) {
	for name, limits := range map[string]Limits{
		"in messages": {Retained: 10},
		"in bytes":    {RetainedBytes: 10 * retainedSize("r/00", 100)},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBroker(t, BrokerOptions{Limits: limits})
			live := 0
			if _, err := b.Subscribe("r/#", func(Message) { live++ }); err != nil {
				t.Fatal(err)
			}
			w := login(t, b.Addr(), connect{id: "dev"})
			payload := strings.Repeat("x", 100)
			for i := range 20 {
				w.send(publish("r/"+itoa(10+i), payload, true))
			}
			w.send(publish("r/10", payload, true)) // replacing needs no room
			w.sync()
			if s := b.Stats(); live != 21 || s.Retained != 10 || s.RetainRefused != 10 {
				t.Errorf("%d delivered, %d kept, %d refused", live, s.Retained, s.RetainRefused)
			}
			w.send(publish("r/10", "", true), publish("r/29", payload, true))
			w.sync()
			if s := b.Stats(); s.Retained != 10 || s.RetainRefused != 10 {
				t.Errorf("clearing makes no room: %d kept, %d refused", s.Retained, s.RetainRefused)
			}
			will := connect{id: "w", will: "r/will", willPayload: payload, retainWill: true}
			login(t, b.Addr(), will).Close()
			eventually(t, "a will is not kept either", func() bool { return b.Stats().RetainRefused == 11 })
		})
	}
}

func TestExpiredRetainedMessageMakesRoom(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	w := login(t, b.Addr(), connect{id: "dev", v5: true})
	w.send(packet(0x31, text("a/b/c"), []byte{5, 0x02, 0, 0, 0, 1}, []byte("x"))) // for one second
	w.sync()
	if b.Stats().Retained != 1 {
		t.Fatal("not kept")
	}
	eventually(t, "it is gone", func() bool { return b.Stats().Retained == 0 })
	if s := b.Stats(); s.RetainedBytes != 0 {
		t.Errorf("%d bytes left", s.RetainedBytes)
	}
}

// shelf is a RetainedMemory that outlives a broker.
type shelf struct {
	mu  sync.Mutex
	all map[string][]byte
}

func (s *shelf) Put(_ context.Context, bucket, key string, val []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[bucket+" "+key] = val
	return nil
}

func (s *shelf) Delete(_ context.Context, bucket, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, bucket+" "+key)
	return nil
}

func (s *shelf) List(_ context.Context, bucket string) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]byte{}
	for key, val := range s.all {
		if own, ok := strings.CutPrefix(key, bucket+" "); ok {
			out[own] = val
		}
	}
	return out, nil
}

func TestWhoPublishedIsKnownAlsoAfterARestart(t *testing.T) {
	memory := &shelf{all: map[string][]byte{}}
	hash := HashPassword("secret")
	o := BrokerOptions{Retained: memory, Users: func(user string) (string, bool) { return hash, user == "li" || user == "wang" }}
	froms := func(b *Broker) func(topic, want string) {
		var seen sync.Map
		if _, err := b.Subscribe("#", func(m Message) { seen.Store(m.Topic, m.From) }); err != nil {
			t.Fatal(err)
		}
		return func(topic, want string) {
			t.Helper()
			eventually(t, topic+" is of "+want, func() bool { got, ok := seen.Load(topic); return ok && got == want })
		}
	}
	first, stop := runBroker(t, o)
	live := froms(first)
	li := login(t, first.Addr(), connect{id: "a", user: "li", password: "secret"})
	li.send(publish("li/lamp", "x", true), publish("both/lamp", "x", true))
	live("both/lamp", "li")
	wang := login(t, first.Addr(), connect{id: "b", user: "wang", password: "secret"})
	wang.send(publish("both/lamp", "y", true), publish("wang/now", "z", false))
	live("wang/now", "wang")
	live("both/lamp", "wang")
	publishAll(t, first, "hub/own", "x")
	kept := froms(first)
	kept("li/lamp", "li")
	kept("both/lamp", "wang")
	kept("hub/own", "")
	stop()
	second, _ := runBroker(t, o)
	kept = froms(second)
	kept("li/lamp", "li")
	kept("both/lamp", "wang")
	kept("hub/own", "")
}

func TestRetainedMessagesSurviveARestart(t *testing.T) {
	memory := &shelf{all: map[string][]byte{}}
	first, stop := runBroker(t, BrokerOptions{Retained: memory})
	publishAll(t, first, "zigbee2mqtt/bridge/devices", "[]", "zigbee2mqtt/gone", "x")
	if err := first.Publish("zigbee2mqtt/gone", nil, true, 0); err != nil {
		t.Fatal(err)
	}
	stop()
	second, _ := runBroker(t, BrokerOptions{Retained: memory})
	var in inbox
	if _, err := second.Subscribe("#", in.add); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"zigbee2mqtt/bridge/devices=[] (retained)"}, in.all()); diff != "" {
		t.Error(diff)
	}
}

// runBroker is startBroker with its end in the test's hand.
func runBroker(t *testing.T, o BrokerOptions) (b *Broker, stop func()) {
	t.Helper()
	o.Listen, o.AllowAnonymous = "127.0.0.1:0", true
	b, err := NewBroker(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return b, stop
}
