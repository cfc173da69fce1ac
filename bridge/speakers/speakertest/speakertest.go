// Package speakertest is a house for the tests of voice platforms' codecs: a real hub with a shop of fake devices behind it, and
// a core with one account linked.
//
// Use: h := speakertest.New(t); c := aligenie.New(h.Core); h.Post(c, body) answers as over HTTP; h.ID["lamp"] is a device's id.
package speakertest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

// Now is the clock of the core: it stands still, so that answers are always the same.
func Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// Token is the access token of the one account.
const Token = "T"

// House is the house. Make it with [New].
type House struct {
	T    *testing.T
	Hub  *hub.Hub
	Core *speakers.Core
	ID   map[string]string // device ids by the shop's names
	Slow atomic.Bool       // devices do not answer

	Later []Put // what was put off

	wares []Ware
	asked atomic.Int64 // while it was slow
	link  links
	names map[string]string // the shop's names by device id
	hub   adapters.Hub
	ready chan struct{}
}

type links struct{ unlinked atomic.Bool }

func (*links) ByToken(_ context.Context, platform, token string) (speakers.Link, bool) {
	return speakers.Link{ID: "u1", Platform: platform, Person: "li"}, token == Token
}

func (l *links) ByID(id string) (speakers.Link, bool) {
	return speakers.Link{ID: id, Person: "li"}, !l.unlinked.Load()
}

func (l *links) Unlink(context.Context, string) error { l.unlinked.Store(true); return nil }

// Unlinked reports whether the account's link was ended.
func (h *House) Unlinked() bool { return h.link.unlinked.Load() }

// Name is the adapter's.
func (*House) Name() string { return "shop" }

// Ware is a device of the shop.
type Ware struct {
	ID     string // its name as well; "dead" ones cannot be reached
	Kind   model.DeviceType
	Zh, Ru string
	Values map[model.Attribute]model.Value
	Acts   []model.Attribute
}

var wares = []Ware{
	{"lamp", "light_color", "落地灯", "Торшер", map[model.Attribute]model.Value{speakers.On: model.Bool(false), speakers.Level: model.Number(40), speakers.Hue: model.Number(10), speakers.Sat: model.Number(50), speakers.Kelvin: model.Number(3000)}, nil},
	{"ac", "air_conditioner", "空调", "Кондиционер", map[model.Attribute]model.Value{speakers.On: model.Bool(false), speakers.Mode: model.String("cool"), speakers.Cool: model.Number(26), speakers.FanMode: model.String("low"), speakers.RoomTemp: model.Number(28.5)}, nil},
	{"curtain", "window_covering", "窗帘", "Штора", map[model.Attribute]model.Value{speakers.OpenPct: model.Number(0)}, []model.Attribute{"window_covering.stop"}},
	{"door", "door_lock", "门锁", "Замок", map[model.Attribute]model.Value{speakers.LockTo: model.String("locked"), speakers.LockIs: model.String("locked")}, nil},
	{"climate", "climate_sensor", "温度计", "Датчик", map[model.Attribute]model.Value{speakers.Celsius: model.Number(21.5), speakers.Humidity: model.Number(48)}, nil},
	{"vacuum", "robot_vacuum", "扫地机", "Пылесос", map[model.Attribute]model.Value{speakers.Vacuum: model.String("docked")}, []model.Attribute{"robot_vacuum.start", "robot_vacuum.dock", "robot_vacuum.pause"}},
	{"speaker", "speaker", "音箱", "Колонка", map[model.Attribute]model.Value{speakers.Volume: model.Number(30), speakers.Muted: model.Bool(false)}, nil},
	{"dead", "plug", "坏插座", "Розетка", map[model.Attribute]model.Value{speakers.On: model.Bool(false)}, nil},
	{"bad/name", "light_on_off", "", "", map[model.Attribute]model.Value{speakers.On: model.Bool(false)}, nil},
}

// Run describes the shop's devices.
func (h *House) Run(ctx context.Context, to adapters.Hub) error {
	h.hub = to
	for _, w := range h.wares {
		d, rs := w.describe()
		to.Describe(d)
		to.Report(d.Source, rs)
		to.Reachable(d.Source, !strings.HasPrefix(w.ID, "dead"), "no power")
	}
	close(h.ready)
	<-ctx.Done()
	return nil
}

func (w Ware) describe() (model.Description, []model.Reading) {
	e := model.EndpointDescription{ID: "main", Type: w.Kind, Actions: w.Acts}
	var rs []model.Reading
	for _, a := range slices.Sorted(maps.Keys(w.Values)) {
		p := *model.LookupAttribute(a)
		if a == speakers.Mode {
			p.Options = []string{"off", "auto", "cool", "heat", "fan_only", "dry"}
		}
		if a == speakers.FanMode {
			p.Options = []string{"low", "medium", "high", "auto"}
		}
		if a == speakers.Cool {
			low, high := 16.0, 30.0
			p.Min, p.Max = &low, &high
		}
		e.Properties = append(e.Properties, p)
		rs = append(rs, model.Reading{Endpoint: "main", Attribute: a, Value: w.Values[a]})
	}
	return model.Description{Source: model.SourceID("shop/" + w.ID), Name: w.ID, Vendor: "Shop", Model: "m-" + strings.ReplaceAll(w.ID, "/", "-"), Firmware: "1.0", Type: w.Kind,
		Endpoints: []model.EndpointDescription{e}, CommandTimeout: time.Hour}, rs
}

