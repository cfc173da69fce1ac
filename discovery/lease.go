package discovery

import (
	"net/netip"
	"slices"
	"time"
)

// askAt are the parts of a TTL, in per cent, after which a record is asked for
// again (RFC 6762 §5.2).
var askAt = [...]int{80, 85, 90, 95}

// lastAsks is the first index into askAt from which the whole type is browsed
// too, for responders that answer nothing narrower.
const lastAsks = 2

// lease is the life of one record. The zero lease is of a record not known.
type lease struct {
	from  time.Time
	ttl   time.Duration
	asked int // how many of askAt have been used
}

func (l lease) known() bool        { return l.ttl > 0 }
func (l lease) expires() time.Time { return l.from.Add(l.ttl) }

// nextAsk returns when to ask for the record again, or the zero time. The
// name spreads the questions of a crowd over 2 % of the TTL.
func (l lease) nextAsk(name string) time.Time {
	if !l.known() || l.asked >= len(askAt) {
		return time.Time{}
	}
	jitter := l.ttl / 50 * time.Duration(spread(name)) / 64
	return l.from.Add(l.ttl/100*time.Duration(askAt[l.asked]) + jitter)
}

// spread maps a name to 0..63 evenly and the same way every time (FNV-1a).
func spread(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return (h >> 16) % 64
}

// due reports whether the record should be asked for, and counts the question.
func (l *lease) due(name string, now time.Time) bool {
	due := false
	for t := l.nextAsk(name); !t.IsZero() && !t.After(now); t = l.nextAsk(name) {
		l.asked++
		due = true
	}
	return due
}

// host is a name that services point to, with its addresses.
type host struct {
	name  string // as last written
	users map[*entry]bool
	addrs []*address
}

type address struct {
	lease
	addr     netip.Addr
	iface    string
	flushing bool // a newer set replaced it; it has one second left
}

// expires returns when the last address runs out.
func (h *host) expires() time.Time {
	var last time.Time
	for _, a := range h.addrs {
		if t := a.expires(); t.After(last) {
			last = t
		}
	}
	return last
}

// list returns the addresses, IPv4 first, replaced ones last in each family.
func (h *host) list() []netip.Addr {
	sorted := slices.Clone(h.addrs)
	slices.SortFunc(sorted, func(a, b *address) int {
		switch {
		case a.addr.Is4() != b.addr.Is4():
			return order(a.addr.Is4())
		case a.flushing != b.flushing:
			return order(b.flushing)
		}
		return a.addr.Compare(b.addr)
	})
	out := make([]netip.Addr, len(sorted))
	for i, a := range sorted {
		out[i] = a.addr
	}
	return out
}

func order(first bool) int {
	if first {
		return -1
	}
	return 1
}

// dropExpired removes addresses that ran out and reports whether it did.
func (h *host) dropExpired(now time.Time) bool {
	n := len(h.addrs)
	h.addrs = slices.DeleteFunc(h.addrs, func(a *address) bool { return !a.expires().After(now) })
	return len(h.addrs) < n
}

func (h *host) markUsers(touched map[*entry]bool) {
	for e := range h.users {
		touched[e] = true
	}
}

// put records an address heard with a TTL above zero.
func (h *host) put(addr netip.Addr, iface string, ttl time.Duration, now time.Time) {
	fresh := lease{from: now, ttl: ttl}
	for _, a := range h.addrs {
		if a.addr == addr {
			a.lease, a.iface, a.flushing = fresh, iface, false
			return
		}
	}
	if len(h.addrs) < maxHostAddrs {
		h.addrs = append(h.addrs, &address{lease: fresh, addr: addr, iface: iface})
	}
}

// flush gives one more second to the addresses of a family that were heard on
// an interface more than a second ago (RFC 6762 §10.2).
func (h *host) flush(is4 bool, iface string, now time.Time) {
	for _, a := range h.addrs {
		if a.addr.Is4() == is4 && a.iface == iface && now.Sub(a.from) > time.Second {
			a.retire(now)
		}
	}
}

// retire leaves the address one second, unless it has less.
func (a *address) retire(now time.Time) {
	if end := now.Add(time.Second); a.expires().After(end) {
		a.from, a.ttl = now, time.Second
	}
	a.asked, a.flushing = len(askAt), true
}
