package seek

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"strings"

	"github.com/concord-home/hub/adapters"
)

// Neighbour is a machine on the network.
type Neighbour struct {
	MAC  string // "a0:b1:c2:d3:e4:f5"
	Addr netip.Addr
}

// neighbours reads Linux's table of IPv4 neighbours; elsewhere there is none, and nobody is found by its hardware address.
func neighbours() ([]Neighbour, error) {
	b, err := os.ReadFile("/proc/net/arp")
	if os.IsNotExist(err) {
		return nil, nil
	}
	return parseARP(b), err
}

// complete is the flag of an entry whose hardware address is known (ATF_COM of linux/if_arp.h).
const complete = "0x2"

// parseARP reads lines of "192.0.2.7 0x1 0x2 a0:b1:c2:d3:e4:f5 * eth0".
func parseARP(b []byte) (out []Neighbour) {
	for line := range bytes.Lines(b) {
		f := strings.Fields(string(line))
		if len(f) < 6 || f[2] != complete {
			continue
		}
		if addr, err := netip.ParseAddr(f[0]); err == nil && f[3] != "00:00:00:00:00:00" {
			out = append(out, Neighbour{strings.ToLower(f[3]), addr})
		}
	}
	return out
}

// watch tells of neighbours whose hardware address begins so.
func (s *Seeker) watch(ctx context.Context, name, prefix string, told *told) {
	prefix = strings.ToLower(prefix)
	s.every(ctx, func() {
		all, err := s.o.Neighbours()
		if err != nil {
			s.o.Logger.Warn("the network's neighbours cannot be read", "plugin", name, "err", err)
		}
		for _, n := range all {
			if strings.HasPrefix(n.MAC, prefix) {
				told.tell("mac", adapters.Found{Key: "mac/" + n.MAC, Type: prefix, Instance: n.MAC, Addrs: []netip.Addr{n.Addr}, TXT: map[string]string{"mac": n.MAC}}, n.Addr.String())
			}
		}
	})
}
