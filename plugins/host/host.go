// Package host runs plugins and is, to the hub, one adapter: "plugin". Each plugin is a process of its own, confined as far as
// the system allows, that speaks the protocol of plugins/protocol; its devices are the sources "plugin/NAME/ID".
// What a plugin says is held against its manifest and the catalogue; a plugin that floods, hangs, lies, eats memory or
// dies costs its own devices only, and [Host.Plugins] says why.
//
// Use: New, add the host to the hub's adapters, then Install, Enable, Configure, Attach... from any goroutine, before
// Run or while it runs. The program must call sandbox.Init first thing in main.
//
// The life of a plugin: stopped → starting → running ⇄ degraded → backing-off → starting …, and failed after five
// ends in ten minutes, until a person starts it again.
package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

// Memory is what the host keeps things in; *store.Store is one.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// Options are what a host is made of. Dir and Memory are required.
type Options struct {
	Dir    string // for packages, plugins' own data and the key that seals secrets
	Memory Memory
	// Seek tells the discovery what a plugin looks for; no patterns: nothing any more. Nil: nothing is ever found. via is
	// mdns, ssdp, mqtt, udp or mac.
	Seek func(name string, patterns []manifest.Pattern, found func(via string, f adapters.Found))
	// ListenOn is the address at which plugins may be reached; "" is all of the hub's.
	ListenOn string
	// MQTT is what plugins hear and publish through; nil: there is none.
	MQTT MQTT
	// Developer lets in unsigned packages and plugins that are only a folder, and lets devices be at any address.
	Developer bool
	Version   string // the hub's
	Locale    string // the household's, such as "zh-CN"
	Logger    *slog.Logger
	Times     Times
}

// Times are the host's patience; what is 0 has its default.
type Times struct {
	Start, Stop, PingEvery, PingTimeout time.Duration
	Backoff, MaxBackoff                 time.Duration // between restarts: doubles from one to the other
	CrashWindow                         time.Duration // so many ends within it are too many: see crashes
	Watch                               time.Duration // how often memory and floods are looked at
	Flood                               time.Duration // a flood that lasts so long ends the process
}

func (t Times) withDefaults() Times {
	for _, x := range []struct {
		d      *time.Duration
		normal time.Duration
	}{
		{&t.Start, time.Duration(protocol.DefaultLimits.StartMS) * time.Millisecond}, {&t.Stop, time.Duration(protocol.DefaultLimits.StopMS) * time.Millisecond},
		{&t.PingEvery, protocol.PingEvery}, {&t.PingTimeout, protocol.PingTimeout}, {&t.Backoff, time.Second}, {&t.MaxBackoff, 5 * time.Minute},
		{&t.CrashWindow, 10 * time.Minute}, {&t.Watch, time.Second}, {&t.Flood, 30 * time.Second},
	} {
		if *x.d == 0 {
			*x.d = x.normal
		}
	}
	return t
}

// crashes are how many ends within Times.CrashWindow make a plugin failed.
const crashes = 5

// Name is the adapter's name, and the first part of its sources.
const Name = "plugin"

// Host implements [adapters.Adapter].
type Host struct {
	o    Options
	log  *slog.Logger
	seal *sealer
	run  string // folder for sockets: its path is short

	mu      sync.Mutex
	plugins map[string]*plugin
	hub     adapters.Hub    // nil before Run
	ctx     context.Context // Run's; nil outside of it
	running sync.WaitGroup
}

// record is what is kept of a plugin.
type record struct {
	Version   string                    `json:"version"`
	Folder    string                    `json:"folder"` // below Dir, or, of a plugin under development, anywhere
	Dev       bool                      `json:"dev,omitempty"`
	Enabled   bool                      `json:"enabled"`
	VendorKey string                    `json:"vendor_key,omitempty"` // minisign's public key; empty: unsigned
	Config    []byte                    `json:"config,omitempty"`     // sealed
	Matches   map[string]protocol.Found `json:"matches,omitempty"`    // without sockets
	Devices   []string                  `json:"devices,omitempty"`
}

const bucket = "plugins"

// ErrUnknown says that no plugin has a name.
var ErrUnknown = errors.New("no such plugin")

