package realpeer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	outward "github.com/concord-home/hub/bridge/homekit"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/seal"
)

// bench is an adapter of three devices that do what they are told.
type bench struct {
	mu  sync.Mutex
	hub adapters.Hub
}

func (*bench) Name() string { return "bench" }

func (b *bench) Run(ctx context.Context, h adapters.Hub) error {
	b.mu.Lock()
	b.hub = h
	b.mu.Unlock()
	for _, d := range []struct {
		id, name string
		kind     model.DeviceType
		values   map[model.Attribute]model.Value
	}{
		{"lamp", "Lamp 灯", "light_dimmable", map[model.Attribute]model.Value{"on_off.on": model.Bool(false), "level.level": model.Number(30)}},
		{"garden", "Garden", "climate_sensor", map[model.Attribute]model.Value{"temperature.celsius": model.Number(-12.4), "power_source.battery_pct": model.Number(60)}},
		{"blind", "Blind", "window_covering", map[model.Attribute]model.Value{"window_covering.open_pct": model.Number(20), "window_covering.tilt_pct": model.Number(50)}},
	} {
		e := model.EndpointDescription{ID: model.MainEndpoint}
		var r []model.Reading
		for a, v := range d.values {
			e.Properties = append(e.Properties, *model.LookupAttribute(a))
			r = append(r, model.Reading{Endpoint: e.ID, Attribute: a, Value: v})
		}
		src := model.SourceID("bench/" + d.id)
		h.Describe(model.Description{Source: src, Name: d.name, Type: d.kind, Vendor: "Acme", Model: "X", Endpoints: []model.EndpointDescription{e}, CommandTimeout: 5 * time.Second})
		h.Reachable(src, true, "")
		h.Report(src, r)
	}
	<-ctx.Done()
	return nil
}

func (b *bench) Execute(cmd model.Command) {
	b.mu.Lock()
	h := b.hub
	b.mu.Unlock()
	h.Outcome(cmd.ID, model.Outcome{Status: model.Acked})
	var r []model.Reading
	for _, w := range cmd.Writes {
		r = append(r, model.Reading{Endpoint: cmd.Endpoint, Attribute: w.Attribute, Value: w.Value})
	}
	h.Report(cmd.Source, r)
}

type asHouse struct{ *inHouse }

func (h asHouse) View() *home.View                             { return h.hub.View() }
func (h asHouse) Do(ctx context.Context, body home.Body) error { return h.hub.Do(ctx, body) }
func (h asHouse) Command(ctx context.Context, a home.Ask, p func(home.Command)) (home.Command, error) {
	return h.hub.Command(ctx, a, p)
}
func (h asHouse) Events(room int) (<-chan home.Effect, func()) {
	s := h.hub.Subscribe(room)
	return s.C, s.Close
}

// shown is a house that shows in HomeKit.
type shown struct {
	*inHouse
	bench  *bench
	bridge *outward.Bridge
	port   int
	stop   func()
}

