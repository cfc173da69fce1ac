package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sandbox"
)

// The tests' own executable is the launcher and, with an argument "plugin=BEHAVIOUR", the plugin.
func TestMain(m *testing.M) {
	sandbox.Init()
	for _, a := range os.Args[1:] {
		if b, ok := strings.CutPrefix(a, "plugin="); ok {
			pretend(b)
			return
		}
	}
	os.Exit(m.Run())
}

const patience = time.Minute

var plug = protocol.Device{ID: "7", Name: "Plug 插座", Type: "plug", Capabilities: []model.Capability{"on_off"}}

// pretend is a plugin with a plug, that behaves well but for one thing.
func pretend(behaviour string) {
	switch behaviour {
	case "mute":
		select {}
	case "echo":
		echo()
		return
	case "crash":
		fmt.Fprintln(os.Stderr, "the token s3cret-token is wrong")
		os.Exit(3)
	case "long":
		fmt.Println(strings.Repeat("x", protocol.MaxMessage+10))
		select {}
	}
	version := "1.0.0"
	if v, err := os.ReadFile("version"); err == nil {
		version = strings.TrimSpace(string(v))
	}
	var conn *protocol.Conn
	var config map[string]any
	told := false
	tell := func() {
		told = true
		_ = conn.Notify(protocol.MethodPut, plug)
	}
	conn = protocol.NewConn(os.Stdin, os.Stdout, func(_ context.Context, in *protocol.Incoming) {
		switch in.Method {
		case protocol.MethodInitialize:
			var i protocol.Initialize
			_ = in.Decode(&i)
			_ = json.Unmarshal(i.Config, &config)
			if behaviour == "refuse" {
				in.Reply(nil, protocol.Errorf(protocol.UnsupportedProtocol, "only protocol 9"))
				return
			}
			in.Reply(protocol.Initialized{Protocol: 1, Plugin: "acme", Version: version, Features: []string{"diagnostics"}}, nil)
			go behave(conn, behaviour, i)
		case protocol.MethodFound:
			var f protocol.Found
			_ = in.Decode(&f)
			in.Reply(nil, nil)
			_ = conn.Notify(protocol.MethodLog, protocol.Log{Level: "info", Message: "found " + f.Key + " at " + f.Sockets["tcp"]})
		case protocol.MethodCommand:
			var c protocol.Command
			_ = in.Decode(&c)
			if behaviour == "late" && !told {
				in.Reply(nil, protocol.Errorf(protocol.UnknownDevice, "no device %s", c.Device))
				return
			}
			command(conn, behaviour, c, in)
		case protocol.MethodHeard:
			var h protocol.Heard
			_ = in.Decode(&h)
			go func() {
				bad := conn.Call(context.Background(), protocol.MethodPublish, protocol.Publish{Topic: "other/7/set", Payload: "on"}, nil)
				good := conn.Call(context.Background(), protocol.MethodPublish, protocol.Publish{Topic: "acme/7/set", Payload: "b24=", Base64: true, Retain: true}, nil)
				_ = conn.Notify(protocol.MethodLog, protocol.Log{Level: "info", Message: fmt.Sprintf("heard %+v; elsewhere: %d, here: %v", h, protocol.CodeOf(bad), good)})
			}()
		case protocol.MethodConfigSet:
			var c protocol.ConfigSet
			_ = in.Decode(&c)
			_ = conn.Notify(protocol.MethodLog, protocol.Log{Level: "info", Message: "configured " + string(c.Config)})
			in.Reply(nil, nil)
			if behaviour == "late" && !told {
				tell()
			}
		case protocol.MethodPing:
			if behaviour != "hang" {
				in.Reply(nil, nil)
			}
		case protocol.MethodShutdown:
			in.Reply(nil, nil)
			if behaviour != "stay" {
				go func() { <-time.After(10 * time.Millisecond); os.Exit(0) }()
			}
		default:
			in.Reply(nil, protocol.Errorf(protocol.UnknownMethod, "%s", in.Method))
		}
	}, protocol.ConnOptions{})
	_ = conn.Serve(context.Background())
	if behaviour == "stay" {
		select {}
	}
}

