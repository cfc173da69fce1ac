// Package elgato is the hub's adapter for Elgato Key Lights: lamps on the local network that need no pairing, are found by
// mDNS, take one request at a time over HTTP and are polled, since they announce nothing.
//
// API (not published by its maker): GET and PUT /elgato/lights, GET /elgato/accessory-info, on port 9123.
package elgato

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/model"
)

const (
	adapterName = "elgato"
	pollEvery   = 15 * time.Second
)

// Adapter follows all Key Lights that are found. Make it with [New].
type Adapter struct {
	http http.Client

	mu      sync.Mutex // guards all below
	hub     adapters.Hub
	ctx     context.Context
	running sync.WaitGroup
	lamps   map[string]*lamp // by mDNS key
}

// New makes an adapter; nothing happens until Run.
func New() *Adapter {
	return &Adapter{http: http.Client{Timeout: 5 * time.Second}, lamps: map[string]*lamp{}}
}

// Name returns "elgato".
func (a *Adapter) Name() string { return adapterName }

// Run follows what is found until the context ends.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	a.mu.Lock()
	a.hub, a.ctx = hub, ctx
	for _, l := range a.lamps {
		a.running.Go(func() { l.run(ctx) })
	}
	a.mu.Unlock()
	<-ctx.Done()
	a.mu.Lock()
	a.ctx = nil
	a.mu.Unlock()
	a.running.Wait()
	return nil
}

// Seeks asks for Key Lights.
func (a *Adapter) Seeks() []adapters.Pattern {
	return []adapters.Pattern{{Proto: "mdns", Type: "_elg._tcp"}}
}

// Found takes note of where a lamp is. That it is no longer announced says nothing.
func (a *Adapter) Found(f adapters.Found) {
	if f.Gone || len(f.Addrs) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	base := "http://" + netip.AddrPortFrom(f.Addrs[0], uint16(f.Port)).String()
	if l := a.lamps[f.Key]; l != nil {
		l.move(base)
		return
	}
	l := &lamp{a: a, base: base, name: f.Instance, wake: make(chan struct{}, 1), outbox: lan.NewOutbox(10, 1, join)}
	a.lamps[f.Key] = l
	if a.ctx != nil {
		a.running.Go(func() { l.run(a.ctx) })
	}
}

// Execute queues a command; see adapters.Adapter.
func (a *Adapter) Execute(cmd model.Command) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.lamps {
		if l.is(cmd.Source) {
			s, err := request(cmd)
			if err != nil {
				a.hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonReadOnly, Detail: err.Error()}})
				return
			}
			l.outbox.Put("lights", job{s, []model.CommandID{cmd.ID}})
			return
		}
	}
	a.hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonUnreachable, Detail: "this Key Light has not been found since the hub started"}})
}

// state is what a lamp says and is told; what is nil is left alone.
type state struct {
	On          *int `json:"on,omitempty"`
	Brightness  *int `json:"brightness,omitempty"`  // percent
	Temperature *int `json:"temperature,omitempty"` // mired, 143..344
}

type lights struct {
	Number int     `json:"numberOfLights"`
	Lights []state `json:"lights"`
}

type info struct {
	Product  string `json:"productName"`
	Firmware string `json:"firmwareVersion"`
	Serial   string `json:"serialNumber"`
	Name     string `json:"displayName"`
}

// job is one request and the commands that it carries out.
type job struct {
	state    state
	commands []model.CommandID
}

func join(a, b job) job {
	for from, to := range map[*int]**int{b.state.On: &a.state.On, b.state.Brightness: &a.state.Brightness, b.state.Temperature: &a.state.Temperature} {
		if from != nil {
			*to = from
		}
	}
	a.commands = append(a.commands, b.commands...)
	return a
}

// request turns a command into what the lamp is told.
func request(cmd model.Command) (s state, err error) {
	for _, w := range cmd.Writes {
		f, _ := w.Value.Number()
		on, _ := w.Value.Bool()
		switch w.Attribute {
		case "on_off.on":
			s.On = ptr(map[bool]int{true: 1}[on])
		case "level.level":
			s.Brightness = ptr(max(1, int(math.Round(f))))
		case "color_temperature.kelvin":
			s.Temperature = ptr(int(math.Round(1e6 / math.Max(f, 1))))
		default:
			return s, fmt.Errorf("%s of a Key Light cannot be set", w.Attribute)
		}
	}
	if len(cmd.Writes) == 0 {
		return s, fmt.Errorf("a Key Light cannot %s", cmd.Action)
	}
	return s, nil
}

