package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

const (
	maxInbox = 512 // packets
	mdnsPort = 5353
	ssdpPort = 1900
)

var (
	mdnsGroup4 = netip.AddrPortFrom(netip.AddrFrom4([4]byte{224, 0, 0, 251}), mdnsPort)
	mdnsGroup6 = netip.AddrPortFrom(netip.MustParseAddr("ff02::fb"), mdnsPort)
	ssdpGroup4 = netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 255, 255, 250}), ssdpPort)
)

// socket is a UDP socket that has joined a multicast group on some links.
type socket struct {
	conn  net.PacketConn
	p4    *ipv4.PacketConn // one of p4 and p6 is set
	p6    *ipv6.PacketConn
	group netip.AddrPort
	links []link // those joined
	inbox chan datagram
}

// join opens a socket on the group's port. Go itself sets SO_REUSEADDR, and
// SO_REUSEPORT where that is needed, on sockets opened for a multicast
// address, so other programs may use the port too.
func join(ctx context.Context, group netip.AddrPort, links []link) (*socket, error) {
	network := "udp4"
	if group.Addr().Is6() {
		network = "udp6"
	}
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, network, group.String())
	if err != nil {
		return nil, fmt.Errorf("open UDP port %d for %s: %w", group.Port(), group.Addr(), err)
	}
	s := &socket{conn: conn, group: group, inbox: make(chan datagram, maxInbox)}
	if group.Addr().Is4() {
		s.p4 = ipv4.NewPacketConn(conn)
		err = errors.Join(s.p4.SetControlMessage(ipv4.FlagInterface, true), s.p4.SetMulticastTTL(255))
	} else {
		s.p6 = ipv6.NewPacketConn(conn)
		err = errors.Join(s.p6.SetControlMessage(ipv6.FlagInterface, true), s.p6.SetMulticastHopLimit(255))
	}
	for i := range links {
		joinErr := s.joinOn(&links[i].Interface)
		if joinErr == nil {
			s.links = append(s.links, links[i])
		}
		err = errors.Join(err, joinErr)
	}
	if len(s.links) == 0 {
		conn.Close()
		return nil, fmt.Errorf("join %s on any of %d interfaces: %w", group.Addr(), len(links), err)
	}
	return s, nil
}

func (s *socket) joinOn(ifi *net.Interface) error {
	group := &net.UDPAddr{IP: s.group.Addr().AsSlice()}
	if s.p4 != nil {
		return s.p4.JoinGroup(ifi, group)
	}
	return s.p6.JoinGroup(ifi, group)
}

// read receives one packet and the index of the interface it came in on.
func (s *socket) read(b []byte) (n, ifIndex int, from netip.AddrPort, err error) {
	var src net.Addr
	if s.p4 != nil {
		var cm *ipv4.ControlMessage
		if n, cm, src, err = s.p4.ReadFrom(b); cm != nil {
			ifIndex = cm.IfIndex
		}
	} else {
		var cm *ipv6.ControlMessage
		if n, cm, src, err = s.p6.ReadFrom(b); cm != nil {
			ifIndex = cm.IfIndex
		}
	}
	if udp, ok := src.(*net.UDPAddr); ok {
		from = udp.AddrPort()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	}
	return n, ifIndex, from, err
}

// send multicasts a packet on every link; it fails only if every link does.
func (s *socket) send(b []byte) error {
	var errs []error
	to := net.UDPAddrFromAddrPort(s.group)
	for _, l := range s.links {
		var err error
		if s.p4 != nil {
			_, err = s.p4.WriteTo(b, &ipv4.ControlMessage{IfIndex: l.Index}, to)
		} else {
			_, err = s.p6.WriteTo(b, &ipv6.ControlMessage{IfIndex: l.Index}, to)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("send on %s: %w", l.Name, err))
		}
	}
	if len(errs) < len(s.links) {
		return nil
	}
	return errors.Join(errs...)
}

func (s *socket) close() { s.conn.Close() }

// multicastFrom makes an IPv4 socket multicast on one interface, two hops far
// as UPnP asks.
func multicastFrom(conn net.PacketConn, ifi *net.Interface) error {
	p := ipv4.NewPacketConn(conn)
	if err := errors.Join(p.SetMulticastInterface(ifi), p.SetMulticastTTL(2)); err != nil {
		return fmt.Errorf("multicast on %s: %w", ifi.Name, err)
	}
	return nil
}
