package adaptertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
)

// Seeker is an adapter that is handed the devices that are found.
type Seeker interface {
	adapters.Adapter
	adapters.Seeker
}

// Values are attributes of a source's main endpoint, as text.
type Values map[model.Attribute]string

// Drill puts a brand's devices through what happens to them in a house: they are found, commanded, lose their power, get other
// addresses, answer garbage, and are a hundred. The brand's devices are found on the network and speak HTTP.
type Drill struct {
	// New makes the adapter anew.
	New func() Seeker
	// Device makes a fake of device n: of the brand's own server, on a socket that the drill opens. Another n is another serial number.
	Device func(n int) http.Handler
	// Found is how a device is announced; the drill fills in Key, Addrs and Port.
	Found adapters.Found
	// State is how a device is at first.
	State Values
	// Writes is a command that a device carries out, and Then how it is afterwards.
	Writes []model.Write
	Then   Values
}

// Run runs the drill.
func (d Drill) Run(t *testing.T) {
	t.Run("contract", d.contract)
	t.Run("a device's life", d.life)
	t.Run("garbage", d.garbage)
	t.Run("a hundred at once", d.hundred)
}

// box is a fake device with a plug that can be pulled and a mind that can be lost.
type box struct {
	*httptest.Server
	mu    sync.Mutex
	off   bool
	says  http.HandlerFunc // instead of what it should
	asked chan struct{}    // has one after an answer
}

func newBox(t *testing.T, device http.Handler) *box {
	b := &box{asked: make(chan struct{}, 1)}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			select {
			case b.asked <- struct{}{}:
			default:
			}
		}()
		b.mu.Lock()
		off, says := b.off, b.says
		b.mu.Unlock()
		switch {
		case off:
			panic(http.ErrAbortHandler)
		case says != nil:
			says(w, r)
		default:
			device.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *box) power(on bool)          { b.mu.Lock(); defer b.mu.Unlock(); b.off = !on }
func (b *box) say(s http.HandlerFunc) { b.mu.Lock(); defer b.mu.Unlock(); b.says = s }

// at is how device n is announced when it answers in a box.
func (d Drill) at(n int, b *box) adapters.Found {
	at := netip.MustParseAddrPort(b.Listener.Addr().String())
	f := d.Found
	f.Key, f.Addrs, f.Port = fmt.Sprint(f.Instance, n), []netip.Addr{at.Addr()}, int(at.Port())
	return f
}

// shows reports whether a source has these values.
func (o *Observer) shows(s model.SourceID, want Values) bool {
	for a, text := range want {
		if v, ok := o.Value(s, model.MainEndpoint, a); !ok || v.String() != text {
			return false
		}
	}
	return true
}

// all reports whether all sources have these values.
func (o *Observer) all(want Values) bool {
	return !slices.ContainsFunc(o.Sources(), func(s model.SourceID) bool { return !o.shows(s, want) })
}

// command gives a command to one source and waits for what becomes of it.
func (d Drill) command(t *testing.T, a Seeker, o *Observer, s model.SourceID, id string, want model.Status) {
	t.Helper()
	cmd := model.CommandID(fmt.Sprint(id, " of ", s))
	a.Execute(model.Command{ID: cmd, Source: s, Endpoint: model.MainEndpoint, Writes: d.Writes})
	o.Await(t, fmt.Sprint(cmd, " ends"), func() bool { _, ok := o.OutcomeOf(cmd); return ok })
	if got, _ := o.OutcomeOf(cmd); got.Status != want || want == model.Rejected && got.Reason.Detail == "" {
		t.Errorf("%s: %s (%s), want %s", cmd, got.Status, got.Reason.Detail, want)
	}
}

func (d Drill) contract(t *testing.T) {
	b := newBox(t, d.Device(0))
	a, o := d.New(), NewObserver(d.New().Name())
	a.Found(d.at(0, b)) // before it runs
	stop := Start(t, a, o)
	o.Await(t, "a source", func() bool { return len(o.Sources()) == 1 })
	stop()
	Run(t, Subject{Sources: 1, Command: model.Command{Source: o.Sources()[0], Endpoint: model.MainEndpoint, Writes: d.Writes}, New: func() adapters.Adapter {
		a := d.New()
		a.Found(d.at(0, b))
		return a
	}})
}

