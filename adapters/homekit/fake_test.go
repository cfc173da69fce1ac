package homekit

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/tlv8"
	"github.com/concord-home/hub/hap/wire"
	"github.com/concord-home/hub/model"
)

// fake is an accessory on a real socket whose manners a test chooses.
type fake struct {
	t    testing.TB
	me   pairing.Identity
	desk *pairing.Desk
	addr string

	mu       sync.Mutex
	db       string
	values   map[string]string // JSON by "aid.iid"
	statuses map[string]int
	peers    map[string]pairing.Peer
	requests []string
	conns    []*wire.Conn
	becomes  map[string]string                       // JSON of what a write leads to, by "aid.iid"
	resource func(body []byte) (int, []byte)         // answers /resource
	hang     bool                                    // answers no read or write
	spoil    func(req wire.Request, c net.Conn) bool // writes straight to the socket
	listener net.Listener
}

const fakeCode = "031-45-154"

func newFake(t testing.TB, id, db string) *fake {
	f := &fake{t: t, me: pairing.NewIdentity(id), db: db, values: map[string]string{}, statuses: map[string]int{}, peers: map[string]pairing.Peer{}}
	f.desk = pairing.NewDesk(pairing.DeskOptions{Me: f.me, Code: fakeCode, Now: time.Now,
		Paired: func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.peers) > 0 },
		Pair:   func(p pairing.Peer) error { f.mu.Lock(); defer f.mu.Unlock(); f.peers[p.ID] = p; return nil }})
	f.listen("127.0.0.1:0")
	return f
}

func (f *fake) listen(addr string) {
	f.t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	f.addr, f.listener = l.Addr().String(), l
	f.mu.Unlock()
	f.t.Cleanup(func() { f.away() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(c)
		}
	}()
}

// away closes the socket and every connection, as when the accessory loses power.
func (f *fake) away() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.listener.Close()
	for _, c := range f.conns {
		_ = c.Close()
	}
	f.conns = nil
}

func (f *fake) serve(raw net.Conn) {
	c := wire.NewConn(raw, time.Second)
	f.mu.Lock()
	f.conns = append(f.conns, c)
	f.mu.Unlock()
	defer c.Close()
	r := wire.NewReader(c, 1<<20)
	v := pairing.NewVerifier(f.me, func(id string) (pairing.Peer, bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		p, ok := f.peers[id]
		return p, ok
	})
	for {
		req, err := r.Request()
		if err != nil {
			return
		}
		f.mu.Lock()
		f.requests = append(f.requests, req.Method+" "+req.Path+" "+string(req.Body))
		spoil, hang := f.spoil, f.hang
		f.mu.Unlock()
		switch {
		case spoil != nil && spoil(req, raw):
			continue
		case req.Path == "/pair-setup":
			_, _ = c.Write(wire.AppendAnswer(nil, false, 200, "OK", contentTLV, f.desk.Answer(c, req.Body)))
		case req.Path == "/pair-verify":
			b, peer, keys := v.Answer(req.Body)
			_, _ = c.Write(wire.AppendAnswer(nil, false, 200, "OK", contentTLV, b))
			if peer != nil {
				_ = c.Secure(keys.Read, keys.Write, r.Early())
			}
		case req.Path == "/pairings":
			m, _ := tlv8.Parse(req.Body)
			f.mu.Lock()
			delete(f.peers, string(m.Get(pairing.TagIdentifier)))
			f.mu.Unlock()
			_, _ = c.Write(wire.AppendAnswer(nil, false, 200, "OK", contentTLV, []byte{6, 1, 2}))
		case hang && req.Path == "/characteristics":
		default:
			status, body := f.answer(req)
			_, _ = c.Write(wire.AppendAnswer(nil, false, status, http.StatusText(status), contentJSON, body))
		}
	}
}

func (f *fake) answer(req wire.Request) (int, []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case req.Path == "/accessories":
		return 200, []byte(f.db)
	case req.Path == "/resource" && f.resource != nil:
		return f.resource(req.Body)
	case req.Path == "/prepare":
		return 200, []byte(`{"status":0}`)
	case req.Method == "GET":
		var out []string
		for _, id := range strings.Split(req.Query.Get("id"), ",") {
			a, i, _ := strings.Cut(id, ".")
			v := f.values[id]
			if v == "" {
				v = "0"
			}
			out = append(out, fmt.Sprintf(`{"aid":%s,"iid":%s,"value":%s,"status":%d}`, a, i, v, f.statuses[id]))
		}
		return 207, []byte(`{"characteristics":[` + strings.Join(out, ",") + `]}`)
	}
	var w entries
	_ = json.Unmarshal(req.Body, &w)
	var out []string
	bad := false
	for _, e := range w.Characteristics {
		id := fmt.Sprintf("%d.%d", e.AID, e.IID)
		if f.statuses[id] == 0 && len(e.Value) > 0 {
			f.values[id] = string(e.Value)
			if v, ok := f.becomes[id]; ok {
				f.values[id] = v
			}
		}
		bad = bad || f.statuses[id] != 0
		out = append(out, fmt.Sprintf(`{"aid":%d,"iid":%d,"status":%d}`, e.AID, e.IID, f.statuses[id]))
	}
	if !bad {
		return 204, nil
	}
	return 207, []byte(`{"characteristics":[` + strings.Join(out, ",") + `]}`)
}

// tell sends an event to every connection.
func (f *fake) tell(body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		if c.Secured() {
			_, _ = c.Write(wire.AppendAnswer(nil, true, 200, "OK", contentJSON, []byte(body)))
		}
	}
}

func (f *fake) change(g func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g()
}