func command(conn *protocol.Conn, behaviour string, c protocol.Command, in *protocol.Incoming) {
	switch behaviour {
	case "deaf":
		return
	case "die at a command":
		seen := filepath.Join(os.Getenv("HUB_DATA"), "seen")
		if key, err := os.ReadFile(seen); err != nil {
			_ = os.WriteFile(seen, []byte(c.Key), 0o600)
			os.Exit(4)
		} else if string(key) != c.Key {
			in.Reply(nil, protocol.Errorf(protocol.Rejected, "the command came with another key"))
			return
		}
	case "unwilling":
		in.Reply(nil, protocol.Errorf(protocol.Unavailable, "the plug does not answer"))
		return
	}
	in.Reply(nil, nil)
	if behaviour == "quiet" {
		return
	}
	values := map[model.Attribute]model.Value{}
	for _, w := range c.Writes {
		values[w.Attribute] = w.Value
	}
	_ = conn.Notify(protocol.MethodReport, protocol.Report{Device: c.Device, Values: values})
}

func behave(conn *protocol.Conn, behaviour string, i protocol.Initialize) {
	report := func(v map[model.Attribute]model.Value) {
		_ = conn.Notify(protocol.MethodReport, protocol.Report{Device: "7", Values: v})
	}
	if behaviour == "late" {
		return // it tells of its device when it is configured anew
	}
	_ = conn.Notify(protocol.MethodPut, plug)
	_ = conn.Notify(protocol.MethodStatus, protocol.Status{Device: "7", Reachable: true})
	switch behaviour {
	case "lie":
		report(map[model.Attribute]model.Value{"on_off.on": model.Number(7)})
		report(map[model.Attribute]model.Value{"on_off.on": model.Bool(true), "temperature.temperature": model.Number(20)})
		_ = conn.Notify(protocol.MethodReport, protocol.Report{Device: "8", Values: map[model.Attribute]model.Value{"on_off.on": model.Bool(true)}})
		_ = conn.Notify(protocol.MethodPut, protocol.Device{ID: "9", Name: "Lock", Capabilities: []model.Capability{"door_lock"}})
		_, _ = os.Stdout.WriteString("hello\n")
		return
	case "flood":
		for {
			line, _ := protocol.Encode(protocol.Message{Method: protocol.MethodReport, Params: json.RawMessage(`{"device":"7","values":{"on_off.on":true}}`)})
			if _, err := os.Stdout.Write(line); err != nil {
				return
			}
		}
	case "leak":
		var all [][]byte
		for {
			b := make([]byte, 1<<20)
			for j := range b {
				b[j] = byte(j)
			}
			if all = append(all, b); len(all) > 600 {
				select {}
			}
			<-time.After(time.Millisecond)
		}
	case "chatter":
		for range 1000 {
			fmt.Fprintln(os.Stderr, "the token is s3cret-token")
		}
	case "store":
		var v protocol.StoreValue
		_ = conn.Call(context.Background(), protocol.MethodStoreGet, protocol.StoreKey{Key: "n"}, &v)
		err := conn.Call(context.Background(), protocol.MethodStorePut, protocol.StoreEntry{Key: "n", Value: v.Value + "x"}, nil)
		var big error
		for i := range 5 {
			big = conn.Call(context.Background(), protocol.MethodStorePut, protocol.StoreEntry{Key: fmt.Sprint("big", i), Value: strings.Repeat("x", 240<<10)}, nil)
		}
		sealed := conn.Call(context.Background(), protocol.MethodSecretPut, protocol.StoreEntry{Key: "token", Value: "very-secret"}, nil)
		_ = conn.Notify(protocol.MethodLog, protocol.Log{Level: "info", Message: fmt.Sprintf("stored %q %v; full %v; secret %v very-secret", v.Value, err, big, sealed)})
	}
	report(map[model.Attribute]model.Value{"on_off.on": model.Bool(false)})
}

