package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// dial resolves a server's name itself: a name that leads into the home is a trick.
func (b *Broker) dial(ctx context.Context, network, host, port string) (net.Conn, error) {
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return b.o.Dial(ctx, network, net.JoinHostPort(addr.String(), port))
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if a = a.Unmap(); b.o.Anywhere || a.IsGlobalUnicast() && !a.IsPrivate() {
			return b.o.Dial(ctx, network, net.JoinHostPort(a.String(), port))
		}
	}
	return nil, fmt.Errorf("%s is no public server", host)
}

func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		_ = h.CloseWrite()
	}
}

// frames carries datagrams over a stream.
func frames(in, out net.Conn) {
	go func() {
		defer in.Close()
		b := make([]byte, 2+65535)
		for {
			n, err := out.Read(b[2:])
			if err != nil {
				return
			}
			b[0], b[1] = byte(n>>8), byte(n)
			if _, err := in.Write(b[:2+n]); err != nil {
				return
			}
		}
	}()
	defer out.Close()
	for {
		b, err := readFrame(in)
		if err != nil {
			return
		}
		_, _ = out.Write(b) // a datagram that is lost is lost
	}
}

// ErrNotLocal says that an address is not one of the home's devices.
var ErrNotLocal = errors.New("not the address of a device in the home")

// allowed keeps discovery, which anybody on the network can feign, from leading a plugin to the hub itself or out of the home.
func (b *Broker) allowed(a netip.Addr) error {
	if b.o.Anywhere && a.IsValid() {
		return nil
	}
	if !a.IsPrivate() && !a.IsLinkLocalUnicast() || ownAddress(a) {
		return fmt.Errorf("%s is %w", a, ErrNotLocal)
	}
	return nil
}

func ownAddress(a netip.Addr) bool {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, x := range own {
		if p, err := netip.ParsePrefix(x.String()); err == nil && p.Addr().Unmap() == a.Unmap().WithZone("") {
			return true
		}
	}
	return false
}