// count is how many requests began so.
func (f *fake) count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// ears is a hub that remembers what it is told.
type ears struct {
	mu        sync.Mutex
	described map[model.SourceID]model.Description
	values    map[string]model.Value
	reach     map[model.SourceID]string // "" is reachable
	gone      []model.SourceID
	outcomes  map[model.CommandID]model.Outcome
	events    []model.Happening
}

func newEars() *ears {
	return &ears{described: map[model.SourceID]model.Description{}, values: map[string]model.Value{}, reach: map[model.SourceID]string{}, outcomes: map[model.CommandID]model.Outcome{}}
}

func (e *ears) Describe(d model.Description) { e.do(func() { e.described[d.Source] = d }) }
func (e *ears) Report(s model.SourceID, r []model.Reading) {
	e.do(func() {
		for _, x := range r {
			e.values[string(s)+" "+string(x.Attribute)] = x.Value
		}
	})
}
func (e *ears) Happened(h model.Happening) { e.do(func() { e.events = append(e.events, h) }) }
func (e *ears) Reachable(s model.SourceID, ok bool, why string) {
	e.do(func() {
		if ok {
			why = ""
		}
		e.reach[s] = why
	})
}
func (e *ears) Gone(s model.SourceID, _ string) { e.do(func() { e.gone = append(e.gone, s) }) }
func (e *ears) Outcome(id model.CommandID, o model.Outcome) {
	e.do(func() { e.outcomes[id] = o })
}
func (e *ears) do(f func()) { e.mu.Lock(); defer e.mu.Unlock(); f() }

type forgetful map[string]map[string][]byte

func (m forgetful) Put(_ context.Context, b, k string, v []byte) error {
	if m[b] == nil {
		m[b] = map[string][]byte{}
	}
	m[b][k] = v
	return nil
}
func (m forgetful) Delete(_ context.Context, b, k string) error { delete(m[b], k); return nil }
func (m forgetful) List(_ context.Context, b string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for k, v := range m[b] {
		out[k] = v
	}
	return out, nil
}

// run runs an adapter until the test ends.
func run(t testing.TB, m Memory) (*Adapter, *ears, func()) {
	t.Helper()
	a := New(Options{Memory: m, FirstBackoff: 10 * time.Millisecond, LastBackoff: 50 * time.Millisecond, Poll: 50 * time.Millisecond})
	e := newEars()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := a.Run(ctx, e); err != nil {
			t.Error(err)
		}
	}()
	var once sync.Once
	end := func() { once.Do(func() { stop(); <-done }) }
	t.Cleanup(end)
	await(t, "running", func() bool { a.mu.Lock(); defer a.mu.Unlock(); return a.ctx != nil })
	return a, e, end
}

func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func (e *ears) awaitValue(t testing.TB, key string, want model.Value) {
	t.Helper()
	await(t, fmt.Sprintf("%s = %s", key, want), func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.values[key] == want })
}

func (e *ears) awaitOutcome(t testing.TB, id model.CommandID) model.Outcome {
	t.Helper()
	await(t, "an outcome of "+string(id), func() bool { e.mu.Lock(); defer e.mu.Unlock(); return e.outcomes[id].Status != "" })
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.outcomes[id]
}

func pairWith(t testing.TB, a *Adapter, f *fake) Accessory {
	t.Helper()
	acc, err := a.Pair(t.Context(), f.addr, fakeCode)
	if err != nil {
		t.Fatal(err)
	}
	return acc
}

// lampDB is a colour lamp with a timed write, a value without events and one of a vendor's own.
const lampDB = `{"accessories":[{"aid":1,"services":[
 {"iid":1,"type":"3E","characteristics":[{"iid":2,"type":"14","perms":["pw"],"format":"bool"},{"iid":3,"type":"20","perms":["pr"],"format":"string","value":"Acme"},
  {"iid":4,"type":"21","perms":["pr"],"format":"string","value":"L1"},{"iid":5,"type":"23","perms":["pr"],"format":"string","value":"Lamp"},{"iid":6,"type":"30","perms":["pr"],"format":"string","value":"00:11:22:33:44:55"}]},
 {"iid":8,"type":"43","primary":true,"characteristics":[{"iid":9,"type":"25","perms":["pr","pw","ev"],"format":"bool","value":0},{"iid":10,"type":"13","perms":["pr","pw","ev"],"format":"float","value":0,"minValue":0,"maxValue":360},
  {"iid":11,"type":"2F","perms":["pr","pw","ev"],"format":"float","value":0,"minValue":0,"maxValue":100},{"iid":12,"type":"8","perms":["pr","pw","ev","tw"],"format":"int","value":10,"minValue":0,"maxValue":100},
  {"iid":13,"type":"DEADBEEF-0000-4000-8000-000000000001","description":"Lamp hours","perms":["pr"],"format":"uint32","value":7},
  {"iid":14,"type":"DEADBEEF-0000-4000-8000-000000000002","description":"Secret","perms":["pr","hd"],"format":"uint8","value":1}]}]}]}`

func command(id model.CommandID, s model.SourceID, a model.Attribute, v model.Value) model.Command {
	return model.Command{ID: id, Source: s, Endpoint: model.MainEndpoint, Writes: []model.Write{{Attribute: a, Value: v}}}
}

func found(f *fake, c string) adapters.Found {
	ap := netip.MustParseAddrPort(f.addr)
	return adapters.Found{Type: "_hap._tcp", Instance: "Lamp", Addrs: []netip.Addr{ap.Addr()}, Port: int(ap.Port()), TXT: map[string]string{"id": strings.ToLower(f.me.ID), "c#": c, "sf": "1", "ci": "5", "md": "L1"}}
}
