package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	httpapi "github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/mqtt/accounts"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

// noon is when the tests take place.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a small workshop of devices, each with a behaviour of its own: what is asked of
// "mute" is never answered, "broken" refuses, all others do and report what they are told.
type bench struct {
	mu    sync.Mutex
	hub   adapters.Hub
	ready chan struct{}
	pairs []int // seconds for which the network was opened
}

func (*bench) Name() string { return "bench" }

func (b *bench) Run(ctx context.Context, h adapters.Hub) error {
	b.mu.Lock()
	b.hub = h
	b.mu.Unlock()
	for _, d := range benchDevices() {
		h.Describe(d)
	}
	h.Report("bench/lamp", []model.Reading{{Endpoint: "main", Attribute: "on_off.on", Value: model.Bool(false)}, {Endpoint: "main", Attribute: "level.level", Value: model.Number(80)}})
	h.Report("bench/gang", []model.Reading{{Endpoint: "left", Attribute: "on_off.on", Value: model.Bool(true)}, {Endpoint: "right", Attribute: "on_off.on", Value: model.Bool(false)}})
	h.Report("bench/trv", []model.Reading{{Endpoint: "main", Attribute: "thermostat.heat_setpoint", Value: model.Number(19)}, {Endpoint: "main", Attribute: "thermostat.local_temperature", Value: model.Number(18.5)}})
	h.Report("bench/door", []model.Reading{{Endpoint: "main", Attribute: "contact.open", Value: model.Bool(false)}, {Endpoint: "main", Attribute: "temperature.celsius", Value: model.Number(20.4)}})
	for _, s := range []model.SourceID{"bench/lamp", "bench/gang", "bench/trv", "bench/door", "bench/mute"} {
		h.Reachable(s, true, "")
	}
	h.Reachable("bench/broken", false, "no route to the device")
	close(b.ready)
	<-ctx.Done()
	return nil
}

func (b *bench) Execute(cmd model.Command) {
	b.mu.Lock()
	h := b.hub
	b.mu.Unlock()
	switch cmd.Source {
	case "bench/mute":
		return
	case "bench/broken":
		h.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: "MAC no ack"}})
		return
	}
	h.Outcome(cmd.ID, model.Outcome{Status: model.Acked})
	var readings []model.Reading
	for _, w := range cmd.Writes {
		readings = append(readings, model.Reading{Endpoint: cmd.Endpoint, Attribute: w.Attribute, Value: w.Value})
	}
	h.Report(cmd.Source, readings)
}

// permit opens the network; a plug joins at once.
func (b *bench) permit(_ context.Context, _ string, seconds int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pairs = append(b.pairs, seconds)
	if seconds > 0 {
		b.hub.Describe(benchDevice("plug", "New plug", "plug", part("main", "on_off.on")))
	}
	return nil
}

// remove lets a device leave at once.
func (b *bench) remove(_ context.Context, s model.SourceID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hub.Gone(s, "left the bench")
	return nil
}

func benchDevices() []model.Description {
	return []model.Description{
		benchDevice("lamp", "Desk lamp", "light_dimmable", part("main", "on_off.on", "on_off.startup", "level.level")),
		benchDevice("gang", "Wall/switch", "wall_switch", part("left", "on_off.on"), part("right", "on_off.on")),
		benchDevice("trv", "散热器", "trv", part("main", "thermostat.heat_setpoint", "thermostat.local_temperature")),
		benchDevice("door", "Front door", "contact_sensor", part("main", "contact.open", "temperature.celsius", "power_source.battery_pct")),
		benchDevice("mute", "Mute lamp", "light_on_off", part("main", "on_off.on")),
		benchDevice("broken", "Broken lamp", "light_on_off", part("main", "on_off.on")),
	}
}

func benchDevice(id, name string, kind model.DeviceType, parts ...model.EndpointDescription) model.Description {
	return model.Description{Source: model.SourceID("bench/" + id), Name: name, Type: kind, Vendor: "Acme", Model: "X-" + id, Endpoints: parts, CommandTimeout: 2 * time.Second}
}

