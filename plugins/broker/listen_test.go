package broker_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/plugins/broker"
)

// freePort is one that nobody listens at.
func freePort(t *testing.T, network string) int {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestDevicesReachAPluginThatListens(t *testing.T) {
	dir := folder(t)
	b := broker.New(broker.Options{Dir: dir, Inside: dir, Anywhere: true, ListenOn: "127.0.0.1"})
	defer b.Close()
	port := freePort(t, "tcp")
	socket, err := b.Listen(fmt.Sprint("tcp/", port))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Listen(fmt.Sprint("tcp/", port)); again != socket || err != nil {
		t.Errorf("asked twice: %s, %v", again, err)
	}
	plugin := func(name string) { // accepts once
		c, err := net.Dial("unix", socket)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		from, _ := r.ReadString('\n')
		asked, _ := r.ReadString('\n')
		fmt.Fprintf(c, "%s heard %s from %s", name, strings.TrimSpace(asked), strings.Split(from, ":")[0])
	}
	for _, first := range []string{"plugin", "device"} { // whoever comes first waits for the other
		device, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); plugin(first) }()
		_ = device.SetDeadline(time.Now().Add(30 * time.Second))
		_, _ = io.WriteString(device, "hello\n")
		answer, err := io.ReadAll(device)
		if want := first + " heard hello from 127.0.0.1"; string(answer) != want || err != nil {
			t.Errorf("%q, %v; want %q", answer, err, want)
		}
		device.Close()
		<-done
	}
}

func TestDatagramsReachAPluginThatListens(t *testing.T) {
	dir := folder(t)
	b := broker.New(broker.Options{Dir: dir, Inside: dir, Anywhere: true, ListenOn: "127.0.0.1"})
	defer b.Close()
	port := freePort(t, "udp")
	socket, err := b.Listen(fmt.Sprint("udp/", port))
	if err != nil {
		t.Fatal(err)
	}
	device, err := net.Dial("udp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	for range 2 { // the second connection of the plugin takes over
		plugin, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		go func() { // a datagram that comes while the connections change is lost, as datagrams may be
			for {
				_, _ = device.Write([]byte("hello"))
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}()
		_ = plugin.SetDeadline(time.Now().Add(30 * time.Second))
		head := make([]byte, 2)
		_, err = io.ReadFull(plugin, head)
		close(stop)
		if err != nil {
			t.Fatal(err)
		}
		frame := make([]byte, int(head[0])<<8|int(head[1]))
		if _, err := io.ReadFull(plugin, frame); err != nil {
			t.Fatal(err)
		}
		if want := device.LocalAddr().String() + "\nhello"; string(frame) != want {
			t.Errorf("%q, want %q", frame, want)
		}
		answer := device.LocalAddr().String() + "\nwelcome"
		if _, err := plugin.Write(append([]byte{0, byte(len(answer))}, answer...)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		_ = device.SetReadDeadline(time.Now().Add(30 * time.Second))
		if n, err := device.Read(buf); string(buf[:n]) != "welcome" {
			t.Errorf("the device is told %q, %v", buf[:n], err)
		}
		plugin.Close()
	}
}

func TestNobodyElseReachesIt(t *testing.T) {
	dir := folder(t)
	b := broker.New(broker.Options{Dir: dir, Inside: dir, ListenOn: "127.0.0.1"}) // this machine is no device
	defer b.Close()
	port := freePort(t, "tcp")
	if _, err := b.Listen(fmt.Sprint("tcp/", port)); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if answer, err := io.ReadAll(c); len(answer) > 0 {
		t.Errorf("%q, %v", answer, err)
	}
	if b.Denied() != 1 {
		t.Errorf("%d were denied", b.Denied())
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := b.Listen(fmt.Sprint("tcp/", taken.Addr().(*net.TCPAddr).Port)); err == nil {
		t.Error("a port that is taken was given")
	}
}
