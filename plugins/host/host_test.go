package host_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/bundle"
	"github.com/concord-home/hub/plugins/host"
)

var on = []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}}

func switchOn(id model.CommandID, limit time.Duration) model.Command {
	return model.Command{ID: id, Source: "plugin/acme/7", Endpoint: "main", Writes: on, Deadline: time.Now().Add(limit)}
}

func (f *fixture) running(t *testing.T) host.Status {
	t.Helper()
	return f.until(t, "running", func(s host.Status) bool { return s.State == host.Running })
}

func TestAPluginsDeviceIsDescribedReportedAndCommanded(t *testing.T) {
	f := start(t, "well")
	f.house.await(t, "describe plugin/acme/7 plug Plug 插座")
	f.house.await(t, "reachable plugin/acme/7 true")
	f.house.await(t, "report plugin/acme/7 on_off.on=false")
	f.Execute(switchOn("c1", patience))
	f.house.await(t, "outcome c1 acked")
	f.house.await(t, "report plugin/acme/7 on_off.on=true")
	if s := f.running(t); s.Devices != 1 || s.Restarts != 0 || s.Faults != 0 {
		t.Errorf("%+v", s)
	}
}

// Each plugin here is broken in one way: it costs its own devices only, and the reason is told.
func TestWhatABrokenPluginCosts(t *testing.T) {
	for _, tt := range []struct {
		behaviour string
		problem   string // of the status
		faults    int    // messages not taken
	}{
		{"crash", "exit status 3", 0},
		{"mute", "does not answer initialize", 0},
		{"refuse", "only protocol 9", 0},
		{"long", "longer than", 0},
		{"hang", "did not answer 3 pings", 0},
		{"flood", "floods the hub", 0},
		{"leak", "MiB of memory", 0},
		{"lie", "", 5},
	} {
		t.Run(tt.behaviour, func(t *testing.T) {
			t.Parallel()
			f := start(t, tt.behaviour)
			s := f.until(t, "told", func(s host.Status) bool {
				return tt.problem != "" && strings.Contains(s.Problem, tt.problem) || tt.faults > 0 && s.Faults == tt.faults
			})
			if strings.Contains(s.Problem, "s3cret") {
				t.Errorf("a secret is shown: %s", s.Problem)
			}
			if tt.behaviour == "lie" {
				f.logged(t, "hello")
				f.house.await(t, "report plugin/acme/7 on_off.on=true") // what is right of a report lands
				f.logged(t, "door_lock")
				if s.State != host.Running {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

func TestAPluginThatKeepsEndingIsStoppedWithARepairNotice(t *testing.T) {
	f := start(t, "crash")
	f.until(t, "failed", func(s host.Status) bool { return s.State == host.Failed })
	var notice string
	for _, c := range f.Checks() {
		if !c.OK {
			notice += c.Detail + "\n"
		}
	}
	if !strings.Contains(notice, "ended 5 times") || !strings.Contains(notice, "hub plugin enable acme") || strings.Contains(notice, "s3cret") {
		t.Errorf("checks: %+v", f.Checks())
	}
	f.Execute(switchOn("c1", patience))
	f.house.await(t, "outcome c1 rejected")
	if err := f.Enable("acme"); err != nil {
		t.Error(err)
	}
	f.until(t, "tried again", func(s host.Status) bool { return s.State != host.Failed })
}

func TestACommandIsAnsweredAtItsDeadlineWhateverThePluginDoes(t *testing.T) {
	f := start(t, "deaf")
	f.house.await(t, "describe plugin/acme/7")
	for _, id := range []model.CommandID{"c1", "c2", "c3"} {
		f.Execute(switchOn(id, 200*time.Millisecond))
	}
	for _, id := range []string{"c1", "c2", "c3"} {
		f.house.await(t, "outcome "+id+" timed_out")
	}
}

func TestAPluginsRefusalIsPassedOn(t *testing.T) {
	f := start(t, "unwilling")
	f.running(t)
	f.Execute(switchOn("c1", patience))
	if got := f.house.await(t, "outcome c1 rejected"); !strings.Contains(got, "the plug does not answer") {
		t.Error(got)
	}
}

func TestACommandThatWasCutOffIsRepeatedWithItsKey(t *testing.T) {
	f := start(t, "die at a command")
	f.running(t)
	f.house.await(t, "reachable plugin/acme/7 true") // what it has not told of cannot be out of reach
	f.Execute(switchOn("c1", patience))
	f.house.await(t, "reachable plugin/acme/7 false its plugin ended")
	f.house.await(t, "outcome c1 acked")
}

// A device that an earlier process told of is known to the house; the process that has just been started need not know it yet.
func TestACommandWaitsUntilTheProcessThatRunsHasToldOfTheDevice(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	plugin := folder(t, "late", "1.0.0")
	tell := func(f *fixture, seconds int) {
		if _, err := f.Configure(t.Context(), "acme", fmt.Appendf(nil, `{"seconds":%d}`, seconds)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("before", func(t *testing.T) {
		f := run(t, m, dir)
		if _, err := f.Develop(t.Context(), plugin); err != nil {
			t.Fatal(err)
		}
		f.running(t)
		f.Execute(switchOn("c0", patience)) // of what nobody ever told there is nothing to wait for
		f.house.await(t, "outcome c0 rejected no device 7")
		tell(f, 1)
		f.house.await(t, "describe plugin/acme/7")
		f.until(t, "kept", func(host.Status) bool { return m.holds("plugins", `"devices":["7"]`) })
	})
	t.Run("after the hub was restarted", func(t *testing.T) {
		f := run(t, m, dir)
		f.running(t)
		f.Execute(switchOn("c1", 100*time.Millisecond))
		f.house.await(t, "outcome c1 rejected the plugin was started and has not told of the device yet")
		f.Execute(switchOn("c2", patience))
		tell(f, 2)
		f.house.await(t, "outcome c2 acked")
	})
	t.Run("after the process was restarted", func(t *testing.T) {
		f := run(t, m, dir)
		f.running(t)
		tell(f, 3)
		f.house.await(t, "describe plugin/acme/7")
		if _, err := f.Develop(t.Context(), folder(t, "late", "2.0.0")); err != nil {
			t.Fatal(err)
		}
		f.Execute(switchOn("c3", patience))
		tell(f, 4)
		f.house.await(t, "outcome c3 acked")
	})
}

func TestWhatIsFoundIsHandedOverAlsoAfterARestart(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	plugin := folder(t, "well", "1.0.0")
	t.Run("first", func(t *testing.T) {
		f := run(t, m, dir)
		if _, err := f.Develop(t.Context(), plugin); err != nil {
			t.Fatal(err)
		}
		f.running(t)
		f.found["plugin acme"]("mdns", adapters.Found{Key: "k7", Type: "_acme._tcp", Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.7")}, Port: 80})
		f.logged(t, "found k7 at /")
	})
	t.Run("second", func(t *testing.T) {
		f := run(t, m, dir)
		f.logged(t, "found k7 at /")
		if err := f.Detach("acme", "k7"); err != nil {
			t.Error(err)
		}
		if err := f.Detach("acme", "k8"); !errors.Is(err, host.ErrRefused) {
			t.Error(err)
		}
	})
}

func TestAPluginHearsAndPublishesOnItsOwnTopicsAlone(t *testing.T) {
	f := start(t, "well")
	f.running(t)
	f.until(t, "listens", func(host.Status) bool { return f.broker.hears("acme/#") })
	f.broker.say("acme/#", "acme/7/status", []byte("on"), true)
	f.logged(t, "heard {Topic:acme/7/status Payload:on Base64:false Retained:true}; elsewhere: -32004, here: <nil>")
	f.broker.say("acme/#", "acme/7/raw", []byte{0xff, 1}, false)
	f.logged(t, "heard {Topic:acme/7/raw Payload:/wE= Base64:true Retained:false}")
	f.broker.mu.Lock()
	if len(f.broker.published) == 0 || f.broker.published[0] != "acme/7/set on true" {
		t.Errorf("published %q", f.broker.published)
	}
	f.broker.mu.Unlock()
	if err := f.Disable("acme"); err != nil || f.broker.hears("acme/#") {
		t.Errorf("after it was stopped: %v", err)
	}
}

func TestWhatIsFoundByTopicOrByAQuestion(t *testing.T) {
	f := start(t, "well")
	f.running(t)
	f.found["plugin acme"]("mqtt", adapters.Found{Key: "mqtt/acme/7/status", TXT: map[string]string{"topic": "acme/7/status"}})
	f.logged(t, "found mqtt/acme/7/status at ")
	f.found["plugin acme"]("udp", adapters.Found{Key: "udp/9999/192.0.2.9", Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.9")}, Port: 9999})
	f.logged(t, "found udp/9999/192.0.2.9 at ")
}

// logged waits for a line of the plugin's log.
func (f *fixture) logged(t *testing.T, text string) (line string) {
	t.Helper()
	f.until(t, "logged "+text, func(host.Status) bool {
		lines, _ := f.Logs("acme")
		for _, l := range lines {
			if strings.Contains(l.Text, text) {
				line = l.Text
				return true
			}
		}
		return false
	})
	return line
}

func TestSecretsAreMaskedAndLogsLimited(t *testing.T) {
	f := start(t, "chatter")
	f.until(t, "dropped", func(s host.Status) bool { return s.LogsDropped > 100 })
	if line := f.logged(t, "the token is"); line != "the token is •••" {
		t.Error(line)
	}
}

func TestWhatWasLoggedBeforeARestartIsStillThere(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	plugin := folder(t, "crash", "1.0.0")
	t.Run("before", func(t *testing.T) {
		f := run(t, m, dir)
		_, _ = f.Develop(t.Context(), plugin) // it ends at once
		f.logged(t, "the token ••• is wrong")
		if err := f.Disable("acme"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("after", func(t *testing.T) {
		f := run(t, m, dir)
		f.logged(t, "the token ••• is wrong")
		if err := f.Uninstall(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "logs", "*")); len(left) > 0 {
			t.Errorf("after the plugin was removed there is %v", left)
		}
	})
}

func TestTheStoreHasAQuotaAndSecretsAreSealed(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	plugin := folder(t, "store", "1.0.0")
	for _, want := range []string{`stored "" <nil>`, `stored "x`} {
		t.Run(want, func(t *testing.T) {
			f := run(t, m, dir)
			if _, err := f.Develop(t.Context(), plugin); err != nil {
				t.Fatal(err)
			}
			if line := f.logged(t, want); !strings.Contains(line, "secret <nil> •••") || !strings.Contains(line, "full the store is full") {
				t.Error(line)
			}
		})
	}
	for bucket, entries := range m.all {
		for key, v := range entries {
			if bytes.Contains(v, []byte("very-secret")) || bytes.Contains(v, []byte("s3cret")) {
				t.Errorf("%s %s holds a secret in clear", bucket, key)
			}
		}
	}
}

func TestAConfigurationIsCheckedKeptAndToldWithoutARestart(t *testing.T) {
	f := start(t, "well")
	f.running(t)
	if _, err := f.Configure(t.Context(), "acme", []byte(`{"seconds":0}`)); !errors.Is(err, host.ErrRefused) || !strings.Contains(err.Error(), "seconds") {
		t.Errorf("%v", err)
	}
	s, err := f.Configure(t.Context(), "acme", []byte(`{"seconds":5,"token":"•••"}`))
	if err != nil || strings.Contains(string(s.Config), "s3cret") {
		t.Errorf("%s, %v", s.Config, err)
	}
	f.logged(t, `"seconds":5,"token":"•••"`)
	if s := f.running(t); s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
}

func TestANewVersionTakesOverOrTheOldOneGoesOn(t *testing.T) {
	f := start(t, "well")
	f.running(t)
	bad := folder(t, "refuse", "2.0.0")
	if _, err := f.Develop(t.Context(), bad); !errors.Is(err, host.ErrRefused) || !strings.Contains(err.Error(), "1.0.0 goes on") {
		t.Errorf("%v", err)
	}
	f.Execute(switchOn("c1", patience))
	f.house.await(t, "outcome c1 acked")
	f.house.forget()
	if _, err := f.Develop(t.Context(), folder(t, "well", "3.0.0")); err != nil {
		t.Fatal(err)
	}
	f.house.await(t, "report plugin/acme/7 on_off.on=false")
	f.Execute(switchOn("c2", patience))
	f.house.await(t, "outcome c2 acked")
	if s := f.running(t); s.Version != "3.0.0" || s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAPluginIsDisabledEnabledAndRemoved(t *testing.T) {
	m := newMemory()
	f := run(t, m, t.TempDir())
	if _, err := f.Develop(t.Context(), folder(t, "stay", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	f.running(t)
	f.house.await(t, "report plugin/acme/7")
	if err := f.Disable("acme"); err != nil { // though it does not end by itself
		t.Error(err)
	}
	f.house.await(t, "reachable plugin/acme/7 false its plugin was stopped")
	f.Execute(switchOn("c1", patience))
	f.house.await(t, "outcome c1 rejected")
	if err := f.Enable("acme"); err != nil {
		t.Error(err)
	}
	f.running(t)
	if err := f.Uninstall(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	f.house.await(t, "gone plugin/acme/7")
	if _, err := f.Plugin("acme"); !errors.Is(err, host.ErrUnknown) || m.holds("plugins", "") {
		t.Errorf("%v, or a record is left", err)
	}
}

func TestAPackageIsInstalledByItsVendorOnly(t *testing.T) {
	pack := func(version string, key *minisign.PrivateKey) []byte {
		var b bytes.Buffer
		if _, err := bundle.Pack(folder(t, "well", version), &b); err != nil {
			t.Fatal(err)
		}
		if key == nil {
			return b.Bytes()
		}
		signed, err := bundle.Sign(b.Bytes(), *key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	pub, key, err1 := minisign.GenerateKey(rand.Reader)
	_, other, err2 := minisign.GenerateKey(rand.Reader)
	dir := t.TempDir()
	h, err3 := host.New(t.Context(), host.Options{Dir: dir, Memory: newMemory(), Times: quick})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		pkg     []byte
		key     string
		want    string
		version string
	}{
		{"unsigned", pack("1.0.0", nil), "", "not signed", ""},
		{"signed, but not by whom it should be", pack("1.0.0", &other), pub.String(), "not by the key given", ""},
		{"signed", pack("1.0.0", &key), pub.String(), "", "1.0.0"},
		{"an update by somebody else", pack("1.1.0", &other), "", "was installed with the vendor's key", "1.0.0"},
		{"an update", pack("1.2.0", &key), "", "", "1.2.0"},
		{"rubbish", []byte("rubbish"), "", "no plugin package", "1.2.0"},
	} {
		_, err := h.Install(t.Context(), tt.pkg, tt.key)
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, host.ErrRefused) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if s, _ := h.Plugin("acme"); s.Version != tt.version {
			t.Errorf("%s: version %s, want %s", tt.name, s.Version, tt.version)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "installed", "acme", "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := h.Develop(t.Context(), "/"); !errors.Is(err, host.ErrRefused) {
		t.Errorf("%v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "seal.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

var _ adapters.Adapter = (*host.Host)(nil)
var _ adapters.Doctor = (*host.Host)(nil)
var _ adapters.Remover = (*host.Host)(nil)
var _ adapters.Pairer = (*host.Host)(nil)
