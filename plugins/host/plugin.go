package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/model"
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

// begin prepares the supervision; false when there is nothing to supervise.
func (p *plugin) begin(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.record.Enabled || p.manifest == nil || p.cancel != nil {
		return false
	}
	var own context.Context
	own, p.cancel = context.WithCancel(ctx)
	p.ended = make(chan struct{})
	p.exits = nil
	p.state, p.problem, p.since = Starting, "", time.Now()
	p.ctx = own
	return true
}

// end stops the supervision and the process.
func (p *plugin) end() {
	p.mu.Lock()
	cancel, ended := p.cancel, p.ended
	p.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-ended
}

// supervise starts the process again and again until its context ends or it has ended too often.
func (p *plugin) supervise() {
	p.mu.Lock()
	ctx := p.ctx
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.cancel()
		p.cancel = nil
		p.logs.close()
		close(p.ended)
		p.mu.Unlock()
	}()
	times := p.host.o.Times
	backoff := times.Backoff
	for {
		p.set(Starting, p.lastProblem())
		began := time.Now()
		why := p.live(ctx)
		if ctx.Err() != nil {
			p.set(Disabled, "")
			p.unreachable("its plugin was stopped")
			return
		}
		if why == "" { // it was asked to end
			continue
		}
		why = p.mask(why)
		p.logs.add("error", why)
		if p.tooOften(time.Now()) {
			p.set(Failed, fmt.Sprintf("it ended %d times within %v; the last time: %s", crashes, times.CrashWindow, why))
			p.unreachable("its plugin has failed: " + why)
			p.dropCommands()
			return
		}
		p.set(BackingOff, why)
		p.unreachable("its plugin ended and is started again: " + why)
		if time.Since(began) > times.MaxBackoff/5 {
			backoff = times.Backoff
		}
		select {
		case <-ctx.Done():
		case <-p.kick:
		case <-time.After(backoff + rand.N(backoff/2+1)):
		}
		p.mu.Lock()
		p.restarts++
		p.mu.Unlock()
		backoff = min(2*backoff, times.MaxBackoff)
	}
}

func (p *plugin) lastProblem() string { p.mu.Lock(); defer p.mu.Unlock(); return p.problem }

// tooOften counts an end, and tells whether it was one too many.
func (p *plugin) tooOften(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exits = append(slices.DeleteFunc(p.exits, func(t time.Time) bool { return now.Sub(t) > p.host.o.Times.CrashWindow }), now)
	return len(p.exits) >= crashes
}

// unreachable marks all devices of the plugin.
func (p *plugin) unreachable(why string) {
	p.mu.Lock()
	var sources []model.SourceID
	for _, d := range p.devices {
		sources = append(sources, d.description.Source)
	}
	p.mu.Unlock()
	slices.Sort(sources)
	for _, s := range sources {
		p.host.hub.Reachable(s, false, why)
	}
}

// live runs one process, or, through reloads, several one after the other, and says why the last ended.
func (p *plugin) live(ctx context.Context) string {
	r, err := p.start(ctx, p.manifestNow(), p.host.folderOf(p.recordNow()))
	if err != nil {
		return err.Error()
	}
	p.become(r)
	for {
		if p.manifestNow() != r.manifest { // another version was installed meanwhile
			r.asked.Store(true)
			_, r = p.conclude(r, "a newer version takes over")
		} else {
			why, next := p.tend(ctx, r)
			if next == nil {
				return why
			}
			r = next
		}
		if r == nil {
			return ""
		}
	}
}

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