// house is a hub that takes down what it is told.
type house struct {
	mu    sync.Mutex
	told  []string
	heard chan struct{}
}

func newHouse() *house { return &house{heard: make(chan struct{}, 1)} }

func (h *house) note(format string, args ...any) {
	h.mu.Lock()
	h.told = append(h.told, fmt.Sprintf(format, args...))
	h.mu.Unlock()
	select {
	case h.heard <- struct{}{}:
	default:
	}
}

func (h *house) Describe(d model.Description) { h.note("describe %s %s %s", d.Source, d.Type, d.Name) }
func (h *house) Report(s model.SourceID, rs []model.Reading) {
	for _, r := range rs {
		h.note("report %s %s=%s", s, r.Attribute, r.Value)
	}
}
func (h *house) Happened(e model.Happening) { h.note("event %s %s", e.Source, e.Event) }
func (h *house) Reachable(s model.SourceID, ok bool, why string) {
	h.note("reachable %s %t %s", s, ok, why)
}
func (h *house) Gone(s model.SourceID, why string) { h.note("gone %s %s", s, why) }
func (h *house) Outcome(id model.CommandID, o model.Outcome) {
	h.note("outcome %s %s %s", id, o.Status, o.Reason)
}

// await waits until something of what was told begins like this.
func (h *house) await(t testing.TB, want string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		h.mu.Lock()
		for _, s := range h.told {
			if strings.HasPrefix(s, want) {
				h.mu.Unlock()
				return s
			}
		}
		all := strings.Join(h.told, "\n")
		h.mu.Unlock()
		select {
		case <-h.heard:
		case <-deadline:
			t.Fatalf("never heard %q, but\n%s", want, all)
		}
	}
}

func (h *house) forget() { h.mu.Lock(); defer h.mu.Unlock(); h.told = nil }

// memory is a host's memory.
type memory struct {
	mu  sync.Mutex
	all map[string]map[string][]byte
}

func newMemory() *memory { return &memory{all: map[string]map[string][]byte{}} }

func (m *memory) Put(_ context.Context, bucket, key string, val []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all[bucket] == nil {
		m.all[bucket] = map[string][]byte{}
	}
	m.all[bucket][key] = slices.Clone(val)
	return nil
}

func (m *memory) Delete(_ context.Context, bucket, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all[bucket], key)
	return nil
}

func (m *memory) List(_ context.Context, bucket string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.all[bucket]), nil
}

func (m *memory) holds(bucket, text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range m.all[bucket] {
		if strings.Contains(string(v), text) {
			return true
		}
	}
	return false
}

const schema = `{"type":"object","additionalProperties":false,"properties":{"token":{"type":"string","title":"Token","x-zh":{"title":"令牌"},"x-secret":true,"default":"s3cret-token"},
"seconds":{"type":"integer","minimum":1,"title":"Seconds","x-zh":{"title":"秒"}}}}`

