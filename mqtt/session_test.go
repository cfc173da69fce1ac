package mqtt

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// users is a lookup of passwords by user.
func users(passwords map[string]string) func(string) (string, bool) {
	hashes := make(map[string]string)
	for u, p := range passwords {
		hashes[u] = encodeHash(schemeFast, p)
	}
	return func(u string) (string, bool) { h, ok := hashes[u]; return h, ok }
}

// tryLogin returns the CONNACK code: 0 is in, 4 and 5 are not (MQTT 3.1.1 section 3.2.2.3).
func tryLogin(t *testing.T, b *Broker, c connect) byte {
	t.Helper()
	w := dial(t, b.Addr())
	w.send(c.bytes())
	return w.want(2)[1]
}

func TestOnlyTheRightPasswordGetsIn(t *testing.T) {
	b := startBroker(t, BrokerOptions{Users: users(map[string]string{"z2m": "right"})})
	for _, tt := range []struct {
		name, user, password string
		in                   bool
	}{
		{"right", "z2m", "right", true},
		{"wrong", "z2m", "wrong", false},
		{"empty", "z2m", "", false},
		{"unknown user", "other", "right", false},
		{"anonymous", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code := tryLogin(t, b, connect{id: "c", user: tt.user, password: tt.password}); (code == 0) != tt.in {
				t.Errorf("CONNACK code %d", code)
			}
		})
	}
}

func TestFailedLoginsAreThrottledByUserAndAddress(t *testing.T) {
	c := &clock{t: time.Unix(1e9, 0)}
	b := startBroker(t, BrokerOptions{Now: c.now, Users: users(map[string]string{"z2m": "right", "cam": "right"})})
	for range failsPerUser {
		tryLogin(t, b, connect{id: "a", user: "z2m", password: "guess"})
	}
	if tryLogin(t, b, connect{id: "a", user: "z2m", password: "right"}) == 0 {
		t.Error("the right password got in while throttled: guessing goes on")
	}
	if tryLogin(t, b, connect{id: "b", user: "cam", password: "right"}) != 0 {
		t.Error("a neighbour at the same address was locked out")
	}
	c.advance(failWindow)
	if tryLogin(t, b, connect{id: "a", user: "z2m", password: "right"}) != 0 {
		t.Error("the throttle does not end")
	}
	for i := range failsPerAddress {
		tryLogin(t, b, connect{id: "a", user: "guess" + itoa(i), password: "guess"})
	}
	if tryLogin(t, b, connect{id: "b", user: "cam", password: "right"}) == 0 {
		t.Error("an address may guess users without end")
	}
	if s := b.Stats(); s.LoginsFailed != failsPerUser+failsPerAddress || s.LoginsThrottled != 2 {
		t.Errorf("%d failed, %d throttled", s.LoginsFailed, s.LoginsThrottled)
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	c := &clock{t: time.Unix(1e9, 0)}
	th := newThrottle(c.now)
	addr := newGateConn(fakeRemote{addr: "192.0.2.1:1"}, 0).addr
	for i := range 3 * throttleEntries {
		th.failed(addr, itoa(i))
	}
	if len(th.fails) > throttleEntries {
		t.Errorf("%d entries", len(th.fails))
	}
	if !th.blocked(addr, "new") {
		t.Error("the address was forgotten")
	}
}

// prefixRule lets each user into its own tree only.
func prefixRule(user, topic string, _ bool) bool { return strings.HasPrefix(topic, user+"/") }

func TestRulesLimitPublishSubscribeDeliveryAndWill(t *testing.T) {
	b := startBroker(t, BrokerOptions{Allow: prefixRule, Users: users(map[string]string{"cam": "p", "tv": "p"})})
	var in inbox
	if _, err := b.Subscribe("#", in.add); err != nil {
		t.Fatal(err)
	}
	w := login(t, b.Addr(), connect{id: "c", user: "cam", password: "p"})
	w.send(publish("tv/x", "no", false), publish("cam/x", "yes", false))
	w.sync()
	if got := in.all(); len(got) != 1 || got[0] != "cam/x=yes" {
		t.Errorf("published %v", got)
	}
	for filter, want := range map[string]byte{"tv/#": 0x80, "#": 0x80, "cam/#": 0} {
		w.send(subscribe(filter, 0))
		if code := w.want(9)[2]; code != want {
			t.Errorf("SUBACK for %s: %#x", filter, code)
		}
	}
	if tryLogin(t, b, connect{id: "d", user: "cam", password: "p", will: "tv/x", willPayload: "x"}) == 0 {
		t.Error("a will past the rules was accepted")
	}
}

func TestRulesHoldForRetainedMessages(t *testing.T) {
	rule := func(user, topic string, write bool) bool { return write || topic != "a/secret" }
	b := startBroker(t, BrokerOptions{Allow: rule, Users: users(map[string]string{"u": "p"})})
	publishAll(t, b, "a/secret", "1", "a/open", "2")
	w := login(t, b.Addr(), connect{id: "c", user: "u", password: "p"})
	w.send(subscribe("a/#", 0))
	w.want(9)
	publishAll(t, b, "a/last", "3")
	for {
		topic, _, _ := w.wantMessage()
		if topic == "a/secret" {
			t.Fatal("the rule was passed by")
		}
		if topic == "a/last" {
			return
		}
	}
}

func TestClientIDOfAnotherUserCannotBeTaken(t *testing.T) {
	b := startBroker(t, BrokerOptions{Users: users(map[string]string{"owner": "p", "thief": "p"})})
	owner := connect{id: "lock", user: "owner", password: "p", persistent: true}
	thief := connect{id: "lock", user: "thief", password: "p"}
	w := login(t, b.Addr(), owner)
	if tryLogin(t, b, thief) == 0 {
		t.Error("taken from a connected client")
	}
	w.sync()
	w.Close()
	eventually(t, "the owner's session is kept", func() bool { return b.Stats().Sessions == 1 })
	if tryLogin(t, b, thief) == 0 {
		t.Error("taken from a client that is away")
	}
	login(t, b.Addr(), owner)
}

func TestSameUserTakesOverAndStaysReachable(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	for _, persistent := range []bool{false, true} {
		first := login(t, b.Addr(), connect{id: "dev", persistent: persistent})
		for range 50 {
			next := login(t, b.Addr(), connect{id: "dev", persistent: persistent})
			first.wantClosed()
			next.send(subscribe("a", 0))
			next.want(9)
			if err := b.Publish("a", []byte("x"), false, 0); err != nil {
				t.Fatal(err)
			}
			next.wantMessage()
			first = next
		}
	}
	if n := b.Stats().Clients; n != 1 {
		t.Errorf("%d clients", n)
	}
}

func TestManyConnectingWithOneIDLeaveOneConnected(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			w := dial(t, b.Addr())
			_, _ = w.Write(connect{id: "dev"}.bytes())
			_, _, _ = w.next()
		})
	}
	wg.Wait()
	eventually(t, "one is left", func() bool { return b.Stats().Clients == 1 })
}

