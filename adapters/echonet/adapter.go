package echonet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/model"
)

const adapterName = "echonet"

// group is ECHONET Lite's multicast address.
var group = netip.AddrPortFrom(netip.AddrFrom4([4]byte{224, 0, 23, 0}), Port)

const (
	searchEvery = 5 * time.Minute // nodes that come later announce themselves, but Wi-Fi loses that, too
	maxNodes    = 500
	maxObjects  = 64 // of one node
)

// searchAgain is when the first question is repeated.
var searchAgain = []time.Duration{2 * time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second}

// Socket sends and hears datagrams; *lan.UDP is one.
type Socket interface {
	Read(b []byte) (n int, from netip.AddrPort, err error)
	Send(b []byte, to netip.AddrPort) error
	Multicast(b []byte) error
	Close() error
}

// Options is what an Adapter needs; all have defaults.
type Options struct {
	// Secrets keeps the hub's own identity on this network, which is nothing secret; nil makes a new one at each start.
	Secrets adapters.Secrets
	Listen  func(ctx context.Context) (Socket, error)
	Logger  *slog.Logger
}

// Adapter follows all nodes on the local network. Make it with [New].
type Adapter struct {
	o   Options
	log *slog.Logger

	mu      sync.Mutex // guards all below
	hub     adapters.Hub
	socket  Socket
	ctx     context.Context
	running sync.WaitGroup
	own     map[object]map[byte][]byte
	tid     uint16
	nodes   map[netip.Addr]*node
	byID    map[string]*node // by identity, to know a node again under another address
	devices map[model.SourceID]*node
	waiting map[uint16]waiter // by TID
	garbage int
}

// waiter waits for an answer of one node: answers come from any port, so only address and TID count.
type waiter struct {
	from netip.Addr
	c    chan frame
}

var (
	_ adapters.Adapter = (*Adapter)(nil)
	_ adapters.Doctor  = (*Adapter)(nil)
)

// New makes an adapter; nothing happens until Run.
func New(o Options) *Adapter {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Listen == nil {
		o.Listen = func(ctx context.Context) (Socket, error) { return lan.Listen(ctx, group, nil) }
	}
	return &Adapter{o: o, log: o.Logger}
}

// Name returns "echonet".
func (a *Adapter) Name() string { return adapterName }

// Run follows the network until the context ends. It fails when the port cannot be had.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	id, err := a.identity(ctx)
	if err != nil {
		return err
	}
	s, err := a.o.Listen(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.mu.Lock()
	a.hub, a.socket, a.ctx, a.own = hub, s, ctx, self(id)
	a.nodes, a.byID, a.devices, a.waiting = map[netip.Addr]*node{}, map[string]*node{}, map[model.SourceID]*node{}, map[uint16]waiter{}
	a.mu.Unlock()
	failed := make(chan error, 1)
	go func() { failed <- a.receive(s) }()
	a.running.Go(func() { a.search(ctx) })
	select {
	case <-ctx.Done():
		err = nil
		_ = s.Close()
		<-failed
	case err = <-failed:
	}
	cancel()
	_ = s.Close()
	a.running.Wait()
	return err
}

// identity is the hub's own on this network, made once.
func (a *Adapter) identity(ctx context.Context) (id [13]byte, err error) {
	if a.o.Secrets != nil {
		raw, err := a.o.Secrets.Load(ctx, "identity")
		if err != nil {
			return id, fmt.Errorf("the hub's identity for ECHONET Lite cannot be read: %w", err)
		}
		if copy(id[:], raw) == len(id) {
			return id, nil
		}
	}
	_, _ = rand.Read(id[:])
	if a.o.Secrets != nil {
		if err := a.o.Secrets.Save(ctx, "identity", id[:]); err != nil {
			return id, fmt.Errorf("the hub's identity for ECHONET Lite cannot be kept: %w", err)
		}
	}
	return id, nil
}

// search announces the hub, then asks who is there: often at the start, and now and then.
func (a *Adapter) search(ctx context.Context) {
	a.multicast(&frame{seoj: nodeProfile, deoj: nodeProfile, esv: inf, props: []prop{{0xd5, instances(controller)}}})
	ask := func() {
		a.multicast(&frame{seoj: controller, deoj: nodeProfile, esv: get, props: []prop{{epc: 0xd6}}})
	}
	ask()
	for _, after := range searchAgain {
		if !lan.Sleep(ctx, after) {
			return
		}
		ask()
	}
	for lan.Sleep(ctx, lan.Jitter(searchEvery)) {
		ask()
	}
}

func (a *Adapter) multicast(f *frame) {
	a.mu.Lock()
	a.tid++
	f.tid = a.tid
	a.mu.Unlock()
	if err := a.socket.Multicast(f.encode()); err != nil {
		a.log.Warn("searching for ECHONET Lite devices", "error", err)
	}
}

// receive handles datagrams until the socket is closed.
func (a *Adapter) receive(s Socket) error {
	buf := make([]byte, 2048)
	for {
		n, from, err := s.Read(buf)
		if err != nil {
			return fmt.Errorf("the ECHONET Lite socket: %w", err)
		}
		f, err := parseFrame(slices.Clone(buf[:n]))
		if err != nil {
			a.mu.Lock()
			a.garbage++
			a.mu.Unlock()
			continue
		}
		a.handle(f, from)
	}
}

