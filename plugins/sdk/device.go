package sdk

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol"
)

// Device is one thing. Its further methods say what can be commanded: see [OnOff] and the others.
type Device interface {
	// Describe says what the device is. Capabilities that follow from its methods need not be listed.
	Describe() Descriptor
	// Run reports until the context ends or the device does not answer, which it returns as an error.
	Run(ctx context.Context, r *Reporter) error
}

// Descriptor is what a device says of itself: at least ID (a serial number, never an address) and Name.
type Descriptor = protocol.Device

// The delays between attempts to reach what does not answer.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// retry runs f again and again, with growing delays while it fails, until the context ends.
func retry(ctx context.Context, f func(context.Context) error, failed func(error)) {
	delay := firstRetry
	for {
		began := time.Now()
		err := f(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("it ended by itself")
		}
		failed(err)
		if time.Since(began) > lastRetry {
			delay = firstRetry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay/2 + rand.N(delay/2+1)):
		}
		delay = min(2*delay, lastRetry)
	}
}

// runner runs one device.
type runner struct {
	session  *session
	device   Device
	id       string
	stop     context.CancelFunc
	lock     sync.Mutex // one command at a time
	removed  bool       // by the household
	reporter *Reporter
}

// run describes a device and runs it until its context ends.
func (s *session) run(ctx context.Context, d Device) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	desc := complete(d)
	r := &runner{session: s, device: d, id: desc.ID, stop: stop}
	r.reporter = newReporter(s.conn, desc)
	s.mu.Lock()
	if old := s.devices[desc.ID]; old != nil {
		old.stop() // found twice: the newer way counts
	}
	s.devices[desc.ID] = r
	if away := s.away[desc.ID]; away != nil {
		close(away)
		delete(s.away, desc.ID)
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.devices[desc.ID] == r {
			delete(s.devices, desc.ID)
			if !r.removed {
				s.away[desc.ID] = make(chan struct{})
			}
		}
	}()
	_ = s.conn.Notify(protocol.MethodPut, desc)
	go r.reporter.send(ctx)
	retry(ctx, func(ctx context.Context) error { return d.Run(ctx, r.reporter) }, r.reporter.offline)
}

// complete adds to a description what follows from the device's methods.
func complete(d Device) Descriptor {
	desc := d.Describe()
	for _, w := range writers {
		if !w.can(d) {
			continue
		}
		for _, a := range w.attributes {
			if slices.ContainsFunc(desc.Properties, func(p protocol.Property) bool { return p.Attribute == a }) {
				continue
			}
			if spec := model.LookupAttribute(a); spec != nil && !spec.Optional {
				if c := a.Capability(); !slices.Contains(desc.Capabilities, c) {
					desc.Capabilities = append(slices.Clone(desc.Capabilities), c)
				}
				continue
			}
			desc.Properties = append(slices.Clone(desc.Properties), protocol.Property{Attribute: a})
		}
		for _, a := range w.actions {
			if !slices.Contains(desc.Actions, a) {
				desc.Actions = append(slices.Clone(desc.Actions), a)
			}
		}
	}
	return desc
}

// health is the device's state in a word, for diagnostics.
func (r *runner) health() string {
	r.reporter.mu.Lock()
	defer r.reporter.mu.Unlock()
	if r.reporter.why != "" {
		return r.reporter.why
	}
	return "ok"
}

// search is something that was found, on its way to being a device.
type search struct {
	found protocol.Found
	stop  context.CancelFunc
}

// found opens what was found, unless it is open already.
func (s *session) found(f protocol.Found) {
	if s.plugin.Open == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.candidates[f.Key]; old != nil {
		if maps.Equal(old.found.Text, f.Text) && maps.Equal(old.found.Sockets, f.Sockets) {
			return // the sockets follow its address
		}
		old.stop()
	}
	ctx, stop := context.WithCancel(s.ctx)
	s.candidates[f.Key] = &search{f, stop}
	s.running.Go(func() {
		retry(ctx, func(ctx context.Context) error {
			d, err := s.plugin.Open(ctx, s.candidate(f))
			if err == nil {
				s.run(ctx, d)
				<-ctx.Done() // the household removed it: it comes back when it is found anew
			}
			return err
		}, func(err error) { logf("warn", "%s at %s: %v", f.Key, f.Host, err) })
	})
}

// forget ends a device that the household removed.
func (s *session) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.devices[id]; r != nil {
		r.removed = true
		r.stop()
	}
}

// waitFor is a device that a command is for. One that is being opened anew, since what was found of it has changed, is waited for.
func (s *session) waitFor(ctx context.Context, id string) *runner {
	s.mu.Lock()
	r, away := s.devices[id], s.away[id]
	s.mu.Unlock()
	if r != nil || away == nil {
		return r
	}
	select {
	case <-away:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices[id]
}

// refresh makes a device report all anew.
func (s *session) refresh(id string) error {
	s.mu.Lock()
	r := s.devices[id]
	s.mu.Unlock()
	if r == nil {
		return protocol.Errorf(protocol.UnknownDevice, "there is no device %q", id)
	}
	r.reporter.again()
	return nil
}

// Capability and DeviceType name what the catalogue (docs/capabilities.md) lists.
type (
	Capability = model.Capability
	DeviceType = model.DeviceType
)
