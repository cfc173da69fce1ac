package broker_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/concord-home/hub/plugins/broker"
)

// folder is a short one: the path of a Unix socket has 107 bytes.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "broker")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// echo answers each line with its own name before it.
func echo(t *testing.T, name string) (host netip.Addr, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				line, _ := bufio.NewReader(c).ReadString('\n')
				_, _ = io.WriteString(c, name+" "+line)
			}()
		}
	}()
	a := l.Addr().(*net.TCPAddr).AddrPort()
	return a.Addr(), int(a.Port())
}

func say(t *testing.T, socket, text string) string {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	_, _ = io.WriteString(c, text)
	b, _ := io.ReadAll(c)
	return string(b)
}

func TestASocketLeadsToTheDeviceAndToNothingElse(t *testing.T) {
	dir := folder(t)
	b := broker.New(broker.Options{Dir: dir, Inside: dir, Anywhere: true})
	defer b.Close()
	host, port := echo(t, "lamp")
	sockets, err := b.Grant("lamp", host, port, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := say(t, sockets["tcp"], "hello\n"); got != "lamp hello\n" {
		t.Errorf("%q", got)
	}
	b.Revoke("lamp")
	if got := say(t, sockets["tcp"], "hello\n"); strings.Contains(got, "lamp hello") {
		t.Error("a grant that was taken back still works")
	}
}

func TestASocketFollowsTheDevicesAddress(t *testing.T) {
	dir := folder(t)
	first := netip.MustParseAddr("127.0.0.1")
	second := netip.MustParseAddr("127.0.0.2")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	moved, err := net.Listen("tcp", netip.AddrPortFrom(second, uint16(port)).String())
	if err != nil {
		t.Skip("this machine has one loopback address: ", err)
	}
	defer moved.Close()
	for _, x := range []struct {
		l    net.Listener
		name string
	}{{l, "first"}, {moved, "second"}} {
		go func() {
			for {
				c, err := x.l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, x.name)
				_ = c.Close()
			}
		}()
	}
	b := broker.New(broker.Options{Dir: dir, Inside: dir, Anywhere: true})
	defer b.Close()
	before, err1 := b.Grant("lamp", first, port, nil)
	got := say(t, before["tcp"], "")
	after, err2 := b.Grant("lamp", second, port, nil)
	if err := errors.Join(err1, err2); err != nil || before["tcp"] != after["tcp"] {
		t.Fatal(err, before, after)
	}
	if again := say(t, before["tcp"], ""); got != "first" || again != "second" {
		t.Errorf("%q, then %q", got, again)
	}
}

func TestDatagramsTravelWithTheirLength(t *testing.T) {
	dir := folder(t)
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	go func() {
		b := make([]byte, 100)
		for {
			n, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = udp.WriteTo(append([]byte("re:"), b[:n]...), from)
		}
	}()
	b := broker.New(broker.Options{Dir: dir, Inside: dir, Anywhere: true})
	defer b.Close()
	_, port, _ := net.SplitHostPort(udp.LocalAddr().String())
	sockets, err := b.Grant("lamp", netip.MustParseAddr("127.0.0.1"), 0, []string{"udp/" + port})
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("unix", sockets["udp/"+port])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, text := range []string{"a", "bcd"} {
		_, _ = c.Write(append([]byte{0, byte(len(text))}, text...))
		got := make([]byte, 2+3+len(text))
		if _, err := io.ReadFull(c, got); err != nil || string(got[2:]) != "re:"+text {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestAFeignedSightingLeadsNowhere(t *testing.T) {
	dir := folder(t)
	b := broker.New(broker.Options{Dir: dir, Inside: dir})
	defer b.Close()
	for addr, ok := range map[string]bool{"127.0.0.1": false, "::1": false, "8.8.8.8": false, "224.0.0.1": false, "0.0.0.0": false, "192.168.250.77": true, "fe80::1": true, "fd00::7": true} {
		_, err := b.Grant(addr, netip.MustParseAddr(addr), 80, nil)
		if (err == nil) != ok || err != nil && !errors.Is(err, broker.ErrNotLocal) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