// New reads what is installed. A plugin that cannot be read any more is listed as failed.
func New(ctx context.Context, o Options) (*Host, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Times = o.Times.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the plugins' folder cannot be made: %w", err)
	}
	s, err := openSealer(filepath.Join(o.Dir, "seal.key"))
	if err != nil {
		return nil, err
	}
	h := &Host{o: o, log: o.Logger, seal: s, plugins: map[string]*plugin{}}
	all, err := o.Memory.List(ctx, bucket)
	if err != nil {
		return nil, err
	}
	for name, b := range all {
		var r record
		if err := json.Unmarshal(b, &r); err != nil || !manifest.ValidName(name) {
			h.log.Error("a plugin's record cannot be read and is ignored", "plugin", name, "err", err)
			continue
		}
		p := h.newPlugin(name, r)
		if err := p.load(); err != nil {
			p.fail(err.Error())
		}
		h.plugins[name] = p
	}
	return h, nil
}

// Name is "plugin".
func (h *Host) Name() string { return Name }

// Run runs the plugins until the context ends.
func (h *Host) Run(ctx context.Context, hub adapters.Hub) (err error) {
	if h.run, err = os.MkdirTemp(os.Getenv("XDG_RUNTIME_DIR"), "concord"); err != nil {
		if h.run, err = os.MkdirTemp("", "concord"); err != nil {
			return fmt.Errorf("no folder for the plugins' sockets: %w", err)
		}
	}
	defer os.RemoveAll(h.run)
	h.prune()
	h.mu.Lock()
	h.hub, h.ctx = hub, ctx
	for _, p := range h.plugins {
		h.begin(p)
	}
	h.mu.Unlock()
	<-ctx.Done()
	h.mu.Lock()
	h.ctx = nil
	h.mu.Unlock()
	h.running.Wait()
	return nil
}

// begin starts the supervision of a plugin that is enabled, when the host runs. h.mu is held.
func (h *Host) begin(p *plugin) {
	if h.ctx == nil || !p.begin(h.ctx) {
		return
	}
	if h.o.Seek != nil {
		h.o.Seek(Name+" "+p.name, p.manifestNow().Discovery, p.found)
	}
	h.running.Go(p.supervise)
}

// end stops a plugin and waits until it has ended. h.mu is not held.
func (h *Host) end(p *plugin) {
	if h.o.Seek != nil {
		h.o.Seek(Name+" "+p.name, nil, func(string, adapters.Found) {})
	}
	p.end()
}

// Execute passes a command on to its plugin.
func (h *Host) Execute(cmd model.Command) {
	name, device := split(cmd.Source)
	h.mu.Lock()
	p, hub := h.plugins[name], h.hub
	h.mu.Unlock()
	if p == nil {
		if hub != nil {
			hub.Outcome(cmd.ID, rejected(model.ReasonUnreachable, fmt.Sprintf("the plugin %s is not installed", name)))
		}
		return
	}
	p.execute(device, cmd)
}

// split takes "plugin/NAME/ID" apart.
func split(s model.SourceID) (plugin, device string) {
	parts := strings.SplitN(string(s), "/", 3)
	if len(parts) < 3 {
		return "", ""
	}
	return parts[1], parts[2]
}

// Remove forgets one of a plugin's devices.
func (h *Host) Remove(ctx context.Context, s model.SourceID) error {
	name, device := split(s)
	p, err := h.lookup(name)
	if err != nil {
		return err
	}
	return p.forget(ctx, device)
}

// Permit opens the networks of all plugins that can pair.
func (h *Host) Permit(ctx context.Context, seconds int) error {
	var errs []error
	able := false
	for _, p := range h.all() {
		if p.can("pair") {
			able = true
			errs = append(errs, p.pair(ctx, seconds))
		}
	}
	if !able {
		return errors.New("no plugin that runs has devices that join through the hub")
	}
	return errors.Join(errs...)
}

func (h *Host) lookup(name string) (*plugin, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.plugins[name]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrUnknown, name)
}

// all are the plugins by name.
func (h *Host) all() []*plugin {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*plugin
	for _, n := range slices.Sorted(maps.Keys(h.plugins)) {
		out = append(out, h.plugins[n])
	}
	return out
}

// save writes a plugin's record.
func (h *Host) save(name string, r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return h.o.Memory.Put(context.Background(), bucket, name, b)
}

// folderOf is where a plugin's files are.
func (h *Host) folderOf(r record) string {
	if filepath.IsAbs(r.Folder) {
		return r.Folder
	}
	return filepath.Join(h.o.Dir, r.Folder)
}

func load(folder string) (*manifest.Manifest, error) {
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("its folder %s is gone: install it again", folder)
	}
	return manifest.Load(os.DirFS(folder))
}
