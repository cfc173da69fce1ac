package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

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
