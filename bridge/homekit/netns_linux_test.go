package homekit

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/concord-home/hub/model"
)

// within does something in a network namespace; a socket made there stays there.
func within(t *testing.T, ns string, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its namespace with it
		fd, err := os.Open("/var/run/netns/" + ns)
		if err != nil {
			done <- err
			return
		}
		defer fd.Close()
		if err := unix.Setns(int(fd.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- err
			return
		}
		done <- f()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// twoHosts are namespaces joined by a cable, which cut pulls: no packet passes, and nobody is told.
func twoHosts(t *testing.T) (a, b string, cut func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	ip := func(args ...string) error {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	names := make([]string, 3) // two hosts and the switch between them
	for i, n := range []string{"a", "b", "sw"} {
		names[i] = fmt.Sprintf("hk%d%s", os.Getpid(), n)
		if err := ip("netns", "add", names[i]); err != nil {
			t.Skipf("cannot make network namespaces here: %v", err)
		}
		t.Cleanup(func() { _ = ip("netns", "del", names[i]) })
	}
	must := func(args ...string) {
		t.Helper()
		if err := ip(args...); err != nil {
			t.Fatal(err)
		}
	}
	must("-n", names[2], "link", "add", "br0", "type", "bridge")
	must("-n", names[2], "link", "set", "br0", "up")
	for i := range 2 {
		port := fmt.Sprint("p", i)
		must("-n", names[2], "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", names[i])
		must("-n", names[2], "link", "set", port, "master", "br0", "up")
		must("-n", names[i], "addr", "add", fmt.Sprintf("10.79.0.%d/24", i+1), "dev", "eth0")
		must("-n", names[i], "link", "set", "eth0", "up")
		must("-n", names[i], "link", "set", "lo", "up")
	}
	return names[0], names[1], func() { must("-n", names[2], "link", "set", "p1", "down") }
}

// A phone leaves the Wi-Fi without a word: the stock server blocked every update in the house after 352 events.
func TestACutCableBlocksNobody(t *testing.T) {
	hubSide, phoneSide, cut := twoHosts(t)
	r := newRig(t, t.TempDir(), lamps(2))
	s := r.bridge.all()[0]
	r.addr(1)
	var there net.Listener
	within(t, hubSide, func() (err error) { there, err = net.Listen("tcp", "10.79.0.1:0"); return err })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	p := newPhone(r, 1)
	local := p.another(r.addr(1)) // the same bridge over loopback: another controller
	f := local.find("Lamp 1", "43", "8")
	go func() { defer close(done); s.run(ctx, there) }() // and on the cable
	defer func() { stop(); <-done }()

	away := *p
	within(t, phoneSide, func() error {
		c, err := net.Dial("tcp", there.Addr().String())
		if err == nil {
			away.adopt(c)
		}
		return err
	})
	away.verify()
	t.Cleanup(func() { away.raw.Close() })
	away.watch(f)
	cut()
	point := s.catalogue.Load().points[id{f.AID, f.IID}]
	for i := range 5000 {
		s.press(point, i%3)
		if i%250 == 0 {
			r.report("bench/lamp1", "level.level", model.Number(float64(i%99+1)))
			if a := local.ask("GET", "/characteristics?id="+id{f.AID, f.IID}.String(), nil); a.Status != 200 {
				t.Fatalf("the other controller is answered %d", a.Status)
			}
		}
	}
	if status, _ := local.put(f, "77"); status != 204 {
		t.Errorf("a write: %d", status)
	}
}
