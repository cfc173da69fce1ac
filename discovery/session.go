package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// session owns the sockets for one set of links. It ends when the links
// change, so that a new one can be made, or when a socket fails.
type session struct {
	*Listener
	links  []link
	mdns   []*socket // IPv4 and IPv6, whichever the host has
	ssdp   *socket   // nil when SSDP is off or impossible
	search []*searchSocket
	fail   context.CancelCauseFunc
	wg     sync.WaitGroup
}

// errLinksChanged ends a session without being a failure.
var errLinksChanged = errors.New("network interfaces changed")

// session opens everything on the links there are now and works until they
// change or ctx ends (nil) or no socket is left (an error).
func (l *Listener) session(ctx context.Context) error {
	links, err := findLinks(l.opts.Interfaces, l.opts.Loopback)
	if err != nil {
		return err
	}
	if len(links) == 0 {
		return errors.New("no network interface is up and can multicast: connect one or check the interface setting")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &session{Listener: l, links: links, fail: cancel}
	if err := s.open(ctx); err != nil {
		return err
	}
	s.run(ctx)
	if err := context.Cause(ctx); !errors.Is(err, errLinksChanged) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// open opens what the host can; mDNS over one family is enough.
func (s *session) open(ctx context.Context) error {
	v4, err4 := join(ctx, mdnsGroup4, s.links)
	v6, err6 := join(ctx, mdnsGroup6, s.links)
	for _, sock := range []*socket{v4, v6} {
		if sock != nil {
			s.mdns = append(s.mdns, sock)
		}
	}
	if len(s.mdns) == 0 {
		return fmt.Errorf("listen for mDNS: %w", errors.Join(err4, err6))
	}
	s.log.Debug("discovery listens", "links", len(s.links), "ipv4", err4 == nil, "ipv6", err6 == nil)
	if s.opts.SSDP {
		var err error
		if s.ssdp, err = join(ctx, ssdpGroup4, s.links); err != nil {
			s.log.Warn("SSDP is off until the network changes", "error", err)
		}
		s.search = openSearch(ctx, s.links)
	}
	return nil
}

// run works until ctx ends and returns when everything is closed.
func (s *session) run(ctx context.Context) {
	for _, sock := range s.mdns {
		s.wg.Go(func() { s.readMDNS(sock) })
		s.wg.Go(func() { s.parseMDNS(sock) })
	}
	if s.ssdp != nil {
		s.wg.Go(func() { s.readSSDP(s.ssdp) })
	}
	for _, sock := range s.search {
		s.wg.Go(func() { s.readAnswers(sock) })
	}
	if len(s.search) > 0 {
		s.wg.Go(func() { s.searchOften(ctx) })
	}
	s.wg.Go(func() { s.watchLinks(ctx) })
	s.wg.Go(func() { s.browseAll(ctx) })
	s.setSend(s.ask)
	<-ctx.Done()
	s.setSend(nil)
	for _, sock := range s.mdns {
		sock.close()
	}
	if s.ssdp != nil {
		s.ssdp.close()
	}
	for _, sock := range s.search {
		sock.conn.Close()
	}
	s.wg.Wait()
}

func (s *session) setSend(f func([]Question)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send = f
}

// watchLinks ends the session when the links are no longer what they were.
func (s *session) watchLinks(ctx context.Context) {
	was := signature(s.links)
	tick := time.NewTicker(s.opts.LinkPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now, err := findLinks(s.opts.Interfaces, s.opts.Loopback); err == nil && signature(now) != was {
			s.fail(errLinksChanged)
			return
		}
	}
}

// datagram is an mDNS packet that waits to be parsed.
type datagram struct {
	b    []byte
	link *link
	from netip.AddrPort
}

// readMDNS empties a socket fast, so that the bursts in which mDNS speaks do
// not overflow the kernel's small buffer, until the socket is closed or fails.
func (s *session) readMDNS(sock *socket) {
	defer close(sock.inbox)
	buf := make([]byte, maxPacket+1)
	for {
		n, ifIndex, from, err := sock.read(buf)
		if err != nil {
			s.fail(fmt.Errorf("receive mDNS: %w", err))
			return
		}
		l := byIndex(s.links, ifIndex)
		if l == nil || from.Port() != mdnsPort || !l.onLink(from.Addr()) { // RFC 6762 §6 and §11
			continue
		}
		if isResponse(buf[:n]) {
			select {
			case sock.inbox <- datagram{bytes.Clone(buf[:n]), l, from}:
			default: // a flood: what is lost will be asked for
			}
		}
	}
}

// parseMDNS feeds the cache with what readMDNS read.
func (s *session) parseMDNS(sock *socket) {
	for d := range sock.inbox {
		records, err := ParseMDNS(d.b)
		if err != nil || len(records) == 0 {
			continue
		}
		p := Packet{Interface: d.link.Name, Loopback: d.link.loopback(), From: d.from.Addr(), Records: records}
		s.hear(func(c *Cache, now time.Time) []Change { return c.Apply(p, now) })
	}
}

// ask sends questions, a few to a packet so that no packet is too large for
// one Ethernet frame.
func (s *session) ask(qs []Question) {
	const perPacket = 16
	for len(qs) > 0 {
		n := min(perPacket, len(qs))
		b, err := packQuestions(qs[:n])
		qs = qs[n:]
		if err != nil {
			s.log.Debug("mDNS question cannot be sent", "error", err)
			continue
		}
		for _, sock := range s.mdns {
			if err := sock.send(b); err != nil {
				s.log.Debug("mDNS question was not sent", "error", err)
			}
		}
	}
}

func packQuestions(qs []Question) ([]byte, error) {
	m := dns.Msg{Compress: true}
	for _, q := range qs {
		m.Question = append(m.Question, dns.Question{Name: q.Name, Qtype: q.Type, Qclass: dns.ClassINET})
	}
	b, err := m.Pack()
	if err != nil {
		return nil, fmt.Errorf("pack %d mDNS questions: %w", len(qs), err)
	}
	return b, nil
}

func srvAndTXT(name string) []Question {
	return []Question{{name, dns.TypeSRV}, {name, dns.TypeTXT}}
}
