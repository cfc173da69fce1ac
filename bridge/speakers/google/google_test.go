package google

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/adapters/zigbee2mqtt"
	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
	"github.com/concord-home/hub/demo"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

type liveHouse struct{ *hub.Hub }

func (h liveHouse) Events(room int) (<-chan home.Effect, func()) {
	s := h.Subscribe(room)
	return s.C, s.Close
}

type topics struct{ conn mqtt.Conn }

func (t topics) Subscribe(filter string, h func(adapters.Message)) (func(), error) {
	return t.conn.Subscribe(filter, func(m mqtt.Message) {
		h(adapters.Message{Topic: m.Topic, Payload: m.Payload, Retained: m.Retained})
	})
}

func (t topics) Publish(topic string, payload []byte, retain bool, qos byte) error {
	return t.conn.Publish(topic, payload, retain, qos)
}

// oneLink is an account that one token stands for.
type oneLink struct{ unlinked bool }

func (l *oneLink) ByToken(_ context.Context, platform, token string) (speakers.Link, bool) {
	return speakers.Link{ID: "user-1", Platform: platform, Person: "li"}, token == "good"
}

func (*oneLink) ByID(id string) (speakers.Link, bool) { return speakers.Link{ID: id}, true }

func (l *oneLink) Unlink(context.Context, string) error { l.unlinked = true; return nil }

