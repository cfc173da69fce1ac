package discovery

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// link is one network interface that can be listened on.
type link struct {
	net.Interface
	prefixes []netip.Prefix
}

// findLinks returns the named interfaces, or all if none are named, that are
// up and can multicast; with loopback, that one too, which works though it does not say so.
func findLinks(names []string, loopback bool) ([]link, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var links []link
	for _, ifi := range all {
		if !wanted(ifi, names, loopback) {
			continue
		}
		addrs, err := ifi.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		l := link{Interface: ifi}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				l.prefixes = append(l.prefixes, p)
			}
		}
		links = append(links, l)
	}
	return links, nil
}

func wanted(ifi net.Interface, names []string, loopback bool) bool {
	const need = net.FlagUp | net.FlagMulticast
	if loopback && ifi.Flags&net.FlagLoopback != 0 {
		return ifi.Flags&net.FlagUp != 0
	}
	return ifi.Flags&need == need && (len(names) == 0 || slices.Contains(names, ifi.Name))
}

// signature changes whenever a link, its state or its addresses do.
func signature(links []link) string {
	var b strings.Builder
	for _, l := range links {
		fmt.Fprintf(&b, "%d %s %v %v\n", l.Index, l.Name, l.Flags, l.prefixes)
	}
	return b.String()
}

// ipv4 returns the first IPv4 address of the link.
func (l link) ipv4() (netip.Addr, bool) {
	for _, p := range l.prefixes {
		if p.Addr().Is4() {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
}

// onLink reports whether a sender is on the link itself (RFC 6762 §11).
func (l link) onLink(from netip.Addr) bool {
	from = from.WithZone("")
	if l.loopback() || from.IsLinkLocalUnicast() { // only this host can send on its loopback
		return true
	}
	return slices.ContainsFunc(l.prefixes, func(p netip.Prefix) bool { return p.Contains(from) })
}

func (l link) loopback() bool { return l.Flags&net.FlagLoopback != 0 }

// byIndex returns the link with an interface index, or nil.
func byIndex(links []link, index int) *link {
	if i := slices.IndexFunc(links, func(l link) bool { return l.Index == index }); i >= 0 {
		return &links[i]
	}
	return nil
}
