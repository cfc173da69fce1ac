package elgato

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

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
	a, h := New(), adaptertest.NewObserver("elgato")
	stop := adaptertest.Start(t, a, h)
	find := func(s *httptest.Server) {
		at := netip.MustParseAddrPort(s.Listener.Addr().String())
		a.Found(adapters.Found{Key: "desk", Type: "_elg._tcp", Instance: "Desk", Addrs: []netip.Addr{at.Addr()}, Port: int(at.Port())})
	}
	const desk = "elgato/BW33J1A02153"
	is := func(want map[model.Attribute]string) func() bool {
		return func() bool {
			for attribute, text := range want {
				if v, _ := h.Value(desk, model.MainEndpoint, attribute); v.String() != text {
					return false
				}
			}
			return true
		}
	}
	find(s)
	h.Await(t, "its state is known", is(map[model.Attribute]string{"color_temperature.kelvin": "4695", "on_off.on": "false"}))
	if d, _ := h.Description(desk); d.Name != "Desk" {
		t.Errorf("described as %+v", d)
	}
	a.Execute(model.Command{ID: "c", Source: desk, Endpoint: "main", Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}, {Attribute: "level.level", Value: model.Number(0)}, {Attribute: "color_temperature.kelvin", Value: model.Number(5000)}}})
	h.Await(t, "it is confirmed", func() bool {
		o, _ := h.OutcomeOf("c")
		return o.Status == model.Acked && is(map[model.Attribute]string{"on_off.on": "true", "level.level": "1", "color_temperature.kelvin": "5000"})()
	})
	s.Close()
	a.Execute(model.Command{ID: "lost", Source: desk, Endpoint: "main", Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(false)}}})
	h.Await(t, "without power it is refused", func() bool { o, _ := h.OutcomeOf("lost"); return o.Status == model.Rejected })
	find(light(t)) // another address
	h.Await(t, "it is found again", func() bool {
		ok, _ := h.IsReachable(desk)
		return ok && is(map[model.Attribute]string{"on_off.on": "false"})()
	})
	stop()
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