// folder is a plugin's folder, whose program is the tests' own executable.
func folder(t testing.TB, behaviour, version string) string {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"name":"acme","version":%q,"title":{"en":"Acme","zh":"艾克美"},"vendor":{"name":"Acme"},"protocol":{"min":1,"max":1},
"run":{"exec":{"linux/amd64":"acme","linux/arm64":"acme"},"args":[%q]},"capabilities":["on_off"],"network":{"mqtt":["acme/#"],"reason":{"en":"its topics","zh":"其主题"}},"limits":{"memoryMiB":%d},"config":"config.schema.json"}`, version, "plugin="+behaviour, memoryMiB())
	errs := []error{os.Link(self, filepath.Join(dir, "acme")), os.WriteFile(filepath.Join(dir, "plugin.json"), []byte(text), 0o600),
		os.WriteFile(filepath.Join(dir, "config.schema.json"), []byte(schema), 0o600), os.WriteFile(filepath.Join(dir, "version"), []byte(version), 0o600)}
	if errs[0] != nil { // another file system
		var b []byte
		b, errs[0] = os.ReadFile(self)
		errs = append(errs, os.WriteFile(filepath.Join(dir, "acme"), b, 0o700))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return dir
}

// memoryMiB is what the tests' plugin may use; the race detector needs some for itself.
func memoryMiB() int {
	if sandbox.Raced {
		return 200
	}
	return 48
}

// quick are the host's times in these tests: patient where a plugin in order might be late on a busy machine.
var quick = host.Times{Start: time.Minute, Stop: 500 * time.Millisecond, PingEvery: 100 * time.Millisecond, PingTimeout: time.Minute,
	Backoff: 10 * time.Millisecond, MaxBackoff: 50 * time.Millisecond, Watch: 50 * time.Millisecond, Flood: 500 * time.Millisecond}

// timesFor are impatient with what a behaviour does not do.
func timesFor(behaviour string) host.Times {
	t := quick
	switch behaviour {
	case "mute":
		t.Start = 500 * time.Millisecond
	case "hang":
		t.PingTimeout = 200 * time.Millisecond
	}
	return t
}

// fakeBroker passes on what is published to whoever listens, and keeps it.
type fakeBroker struct {
	mu        sync.Mutex
	heard     map[string]func(topic string, payload []byte, retained bool)
	published []string
}

func (b *fakeBroker) Subscribe(filter string, heard func(string, []byte, bool)) (func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.heard == nil {
		b.heard = map[string]func(string, []byte, bool){}
	}
	b.heard[filter] = heard
	return func() { b.mu.Lock(); defer b.mu.Unlock(); delete(b.heard, filter) }, nil
}

func (b *fakeBroker) Publish(topic string, payload []byte, retain bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = append(b.published, fmt.Sprintf("%s %s %v", topic, payload, retain))
	return nil
}

func (b *fakeBroker) hears(filter string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard[filter] != nil
}

func (b *fakeBroker) say(filter, topic string, payload []byte, retained bool) {
	b.mu.Lock()
	heard := b.heard[filter]
	b.mu.Unlock()
	heard(topic, payload, retained)
}

type fixture struct {
	*host.Host
	house  *house
	memory *memory
	found  map[string]func(via string, f adapters.Found)
	broker *fakeBroker
}

// run starts a host in developer mode.
func run(t testing.TB, m *memory, dir string) *fixture {
	t.Helper()
	return runWith(t, m, dir, quick)
}

func runWith(t testing.TB, m *memory, dir string, times host.Times) *fixture {
	t.Helper()
	f := &fixture{house: newHouse(), memory: m, found: map[string]func(string, adapters.Found){}, broker: &fakeBroker{}}
	var mu sync.Mutex
	var err error
	f.Host, err = host.New(t.Context(), host.Options{Dir: dir, Memory: m, Developer: true, Times: times, Version: "test",
		Seek: func(name string, p []manifest.Pattern, found func(string, adapters.Found)) {
			mu.Lock()
			f.found[name] = found
			mu.Unlock()
		}, MQTT: f.broker, ListenOn: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	started := make(chan struct{})
	go func() { close(started); done <- f.Run(ctx, f.house) }()
	<-started
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return f
}

func start(t *testing.T, behaviour string) *fixture {
	t.Helper()
	f := runWith(t, newMemory(), t.TempDir(), timesFor(behaviour))
	if _, err := f.Develop(t.Context(), folder(t, behaviour, "1.0.0")); err != nil {
		t.Fatal(err)
	}
	return f
}

// until waits until the plugin's status is as wanted.
func (f *fixture) until(t testing.TB, what string, ok func(host.Status) bool) host.Status {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := f.Plugin("acme")
		if err == nil && ok(s) {
			return s
		}
		select {
		case <-tick.C:
		case <-deadline:
			lines, _ := f.Logs("acme")
			t.Fatalf("never %s: %+v, %v\n%v", what, s, err, lines)
		}
	}
}
