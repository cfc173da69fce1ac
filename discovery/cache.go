package discovery

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	goodbyeGrace = time.Second      // RFC 6762 §10.1
	goodbyeCheck = goodbyeGrace / 4 // when a goodbye is questioned
	partialLife  = time.Minute      // how long an unresolved instance is kept
	goneLife     = 24 * time.Hour   // how long a gone service is remembered
	maxHostAddrs = 16
	maxTypes     = 32 // service types learned from the meta-query
)

// Limits bounds a Cache. Zero fields take the defaults.
type Limits struct {
	Services int // services kept in all, gone and unresolved ones included; default 4096
	PerHost  int // of those, from one sender address; default 64
}

func (l Limits) withDefaults() Limits {
	if l.Services <= 0 {
		l.Services = 4096
	}
	if l.PerHost <= 0 {
		l.PerHost = 64
	}
	return l
}

// Cache turns what was heard into changes. It is pure: it reads no clock and
// does no I/O; the caller passes the time and sends the questions. It is not
// safe for concurrent use. Times passed in should not go backwards.
type Cache struct {
	limits  Limits
	entries map[string]*entry // by protocol and folded full name
	byKey   map[string]*entry // told entries by Service.Key
	senders map[netip.Addr]map[*entry]bool
	hosts   map[string]*host // by folded host name
	types   map[string]time.Time
	evicted []Change // not yet returned
	refused uint64

	fullUntil time.Time // no room was found; do not look before
}

// NewCache returns an empty cache.
func NewCache(l Limits) *Cache {
	return &Cache{
		limits:  l.withDefaults(),
		entries: map[string]*entry{},
		byKey:   map[string]*entry{},
		senders: map[netip.Addr]map[*entry]bool{},
		hosts:   map[string]*host{},
		types:   map[string]time.Time{},
	}
}

// entry is one service: what was heard of it, and what was told about it.
type entry struct {
	id, name  string // name is the full mDNS name; empty for SSDP
	from      netip.Addr
	base      Service // protocol, type, instance and interface; all of it for SSDP
	born      time.Time
	heard     time.Time
	host      *host // of the SRV; nil until known
	port      int
	srv, text lease
	txt       map[string]string // nil until known
	told      *Service          // last told; nil while unresolved
	expires   time.Time         // of the told service, or of the entry when it is gone or unresolved
	goodbye   time.Time         // when a pending goodbye takes effect; zero if none
	check     time.Time         // when to question a goodbye; zero if not
	asks      int               // questions sent for missing records
	lastAsk   time.Time
	nextAsk   time.Time // when to send the next; zero if none is wanted
}

func (e *entry) alive() bool { return e.told != nil && e.told.State == Alive }

// Refused counts the records that found no room for their service, and the
// living or unresolved services dropped to make room, both for the caps.
func (c *Cache) Refused() uint64 { return c.refused }

// Services returns everything told so far, gone services included, sorted by
// key.
func (c *Cache) Services() []Service {
	out := make([]Service, 0, len(c.entries))
	for _, e := range c.entries {
		if e.told != nil {
			out = append(out, *e.told)
		}
	}
	slices.SortFunc(out, func(a, b Service) int { return strings.Compare(a.Key(), b.Key()) })
	return out
}

// Types returns the service types turned up by the meta-query, sorted.
func (c *Cache) Types() []string {
	out := make([]string, 0, len(c.types))
	for t := range c.types {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// Expire lets pending goodbyes, expired records and forgotten services take
// effect. Call it when NextDeadline has come.
func (c *Cache) Expire(now time.Time) []Change {
	touched := map[*entry]bool{}
	for _, h := range c.hosts {
		if h.dropExpired(now) {
			h.markUsers(touched)
		}
	}
	var changes []Change
	for e := range touched {
		if c.entries[e.id] == e && e.expires.After(now) {
			changes = c.settle(e, now, changes)
		}
	}
	for _, e := range c.entries {
		if !e.alive() && e.asks >= asksForTXT {
			changes = c.settle(e, now, changes)
		}
		switch {
		case !e.goodbye.IsZero() && !e.goodbye.After(now):
			changes = c.leave(e, GoneGoodbye, now, changes)
		case !e.expires.After(now) && e.alive():
			changes = c.leave(e, GoneExpired, now, changes)
		case !e.expires.After(now):
			c.remove(e)
		}
	}
	for t, until := range c.types {
		if !until.After(now) {
			delete(c.types, t)
		}
	}
	sortChanges(changes)
	return changes
}

// NextDeadline returns when Expire or Questions has work next, or the zero
// time when nothing is pending.
func (c *Cache) NextDeadline() time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, e := range c.entries {
		sooner(e.expires)
		sooner(e.goodbye)
		sooner(e.check)
		sooner(e.nextAsk)
		if e.name != "" && e.alive() {
			sooner(e.srv.nextAsk(e.id))
			sooner(e.text.nextAsk(e.id))
		}
	}
	for name, h := range c.hosts {
		for _, a := range h.addrs {
			sooner(a.expires())
			sooner(a.nextAsk(name))
		}
	}
	return next
}

// settle compares what is known of e with what was told of it.
func (c *Cache) settle(e *entry, now time.Time, changes []Change) []Change {
	s, ok := e.service(now)
	if !ok {
		return changes
	}
	e.nextAsk = time.Time{}
	if e.told != nil && e.told.Key() != s.Key() { // the device took another identity
		if e.alive() {
			changes = append(changes, gone(*e.told, GoneGoodbye))
		}
		delete(c.byKey, e.told.Key())
		e.told = nil
	}
	was := e.told
	if other := c.byKey[s.Key()]; other != nil && other != e { // the device took another name
		was = other.told
		c.remove(other)
	}
	s.FirstSeen = e.born
	kind := Appeared
	if was != nil {
		s.FirstSeen = was.FirstSeen
		kind = Updated
		if was.State != Alive {
			kind = Returned
		}
	}
	e.told, e.expires = &s, s.Expires
	c.byKey[s.Key()] = e
	if kind == Updated && was.sameFacts(s) {
		return changes
	}
	return append(changes, Change{Kind: kind, Service: s, Was: was})
}

// takeEvicted returns what was pushed out for the caps since the last call.
func (c *Cache) takeEvicted() []Change {
	out := c.evicted
	c.evicted = nil
	return out
}

// leave ends e: a told service is remembered as gone, another forgotten.
func (c *Cache) leave(e *entry, why State, now time.Time, changes []Change) []Change {
	e.goodbye, e.check, e.nextAsk, e.asks = time.Time{}, time.Time{}, time.Time{}, 0
	if !e.alive() {
		if e.told == nil {
			c.remove(e)
		}
		return changes
	}
	if why == GoneGoodbye && e.name != "" {
		e.check = now.Add(2 * time.Second) // past the responder's own rate limit, RFC 6762 §6
	}
	change := gone(*e.told, why)
	c.setHost(e, "")
	e.srv, e.text, e.txt = lease{}, lease{}, nil
	e.told, e.expires = &change.Service, now.Add(goneLife)
	return append(changes, change)
}

func gone(was Service, why State) Change {
	s, kind := was, Expired
	s.State = why
	if why == GoneGoodbye {
		kind = Goodbye
	}
	return Change{Kind: kind, Service: s, Was: &was}
}

// sortChanges makes the order of changes independent of map order.
func sortChanges(changes []Change) {
	slices.SortStableFunc(changes, func(a, b Change) int {
		return strings.Compare(a.Service.Key(), b.Service.Key())
	})
}
