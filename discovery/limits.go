package discovery

import (
	"net/netip"
	"time"
)

// obtain returns the entry called id, making it if the caps allow.
func (c *Cache) obtain(id string, from netip.Addr, now time.Time) (e *entry, created bool) {
	if e := c.entries[id]; e != nil {
		return e, false
	}
	from = from.WithZone("")
	if !c.makeRoom(from, now) {
		c.refused++
		return nil, false
	}
	e = &entry{id: id, from: from, born: now, heard: now, expires: now.Add(partialLife)}
	c.entries[id] = e
	if c.senders[from] == nil {
		c.senders[from] = map[*entry]bool{}
	}
	c.senders[from][e] = true
	return e, true
}

// makeRoom sees to it that one more entry from this sender fits. A sender at
// its cap can replace only what it lost itself. A full cache takes from the
// sender with the most entries, so a flood cannot crowd out the others.
// It looks for such a sender once a second at most, since that is dear.
func (c *Cache) makeRoom(from netip.Addr, now time.Time) bool {
	if len(c.senders[from]) >= c.limits.PerHost {
		return c.evict(c.senders[from], false)
	}
	if len(c.entries) < c.limits.Services {
		return true
	}
	if now.Before(c.fullUntil) {
		return false
	}
	fattest := from
	for sender, own := range c.senders {
		if len(own) > len(c.senders[fattest]) {
			fattest = sender
		}
	}
	if c.evict(c.senders[fattest], len(c.senders[fattest]) > len(c.senders[from])+1) {
		return true
	}
	c.fullUntil = now.Add(time.Second)
	return false
}

// evict removes one of the entries: the oldest gone or unresolved one, or the
// newest living one if force is set.
func (c *Cache) evict(entries map[*entry]bool, force bool) bool {
	var idle, newest *entry
	for e := range entries {
		if !e.alive() && (idle == nil || e.heard.Before(idle.heard)) {
			idle = e
		}
		if newest == nil || e.born.After(newest.born) {
			newest = e
		}
	}
	switch {
	case idle != nil:
		if idle.told == nil {
			c.refused++
		}
		c.remove(idle)
	case force && newest != nil:
		if newest.alive() {
			c.evicted = append(c.evicted, gone(*newest.told, GoneExpired))
		}
		c.remove(newest)
		c.refused++
	default:
		return false
	}
	return true
}

// remove forgets e without a word.
func (c *Cache) remove(e *entry) {
	c.setHost(e, "")
	delete(c.entries, e.id)
	if e.told != nil && c.byKey[e.told.Key()] == e {
		delete(c.byKey, e.told.Key())
	}
	delete(c.senders[e.from], e)
	if len(c.senders[e.from]) == 0 {
		delete(c.senders, e.from)
	}
}
