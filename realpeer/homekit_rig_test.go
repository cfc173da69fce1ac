package realpeer_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/homekit"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/seal"
	"github.com/concord-home/hub/store"
)

// peersDir is where install-peers.sh put the peers; the test ends when it is not to run, or they are missing.
func peersDir(t testing.TB) string {
	t.Helper()
	if os.Getenv("CI_PEERS") == "" {
		t.Skip("the real-peer suite runs with CI_PEERS=1: see scripts/peers.sh")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	peers := env("PEERS", filepath.Join(root, ".peers"))
	for _, need := range []string{"node_modules/hap-nodejs", "node_modules/hap-controller", "node_modules/homebridge", "venv/bin/python"} {
		if _, err := os.Stat(filepath.Join(peers, need)); err != nil {
			t.Fatalf("a peer is missing: %v; run scripts/install-peers.sh", err)
		}
	}
	return peers
}

// peer is a program that speaks JSON lines on its standard input and output.
type peer struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan map[string]any
}

// startPeer runs a program; its standard error goes to the test's log when it fails.
func startPeer(t testing.TB, dir string, environ []string, name string, args ...string) *peer {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environ...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p := &peer{t: t, cmd: cmd, in: in, lines: make(chan map[string]any, 10000)}
	var other bytesLog
	go func() {
		defer close(p.lines)
		s := bufio.NewScanner(out)
		s.Buffer(nil, 16<<20)
		for s.Scan() {
			var m map[string]any
			if json.Unmarshal(s.Bytes(), &m) == nil {
				p.lines <- m
			} else {
				other.add(s.Text())
			}
		}
	}()
	t.Cleanup(func() {
		p.kill()
		_ = log.Close()
		if t.Failed() {
			b, _ := os.ReadFile(log.Name())
			t.Logf("%s said:\n%s%s", args[0], tail([]byte(other.text()), 2000), tail(b, 3000))
		}
	})
	return p
}

type bytesLog struct {
	mu sync.Mutex
	b  []byte
}

func (l *bytesLog) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(append(l.b, s...), '\n')
}

func (l *bytesLog) text() string { l.mu.Lock(); defer l.mu.Unlock(); return string(l.b) }

func (p *peer) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

func (p *peer) say(v any) {
	p.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		p.t.Fatalf("the peer does not listen: %v", err)
	}
}

// expect waits for a line for which ok is true.
func (p *peer) expect(d time.Duration, what string, ok func(map[string]any) bool) map[string]any {
	p.t.Helper()
	deadline := time.After(d)
	for {
		select {
		case m, open := <-p.lines:
			if !open {
				p.t.Fatalf("%s: the peer has ended", what)
			}
			if ok(m) {
				return m
			}
		case <-deadline:
			p.t.Fatalf("%s: nothing within %v", what, d)
		}
	}
}

func said(key string) func(map[string]any) bool {
	return func(m map[string]any) bool { _, ok := m[key]; return ok }
}

// inHouse is a hub in this process with the HomeKit adapter.
type inHouse struct {
	t       testing.TB
	dir     string
	store   *store.Store
	hub     *hub.Hub
	adapter *homekit.Adapter
	stop    func()
}

func newInHouse(t testing.TB, dir string, more ...adapters.Adapter) *inHouse {
	t.Helper()
	h := &inHouse{t: t, dir: dir}
	var err error
	if h.store, err = store.Open(dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	box, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	h.adapter = homekit.New(homekit.Options{Memory: box.Memory(h.store), FirstBackoff: 100 * time.Millisecond, LastBackoff: time.Second, Poll: time.Second})
	if h.hub, err = hub.New(t.Context(), hub.Options{Store: h.store, Adapters: append(more, h.adapter)}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.hub.Run(ctx) }()
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			stop()
			<-done
			if err := h.store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(h.stop)
	return h
}

// pair pairs the adapter with an accessory by its address.
func (h *inHouse) pair(addr, code string) homekit.Accessory {
	h.t.Helper()
	var acc homekit.Accessory
	eventually(h.t, 10*time.Second, "pairing with "+addr, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		var err error
		acc, err = h.adapter.Pair(ctx, addr, code)
		return err
	})
	return acc
}

// device finds a device by its name.
func (h *inHouse) device(name string) *home.Device {
	for _, d := range h.hub.View().Devices() {
		if d.Name("") == name {
			return d
		}
	}
	return nil
}

// value is what the house knows of an attribute.
func (h *inHouse) value(name string, a model.Attribute) model.Value {
	d := h.device(name)
	if d == nil {
		return model.Value{}
	}
	s, ok := d.Find(a)
	if !ok {
		return model.Value{}
	}
	st, _ := d.State(s)
	return st.Value
}

func (h *inHouse) awaitValue(name string, a model.Attribute, want model.Value) {
	h.t.Helper()
	eventually(h.t, 10*time.Second, fmt.Sprintf("%s %s = %s", name, a, want), func() error {
		if got := h.value(name, a); got != want {
			return fmt.Errorf("it is %s", got)
		}
		return nil
	})
}

// command gives a command and returns how it ended.
func (h *inHouse) command(ask home.Ask) home.Command {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := h.hub.Command(ctx, ask, nil)
	if err != nil {
		h.t.Fatalf("%v %v: %v", ask.Writes, ask.Command, err)
	}
	return c
}

// set sets one attribute and demands that the device confirms.
func (h *inHouse) set(name string, a model.Attribute, v model.Value) {
	h.t.Helper()
	d := h.device(name)
	if d == nil {
		h.t.Fatalf("there is no %s", name)
		return
	}
	s, ok := d.Find(a)
	if !ok {
		h.t.Fatalf("%s has no %s", name, a)
	}
	c := h.command(home.Ask{Device: d.ID, Endpoint: s.Endpoint, Writes: []model.Write{{Attribute: a, Value: v}}, Timeout: 10 * time.Second})
	if c.Status != model.Confirmed {
		h.t.Errorf("%s %s = %s ended as %s: %s", name, a, v, c.Status, c.Reason)
	}
}

// eventually tries until there is no error.
func eventually(t testing.TB, d time.Duration, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(d)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %v", what, d, err)
		}
		<-time.After(30 * time.Millisecond)
	}
}

const testCode = "031-45-154"

// startNode runs the generated hap-nodejs bridge.
func startNode(t testing.TB, peers string, port int, storage string, only ...string) *peer {
	t.Helper()
	script, _ := filepath.Abs("testdata/homekit/accessories.js")
	args := append([]string{script, fmt.Sprint(port), storage, "1A:2B:3C:4D:5E:6F", testCode}, only...)
	p := startPeer(t, t.TempDir(), []string{"PEERS=" + peers}, "node", args...)
	p.expect(20*time.Second, "hap-nodejs is ready", said("ready"))
	return p
}
