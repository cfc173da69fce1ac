package alexa

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
	"github.com/concord-home/hub/model"
)

// samples is where Amazon's sample messages are. Their licence lets nobody pass them on, so they are read from beside the project.
const samples = "../../../../shared/voice/alexa-samples"

var wares = []speakertest.Ware{
	{ID: "lamp", Kind: "light_color", Values: map[model.Attribute]model.Value{speakers.On: model.Bool(false), speakers.Level: model.Number(40), speakers.Hue: model.Number(10), speakers.Sat: model.Number(50), speakers.Kelvin: model.Number(3000)}},
	{ID: "thermostat", Kind: "thermostat", Values: map[model.Attribute]model.Value{speakers.Heat: model.Number(20), speakers.Mode: model.String("heat"), speakers.RoomTemp: model.Number(19.5)}},
	{ID: "blind", Kind: "window_covering", Values: map[model.Attribute]model.Value{speakers.OpenPct: model.Number(0)}},
	{ID: "door", Kind: "door_lock", Values: map[model.Attribute]model.Value{speakers.LockTo: model.String("locked"), speakers.LockIs: model.String("locked")}},
	{ID: "window", Kind: "contact_sensor", Values: map[model.Attribute]model.Value{speakers.Contact: model.Bool(true)}},
	{ID: "speaker", Kind: "speaker", Values: map[model.Attribute]model.Value{speakers.Volume: model.Number(30), speakers.Muted: model.Bool(false)}},
	{ID: "garage", Kind: "garage_door", Values: map[model.Attribute]model.Value{speakers.Closure: model.String("closed"), speakers.ClosureIs: model.String("closed")}},
	{ID: "fan", Kind: "fan", Values: map[model.Attribute]model.Value{speakers.On: model.Bool(true), speakers.FanMode: model.String("low")}},
	{ID: "panel", Kind: "security_panel", Values: map[model.Attribute]model.Value{model.AttrSecurityPanelTarget: model.String("disarmed")}},
	{ID: "dead lamp", Kind: "light_on_off", Values: map[model.Attribute]model.Value{speakers.On: model.Bool(false)}},
	{ID: "bad/name", Kind: "light_on_off", Values: map[model.Attribute]model.Value{speakers.On: model.Bool(false)}},
}

type oneLink struct{}

func (oneLink) ByToken(_ context.Context, platform, token string) (speakers.Link, bool) {
	return speakers.Link{ID: "user-1", Platform: platform}, token == "access-token-from-skill"
}

func (oneLink) ByID(id string) (speakers.Link, bool) { return speakers.Link{ID: id}, true }

func (oneLink) Unlink(context.Context, string) error { return nil }

func checkPIN(pin string) speakers.Verdict {
	if pin == "2580" {
		return speakers.PINRight
	}
	return speakers.PINWrong
}

type rig struct {
	t     *testing.T
	a     *Alexa
	house *speakertest.House

	mu     sync.Mutex
	events []message
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, house: speakertest.With(t, speakers.Options{Links: oneLink{}, CheckPIN: checkPIN}, wares...)}
	amazon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/token" {
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "t", "refresh_token": "r", "expires_in": 3600})
			return
		}
		var m message
		if err := json.NewDecoder(q.Body).Decode(&m); err != nil || q.Header.Get("Authorization") != "Bearer t" {
			t.Errorf("an event that is not right: %v", err)
		}
		r.mu.Lock()
		r.events = append(r.events, m)
		r.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(amazon.Close)
	r.a = New(r.house.Core, &Client{ID: "c", Secret: "s", Token: amazon.URL + "/token", Gateway: amazon.URL}, speakertest.Memory{})
	r.house.Core.AddReporter(r.a)
	if err := r.house.Core.Expose(t.Context(), Platform, model.DeviceID(r.house.ID["panel"]), true); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) say(namespace, name, device, payload string) message {
	r.t.Helper()
	d := &directive{Header: header{Namespace: namespace, Name: name, Version: "3", MessageID: "m", Correlation: "corr"}, Endpoint: endpoint{Scope: &scope{"BearerToken", "access-token-from-skill"}, ID: r.house.ID[device]}, Payload: json.RawMessage(payload)}
	b, err := json.Marshal(r.a.Handle(r.t.Context(), d))
	if err != nil {
		r.t.Fatal(err)
	}
	var m message
	if err := json.Unmarshal(b, &m); err != nil {
		r.t.Fatal(err)
	}
	return m
}

