package discovery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/grandcat/zeroconf"
)

const (
	metaType    = "_services._dns-sd._udp"
	maxBrowsers = 128              // more than maxTypes, so strangers never crowd out wanted types
	sweepLeast  = 60 * time.Second // a resolver lives 60 to 120 s, since it
	sweepSpread = 60 * time.Second // tells each service only once
	shortBrowse = 12 * time.Second // for types nobody wants yet: three queries a sweep
)

// browseAll keeps one browser for each type that handlers want or that the
// meta-query turned up, at most maxBrowsers, wanted ones first.
func (s *session) browseAll(ctx context.Context) {
	running := map[string]bool{}
	for {
		changed := s.browse.wait()
		for _, b := range s.browsers() {
			if !running[b.typ] && len(running) < maxBrowsers {
				running[b.typ] = true
				s.wg.Go(func() { s.sweep(ctx, b) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// browser is one type to browse, and for how much of each sweep.
type browser struct {
	typ    string
	window time.Duration
}

func (s *session) browsers() []browser {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []browser{{metaType, shortBrowse}}
	for _, d := range s.handlers {
		for _, p := range d.patterns {
			if t := p.browseType(); t != "" {
				list = append(list, browser{t, sweepLeast + sweepSpread})
			}
		}
	}
	for _, t := range s.cache.Types() {
		list = append(list, browser{t, shortBrowse})
	}
	return list
}

// sweep browses one type again and again until ctx ends.
func (s *session) sweep(ctx context.Context, b browser) {
	for ctx.Err() == nil {
		refreshed := s.refresh.wait()
		length := sweepLeast + rand.N(sweepSpread)
		sweep, cancel := context.WithTimeout(ctx, length)
		stop := make(chan struct{})
		go func() { // a Refresh begins the next sweep
			defer close(stop)
			select {
			case <-sweep.Done():
			case <-refreshed:
				cancel()
			}
		}()
		if err := s.browseFor(sweep, b.typ, min(b.window, length)); err != nil {
			s.log.Debug("mDNS browsing failed, trying again", "type", b.typ, "error", err)
			pause(sweep, lastRetry/4)
			cancel()
		}
		<-sweep.Done()
		<-stop
		cancel()
		pause(ctx, rand.N(100*time.Millisecond)) // RFC 6762 §5.2: do not ask in step
	}
}

// browseFor runs one zeroconf resolver for a while. Its entries are hints.
func (s *session) browseFor(ctx context.Context, typ string, window time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	resolver, err := zeroconf.NewResolver(s.resolverOptions()...)
	if err != nil {
		return fmt.Errorf("open a resolver for %s: %w", typ, err)
	}
	entries := make(chan *zeroconf.ServiceEntry, 64)
	if err := resolver.Browse(ctx, typ, "local.", entries); err != nil {
		cancel()
		for range entries { // until the resolver has closed its sockets
		}
		return fmt.Errorf("browse %s: %w", typ, err)
	}
	for e := range entries { // closed when ctx ends
		if typ != metaType {
			s.hint(e.Instance + "." + typ + ".local.")
		}
	}
	return nil
}

// resolverOptions confines a resolver to the links and families that work.
func (s *session) resolverOptions() []zeroconf.ClientOption {
	var ifaces []net.Interface
	for _, l := range s.links {
		ifaces = append(ifaces, l.Interface)
	}
	var traffic zeroconf.IPType
	for _, sock := range s.mdns {
		if sock.p4 != nil {
			traffic |= zeroconf.IPv4
		} else {
			traffic |= zeroconf.IPv6
		}
	}
	return []zeroconf.ClientOption{zeroconf.SelectIfaces(ifaces), zeroconf.SelectIPTraffic(traffic)}
}
