package owntracks

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/google/go-cmp/cmp"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

const patience = 10 * time.Second

// broker is a real MQTT broker on loopback, seen by the adapter from inside and by the phone over TCP.
type broker struct {
	server     *mochi.Server
	address    string
	subscribed chan string // the filters, as they are asked for
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	s := mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	listener := listeners.NewTCP(listeners.Config{ID: "t", Address: "127.0.0.1:0"})
	for _, err := range []error{s.AddHook(new(auth.AllowHook), nil), s.AddListener(listener), s.Serve()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = s.Close() })
	return &broker{server: s, address: listener.Address(), subscribed: make(chan string, len(filters))}
}

// Subscribe and Publish make the broker an [adapters.MQTT].
func (b *broker) Subscribe(filter string, h func(adapters.Message)) (func(), error) {
	const id = 1
	err := b.server.Subscribe(filter, id, func(_ *mochi.Client, _ packets.Subscription, pk packets.Packet) {
		h(adapters.Message{Topic: pk.TopicName, Payload: pk.Payload, Retained: pk.FixedHeader.Retain})
	})
	b.subscribed <- filter
	return func() { _ = b.server.Unsubscribe(filter, id) }, err
}

func (b *broker) Publish(topic string, payload []byte, retain bool, qos byte) error {
	return b.server.Publish(topic, payload, retain, qos)
}