func ptr(i int) *int { return &i }

// lamp is one Key Light.
type lamp struct {
	a      *Adapter
	wake   chan struct{}
	outbox *lan.Outbox[job]

	mu     sync.Mutex // guards all below
	base   string
	name   string
	source model.SourceID // "" until it has said who it is
	down   bool
}

func (l *lamp) move(base string) {
	l.mu.Lock()
	moved := l.base != base
	l.base = base
	down := l.down
	l.mu.Unlock()
	if moved || down {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

func (l *lamp) is(s model.SourceID) bool { l.mu.Lock(); defer l.mu.Unlock(); return l.source == s }

func (l *lamp) run(ctx context.Context) {
	var helper sync.WaitGroup
	defer helper.Wait()
	helper.Go(func() { l.outbox.Run(ctx, l.send) })
	lan.Poll(ctx, pollEvery, time.Second, time.Minute, l.wake, l.poll)
}

// poll asks who the lamp is, where that is not known, and how it is.
func (l *lamp) poll(ctx context.Context) error {
	err := l.identify(ctx)
	var s lights
	if err == nil {
		err = l.do(ctx, http.MethodGet, "/elgato/lights", nil, &s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.source == "" || ctx.Err() != nil {
		return err
	}
	if l.down != (err != nil) {
		l.down = err != nil
		why := ""
		if err != nil {
			why = "the Key Light does not answer: " + err.Error()
		}
		l.a.hub.Reachable(l.source, err == nil, why)
	}
	if len(s.Lights) > 0 {
		l.a.hub.Report(l.source, readings(s.Lights[0]))
	}
	return err
}

func readings(s state) (out []model.Reading) {
	say := func(a model.Attribute, v model.Value) {
		out = append(out, model.Reading{Endpoint: model.MainEndpoint, Attribute: a, Value: v})
	}
	if s.On != nil {
		say("on_off.on", model.Bool(*s.On == 1))
	}
	if s.Brightness != nil {
		say("level.level", model.Number(float64(*s.Brightness)))
	}
	if s.Temperature != nil && *s.Temperature > 0 {
		say("color_temperature.kelvin", model.Number(math.Min(7000, math.Max(2900, math.Round(1e6/float64(*s.Temperature))))))
	}
	return out
}

func (l *lamp) identify(ctx context.Context) error {
	if !l.is("") {
		return nil
	}
	var who info
	if err := l.do(ctx, http.MethodGet, "/elgato/accessory-info", nil, &who); err != nil {
		return err
	}
	if who.Serial == "" {
		return errors.New("it does not say its serial number")
	}
	kelvin := *model.LookupAttribute("color_temperature.kelvin")
	lo, hi := 2900.0, 7000.0
	kelvin.Min, kelvin.Max = &lo, &hi
	l.mu.Lock()
	defer l.mu.Unlock()
	name := who.Name
	if name == "" {
		name = l.name
	}
	l.source = model.SourceID(adapterName + "/" + who.Serial)
	l.a.hub.Describe(model.Description{Source: l.source, Identities: []model.Identity{{Kind: model.IdentitySerial, Value: "elgato/" + who.Serial}}, Name: name, Vendor: "Elgato", Model: who.Product, Product: who.Product,
		Firmware: who.Firmware, Type: "light_color_temperature", Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Type: "light_color_temperature",
			Properties: []model.Property{*model.LookupAttribute("on_off.on"), *model.LookupAttribute("level.level"), kelvin}}}})
	return nil
}

// send carries a job out. The lamp answers with its new state, which is the confirmation.
func (l *lamp) send(ctx context.Context, _ string, j job) {
	var s lights
	err := l.do(ctx, http.MethodPut, "/elgato/lights", lights{1, []state{j.state}}, &s)
	o := model.Outcome{Status: model.Acked}
	if err != nil {
		o = model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonUnreachable, Detail: "the Key Light does not answer: " + err.Error()}}
	}
	for _, id := range j.commands {
		l.a.hub.Outcome(id, o)
	}
	if err == nil && len(s.Lights) > 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.a.hub.Report(l.source, readings(s.Lights[0]))
	}
}

func (l *lamp) do(ctx context.Context, method, path string, in, out any) error {
	l.mu.Lock()
	base := l.base
	l.mu.Unlock()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return err
	}
	resp, err := l.a.http.Do(r)
	if err != nil {
		return errors.Unwrap(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(out); err != nil {
		return fmt.Errorf("its answer is not JSON: %w", err)
	}
	return nil
}
