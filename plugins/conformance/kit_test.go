package conformance_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/concord-home/hub/plugins/broken"
	"github.com/concord-home/hub/plugins/conformance"
	"github.com/concord-home/hub/plugins/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Init()
	broken.Init()
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // the kit waits more than it works
	os.Exit(m.Run())
}

// example is the folder of an example, built where it must be.
func example(t testing.TB, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	program := map[string]string{"plug": "acme-plug", "fan": "breeze-fan"}[name]
	if program == "" {
		return dir
	}
	built := t.TempDir()
	if err := os.CopyFS(built, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(built, "bin", program+"-"+runtime.GOOS+"-"+runtime.GOARCH)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return built
}

func TestTheExamplesReachGold(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{"plug": "go", "fan": "go", "lamp": "python3", "heater": "node"} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				t.Skip(program, "is not installed")
			}
			t.Parallel()
			r, err := conformance.Run(t.Context(), conformance.Options{Dir: example(t, name)})
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			_ = r.WriteText(&text, "en")
			if r.Tier != conformance.Gold {
				t.Error(text.String())
			}
			for _, f := range r.Findings {
				if f.Tier == conformance.Platinum && f.Outcome == conformance.Failed && f.ID != "signed" && f.ID != "soak" {
					t.Errorf("%s: %s", f.ID, f.Detail)
				}
			}
			if strings.Contains(text.String(), "missing for") != (r.Tier != conformance.Platinum) {
				t.Error(text.String())
			}
			t.Logf("%.1f s, %s", r.Seconds, r.Confined)
		})
	}
}