// phone is an MQTT client over TCP, as the app is.
func phone(t *testing.T, b *broker) func(topic, payload string) {
	t.Helper()
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	c := paho.NewClient(paho.ClientConfig{Conn: conn})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.Connect(ctx, &paho.Connect{ClientID: "phone", KeepAlive: 30, CleanStart: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(&paho.Disconnect{}) })
	return func(topic, payload string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if _, err := c.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Retain: true, Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
}

// located is one call of Fixes.
type located struct {
	Tracker string
	Fix     model.Fix
}

// inbox receives what the adapter tells; it also stands for the hub where commands are concerned.
type inbox struct {
	adapters.Hub
	fixes    chan located
	regions  chan model.Regions
	outcomes chan model.Outcome
}

func newInbox() *inbox {
	return &inbox{fixes: make(chan located, 64), regions: make(chan model.Regions, 64), outcomes: make(chan model.Outcome, 1)}
}

func (i *inbox) Located(tracker string, f model.Fix)              { i.fixes <- located{tracker, f} }
func (i *inbox) RegionsTold(_ string, r model.Regions)            { i.regions <- r }
func (i *inbox) Outcome(_ model.CommandID, outcome model.Outcome) { i.outcomes <- outcome }

func (i *inbox) next(t *testing.T) located {
	t.Helper()
	select {
	case l := <-i.fixes:
		return l
	case <-time.After(patience):
		t.Fatal("no position came")
		return located{}
	}
}

// start runs the adapter and waits until it listens.
func start(t *testing.T, b *broker, o Options) (*Adapter, *inbox) {
	t.Helper()
	in := newInbox()
	o.MQTT, o.Fixes = b, in
	if o.Now == nil {
		o.Now = func() time.Time { return at(1767640000) }
	}
	a := New(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, in) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	for range filters {
		select {
		case <-b.subscribed:
		case <-time.After(patience):
			t.Fatal("the adapter does not listen")
		}
	}
	return a, in
}

func TestPositionsOfPhonesReachTheHouse(t *testing.T) {
	b := newBroker(t)
	_, in := start(t, b, Options{Keys: func(user, device string) (string, bool) { return "secret", user == "ann" && device == "tablet" }})
	send := phone(t, b)
	send("owntracks/li/phone", iosLocation)
	send("owntracks/li/phone", "")
	send("owntracks/li/phone", lastWill)
	send("owntracks/li/phone/waypoints", `{"_type":"waypoints","waypoints":[]}`)
	send("owntracks/li/phone/event", transition)
	send("owntracks/ann/tablet", encrypted(androidLocation, "secret"))
	var got []string
	for range 3 {
		l := in.next(t)
		got = append(got, l.Tracker+" "+l.Fix.At.Format(time.TimeOnly)+" "+l.Fix.Transition)
	}
	want := []string{"owntracks/li/phone 09:15:00 ", "owntracks/li/phone 09:25:00 leave", "owntracks/ann/tablet 18:10:00 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARetainedPositionIsHeardAtTheStart(t *testing.T) {
	b := newBroker(t)
	phone(t, b)("owntracks/li/phone", iosLocation)
	_, in := start(t, b, Options{})
	if l := in.next(t); l.Tracker != "owntracks/li/phone" || !l.Fix.At.Equal(at(1767604500)) {
		t.Errorf("%s of %v", l.Tracker, l.Fix.At)
	}
}

func TestOnlyNewsIsPassedOn(t *testing.T) {
	location := func(tst, lat string) string {
		return `{"_type":"location","lat":` + lat + `,"lon":13.4,"tst":` + tst + `}`
	}
	crossing := func(tst, event string) string {
		return `{"_type":"transition","event":"` + event + `","desc":"Home","lat":52.5,"lon":13.4,"tst":` + tst + `}`
	}
	tests := []struct {
		name     string
		payloads []string
		news     []bool
	}{
		{"a repetition", []string{location("1767604500", "52.5"), location("1767604500", "52.5")}, []bool{true, false}},
		{"a late one", []string{location("1767604500", "52.5"), location("1767604400", "52.6")}, []bool{true, false}},
		{"a transition of the same second", []string{location("1767604500", "52.5"), crossing("1767604500", "enter")}, []bool{true, true}},
		{"a repeated transition", []string{crossing("1767604500", "leave"), crossing("1767604500", "leave")}, []bool{true, false}},
		{"after a clock that runs ahead", []string{location("1999999999", "52.5"), location("1767640001", "52.6")}, []bool{true, true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, now := newInbox(), at(1767640000)
			a := New(Options{Fixes: in, Now: func() time.Time { return now }})
			var news []bool
			for _, payload := range tt.payloads {
				before := len(in.fixes)
				a.message(adapters.Message{Topic: topic, Payload: []byte(payload)})
				news = append(news, len(in.fixes) > before)
				now = now.Add(10 * time.Second)
			}
			if diff := cmp.Diff(tt.news, news); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTroubleIsToldOnceAndWithoutAPosition(t *testing.T) {
	var log bytes.Buffer
	a := New(Options{Fixes: newInbox(), Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for range 3 {
		a.message(adapters.Message{Topic: topic, Payload: []byte(`{"_type":"location","lat":"52.520815","lon":13.409419,"tst":1767604500}`)})
	}
	a.message(adapters.Message{Topic: "owntracks/ann/phone", Payload: []byte(iosLocation)})
	if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), "520815") || strings.Contains(log.String(), "409419") {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
	want := []adapters.Check{
		{Name: "li/phone", Detail: "not an OwnTracks message: lat is of the wrong type (3 messages so far)"},
		{Name: "ann/phone", OK: true, Detail: "1 positions, the newest of 2026-01-05T09:15:00Z"},
	}
	if diff := cmp.Diff(want, a.Checks()); diff != "" {
		t.Error(diff)
	}
}

func TestMadeUpTopicsDoNotFillTheMemory(t *testing.T) {
	a := New(Options{Fixes: &inbox{fixes: make(chan located, 2*maxTrackers)}})
	for i := range 2 * maxTrackers {
		a.message(adapters.Message{Topic: "owntracks/u/" + strings.Repeat("x", i+1), Payload: []byte(iosLocation)})
	}
	checks := a.Checks()
	if len(a.trackers) != maxTrackers || checks[0].OK || checks[0].Name != "phones" {
		t.Errorf("%d trackers, first check %+v", len(a.trackers), checks[0])
	}
}

func TestAPhoneTakesNoCommands(t *testing.T) {
	a, in := start(t, newBroker(t), Options{})
	a.Execute(model.Command{ID: "c1", Source: "owntracks/li/phone"})
	select {
	case got := <-in.outcomes:
		if got.Status != model.Rejected || got.Reason.Code != model.ReasonUnsupported {
			t.Errorf("%+v", got)
		}
	case <-time.After(patience):
		t.Error("no outcome")
	}
}

var _ adapters.Adapter = (*Adapter)(nil)
var _ adapters.Doctor = (*Adapter)(nil)