func value(m message, name string) any {
	if m.Context == nil {
		return nil
	}
	for _, p := range m.Context.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return nil
}

func TestDirectivesAreCarriedOutAndAnsweredWithTheNewState(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		namespace, name, device, payload, property string
		want                                       any
	}{
		{"Alexa.PowerController", "TurnOn", "lamp", `{}`, "powerState", "ON"},
		{"Alexa.BrightnessController", "SetBrightness", "lamp", `{"brightness":70}`, "brightness", 70.0},
		{"Alexa.BrightnessController", "AdjustBrightness", "lamp", `{"brightnessDelta":-20}`, "brightness", 50.0},
		{"Alexa.ColorTemperatureController", "SetColorTemperature", "lamp", `{"colorTemperatureInKelvin":4000}`, "colorTemperatureInKelvin", 4000.0},
		{"Alexa.RangeController", "SetRangeValue", "blind", `{"rangeValue":60}`, "rangeValue", 60.0},
		{"Alexa.ModeController", "SetMode", "garage", `{"mode":"Position.Up"}`, "mode", "Position.Up"},
		{"Alexa.ModeController", "SetMode", "fan", `{"mode":"high"}`, "mode", "high"},
		{"Alexa.ModeController", "AdjustMode", "fan", `{"modeDelta":-1}`, "mode", "medium"},
		{"Alexa.SecurityPanelController", "Arm", "panel", `{"armState":"ARMED_AWAY"}`, "armState", "ARMED_AWAY"},
		{"Alexa.SecurityPanelController", "Disarm", "panel", `{"authorization":{"type":"FOUR_DIGIT_PIN","value":"2580"}}`, "armState", "DISARMED"},
		{"Alexa.LockController", "Unlock", "door", `{}`, "lockState", "UNLOCKED"},
		{"Alexa.Speaker", "AdjustVolume", "speaker", `{"volume":-20}`, "volume", 10.0},
		{"Alexa.ThermostatController", "SetThermostatMode", "thermostat", `{"thermostatMode":{"value":"COOL"}}`, "thermostatMode", "COOL"},
		{"Alexa", "ReportState", "window", `{}`, "detectionState", "DETECTED"},
	} {
		m := r.say(c.namespace, c.name, c.device, c.payload)
		if got := value(m, c.property); got != c.want || m.Event.Header.Correlation != "corr" {
			t.Errorf("%s.%s: %v, want %v (%+v)", c.namespace, c.name, got, c.want, m.Event)
		}
	}
	r.say("Alexa.ThermostatController", "SetThermostatMode", "thermostat", `{"thermostatMode":{"value":"HEAT"}}`)
	if m := r.say("Alexa.ThermostatController", "SetTargetTemperature", "thermostat", `{"targetSetpoint":{"value":68,"scale":"FAHRENHEIT"}}`); value(m, "targetSetpoint").(map[string]any)["value"] != 20.0 {
		t.Errorf("%+v", m.Context)
	}
}

