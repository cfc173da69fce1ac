package zigbee2mqtt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
)

// silentHub takes everything and keeps nothing.
type silentHub struct{}

func (silentHub) Describe(model.Description)             {}
func (silentHub) Report(model.SourceID, []model.Reading) {}
func (silentHub) Happened(model.Happening)               {}
func (silentHub) Reachable(model.SourceID, bool, string) {}
func (silentHub) Gone(model.SourceID, string)            {}
func (silentHub) Outcome(model.CommandID, model.Outcome) {}

// BenchmarkState is one state message of a motion sensor, as it comes from the broker, in which one
// property changed; the floor is encoding/json making a map of the same bytes in the same run.
func BenchmarkState(b *testing.B) {
	h := newHouse(b)
	a := h.a
	a.hub = silentHub{}
	p, err := a.parseDevice([]byte(deviceJSON("0x5", "motion_5", "EndDevice", "Battery",
		`{"type":"binary","name":"occupancy","property":"occupancy","access":1,"value_on":true,"value_off":false},{"type":"numeric","name":"battery","property":"battery","access":1,"unit":"%"}`)))
	if err != nil {
		b.Fatal(err)
	}
	a.applyDevice(&p)
	messages := make([][]byte, 2)
	for i, occupied := range []string{"true", "false"} {
		messages[i] = []byte(`{"battery":75,"battery_low":false,"last_seen":"2026-11-23T20:23:23.521Z","linkquality":130,"occupancy":` + occupied + `,"voltage":3000}`)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		a.message("motion_5", messages[n&1], false)
		n++
	}
	own := float64(b.Elapsed().Nanoseconds()) / float64(max(n, 1))
	start := time.Now()
	const rounds = 20000
	for i := range rounds {
		var m map[string]any
		if err := json.Unmarshal(messages[i&1], &m); err != nil {
			b.Fatal(err)
		}
	}
	floor := float64(time.Since(start).Nanoseconds()) / rounds
	b.ReportMetric(floor, "floor-ns/op")
	b.ReportMetric(own/floor, "x-floor")
}

// BenchmarkDevices is a bridge/devices of 105 devices in which one has changed; the floor is encoding/json making maps of the same bytes.
func BenchmarkDevices(b *testing.B) {
	h := newHouse(b)
	a := h.a
	a.hub = silentHub{}
	list := func(changed int) []byte {
		var d []string
		for i := range 105 {
			name := fmt.Sprintf("lamp %d", i)
			if i == 50 {
				name = fmt.Sprintf("renamed %d", changed)
			}
			d = append(d, lamp(fmt.Sprintf("0x%d", i), name))
		}
		return []byte("[" + strings.Join(d, ",") + "]")
	}
	lists := [][]byte{list(0), list(1)}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		a.devicesIn = rawList{payload: bytes.Clone(lists[n&1])}
		a.loadDevices()
		n++
	}
	own := float64(b.Elapsed().Nanoseconds()) / float64(max(n, 1))
	start := time.Now()
	const rounds = 50
	for range rounds {
		var m []map[string]any
		if err := json.Unmarshal(lists[0], &m); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(own/(float64(time.Since(start).Nanoseconds())/rounds), "x-floor")
}