// rig is the demo house, linked to Google, with a Home Graph of its own.
type rig struct {
	t     *testing.T
	hub   *hub.Hub
	core  *speakers.Core
	http  *httptest.Server
	links *oneLink

	mu      sync.Mutex
	reports map[string]map[string]any // last states, by device
	status  int                       // what the Home Graph answers
	syncs   int
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, links: &oneLink{}, reports: map[string]map[string]any{}, status: http.StatusOK}
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	broker, err := mqtt.NewBroker(mqtt.BrokerOptions{Listen: "127.0.0.1:0", AllowAnonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	z := zigbee2mqtt.New(zigbee2mqtt.Options{Base: "zigbee2mqtt", MQTT: topics{broker}})
	if r.hub, err = hub.New(t.Context(), hub.Options{Store: st, Scenes: scenes.New(), Presence: presence.New(), Adapters: []adapters.Adapter{z}}); err != nil {
		t.Fatal(err)
	}
	pin := func(p string) speakers.Verdict {
		if p == "2580" {
			return speakers.PINRight
		}
		return speakers.PINWrong
	}
	if r.core, err = speakers.New(speakers.Options{House: liveHouse{r.hub}, Memory: st, Links: r.links, CheckPIN: pin}); err != nil {
		t.Fatal(err)
	}
	graph := httptest.NewServer(http.HandlerFunc(r.graph))
	t.Cleanup(graph.Close)
	g := New(r.core, testAccount(t, graph.URL))
	r.core.AddReporter(g)
	r.http = httptest.NewServer(g)
	t.Cleanup(r.http.Close)
	play := demo.New(demo.Options{MQTT: topics{broker}, Base: "zigbee2mqtt", Speed: 0.001})
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, f := range []func(context.Context) error{broker.Run, r.hub.Run, play.Run, r.core.Run} {
		all.Go(func() { _ = f(ctx) })
	}
	t.Cleanup(func() { stop(); all.Wait(); _ = broker.Close(); _ = st.Close() })
	r.wait("the demo's devices", func() bool { return len(r.hub.View().Devices()) >= 19 })
	return r
}

// wait waits until something is so.
func (r *rig) wait(what string, so func() bool) {
	r.t.Helper()
	effects, stop := liveHouse{r.hub}.Events(4096)
	defer stop()
	deadline := time.After(20 * time.Second)
	for !so() {
		select {
		case <-effects:
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			r.t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func (r *rig) graph(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasSuffix(q.URL.Path, "/token") {
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "t", "expires_in": 3600})
		return
	}
	if strings.HasSuffix(q.URL.Path, "requestSync") {
		r.syncs++
		return
	}
	var body struct {
		AgentUserID string `json:"agentUserId"`
		Payload     struct {
			Devices struct {
				States map[string]map[string]any `json:"states"`
			} `json:"devices"`
		} `json:"payload"`
	}
	if err := json.NewDecoder(q.Body).Decode(&body); err != nil || body.AgentUserID != "user-1" || q.Header.Get("Authorization") != "Bearer t" {
		r.t.Errorf("a report that is not right: %v %+v", err, body)
	}
	if r.status != http.StatusOK {
		w.WriteHeader(r.status)
		return
	}
	for id, s := range body.Payload.Devices.States {
		r.reports[id] = s
	}
}

func testAccount(t *testing.T, url string) *ServiceAccount {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(map[string]string{"client_email": "hub@example.test", "token_uri": url + "/token", "home_graph": url,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	a, err := ReadServiceAccount(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask sends a request of Google's and decodes the payload of the answer.
func (r *rig) ask(intent string, payload any, out any) []byte {
	r.t.Helper()
	b, _ := json.Marshal(map[string]any{"requestId": "6894439706274654512", "inputs": []any{map[string]any{"intent": "action.devices." + intent, "payload": payload}}})
	q, _ := http.NewRequest(http.MethodPost, r.http.URL, bytes.NewReader(b))
	q.Header.Set("Authorization", "Bearer good")
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	var raw bytes.Buffer
	_, _ = raw.ReadFrom(res.Body)
	var env struct {
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(raw.Bytes(), &env); err != nil {
		r.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(env.Payload, out); err != nil {
			r.t.Fatal(err)
		}
	}
	return raw.Bytes()
}

func schema(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "schema", path))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, what, path string, b []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t, path).Validate(v); err != nil {
		t.Errorf("%s: %v\n%s", what, err, b)
	}
}

type synced struct {
	AgentUserID string   `json:"agentUserId"`
	Devices     []Device `json:"devices"`
}

func TestTheDemoHouseSyncsAndEveryAnswerIsAsTheSchemasWant(t *testing.T) {
	r := newRig(t)
	var s synced
	valid(t, "SYNC", "intents/sync/sync.response.schema.json", r.ask("SYNC", map[string]any{}, &s))
	if len(s.Devices) < 12 {
		t.Errorf("only %d devices", len(s.Devices))
	}
	var query struct {
		Devices map[string]map[string]any `json:"devices"`
	}
	var targets []any
	for _, d := range s.Devices {
		targets = append(targets, map[string]string{"id": d.ID})
	}
	valid(t, "QUERY", "intents/query/query.response.schema.json", r.ask("QUERY", map[string]any{"devices": targets}, &query))
	for _, d := range s.Devices {
		for _, trait := range d.Traits {
			dir := "traits/" + strings.ToLower(strings.TrimPrefix(trait, traitPrefix)) + "/" + strings.ToLower(strings.TrimPrefix(trait, traitPrefix))
			if d.Attributes == nil {
				d.Attributes = map[string]any{}
			}
			b, _ := json.Marshal(d.Attributes)
			if exists(dir + ".attributes.schema.json") {
				valid(t, d.Name.Name+" attributes of "+trait, dir+".attributes.schema.json", b)
			}
			states, _ := json.Marshal(query.Devices[d.ID])
			if exists(dir+".states.schema.json") && len(query.Devices[d.ID]) > 2 {
				valid(t, d.Name.Name+" states of "+trait, dir+".states.schema.json", states)
			}
		}
	}
}

func exists(path string) bool {
	m, _ := filepath.Glob(filepath.Join("testdata", "schema", path))
	return len(m) > 0
}

// trials are a command for each trait, and another that takes it back.
var trials = map[string][2]string{
	"OnOff":              {`{"command":"action.devices.commands.OnOff","params":{"on":false}}`, `{"command":"action.devices.commands.OnOff","params":{"on":true}}`},
	"Brightness":         {`{"command":"action.devices.commands.BrightnessAbsolute","params":{"brightness":35}}`, `{"command":"action.devices.commands.BrightnessAbsolute","params":{"brightness":65}}`},
	"ColorSetting":       {`{"command":"action.devices.commands.ColorAbsolute","params":{"color":{"temperature":3000}}}`, `{"command":"action.devices.commands.ColorAbsolute","params":{"color":{"temperature":4000}}}`},
	"OpenClose":          {`{"command":"action.devices.commands.OpenClose","params":{"openPercent":0}}`, `{"command":"action.devices.commands.OpenClose","params":{"openPercent":40}}`},
	"TemperatureSetting": {`{"command":"action.devices.commands.ThermostatTemperatureSetpoint","params":{"thermostatTemperatureSetpoint":22}}`, `{"command":"action.devices.commands.ThermostatTemperatureSetpoint","params":{"thermostatTemperatureSetpoint":20}}`},
	"LockUnlock":         {`{"command":"action.devices.commands.LockUnlock","params":{"lock":false},"challenge":{"pin":"2580"}}`, `{"command":"action.devices.commands.LockUnlock","params":{"lock":true}}`},
}

type executed struct {
	Commands []struct {
		IDs       []string          `json:"ids"`
		Status    string            `json:"status"`
		States    map[string]any    `json:"states"`
		ErrorCode string            `json:"errorCode"`
		Challenge map[string]string `json:"challengeNeeded"`
	} `json:"commands"`
}

func (r *rig) execute(id, execution string, out *executed) []byte {
	return r.ask("EXECUTE", map[string]any{"commands": []any{map[string]any{"devices": []any{map[string]string{"id": id}}, "execution": []any{json.RawMessage(execution)}}}}, out)
}

func TestExecuteQueryAndReportAgreeForEveryDeviceOfTheDemoHouse(t *testing.T) {
	r := newRig(t)
	var s synced
	r.ask("SYNC", map[string]any{}, &s)
	tried := 0
	for _, d := range s.Devices {
		if d.Attributes["queryOnlyTemperatureSetting"] == true || d.Attributes["queryOnlyOpenClose"] == true {
			continue
		}
		for _, trait := range d.Traits {
			for _, command := range trials[strings.TrimPrefix(trait, traitPrefix)] {
				if command == "" {
					continue
				}
				var e executed
				raw := r.execute(d.ID, command, &e)
				valid(t, "EXECUTE", "intents/execute/execute.response.schema.json", raw)
				if len(e.Commands) != 1 || e.Commands[0].Status != "SUCCESS" && e.Commands[0].Status != "PENDING" {
					t.Errorf("%s %s: %s", d.Name.Name, command, raw)
					continue
				}
				tried++
			}
		}
		r.agree(d)
	}
	if tried < 20 {
		t.Errorf("only %d commands were tried", tried)
	}
}

// agree waits until the reports, QUERY and the house say the same of a device.
func (r *rig) agree(d Device) {
	r.t.Helper()
	var diff string
	r.wait(d.Name.Name+" agrees", func() bool {
		r.core.Flush(r.t.Context())
		var q struct {
			Devices map[string]map[string]any `json:"devices"`
		}
		r.ask("QUERY", map[string]any{"devices": []any{map[string]string{"id": d.ID}}}, &q)
		have := q.Devices[d.ID]
		delete(have, "status")
		delete(have, "errorCode")
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.reports[d.ID] == nil {
			return strings.HasPrefix(d.ID, scenePrefix) || len(d.Traits) == 0 || trials[strings.TrimPrefix(d.Traits[0], traitPrefix)][0] == ""
		}
		diff = cmp.Diff(have, r.reports[d.ID])
		return diff == ""
	})
	if diff != "" {
		r.t.Error(diff)
	}
}

func TestUnlockingWantsThePIN(t *testing.T) {
	r := newRig(t)
	var s synced
	r.ask("SYNC", map[string]any{}, &s)
	for _, d := range s.Devices {
		if d.Type != typePrefix+"LOCK" {
			continue
		}
		for _, c := range []struct{ challenge, code, kind string }{
			{"", "challengeNeeded", "pinNeeded"},
			{`,"challenge":{"pin":"1111"}`, "challengeNeeded", "challengeFailedPinNeeded"},
			{`,"challenge":{"pin":"2580"}`, "", ""},
		} {
			var e executed
			raw := r.execute(d.ID, `{"command":"action.devices.commands.LockUnlock","params":{"lock":false}`+c.challenge+`}`, &e)
			valid(t, "EXECUTE", "intents/execute/execute.response.schema.json", raw)
			if e.Commands[0].ErrorCode != c.code || e.Commands[0].Challenge["type"] != c.kind {
				t.Errorf("%q: %s", c.challenge, raw)
			}
		}
		return
	}
	t.Error("there is no lock")
}

func TestAStrangerAndAnUnknownDeviceAreRefused(t *testing.T) {
	r := newRig(t)
	q, _ := http.NewRequest(http.MethodPost, r.http.URL, strings.NewReader(`{"requestId":"1","inputs":[{"intent":"action.devices.SYNC"}]}`))
	q.Header.Set("Authorization", "Bearer bad")
	res, err := http.DefaultClient.Do(q)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%v %v", res, err)
	}
	_ = res.Body.Close()
	var e executed
	r.execute("nothing", trials["OnOff"][0], &e)
	if e.Commands[0].ErrorCode != "deviceNotFound" {
		t.Errorf("%+v", e)
	}
	r.ask("DISCONNECT", map[string]any{}, nil)
	if !r.links.unlinked {
		t.Error("still linked")
	}
}

func TestA404StopsReportsUntilTheNextSync(t *testing.T) {
	r := newRig(t)
	var s synced
	r.ask("SYNC", map[string]any{}, &s)
	r.mu.Lock()
	r.status = http.StatusNotFound
	r.mu.Unlock()
	var lamp Device
	for _, d := range s.Devices {
		if d.Type == typePrefix+"LIGHT" {
			lamp = d
			break
		}
	}
	var e executed
	r.execute(lamp.ID, trials["OnOff"][1], &e)
	r.execute(lamp.ID, trials["OnOff"][0], &e)
	r.wait("a request to sync", func() bool {
		r.core.Flush(t.Context())
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.syncs > 0
	})
	if why := r.core.LastFailure(Platform); !strings.Contains(why, "does not know") {
		t.Errorf("the doctor is told %q", why)
	}
}

func FuzzRequest(f *testing.F) {
	core, in := speakertest.Still()
	g := New(core, nil)
	for _, x := range []string{`"$lamp"}],"execution":[{"command":"action.devices.commands.OnOff","params":{"on":true}},{"command":"action.devices.commands.BrightnessRelative","params":{"brightnessRelativeWeight":-5}}]`,
		`"$ac"}],"execution":[{"command":"action.devices.commands.ThermostatSetMode","params":{"thermostatMode":"cool"},"challenge":{"ack":true}}]`, `"$door"}],"execution":[{"command":"action.devices.commands.LockUnlock","params":{"lock":false},"challenge":{"pin":[1]}}]`,
		`"$lamp"}],"execution":[{"command":"action.devices.commands.ColorAbsolute","params":{"color":{"spectrumHSV":{"hue":1e300,"saturation":-1,"value":2}}}}]`, `"scene-x"}],"execution":[{"command":"action.devices.commands.ActivateScene","params":{}}]`} {
		f.Add([]byte(in(`{"requestId":"1","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[{"id":` + x + `}]}}]}`)))
	}
	f.Add([]byte(`{"requestId":"1","inputs":[{"intent":"action.devices.QUERY","payload":{"devices":[{"id":"x"}]}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var req request
		if json.Unmarshal(b, &req) != nil || len(req.Inputs) == 0 {
			return
		}
		out, err := g.Handle(t.Context(), speakers.Link{ID: "u1", Platform: Platform}, &req)
		if err != nil {
			return
		}
		if _, err := json.Marshal(out); err != nil {
			t.Error(err)
		}
	})
}

func TestADeviceThatNeverAnswersHoldsUpNoAnswer(t *testing.T) {
	h := speakertest.New(t)
	h.AnswersForTheSlow(New(h.Core, nil), speakertest.Pair{Name: "on", Header: []string{"Authorization", "Bearer T"},
		Request: `{"requestId":"1","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[{"id":"$lamp"}],"execution":[{"command":"action.devices.commands.OnOff","params":{"on":true}}]}]}}]}`})
}
