package echonet

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/lan"
	"github.com/concord-home/hub/model"
)

const (
	pollEvery    = time.Minute
	retryFirst   = 5 * time.Second
	retryLongest = 5 * time.Minute
	maxCodes     = 8 // in one question: small nodes have small buffers
	perSecond    = 5 // commands
)

// confirmAfter is when a device is asked what became of a command: some take a while, and a change of mode changes more than was asked for.
var confirmAfter = []time.Duration{time.Second, 3 * time.Second}

// node is one box on the network, with one or more objects.
type node struct {
	a      *Adapter
	addr   netip.Addr
	outbox *lan.Outbox[job]
	wake   chan struct{}
	asking chan struct{} // holds one while a request is under way

	// guarded by the adapter's lock
	objects []object
	ready   bool // its objects are described
	devices map[object]*device
	gone    bool
	reach   *bool
}

// job is one set request and the commands that it carries out.
type job struct {
	eoj      object
	props    []prop
	commands []model.CommandID
}

func join(a, b job) job {
	for _, p := range b.props {
		a.props = put(a.props, p)
	}
	a.commands = append(a.commands, b.commands...)
	return a
}

func newNode(a *Adapter, addr netip.Addr) *node {
	return &node{a: a, addr: addr, outbox: lan.NewOutbox(perSecond, 2, join), wake: make(chan struct{}, 1), asking: make(chan struct{}, 1), devices: map[object]*device{}}
}

// knock has the node asked at once.
func (n *node) knock() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// run follows the node until the context ends or another address has it.
func (n *node) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var helper sync.WaitGroup
	defer helper.Wait()
	defer stop()
	helper.Go(func() { n.outbox.Run(ctx, n.send) })
	lan.Poll(ctx, pollEvery, retryFirst, retryLongest, n.wake, func(ctx context.Context) error {
		err := n.poll(ctx)
		n.a.mu.Lock()
		defer n.a.mu.Unlock()
		if n.gone {
			stop()
			return nil
		}
		if ctx.Err() == nil {
			n.reached(err)
		}
		return err
	})
}

// reached tells the hub whether the node answers, under the lock.
func (n *node) reached(err error) {
	yes := err == nil
	if n.reach != nil && *n.reach == yes {
		return
	}
	n.reach = &yes
	why := ""
	if err != nil {
		why = fmt.Sprintf("%s: %v; is it switched on, and is ECHONET Lite enabled in its app?", n.addr, err)
	}
	for _, d := range n.devices {
		n.a.hub.Reachable(d.source, yes, why)
	}
}

// poll describes the node's objects where that is due, and reads them.
func (n *node) poll(ctx context.Context) error {
	n.a.mu.Lock()
	ready := n.ready
	n.a.mu.Unlock()
	if !ready {
		if err := n.describe(ctx); err != nil {
			return err
		}
	}
	n.a.mu.Lock()
	var all []*device
	for _, d := range n.devices {
		all = append(all, d)
	}
	n.a.mu.Unlock()
	slices.SortFunc(all, func(a, b *device) int { return slices.Compare(a.eoj[:], b.eoj[:]) })
	for _, d := range all {
		said, err := n.get(ctx, d.eoj, d.readable)
		if err != nil {
			return err
		}
		n.a.mu.Lock()
		n.hear(n.a.hub, d.eoj, said, !ready)
		n.a.mu.Unlock()
	}
	return nil
}

// ask sends a request once the one before has been answered, and waits for the answer.
func (n *node) ask(ctx context.Context, f frame) (frame, error) {
	select {
	case n.asking <- struct{}{}:
	case <-ctx.Done():
		return frame{}, ctx.Err()
	}
	defer func() { <-n.asking }()
	return n.a.ask(ctx, n.addr, f)
}

// get reads properties, a few at a time. What a node does not answer is left out; that is no error.
func (n *node) get(ctx context.Context, eoj object, codes []byte) (map[byte][]byte, error) {
	out := map[byte][]byte{}
	for part := range slices.Chunk(codes, maxCodes) {
		f := frame{deoj: eoj, esv: get}
		for _, epc := range part {
			f.props = append(f.props, prop{epc: epc})
		}
		got, err := n.ask(ctx, f)
		if err != nil {
			return nil, err
		}
		for epc, edt := range got.answer() {
			out[epc] = edt
		}
	}
	return out, nil
}