func TestWhatCannotBeDoneHasAlexasErrorType(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct{ namespace, name, device, payload, want string }{
		{"Alexa.PowerController", "TurnOn", "dead lamp", `{}`, "ENDPOINT_UNREACHABLE"},
		{"Alexa.PowerController", "TurnOn", "no such thing", `{}`, "NO_SUCH_ENDPOINT"},
		{"Alexa.PowerController", "TurnOn", "blind", `{}`, "INVALID_DIRECTIVE"},
		{"Alexa.ThermostatController", "SetTargetTemperature", "thermostat", `{"targetSetpoint":{"value":200,"scale":"CELSIUS"}}`, "TEMPERATURE_VALUE_OUT_OF_RANGE"},
		{"Alexa.ThermostatController", "SetTargetTemperature", "thermostat", `{"lowerSetpoint":{"value":20,"scale":"CELSIUS"},"upperSetpoint":{"value":25,"scale":"CELSIUS"}}`, "DUAL_SETPOINTS_UNSUPPORTED"},
		{"Alexa.BrightnessController", "SetBrightness", "lamp", `{"brightness":140}`, "VALUE_OUT_OF_RANGE"},
		{"Alexa.ModeController", "SetMode", "garage", `{"mode":"Position.Sideways"}`, "INVALID_VALUE"},
		{"Alexa.SecurityPanelController", "Disarm", "panel", `{}`, "UNAUTHORIZED"},
		{"Alexa.SecurityPanelController", "Disarm", "panel", `{"authorization":{"type":"FOUR_DIGIT_PIN","value":"1111"}}`, "UNAUTHORIZED"},
	} {
		m := r.say(c.namespace, c.name, c.device, c.payload)
		p, _ := m.Event.Payload.(map[string]any)
		if m.Event.Header.Name != "ErrorResponse" || p["type"] != c.want {
			t.Errorf("%s %s: %+v, want %s", c.name, c.device, m.Event, c.want)
		}
		if strings.HasSuffix(c.want, "OUT_OF_RANGE") && p["validRange"] == nil {
			t.Errorf("%s %s: no validRange in %v", c.name, c.device, p)
		}
	}
	d := &directive{Header: header{Namespace: "Alexa.PowerController", Name: "TurnOn", Version: "3"}, Endpoint: endpoint{Scope: &scope{"BearerToken", "stolen"}}}
	if p := r.a.Handle(t.Context(), d).Event.Payload.(map[string]any); p["type"] != "INVALID_AUTHORIZATION_CREDENTIAL" {
		t.Errorf("%v", p)
	}
}

// What Amazon's test plans want of lamps, in our words.
func TestALampThatIsOffHasNoBrightnessAndOneThatIsSetIsLit(t *testing.T) {
	r := newRig(t)
	type does struct{ face, name, payload string }
	off, on := does{"Power", "TurnOff", `{}`}, does{"Power", "TurnOn", `{}`}
	level := func(n string) does { return does{"Brightness", "SetBrightness", `{"brightness":` + n + `}`} }
	by := func(n string) does { return does{"Brightness", "AdjustBrightness", `{"brightnessDelta":` + n + `}`} }
	green := does{"Color", "SetColor", `{"color":{"hue":120,"saturation":1,"brightness":1}}`}
	for _, c := range []struct {
		name       string
		do         []does
		power      string
		brightness any // nil: none is wanted
	}{
		{"brighter from off", []does{level("80"), off, by("25")}, "ON", 25.0},
		{"darker from off", []does{level("80"), off, by("-25")}, "OFF", nil},
		{"none is off", []does{on, level("100"), level("0")}, "OFF", 0.0},
		{"and on again as it was", []does{on, level("70"), level("0"), on}, "ON", 70.0},
		{"darker down to none", []does{on, level("25"), by("-25")}, "OFF", nil},
		{"a white lights it", []does{off, {"ColorTemperature", "SetColorTemperature", `{"colorTemperatureInKelvin":3000}`}}, "ON", nil},
		{"a cooler white lights it", []does{off, {"ColorTemperature", "IncreaseColorTemperature", `{}`}}, "ON", nil},
		{"a colour lights it", []does{off, green}, "ON", 100.0},
	} {
		var m message
		for _, x := range c.do {
			m = r.say("Alexa."+x.face+"Controller", x.name, "lamp", x.payload)
		}
		if value(m, "powerState") != c.power || c.brightness != nil && value(m, "brightness") != c.brightness {
			t.Errorf("%s: %v at %v", c.name, value(m, "powerState"), value(m, "brightness"))
		}
	}
	r.say("Alexa.ColorController", "SetColor", "lamp", green.payload)
	if c, _ := value(r.say("Alexa.BrightnessController", "SetBrightness", "lamp", `{"brightness":40}`), "color").(map[string]any); c["brightness"] != 1.0 {
		t.Errorf("the colour became %v by the brightness", c)
	}
}