func part(id model.EndpointID, attributes ...model.Attribute) model.EndpointDescription {
	e := model.EndpointDescription{ID: id}
	for _, a := range attributes {
		e.Properties = append(e.Properties, *model.LookupAttribute(a))
	}
	return e
}

// liveHouse is a running hub as the HTTP side sees it.
type liveHouse struct{ *hub.Hub }

func (h liveHouse) Events(room int) (<-chan home.Effect, func()) {
	s := h.Subscribe(room)
	return s.C, s.Close
}

// live is a real hub with its API on a loopback socket, and the command line to use it with.
type live struct {
	t     *testing.T
	dir   string
	bench *bench
	hub   *hub.Hub
	store *store.Store
	code  string // for the set-up
}

// start runs a hub until the test ends.
func start(t *testing.T) *live {
	t.Helper()
	l := &live{t: t, dir: t.TempDir(), bench: &bench{ready: make(chan struct{})}}
	var err error
	if l.store, err = store.Open(l.dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	l.hub, err = hub.New(t.Context(), hub.Options{Store: l.store, Adapters: []adapters.Adapter{l.bench}, Scenes: scenes.New(), Presence: presence.New(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	broker, err := accounts.Load(t.Context(), l.store)
	if err != nil {
		t.Fatal(err)
	}
	server, err := httpapi.New(httpapi.Options{House: liveHouse{l.hub}, Memory: l.store, Now: now, DataDir: l.dir, Pair: l.bench.permit, Clients: clients{broker},
		SetupCode: func(code string) { l.code = code },
		Remove:    l.bench.remove,
		Arrival:   (&house{}).arrivals,
		Positions: positions(nil),
		Info:      func() api.Info { return api.Info{MQTTAddr: "[::]:1883"} },
		Doctor: func() api.Doctor {
			return api.Doctor{OK: false, Findings: []api.Finding{{Part: "store", OK: true, Detail: "ok"}, {Part: "adapter bench", Detail: "it is on fire"}}}
		},
		Discovered: func() []api.Discovered {
			return []api.Discovered{{Type: "_hap._tcp", Instance: "客厅 bridge", Addrs: []string{"192.0.2.7"}, Port: 51827, LastSeen: noon.Add(-time.Minute), State: "present", Handlers: []string{"homekit"}}}
		}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.write("address", "http://"+listener.Addr().String()+"\n")
	l.run(server, listener)
	<-l.bench.ready
	l.settle()
	return l
}

// run runs hub and server and ends both with the test.
func (l *live) run(server *httpapi.Server, listener net.Listener) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = l.hub.Run(ctx) })
	running.Go(func() { _ = server.Serve(ctx, listener) })
	l.t.Cleanup(func() {
		stop()
		running.Wait()
		if err := l.store.Close(); err != nil {
			l.t.Error(err)
		}
	})
}

// settle waits until all that was said so far is in the house.
func (l *live) settle() {
	l.t.Helper()
	if err := l.hub.Do(l.t.Context(), home.RoomSet{Room: home.Room{ID: "study", Names: map[string]string{"": "Study", "zh": "书房"}}}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *live) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// hubCmd runs one command line.
func (l *live) hubCmd(args ...string) result {
	l.t.Helper()
	return runCLI(l.t, map[string]string{"CONCORD_DATA": l.dir}, "", args...)
}

// must runs one command line that has to succeed and returns what it printed.
func (l *live) must(args ...string) string {
	l.t.Helper()
	r := l.hubCmd(args...)
	if r.code != exitOK {
		l.t.Fatalf("hub %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// id is a device's id.
func (l *live) id(name string) model.DeviceID {
	l.t.Helper()
	var d api.Device
	if err := json.Unmarshal([]byte(l.must("device", name, "--json")), &d); err != nil {
		l.t.Fatal(err)
	}
	return d.ID
}

type result struct {
	code     int
	out, err string
}

// runCLI runs one command line in an environment of its own.
func runCLI(t *testing.T, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	c := &cli{in: strings.NewReader(stdin), out: &out, err: &errOut, env: func(k string) string { return env[k] }, now: func() time.Time { return noon }}
	code := c.execute(t.Context(), args)
	return result{code, out.String(), errOut.String()}
}
