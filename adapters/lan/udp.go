package lan

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// UDP is a socket that hears a multicast group on every interface and sends to it through each.
type UDP struct {
	conn  *net.UDPConn
	p     *ipv4.PacketConn
	group netip.AddrPort
	ifs   []net.Interface
}

// Listen binds the group's port on all addresses (other programs may do so too) and joins the group on the
// interfaces given, or on all that can multicast. An interface that refuses is left out; all refusing is an error.
func Listen(ctx context.Context, group netip.AddrPort, interfaces []net.Interface) (*UDP, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) }); e != nil {
			return e
		}
		return err
	}}
	pc, err := lc.ListenPacket(ctx, "udp4", fmt.Sprintf("0.0.0.0:%d", group.Port()))
	if err != nil {
		return nil, fmt.Errorf("UDP port %d cannot be had: %w; is another program for these devices running?", group.Port(), err)
	}
	conn := pc.(*net.UDPConn)
	u := &UDP{conn: conn, p: ipv4.NewPacketConn(conn), group: group}
	if interfaces == nil {
		all, err := net.Interfaces()
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("the network interfaces cannot be listed: %w", err)
		}
		for _, i := range all {
			if i.Flags&(net.FlagUp|net.FlagMulticast) == net.FlagUp|net.FlagMulticast && i.Flags&net.FlagLoopback == 0 {
				interfaces = append(interfaces, i)
			}
		}
	}
	var last error
	for _, i := range interfaces {
		if err := u.p.JoinGroup(&i, net.UDPAddrFromAddrPort(group)); err != nil {
			last = err
			continue
		}
		u.ifs = append(u.ifs, i)
	}
	if len(u.ifs) == 0 && len(interfaces) > 0 {
		_ = conn.Close()
		return nil, fmt.Errorf("no interface joins the multicast group %s: %w", group, last)
	}
	_ = u.p.SetMulticastLoopback(true) // devices on this machine hear it, too; the caller knows its own frames
	return u, nil
}

// Read waits for a datagram.
func (u *UDP) Read(b []byte) (n int, from netip.AddrPort, err error) {
	n, from, err = u.conn.ReadFromUDPAddrPort(b)
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err
}

// Send sends to one address.
func (u *UDP) Send(b []byte, to netip.AddrPort) error {
	_, err := u.conn.WriteToUDPAddrPort(b, to)
	return err
}

// Multicast sends to the group through every interface; it fails only where all fail.
func (u *UDP) Multicast(b []byte) error {
	var last error
	sent := false
	for i := range u.ifs {
		_, err := u.p.WriteTo(b, &ipv4.ControlMessage{IfIndex: u.ifs[i].Index}, net.UDPAddrFromAddrPort(u.group))
		if err != nil {
			last = err
			continue
		}
		sent = true
	}
	if sent {
		return nil
	}
	return last
}

// Close ends the socket; a Read under way returns an error.
func (u *UDP) Close() error { return u.conn.Close() }
