package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
)

// hostOnLAN is a machine of its own: a network namespace on a switch.
type hostOnLAN struct {
	t    *testing.T
	ns   string
	exe  string // this test binary, which is the hub under that name
	data string
}

// twoMachines are joined by a switch that passes multicast on.
func twoMachines(t *testing.T) (a, b *hostOnLAN) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(t.TempDir(), "hub")
	if err := os.Symlink(self, exe); err != nil {
		t.Fatal(err)
	}
	name := func(x string) string { return fmt.Sprintf("hkl%d%s", os.Getpid(), x) }
	sw := name("sw")
	if out, err := exec.Command("ip", "netns", "add", sw).CombinedOutput(); err != nil {
		t.Skipf("cannot make network namespaces here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", sw).Run() })
	ip("-n", sw, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
	ip("-n", sw, "link", "set", "br0", "up")
	var hosts []*hostOnLAN
	for i, x := range []string{"a", "b"} {
		h := &hostOnLAN{t: t, ns: name(x), exe: exe, data: t.TempDir()}
		port := "p" + x
		ip("netns", "add", h.ns)
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", h.ns).Run() })
		ip("-n", h.ns, "link", "set", "lo", "up")
		ip("-n", sw, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", h.ns)
		ip("-n", sw, "link", "set", port, "master", "br0", "up")
		ip("-n", h.ns, "addr", "add", fmt.Sprintf("10.81.0.%d/24", i+1), "dev", "eth0")
		ip("-n", h.ns, "link", "set", "eth0", "up")
		hosts = append(hosts, h)
	}
	return hosts[0], hosts[1]
}

func (h *hostOnLAN) command(args ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", h.ns, h.exe}, args...)...)
	cmd.Env = append(os.Environ(), "CONCORD_DATA="+h.data, "LANG=C.UTF-8")
	return cmd
}

// runs starts a hub, until the test ends.
func (h *hostOnLAN) runs(args ...string) {
	h.t.Helper()
	cmd := h.command(append([]string{"run", "--data", h.data, "--http", "127.0.0.1:8377", "--mqtt", "127.0.0.1:1883"}, args...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if h.t.Failed() {
			h.t.Logf("the hub in %s said:\n%s", h.ns, said.String())
		}
	})
}

// says runs the command line until what it prints is accepted.
func (h *hostOnLAN) says(what string, accept func(out []byte) bool, args ...string) {
	h.t.Helper()
	var out []byte
	eventuallyTrue(h.t, what, func() bool {
		var err error
		out, err = h.command(args...).CombinedOutput()
		return err == nil && accept(out)
	})
}

// Two hubs on one LAN, by real multicast: the second finds the first's bridge to Apple Home, is paired with it, takes its
// devices over and commands one. When it lets go, the bridge is free again, and says so.
func TestOneHubFindsAndTakesOverAnother(t *testing.T) {
	t.Parallel()
	a, b := twoMachines(t)
	a.runs("--demo", "--homekit", ":8378")
	b.runs("--homekit", "")

	var shown []api.HomeKitBridge
	a.says("the first hub shows a bridge", func(out []byte) bool {
		return json.Unmarshal(out, &shown) == nil && len(shown) == 1 && shown[0].Announced && shown[0].Accessories > 10
	}, "homekit", "--json")
	var seen []api.HomeKitAccessory
	find := func(out []byte) bool { return json.Unmarshal(out, &seen) == nil && len(seen) == 1 }
	b.says("the second finds it", func(out []byte) bool { return find(out) && seen[0].ID == shown[0].ID && !seen[0].Taken }, "homekit", "list", "--json")
	if !strings.HasPrefix(seen[0].Address, "10.81.0.1:") || seen[0].Category != "bridge" {
		t.Errorf("found %+v", seen[0])
	}
	b.says("they are paired", func([]byte) bool { return true }, "homekit", "pair", seen[0].ID, shown[0].Code)
	a.says("the first knows it", func(out []byte) bool {
		return json.Unmarshal(out, &shown) == nil && shown[0].Controllers == 1
	}, "homekit", "--json")
	lamp := func(state string) func([]byte) bool {
		return func(out []byte) bool {
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, "Floor lamp") && strings.Contains(line, " "+state) {
					return true
				}
			}
			return false
		}
	}
	b.says("the devices come", lamp("off"), "devices")
	b.says("a command is confirmed", func(out []byte) bool { return strings.Contains(string(out), "done") }, "set", "Floor lamp", "on")
	a.says("the lamp is on", lamp("on"), "devices")
	a.says("the doctor knows the bridge", func(out []byte) bool { return strings.Contains(string(out), "1 controllers, port 8378") }, "doctor")

	if out, err := exec.Command("ip", "-n", a.ns, "addr", "add", "10.81.0.77/24", "dev", "eth0").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.says("a new address is announced", func(out []byte) bool { return strings.Contains(string(out), `"10.81.0.77"`) }, "discover", "--json")
	b.says("it lets go", func([]byte) bool { return true }, "homekit", "unpair", seen[0].ID)
	b.says("it is free again, by its advert", func(out []byte) bool { return find(out) && !seen[0].Paired && !seen[0].Taken }, "homekit", "list", "--json")
}
