package discovery

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// lan is a switch in a namespace of its own with hosts around it.
type lan struct {
	t      *testing.T
	prefix string
}

func newLAN(t *testing.T, hosts int) *lan {
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the ip command of iproute2")
	}
	n := &lan{t: t, prefix: fmt.Sprintf("disc%d", os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", n.ns("sw")).CombinedOutput(); err != nil {
		t.Skipf("cannot make network namespaces here: %s", out)
	}
	t.Cleanup(func() { n.delete("sw") })
	n.ip("-n", n.ns("sw"), "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
	n.ip("-n", n.ns("sw"), "link", "set", "br0", "up")
	for i := range hosts {
		n.addHost(i)
	}
	return n
}

func (n *lan) addHost(i int) {
	ns, port := n.ns(fmt.Sprint(i)), fmt.Sprintf("p%d", i)
	n.ip("netns", "add", ns)
	n.t.Cleanup(func() { n.delete(fmt.Sprint(i)) })
	n.ip("-n", ns, "link", "set", "lo", "up")
	n.ip("-n", n.ns("sw"), "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", ns)
	n.ip("-n", n.ns("sw"), "link", "set", port, "master", "br0", "up")
	n.ip("-n", ns, "addr", "add", fmt.Sprintf("10.78.0.%d/24", i+1), "dev", "eth0")
	n.ip("-n", ns, "link", "set", "eth0", "up")
}

func (n *lan) ns(name string) string { return n.prefix + name }

func (n *lan) delete(name string) {
	if out, err := exec.Command("ip", "netns", "del", n.ns(name)).CombinedOutput(); err != nil {
		n.t.Errorf("delete namespace: %v: %s", err, out)
	}
}

func (n *lan) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// proc is this test binary in another role on a host of the LAN.
type proc struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.Reader
}

func (n *lan) start(host int, role string) *proc {
	n.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	p := &proc{cmd: exec.Command("ip", "netns", "exec", n.ns(fmt.Sprint(host)), exe)}
	p.cmd.Env = append(os.Environ(), roleVar+"="+role)
	p.cmd.Stderr = os.Stderr
	p.in, err = p.cmd.StdinPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if p.out, err = p.cmd.StdoutPipe(); err != nil {
		n.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(p.kill)
	return p
}

func (p *proc) tell(t *testing.T, command string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, command); err != nil {
		t.Fatalf("tell %q: %v", command, err)
	}
}

func (p *proc) kill() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	}
}

// watcher follows what the hub prints.
type watcher struct {
	t     *testing.T
	lines chan heard
	count map[ChangeKind]map[string]heard // the last of each kind per instance, since reset
}

func watch(t *testing.T, r io.Reader) *watcher {
	w := &watcher{t: t, lines: make(chan heard, 4096)}
	go func() {
		defer close(w.lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			var h heard
			if err := json.Unmarshal(s.Bytes(), &h); err == nil {
				w.lines <- h
			}
		}
	}()
	w.reset()
	return w
}

func (w *watcher) reset() { w.count = map[ChangeKind]map[string]heard{} }

// until waits for a number of instances in a range of lamps with a change of
// some kind that satisfies ok, and logs how long the last took.
func (w *watcher) until(what string, kind ChangeKind, want int, ok func(heard) bool) {
	w.t.Helper()
	began := time.Now()
	limit := time.After(25 * time.Second)
	for w.have(kind, ok) < want {
		select {
		case h, open := <-w.lines:
			if !open {
				w.t.Fatal("the hub ended")
			}
			if w.count[h.Kind] == nil {
				w.count[h.Kind] = map[string]heard{}
			}
			w.count[h.Kind][h.Instance] = h
		case <-limit:
			w.t.Fatalf("%s: %d of %d after 25 s", what, w.have(kind, ok), want)
		}
	}
	w.t.Logf("%-45s %3d in %.2f s", what, want, time.Since(began).Seconds())
}

func (w *watcher) have(kind ChangeKind, ok func(heard) bool) int {
	n := 0
	for _, h := range w.count[kind] {
		if ok(h) {
			n++
		}
	}
	return n
}

// lamps selects the fifty services of one house.
func lamps(first int) func(heard) bool {
	return func(h heard) bool { return h.Port >= 1000+first && h.Port < 1000+first+50 }
}

func every(heard) bool { return true }

