package seek

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/ipv4"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/plugins/manifest"
)

// probe asks everybody a question again and again, and tells of those whose answer fits.
func (s *Seeker) probe(ctx context.Context, name string, p manifest.Probe, told *told) {
	question, err := manifest.Bytes(p.Send)
	fits, err2 := matcher(p.Match)
	if err = errors.Join(err, err2); err != nil {
		s.o.Logger.Warn("a plugin's question cannot be asked", "plugin", name, "err", err)
		return
	}
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		s.o.Logger.Warn("a plugin's question cannot be asked", "plugin", name, "err", err)
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() { s.every(ctx, func() { s.ask(conn, p, question) }) })
	buf := make([]byte, 65535)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			continue // an ICMP answer to one of the questions
		}
		if int(from.Port()) != p.Port || !fits(buf[:n]) {
			continue
		}
		addr, answer := from.Addr().Unmap(), text(buf[:n])
		told.tell("udp", adapters.Found{Key: fmt.Sprintf("udp/%d/%s", p.Port, addr), Type: fmt.Sprintf("udp/%d", p.Port), Instance: addr.String(),
			Addrs: []netip.Addr{addr}, Port: p.Port, TXT: map[string]string{"answer": answer}}, answer)
	}
}

// ask sends the question on each interface, to its broadcast address or to the group.
func (s *Seeker) ask(conn *net.UDPConn, p manifest.Probe, question []byte) {
	all, err := s.o.Interfaces()
	if err != nil {
		return
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		if p.Group != "" {
			to := &net.UDPAddr{IP: net.ParseIP(p.Group), Port: p.Port}
			if i.Flags&net.FlagMulticast != 0 && ipv4.NewPacketConn(conn).SetMulticastInterface(&i) == nil {
				_, _ = conn.WriteToUDP(question, to)
			}
			continue
		}
		for _, to := range s.questions(i) {
			_, _ = conn.WriteToUDPAddrPort(question, netip.AddrPortFrom(to, uint16(p.Port)))
		}
	}
}

// broadcasts are the addresses that reach everybody on an interface.
func broadcasts(i net.Interface) (out []netip.Addr) {
	addrs, err := i.Addrs()
	if err != nil || i.Flags&net.FlagBroadcast == 0 {
		return nil
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.To4() == nil || len(n.Mask) != net.IPv4len {
			continue
		}
		to := [4]byte(n.IP.To4())
		for k := range to {
			to[k] |= ^n.Mask[k]
		}
		out = append(out, netip.AddrFrom4(to))
	}
	return out
}

// matcher makes a test of a pattern: "" is everything, "hex:" the first bytes, else text with * and ?.
func matcher(pattern string) (func([]byte) bool, error) {
	if pattern == "" {
		return func([]byte) bool { return true }, nil
	}
	if strings.HasPrefix(pattern, "hex:") {
		want, err := manifest.Bytes(pattern)
		return func(b []byte) bool { return bytes.HasPrefix(b, want) }, err
	}
	form := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	re, err := regexp.Compile(`(?s)^` + form + `$`)
	if err != nil {
		return nil, err
	}
	return re.Match, nil
}
