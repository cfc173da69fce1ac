package elgato

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
)

// light is a Key Light.
func light(n int) http.Handler {
	var mu sync.Mutex
	now := map[string]int{"on": 0, "brightness": 20, "temperature": 213}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /elgato/accessory-info", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"productName":"Elgato Key Light","firmwareVersion":"1.0.3","serialNumber":"BW33J1A%05d","displayName":"Desk"}`, n)
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
	return mux
}

func TestKeyLightsThroughTheirLife(t *testing.T) {
	adaptertest.Drill{
		New:    func() adaptertest.Seeker { return New() },
		Device: light,
		Found:  adapters.Found{Type: "_elg._tcp", Instance: "Elgato Key Light"},
		State:  adaptertest.Values{"on_off.on": "false", "level.level": "20", "color_temperature.kelvin": "4695"},
		Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}, {Attribute: "level.level", Value: model.Number(0)}, {Attribute: "color_temperature.kelvin", Value: model.Number(5000)}},
		Then:   adaptertest.Values{"on_off.on": "true", "level.level": "1", "color_temperature.kelvin": "5000"},
	}.Run(t)
}

func FuzzLights(f *testing.F) {
	f.Add([]byte(`{"numberOfLights":1,"lights":[{"on":1,"brightness":20,"temperature":213}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s lights
		if json.Unmarshal(b, &s) == nil {
			_, _ = s.readings()
		}
	})
}