func (d Drill) life(t *testing.T) {
	device := d.Device(0)
	b := newBox(t, device)
	a, o := d.New(), NewObserver(d.New().Name())
	stop := Start(t, a, o)
	a.Found(d.at(0, b))
	o.Await(t, "a source", func() bool { return len(o.Sources()) == 1 })
	s := o.Sources()[0]
	is := func(reachable bool) func() bool {
		return func() bool { ok, _ := o.IsReachable(s); return ok == reachable }
	}
	o.Await(t, "its state is known", func() bool { return o.shows(s, d.State) && is(true)() })
	if x, _ := o.Description(s); x.Name == "" || len(x.Identities) == 0 {
		t.Errorf("described without a name or an identity: %+v", x)
	}
	d.command(t, a, o, s, "the command", model.Acked)
	o.Await(t, "it is confirmed", func() bool { return o.shows(s, d.Then) })
	a.Execute(model.Command{ID: "nonsense", Source: s, Endpoint: model.MainEndpoint, Writes: []model.Write{{Attribute: "setting.nonsense", Value: model.Bool(true)}}})
	o.Await(t, "what it does not have is refused", func() bool { x, _ := o.OutcomeOf("nonsense"); return x.Status == model.Rejected })

	b.power(false)
	d.command(t, a, o, s, "the command without power", model.Rejected)
	o.Await(t, "without power it is said not to answer", is(false))
	b.power(true)
	back := d.at(0, b)
	back.Gone = true
	a.Found(back) // which means nothing
	back.Gone = false
	a.Found(back)
	o.Await(t, "with power it answers", is(true))

	moved := newBox(t, device)
	b.power(false)
	a.Found(d.at(0, moved))
	d.command(t, a, o, s, "the command at the new address", model.Acked)
	o.Await(t, "it answers at its new address", is(true))

	a.Found(d.at(0, newBox(t, d.Device(1))))
	o.Await(t, "another device at its address is another source", func() bool { return len(o.Sources()) == 2 && is(false)() })
	a.Found(d.at(2, moved))
	o.Await(t, "it is known again under another name", is(true))
	stop()
}

// garbage are the answers of devices that lost their mind.
var garbage = map[string]http.HandlerFunc{
	"nothing":     func(http.ResponseWriter, *http.Request) {},
	"half a text": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"on":tr`)) },
	"null":        func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`null`)) },
	"no object":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`[1,"x",[null,{}]]`)) },
	"an empty one": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{}`))
	},
	"a page":     func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>Log in</html>`)) },
	"zeros":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
	"an error":   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "{}", http.StatusInternalServerError) },
	"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
	"a short one": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "99")
		_, _ = w.Write([]byte(`{"on"`))
	},
}

func (d Drill) garbage(t *testing.T) {
	a, o := d.New(), NewObserver(d.New().Name())
	stop := Start(t, a, o)
	var boxes []*box
	for _, says := range garbage {
		b := newBox(t, d.Device(len(boxes)))
		b.say(says)
		a.Found(d.at(len(boxes), b))
		boxes = append(boxes, b)
	}
	for _, b := range boxes {
		<-b.asked
	}
	if s := o.Sources(); len(s) > 0 {
		t.Errorf("garbage is taken for %s", s)
	}
	for _, b := range boxes {
		b.say(nil)
	}
	o.Await(t, "all come to their senses", func() bool { return len(o.Sources()) == len(boxes) && o.all(d.State) })
	answers := func(want bool) func() bool {
		return func() bool {
			return !slices.ContainsFunc(o.Sources(), func(s model.SourceID) bool { ok, _ := o.IsReachable(s); return ok != want })
		}
	}
	i := 0
	for _, says := range garbage { // another for each than before
		boxes[i].say(says)
		i++
	}
	for _, s := range o.Sources() {
		d.command(t, a, o, s, "the command", model.Rejected)
	}
	o.Await(t, "all are said not to answer", answers(false))
	for n, b := range boxes {
		b.say(nil)
		a.Found(d.at(n, b))
	}
	o.Await(t, "all answer", answers(true))
	stop()
}

func (d Drill) hundred(t *testing.T) {
	const many = 100
	a, o := d.New(), NewObserver(d.New().Name())
	stop := Start(t, a, o)
	for n := range many {
		a.Found(d.at(n, newBox(t, d.Device(n))))
	}
	o.Await(t, "the state of all is known", func() bool { return len(o.Sources()) == many && o.all(d.State) })
	for _, s := range o.Sources() {
		d.command(t, a, o, s, "the command", model.Acked)
	}
	o.Await(t, "all are confirmed", func() bool { return o.all(d.Then) })
	stop()
}
