// Package phones asks the local network itself whether a phone is in reach: no router's cooperation is needed. A phone is no device: it
// only tells whether a person may be in, through [Reach].
//
// Use: enter the tracker "lan/192.168.1.23" or "lan/aa:bb:cc:dd:ee:ff" for a person (turn off the phone's random address for the
// home network), or "mdns/NAME" for what a phone announces of itself. The adapter asks each address every half minute:
// it sends an empty UDP datagram to a port on which nobody listens; the refusal, or the neighbour's answer to the question for its
// hardware address (ARP, which also sleeping phones give), is the sign of life. No rights beyond an ordinary user's are needed.
package phones

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Reach takes whether a tracker is in reach of the home network.
type Reach interface {
	Associated(tracker string, connected bool)
}

// Options are what the adapter is made of. Reach and Trackers are required.
type Options struct {
	Reach Reach
	// Trackers lists the trackers of all people; those that begin with "lan/" and "mdns/" are this adapter's.
	Trackers func() []string
	Every    time.Duration          // between two rounds; default 30 s
	Patience time.Duration          // for an answer; default 1 s
	ARP      func() ([]byte, error) // the table of neighbours, as Linux writes it; default /proc/net/arp
}

// Adapter implements [adapters.Adapter] and [adapters.Seeker].
type Adapter struct {
	o Options

	mu     sync.Mutex
	hub    adapters.Hub
	phones map[string]*phone
}

// phone is what is kept of a tracker.
type phone struct {
	on     bool
	told   bool
	misses int
}

const (
	tries       = 3 // rounds without a sign of life until a phone is out of reach
	unusedPort  = 40999
	lanPrefix   = "lan/"
	mdnsPrefix  = "mdns/"
	maxTrackers = 64
)

// New makes the adapter.
func New(o Options) *Adapter {
	if o.Every == 0 {
		o.Every = 30 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = time.Second
	}
	if o.ARP == nil {
		o.ARP = func() ([]byte, error) { return os.ReadFile("/proc/net/arp") }
	}
	return &Adapter{o: o, phones: map[string]*phone{}}
}

// Name is "lan".
func (a *Adapter) Name() string { return "lan" }

// Run asks until the context ends.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	a.mu.Lock()
	a.hub = hub
	a.mu.Unlock()
	ticker := time.NewTicker(a.o.Every)
	defer ticker.Stop()
	for {
		a.round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Execute rejects: a phone takes no commands.
func (a *Adapter) Execute(cmd model.Command) {
	a.mu.Lock()
	hub := a.hub
	a.mu.Unlock()
	if hub != nil {
		hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected,
			Reason: model.Reason{Code: model.ReasonUnsupported, Detail: "a phone on the network takes no commands"}})
	}
}

// round asks all phones at once.
func (a *Adapter) round(ctx context.Context) {
	var asked sync.WaitGroup
	n := 0
	for _, tracker := range a.o.Trackers() {
		name, mine := strings.CutPrefix(tracker, lanPrefix)
		if n++; !mine || n > maxTrackers {
			continue
		}
		asked.Go(func() { a.found(tracker, a.alive(ctx, name)) })
	}
	asked.Wait()
}

// alive tells whether an address, or whoever has a hardware address, answers.
func (a *Adapter) alive(ctx context.Context, name string) bool {
	ip, err := netip.ParseAddr(name)
	if err != nil {
		mac, err := net.ParseMAC(name)
		if err != nil {
			return false
		}
		if ip = a.address(mac.String()); !ip.IsValid() {
			return false
		}
	}
	return a.refused(ctx, ip) || a.neighbour(ip)
}

// refused sends a datagram to a port on which nobody listens and waits for the refusal. Sending also makes the kernel ask for the
// hardware address.
func (a *Adapter) refused(ctx context.Context, ip netip.Addr) bool {
	var d net.Dialer
	c, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(ip, unusedPort).String())
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(a.o.Patience))
	if _, err := c.Write(nil); err != nil {
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	_, err = c.Read(make([]byte, 1))
	return err == nil || errors.Is(err, syscall.ECONNREFUSED)
}

// found counts an answer or a miss, and passes on what is news.
func (a *Adapter) found(tracker string, alive bool) {
	a.mu.Lock()
	p := a.phones[tracker]
	if p == nil {
		p = &phone{}
		a.phones[tracker] = p
	}
	p.misses++
	if alive {
		p.misses = 0
	}
	news := alive && (!p.on || !p.told) || !alive && p.misses >= tries && (p.on || !p.told)
	if news {
		p.on, p.told = alive, true
	}
	a.mu.Unlock()
	if news {
		a.o.Reach.Associated(tracker, alive)
	}
}

// neighbour tells whether the table of neighbours holds a complete entry for an address.
func (a *Adapter) neighbour(ip netip.Addr) bool {
	ok := false
	a.neighbours(func(at netip.Addr, _ string) { ok = ok || at == ip })
	return ok
}

// address finds who has a hardware address.
func (a *Adapter) address(mac string) netip.Addr {
	var found netip.Addr
	a.neighbours(func(at netip.Addr, hardware string) {
		if strings.EqualFold(hardware, mac) {
			found = at
		}
	})
	return found
}

// neighbours goes through the complete entries of the table. Source: Linux, net/ipv4/arp.c: flag 2 is complete.
func (a *Adapter) neighbours(each func(at netip.Addr, mac string)) {
	table, err := a.o.ARP()
	if err != nil {
		return // not Linux: the refusal alone counts
	}
	for lines := bufio.NewScanner(bytes.NewReader(table)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[3] == "00:00:00:00:00:00" {
			continue
		}
		var flags int
		if _, err := fmt.Sscanf(f[2], "0x%x", &flags); err != nil || flags&2 == 0 {
			continue
		}
		if at, err := netip.ParseAddr(f[0]); err == nil {
			each(at, f[3])
		}
	}
}

// Seeks are what phones announce of themselves.
func (a *Adapter) Seeks() []adapters.Pattern {
	var out []adapters.Pattern
	for _, service := range []string{"_companion-link._tcp", "_remotepairing._tcp", "_apple-mobdev2._tcp", "_mi-connect._udp"} {
		out = append(out, adapters.Pattern{Proto: "mdns", Type: service})
	}
	return out
}

// Found takes that a phone announced itself, or took it back.
func (a *Adapter) Found(f adapters.Found) {
	for _, tracker := range a.o.Trackers() {
		if name, mine := strings.CutPrefix(tracker, mdnsPrefix); mine && strings.EqualFold(name, f.Instance) {
			a.o.Reach.Associated(tracker, !f.Gone)
		}
	}
}
