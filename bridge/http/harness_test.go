package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/store"
)

// deadline is how long a test waits for what should happen at once.
const deadline = 20 * time.Second

// house gives a real hub the method that the command's wiring gives it.
type house struct{ *hub.Hub }

func (h house) Events(room int) (<-chan home.Effect, func()) {
	sub := h.Subscribe(room)
	return sub.C, sub.Close
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time          { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// rig is a real hub behind a real socket.
type rig struct {
	t       *testing.T
	base    string
	server  *Server
	hub     *hub.Hub
	store   *store.Store
	adapter *lamps
	clock   *clock // of the server alone
	log     *syncBuffer
	dir     string
	codes   []string
	local   string // the command line's token
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, adapter: &lamps{up: make(chan struct{})}, clock: &clock{t: time.Now()}, log: &syncBuffer{}, dir: t.TempDir()}
	var err error
	if r.store, err = store.Open(t.TempDir(), store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.store.Close() })
	r.startHub()
	o := Options{House: house{r.hub}, Memory: r.store, Now: r.clock.Now, DataDir: r.dir, Pair: r.hub.Permit, Remove: r.hub.Remove,
		Logger:    slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		SetupCode: func(c string) { r.codes = append(r.codes, c) }, Arrival: func(*home.View, int) ([]api.Arrival, error) { return nil, nil }, Doctor: func() api.Doctor { return api.Doctor{OK: true} },
		Adapters:   func() []api.AdapterHealth { return nil },
		Discovered: func() []api.Discovered { return nil }, Info: func() api.Info { return api.Info{Version: "test"} },
		Counters: func() Counters {
			return Counters{Facts: 7, Adapters: []AdapterCounters{{Name: "test", Running: true, Commands: map[string]int{"confirmed": 3}}}}
		}}
	for _, f := range change {
		f(&o)
	}
	if r.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	if o.DataDir != "" {
		if r.local, err = LocalToken(o.DataDir); err != nil {
			t.Fatal(err)
		}
	}
	r.serve()
	return r
}

func (r *rig) startHub() {
	h, err := hub.New(r.t.Context(), hub.Options{Store: r.store, Adapters: []adapters.Adapter{r.adapter}, Scenes: &sceneList{}, Presence: presence.New()})
	if err != nil {
		r.t.Fatal(err)
	}
	r.hub = h
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Run(ctx) }()
	r.t.Cleanup(func() { stop(); <-done })
	select {
	case <-r.adapter.up:
	case <-time.After(deadline):
		r.t.Fatal("the adapter did not start")
	}
	r.eventually("the devices", func() bool {
		d := r.find("sensor")
		return d != nil && len(h.View().Devices()) == 5 && known(d)
	})
	for _, room := range []home.RoomID{"hall", "attic"} {
		r.do(home.RoomSet{Room: home.Room{ID: room, Names: map[string]string{"": string(room), "zh": "房间" + string(room)}}})
	}
	r.do(home.Placed{Device: r.id("lamp"), Room: "hall"})
	r.do(home.Placed{Device: r.id("sensor"), Room: "attic"})
}

func known(d *home.Device) bool {
	st, _ := d.State(home.Slot{Endpoint: "main", Attribute: "temperature.celsius"})
	return !st.Value.IsUnknown()
}

func (r *rig) serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.base = "http://" + l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.server.Serve(ctx, l) }()
	r.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			r.t.Errorf("Serve: %v", err)
		}
	})
}

func (r *rig) do(b home.Body) {
	r.t.Helper()
	if err := r.hub.Do(r.t.Context(), b); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) find(name string) *home.Device {
	for _, d := range r.hub.View().Devices() {
		if d.Name("") == name {
			return d
		}
	}
	return nil
}

func (r *rig) id(name string) model.DeviceID { return r.find(name).ID }

// eventually polls until the condition holds.
func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(deadline)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			r.t.Fatalf("%s did not come in time", what)
		}
	}
}

// request is one call; the zero value of each field leaves it out.
type request struct {
	method, path string
	body         any
	token        string
	cookie       *http.Cookie
	header       map[string]string
	host         string
}

type response struct {
	status int
	header http.Header
	body   string
	cookie *http.Cookie
}

func (r *rig) send(q request) response {
	r.t.Helper()
	var body io.Reader
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			r.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), q.method, r.base+q.path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.cookie != nil {
		req.AddCookie(q.cookie)
	}
	for k, v := range q.header {
		req.Header.Set(k, v)
	}
	if q.host != "" {
		req.Host = q.host
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: deadline}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	out := response{status: res.StatusCode, header: res.Header, body: string(b)}
	for _, c := range res.Cookies() {
		if c.Name == sessionCookie {
			out.cookie = c
		}
	}
	return out
}

// get and call are requests of the command line's token that must succeed.
func (r *rig) get(path string, into any) { r.t.Helper(); r.call("GET", path, nil, into) }

func (r *rig) call(method, path string, body, into any) {
	r.t.Helper()
	res := r.send(request{method: method, path: path, body: body, token: r.local})
	if res.status >= 300 {
		r.t.Fatalf("%s %s: %d %s", method, path, res.status, res.body)
	}
	if into != nil {
		res.decode(r.t, into)
	}
}

func (res response) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(res.body), into); err != nil {
		t.Fatalf("%v in %s", err, res.body)
	}
}

func (res response) problem(t *testing.T) api.Problem {
	t.Helper()
	var p api.Problem
	if ct := res.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("got %d of type %q: %s", res.status, ct, res.body)
	}
	res.decode(t, &p)
	if p.Status != res.status || p.Title == "" {
		t.Errorf("the problem %+v came with status %d", p, res.status)
	}
	return p
}

// token makes a token of a scope and returns its secret.
func (r *rig) token(t api.TokenRequest) string {
	r.t.Helper()
	var made api.NewToken
	if t.Name == "" {
		t.Name = "test"
	}
	r.call("POST", "/api/tokens", t, &made)
	return made.Secret
}

func (r *rig) path(name, rest string) string { return "/api/devices/" + string(r.id(name)) + rest }

func secretFree(t *testing.T, log string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if s == "" || strings.Contains(log, s) {
			t.Errorf("the log holds the secret %q", s)
		}
	}
}
