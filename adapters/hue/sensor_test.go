package hue

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTheMotionSensorForTheHouse writes down what the house is told of a motion sensor, for tests of other packages that let it
// be evidence of somebody.
func TestTheMotionSensorForTheHouse(t *testing.T) {
	all := map[string]*resource{}
	for l := range strings.Lines(strings.TrimSpace(simResources)) {
		var r resource
		if err := json.Unmarshal([]byte(l), &r); err != nil {
			t.Fatal(err)
		}
		all[r.ID] = &r
	}
	var told struct {
		Description  model.Description `json:"description"`
		Still, Moves []model.Reading
	}
	for _, x := range translate(all) {
		if x.description.Source == sourceID("dev-sensor") {
			told.Description = x.description
			told.Still = readings(x.services["motion-1"], all["motion-1"])
		}
	}
	events, err := parseEvents([]byte(`[{"type":"update","data":[{"id":"motion-1","type":"motion","motion":{"motion":true,"motion_valid":true,"motion_report":{"changed":"2026-11-20T10:00:00Z","motion":true}}}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	told.Moves = readings(model.MainEndpoint, &events[0].Data[0])
	got, err := json.MarshalIndent(told, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const file = "testdata/sensor.json"
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update writes it anew:\n%s", file, diff)
	}
}