// describe asks the node who it is and each object what it can, and tells the hub.
func (n *node) describe(ctx context.Context) error {
	who, err := n.get(ctx, nodeProfile, []byte{0x83, 0x8a})
	if err != nil {
		return err
	}
	id := n.addr.String()
	if raw := who[0x83]; len(raw) == 17 && raw[0] == 0xfe {
		id = hex.EncodeToString(raw[1:])
	}
	n.a.mu.Lock()
	objects := slices.Clone(n.objects)
	n.a.mu.Unlock()
	var found []*device
	for _, o := range objects {
		maps, err := n.get(ctx, o, []byte{0x9f, 0x9e, 0x8a, 0x82})
		if err != nil {
			return err
		}
		more, err := n.get(ctx, o, []byte{0x83, 0x8c})
		if err != nil {
			return err
		}
		for epc, edt := range more {
			maps[epc] = edt
		}
		found = append(found, newDevice(id, o, maps, maker(who[0x8a])))
	}
	n.a.mu.Lock()
	defer n.a.mu.Unlock()
	if other := n.a.byID[id]; other != nil && other != n { // the same box under another address
		other.gone = true
		delete(n.a.nodes, other.addr)
		other.knock()
	}
	n.a.byID[id] = n
	old := n.devices
	n.devices, n.ready, n.reach = map[object]*device{}, true, nil
	for _, d := range found {
		n.devices[d.eoj] = d
		n.a.devices[d.source] = n
		n.a.hub.Describe(d.description)
	}
	for o, d := range old {
		if n.devices[o] == nil {
			delete(n.a.devices, d.source)
			n.a.hub.Gone(d.source, "the node no longer has it")
		}
	}
	return nil
}

// hear takes what an object says, under the lock. A first reading answers the adapter's own question.
func (n *node) hear(hub adapters.Hub, from object, said map[byte][]byte, first bool) {
	d := n.devices[from]
	if d == nil || n.gone {
		return
	}
	readings := d.hear(said)
	for i := range readings {
		readings[i].CaughtUp = first
	}
	if len(readings) > 0 {
		hub.Report(d.source, readings)
	}
}

// send carries a job out and asks afterwards what became of it.
func (n *node) send(ctx context.Context, _ string, j job) {
	got, err := n.ask(ctx, frame{deoj: j.eoj, esv: setC, props: j.props})
	n.a.mu.Lock()
	for _, id := range j.commands {
		switch {
		case err != nil:
			n.a.outcome(id, model.Rejected, model.ReasonNoAnswer, fmt.Sprintf("%s: %v", n.addr, err))
		case got.esv == setRes:
			n.a.outcome(id, model.Acked, "", "")
		default:
			n.a.outcome(id, model.Rejected, model.ReasonDeviceError, "the device refuses to set "+refusedCodes(got))
		}
	}
	d := n.devices[j.eoj]
	n.a.mu.Unlock()
	if err != nil || d == nil {
		return
	}
	n.a.running.Go(func() { n.confirm(ctx, d) })
}

// confirm reads an object again some time after a command.
func (n *node) confirm(ctx context.Context, d *device) {
	for _, after := range confirmAfter {
		if !lan.Sleep(ctx, after) {
			return
		}
		said, err := n.get(ctx, d.eoj, d.readable)
		if err != nil {
			return
		}
		n.a.mu.Lock()
		n.hear(n.a.hub, d.eoj, said, false)
		n.a.mu.Unlock()
	}
}

// refusedCodes are the properties in a refusal that were not set: they come back with their data.
func refusedCodes(f frame) string {
	s := ""
	for _, p := range f.props {
		if len(p.edt) > 0 {
			s += fmt.Sprintf(" %02X", p.epc)
		}
	}
	if s == "" {
		return "what was asked for"
	}
	return "property" + s
}
