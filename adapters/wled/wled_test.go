package wled

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

// strip is a WLED controller, version 0.15.
func strip(n int) http.Handler {
	var mu sync.Mutex
	on, bri, col := true, 128.0, []any{255.0, 160.0, 0.0, 0.0}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /json/info", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"ver":"0.15.0","leds":{"count":30,"seglc":[1],"lc":1},"name":"WLED Shelf","brand":"WLED","product":"FOSS","mac":"a0b1c2%06x"}`, n)
	})
	mux.HandleFunc("/json/state", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPost {
			var in struct {
				On  *bool
				Bri *float64
				Seg *struct{ Col [][]any }
			}
			_ = json.NewDecoder(r.Body).Decode(&in)
			if in.On != nil {
				on = *in.On
			}
			if in.Bri != nil {
				bri = *in.Bri
			}
			if in.Seg != nil {
				col = in.Seg.Col[0]
			}
			_, _ = w.Write([]byte(`{"success":true}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"on": on, "bri": bri, "transition": 7, "mainseg": 0, "seg": []any{map[string]any{"id": 0, "start": 0, "stop": 30, "col": []any{col, []int{0, 0, 0}}, "fx": 9}}})
	})
	return mux
}

func TestStripsThroughTheirLife(t *testing.T) {
	adaptertest.Drill{
		New:    func() adaptertest.Seeker { return New() },
		Device: strip,
		Found:  adapters.Found{Type: "_wled._tcp", Instance: "WLED Shelf", TXT: map[string]string{"mac": "a0b1c2000000"}},
		State:  adaptertest.Values{"on_off.on": "true", "level.level": "50", "color.hue": "38", "color.saturation": "100"},
		Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(false)}, {Attribute: "level.level", Value: model.Number(0)}, {Attribute: "color.hue", Value: model.Number(240)}},
		Then:   adaptertest.Values{"on_off.on": "false", "level.level": "0", "color.hue": "240", "color.saturation": "100"},
	}.Run(t)
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"on":true,"bri":127,"mainseg":0,"seg":[{"id":0,"col":[[255,160,0,0]]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s state
		if json.Unmarshal(b, &s) == nil {
			_, _ = s.readings()
		}
	})
}
