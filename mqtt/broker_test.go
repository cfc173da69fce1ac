package mqtt

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// inbox collects messages of a subscription.
type inbox struct {
	mu   sync.Mutex
	msgs []string
}

func (i *inbox) add(m Message) {
	i.mu.Lock()
	defer i.mu.Unlock()
	text := m.Topic + "=" + string(m.Payload)
	if m.Retained {
		text += " (retained)"
	}
	i.msgs = append(i.msgs, text)
}

func (i *inbox) all() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.msgs...)
}

func TestClientsMessageReachesHandlerAndAnswerReachesClient(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	b := startBroker(t, BrokerOptions{Now: func() time.Time { return at }})
	got := make(chan Message, 1)
	if _, err := b.Subscribe("motion/+", func(m Message) {
		if err := b.Publish("light/set", []byte("on"), false, 0); err != nil {
			t.Error(err)
		}
		got <- m
	}); err != nil {
		t.Fatal(err)
	}
	w := login(t, b.Addr(), connect{id: "dev"})
	w.send(subscribe("light/set", 0), publish("motion/1", "yes", false))
	topic, payload, _ := w.wantMessage()
	if diff := cmp.Diff([]string{"light/set", "on"}, []string{topic, payload}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Message{Topic: "motion/1", Payload: []byte("yes"), At: at}, <-got); diff != "" {
		t.Error(diff)
	}
}

func TestHandlerRunsBeforeTheNextPacketOfTheSameClientIsRead(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	var in inbox
	if _, err := b.Subscribe("#", in.add); err != nil {
		t.Fatal(err)
	}
	w := login(t, b.Addr(), connect{id: "dev"})
	var want []string
	for i := range 500 {
		w.send(publish("n", itoa(i), false))
		want = append(want, "n="+itoa(i))
	}
	w.sync() // the answer to the ping means that all handlers have run
	if diff := cmp.Diff(want, in.all()); diff != "" {
		t.Error(diff)
	}
}

func TestSubscribeGivesRetainedThenLive(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	publishAll(t, b, "home/a", "1", "home", "2", "other", "3")
	var in inbox
	cancel, err := b.Subscribe("home/#", in.add)
	if err != nil {
		t.Fatal(err)
	}
	got := in.all()
	slices.Sort(got) // retained messages come in no order
	if diff := cmp.Diff([]string{"home/a=1 (retained)", "home=2 (retained)"}, got); diff != "" {
		t.Error(diff)
	}
	publishAll(t, b, "home", "4", "home/x/y", "5")
	cancel()
	cancel()
	publishAll(t, b, "home", "6")
	if diff := cmp.Diff([]string{"home=4", "home/x/y=5"}, in.all()[2:]); diff != "" {
		t.Error(diff)
	}
}

func publishAll(t *testing.T, c Conn, topicPayload ...string) {
	t.Helper()
	for i := 0; i < len(topicPayload); i += 2 {
		if err := c.Publish(topicPayload[i], []byte(topicPayload[i+1]), true, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPublishLeavesPayloadToCaller(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	var kept Message
	if _, err := b.Subscribe("a", func(m Message) { kept = m }); err != nil {
		t.Fatal(err)
	}
	buf := []byte("one")
	if err := b.Publish("a", buf, true, 1); err != nil {
		t.Fatal(err)
	}
	copy(buf, "two")
	var in inbox
	if _, err := b.Subscribe("a", in.add); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one", "a=one (retained)"}, []string{string(kept.Payload), in.all()[0]}); diff != "" {
		t.Error(diff)
	}
}

func TestBrokerRefusesBadCalls(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{Packet: 1000}})
	for name, err := range map[string]error{
		"wildcard topic": b.Publish("a/#", nil, false, 0),
		"qos":            b.Publish("a", nil, false, 3),
		"too large":      b.Publish("a", make([]byte, 1000), false, 0),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := b.Subscribe("a/#/b", func(Message) {}); err == nil {
		t.Error("bad filter: no error")
	}
	if _, err := NewBroker(BrokerOptions{Listen: "127.0.0.1:0"}); err == nil {
		t.Error("no users: no error")
	}
	if _, err := NewBroker(BrokerOptions{Listen: b.Addr().String(), AllowAnonymous: true}); err == nil {
		t.Error("address in use: no error")
	}
}

func TestClosedBrokerSaysSo(t *testing.T) {
	b, err := NewBroker(BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish("a", nil, false, 0); err != ErrClosed {
		t.Errorf("Publish: %v", err)
	}
	if _, err := b.Subscribe("a", func(Message) {}); err != ErrClosed {
		t.Errorf("Subscribe: %v", err)
	}
	if err := b.Run(t.Context()); err != ErrClosed {
		t.Errorf("Run: %v", err)
	}
}
