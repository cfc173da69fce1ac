package elgato

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// hub writes down what it is told.
type hub struct {
	mu       sync.Mutex
	told     model.Description
	values   map[model.Attribute]string
	why      string
	outcomes map[model.CommandID]model.Status
}

func (h *hub) Describe(d model.Description) { h.mu.Lock(); defer h.mu.Unlock(); h.told = d }
func (h *hub) Report(_ model.SourceID, rs []model.Reading) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range rs {
		h.values[r.Attribute] = r.Value.String()
	}
}
func (h *hub) Happened(model.Happening)    {}
func (h *hub) Gone(model.SourceID, string) {}
func (h *hub) Reachable(_ model.SourceID, _ bool, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.why = why
}
func (h *hub) Outcome(id model.CommandID, o model.Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outcomes[id] = o.Status
}

func (h *hub) until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.After(10 * time.Second); ; {
		h.mu.Lock()
		ok := f()
		h.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// light is a Key Light on a real socket.
func light(t *testing.T) *httptest.Server {
	var mu sync.Mutex
	now := map[string]int{"on": 0, "brightness": 20, "temperature": 213}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /elgato/accessory-info", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"productName":"Elgato Key Light","firmwareVersion":"1.0.3","serialNumber":"BW33J1A02153","displayName":"Desk"}`))
	})
	mux.HandleFunc("/elgato/lights", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var in struct{ Lights []map[string]int }
		if r.Method == http.MethodPut && json.NewDecoder(r.Body).Decode(&in) == nil && len(in.Lights) == 1 {
			for k, v := range in.Lights[0] {
				now[k] = v
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"numberOfLights": 1, "lights": []any{now}})
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestKeyLight(t *testing.T) {
	s := light(t)
	a, h := New(), &hub{values: map[model.Attribute]string{}, outcomes: map[model.CommandID]model.Status{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx, h) }()
	find := func(s *httptest.Server) {
		at := netip.MustParseAddrPort(s.Listener.Addr().String())
		a.Found(adapters.Found{Key: "desk", Type: "_elg._tcp", Instance: "Desk", Addrs: []netip.Addr{at.Addr()}, Port: int(at.Port())})
	}
	find(s)
	h.until(t, "its state is known", func() bool { return h.values["color_temperature.kelvin"] == "4695" && h.values["on_off.on"] == "false" })
	if h.told.Name != "Desk" || h.told.Source != "elgato/BW33J1A02153" {
		t.Errorf("described as %+v", h.told)
	}
	a.Execute(model.Command{ID: "c", Source: h.told.Source, Endpoint: "main", Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}, {Attribute: "level.level", Value: model.Number(0)}, {Attribute: "color_temperature.kelvin", Value: model.Number(5000)}}})
	h.until(t, "it is confirmed", func() bool {
		return h.outcomes["c"] == model.Acked && h.values["on_off.on"] == "true" && h.values["level.level"] == "1" && h.values["color_temperature.kelvin"] == "5000"
	})
	s.Close()
	a.Execute(model.Command{ID: "lost", Source: h.told.Source, Endpoint: "main", Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(false)}}})
	h.until(t, "without power it is refused", func() bool { return h.outcomes["lost"] == model.Rejected })
	find(light(t)) // another address
	h.until(t, "it is found again", func() bool { return h.values["on_off.on"] == "false" && h.why == "" })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzLights(f *testing.F) {
	f.Add([]byte(`{"numberOfLights":1,"lights":[{"on":1,"brightness":20,"temperature":213}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s lights
		if json.Unmarshal(b, &s) == nil {
			for _, x := range s.Lights {
				readings(x)
			}
		}
	})
}
