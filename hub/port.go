package hub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// ErrStopping is the answer to what was still asked of a hub that is told to stop.
var ErrStopping = errors.New("the hub is stopping")

// port is one adapter's access to the hub, and the hub's watch over it.
type port struct {
	hub     *Hub
	adapter adapters.Adapter
	prefix  string

	mu     sync.Mutex
	status AdapterStatus
	early  early
}

// AdapterStatus says how an adapter is, for doctors and dashboards.
type AdapterStatus struct {
	Name      string           `json:"name"`
	Running   bool             `json:"running"`
	Problem   string           `json:"problem,omitempty"` // why it last ended by itself
	Restarts  int              `json:"restarts"`
	Commands  int              `json:"commands"`  // ended
	Confirmed int              `json:"confirmed"` // of these
	Failed    int              `json:"failed"`    // timed out, rejected or contradicted
	Outcomes  map[string]int   `json:"outcomes"`  // commands ended, by their last status
	MeanMS    float64          `json:"mean_ms"`   // from asked to confirmed
	Checks    []adapters.Check `json:"checks,omitempty"`
}

func newPort(h *Hub, a adapters.Adapter) *port {
	return &port{hub: h, adapter: a, prefix: a.Name() + "/", status: AdapterStatus{Name: a.Name(), Outcomes: map[string]int{}}}
}

// Backoff between restarts of an adapter that failed, doubling from the first to the last.
const (
	firstBackoff = time.Second
	lastBackoff  = time.Minute
)

// supervise runs the adapter, again and again, until the context ends.
func (p *port) supervise(ctx context.Context) {
	backoff := firstBackoff
	for {
		p.set(func(s *AdapterStatus) { s.Running = true })
		began := p.hub.o.Now()
		known := time.AfterFunc(introduction, p.introduced)
		err := p.run(ctx)
		known.Stop()
		p.set(func(s *AdapterStatus) { s.Running, p.early = false, early{} })
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("it ended by itself")
		}
		p.set(func(s *AdapterStatus) { s.Problem, s.Restarts = err.Error(), s.Restarts+1 })
		p.hub.log.Warn("an adapter failed and is started again", "adapter", p.adapter.Name(), "err", err, "in", backoff)
		p.unreachable(err)
		if p.hub.o.Now().Sub(began) > lastBackoff {
			backoff = firstBackoff
		}
		jitter := time.Duration(rand.Int64N(int64(backoff)/2 + 1))
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff + jitter):
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

func (p *port) run(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return p.adapter.Run(ctx, p)
}

// unreachable marks the sources of an adapter that has failed.
func (p *port) unreachable(err error) {
	for _, s := range p.hub.View().Sources() {
		if strings.HasPrefix(string(s.Description.Source), p.prefix) && s.Reachable {
			p.Reachable(s.Description.Source, false, "its adapter failed: "+firstLine(err.Error()))
		}
	}
}

func firstLine(s string) string { l, _, _ := strings.Cut(s, "\n"); return l }

func (p *port) set(change func(*AdapterStatus)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.status)
}

// count adds a command that ended to the adapter's record.
func (p *port) count(c home.Command) {
	p.set(func(s *AdapterStatus) {
		s.Commands++
		s.Outcomes[string(c.Status)]++
		switch c.Status {
		case model.Confirmed:
			s.Confirmed++
			ms := float64(c.Ended.Sub(c.Asked).Microseconds()) / 1000
			s.MeanMS += (ms - s.MeanMS) / float64(s.Confirmed)
		case model.TimedOut, model.Rejected, model.Contradicted:
			s.Failed++
		}
	})
}

// execute hands a command to the adapter; a panic there is the adapter's failure, not the hub's.
func (p *port) execute(c model.Command) {
	if p.adapter == nil {
		p.Outcome(c.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonUnreachable,
			Detail: fmt.Sprintf("the adapter of %s is not running in this hub", c.Source)}})
		return
	}
	if p.tooEarly(c) {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			p.Outcome(c.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: fmt.Sprintf("the adapter failed: %v", r)}})
		}
	}()
	p.adapter.Execute(c)
}

