package mqtt

import (
	"net/netip"
	"sync"
	"time"
)

// Failed logins allowed in a window. The tighter limit is per address and user, so that
// one device with a stale password does not lock out its neighbours behind the same
// address (containers, a proxy, the hub's own machine).
const (
	failWindow      = time.Minute
	failsPerUser    = 5
	failsPerAddress = 60
	throttleEntries = 8192
)

// throttle counts failed logins. A blocked login is refused before its password is looked
// at, right or wrong, and does not count, so a block ends failWindow after it began.
type throttle struct {
	now func() time.Time

	mu    sync.Mutex
	fails map[throttleKey]failCount
}

// throttleKey is an address and a user, or an address alone if user is empty and
// wholeAddress set.
type throttleKey struct {
	addr         netip.Addr
	user         string
	wholeAddress bool
}

type failCount struct {
	n     int
	until time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, fails: make(map[throttleKey]failCount)}
}

// blocked reports whether a login must be refused unseen.
func (t *throttle) blocked(addr netip.Addr, user string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	over := func(k throttleKey, limit int) bool {
		c := t.fails[k]
		return c.n >= limit && now.Before(c.until)
	}
	return over(throttleKey{addr: addr, user: user}, failsPerUser) ||
		over(throttleKey{addr: addr, wholeAddress: true}, failsPerAddress)
}

// failed counts one failed login.
func (t *throttle) failed(addr netip.Addr, user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, k := range []throttleKey{{addr: addr, user: user}, {addr: addr, wholeAddress: true}} {
		c := t.fails[k]
		if !now.Before(c.until) {
			c = failCount{until: now.Add(failWindow)}
		}
		c.n++
		t.fails[k] = c
	}
	if len(t.fails) > throttleEntries {
		t.prune(now)
	}
}

// prune forgets what has run out and, if that is not enough, user entries: the entry of
// the whole address still holds whoever invents user names to get here.
func (t *throttle) prune(now time.Time) {
	for k, c := range t.fails {
		if !now.Before(c.until) {
			delete(t.fails, k)
		}
	}
	for k := range t.fails {
		if len(t.fails) <= throttleEntries/2 {
			return
		}
		if !k.wholeAddress {
			delete(t.fails, k)
		}
	}
}
