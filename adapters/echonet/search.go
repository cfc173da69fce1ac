package echonet

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/concord-home/hub/adapters/lan"
)

// searchAgain is when the first question is repeated.
var searchAgain = []time.Duration{2 * time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second}

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