func show(t testing.TB, dir string, port int) *shown {
	t.Helper()
	b := &bench{}
	s := &shown{inHouse: newInHouse(t, dir, b), bench: b, port: port}
	eventually(t, 5*time.Second, "the devices", func() error {
		if s.device("Blind") == nil {
			return errors.New("not yet")
		}
		return nil
	})
	box, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.bridge, err = outward.New(t.Context(), outward.Options{House: asHouse{s.inHouse}, Memory: box.Memory(s.store),
		Listen: func(int) (net.Listener, error) { return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.bridge.Run(ctx) }()
	var once sync.Once
	s.stop = func() { once.Do(func() { cancel(); <-done; s.inHouse.stop() }) }
	t.Cleanup(s.stop)
	return s
}

// database is what a peer lists.
type database []struct {
	AID      uint64 `json:"aid"`
	Services []struct {
		Type            string `json:"type"`
		Characteristics []struct {
			IID   uint64 `json:"iid"`
			Type  string `json:"type"`
			Value any    `json:"value"`
		} `json:"characteristics"`
	} `json:"services"`
}

func (db database) find(t testing.TB, name, char string) [2]uint64 {
	t.Helper()
	long := func(s string) string { return fmt.Sprintf("%08s-0000-1000-8000-0026BB765291", s) }
	for _, a := range db {
		named := false
		for _, s := range a.Services {
			for _, c := range s.Characteristics {
				named = named || c.Value == name
				if named && (c.Type == char || c.Type == long(char)) {
					return [2]uint64{a.AID, c.IID}
				}
			}
		}
	}
	t.Fatalf("%s has no %s in %+v", name, char, db)
	return [2]uint64{}
}

// The controllers that others use: npm's hap-controller, and aiohomekit, which is Home Assistant's.
func TestOurBridgeServesOtherControllers(t *testing.T) {
	peers := peersDir(t)
	js, _ := filepath.Abs("testdata/homekit/controller.js")
	py, _ := filepath.Abs("testdata/homekit/aiohomekit_peer.py")
	for name, args := range map[string][]string{"hap-controller": {"node", js}, "aiohomekit": {filepath.Join(peers, "venv/bin/python"), py}} {
		t.Run(name, func(t *testing.T) {
			port, dir := freePort(t), t.TempDir()
			s := show(t, dir, port)
			status := s.bridge.Bridges()[0]
			p := startPeer(t, t.TempDir(), []string{"PEERS=" + peers}, args[0], args[1:]...)
			p.expect(20*time.Second, "the peer", said("ready"))
			ask := func(want string, m map[string]any) map[string]any {
				t.Helper()
				p.say(m)
				got := p.expect(20*time.Second, fmt.Sprint(m["do"]), func(m map[string]any) bool { return m[want] != nil || m["failed"] != nil })
				if got["failed"] != nil {
					t.Fatalf("%v: %v", m["do"], got)
				}
				return got
			}
			// Ids and values as each peer writes them.
			id := func(x [2]uint64) any {
				if name == "aiohomekit" {
					return []any{x[0], x[1]}
				}
				return fmt.Sprintf("%d.%d", x[0], x[1])
			}
			values := func(x [2]uint64, v any) any {
				if name == "aiohomekit" {
					return []any{[]any{x[0], x[1], v}}
				}
				return map[string]any{fmt.Sprintf("%d.%d", x[0], x[1]): v}
			}
			list := func() database {
				t.Helper()
				got := ask("accessories", map[string]any{"do": "list"})
				b, _ := json.Marshal(got["accessories"])
				var db database
				if err := json.Unmarshal(b, &db); err != nil {
					t.Fatal(err)
				}
				return db
			}

			ask("paired", map[string]any{"do": "pair", "host": "127.0.0.1", "port": port, "id": status.ID, "code": status.Code})
			db := list()
			on, temperature, tilt := db.find(t, "Lamp 灯", "25"), db.find(t, "Garden", "11"), db.find(t, "Blind", "7B")
			if got := fmt.Sprint(ask("read", map[string]any{"do": "read", "ids": []any{id(temperature)}})); !containsAll(got, "-12.4") {
				t.Errorf("read %s", got)
			}
			ask("written", map[string]any{"do": "write", "values": values(on, true)})
			s.awaitValue("Lamp 灯", "on_off.on", model.Bool(true))
			ask("written", map[string]any{"do": "write", "values": values(tilt, -45)})
			s.awaitValue("Blind", "window_covering.tilt_pct", model.Number(25))

			ask("subscribed", map[string]any{"do": "subscribe", "ids": []any{id(on), id(temperature)}})
			s.bench.hub.Report("bench/garden", []model.Reading{{Endpoint: "main", Attribute: "temperature.celsius", Value: model.Number(-3.5)}})
			p.expect(10*time.Second, "the event", func(m map[string]any) bool { return containsAll(fmt.Sprint(m["event"]), "-3.5") })
			ask("pairings", map[string]any{"do": "pairings"})

			// The hub restarts; the peer comes back and hears events again.
			s.stop()
			s = show(t, dir, port)
			if n := s.bridge.Bridges()[0].Controllers; n != 1 {
				t.Fatalf("%d controllers after the restart", n)
			}
			ask("reconnected", map[string]any{"do": "reconnect"})
			eventually(t, 30*time.Second, "it writes again", func() error {
				p.say(map[string]any{"do": "write", "values": values(on, true)})
				m := p.expect(20*time.Second, "an answer", func(m map[string]any) bool { return m["written"] != nil || m["failed"] != nil })
				if m["failed"] != nil {
					return fmt.Errorf("%v", m["failed"])
				}
				return nil
			})
			s.awaitValue("Lamp 灯", "on_off.on", model.Bool(true))
			if again := list().find(t, "Lamp 灯", "25"); again != on {
				t.Errorf("its number is %v, was %v", again, on)
			}
			ask("unpaired", map[string]any{"do": "unpair"})
			eventually(t, 5*time.Second, "nobody is paired", func() error {
				if n := s.bridge.Bridges()[0].Controllers; n != 0 {
					return fmt.Errorf("%d", n)
				}
				return nil
			})
		})
	}
}

func containsAll(s string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}
