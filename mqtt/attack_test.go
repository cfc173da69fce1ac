package mqtt

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestIdleConnectionsAreClosedBeforeLogin(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{LoginTimeout: 100 * time.Millisecond}})
	silent, half := dial(t, b.Addr()), dial(t, b.Addr())
	half.send(connect{id: "slow"}.bytes()[:7])
	silent.wantClosed()
	half.wantClosed()
	eventually(t, "both are counted", func() bool { return b.Stats().LoginsTimedOut == 2 })
}

func TestFloodOfIdleConnectionsKeepsNobodyOut(t *testing.T) {
	for name, limits := range map[string]Limits{
		"in all":         {LoginTimeout: time.Hour, PreLogin: 20, PreLoginPerIP: 1000},
		"of one address": {LoginTimeout: time.Hour, PreLogin: 1000, PreLoginPerIP: 20},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBroker(t, BrokerOptions{Limits: limits})
			var idle []*wire
			for range 100 {
				idle = append(idle, dial(t, b.Addr()))
			}
			login(t, b.Addr(), connect{id: "dev"}).sync()
			for _, w := range idle[:80] { // the oldest went to make room
				w.wantClosed()
			}
			if n := b.Stats().LoginsTimedOut; n < 80 || n > 81 {
				t.Errorf("%d pushed out", n)
			}
		})
	}
}

func TestConnectionsOfOneAddressAreLimited(t *testing.T) {
	g := newGate(nil, Limits{PerAddress: 2}.withDefaults(), new(counters), nil, nil, nil)
	admit := func(addr string) bool { return g.admit(newGateConn(fakeRemote{addr: addr}, time.Second)) }
	for i, want := range []bool{true, true, false} {
		if got := admit("192.0.2.1:10"); got != want {
			t.Errorf("connection %d: %v", i, got)
		}
	}
	if !admit("192.0.2.2:10") || !admit("127.0.0.1:1") || !admit("127.0.0.1:2") || !admit("127.0.0.1:3") {
		t.Error("another address or loopback was refused")
	}
}

// fakeRemote is a connection from an address that a loopback socket cannot have.
type fakeRemote struct {
	net.Conn
	addr string
}

func (f fakeRemote) RemoteAddr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", f.addr)
	return a
}

func TestHugePacketsAreRefusedByTheirClaim(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	before := heap()
	body := make([]byte, 1<<20)
	for range 10 {
		w := dial(t, b.Addr())
		w.send([]byte{0x10, 0xff, 0xff, 0xff, 0x7f})
		for range 100 { // until the broker hangs up
			if _, err := w.Write(body); err != nil {
				break
			}
		}
		w.wantClosed()
	}
	if grown := heap() - before; grown > 8 {
		t.Errorf("heap grew by %.1f MiB", grown)
	}
	if n := b.Stats().LoginsMalformed; n != 10 {
		t.Errorf("%d counted", n)
	}
	w := login(t, b.Addr(), connect{id: "dev"})
	w.send([]byte{0x30, 0x81, 0x80, 0x80, 0x04}) // 8 MiB + 1
	w.wantClosed()
}

func TestPacketOfEightMiBIsDelivered(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	sizes := make(chan int, 1)
	if _, err := b.Subscribe("zigbee2mqtt/bridge/devices", func(m Message) { sizes <- len(m.Payload) }); err != nil {
		t.Fatal(err)
	}
	const size = 8<<20 - 100
	w := login(t, b.Addr(), connect{id: "z2m"})
	w.send(publish("zigbee2mqtt/bridge/devices", strings.Repeat("x", size), true))
	if got := <-sizes; got != size {
		t.Errorf("%d bytes arrived", got)
	}
}

