package homekit

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brutella/hap/accessory"

	"github.com/concord-home/hub/hap/pairing"
)

// Limits of one bridge. A bridge has 150 accessories with itself; a controller keeps one connection, or two.
const (
	maxAccessories = 149
	maxControllers = 16
	maxConns       = 64
	maxBody        = 1 << 20
	// strangerTime is how long a connection may stay without a session.
	strangerTime = 30 * time.Second
	writeTimeout = 5 * time.Second
)

// server is one bridge.
type server struct {
	o         *Options
	log       *slog.Logger
	cams      *cameras
	catalogue atomic.Pointer[catalogue]
	advertise chan struct{} // the advert is another now

	mu       sync.Mutex // guards all below
	rec      bridgeRecord
	desk     *pairing.Desk
	conns    map[*conn]bool
	listener net.Listener
	last     map[id]any // the values that were told last

	announced bool
	problem   string // why it does not serve or is not announced
}

func newServer(o *Options, cams *cameras, rec bridgeRecord) *server {
	s := &server{o: o, cams: cams, log: o.Logger.With("bridge", rec.Name), rec: rec, conns: map[*conn]bool{}, last: map[id]any{}, advertise: make(chan struct{}, 1)}
	s.catalogue.Store(newCatalogue())
	s.openDesk()
	return s
}

func (s *server) openDesk() {
	s.desk = pairing.NewDesk(pairing.DeskOptions{Me: s.rec.identity(), Code: s.rec.Code, Now: s.o.Now,
		Paired: func() bool { return len(s.record().Controllers) > 0 },
		Pair: func(p pairing.Peer) error {
			return s.change(func(r *bridgeRecord) error {
				r.Controllers, r.Tries = append(r.Controllers, controller{p.ID, p.Public, true}), 0
				return nil
			})
		},
		Tries: s.rec.Tries,
		Tried: func(n int) error {
			return s.change(func(r *bridgeRecord) error { r.Tries = n; return nil })
		}})
}

// setup answers a message of pair-setup.
func (s *server) setup(c *conn, body []byte) []byte {
	s.mu.Lock()
	desk := s.desk
	s.mu.Unlock()
	return desk.Answer(c, body)
}

// show puts a new catalogue in the place of the old. The configuration number rises when the structure is another.
func (s *server) show(c *catalogue) error {
	shape := shapeOf(c.list)
	s.catalogue.Store(c)
	s.cams.end(func(key streamKey, x *relay) bool { return x.owner.s == s && c.streams[key] == nil })
	if s.record().Shape == shape {
		return nil
	}
	return s.change(func(r *bridgeRecord) error {
		r.Shape = shape
		r.Config = r.Config%65535 + 1
		return nil
	})
}

// shapeOf is a hash of all but the values.
func shapeOf(list []*accessory.A) string {
	h := sha512.New()
	for _, a := range list {
		fmt.Fprintf(h, "a%d %q\n", a.Id, a.Name())
		for _, s := range a.Ss {
			fmt.Fprintf(h, "s%d %s %v\n", s.Id, s.Type, s.Primary)
			for _, l := range s.Linked {
				fmt.Fprintf(h, "l%d\n", l.Id)
			}
			for _, c := range s.Cs {
				fmt.Fprintf(h, "c%d %s %v %s %s %v %v %v %v\n", c.Id, c.Type, c.Permissions, c.Format, c.Unit, c.MinVal, c.MaxVal, c.StepVal, c.ValidVals)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// run serves until the context ends.
func (s *server) run(ctx context.Context, l net.Listener) {
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	var running sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	running.Go(func() { s.announce(ctx) })
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				break
			}
			s.log.Warn("a HomeKit connection was not accepted", "err", err)
			select { // out of file descriptors, most likely
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		conn := newConn(s, c)
		if !s.admit(conn) {
			_ = c.Close()
			continue
		}
		running.Go(func() {
			defer s.left(conn)
			conn.serve(ctx)
		})
	}
	s.closeConns(func(*conn) bool { return true })
	running.Wait()
}

// admit makes room for a connection: the oldest that never showed who it is goes first.
func (s *server) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= maxConns {
		var oldest *conn
		for x := range s.conns {
			if x.stranger.Load() && (oldest == nil || x.began.Before(oldest.began)) {
				oldest = x
			}
		}
		if oldest == nil {
			return false
		}
		_ = oldest.w.Close()
		delete(s.conns, oldest)
	}
	s.conns[c] = true
	return true
}

func (s *server) left(c *conn) {
	_ = c.w.Close()
	s.cams.end(func(_ streamKey, x *relay) bool { return x.owner == c })
	s.mu.Lock()
	desk := s.desk
	delete(s.conns, c)
	s.mu.Unlock()
	desk.Left(c)
}

// closeConns ends connections.
func (s *server) closeConns(which func(*conn) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if which(c) {
			_ = c.w.Close()
		}
	}
}

// tell sends the values of some points, where they are others than those told last, to whoever asked for it.
func (s *server) tell(points []*point) {
	view := s.o.House.View()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range points {
		if !p.c.IsObservable() {
			continue
		}
		v, status := p.read(view)
		if status != statusOK {
			delete(s.last, p.id)
			continue
		}
		if old, told := s.last[p.id]; told && old == v {
			continue
		}
		s.last[p.id] = v
		for c := range s.conns {
			c.push(p.id, v, false)
		}
	}
}

// press sends a button's press, each by itself and at once.
func (s *server) press(p *point, kind int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.push(p.id, int64(kind), true)
	}
}