func TestTwoHundredServicesOnALAN(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about half a minute")
	}
	n := newLAN(t, 6)
	house := func(i int, mode string) *proc {
		return n.start(i, fmt.Sprintf("house %d 50 6 10.78.0.%d %s", (i-1)*50, i+1, mode))
	}
	h1, h2, h3 := house(1, "whole"), house(2, "apart"), house(3, "whole")
	h4 := house(4, "silent")
	hub := n.start(0, "hub")
	w := watch(t, hub.out)
	w.until("appear (one house silent until asked)", Appeared, 200, every)

	h2.tell(t, "goodbye")
	w.until("say goodbye", Goodbye, 50, lamps(50))
	n.ip("-n", n.ns("1"), "addr", "add", "10.78.0.77/24", "dev", "eth0")
	h1.tell(t, "move 10.78.0.77")
	w.until("change address", Updated, 50, func(h heard) bool {
		return lamps(0)(h) && len(h.Addrs) == 1 && h.Addrs[0].String() == "10.78.0.77"
	})

	h3.kill()
	w.until("vanish silently (TTL 6 s)", Expired, 50, lamps(100))
	w.reset()
	h2.kill()
	house(2, "apart")
	house(3, "whole")
	w.until("return after goodbye", Returned, 50, lamps(50))
	w.until("return after silence", Returned, 50, lamps(100))

	w.reset()
	h4.tell(t, "forge 0") // then a true goodbye from the same socket, which comes later
	h4.tell(t, "goodbye")
	w.until("goodbye after forged goodbyes of others", Goodbye, 50, lamps(150))

	h4.tell(t, "notify ssdp:alive 1800")
	acme := func(h heard) bool { return strings.HasPrefix(h.Instance, "uuid:1") && h.Port == 8080 }
	w.until("SSDP alive", Appeared, 1, acme)
	h4.tell(t, "notify ssdp:byebye 1800")
	w.until("SSDP byebye", Goodbye, 1, acme)
	h4.tell(t, "notify ssdp:alive 1")
	w.until("SSDP return", Returned, 1, acme)
	w.until("SSDP max-age", Expired, 1, acme)
	if k := w.have(Goodbye, lamps(0)); k > 0 {
		t.Errorf("%d forged goodbyes took effect", k)
	}

	demo := n.start(5, "announcer 10.78.0.6 eth0")
	isDemo := func(h heard) bool {
		return slices.Contains([]string{"客厅 Lamp.0", "客厅 Lamp.1", "客厅 Lamp.2"}, h.Instance)
	}
	w.until("Announce", Appeared, 3, isDemo)
	demo.in.Close()
	w.until("Announce ends", Goodbye, 3, isDemo)

	w.reset()
	n.ip("-n", n.ns("0"), "link", "set", "eth0", "down")
	w.until("the hub's cable is out", Expired, 150, every)
	w.reset()
	n.ip("-n", n.ns("0"), "link", "set", "eth0", "up")
	w.until("and in again", Returned, 150, every)

	hub.in.Close()
	for range w.lines { // until the hub has closed its output
	}
	if err := hub.cmd.Wait(); err != nil {
		t.Errorf("hub: %v", err)
	}
	h1.kill()
}

func TestLoopbackAndHostsWithoutIPv6(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes in network namespaces")
	}
	n := newLAN(t, 2)
	host := n.ns("0")
	n.ip("netns", "exec", host, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")

	refused := n.start(0, "announcer 127.0.0.1 lo")
	if err := refused.cmd.Wait(); err == nil {
		t.Error("announcing on an interface that cannot multicast succeeded")
	}
	n.ip("-n", host, "link", "set", "lo", "multicast", "on")
	hub := n.start(0, "hub")
	w := watch(t, hub.out)
	demo := n.start(0, "announcer 127.0.0.1 lo")
	w.until("Announce on loopback", Appeared, 3, every)
	demo.in.Close()
	w.until("Announce on loopback ends", Goodbye, 3, every)
	n.start(1, "house 0 50 120 10.78.0.2 apart")
	w.until("IPv4 only", Appeared, 53, every)

	quiet := n.start(1, "house 50 10 120 10.78.0.2 silent")
	if _, err := bufio.NewReader(quiet.out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	hub.tell(t, "refresh")
	w.until("Refresh finds who did not announce", Appeared, 63, every)
	hub.in.Close()
	for range w.lines {
	}
}

func TestFloodOnALAN(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes in network namespaces")
	}
	n := newLAN(t, 3)
	hub := n.start(0, "hub")
	w := watch(t, hub.out)
	n.start(1, "house 0 25 120 10.78.0.2 whole")
	w.until("before the flood", Appeared, 25, lamps(0))
	before := resident(t, hub)
	flood := n.start(2, "house 200 10000 120 10.78.0.3 whole")
	w.until("of 10,000 services of one sender", Appeared, 64, func(h heard) bool { return h.Port >= 1200 })
	if _, err := bufio.NewReader(flood.out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	n.start(1, "house 25 25 120 10.78.0.2 whole")
	w.until("real ones after it", Appeared, 50, lamps(0))
	if k := len(w.count[Appeared]); k > 64+50 {
		t.Errorf("%d services appeared, the cap of one sender is 64", k)
	}
	flood.kill()
	grown := (resident(t, hub) - before) >> 10
	t.Logf("resident memory before %d MiB, grown by %d MiB", before>>10, grown)
	if grown > 16 && !raceDetector {
		t.Errorf("memory grew by %d MiB, want at most 16", grown)
	}
	hub.in.Close()
	for h := range w.lines {
		if h.Kind == "refused" {
			t.Logf("refused %d records of the flood", h.Port)
			if h.Port == 0 {
				t.Error("no flood reached the caps")
			}
		}
	}
}

// resident returns the resident memory of a process in KiB.
func resident(t *testing.T, p *proc) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var kib int
		if k, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); k == 1 {
			return kib
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