// follows are what becomes as it is wanted: locks, doors.
var follows = map[model.Attribute]model.Attribute{speakers.LockTo: speakers.LockIs, speakers.Closure: speakers.ClosureIs}

// Execute does what is asked at once, unless the house is slow.
func (h *House) Execute(c model.Command) {
	if h.Slow.Load() {
		h.asked.Add(1)
		return
	}
	h.hub.Outcome(c.ID, model.Outcome{Status: model.Acked})
	var rs []model.Reading
	for _, w := range c.Writes {
		rs = append(rs, model.Reading{Endpoint: "main", Attribute: w.Attribute, Value: w.Value})
		if is := follows[w.Attribute]; is != "" {
			rs = append(rs, model.Reading{Endpoint: "main", Attribute: is, Value: w.Value})
		}
	}
	h.hub.Report(c.Source, rs)
}

// Report tells the house of a value of a ware.
func (h *House) Report(ware string, a model.Attribute, v model.Value) {
	h.hub.Report(model.SourceID("shop/"+ware), []model.Reading{{Endpoint: "main", Attribute: a, Value: v}})
}

// Put is a command that was put off.
type Put struct {
	Said string
	At   time.Time
	Ask  home.Ask
}

type live struct{ *hub.Hub }

func (l live) Events(room int) (<-chan home.Effect, func()) {
	s := l.Subscribe(room)
	return s.C, s.Close
}

// New starts a house that ends with the test. Its living room is 客厅, its scene 回家, which lights the lamp.
func New(t *testing.T) *House {
	t.Helper()
	h := With(t, speakers.Options{Now: Now}, wares...)
	h.do(home.SceneSet{ID: "home", Document: json.RawMessage(`{"names":{"":"回家"},"then":[{"device":"` + h.ID["lamp"] + `","set":{"on_off.on":true}}]}`)})
	return h
}

// With starts a house of other wares, and without a scene. Of the options, House and Memory are its own, and Links where none are given.
func With(t *testing.T, o speakers.Options, wares ...Ware) *House {
	t.Helper()
	h := &House{T: t, wares: wares, ID: map[string]string{}, names: map[string]string{}, ready: make(chan struct{})}
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if h.Hub, err = hub.New(t.Context(), hub.Options{Store: st, Scenes: scenes.New(), Adapters: []adapters.Adapter{h}}); err != nil {
		t.Fatal(err)
	}
	o.House, o.Memory = live{h.Hub}, st
	if o.Links == nil {
		o.Links = &h.link
	}
	o.Later = func(_ context.Context, _ speakers.Link, at time.Time, said string, a home.Ask) error {
		h.Later = append(h.Later, Put{said, at, a})
		return nil
	}
	if h.Core, err = speakers.New(o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = h.Hub.Run(ctx) })
	all.Go(func() { _ = h.Core.Run(ctx) })
	t.Cleanup(func() { stop(); all.Wait(); _ = st.Close() })
	<-h.ready
	h.do(home.RoomSet{Room: home.Room{ID: "living", Names: map[string]string{"": "客厅", "ru": "Гостиная"}}})
	for _, d := range h.Hub.View().Devices() {
		h.ID[d.Name("")], h.names[string(d.ID)] = string(d.ID), d.Name("")
	}
	for _, w := range wares {
		id := model.DeviceID(h.ID[w.ID])
		if w.Zh != "" {
			h.do(home.Named{Device: id, Lang: "zh-CN", Name: w.Zh})
			h.do(home.Named{Device: id, Lang: "ru", Name: w.Ru})
		}
		h.do(home.Placed{Device: id, Room: "living"})
	}
	return h
}

func (h *House) do(b home.Body) {
	h.T.Helper()
	if err := h.Hub.Do(h.T.Context(), b); err != nil {
		h.T.Fatal(err)
	}
}

// Ready tells that nothing is on the way any more; a change of the house that was made before is in what is read after.
func (h *House) Ready() {
	h.do(home.RoomSet{Room: home.Room{ID: "x", Names: map[string]string{"": "X"}}})
}

// In puts real device ids for the shop's names: "$lamp".
func (h *House) In(text string) string {
	for name, id := range h.ID {
		text = strings.ReplaceAll(text, "$"+name, id)
	}
	return text
}

// Out puts the shop's names for device ids.
func (h *House) Out(text string) string {
	for id, name := range h.names {
		text = strings.ReplaceAll(text, id, "$"+name)
	}
	return text
}

// Send sends a request and answers with the status and the body, in which device ids are the shop's names.
func (h *House) Send(c http.Handler, method, path, body string, header ...string) (int, string) {
	h.T.Helper()
	r := httptest.NewRequestWithContext(h.T.Context(), method, path, strings.NewReader(h.In(body)))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Code, h.Out(w.Body.String())
}

// AnswersForTheSlow holds that a request is answered though the device never answers: it would wait for an hour.
func (h *House) AnswersForTheSlow(c http.Handler, p Pair) {
	h.T.Helper()
	h.Slow.Store(true)
	defer h.Slow.Store(false)
	path := p.Path
	if path == "" {
		path = "/"
	}
	status, body := h.Send(c, http.MethodPost, path, p.Request, p.Header...)
	if status != http.StatusOK || !json.Valid([]byte(body)) {
		h.T.Errorf("%s: %d %s", p.Name, status, body)
	}
	if h.asked.Load() == 0 {
		h.T.Errorf("%s: the device was not asked: %s", p.Name, body)
	}
}
