package host

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

// plugin is one that is installed, whether it runs or not.
type plugin struct {
	host    *Host
	name    string
	logs    *logbook
	store   *storage
	secrets *storage
	swap    sync.Mutex // one reload at a time
	saving  sync.Mutex // records reach the memory in order

	mu       sync.Mutex
	record   record
	manifest *manifest.Manifest // nil when it cannot be read
	state    State
	problem  string
	since    time.Time
	ctx      context.Context    // the supervision's
	cancel   context.CancelFunc // nil when there is no supervision
	ended    chan struct{}      // closed when the supervision has ended
	cur      *process           // nil when none runs
	ready    chan struct{}      // closed while cur is there
	kick     chan struct{}      // capacity 1: do not wait for the backoff
	exits    []time.Time
	restarts int
	devices  map[string]*device
	queues   map[string]*queue
	unwell   string // what the plugin says of itself
	counts   counts
}

// counts are figures of a plugin's whole life in this hub.
type counts struct {
	messages, faults int
	lastFault        string
	memory           int64
	confined         bool
	confinement      string
}

func (h *Host) newPlugin(name string, r record) *plugin {
	p := &plugin{host: h, name: name, record: r, logs: newLogbook(h.log, name, filepath.Join(h.o.Dir, "logs", name+".log")), state: Disabled, since: time.Now(),
		ready: make(chan struct{}), kick: make(chan struct{}, 1), devices: map[string]*device{}, queues: map[string]*queue{}}
	p.store = &storage{memory: h.o.Memory, bucket: "plugin." + name + ".store", quota: protocol.DefaultLimits.StoreBytes}
	p.secrets = &storage{memory: h.o.Memory, bucket: "plugin." + name + ".secrets", seal: h.seal, quota: 64 << 10}
	return p
}

// load reads the manifest of the version that is to run.
func (p *plugin) load() error {
	m, err := load(p.host.folderOf(p.recordNow()))
	if err != nil {
		return err
	}
	p.adopt(m)
	return nil
}

func (p *plugin) adopt(m *manifest.Manifest) {
	p.store.quota = m.Limits.StoreMiB << 20
	p.mu.Lock()
	p.manifest = m
	p.mu.Unlock()
	config, _ := p.config()
	for name, secret := range m.Schema.Secrets(config) {
		p.logs.hide("config "+name, secret)
	}
}

func (p *plugin) recordNow() record { p.mu.Lock(); defer p.mu.Unlock(); return p.record }

func (p *plugin) manifestNow() *manifest.Manifest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.manifest
}

func (p *plugin) mask(s string) string { return p.logs.mask(s) }

func (p *plugin) dataDir() string { return filepath.Join(p.host.o.Dir, "data", p.name) }

// keep changes the record and saves it.
func (p *plugin) keep(change func(*record)) error {
	p.saving.Lock()
	defer p.saving.Unlock()
	p.mu.Lock()
	r := p.record
	change(&r)
	p.record = r
	p.mu.Unlock()
	return p.host.save(p.name, r)
}

// config is the configuration with its defaults.
func (p *plugin) config() ([]byte, error) {
	p.mu.Lock()
	sealed, m := p.record.Config, p.manifest
	p.mu.Unlock()
	plain := []byte("{}")
	if len(sealed) > 0 {
		var err error
		if plain, err = p.host.seal.open(sealed); err != nil {
			return []byte("{}"), fmt.Errorf("the configuration of %s: %w", p.name, err)
		}
	}
	if m == nil {
		return plain, nil
	}
	return m.Schema.Fill(plain)
}

func (p *plugin) set(s State, problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != s {
		p.since = time.Now()
	}
	p.state, p.problem = s, problem
}

func (p *plugin) fail(problem string) { p.set(Failed, p.mask(problem)) }

// become makes a process the one that speaks for the plugin, and hands it what was found.
func (p *plugin) become(r *process) {
	p.mu.Lock()
	p.cur = r
	p.unwell = ""
	p.counts.confined, p.counts.confinement = r.Report.Confined, r.Report.String()
	ready := p.ready
	matches := make([]protocol.Found, 0, len(p.record.Matches))
	for _, m := range p.record.Matches {
		matches = append(matches, m)
	}
	p.mu.Unlock()
	p.set(Running, "")
	r.settle.Do(func() { close(r.settled) })
	select {
	case <-ready:
	default:
		close(ready)
	}
	slices.SortFunc(matches, func(a, b protocol.Found) int { return len(a.Key) - len(b.Key) })
	for _, m := range matches {
		r.hand(m)
	}
}

// gone forgets a process that has ended.
func (p *plugin) gone(r *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cur == r {
		p.cur = nil
		p.ready = make(chan struct{})
		p.counts.memory = 0
	}
}

// current is the process that runs; nil without one.
func (p *plugin) current() *process { p.mu.Lock(); defer p.mu.Unlock(); return p.cur }

// call asks the process that runs.
func (p *plugin) call(ctx context.Context, method string, params, result any) error {
	r := p.current()
	if r == nil {
		return fmt.Errorf("the plugin does not run: %s", p.lastProblem())
	}
	ctx, cancel := context.WithTimeout(ctx, protocol.ConfigTimeout)
	defer cancel()
	return r.conn.Call(ctx, method, params, result)
}

func (p *plugin) can(feature string) bool {
	r := p.current()
	return r != nil && slices.Contains(r.features, feature)
}

func (p *plugin) pair(ctx context.Context, seconds int) error {
	return p.call(ctx, protocol.MethodPair, protocol.Pair{Seconds: seconds}, nil)
}

func (p *plugin) status() Status {
	config, _ := p.config()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{Name: p.name, Version: p.record.Version, Signed: p.record.VendorKey != "", Dev: p.record.Dev, State: p.state, Problem: p.problem, Since: p.since.UTC(),
		Confined: p.counts.confined, Confinement: p.counts.confinement, Restarts: p.restarts, Devices: len(p.devices), Messages: p.counts.messages,
		Faults: p.counts.faults, LastFault: p.counts.lastFault, MemoryBytes: p.counts.memory, LogsDropped: p.logs.lost()}
	if m := p.manifest; m != nil {
		s.Title, s.Vendor, s.Capabilities, s.Network = m.Title, m.Vendor.Name, m.Capabilities, m.Network
		s.Config = m.Schema.Redacted(config)
		if m.Schema != nil {
			s.Fields, s.Schema = m.Schema.Fields, m.Schema.Raw
		}
	}
	if s.State == Running && p.unwell != "" {
		s.State, s.Problem = Degraded, p.unwell
	}
	return s
}
