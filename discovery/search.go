package discovery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

const (
	searchEvery = 3 * time.Minute
	searchWait  = 2 // MX, in seconds: answers spread over so long
)

// searchSocket sends M-SEARCH on one link and hears the answers, which come
// by unicast to the port that asked.
type searchSocket struct {
	link link
	conn *net.UDPConn
}

// openSearch opens a socket for each link that has an IPv4 address.
func openSearch(ctx context.Context, links []link) []*searchSocket {
	var out []*searchSocket
	var lc net.ListenConfig
	for _, l := range links {
		addr, ok := l.ipv4()
		if !ok {
			continue
		}
		conn, err := lc.ListenPacket(ctx, "udp4", netip.AddrPortFrom(addr, 0).String())
		if err != nil {
			continue // the address went away; the link watch will notice
		}
		out = append(out, &searchSocket{link: l, conn: conn.(*net.UDPConn)})
	}
	return out
}

// searchOften sends M-SEARCH at once, on Refresh and every few minutes.
func (s *session) searchOften(ctx context.Context) {
	for ctx.Err() == nil {
		refreshed := s.refresh.wait()
		for _, sock := range s.search {
			if err := sock.ask(); err != nil {
				s.log.Debug("SSDP search was not sent", "error", err)
			}
		}
		t := time.NewTimer(searchEvery + rand.N(searchEvery/10))
		select {
		case <-ctx.Done():
		case <-refreshed:
		case <-t.C:
		}
		t.Stop()
	}
}

func (s *searchSocket) ask() error {
	msg := fmt.Sprintf("M-SEARCH * HTTP/1.1\r\nHOST: %s\r\nMAN: \"ssdp:discover\"\r\nMX: %d\r\nST: ssdp:all\r\n\r\n",
		ssdpGroup4, searchWait)
	if err := multicastFrom(s.conn, &s.link.Interface); err != nil {
		return err
	}
	if _, err := s.conn.WriteToUDPAddrPort([]byte(msg), ssdpGroup4); err != nil {
		return fmt.Errorf("search on %s: %w", s.link.Name, err)
	}
	return nil
}

// readSSDP hears announcements.
func (s *session) readSSDP(sock *socket) {
	buf := make([]byte, maxPacket+1)
	for {
		n, ifIndex, from, err := sock.read(buf)
		if err != nil {
			s.fail(fmt.Errorf("receive SSDP: %w", err))
			return
		}
		if l := byIndex(s.links, ifIndex); l != nil {
			s.hearSSDP(buf[:n], *l, from.Addr())
		}
	}
}

// readAnswers hears answers to our own searches. A failing socket only ends
// itself: announcements are still heard, and the link watch makes new ones.
func (s *session) readAnswers(sock *searchSocket) {
	buf := make([]byte, maxPacket+1)
	for {
		n, from, err := sock.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		s.hearSSDP(buf[:n], sock.link, from.Addr().Unmap())
	}
}

func (s *session) hearSSDP(b []byte, l link, from netip.Addr) {
	if !l.onLink(from) {
		return
	}
	n, err := ParseSSDP(b)
	if err != nil {
		return // other people's searches, mostly
	}
	s.hear(func(c *Cache, now time.Time) []Change { return c.ApplySSDP(n, l.Name, from, now) })
}