func (h *Hub) portOf(s model.SourceID) *port {
	name, _, _ := strings.Cut(string(s), "/")
	if p := h.ports[name]; p != nil {
		return p
	}
	return &port{hub: h, prefix: name + "/", status: AdapterStatus{Outcomes: map[string]int{}}}
}

func (p *port) mine(s model.SourceID) bool {
	if strings.HasPrefix(string(s), p.prefix) {
		return true
	}
	p.hub.refusals.note(string(s), "not a source of the adapter "+p.prefix)
	return false
}

// Describe passes on what a source is.
func (p *port) Describe(d model.Description) {
	if p.mine(d.Source) {
		p.hub.queue.push(item{body: home.Described{Description: d}})
		p.heardOf(d.Source)
	}
}

// Report passes on what a source's attributes are.
func (p *port) Report(s model.SourceID, r []model.Reading) {
	if p.mine(s) && len(r) > 0 {
		p.hub.queue.push(item{body: home.Reported{Source: s, Readings: r}})
	}
}

// Happened passes on an event.
func (p *port) Happened(e model.Happening) {
	if p.mine(e.Source) {
		p.hub.queue.push(item{body: home.Happened{Happening: e}})
	}
}

// Reachable passes on whether a source answers.
func (p *port) Reachable(s model.SourceID, ok bool, why string) {
	if p.mine(s) {
		p.hub.queue.push(item{body: home.Reached{Source: s, Reachable: ok, Why: why}})
	}
}

// Gone passes on that a source left.
func (p *port) Gone(s model.SourceID, why string) {
	if p.mine(s) {
		p.hub.queue.push(item{body: home.Left{Source: s, Why: why}})
	}
}

// Outcome passes on what became of a command. It never waits: an adapter may answer from within
// Execute, which the loop itself calls, and there are never more answers than commands.
func (p *port) Outcome(id model.CommandID, o model.Outcome) {
	p.hub.queue.add(item{body: home.Answered{Command: id, Adapter: strings.TrimSuffix(p.prefix, "/"), Outcome: o}}, true)
}

// Adapters says how each adapter is, by name.
func (h *Hub) Adapters() []AdapterStatus {
	var out []AdapterStatus
	for _, a := range h.o.Adapters {
		p := h.ports[a.Name()]
		p.mu.Lock()
		s := p.status
		s.Outcomes = maps.Clone(s.Outcomes)
		p.mu.Unlock()
		if d, ok := a.(adapters.Doctor); ok {
			s.Checks = d.Checks()
		}
		out = append(out, s)
	}
	return out
}

// Permit opens an adapter's network to new devices for some seconds, or closes it (0).
func (h *Hub) Permit(ctx context.Context, adapter string, seconds int) error {
	p := h.ports[adapter]
	if p == nil {
		return fmt.Errorf("this hub has no adapter %q", adapter)
	}
	pairer, ok := p.adapter.(adapters.Pairer)
	if !ok {
		return fmt.Errorf("devices of %s do not join through the hub", adapter)
	}
	return pairer.Permit(ctx, seconds)
}

// Remove takes a source out of its adapter's network.
func (h *Hub) Remove(ctx context.Context, s model.SourceID) error {
	p := h.portOf(s)
	r, ok := p.adapter.(adapters.Remover)
	if !ok {
		return fmt.Errorf("%s cannot be removed through the hub: remove it where it was added", s)
	}
	return r.Remove(ctx, s)
}

// Photographer is the adapter of a source, where it has pictures; else nil.
func (h *Hub) Photographer(s model.SourceID) adapters.Photographer {
	if p, ok := h.portOf(s).adapter.(adapters.Photographer); ok {
		return p
	}
	return nil
}
