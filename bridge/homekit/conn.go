package homekit

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/wire"
)

const (
	contentTLV  = "application/pairing+tlv8"
	contentJSON = "application/hap+json"
	// statusUnauthorized is HAP's own: a session is needed (table 6-7).
	statusUnauthorized = 470
	// calm is the least time between two events to one controller, but for buttons (6.8).
	calm = time.Second
	// maxPresses bounds the presses that wait for a controller.
	maxPresses = 32
)

// conn is one controller's connection. Requests are answered in order; events go between answers.
type conn struct {
	s        *server
	w        *wire.Conn
	r        *wire.Reader
	began    time.Time
	stranger atomic.Bool // no session yet
	verifier *pairing.Verifier
	timed    map[uint64]time.Time // prepared writes: until when; only the serving goroutine

	mu         sync.Mutex // guards all below
	controller string     // whose session it is
	subs       map[id]bool
	pending    map[id]any
	setups     map[streamKey][]byte // what proposals of streams have come to
	order      []id                 // of pending
	presses    []entry
	kick       chan struct{}
}

func newConn(s *server, c net.Conn) *conn {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 4})
	}
	w := wire.NewConn(c, writeTimeout)
	x := &conn{s: s, w: w, r: wire.NewReader(w, maxBody), began: time.Now(), timed: map[uint64]time.Time{},
		subs: map[id]bool{}, pending: map[id]any{}, setups: map[streamKey][]byte{}, kick: make(chan struct{}, 1)}
	x.stranger.Store(true)
	x.verifier = pairing.NewVerifier(s.record().identity(), func(id string) (pairing.Peer, bool) {
		c, ok := s.controllerOf(id)
		return pairing.Peer{ID: c.ID, Public: c.Public}, ok
	})
	return x
}

// answer is what a request comes to.
type answer struct {
	status  int
	content string
	body    []byte
	after   func() error // once the answer is on its way
}

func jsonAnswer(status int, v any) answer {
	b, err := json.Marshal(v)
	if err != nil {
		return answer{status: http.StatusInternalServerError}
	}
	return answer{status: status, content: contentJSON, body: b}
}

// failed is an answer that is but a status.
func failed(http, status int) answer { return jsonAnswer(http, map[string]int{"status": status}) }

// serve answers requests until the connection or the context ends.
func (c *conn) serve(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var events sync.WaitGroup
	defer events.Wait()
	defer stop()
	_ = c.w.SetReadDeadline(c.began.Add(strangerTime))
	for {
		req, err := c.r.Request()
		if err != nil {
			c.s.log.Debug("a HomeKit connection ended", "err", err)
			return
		}
		a := c.handle(ctx, req)
		reason := http.StatusText(a.status)
		if a.status == statusUnauthorized {
			reason = "Connection Authorization Required"
		}
		if _, err := c.w.Write(wire.AppendAnswer(nil, false, a.status, reason, a.content, a.body)); err != nil {
			return
		}
		if a.after == nil {
			continue
		}
		was := c.stranger.Load()
		if a.after() != nil {
			return
		}
		if was && !c.stranger.Load() {
			events.Go(func() { c.sendEvents(ctx) })
		}
	}
}

// handle answers one request.
func (c *conn) handle(ctx context.Context, r wire.Request) answer {
	switch {
	case r.Path == "/pair-setup" && r.Method == http.MethodPost:
		return answer{status: http.StatusOK, content: contentTLV, body: c.s.setup(c, r.Body)}
	case r.Path == "/pair-verify" && r.Method == http.MethodPost:
		return c.verify(r.Body)
	case r.Path == "/identify" && r.Method == http.MethodPost:
		if len(c.s.record().Controllers) > 0 {
			return failed(http.StatusBadRequest, statusForbidden)
		}
		return answer{status: http.StatusNoContent}
	}
	if c.stranger.Load() || !c.allowed() {
		return failed(statusUnauthorized, statusForbidden)
	}
	switch {
	case r.Path == "/accessories" && r.Method == http.MethodGet:
		return jsonAnswer(http.StatusOK, map[string]any{"accessories": c.s.catalogue.Load().list})
	case r.Path == "/characteristics" && r.Method == http.MethodGet:
		return c.get(r.Query)
	case r.Path == "/characteristics" && r.Method == http.MethodPut:
		return c.put(ctx, r.Body)
	case r.Path == "/prepare" && r.Method == http.MethodPut:
		return c.prepare(r.Body)
	case r.Path == "/pairings" && r.Method == http.MethodPost:
		return c.pairings(r.Body)
	case r.Path == "/resource" && r.Method == http.MethodPost:
		return c.resource(ctx, r.Body)
	case r.Path == "/accessories", r.Path == "/characteristics", r.Path == "/prepare", r.Path == "/pairings", r.Path == "/resource":
		return failed(http.StatusMethodNotAllowed, statusForbidden)
	}
	return failed(http.StatusNotFound, statusNoSuch)
}

// allowed reports whether the session's controller is still paired.
func (c *conn) allowed() bool {
	c.mu.Lock()
	who := c.controller
	c.mu.Unlock()
	_, ok := c.s.controllerOf(who)
	return ok
}

// verify answers pair-verify; its last answer goes in the clear, all after it is encrypted.
func (c *conn) verify(body []byte) answer {
	if !c.stranger.Load() {
		return failed(http.StatusBadRequest, statusForbidden)
	}
	b, peer, keys := c.verifier.Answer(body)
	a := answer{status: http.StatusOK, content: contentTLV, body: b}
	if peer != nil {
		a.after = func() error {
			c.mu.Lock()
			c.controller = peer.ID
			c.mu.Unlock()
			c.stranger.Store(false)
			_ = c.w.SetReadDeadline(time.Time{})
			return c.w.Secure(keys.Read, keys.Write, c.r.Early())
		}
	}
	return a
}

// subscribe asks for events of a characteristic, or no longer.
func (c *conn) subscribe(x id, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.subs[x] = true
		return
	}
	delete(c.subs, x)
}

// push queues an event, and never waits: of a value only the newest is kept.
func (c *conn) push(x id, v any, press bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.subs[x] {
		return
	}
	if press {
		if len(c.presses) < maxPresses {
			c.presses = append(c.presses, entryOf(x, v))
		}
	} else {
		if _, waits := c.pending[x]; !waits {
			c.order = append(c.order, x)
		}
		c.pending[x] = v
	}
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// take takes what is to be sent now. Values wait until the controller has been left in peace long enough.
func (c *conn) take(values bool) []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.presses
	c.presses = nil
	if values {
		for _, x := range c.order {
			out = append(out, entryOf(x, c.pending[x]))
		}
		clear(c.pending)
		c.order = c.order[:0]
	}
	return out
}

func (c *conn) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.order) > 0
}

// sendEvents sends what is queued until the context ends or the controller takes no more, which ends the connection.
func (c *conn) sendEvents(ctx context.Context) {
	var last time.Time
	var later <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.kick:
		case <-later:
			later = nil
		}
		rest := calm - time.Since(last)
		batch := c.take(rest <= 0)
		if len(batch) > 0 {
			body, err := json.Marshal(entries{batch})
			if err != nil {
				continue
			}
			if _, err := c.w.Write(wire.AppendAnswer(nil, true, http.StatusOK, "OK", contentJSON, body)); err != nil {
				c.s.log.Debug("a HomeKit controller takes no events", "err", err)
				return
			}
			if rest <= 0 {
				last = time.Now()
			}
		}
		if later == nil && c.waits() {
			later = time.After(max(calm-time.Since(last), time.Millisecond))
		}
	}
}
