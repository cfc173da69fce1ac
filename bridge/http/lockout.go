package httpapi

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of wrong log-ins.
const (
	freeTries    = 5                // wrong tries from one address before it has to wait
	firstLockout = 2 * time.Second  // doubled by each further wrong try
	lastLockout  = 15 * time.Minute //
	forgetAfter  = time.Hour        // without a wrong try
	keepClients  = 4096             // addresses remembered
	allTries     = 5                // tries a second from everywhere together
	allBurst     = 20
	maxHashing   = 2 // passwords hashed at the same time: each takes 19 MiB
)

// lockout slows down who guesses passwords: by address, with waits that grow, and all
// together. The address is that of the connection: headers can say anything.
type lockout struct {
	now     func() time.Time
	hashing chan struct{}

	mu      sync.Mutex
	all     *rate.Limiter
	clients map[string]*wrongTries
}

type wrongTries struct {
	count int
	until time.Time
	last  time.Time
}

func newLockout(now func() time.Time) *lockout {
	return &lockout{now: now, hashing: make(chan struct{}, maxHashing), all: rate.NewLimiter(allTries, allBurst), clients: map[string]*wrongTries{}}
}

// wait is how long the client must wait before the next try; 0 when it may try now. A try is counted as wrong
// until [lockout.right] says otherwise: many at the same time are no way around.
func (l *lockout) wait(client string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	w := l.clients[client]
	if w == nil || now.Sub(w.last) > forgetAfter {
		l.makeRoom(now)
		w = &wrongTries{}
		l.clients[client] = w
	}
	if now.Before(w.until) {
		return w.until.Sub(now)
	}
	if !l.all.AllowN(now, 1) {
		return time.Second
	}
	w.count++
	w.last = now
	if over := w.count - freeTries; over >= 0 {
		w.until = now.Add(min(lastLockout, firstLockout<<min(over, 16)))
	}
	return 0
}

// right takes back that the client's last try counted as wrong. Earlier wrong tries still count: else
// whoever has an account could guess at another's for ever, with a log-in of the own in between.
func (l *lockout) right(client string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.clients[client]; w != nil && w.count > 0 {
		w.count--
		w.until = time.Time{}
	}
}

// makeRoom drops the clients whose last wrong try is longest ago.
func (l *lockout) makeRoom(now time.Time) {
	if len(l.clients) < keepClients {
		return
	}
	oldest, at := "", now
	for c, w := range l.clients {
		if now.Sub(w.last) > forgetAfter {
			delete(l.clients, c)
		} else if w.last.Before(at) || oldest == "" {
			oldest, at = c, w.last
		}
	}
	if len(l.clients) >= keepClients {
		delete(l.clients, oldest)
	}
}

// clientKey is the address that counts as one client: an IPv4 address, or an IPv6 network of /64,
// since whoever has one address of it has them all.
func clientKey(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