func TestADirectiveThatComesAgainIsNotDoneAgain(t *testing.T) {
	r := newRig(t)
	brighter := func(id string) any {
		d := &directive{Header: header{Namespace: "Alexa.BrightnessController", Name: "AdjustBrightness", Version: "3", MessageID: id}, Endpoint: endpoint{Scope: &scope{"BearerToken", "access-token-from-skill"}, ID: r.house.ID["lamp"]}, Payload: json.RawMessage(`{"brightnessDelta":10}`)}
		return value(r.a.Handle(t.Context(), d), "brightness")
	}
	r.say("Alexa.BrightnessController", "SetBrightness", "lamp", `{"brightness":20}`)
	if a, b, c := brighter("m1"), brighter("m1"), brighter("m2"); a != 30 || b != 30 || c != 40 {
		t.Errorf("%v, %v, %v", a, b, c)
	}
}

func TestASlowDeviceIsAnsweredInTimeAndItsEndIsTold(t *testing.T) {
	r := newRig(t)
	r.discover()
	r.accept()
	r.house.Slow.Store(true)
	m := r.say("Alexa.PowerController", "TurnOn", "lamp", `{}`)
	if m.Event.Header.Name != "DeferredResponse" {
		t.Fatalf("%+v", m.Event)
	}
	r.house.Report("lamp", speakers.On, model.Bool(true))
	r.waitEvent(func(m message) bool { return m.Event.Header.Name == "Response" && m.Event.Header.Correlation == "corr" })
}

func TestChangesAreReported(t *testing.T) {
	r := newRig(t)
	r.discover()
	r.accept()
	r.house.Report("window", speakers.Contact, model.Bool(false))
	r.waitEvent(func(m message) bool {
		return m.Event.Header.Name == "ChangeReport" && m.Event.Endpoint.ID == r.house.ID["window"]
	})
	r.say("Alexa.PowerController", "TurnOn", "lamp", `{}`)
	r.waitEvent(func(m message) bool {
		return m.Event.Header.Name == "ChangeReport" && m.Event.Endpoint.ID == r.house.ID["lamp"] && strings.Contains(fmt.Sprint(m.Event.Payload), "VOICE_INTERACTION")
	})
	r.house.Report("lamp", speakers.Kelvin, model.Number(3500))
	r.waitEvent(func(m message) bool { // what did not change stands beside it
		payload := fmt.Sprint(m.Event.Payload)
		return strings.Contains(payload, "PHYSICAL_INTERACTION") && strings.Contains(payload, "3500") && !strings.Contains(payload, "powerState") && value(m, "powerState") == "ON"
	})
	if err := r.house.Core.Expose(t.Context(), Platform, model.DeviceID(r.house.ID["blind"]), false); err != nil {
		t.Fatal(err)
	}
	r.waitEvent(func(m message) bool {
		return m.Event.Header.Name == "DeleteReport" && strings.Contains(fmt.Sprint(m.Event.Payload), r.house.ID["blind"])
	})
}

func (r *rig) accept() {
	r.t.Helper()
	m := r.say("Alexa.Authorization", "AcceptGrant", "lamp", `{"grant":{"type":"OAuth2.AuthorizationCode","code":"x"},"grantee":{"type":"BearerToken","token":"access-token-from-skill"}}`)
	if m.Event.Header.Name != "AcceptGrant.Response" {
		r.t.Fatalf("%+v", m.Event)
	}
}

