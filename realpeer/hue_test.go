package realpeer_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHueWithTheMockOfALibrary pairs with the mock bridge of go-hue, which shows a real house's 12 devices in 4 rooms, takes
// every command without doing it, and closes its event stream at once.
func TestHueWithTheMockOfALibrary(t *testing.T) {
	t.Parallel() // it mostly waits
	r := newBrandRig(t, "huemock")
	ns := fmt.Sprintf("hue%d", os.Getpid())
	for _, args := range [][]string{{"netns", "add", ns}, {"-n", ns, "link", "set", "lo", "up"}, {"-n", ns, "link", "set", "lo", "multicast", "on"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("network namespaces need root: ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	r.prefix = []string{"ip", "netns", "exec", ns}
	mock := r.start("huemock", r.in(filepath.Join(r.peers, "huemock")))
	address := regexp.MustCompile(`https://\S*:(\d+)/`)
	var port string
	r.eventually(30*time.Second, "the mock serves", func() bool {
		out, _ := os.ReadFile(filepath.Join(r.dir, "huemock.log"))
		if m := address.FindSubmatch(out); m != nil {
			port = string(m[1])
		}
		return port != ""
	})
	r.startHub("--hue", "127.0.0.1:"+port)
	if out := r.must("pair", "hue", "--seconds", "5"); strings.Contains(out, "mockUserName") {
		t.Errorf("the key shows: %s", out)
	}
	const lamp, sensor = "Name#25", "Name#1"
	r.eventually(30*time.Second, "its lamps and its motion sensor are devices", func() bool {
		out := r.must("devices")
		return line(out, lamp) != "" && line(out, sensor) != "" && strings.Count(out, "Name#") >= 11
	})
	for name, has := range map[string][]string{lamp: {"on_off.on", "level.level", "color.x", "color_temperature.kelvin", "Hue color lamp"}, sensor: {"occupancy.occupied", "illuminance", "temperature", "battery"}} {
		out := r.must("device", name)
		for _, want := range has {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %s:\n%s", name, want, out)
			}
		}
	}
	if out, err := r.cli("set", lamp, "level.level", "40", "--timeout", "3s"); err == nil && strings.Contains(out, "confirmed") {
		t.Errorf("what the mock never does is confirmed: %s", out)
	}
	if log, _ := os.ReadFile(filepath.Join(r.dir, "huemock.log")); !strings.Contains(string(log), "operation=UpdateLight") {
		t.Errorf("the mock heard no command:\n%s", log)
	}
	if out, err := r.cli("doctor"); err == nil || !strings.Contains(out, "asked for everything now and then") {
		t.Errorf("the doctor does not say that no events come: %s", out)
	}
	r.kill(mock, syscall.SIGKILL)
	r.eventually(150*time.Second, "without its bridge the lamp cannot be reached", func() bool {
		return !strings.Contains(r.must("device", lamp), "REACHABLE  reachable")
	})
}
