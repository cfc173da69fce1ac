package discovery

import (
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

const (
	maxAsks     = 4 // for one missing record, over about 8 s
	asksForTXT  = 3 // after so many, a service without TXT is told as it is
	firstAsk    = 100 * time.Millisecond
	askAgain    = time.Minute      // before a new series, if the service speaks again
	moveTimeout = 10 * time.Second // for the addresses of a new host name
)

// Apply takes in one mDNS response and returns what it changed.
func (c *Cache) Apply(p Packet, now time.Time) []Change {
	touched := map[*entry]bool{}
	for _, typ := range [...]uint16{dns.TypePTR, dns.TypeSRV, dns.TypeTXT} {
		for _, r := range p.Records {
			if r.Type == typ {
				c.applyInstance(p, r, now, touched)
			}
		}
	}
	for _, r := range p.Records {
		c.applyAddress(p, r, now, touched)
	}
	for _, r := range p.Records {
		if h := c.hosts[fold(r.Name)]; h != nil && r.Flush && r.TTL > 0 && r.Addr.IsValid() {
			h.flush(r.Addr.Is4(), p.Interface, now)
		}
	}
	changes := c.takeEvicted()
	for e := range touched {
		if c.entries[e.id] != e { // evicted or replaced within this packet
			continue
		}
		changes = c.settle(e, now, changes)
		e.wantMissing(now)
	}
	sortChanges(changes)
	return changes
}

// applyInstance takes in a PTR, SRV or TXT record.
func (c *Cache) applyInstance(p Packet, r Record, now time.Time, touched map[*entry]bool) {
	name := r.Name
	if r.Type == dns.TypePTR {
		if fold(name) == metaName {
			c.learnType(r, now)
			return
		}
		name = r.Target
	}
	instance, typ, ok := splitInstance(name)
	if !ok || r.Type == dns.TypePTR && fold(r.Name) != typ+".local." { // a subtype's PTR, or a stray
		return
	}
	id := ProtoMDNS + "/" + fold(name)
	if r.TTL == 0 {
		if e := c.entries[id]; e != nil && r.Type != dns.TypeTXT {
			e.sayGoodbye(now)
		}
		return
	}
	e, created := c.obtain(id, p.From, now)
	if e == nil {
		return
	}
	if created || r.Type == dns.TypePTR {
		e.name = name
		e.base = Service{Proto: ProtoMDNS, Type: typ, Instance: instance, State: Alive}
	}
	e.base.Interface = p.Interface
	e.heard = now
	touched[e] = true
	c.applyData(e, r, now)
}

// applyData records what a living record says of e.
func (c *Cache) applyData(e *entry, r Record, now time.Time) {
	if r.Type == dns.TypeTXT {
		e.txt, e.text = r.TXT, lease{from: now, ttl: r.TTL}
		return
	}
	e.goodbye, e.check = time.Time{}, time.Time{} // it lives
	if r.Type == dns.TypeSRV && r.Target != "." {
		e.srv, e.port = lease{from: now, ttl: r.TTL}, r.Port
		c.setHost(e, r.Target)
	}
}

// learnType remembers a service type from the meta-query's answer.
func (c *Cache) learnType(r Record, now time.Time) {
	typ, ok := typeOf(r.Target)
	if !ok || r.TTL == 0 {
		return
	}
	if _, known := c.types[typ]; known || len(c.types) < maxTypes {
		c.types[typ] = now.Add(max(r.TTL, 10*time.Minute))
	}
}

// applyAddress takes in an A or AAAA record of a host that a service is on;
// others are asked for when they are needed.
func (c *Cache) applyAddress(p Packet, r Record, now time.Time, touched map[*entry]bool) {
	h := c.hosts[fold(r.Name)]
	addr, ok := usable(r.Addr, p)
	if h == nil || !ok {
		return
	}
	if r.TTL > 0 {
		h.put(addr, p.Interface, r.TTL, now)
		h.markUsers(touched)
		return
	}
	for _, a := range h.addrs {
		if a.addr == addr {
			a.retire(now)
		}
	}
}

// usable refuses addresses that no device on the LAN can have, and gives
// link-local ones their zone.
func usable(addr netip.Addr, p Packet) (netip.Addr, bool) {
	switch {
	case !addr.IsValid(), addr.IsUnspecified(), addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return addr, false
	case addr.IsLoopback() && !p.Loopback:
		return addr, false // would make the hub talk to itself
	case addr.Is6() && addr.IsLinkLocalUnicast():
		return addr.WithZone(p.Interface), true
	}
	return addr, true
}

// setHost points e at a host name; "" at none.
func (c *Cache) setHost(e *entry, name string) {
	if e.host != nil && name != "" && e.host == c.hosts[fold(name)] {
		return
	}
	if e.host != nil {
		delete(e.host.users, e)
		if len(e.host.users) == 0 {
			delete(c.hosts, fold(e.host.name))
		}
		e.host = nil
	}
	if name == "" {
		return
	}
	h := c.hosts[fold(name)]
	if h == nil {
		h = &host{name: name, users: map[*entry]bool{}}
		c.hosts[fold(name)] = h
	}
	h.users[e] = true
	e.host = h
}

// sayGoodbye starts the grace of one second in which e may still be rescued.
func (e *entry) sayGoodbye(now time.Time) {
	if e.goodbye.IsZero() && (e.told == nil || e.alive()) {
		e.goodbye, e.check = now.Add(goodbyeGrace), now.Add(goodbyeCheck)
	}
}

// service returns the snapshot of e, if enough is known for one.
func (e *entry) service(now time.Time) (Service, bool) {
	s := e.base
	s.LastSeen = e.heard
	if e.name == "" { // SSDP comes whole
		s.Expires = e.srv.expires()
		return s, e.srv.expires().After(now)
	}
	if !e.srv.expires().After(now) || e.host == nil || len(e.host.addrs) == 0 || e.txt == nil && e.asks < asksForTXT {
		return s, false
	}
	s.Host, s.Port, s.TXT, s.Addrs = hostOf(e.host.name), e.port, e.txt, e.host.list()
	s.Expires = e.srv.expires()
	if t := e.host.expires(); t.Before(s.Expires) {
		s.Expires = t
	}
	return s, true
}

// wantMissing starts asking for what is missing, and lets a service whose new
// host cannot be found expire soon.
func (e *entry) wantMissing(now time.Time) {
	_, whole := e.service(now)
	if whole && e.txt != nil {
		e.asks = 0
		return
	}
	if e.alive() && !whole {
		if limit := now.Add(moveTimeout); e.expires.After(limit) {
			e.expires = limit
		}
	}
	if e.asks >= maxAsks && !e.alive() && now.Sub(e.lastAsk) > askAgain {
		e.asks = 0
	}
	if e.nextAsk.IsZero() && e.asks == 0 {
		e.nextAsk = now.Add(firstAsk)
	}
}
