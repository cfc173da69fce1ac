package homekit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/hap/wire"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/seal"
	"github.com/concord-home/hub/store"
)

// workshop is an adapter of devices that do what they are told, but for those of another mind.
type workshop struct {
	devices []model.Description
	values  map[model.SourceID][]model.Reading

	mu     sync.Mutex
	hub    adapters.Hub
	ready  chan struct{}
	mute   map[model.SourceID]bool // say nothing
	refuse map[model.SourceID]model.ReasonCode
	got    []model.Command
}

func (*workshop) Name() string { return "bench" }

func (w *workshop) Run(ctx context.Context, h adapters.Hub) error {
	w.mu.Lock()
	w.hub = h
	w.mu.Unlock()
	for _, d := range w.devices {
		h.Describe(d)
		h.Reachable(d.Source, true, "")
		h.Report(d.Source, w.values[d.Source])
	}
	close(w.ready)
	<-ctx.Done()
	return nil
}

func (w *workshop) Execute(cmd model.Command) {
	w.mu.Lock()
	h, mute, refuse := w.hub, w.mute[cmd.Source], w.refuse[cmd.Source]
	w.got = append(w.got, cmd)
	w.mu.Unlock()
	switch {
	case mute:
		return
	case refuse != "":
		h.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: refuse, Detail: "no"}})
		return
	}
	h.Outcome(cmd.ID, model.Outcome{Status: model.Acked})
	var r []model.Reading
	for _, x := range cmd.Writes {
		r = append(r, model.Reading{Endpoint: cmd.Endpoint, Attribute: x.Attribute, Value: x.Value})
		if real, ok := map[model.Attribute]model.Attribute{"door_lock.target": "door_lock.lock", "closure.target": "closure.state", "valve.target": "valve.state", "security_panel.target": "security_panel.state"}[x.Attribute]; ok {
			r = append(r, model.Reading{Endpoint: cmd.Endpoint, Attribute: real, Value: x.Value})
		}
	}
	h.Report(cmd.Source, r)
}

func (w *workshop) commands() []model.Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]model.Command(nil), w.got...)
}

// hold makes a device silent, or no longer.
func (w *workshop) hold(s model.SourceID, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute[s] = on
}

// liveHouse is a running hub as a bridge sees it.
type liveHouse struct{ *hub.Hub }

func (h liveHouse) Events(room int) (<-chan home.Effect, func()) {
	s := h.Subscribe(room)
	return s.C, s.Close
}

// rig is a house with its bridge on loopback.
type rig struct {
	t       testing.TB
	dir     string
	shop    *workshop
	store   *store.Store
	hub     *hub.Hub
	bridge  *Bridge
	mu      sync.Mutex
	adverts map[string]Advert
	stop    func()
	sealed  Memory
}

