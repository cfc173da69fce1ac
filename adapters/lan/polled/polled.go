// Package polled is the life that the devices of many brands on the local network share: they are found by mDNS or SSDP, need no
// pairing, are asked in JSON over HTTP, and asked again and again since they announce nothing.
//
// Use: a brand says what differs in a [Brand], and New makes an adapter of it.
//
// The adapter keeps devices by who they say they are, not by where they are found: after a silence and at a new address each is asked
// again who it is before anything that it says counts. Commands for one device go out one at a time, paced and joined; the state
// that comes back confirms them.
package polled

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/model"
)

const (
	answerTime   = 5 * time.Second
	retryFirst   = time.Second
	retryLongest = time.Minute
	maxDevices   = 500 // of one brand: anybody on the network can announce more
)

// Brand is what one brand's devices are and say; J is what they are told in one request. Every field is needed. An error reads on after
// the Label: "the Key Light: it answers 500".
type Brand[J any] struct {
	Name      string // the first part of the ids of its sources: "elgato"
	Label     string // what people call a device of it: "Key Light"
	Seeks     []adapters.Pattern
	Every     time.Duration // how often a device is asked
	PerSecond float64       // how many requests with commands a device takes
	// Describe asks a device who it is. The id of its source must be made of what never changes, as a serial number.
	Describe func(ctx context.Context, to lan.HTTP, f adapters.Found) (model.Description, error)
	// Read asks a device how it is.
	Read func(ctx context.Context, to lan.HTTP) ([]model.Reading, error)
	// Request turns a command into what the device is told; an error says what it cannot do.
	Request func(cmd model.Command) (J, error)
	// Join makes one request of two, of which the later counts where they differ.
	Join func(waiting, more J) J
	// Send tells a device, and returns how it is afterwards, where it says so.
	Send func(ctx context.Context, to lan.HTTP, what J) ([]model.Reading, error)
}

// Adapter follows all devices of a brand that are found. Make it with [New].
type Adapter[J any] struct {
	brand Brand[J]
	http  *http.Client

	mu      sync.Mutex // guards all below, and the devices
	hub     adapters.Hub
	ctx     context.Context // of Run; nil outside it
	running sync.WaitGroup
	found   map[string]*device[J] // by the key under which they are found
	known   map[model.SourceID]*device[J]
}

// New makes an adapter; nothing happens until Run.
func New[J any](b Brand[J]) *Adapter[J] {
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: answerTime}).DialContext, IdleConnTimeout: 2 * b.Every, MaxIdleConnsPerHost: 1}
	return &Adapter[J]{brand: b, found: map[string]*device[J]{}, known: map[model.SourceID]*device[J]{}, http: &http.Client{Timeout: answerTime, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}} // a device does not send the hub elsewhere
}

// Name returns the brand's.
func (a *Adapter[J]) Name() string { return a.brand.Name }

// Seeks asks for the brand's devices.
func (a *Adapter[J]) Seeks() []adapters.Pattern { return a.brand.Seeks }

// Run follows what is found until the context ends.
func (a *Adapter[J]) Run(ctx context.Context, hub adapters.Hub) error {
	defer a.http.CloseIdleConnections()
	a.mu.Lock()
	a.hub, a.ctx, a.known = hub, ctx, map[model.SourceID]*device[J]{}
	for key, d := range a.found {
		d = newDevice(a, d.found)
		a.found[key] = d
		a.start(d)
	}
	a.mu.Unlock()
	<-ctx.Done()
	a.mu.Lock()
	a.ctx = nil
	a.mu.Unlock()
	a.running.Wait()
	return nil
}

// start follows a device, under the lock.
func (a *Adapter[J]) start(d *device[J]) {
	if a.ctx == nil {
		return
	}
	ctx, stop := context.WithCancel(a.ctx)
	d.stop = stop
	a.running.Go(func() { d.run(ctx) })
}

// Found takes note of where a device is. That it is no longer announced says nothing.
func (a *Adapter[J]) Found(f adapters.Found) {
	if f.Gone || len(f.Addrs) == 0 || f.Port == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.found[f.Key]
	switch {
	case d != nil:
		moved := base(d.found) != base(f)
		d.found = f
		if moved || d.why != "" {
			d.knock()
		}
	case len(a.found) < maxDevices:
		d = newDevice(a, f)
		a.found[f.Key] = d
		a.start(d)
	}
}

// base is where a device is asked.
func base(f adapters.Found) string {
	u := url.URL{Scheme: "http", Host: netip.AddrPortFrom(f.Addrs[0], uint16(f.Port)).String()}
	return u.String()
}

// Execute queues a command; see adapters.Adapter.
func (a *Adapter[J]) Execute(cmd model.Command) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.known[cmd.Source]
	if d == nil {
		a.outcome(cmd.ID, model.Rejected, model.ReasonUnknownDevice, "this "+a.brand.Label+" has not been found since the hub started")
		return
	}
	what, err := a.brand.Request(cmd)
	if err != nil {
		a.outcome(cmd.ID, model.Rejected, model.ReasonUnsupported, "the "+a.brand.Label+": "+err.Error())
		return
	}
	d.outbox.Put("", job[J]{what, []model.CommandID{cmd.ID}})
}

func (a *Adapter[J]) outcome(id model.CommandID, s model.Status, code model.ReasonCode, detail string) {
	a.hub.Outcome(id, model.Outcome{Status: s, Reason: model.Reason{Code: code, Detail: detail}})
}
