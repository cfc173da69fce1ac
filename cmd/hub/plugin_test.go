package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/broken"
	"github.com/concord-home/hub/plugins/host"
)

// demoHouse runs a demo house in this process until the test ends.
func demoHouse(t testing.TB) *house {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h, err := open(ctx, runOptions{data: filepath.Join(t.TempDir(), "data"), demo: true, http: "127.0.0.1:0", mqtt: "127.0.0.1:0", base: "zigbee2mqtt", speed: 60, historyMB: 16, lang: "en"}, slog.New(slog.DiscardHandler), &tail{})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- h.run(ctx, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// eventuallyTrue polls for something.
func eventuallyTrue(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("never: ", what)
		case <-tick.C:
		}
	}
}

// lamp is a demo device that can be switched.
func (h *house) lamp(t testing.TB) (id model.DeviceID) {
	t.Helper()
	eventuallyTrue(t, "a lamp of the demo answers", func() bool {
		v := h.hub.View()
		for _, d := range v.Devices() {
			if ok, _ := v.Reachable(d); ok && d.Name("") == "Floor lamp" {
				id = d.ID
				return true
			}
		}
		return false
	})
	return id
}

// switches toggles a device so often, and returns how long each took, sorted.
func (h *house) switches(t testing.TB, id model.DeviceID, n int) (took []time.Duration) {
	t.Helper()
	for i := range n {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		began := time.Now()
		c, err := h.hub.Command(ctx, home.Ask{Device: id, Endpoint: model.MainEndpoint, Writes: []model.Write{{Attribute: model.AttrOnOffOn, Value: model.Bool(i%2 == 0)}}, Cause: &model.Cause{Kind: model.CausePerson}}, nil)
		cancel()
		if err != nil || c.Status != model.Confirmed {
			t.Fatalf("command %d: %s, %v", i, c.Status, err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took
}

// besiege installs every broken plugin that could do harm.
func (h *house) besiege(t testing.TB) (names []string) {
	t.Helper()
	for _, f := range broken.Faults {
		if !f.Harm {
			continue
		}
		dir := t.TempDir()
		if err := broken.Folder(dir, f.Name); err != nil {
			t.Fatal(err)
		}
		if _, err := h.plugins.Develop(t.Context(), dir); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		d, err := simulated(dir, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Off)
		name := "broken-" + f.Name
		if err := h.plugins.Attach(name, d.Addr().String()); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestBrokenPluginsHurtNobodyElse(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute; not with -short")
	}
	h := demoHouse(t)
	lamp := h.lamp(t)
	names := h.besiege(t)
	if len(names) < 12 {
		t.Fatalf("%d plugins only", len(names))
	}
	h.switches(t, lamp, 10) // each is confirmed, whatever the plugins do
	for name, want := range map[string]string{"broken-crash": "exit status 3", "broken-lies": "temperature.celsius: got 5000", "broken-prints": "found a device",
		"broken-other-name": `says that it is other`, "broken-undeclared": "door_lock", "broken-floods": ""} {
		eventuallyTrue(t, name+" is shown with its fault", func() bool {
			s, err := h.plugins.Plugin(name)
			said := s.Problem + s.LastFault
			lines, _ := h.plugins.Logs(name)
			for _, l := range lines {
				said += "\n" + l.Text
			}
			return err == nil && (s.State != host.Running || s.Faults > 0) && strings.Contains(said, want)
		})
	}
	h.switches(t, lamp, 10)
	doc := h.doctor()
	if doc.OK {
		t.Error("the doctor finds nothing")
	}
	for _, a := range h.hub.Adapters() {
		if !a.Running || a.Restarts > 0 || a.Failed > 0 && a.Name != host.Name {
			t.Errorf("%+v", a)
		}
	}
}

// BenchmarkCommandsAmongBrokenPlugins compares a lamp's commands before and after all broken plugins were installed.
func BenchmarkCommandsAmongBrokenPlugins(b *testing.B) {
	h := demoHouse(b)
	lamp := h.lamp(b)
	const n = 60
	before := h.switches(b, lamp, n)
	h.besiege(b)
	after := h.switches(b, lamp, n)
	for b.Loop() { // what is measured is above
	}
	for _, x := range []struct {
		name string
		at   int
	}{{"p50", n / 2}, {"p99", n * 99 / 100}} {
		b.ReportMetric(float64(before[x.at].Microseconds())/1000, "ms-"+x.name+"-before")
		b.ReportMetric(float64(after[x.at].Microseconds())/1000, "ms-"+x.name+"-after")
		b.ReportMetric(float64(after[x.at])/float64(before[x.at]), "ratio-"+x.name)
	}
}

// hubOf is the command line as a test runs it.
func hubOf(t *testing.T, dir, in string, args ...string) (out string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	c := &cli{in: strings.NewReader(in), out: &o, err: &e, env: func(k string) string {
		return map[string]string{"CONCORD_DATA": dir, "HOME": dir, "LANG": "en"}[k]
	}, now: time.Now, width: 200}
	code = c.execute(t.Context(), args)
	return o.String() + e.String(), code
}

func TestAVendorsPathFromNothingToAnInstalledPackage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute; not with -short")
	}
	h := demoHouse(t)
	eventuallyTrue(t, "the address is written", func() bool { _, err := os.Stat(filepath.Join(h.o.data, "address")); return err == nil })
	work := t.TempDir()
	at := func(name string) string { return filepath.Join(work, name) }
	steps := []struct {
		in   string
		args []string
		want string
		code int
	}{
		{"", []string{"plugin"}, "No plugins are installed", 0},
		{"", []string{"plugin", "new", "acme", "--language", "python", "--dir", at("acme")}, "Next: hub plugin test", 0},
		{"", []string{"plugin", "new", "acme", "--language", "python", "--dir", at("acme")}, "not empty", 1},
		{"", []string{"plugin", "test", at("acme"), "--only", "manifest,start,describe", "--html", at("report.html")}, "✓ describe", 0},
		{"", []string{"plugin", "pack", at("acme"), "-o", at("acme.hubplugin")}, "The package is", 0},
		{"correct horse\n", []string{"plugin", "key", at("vendor.key")}, "Publish the public key: RW", 0},
		{"correct horse\n", []string{"plugin", "key", at("vendor.key")}, "is there already", 2},
		{"wrong\n", []string{"plugin", "sign", at("acme.hubplugin"), "--key", at("vendor.key")}, "cannot be unlocked", 1},
		{"correct horse\n", []string{"plugin", "sign", at("acme.hubplugin"), "--key", at("vendor.key")}, "is signed", 0},
		{"", []string{"plugin", "install", at("acme.hubplugin"), "--key", "RWRONG"}, "no minisign public key", 1},
		{"", []string{"plugin", "install", at("acme.hubplugin")}, "acme 1.0.0 is installed", 0},
		{"", []string{"plugin", "config", "acme", "askSeconds=99"}, "askSeconds", 1},
		{"", []string{"plugin", "config", "acme", "colour=red"}, "no FIELD=VALUE", 2},
		{"", []string{"plugin", "config", "acme", "askSeconds=2"}, "acme is configured", 0},
		{"4\n", []string{"plugin", "config", "acme"}, "acme is configured", 0},
		{"", []string{"plugin", "show", "acme"}, `{"askSeconds":4}`, 0},
		{"", []string{"plugin", "attach", "acme", "nowhere"}, "is none", 1},
		{"", []string{"plugin", "disable", "acme"}, "acme is disabled", 0},
		{"", []string{"plugin", "list"}, "disabled", 0},
		{"", []string{"plugin", "enable", "acme"}, "acme is enabled", 0},
		{"", []string{"plugin", "logs", "acme"}, "", 0},
		{"", []string{"plugin", "logs", "acne"}, "acme", 4},
		{"", []string{"plugin", "remove", "acme"}, "acme is removed", 0},
	}
	for _, s := range steps {
		out, code := hubOf(t, h.o.data, s.in, s.args...)
		if code != s.code || !strings.Contains(out, s.want) {
			t.Errorf("hub %s: exit %d, %q; expected %d, %q", strings.Join(s.args, " "), code, out, s.code, s.want)
		}
	}
	if b, err := os.ReadFile(at("report.html")); err != nil || !strings.Contains(string(b), "<h1>acme 1.0.0") {
		t.Error(fmt.Sprintf("%.200s", b), err)
	}
}