// handle takes one frame: an answer that is waited for, a question to the hub, or news.
func (a *Adapter) handle(f frame, from netip.AddrPort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w, ok := a.waiting[f.tid]; ok && w.from == from.Addr() && (f.esv&0xf0 == 0x70 || f.esv&0xf0 == 0x50) && f.esv != inf && f.esv != infC {
		delete(a.waiting, f.tid)
		w.c <- f
		return
	}
	if out := reply(a.own, &f); out != nil {
		_ = a.socket.Send(out.encode(), netip.AddrPortFrom(from.Addr(), Port)) // a lost answer is asked for again
	}
	switch {
	case f.seoj.class() == nodeProfile.class():
		for _, p := range f.props {
			if (p.epc == 0xd5 || p.epc == 0xd6) && (f.esv == inf || f.esv == getRes || f.esv == infC) {
				a.meet(from.Addr(), parseInstances(p.edt), p.epc == 0xd5)
			}
		}
	case f.esv == inf || f.esv == infC || f.esv == infSNA || f.esv == getRes:
		if n := a.nodes[from.Addr()]; n != nil {
			n.hear(a.hub, f.seoj, f.answer(), false)
		}
	}
}

// meet takes note of a node and its objects, under the lock; started says that it announced itself. What has no object
// but controllers, as the hub itself, is of no interest.
func (a *Adapter) meet(addr netip.Addr, objects []object, started bool) {
	objects = slices.DeleteFunc(objects, func(o object) bool { return o.class() == controller.class() || o.class() == nodeProfile.class() })
	n := a.nodes[addr]
	switch {
	case len(objects) == 0 || len(objects) > maxObjects:
		return
	case n == nil && len(a.nodes) >= maxNodes:
		return
	case n == nil:
		n = newNode(a, addr)
		a.nodes[addr] = n
		n.objects = objects
		a.running.Go(func() { n.run(a.ctx) })
		return
	}
	if !slices.Equal(n.objects, objects) {
		n.objects, n.ready = objects, false
	}
	if started || !n.ready || n.reach == nil || !*n.reach {
		n.knock()
	}
}

// errNoAnswer says that a node did not answer any of the tries.
var errNoAnswer = errors.New("it does not answer")

const (
	answerTime = 2 * time.Second
	tries      = 3
)

// ask sends a request and waits for its answer.
func (a *Adapter) ask(ctx context.Context, to netip.Addr, f frame) (frame, error) {
	f.seoj = controller
	for range tries {
		c := make(chan frame, 1)
		a.mu.Lock()
		a.tid++
		f.tid = a.tid
		tid := f.tid
		a.waiting[tid] = waiter{to, c}
		a.mu.Unlock()
		err := a.socket.Send(f.encode(), netip.AddrPortFrom(to, Port))
		if err == nil {
			t := time.NewTimer(answerTime)
			select {
			case got := <-c:
				t.Stop()
				return got, nil
			case <-t.C:
			case <-ctx.Done():
			}
			t.Stop()
		}
		a.mu.Lock()
		delete(a.waiting, tid)
		a.mu.Unlock()
		if ctx.Err() != nil {
			return frame{}, ctx.Err()
		}
	}
	return frame{}, errNoAnswer
}

// Execute queues a command; see adapters.Adapter.
func (a *Adapter) Execute(cmd model.Command) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.devices[cmd.Source]
	if n == nil {
		a.outcome(cmd.ID, model.Rejected, model.ReasonUnknownDevice, "this ECHONET Lite device has not been heard since the hub started")
		return
	}
	d := n.devices[object(eojOf(cmd.Source))]
	if d == nil {
		a.outcome(cmd.ID, model.Rejected, model.ReasonUnknownDevice, "the node no longer has this object")
		return
	}
	props, code, err := d.request(cmd)
	if err != nil {
		a.outcome(cmd.ID, model.Rejected, code, err.Error())
		return
	}
	n.outbox.Put(d.eoj.String(), job{d.eoj, props, []model.CommandID{cmd.ID}})
}

// eojOf is the object in a source's id.
func eojOf(s model.SourceID) (o object) {
	i := strings.LastIndexByte(string(s), '-')
	b, _ := hex.DecodeString(string(s)[i+1:])
	copy(o[:], b)
	return o
}

func (a *Adapter) outcome(id model.CommandID, s model.Status, code model.ReasonCode, detail string) {
	a.hub.Outcome(id, model.Outcome{Status: s, Reason: model.Reason{Code: code, Detail: detail}})
}

// Checks says how many nodes there are.
func (a *Adapter) Checks() []adapters.Check {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []adapters.Check{{Name: "nodes", OK: true, Detail: fmt.Sprintf("%d nodes with %d devices answer on the network", len(a.nodes), len(a.devices))}}
	if a.garbage > 0 {
		out = append(out, adapters.Check{Name: "frames", OK: true, Detail: fmt.Sprintf("%d datagrams were no ECHONET Lite", a.garbage)})
	}
	return out
}
