package sdk_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/plugins/broker"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sdk"
)

// listening runs a plugin whose hub has a real broker of sockets, with a port to listen at.
func listening(t *testing.T, network string, run func(ctx context.Context, l net.Listener) error) (port int) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sdk") // short: the path of a Unix socket has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b := broker.New(broker.Options{Dir: dir, Inside: dir, Anywhere: true, ListenOn: "127.0.0.1"})
	t.Cleanup(b.Close)
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port = c.LocalAddr().(*net.UDPAddr).Port
		_ = c.Close()
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port = l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
	}
	own := fmt.Sprint(network, "/", port)
	listens := make(chan struct{})
	serveWith(t, sdk.Plugin{Run: func(ctx context.Context, hub *sdk.Hub) error {
		if _, err := hub.Listen(ctx, "tcp/1"); err == nil {
			t.Error("it listens at a port that is not its own")
		}
		l, err := hub.Listen(ctx, own)
		if err != nil {
			return err
		}
		defer l.Close()
		close(listens)
		return run(ctx, l)
	}}, func(in *protocol.Incoming) (any, error) {
		if in.Method != protocol.MethodListen {
			return nil, nil
		}
		var l protocol.Listen
		if err := in.Decode(&l); err != nil || l.Port != own {
			return nil, protocol.Errorf(protocol.Rejected, "%s is not its own", l.Port)
		}
		socket, err := b.Listen(l.Port)
		return protocol.Listening{Socket: socket}, err
	})
	select {
	case <-listens:
	case <-time.After(time.Minute):
		t.Fatal("it never listens")
	}
	return port
}

func TestADeviceCallsThePlugin(t *testing.T) {
	closed := make(chan error, 1)
	port := listening(t, "tcp", func(ctx context.Context, l net.Listener) error {
		for range 2 {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			fmt.Fprintf(c, "%s from %s", strings.TrimSpace(line), c.RemoteAddr())
			_ = c.Close()
		}
		stopped := make(chan struct{})
		go func() { defer close(stopped); _, err := l.Accept(); closed <- err }()
		_ = l.Close()
		<-stopped
		<-ctx.Done()
		return ctx.Err()
	})
	for range 2 {
		c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(c, "hello\n")
		answer, err := io.ReadAll(c)
		if want := "hello from " + c.LocalAddr().String(); string(answer) != want || err != nil {
			t.Errorf("%q, %v; expected %q", answer, err, want)
		}
		_ = c.Close()
	}
	if err := <-closed; err == nil {
		t.Error("a listener that is closed accepts")
	}
}

func TestADevicesDatagramsReachThePlugin(t *testing.T) {
	port := listening(t, "udp", func(ctx context.Context, l net.Listener) error {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		defer context.AfterFunc(ctx, func() { _ = c.Close() })()
		b := make([]byte, 1500)
		for {
			n, err := c.Read(b)
			if err != nil {
				return err
			}
			from, text, _ := strings.Cut(string(b[:n]), "\n")
			if _, err := c.Write([]byte(from + "\nre: " + text)); err != nil {
				return err
			}
		}
	})
	c, err := net.Dial("udp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 100)
	for range 300 { // what comes before the plugin has accepted is lost, as datagrams may be
		_, _ = c.Write([]byte("hello"))
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, err := c.Read(b)
		if err == nil {
			if string(b[:n]) != "re: hello" {
				t.Errorf("%q", b[:n])
			}
			return
		}
		var late net.Error
		if !errors.As(err, &late) {
			t.Fatal(err)
		}
	}
	t.Error("never answered")
}

func TestWhatIsPublishedIsHeardByTheDeviceAndThePlugin(t *testing.T) {
	heard := make(chan string, 10)
	device := make(chan sdk.Message, 10)
	published := make(chan string, 10)
	h := serveWith(t, sdk.Plugin{
		Heard: func(hub *sdk.Hub, topic string, payload []byte) { heard <- topic + " " + string(payload) },
		Open: func(_ context.Context, c sdk.Candidate) (sdk.Device, error) {
			return &lamp{run: func(ctx context.Context, r *sdk.Reporter) error {
				for m := range c.Hear(ctx, "acme/7/#") {
					if string(m.Payload) == "gone" {
						r.Offline("it said goodbye")
					}
					err1, err2 := c.Publish(ctx, "other/7", []byte("x"), false), c.Publish(ctx, "acme/7/seen", m.Payload, true)
					if protocol.CodeOf(err1) != protocol.Rejected || err2 != nil {
						t.Errorf("published elsewhere: %v, on its own topic: %v", err1, err2)
					}
					device <- m
				}
				return ctx.Err()
			}}, nil
		}}, func(in *protocol.Incoming) (any, error) {
		if in.Method == protocol.MethodPublish {
			var p protocol.Publish
			_ = in.Decode(&p)
			if !protocol.MatchesTopic("acme/#", p.Topic) {
				return nil, protocol.Errorf(protocol.Rejected, "not its own")
			}
			b, err := p.Bytes()
			published <- fmt.Sprint(p.Topic, " ", string(b), " ", p.Retain)
			return nil, err
		}
		return nil, nil
	})
	say := func(topic string, payload []byte, retained bool) {
		t.Helper()
		if err := h.Notify(protocol.MethodHeard, protocol.NewHeard(topic, payload, retained)); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-heard:
			if want := topic + " " + string(payload); got != want {
				t.Errorf("the plugin hears %q, expected %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatal("the plugin hears nothing of ", topic)
		}
	}
	expect := func(payload string, old bool) {
		t.Helper()
		select {
		case m := <-device:
			if string(m.Payload) != payload || m.Old != old {
				t.Errorf("the device hears %q, old %v; expected %q, %v", m.Payload, m.Old, payload, old)
			}
		case <-time.After(time.Minute):
			t.Fatal("the device never hears ", payload)
		}
		if got, want := <-published, "acme/7/seen "+payload+" true"; got != want {
			t.Errorf("published %q, expected %q", got, want)
		}
	}
	say("acme/7/status", []byte("on"), true) // before anybody listens
	say("acme/8/status", []byte("on"), true) // of another device
	h.find(t)
	expect("on", true)
	say("acme/7/status", []byte{0xff, 1}, false)
	expect("\xff\x01", false)
	say("acme/7/online", []byte("gone"), false)
	expect("gone", false)
	var s protocol.Status
	if h.next(t, protocol.MethodStatus, &s); s.Reachable || s.Why != "it said goodbye" {
		t.Errorf("%+v", s)
	}
}
