package mqtt

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// gate accepts connections and lets mochi see one only after its whole CONNECT packet
// has arrived in time: until then a connection costs a goroutine and a few hundred
// bytes. It implements mochi's listeners.Listener.
type gate struct {
	ln     net.Listener
	limits Limits
	count  *counters
	log    *slog.Logger
	// left is told of a connection that is finished, before its done is closed.
	left func(*gateConn)
	// goodbye tells logged-in clients that the broker ends.
	goodbye func()

	mu       sync.Mutex
	closed   bool
	conns    map[*gateConn]struct{}
	perAddr  map[netip.Addr]int
	preLogin []*gateConn // oldest first, at most limits.PreLogin
	wg       sync.WaitGroup
}

func newGate(ln net.Listener, limits Limits, count *counters, log *slog.Logger, left func(*gateConn), goodbye func()) *gate {
	return &gate{ln: ln, limits: limits, count: count, log: log, left: left, goodbye: goodbye,
		conns: make(map[*gateConn]struct{}), perAddr: make(map[netip.Addr]int)}
}

func (g *gate) ID() string              { return "gate" }
func (g *gate) Address() string         { return g.ln.Addr().String() }
func (g *gate) Protocol() string        { return g.ln.Addr().Network() }
func (g *gate) Init(*slog.Logger) error { return nil }

// Serve accepts until the listener is closed. Running out of file descriptors is waited
// out: it is no reason to stop serving.
func (g *gate) Serve(establish listeners.EstablishFn) {
	const pause = 100 * time.Millisecond
	for {
		c, err := g.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			g.log.Warn("cannot accept MQTT connections for now", "error", err)
			time.Sleep(pause)
			continue
		}
		conn := newGateConn(c, g.limits.WriteTimeout)
		if !g.admit(conn) {
			_ = c.Close()
			continue
		}
		go g.serve(conn, establish)
	}
}

// admit counts conn in, pushing out the oldest connection that has not logged in when
// there are too many of those. It reports false if conn must be refused.
func (g *gate) admit(conn *gateConn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if !conn.addr.IsLoopback() && g.perAddr[conn.addr] >= g.limits.PerAddress {
		g.count.connectionsRefused.Add(1)
		return false
	}
	sameAddr := func(c *gateConn) bool { return c.addr == conn.addr }
	n := 0
	for _, c := range g.preLogin {
		if sameAddr(c) {
			n++
		}
	}
	if n >= g.limits.PreLoginPerIP {
		g.pushOut(slices.IndexFunc(g.preLogin, sameAddr))
	} else if len(g.preLogin) >= g.limits.PreLogin {
		g.pushOut(0)
	}
	g.preLogin = append(g.preLogin, conn)
	g.conns[conn] = struct{}{}
	g.perAddr[conn.addr]++
	g.wg.Add(1)
	return true
}

func (g *gate) pushOut(i int) {
	_ = g.preLogin[i].Conn.Close()
	g.preLogin = slices.Delete(g.preLogin, i, i+1)
	g.count.loginsTimedOut.Add(1)
}

// loggedIn takes conn out of those that are pushed out.
func (g *gate) loggedIn(conn *gateConn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.preLogin, conn); i >= 0 {
		g.preLogin = slices.Delete(g.preLogin, i, i+1)
	}
}

// serve runs one connection from CONNECT to its end.
func (g *gate) serve(conn *gateConn, establish listeners.EstablishFn) {
	defer g.leave(conn)
	defer func() {
		// mochi's decoders index past the end of some packets (a v5 SUBSCRIBE without its
		// options byte, for one); a device must not end the hub with that.
		if r := recover(); r != nil {
			g.count.panics.Add(1)
			g.log.Error("MQTT client made the broker panic and was cut off",
				"address", conn.addr, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	_ = conn.Conn.SetReadDeadline(time.Now().Add(g.limits.LoginTimeout))
	first, err := readConnect(conn.Conn, g.limits.LoginPacket)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		g.count.loginsTimedOut.Add(1)
	case errors.Is(err, errNotConnect):
		g.count.loginsMalformed.Add(1)
	}
	if err != nil {
		g.log.Debug("MQTT connection refused", "address", conn.addr, "error", err)
		return
	}
	conn.first = first
	if err := establish(g.ID(), conn); err != nil {
		g.log.Debug("MQTT connection ended", "address", conn.addr, "error", err)
	}
}

func (g *gate) leave(conn *gateConn) {
	_ = conn.Conn.Close()
	g.loggedIn(conn)
	g.mu.Lock()
	delete(g.conns, conn)
	if g.perAddr[conn.addr]--; g.perAddr[conn.addr] == 0 {
		delete(g.perAddr, conn.addr)
	}
	g.mu.Unlock()
	g.left(conn)
	close(conn.done)
	g.wg.Done()
}

// Close stops accepting, says goodbye, cuts off whoever is left and waits until every
// connection is finished. mochi's own goodbye is not used: it takes a read lock twice, and
// hangs for ever if a client ends between the two.
func (g *gate) Close(listeners.CloseFn) {
	g.mu.Lock()
	g.closed = true
	for conn := range g.conns { // whoever is not reading now does not delay the end
		conn.hurry()
	}
	g.mu.Unlock()
	_ = g.ln.Close()
	g.goodbye()
	g.mu.Lock()
	for conn := range g.conns {
		_ = conn.Conn.Close()
	}
	g.mu.Unlock()
	g.wg.Wait()
}