func TestHostilePacketsCutTheClientOff(t *testing.T) {
	deep := topicOfLevels(32000)
	tests := map[string][]byte{
		"retained to 32,000 levels":    publish(deep, "x", true),
		"subscribe to 32,000 levels":   subscribe(deep, 0),
		"unsubscribe from 32,000":      packet(0xa2, []byte{0, 9}, text(deep)),
		"33 levels":                    publish(topicOfLevels(33), "x", false),
		"topic of 1,025 bytes":         publish(strings.Repeat("x", 1025), "x", false),
		"$SYS":                         publish("$SYS/broker/version", "x", true),
		"NUL in topic":                 publish("a\x00b", "x", false),
		"NUL in filter":                subscribe("a\x00b", 0),
		"invalid UTF-8":                publish("a\xffb", "x", false),
		"wildcard in topic":            publish("a/#", "x", false),
		"empty topic":                  publish("", "x", false),
		"wildcard inside level":        subscribe("a#", 0),
		"shared subscription":          subscribe("$share/g/#", 0),
		"shared, upper case":           subscribe("$SHARE/g/#", 0),
		"second CONNECT":               connect{id: "again"}.bytes(),
		"reserved packet type":         {0xf1, 0},
		"subscribe with wrong flags":   append([]byte{0x80}, subscribe("a", 0)[1:]...),
		"subscribe with nothing in it": {0x82, 0},
	}
	b := startBroker(t, BrokerOptions{})
	for name, bad := range tests {
		for _, v5 := range []bool{false, true} {
			t.Run(name+map[bool]string{false: ", 3.1.1", true: ", 5"}[v5], func(t *testing.T) {
				w := login(t, b.Addr(), connect{id: "bad", v5: v5})
				_, _ = w.Write(bad)
				w.wantClosed()
			})
		}
	}
	login(t, b.Addr(), connect{id: "good"}).sync()
	if n := b.Stats().Retained; n != 0 {
		t.Errorf("%d messages were retained", n)
	}
}

func TestMQTT5ClientIsToldWhyItIsCutOff(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	w := login(t, b.Addr(), connect{id: "dev", v5: true})
	w.send(packet(0x30, text("$SYS/x"), []byte{0}, []byte("x")))
	if reason := w.want(14)[0]; reason != 0x90 {
		t.Errorf("DISCONNECT reason %#x, want 0x90 topic name invalid", reason)
	}
}

func TestHostileConnectsAreRefused(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	for name, c := range map[string]connect{
		"the hub's own client id":  {id: "inline"},
		"client id of 257 bytes":   {id: strings.Repeat("x", 257)},
		"user name of 257 bytes":   {id: "a", user: strings.Repeat("x", 257), password: "x"},
		"will to $SYS":             {id: "a", will: "$SYS/x", willPayload: "x"},
		"will to 20,000 levels":    {id: "a", will: topicOfLevels(20000), willPayload: "x", retainWill: true},
		"will to a wildcard":       {id: "a", will: "a/#", willPayload: "x"},
		"user that does not exist": {id: "a", user: "nobody", password: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			w := dial(t, b.Addr())
			w.send(c.bytes())
			if ack := w.want(2); ack[1] == 0 {
				t.Fatal("let in")
			}
			w.wantClosed()
		})
	}
}

// A packet on which mochi's decoder indexes past its end.
func TestPacketThatPanicsCutsOffOnlyItsSender(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	bad := login(t, b.Addr(), connect{id: "bad", v5: true, expiry: 0})
	bad.send(subscribe5("a", 0))
	bad.want(9)
	bad.send(packet(0x82, []byte{0, 9, 0}, text("a")))
	bad.wantClosed()
	eventually(t, "its session is gone", func() bool { return b.Stats().Subscriptions == 0 && b.Stats().Clients == 0 })
	if n := b.Stats().Panics; n != 1 {
		t.Errorf("%d panics counted", n)
	}
	login(t, b.Addr(), connect{id: "bad", v5: true}).sync()
}

func TestHandlerThatPanicsCutsOffThePublisher(t *testing.T) {
	b := startBroker(t, BrokerOptions{})
	if _, err := b.Subscribe("boom", func(Message) { panic("boom") }); err != nil {
		t.Fatal(err)
	}
	w := login(t, b.Addr(), connect{id: "dev"})
	w.send(publish("boom", "x", false))
	w.wantClosed()
	login(t, b.Addr(), connect{id: "dev"}).sync()
}

func TestClientThatNeverReadsIsCutOffAndHoldsUpNobody(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{WriteTimeout: 100 * time.Millisecond}})
	deaf := login(t, b.Addr(), connect{id: "deaf"})
	deaf.send(subscribe("flood", 0))
	deaf.want(9)
	big := make([]byte, 1<<20)
	eventually(t, "the deaf client is gone", func() bool {
		if err := b.Publish("flood", big, false, 0); err != nil {
			t.Fatal(err)
		}
		return b.Stats().Clients == 0
	})
}