func TestSessionsOfAbsentClientsAreCapped(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{Sessions: 10}})
	for i := range 30 {
		w := login(t, b.Addr(), connect{id: "ghost" + itoa(i), persistent: true})
		w.send(subscribe("g/"+itoa(i), 1))
		w.want(9)
		w.Close()
		eventually(t, "it is away", func() bool { return b.Stats().Clients == 0 })
	}
	eventually(t, "the oldest made room", func() bool {
		s := b.Stats()
		return s.Sessions == 10 && s.Subscriptions == 10 && s.SessionsEvicted == 20
	})
	for id, want := range map[string]byte{"ghost0": 0, "ghost29": 1} {
		w := dial(t, b.Addr())
		w.send(connect{id: id, persistent: true}.bytes())
		if ack := w.want(2); ack[0] != want {
			t.Errorf("%s: session present = %d", id, ack[0])
		}
	}
}

func TestSessionExpiresWithItsSubscriptions(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{SessionExpiry: time.Second}})
	old := login(t, b.Addr(), connect{id: "old", persistent: true})
	old.send(subscribe("a", 1))
	old.want(9)
	old.Close()
	v5 := login(t, b.Addr(), connect{id: "new", v5: true, persistent: true, expiry: 1})
	v5.send(subscribe5("a", 1))
	v5.want(9)
	v5.send(packet(0xe0, []byte{0, 5, 0x11, 0xff, 0xff, 0xff, 0xfe})) // asks for 136 years at the end
	v5.wantClosed()
	eventually(t, "both are gone", func() bool { s := b.Stats(); return s.Sessions == 0 && s.Subscriptions == 0 })
}

func TestAbsentClientGetsWhatItMissed(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	c := connect{id: "dev", persistent: true}
	w := login(t, b.Addr(), c)
	w.send(subscribe("a", 1))
	w.want(9)
	w.Close()
	eventually(t, "it is away", func() bool { return b.Stats().Sessions == 1 })
	if err := b.Publish("a", []byte("missed"), false, 1); err != nil {
		t.Fatal(err)
	}
	if _, payload, _ := login(t, b.Addr(), c).wantMessage(); payload != "missed" {
		t.Errorf("got %q", payload)
	}
}

func TestLastWillIsDelivered(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	got := make(chan string, 1)
	if _, err := b.Subscribe("dev/status", func(m Message) { got <- string(m.Payload) }); err != nil {
		t.Fatal(err)
	}
	login(t, b.Addr(), connect{id: "dev", will: "dev/status", willPayload: "offline"}).Close()
	select {
	case s := <-got:
		if s != "offline" {
			t.Error(s)
		}
	case <-time.After(testPatience):
		t.Error("no will")
	}
}
