package conformance_test

import (
	"strings"
	"testing"

	"github.com/concord-home/hub/plugins/broken"
	"github.com/concord-home/hub/plugins/conformance"
)

// drivers are the checks that make a plugin do what the checks about all that was said then judge.
var drivers = map[string]string{"messages": "describe", "clean-output": "describe", "contract": "offline", "secrets": "describe"}

func TestEachBrokenPluginIsFoundOut(t *testing.T) {
	for _, f := range broken.Faults {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := broken.Folder(dir, f.Name); err != nil {
				t.Fatal(err)
			}
			only := []string{f.Check}
			if d := drivers[f.Check]; d != "" {
				only = append(only, d)
			}
			r, err := conformance.Run(t.Context(), conformance.Options{Dir: dir, Only: only})
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range r.Findings {
				if got.ID == f.Check && (got.Outcome != conformance.Failed || !strings.Contains(got.Detail, f.Words)) {
					t.Errorf("%s: %s %q, expected a failure that says %q", got.ID, got.Outcome, got.Detail, f.Words)
				}
			}
		})
	}
}

func TestThePluginWithoutAFaultPassesTheSameChecks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := broken.Folder(dir, ""); err != nil {
		t.Fatal(err)
	}
	var only []string
	for _, f := range broken.Faults {
		only = append(only, f.Check, drivers[f.Check])
	}
	r, err := conformance.Run(t.Context(), conformance.Options{Dir: dir, Only: only})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Outcome == conformance.Failed {
			t.Errorf("%s: %s", f.ID, f.Detail)
		}
	}
}
