package hue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

const adapterName = "hue"

// Options is what an Adapter needs. Secrets is required.
type Options struct {
	Secrets adapters.Secrets // keeps the bridges' keys and pins
	// Addresses are bridges (HOST or HOST:PORT) that are not found by mDNS, as in another network.
	Addresses []string
	Logger    *slog.Logger
}

// paired is what is kept about a bridge.
type paired struct {
	Key     string `json:"key"`
	Pin     string `json:"pin"` // SHA-256 of its certificate, hex
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
}

// Adapter follows all paired bridges. Make it with [New].
type Adapter struct {
	o   Options
	log *slog.Logger

	mu      sync.Mutex // guards all below
	hub     adapters.Hub
	ctx     context.Context // of Run
	running sync.WaitGroup
	known   map[string]paired  // by bridge id, lower case
	seen    map[string]string  // addresses of bridges on the network, by id
	live    map[string]*served // bridges that are followed
	pairing context.CancelFunc
	lastTry string // what pairing last met with
}

// served is a bridge that is followed.
type served struct {
	*bridge
	paired paired
	stop   context.CancelFunc
}

var (
	_ adapters.Adapter = (*Adapter)(nil)
	_ adapters.Pairer  = (*Adapter)(nil)
	_ adapters.Seeker  = (*Adapter)(nil)
	_ adapters.Doctor  = (*Adapter)(nil)
)

// New makes an adapter; nothing happens until Run.
func New(o Options) *Adapter {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Adapter{o: o, log: o.Logger, known: map[string]paired{}, seen: map[string]string{}, live: map[string]*served{}}
}

// Name returns "hue".
func (a *Adapter) Name() string { return adapterName }

const secretName = "bridges"

// Run follows the paired bridges until the context ends.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	raw, err := a.o.Secrets.Load(ctx, secretName)
	if err != nil {
		return fmt.Errorf("the keys of the Hue bridges cannot be read: %w", err)
	}
	known := map[string]paired{}
	if raw != nil {
		if err := json.Unmarshal(raw, &known); err != nil {
			return fmt.Errorf("the keys of the Hue bridges cannot be read: %w; pair them again with `hub pair hue`", err)
		}
	}
	a.mu.Lock()
	a.hub, a.ctx, a.known, a.live = hub, ctx, known, map[string]*served{}
	for id := range known {
		a.serve(id)
	}
	a.mu.Unlock()
	<-ctx.Done()
	a.mu.Lock()
	if a.pairing != nil {
		a.pairing()
	}
	a.ctx = nil
	a.mu.Unlock()
	a.running.Wait()
	return nil
}

// serve starts to follow a bridge, or follows it to its new address, under the lock.
func (a *Adapter) serve(id string) {
	if a.ctx == nil {
		return
	}
	p := a.known[id]
	p.Address = cmp.Or(a.seen[id], p.Address)
	if s := a.live[id]; s != nil {
		if s.paired == p {
			return
		}
		s.stop()
	}
	ctx, stop := context.WithCancel(a.ctx)
	b := newBridge(id, p.Address, p.Key, p.Pin, a.hub, a.log)
	if old := a.live[id]; old != nil {
		b.things = old.snapshot()
	}
	a.live[id] = &served{b, p, stop}
	a.running.Go(func() { b.run(ctx) })
}

// snapshot is what a bridge's successor needs to know what is gone.
func (b *bridge) snapshot() map[model.SourceID]*thing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.things
}

// Execute queues a command; see adapters.Adapter.
func (a *Adapter) Execute(cmd model.Command) {
	a.mu.Lock()
	var to *bridge
	for _, s := range a.live {
		if s.has(cmd.Source) {
			to = s.bridge
		}
	}
	hub := a.hub
	a.mu.Unlock()
	if to == nil {
		hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonUnreachable, Detail: "no Hue bridge that has this device can be reached"}})
		return
	}
	to.execute(cmd)
}

func (b *bridge) has(s model.SourceID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.things[s] != nil
}

// Seeks asks for Hue bridges.
func (a *Adapter) Seeks() []adapters.Pattern {
	return []adapters.Pattern{{Proto: "mdns", Type: "_hue._tcp", TXT: map[string]string{"bridgeid": ""}}}
}

// Found takes note of where a bridge is. That it is no longer announced says nothing.
func (a *Adapter) Found(f adapters.Found) {
	id := strings.ToLower(f.TXT["bridgeid"])
	if f.Gone || len(id) != 16 || len(f.Addrs) == 0 {
		return
	}
	port := f.Port
	if port == 80 || port == 0 { // emulators announce their other port
		port = 443
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[id] = netip.AddrPortFrom(f.Addrs[0], uint16(port)).String()
	if _, ok := a.known[id]; ok {
		a.serve(id)
	}
}

// Checks says how each bridge is.
func (a *Adapter) Checks() []adapters.Check {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []adapters.Check
	for id, s := range a.live {
		s.mu.Lock()
		c := adapters.Check{Name: "bridge " + id, OK: s.problem == nil && len(s.things) > 0, Detail: fmt.Sprintf("%s: %d devices and rooms", s.paired.Address, len(s.things))}
		if s.problem != nil {
			c.Detail = s.problem.Error()
		}
		s.mu.Unlock()
		out = append(out, c)
	}
	for id, addr := range a.seen {
		if _, ok := a.known[id]; !ok {
			out = append(out, adapters.Check{Name: "bridge " + id, OK: true, Detail: "found at " + addr + " and not paired: `hub pair hue`, then press its button"})
		}
	}
	if a.lastTry != "" {
		out = append(out, adapters.Check{Name: "pairing", Detail: a.lastTry})
	}
	slices.SortFunc(out, func(x, y adapters.Check) int {
		if x.OK != y.OK {
			return map[bool]int{false: -1, true: 1}[x.OK]
		}
		return strings.Compare(x.Name, y.Name)
	})
	return out
}

// candidates are the addresses of bridges that can be paired: those found, and those given.
func (a *Adapter) candidates() ([]string, error) {
	var out []string
	for _, addr := range a.seen {
		out = append(out, addr)
	}
	for _, addr := range a.o.Addresses {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			addr = net.JoinHostPort(addr, strconv.Itoa(443))
		}
		if !slices.Contains(out, addr) {
			out = append(out, addr)
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return nil, errors.New("no Hue bridge is seen on the network: is it plugged in and on the same network as the hub? If it is elsewhere, run the hub with --hue ADDRESS")
	}
	return out, nil
}
