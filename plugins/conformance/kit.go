// Package conformance is the kit that a plugin is held against: it plays the hub, runs the plugin as the hub would,
// confined, with a simulated device (package simulator, from the plugin's testdata/device.txt), and gives both of them trouble.
// What it finds is a tier: bronze (it behaves), silver (it stands faults), gold (all that it declares is shown to
// work), platinum (fuzzed, a hundred devices, signed, soaked). A tier needs all checks of it and of those below.
//
// Beside the device a plugin ships scripts, testdata/NAME.test, that use every capability that it declares: see [step].
// testdata/config.json is the configuration to test with, if defaults do not do.
//
// Use: Run a folder; the [Result] prints itself as text, JSON and HTML. `hub plugin test DIR` does.
package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/protocol/schema"
	"github.com/concord-home/hub/plugins/simulator"
)

// Options say what to test.
type Options struct {
	Dir     string        // the plugin's folder
	Package []byte        // its signed package, for platinum
	Soak    time.Duration // how long the soak lasts; 0: none, and no platinum
	Only    []string      // ids of checks; empty: all
	// Parallel is how many checks are done at once, each with a process and a device of its own; default 4. They
	// wait more than they work.
	Parallel int
	// Progress is called before each check, by one at a time; nil: nobody watches.
	Progress func(id string)
}

// skip is why a check does not apply.
type skip struct{ why string }

func (s skip) Error() string { return s.why }

func notApplicable(why string) error { return skip{why} }

// kit is one run.
type kit struct {
	o        Options
	manifest *manifest.Manifest
	schemas  *schema.Set
	script   *simulator.Script
	scripts  []script
	config   json.RawMessage
	secrets  map[string]string
	dir      string            // a short path, for sockets and data; each check has its own
	wire     *simulator.Topics // the house's MQTT; each check has its own
	offline  time.Duration
	*said
}

// said is what all checks together heard of the plugin.
type said struct {
	mu       sync.Mutex
	confined string
	garbage  []string // lines that were no messages
	schema   []string // messages that do not fit their schema
	contract []string // violations of the adapters' contract
	leaked   []string // where secrets were shown
}

// Run holds a plugin against the kit. An error means that the kit itself could not work.
func Run(ctx context.Context, o Options) (*Result, error) {
	began := time.Now()
	r := &Result{Checked: began.UTC().Truncate(time.Second), Tier: None}
	k := &kit{o: o, said: &said{}}
	var err error
	if k.schemas, err = schema.Load(); err != nil {
		return nil, err
	}
	if k.dir, err = os.MkdirTemp("", "kit"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(k.dir)
	wrong := k.load()
	if k.manifest != nil {
		r.Plugin, r.Version = k.manifest.Name, k.manifest.Version
	}
	if r.Findings, err = k.findings(ctx, wrong); err != nil {
		return nil, err
	}
	byTier(r.Findings)
	r.Confined = k.confined
	r.rate(len(o.Only) > 0)
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// findings does the checks, phase after phase; wrong is why none but the check "manifest" can be done.
func (k *kit) findings(ctx context.Context, wrong error) ([]Finding, error) {
	all := make([]Finding, len(checks))
	var watching sync.Mutex
	for _, phase := range []phase{drives, soaks, judges} {
		var running errgroup.Group
		running.SetLimit(cmp.Or(k.o.Parallel, 4))
		for i, c := range checks {
			if c.phase != phase || len(k.o.Only) > 0 && !slices.Contains(k.o.Only, c.id) {
				continue
			}
			running.Go(func() error {
				if k.o.Progress != nil {
					watching.Lock()
					k.o.Progress(c.id)
					watching.Unlock()
				}
				own := *k
				own.dir, own.wire = filepath.Join(k.dir, strconv.Itoa(i)), &simulator.Topics{}
				if err := os.Mkdir(own.dir, 0o700); err != nil {
					return err
				}
				all[i] = own.finding(ctx, c, wrong)
				return ctx.Err()
			})
		}
		if err := running.Wait(); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(f Finding) bool { return f.ID == "" }), nil
}

// finding does one check.
func (k *kit) finding(ctx context.Context, c check, wrong error) Finding {
	start := time.Now()
	f := Finding{ID: c.id, Tier: c.tier, Title: c.title, Outcome: Passed}
	err := wrong
	if err == nil {
		err = c.run(ctx, k)
	} else if c.id != "manifest" {
		err = errors.New("the plugin cannot be started: see the check manifest")
	}
	var s skip
	switch {
	case errors.As(err, &s):
		f.Outcome, f.Detail = NotApplicable, s.why
	case err != nil:
		f.Outcome, f.Detail = Failed, err.Error()
	}
	f.Seconds = time.Since(start).Seconds()
	return f
}

// load reads the plugin's folder. The error is the finding of the check "manifest".
func (k *kit) load() error {
	folder := os.DirFS(k.o.Dir)
	m, err := manifest.Load(folder)
	if err != nil {
		return err
	}
	k.manifest = m
	k.offline = time.Duration(m.Limits.OfflineSeconds) * time.Second
	if len(m.Discovery) == 0 && len(m.Network.Hosts) == 0 {
		return errors.New("plugin.json: discovery is empty: the plugin would never be handed anything")
	}
	b, err := fs.ReadFile(folder, "testdata/device.txt")
	if err != nil {
		return fmt.Errorf("the plugin ships no simulated device: %w", err)
	}
	if k.script, err = simulator.Parse(bytes.NewReader(b)); err != nil {
		return fmt.Errorf("testdata/device.txt: %w", err)
	}
	files, err := fs.Glob(folder, "testdata/*.test")
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := fs.ReadFile(folder, f)
		if err != nil {
			return err
		}
		s, err := parseScript(strings.TrimSuffix(filepath.Base(f), ".test"), string(b))
		if err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		k.scripts = append(k.scripts, s)
	}
	return k.loadConfig(folder)
}

// loadConfig makes a configuration to test with, in which every secret is one that can be found again.
func (k *kit) loadConfig(folder fs.FS) error {
	text, err := fs.ReadFile(folder, "testdata/config.json")
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte("{}")
	} else if err != nil {
		return err
	}
	values := map[string]any{}
	if err := json.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("testdata/config.json: %w", err)
	}
	if k.manifest.Schema != nil {
		for _, f := range k.manifest.Schema.Fields {
			if _, set := values[f.Name]; f.Secret && f.Type == "string" && !set {
				values[f.Name] = "k1t-s3cret-" + f.Name
			}
		}
	}
	b, err := json.Marshal(values)
	if err != nil {
		return err
	}
	if k.config, err = k.manifest.Schema.Fill(b); err != nil {
		return err
	}
	k.secrets = k.manifest.Schema.Secrets(k.config)
	if err := k.manifest.Schema.Check(k.config); err != nil {
		return fmt.Errorf("the configuration to test with: %w (write one that fits to testdata/config.json)", err)
	}
	return nil
}

// note keeps a complaint once, and not too many.
func (s *said) note(list *[]string, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(*list, text) && len(*list) < 20 {
		*list = append(*list, text)
	}
}

// wrong is a list of complaints as an error; nil when it is empty.
func (s *said) wrong(list *[]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return first(*list)
}

// first is a list of complaints as an error; nil when it is empty.
func first(list []string) error {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return errors.New(list[0])
	}
	return fmt.Errorf("%s (and %d more)", list[0], len(list)-1)
}

// versions is what the kit's hub speaks.
var versions = protocol.Versions{Min: 1, Max: protocol.Version}
