package homekit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/model"
)

// link is the hub's side of one pairing: an accessory, or a bridge with all behind it.
type link struct {
	a     *Adapter
	log   *slog.Logger
	id    string // device id, upper case
	stop  context.CancelFunc
	ended chan struct{}
	first chan struct{} // closed when its accessories have been read, or the first try has failed
	once  sync.Once
	wake  chan struct{} // something to do: commands, an address, a new configuration
	pid   uint64        // of timed writes; only run's goroutine
	album album         // the session for pictures

	mu      sync.Mutex // guards all below
	rec     record
	addrs   []string // newest first
	config  string   // TXT c#
	stale   bool     // the configuration changed: read the accessories again
	devices map[uint64]*device
	client  *client
	problem string
	queue   []*operation
}

func newLink(a *Adapter, r record) *link {
	l := &link{a: a, id: strings.ToUpper(r.Peer.ID), rec: r, ended: make(chan struct{}), first: make(chan struct{}), wake: make(chan struct{}, 1),
		devices: map[uint64]*device{}, problem: "not reached yet"}
	l.log = a.log.With("accessory", l.id)
	if r.Address != "" {
		l.addrs = []string{r.Address}
	}
	return l
}

// linkStatus is what others may know of a link.
type linkStatus struct {
	name, model, address, problem string
	category, devices             int
	connected                     bool
	silent                        []string // devices of a bridge that it cannot reach
}

func (l *link) status() linkStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := linkStatus{name: cmp.Or(l.rec.Name, l.id), model: l.rec.Model, address: l.rec.Address, problem: l.problem, category: l.rec.Category,
		devices: len(l.devices), connected: l.client != nil}
	for _, aid := range sortedAIDs(l.devices) {
		if d := l.devices[aid]; !d.reachable {
			s.silent = append(s.silent, cmp.Or(d.desc.Name, fmt.Sprint(aid)))
		}
	}
	return s
}

func (l *link) sources() []model.SourceID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []model.SourceID
	for _, aid := range l.rec.AIDs {
		out = append(out, sourceID(l.id, aid))
	}
	return out
}

// seen takes what discovery says: where it is, and whether its configuration is another.
func (l *link) seen(f adapters.Found) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if addr := address(f); addr != "" && (len(l.addrs) == 0 || l.addrs[0] != addr) {
		l.addrs = append([]string{addr}, slices.DeleteFunc(l.addrs, func(x string) bool { return x == addr })...)
		l.addrs = l.addrs[:min(len(l.addrs), 4)]
	}
	if c := f.TXT["c#"]; c != l.config {
		l.stale = l.stale || l.config != "" && l.client != nil
		l.config = c
	}
	l.nudge()
}

func (l *link) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run connects again and again, until the context ends.
func (l *link) run(ctx context.Context) {
	defer l.failQueue("the hub no longer speaks to this accessory")
	defer l.album.close()
	backoff := l.a.o.FirstBackoff
	for {
		began := time.Now()
		err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		l.lost(err)
		if time.Since(began) > l.a.o.LastBackoff {
			backoff = l.a.o.FirstBackoff
		}
		l.log.Debug("no session with a HomeKit accessory", "err", err, "again_in", backoff)
		if !l.rest(ctx, backoff) {
			return
		}
		backoff = min(2*backoff, l.a.o.LastBackoff)
	}
}

// rest waits until the next try: the whole backoff, or less when discovery says something new.
func (l *link) rest(ctx context.Context, backoff time.Duration) bool {
	for until := time.After(backoff); ; {
		select {
		case <-ctx.Done():
			return false
		case <-until:
			return true
		case <-l.wake:
			l.failQueue("the accessory cannot be reached")
			l.mu.Lock()
			moved := len(l.addrs) > 0 && l.addrs[0] != l.rec.Address
			l.mu.Unlock()
			if moved {
				return true
			}
		}
	}
}

// lost marks the devices of a link that has no session.
func (l *link) lost(err error) {
	why := reason(err)
	l.mu.Lock()
	l.client, l.problem = nil, why
	aids := slices.Clone(l.rec.AIDs)
	for _, d := range l.devices {
		d.reachable, d.why = false, why
	}
	l.mu.Unlock()
	l.once.Do(func() { close(l.first) })
	for _, aid := range aids {
		l.a.hub.Reachable(sourceID(l.id, aid), false, why)
	}
	l.failQueue(why)
}

// reason says in a few words why there is no session.
func reason(err error) string {
	switch {
	case errors.Is(err, pairing.CodeAuthentication):
		return "the accessory has forgotten the hub: remove it with hub homekit unpair, and pair it again"
	case errors.Is(err, pairing.ErrStranger):
		return "another accessory answers at its address"
	case errors.Is(err, errNoAddress):
		return err.Error()
	}
	return "the accessory cannot be reached: " + err.Error()
}

var errNoAddress = errors.New("the accessory has not been seen on the network")

// connect verifies at the first address where the accessory answers.
func (l *link) connect(ctx context.Context) (*client, error) {
	l.mu.Lock()
	addrs, rec := slices.Clone(l.addrs), l.rec
	l.mu.Unlock()
	l.a.mu.Lock()
	me := l.a.me
	l.a.mu.Unlock()
	err := errNoAddress
	for _, addr := range addrs {
		var c *client
		if c, err = l.verify(ctx, addr, me, rec.Peer, l.event); err == nil {
			l.moved(ctx, addr)
			return c, nil
		}
	}
	return nil, err
}

// verify opens a session; events get every event's body.
func (l *link) verify(ctx context.Context, addr string, me pairing.Identity, peer pairing.Peer, events func([]byte)) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	c, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	keys, err := pairing.Verify(ctx, c.post, me, peer)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = c.secure(keys, events, func() {})
	}
	if err != nil {
		_ = c.conn.Close()
		return nil, err
	}
	return c, nil
}

// moved remembers where the accessory was reached.
func (l *link) moved(ctx context.Context, addr string) {
	l.mu.Lock()
	changed := l.rec.Address != addr
	l.rec.Address = addr
	rec := l.rec
	l.mu.Unlock()
	if changed {
		if err := l.a.keep(ctx, rec); err != nil {
			l.log.Warn("an accessory's new address was not kept", "err", err)
		}
	}
}

// session keeps one connection: reads everything, subscribes, then works until it ends.
func (l *link) session(ctx context.Context) error {
	c, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close(errors.New("the hub ended the session"))
	if err := l.load(ctx, c); err != nil {
		return err
	}
	l.once.Do(func() { close(l.first) })
	poll := time.NewTicker(l.a.o.Poll)
	defer poll.Stop()
	var due <-chan time.Time // when what is held back in the queue must go
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.done:
			return c.err
		case <-poll.C:
			if err := l.refresh(ctx, c); err != nil {
				return err
			}
		case <-l.wake:
		case <-due:
		}
		if l.takeStale() {
			if err := l.load(ctx, c); err != nil {
				return err
			}
		}
		wait, err := l.carryOut(ctx, c)
		if err != nil {
			return err
		}
		due = nil
		if wait > 0 {
			due = time.After(wait)
		}
	}
}