func TestCloseDoesNotWaitForAClientThatNeverReads(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{WriteTimeout: time.Hour}})
	deaf := login(t, b.Addr(), connect{id: "deaf"})
	deaf.send(subscribe("flood", 0))
	deaf.want(9)
	for range 64 {
		if err := b.Publish("flood", make([]byte, 1<<20), false, 0); err != nil {
			t.Fatal(err)
		}
	}
	// The end of the test closes the broker and fails if that hangs.
}

func TestCloseWhileClientsComeAndGoEnds(t *testing.T) {
	for range 30 {
		b, err := NewBroker(BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
		if err != nil {
			t.Fatal(err)
		}
		stop := runConn(t, b)
		var busy sync.WaitGroup
		started := make(chan struct{}, 8)
		for i := range 8 {
			busy.Go(func() {
				for {
					c, err := net.Dial("tcp", b.Addr().String())
					if err != nil {
						return // the broker has ended
					}
					_, _ = c.Write(connect{id: itoa(i)}.bytes())
					_, err = io.ReadFull(c, make([]byte, 4))
					c.Close()
					select {
					case started <- struct{}{}:
					default:
					}
					if err != nil {
						return
					}
				}
			})
		}
		<-started
		stop()
		busy.Wait()
	}
}

func TestMQTT5ClientIsToldThatTheBrokerEnds(t *testing.T) {
	b, err := NewBroker(BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	stop := runConn(t, b)
	w := login(t, b.Addr(), connect{id: "dev", v5: true})
	stop()
	if reason := w.want(14)[0]; reason != 0x8b {
		t.Errorf("DISCONNECT reason %#x, want 0x8b server shutting down", reason)
	}
}

func TestSubscriptionsOfAClientAreLimited(t *testing.T) {
	b := startBroker(t, BrokerOptions{Limits: Limits{Subscriptions: 3}})
	w := login(t, b.Addr(), connect{id: "dev"})
	for _, f := range []string{"a", "b", "c"} {
		w.send(subscribe(f, 0))
		w.want(9)
	}
	w.send(subscribe("d", 0))
	w.wantClosed()
}

func FuzzReadConnect(f *testing.F) {
	f.Add(connect{id: "a", user: "u", password: "p"}.bytes(), 64<<10)
	f.Add([]byte{0x10, 0xff, 0xff, 0xff, 0x7f}, 64<<10)
	f.Add([]byte{0x10, 0xff, 0xff, 0xff, 0xff, 0x01}, 64<<10)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		r := strings.NewReader(string(in))
		got, err := readConnect(r, limit)
		if err != nil {
			return
		}
		if len(got) > limit || string(got) != string(in[:len(got)]) || r.Len() != len(in)-len(got) {
			t.Errorf("%d of %d bytes, limit %d", len(got), len(in), limit)
		}
	})
}

// FuzzPackets sends arbitrary bytes after a login, in both protocol versions. The broker
// must outlive them and go on serving.
func FuzzPackets(f *testing.F) {
	b, err := NewBroker(BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
	if err != nil {
		f.Fatal(err)
	}
	runConn(f, b) // not startBroker: the fuzzing engine has goroutines of its own
	f.Add(publishQoS1("a/b", "x", 1, true), false)
	f.Add(subscribe("a/+/#", 1), false)
	f.Add(subscribe5("a/+/#", 0x2d), true)
	f.Add(packet(0x82, []byte{0, 9, 0}, text("a")), true)
	f.Add(packet(0xe0, []byte{0, 5, 0x11, 0, 0, 0, 9}), true)
	f.Add(packet(0xf0, []byte{0x18, 0}), true)
	f.Fuzz(func(t *testing.T, in []byte, v5 bool) {
		w := dial(t, b.Addr())
		w.send(connect{id: "fuzz", v5: v5}.bytes())
		w.want(2)
		_, _ = w.Write(in)
		_ = w.Conn.(*net.TCPConn).CloseWrite()
		w.wantClosed()
		login(t, b.Addr(), connect{id: "good"}).sync()
	})
}
