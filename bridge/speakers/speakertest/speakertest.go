// Package speakertest is a house for the tests of voice platforms' codecs: a real hub with a shop of fake devices behind it, and
// a core with one account linked.
//
// Use: h := speakertest.New(t); c := aligenie.New(h.Core); h.Post(c, body) answers as over HTTP; h.ID["lamp"] is a device's id.
package speakertest

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

	link  links
	names map[string]string // the shop's names by device id
	hub   adapters.Hub
	ready chan struct{}
}

type links struct{ unlinked atomic.Bool }

func (*links) ByToken(_ context.Context, platform, token string) (speakers.Link, bool) {
	return speakers.Link{ID: "u1", Platform: platform, Person: "li"}, token == Token
}

func (l *links) Unlink(context.Context, string) error { l.unlinked.Store(true); return nil }

// Unlinked reports whether the account's link was ended.
func (h *House) Unlinked() bool { return h.link.unlinked.Load() }

// Name is the adapter's.
func (*House) Name() string { return "shop" }

type ware struct {
	id     string
	kind   model.DeviceType
	zh, ru string
	values map[model.Attribute]model.Value
	acts   []model.Attribute
}

var wares = []ware{
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
	for _, w := range wares {
		d, rs := w.describe()
		to.Describe(d)
		to.Report(d.Source, rs)
		to.Reachable(d.Source, w.id != "dead", "no power")
	}
	close(h.ready)
	<-ctx.Done()
	return nil
}

func (w ware) describe() (model.Description, []model.Reading) {
	e := model.EndpointDescription{ID: "main", Type: w.kind, Actions: w.acts}
	var rs []model.Reading
	for _, a := range slices.Sorted(maps.Keys(w.values)) {
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
		rs = append(rs, model.Reading{Endpoint: "main", Attribute: a, Value: w.values[a]})
	}
	return model.Description{Source: model.SourceID("shop/" + w.id), Name: w.id, Vendor: "Shop", Model: "m-" + strings.ReplaceAll(w.id, "/", "-"), Firmware: "1.0", Type: w.kind,
		Endpoints: []model.EndpointDescription{e}, CommandTimeout: 3 * time.Second}, rs
}

// Execute does what is asked at once, unless the house is slow.
func (h *House) Execute(c model.Command) {
	if h.Slow.Load() {
		return
	}
	h.hub.Outcome(c.ID, model.Outcome{Status: model.Acked})
	var rs []model.Reading
	for _, w := range c.Writes {
		rs = append(rs, model.Reading{Endpoint: "main", Attribute: w.Attribute, Value: w.Value})
		if w.Attribute == speakers.LockTo {
			rs = append(rs, model.Reading{Endpoint: "main", Attribute: speakers.LockIs, Value: w.Value})
		}
	}
	h.hub.Report(c.Source, rs)
}

type live struct{ *hub.Hub }

func (l live) Events(room int) (<-chan home.Effect, func()) {
	s := l.Subscribe(room)
	return s.C, s.Close
}

// New starts a house that ends with the test. Its living room is 客厅, its scene 回家.
func New(t *testing.T) *House {
	t.Helper()
	h := &House{T: t, ID: map[string]string{}, names: map[string]string{}, ready: make(chan struct{})}
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if h.Hub, err = hub.New(t.Context(), hub.Options{Store: st, Scenes: scenes.New(), Adapters: []adapters.Adapter{h}}); err != nil {
		t.Fatal(err)
	}
	if h.Core, err = speakers.New(speakers.Options{House: live{h.Hub}, Memory: st, Links: &h.link, Now: Now}); err != nil {
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
		id := model.DeviceID(h.ID[w.id])
		if w.zh != "" {
			h.do(home.Named{Device: id, Lang: "zh-CN", Name: w.zh})
			h.do(home.Named{Device: id, Lang: "ru", Name: w.ru})
		}
		h.do(home.Placed{Device: id, Room: "living"})
	}
	h.do(home.SceneSet{ID: "home", Document: json.RawMessage(`{"names":{"":"回家"},"then":[{"device":"` + h.ID["lamp"] + `","set":{"on_off.on":true}}]}`)})
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

// Pair is one request and what is answered.
type Pair struct {
	Name    string
	Method  string // POST when empty
	Path    string
	Request string
	Header  []string
}

// Golden sends requests in their order and compares the answers with testdata/golden.json, which -update writes anew.
func (h *House) Golden(c http.Handler, update bool, pairs []Pair) {
	h.T.Helper()
	type record struct {
		Name     string `json:"name"`
		Request  any    `json:"request,omitempty"`
		Path     string `json:"path,omitempty"`
		Status   int    `json:"status"`
		Response any    `json:"response,omitempty"`
	}
	var got []record
	for _, p := range pairs {
		method := p.Method
		if method == "" {
			method = http.MethodPost
		}
		path := p.Path
		if path == "" {
			path = "/"
		}
		status, body := h.Send(c, method, path, p.Request, p.Header...)
		x := record{Name: p.Name, Path: p.Path, Status: status}
		if p.Request != "" {
			if err := json.Unmarshal([]byte(p.Request), &x.Request); err != nil {
				h.T.Fatalf("%s: %v", p.Name, err)
			}
		}
		if body != "" {
			if err := json.Unmarshal([]byte(body), &x.Response); err != nil {
				h.T.Fatalf("%s: %v: %s", p.Name, err, body)
			}
		}
		got = append(got, x)
	}
	file := filepath.Join("testdata", "golden.json")
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(got); err != nil {
		h.T.Fatal(err)
	}
	if update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			h.T.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			h.T.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		h.T.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		h.T.Errorf("answers are not the golden ones (-want +got):\n%s", diff)
	}
}