func (r *rig) discover() []Endpoint {
	r.t.Helper()
	m := r.say("Alexa.Discovery", "Discover", "lamp", `{}`)
	b, _ := json.Marshal(m.Event.Payload)
	var p struct {
		Endpoints []Endpoint `json:"endpoints"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		r.t.Fatal(err)
	}
	return p.Endpoints
}

func (r *rig) waitEvent(is func(message) bool) {
	r.t.Helper()
	for range 100 {
		r.mu.Lock()
		found := slices.ContainsFunc(r.events, is)
		r.mu.Unlock()
		if found {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.t.Context().Done():
		}
	}
	r.t.Errorf("no such event among %+v", r.events)
}

func TestDiscoveryLeavesOutABadDeviceAndEveryStateIsOneThatWasDiscovered(t *testing.T) {
	r := newRig(t)
	endpoints := r.discover()
	for _, e := range endpoints {
		if e.Name == "bad/name" {
			t.Error("a device whose name cannot be said is there")
		}
		have := map[string]bool{}
		for _, c := range e.Capabilities {
			if c.Properties != nil {
				for _, p := range c.Properties.Supported {
					have[c.Interface+"."+c.Instance+"."+p["name"]] = true
				}
			}
		}
		if !have["Alexa.EndpointHealth..connectivity"] {
			t.Errorf("%s has no EndpointHealth", e.Name)
		}
		m := r.say("Alexa", "ReportState", e.Name, `{}`)
		for _, p := range m.Context.Properties {
			if !have[p.Namespace+"."+p.Instance+"."+p.Name] {
				t.Errorf("%s reports %s.%s, which was not discovered", e.Name, p.Namespace, p.Name)
			}
		}
	}
	if len(endpoints) != 10 {
		t.Errorf("%d endpoints", len(endpoints))
	}
}

func TestEveryRequestAmongAmazonsSamplesDecodes(t *testing.T) {
	files, _ := filepath.Glob(samples + "/*/*.json")
	if len(files) == 0 {
		t.Skip("Amazon's sample messages are not beside the project: " + samples)
	}
	r := newRig(t)
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var in struct {
			Directive *directive `json:"directive"`
		}
		if err := json.Unmarshal(b, &in); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if in.Directive == nil {
			continue
		}
		n++
		if in.Directive.Endpoint.ID != "" {
			in.Directive.Endpoint.ID = r.house.ID["lamp"]
		}
		m := r.a.Handle(t.Context(), in.Directive)
		if p, ok := m.Event.Payload.(map[string]any); ok && (p["type"] == "INVALID_AUTHORIZATION_CREDENTIAL" || p["type"] == "INVALID_VALUE" && !strings.Contains(f, "Lock")) {
			t.Errorf("%s: %v", filepath.Base(f), p)
		}
	}
	if n < 40 {
		t.Errorf("only %d directives", n)
	}
}

func FuzzDirective(f *testing.F) {
	core, in := speakertest.Still()
	a := New(core, nil, speakertest.Memory{})
	for _, seed := range []string{`"Alexa.PowerController","name":"TurnOn"},"payload":{},"$lamp`, `"Alexa.BrightnessController","name":"AdjustBrightness"},"payload":{"brightnessDelta":-20},"$lamp`, `"Alexa.ColorController","name":"SetColor"},"payload":{"color":{"hue":1,"saturation":2,"brightness":3}},"$lamp`,
		`"Alexa.ThermostatController","name":"SetTargetTemperature"},"payload":{"lowerSetpoint":{"value":20,"scale":"KELVIN"},"upperSetpoint":{"value":1}},"$ac`, `"Alexa.ModeController","name":"AdjustMode","instance":"Fan.Mode"},"payload":{"modeDelta":1e9},"$ac`, `"Alexa.RangeController","name":"SetRangeValue"},"payload":{"rangeValue":1},"$curtain`} {
		body, device, _ := strings.Cut(seed, `,"$`)
		f.Add([]byte(in(`{"endpoint":{"scope":{"type":"BearerToken","token":"T"},"endpointId":"$` + device + `"},"header":{"payloadVersion":"3","messageId":"m","namespace":` + body + `}`)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d directive
		if json.Unmarshal(b, &d) != nil {
			return
		}
		if _, err := json.Marshal(a.Handle(t.Context(), &d)); err != nil {
			t.Error(err)
		}
	})
}
