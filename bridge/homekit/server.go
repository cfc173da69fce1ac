package homekit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
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

// controller is who may use the bridge.
type controller struct {
	ID     string            `json:"id"`
	Public ed25519.PublicKey `json:"public"`
	Admin  bool              `json:"admin"`
}

// bridgeRecord is what is remembered of a bridge.
type bridgeRecord struct {
	Number      int          `json:"number"` // from 1
	ID          string       `json:"id"`     // device id, "AA:BB:CC:DD:EE:FF"
	Key         []byte       `json:"key"`
	Code        string       `json:"code"`
	SetupID     string       `json:"setup_id"`
	Name        string       `json:"name"`
	Config      uint32       `json:"config"` // c#: rises when what is shown changes
	Shape       string       `json:"shape"`  // hash of what was shown at that number
	Controllers []controller `json:"controllers,omitempty"`
	Tries       int          `json:"tries,omitempty"` // wrong codes since it was last paired or reset
}

func (r bridgeRecord) identity() pairing.Identity {
	return pairing.Identity{ID: r.ID, Key: ed25519.PrivateKey(r.Key)}
}

// Advert is what a bridge announces by mDNS.
type Advert struct {
	Name string
	Port int
	TXT  map[string]string
}

// server is one bridge.
type server struct {
	o         *Options
	log       *slog.Logger
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

func newServer(o *Options, rec bridgeRecord) *server {
	s := &server{o: o, log: o.Logger.With("bridge", rec.Name), rec: rec, conns: map[*conn]bool{}, last: map[id]any{}, advertise: make(chan struct{}, 1)}
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

func (s *server) record() bridgeRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rec
	r.Controllers = slices.Clone(r.Controllers)
	return r
}

// change changes what is remembered of the bridge: durably, or not at all.
func (s *server) change(f func(*bridgeRecord) error) error {
	s.mu.Lock()
	r := s.rec
	r.Controllers = slices.Clone(r.Controllers)
	err := f(&r)
	if err == nil {
		err = keepBridge(context.Background(), s.o.Memory, r)
	}
	if err == nil {
		s.rec = r
	}
	s.mu.Unlock()
	select {
	case s.advertise <- struct{}{}:
	default:
	}
	return err
}

func keepBridge(ctx context.Context, m Memory, r bridgeRecord) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := m.Put(ctx, bucketBridges, strconv.Itoa(r.Number), b); err != nil {
		return fmt.Errorf("the HomeKit bridge %s was not kept: %w", r.Name, err)
	}
	return nil
}

// controllerOf finds a paired controller.
func (s *server) controllerOf(id string) (controller, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.rec.Controllers, func(c controller) bool { return c.ID == id })
	if i < 0 {
		return controller{}, false
	}
	return s.rec.Controllers[i], true
}

// show puts a new catalogue in the place of the old. The configuration number rises when the structure is another.
func (s *server) show(c *catalogue) error {
	shape := shapeOf(c.list)
	s.catalogue.Store(c)
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

// advert is what the bridge announces now.
func (s *server) advert() Advert {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := "0"
	if len(s.rec.Controllers) == 0 {
		open = "1"
	}
	sum := sha512.Sum512([]byte(s.rec.SetupID + s.rec.ID))
	port := 0
	if s.listener != nil {
		port = s.listener.Addr().(*net.TCPAddr).Port
	}
	return Advert{Name: s.rec.Name, Port: port, TXT: map[string]string{
		"c#": strconv.Itoa(int(s.rec.Config)), "ff": "0", "id": s.rec.ID, "md": "Concord", "pv": "1.1", "s#": "1", "sf": open, "ci": "2",
		"sh": base64.StdEncoding.EncodeToString(sum[:4]),
	}}
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

// announceAgain is how long after a failure the announcement is tried again.
const announceAgain = 30 * time.Second

// announce keeps the advert up to date.
func (s *server) announce(ctx context.Context) {
	if s.o.Announce == nil {
		return
	}
	for ctx.Err() == nil {
		was := s.advert()
		one, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		failed := make(chan error, 1)
		s.is(true, "")
		go func() {
			defer close(ended)
			failed <- s.o.Announce(one, was)
		}()
		var again <-chan time.Time
		for changed := false; !changed; {
			select {
			case <-ctx.Done():
				changed = true
			case <-again:
				changed = true
			case err := <-failed:
				if err != nil && ctx.Err() == nil {
					s.log.Warn("a HomeKit bridge is not announced on the network", "err", err)
					s.is(false, err.Error())
				}
				again = time.After(announceAgain)
			case <-s.advertise:
				now := s.advert()
				changed = now.Name != was.Name || !equalTXT(now.TXT, was.TXT)
			}
		}
		stop()
		<-ended
	}
	s.is(false, "")
}

// is keeps how the bridge is, for people to see.
func (s *server) is(announced bool, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announced, s.problem = announced, problem
}

func equalTXT(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
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
