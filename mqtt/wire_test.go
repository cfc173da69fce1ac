package mqtt

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The tests attack over real sockets with packets made by hand, so that they can be wrong.

const testPatience = 20 * time.Second

func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

func packet(first byte, parts ...[]byte) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	out := []byte{first}
	for n := len(body); ; {
		b := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			out = append(out, b|0x80)
			continue
		}
		return append(append(out, b), body...)
	}
}

// connect describes a CONNECT packet; the zero value is MQTT 3.1.1, clean, anonymous.
type connect struct {
	id, user, password string
	v5, persistent     bool
	expiry             uint32 // v5
	will, willPayload  string
	retainWill         bool
}

func (c connect) bytes() []byte {
	flags, version := byte(0), byte(4)
	var tail, props []byte
	if !c.persistent {
		flags |= 2
	}
	if c.v5 {
		version = 5
		props = append([]byte{5, 0x11}, binary.BigEndian.AppendUint32(nil, c.expiry)...)
	}
	if c.will != "" {
		flags |= 4
		if c.retainWill {
			flags |= 0x20
		}
		if c.v5 {
			tail = append(tail, 0)
		}
		tail = append(append(tail, text(c.will)...), text(c.willPayload)...)
	}
	if c.user != "" {
		flags |= 0xc0
		tail = append(append(tail, text(c.user)...), text(c.password)...)
	}
	return packet(0x10, text("MQTT"), []byte{version, flags, 0, 60}, props, text(c.id), tail)
}

func publish(topic, payload string, retain bool) []byte {
	first := byte(0x30)
	if retain {
		first |= 1
	}
	return packet(first, text(topic), []byte(payload))
}

func publishQoS1(topic, payload string, id uint16, retain bool) []byte {
	first := byte(0x32)
	if retain {
		first |= 1
	}
	return packet(first, text(topic), binary.BigEndian.AppendUint16(nil, id), []byte(payload))
}

func subscribe(filter string, qos byte) []byte {
	return packet(0x82, []byte{0, 9}, text(filter), []byte{qos})
}

func subscribe5(filter string, options byte) []byte {
	return packet(0x82, []byte{0, 9, 0}, text(filter), []byte{options})
}

// wire is one raw connection.
type wire struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr net.Addr) *wire {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(testPatience))
	return &wire{t, c, bufio.NewReaderSize(c, 1<<16)}
}

func (w *wire) send(b ...[]byte) {
	w.t.Helper()
	for _, p := range b {
		if _, err := w.Write(p); err != nil {
			w.t.Fatal(err)
		}
	}
}

// next reads one packet.
func (w *wire) next() (first byte, body []byte, err error) {
	if first, err = w.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, shift := 0, 0
	for {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, nil, err
		}
		n |= int(b&0x7f) << shift
		if shift += 7; b&0x80 == 0 {
			break
		}
	}
	body = make([]byte, n)
	_, err = io.ReadFull(w.r, body)
	return first, body, err
}

// want reads packets until one of the type comes.
func (w *wire) want(kind byte) []byte {
	w.t.Helper()
	for {
		first, body, err := w.next()
		if err != nil {
			w.t.Fatalf("waiting for packet type %d: %v", kind, err)
		}
		if first>>4 == kind {
			return body
		}
	}
}

// wantMessage reads until a PUBLISH comes (MQTT 3.1.1) and acknowledges it.
func (w *wire) wantMessage() (topic, payload string, retained bool) {
	w.t.Helper()
	for {
		first, body, err := w.next()
		if err != nil {
			w.t.Fatalf("waiting for a message: %v", err)
		}
		if first>>4 != 3 {
			continue
		}
		n := 2 + int(binary.BigEndian.Uint16(body))
		topic, body = string(body[2:n]), body[n:]
		if first&6 != 0 {
			w.send(packet(0x40, body[:2]))
			body = body[2:]
		}
		return topic, string(body), first&1 != 0
	}
}

// wantClosed reads until the broker hangs up.
func (w *wire) wantClosed() {
	w.t.Helper()
	for {
		if _, _, err := w.next(); errors.Is(err, os.ErrDeadlineExceeded) {
			w.t.Fatal("the broker did not hang up")
		} else if err != nil {
			return
		}
	}
}

// sync returns when the broker has processed everything sent before.
func (w *wire) sync() {
	w.t.Helper()
	w.send(packet(0xc0))
	w.want(13)
}

// login connects and returns after a CONNACK that says yes.
func login(t testing.TB, addr net.Addr, c connect) *wire {
	t.Helper()
	w := dial(t, addr)
	w.send(c.bytes())
	if ack := w.want(2); ack[1] != 0 {
		t.Fatalf("CONNACK %#x for %q", ack[1], c.id)
	}
	return w
}

// startBroker runs an anonymous broker unless o says otherwise, and checks at the end of
// the test that it leaves no goroutine.
func startBroker(t testing.TB, o BrokerOptions) *Broker {
	t.Helper()
	before := runtime.NumGoroutine()
	if o.Users == nil {
		o.AllowAnonymous = true
	}
	o.Listen = "127.0.0.1:0"
	b, err := NewBroker(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wantGoroutines(t, before) })
	runConn(t, b)
	return b
}

// runConn runs c until the test ends and waits until it is connected.
func runConn(t testing.TB, c Conn) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	stop = func() {
		cancel()
		if ended == nil {
			return
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		ended = nil
	}
	t.Cleanup(stop)
	waitState(t, c, true)
	return stop
}

func waitState(t testing.TB, c Conn, want bool) {
	t.Helper()
	reached := make(chan struct{}, 1)
	last := make(chan string, 64)
	c.OnState(func(connected bool, why string) {
		select {
		case last <- why:
		default:
		}
		if connected == want {
			select {
			case reached <- struct{}{}:
			default:
			}
		}
	})
	select {
	case <-reached:
	case <-time.After(testPatience):
		close(last)
		var whys []string
		for w := range last {
			whys = append(whys, w)
		}
		t.Fatalf("connected did not become %v: %s", want, strings.Join(whys, "; "))
	}
}

// eventually polls until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(testPatience)
	for !ok() {
		select {
		case <-tick.C:
		case <-patience:
			t.Fatalf("did not come true: %s", what)
		}
	}
}

func wantGoroutines(t testing.TB, before int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(testPatience)
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-patience:
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
	}
}

// heap is the live heap in MiB.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

func topicOfLevels(n int) string { return strings.TrimSuffix(strings.Repeat("a/", n), "/") }

func itoa(i int) string { return fmt.Sprint(i) }