func newRig(t testing.TB, dir string, devices []device, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, adverts: map[string]Advert{}}
	r.shop = &workshop{values: map[model.SourceID][]model.Reading{}, ready: make(chan struct{}), mute: map[model.SourceID]bool{}, refuse: map[model.SourceID]model.ReasonCode{}}
	for _, d := range devices {
		desc := d.describe()
		r.shop.devices = append(r.shop.devices, desc)
		r.shop.values[desc.Source] = d.readings()
	}
	var err error
	if r.store, err = store.Open(dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	box, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.sealed = box.Memory(r.store)
	if r.hub, err = hub.New(t.Context(), hub.Options{Store: r.store, Adapters: []adapters.Adapter{r.shop}, Scenes: scenes.New()}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = r.hub.Run(ctx) })
	<-r.shop.ready
	r.settle()
	o := Options{House: liveHouse{r.hub}, Memory: r.sealed, AnswerWithin: 300 * time.Millisecond,
		Listen: func(int) (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") },
		Announce: func(ctx context.Context, a Advert) error {
			r.mu.Lock()
			r.adverts[a.TXT["id"]] = a
			r.mu.Unlock()
			<-ctx.Done()
			return nil
		}}
	for _, f := range change {
		f(&o)
	}
	if r.bridge, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	running.Go(func() {
		if err := r.bridge.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			stop()
			running.Wait()
			if err := r.store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(r.stop)
	return r
}

// settle waits until all that was said so far is in the house.
func (r *rig) settle() {
	r.t.Helper()
	if err := r.hub.Do(r.t.Context(), home.PlaceSet{Place: home.Place{Latitude: 1, Longitude: 1, RadiusM: 100}}); err != nil {
		r.t.Fatal(err)
	}
}

// addr is where a bridge listens.
func (r *rig) addr(number int) string {
	r.t.Helper()
	var addr string
	eventually(r.t, "the bridge listens", func() error {
		for _, b := range r.bridge.Bridges() {
			if b.Number == number && b.Port != 0 {
				addr = fmt.Sprintf("127.0.0.1:%d", b.Port)
				return nil
			}
		}
		return errors.New("no port")
	})
	return addr
}

// report lets a device say something.
func (r *rig) report(s model.SourceID, a model.Attribute, v model.Value) {
	r.shop.hub.Report(s, []model.Reading{{Endpoint: model.MainEndpoint, Attribute: a, Value: v}})
}

func eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// device is a device of a test, in short.
type device struct {
	id, name string
	kind     model.DeviceType
	parts    []devicePart
	identity []model.Identity
}

type devicePart struct {
	id      model.EndpointID
	label   string
	kind    model.DeviceType
	values  []attribute
	actions []model.Attribute
	events  []model.EventInfo
}

// attribute is one with its value, and what narrows it.
type attribute struct {
	name     model.Attribute
	value    model.Value
	min, max float64 // both 0: the catalogue's
	options  []string
	constant bool
}

func num(a model.Attribute, f float64, bounds ...float64) attribute {
	x := attribute{name: a, value: model.Number(f)}
	if len(bounds) == 2 {
		x.min, x.max = bounds[0], bounds[1]
	}
	return x
}

func yes(a model.Attribute, b bool) attribute { return attribute{name: a, value: model.Bool(b)} }

func word(a model.Attribute, s string, options ...string) attribute {
	return attribute{name: a, value: model.String(s), options: options}
}

func one(id, name string, kind model.DeviceType, values ...attribute) device {
	return device{id: id, name: name, kind: kind, parts: []devicePart{{id: model.MainEndpoint, values: values}}}
}

func (d device) describe() model.Description {
	out := model.Description{Source: model.SourceID("bench/" + d.id), Name: d.name, Type: d.kind, Vendor: "Acme", Model: "X-" + d.id, Firmware: "1.2.3", Identities: d.identity, CommandTimeout: 5 * time.Second}
	for _, p := range d.parts {
		e := model.EndpointDescription{ID: p.id, Label: p.label, Type: p.kind, Actions: p.actions, Events: p.events}
		for _, a := range p.values {
			prop := *model.LookupAttribute(a.name)
			if a.min != a.max {
				prop.Min, prop.Max = &a.min, &a.max
			}
			if len(a.options) > 0 {
				prop.Options = a.options
			}
			if a.constant {
				prop.Access, prop.Value = model.AccessConst, a.value
			}
			e.Properties = append(e.Properties, prop)
		}
		out.Endpoints = append(out.Endpoints, e)
	}
	return out
}

func (d device) readings() []model.Reading {
	var out []model.Reading
	for _, p := range d.parts {
		for _, a := range p.values {
			if !a.constant && !a.value.IsUnknown() {
				out = append(out, model.Reading{Endpoint: p.id, Attribute: a.name, Value: a.value})
			}
		}
	}
	return out
}

// phone is a controller with nothing but the wire: what a test says goes out as it is.
type phone struct {
	t      testing.TB
	me     pairing.Identity
	peer   pairing.Peer
	conn   *wire.Conn
	raw    net.Conn
	reader *wire.Reader
	events []wire.Answer
}

// newPhone pairs a controller with a bridge.
func newPhone(r *rig, number int) *phone {
	r.t.Helper()
	p := &phone{t: r.t, me: pairing.NewIdentity("phone-" + fmt.Sprint(time.Now().UnixNano()))}
	if err := p.pair(r.addr(number), r.bridge.Bridges()[number-1].Code); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// pair makes the exchange of pair-setup with a code.
func (p *phone) pair(addr, code string) (err error) {
	p.t.Helper()
	for {
		p.dial(addr)
		p.peer, err = pairing.Setup(p.t.Context(), p.post, p.me, code)
		p.raw.Close()
		if !errors.Is(err, pairing.ErrAgain) {
			return err
		}
	}
}

func (p *phone) dial(addr string) {
	p.t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.adopt(c)
}

func (p *phone) adopt(c net.Conn) {
	p.raw, p.conn = c, wire.NewConn(c, 5*time.Second)
	p.reader = wire.NewReader(p.conn, 16<<20)
}

func (p *phone) post(_ context.Context, path string, body []byte) ([]byte, error) {
	if _, err := p.conn.Write(wire.AppendRequest(nil, "POST", "bridge", path, contentTLV, body)); err != nil {
		return nil, err
	}
	_ = p.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	a, err := p.reader.Answer()
	return a.Body, err
}

// open verifies and encrypts, until the test ends.
func (p *phone) open(addr string) *phone {
	p.t.Helper()
	p.secure(addr)
	p.t.Cleanup(func() { p.raw.Close() })
	return p
}

func (p *phone) secure(addr string) {
	p.t.Helper()
	p.dial(addr)
	p.verify()
}

// verify opens the session of a connection.
func (p *phone) verify() {
	p.t.Helper()
	keys, err := pairing.Verify(p.t.Context(), p.post, p.me, p.peer)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.conn.Secure(keys.Read, keys.Write, p.reader.Early()); err != nil {
		p.t.Fatal(err)
	}
}

// brief is a further session that the test closes itself.
func (p *phone) brief(addr string) *phone {
	q := *p
	q.events = nil
	q.secure(addr)
	return &q
}

// another is a further session of the same controller.
func (p *phone) another(addr string) *phone {
	q := *p
	q.events = nil
	return q.open(addr)
}

// ask sends a request and waits for its answer; events that come before are kept.
func (p *phone) ask(method, target string, body []byte) wire.Answer {
	p.t.Helper()
	a, err := p.tryAsk(method, target, body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, target, err)
	}
	return a
}

func (p *phone) tryAsk(method, target string, body []byte) (wire.Answer, error) {
	if _, err := p.conn.Write(wire.AppendRequest(nil, method, "bridge", target, contentJSON, body)); err != nil {
		return wire.Answer{}, err
	}
	return p.next()
}

func (p *phone) next() (wire.Answer, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(15 * time.Second))
	for {
		a, err := p.reader.Answer()
		if err != nil || !a.Event {
			return a, err
		}
		p.events = append(p.events, a)
	}
}

// event waits for an event.
func (p *phone) event() string {
	p.t.Helper()
	if len(p.events) > 0 {
		a := p.events[0]
		p.events = p.events[1:]
		return string(a.Body)
	}
	_ = p.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	a, err := p.reader.Answer()
	if err != nil || !a.Event {
		p.t.Fatalf("no event: %+v, %v", a, err)
	}
	return string(a.Body)
}

// found is a characteristic in a database.
type found struct {
	AID, IID uint64
	Min, Max any
	Valid    []int
	Perms    []string
}

// find looks a characteristic up by the accessory's name and types.
func (p *phone) find(name, service, char string) found {
	p.t.Helper()
	return p.look(name, func(typ, _ string) bool { return typ == service }, char)
}

// findService looks a characteristic up by the names of accessory and service.
func (p *phone) findService(name, service, char string) found {
	p.t.Helper()
	return p.look(name, func(_, n string) bool { return n == service }, char)
}

func (p *phone) look(name string, service func(typ, name string) bool, char string) found {
	p.t.Helper()
	a := p.ask("GET", "/accessories", nil)
	var db struct {
		Accessories []struct {
			AID      uint64
			Services []struct {
				Type            string
				Characteristics []struct {
					IID         uint64
					Type        string
					Value       any
					MinValue    any
					MaxValue    any
					Perms       []string
					ValidValues []int `json:"valid-values"`
				}
			}
		}
	}
	if err := json.Unmarshal(a.Body, &db); err != nil {
		p.t.Fatalf("%v in %.200s", err, a.Body)
	}
	for _, acc := range db.Accessories {
		named := false
		for _, s := range acc.Services {
			called := ""
			for _, c := range s.Characteristics {
				if c.Type == "23" {
					called, _ = c.Value.(string)
				}
			}
			for _, c := range s.Characteristics {
				if s.Type == "3E" && c.Type == "23" {
					named = c.Value == name
				}
				if named && s.Type != "3E" && service(s.Type, called) && c.Type == char {
					return found{acc.AID, c.IID, c.MinValue, c.MaxValue, c.ValidValues, c.Perms}
				}
			}
		}
	}
	p.t.Fatalf("%s has no such service with a %s", name, char)
	return found{}
}

// put writes one value and returns the answer's status of HTTP and HAP.
func (p *phone) put(f found, value string) (int, int) {
	p.t.Helper()
	a := p.ask("PUT", "/characteristics", fmt.Appendf(nil, `{"characteristics":[{"aid":%d,"iid":%d,"value":%s}]}`, f.AID, f.IID, value))
	return a.Status, statusIn(p.t, a.Body)
}

func statusIn(t testing.TB, body []byte) int {
	t.Helper()
	if len(body) == 0 {
		return 0
	}
	var m struct {
		Status          int
		Characteristics []struct{ Status int }
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("%v in %.100s", err, body)
	}
	if len(m.Characteristics) > 0 {
		return m.Characteristics[0].Status
	}
	return m.Status
}

// get reads one value; its JSON, and the status of HAP.
func (p *phone) get(f found) (string, int) {
	p.t.Helper()
	a := p.ask("GET", fmt.Sprintf("/characteristics?id=%d.%d", f.AID, f.IID), nil)
	var m struct {
		Characteristics []struct {
			Value  json.RawMessage
			Status int
		}
	}
	if err := json.Unmarshal(a.Body, &m); err != nil || len(m.Characteristics) != 1 {
		p.t.Fatalf("%v in %.200s", err, a.Body)
	}
	return string(m.Characteristics[0].Value), m.Characteristics[0].Status
}

func (p *phone) watch(f found) {
	p.t.Helper()
	if a := p.ask("PUT", "/characteristics", fmt.Appendf(nil, `{"characteristics":[{"aid":%d,"iid":%d,"ev":true}]}`, f.AID, f.IID)); a.Status != 204 {
		p.t.Fatalf("subscribing: %d %s", a.Status, a.Body)
	}
}
