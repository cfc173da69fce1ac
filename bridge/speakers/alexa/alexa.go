// Package alexa speaks Alexa's Smart Home API, version 3: discovery, directives, state and change reports, account grants.
//
// Use: a := New(core, Options{...}); mount a.ServeHTTP at POST /fulfil/alexa, to which a small Lambda function forwards Amazon's
// messages (docs/voice.md has it); core.AddReporter(a) when a client of Login with Amazon is configured.
// Formats: developer.amazon.com/docs/device-apis.
package alexa

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Platform is the name under which Alexa is linked.
const Platform = "alexa"

const maxBody = 1 << 20

// Alexa is the codec. Make it with [New].
type Alexa struct {
	core    *speakers.Core
	gateway *gateway // nil: nothing is reported
	shades  shades
	heard   heard
}

// New makes the codec. Without a client of Login with Amazon it answers, but reports nothing by itself.
func New(core *speakers.Core, client *Client, memory speakers.Memory) *Alexa {
	a := &Alexa{core: core}
	if client != nil {
		a.gateway = newGateway(client, memory)
	}
	return a
}

// Platform names the platform.
func (a *Alexa) Platform() string { return Platform }

type header struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	Version     string `json:"payloadVersion"`
	MessageID   string `json:"messageId"`
	Instance    string `json:"instance,omitempty"`
	Correlation string `json:"correlationToken,omitempty"`
}

type scope struct {
	Type  string `json:"type"`
	Token string `json:"token"`
}

type endpoint struct {
	Scope *scope `json:"scope,omitempty"`
	ID    string `json:"endpointId"`
}

// directive is what Alexa sends.
type directive struct {
	Header   header          `json:"header"`
	Endpoint endpoint        `json:"endpoint"`
	Payload  json.RawMessage `json:"payload"`
}

// token is the access token of a directive, wherever its kind carries it.
func (d *directive) token() string {
	if d.Endpoint.Scope != nil {
		return d.Endpoint.Scope.Token
	}
	var p struct {
		Scope   scope `json:"scope"`
		Grantee scope `json:"grantee"`
	}
	_ = json.Unmarshal(d.Payload, &p) // without one, nobody is found
	if p.Scope.Token != "" {
		return p.Scope.Token
	}
	return p.Grantee.Token
}

// property is one value of an interface.
type property struct {
	Namespace   string `json:"namespace"`
	Instance    string `json:"instance,omitempty"`
	Name        string `json:"name"`
	Value       any    `json:"value"`
	Time        string `json:"timeOfSample"`
	Uncertainty int    `json:"uncertaintyInMilliseconds"`
}

// message is what is sent to Alexa.
type message struct {
	Context *contextOf `json:"context,omitempty"`
	Event   event      `json:"event"`
}

type contextOf struct {
	Properties []property `json:"properties"`
}

type event struct {
	Header   header    `json:"header"`
	Endpoint *endpoint `json:"endpoint,omitempty"`
	Payload  any       `json:"payload"`
}

// headerOf is the header of a message to Alexa.
func headerOf(namespace, name, correlation string) header {
	return header{Namespace: namespace, Name: name, Version: "3", MessageID: messageID(), Correlation: correlation}
}

func messageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// ServeHTTP answers one directive.
func (a *Alexa) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Directive directive `json:"directive"`
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil || in.Directive.Header.Namespace == "" {
		a.core.Failed(Platform, "a directive that cannot be read")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(failure(&in.Directive, "Alexa", "INVALID_DIRECTIVE", "no directive of version 3", nil))
		return
	}
	_ = json.NewEncoder(w).Encode(a.Handle(r.Context(), &in.Directive)) // a cloud that has gone needs no answer
}

// Handle answers a decoded directive.
func (a *Alexa) Handle(ctx context.Context, d *directive) message {
	link, ok := a.core.Links().ByToken(ctx, Platform, d.token())
	switch {
	case !ok:
		return failure(d, "Alexa", "INVALID_AUTHORIZATION_CREDENTIAL", "the account is not linked, or its token is too old", nil)
	case d.Header.Version != "3":
		return failure(d, "Alexa", "INVALID_DIRECTIVE", "payloadVersion 3 was expected", nil)
	case d.Header.Namespace == "Alexa.Discovery":
		return a.discover(ctx, link)
	case d.Header.Namespace == "Alexa.Authorization":
		return a.acceptGrant(ctx, link, d)
	}
	if scene, is := strings.CutPrefix(d.Endpoint.ID, scenePrefix); is {
		return a.scene(ctx, link, scene, d)
	}
	dev, ok := a.core.Device(Platform, model.DeviceID(d.Endpoint.ID))
	if !ok {
		return failure(d, "Alexa", "NO_SUCH_ENDPOINT", "there is no such device", nil)
	}
	if d.Header.Namespace == "Alexa" && d.Header.Name == "ReportState" {
		return a.answer(d, "StateReport", dev)
	}
	if m, again := a.heard.again(link.ID, d, a.core.Now()); again {
		return m
	}
	m := a.control(ctx, link, d, dev)
	a.heard.note(link.ID, d, a.core.Now(), m)
	return m
}

// answer is a response with a device's state.
func (a *Alexa) answer(d *directive, name string, dev *home.Device) message {
	return message{Context: &contextOf{a.Properties(dev)}, Event: event{
		Header:   headerOf("Alexa", name, d.Header.Correlation),
		Endpoint: &endpoint{Scope: d.Endpoint.Scope, ID: d.Endpoint.ID}, Payload: struct{}{}}}
}

// failure is an error response.
func failure(d *directive, namespace, kind, text string, more map[string]any) message {
	payload := map[string]any{"type": kind, "message": text}
	for k, v := range more {
		payload[k] = v
	}
	m := message{Event: event{Header: headerOf(namespace, "ErrorResponse", d.Header.Correlation), Payload: payload}}
	if d.Endpoint.ID != "" {
		m.Event.Endpoint = &endpoint{ID: d.Endpoint.ID}
	}
	return m
}

const maxEndpoints = 300

// endpoints are the devices and scenes that Alexa is told of. The ids are those of both.
func (a *Alexa) endpoints() ([]Endpoint, []model.DeviceID) {
	endpoints, ids := []Endpoint{}, []model.DeviceID{}
	for _, d := range a.core.Devices(Platform) {
		if e, why := a.Describe(d); why == "" && len(endpoints) < maxEndpoints {
			endpoints, ids = append(endpoints, e), append(ids, d.ID)
		}
	}
	for _, s := range a.core.View().Scenes() {
		if name := speakers.SceneName(s); speakers.Sayable(name) == "" && len(endpoints) < maxEndpoints {
			e := sceneEndpoint(s.ID, name)
			endpoints, ids = append(endpoints, e), append(ids, model.DeviceID(e.ID))
		}
	}
	return endpoints, ids
}

func (a *Alexa) discover(ctx context.Context, link speakers.Link) message {
	endpoints, ids := a.endpoints()
	if err := a.core.Synced(ctx, link, ids); err != nil {
		a.core.Failed(Platform, err.Error())
	}
	return message{Event: event{Header: headerOf("Alexa.Discovery", "Discover.Response", ""), Payload: map[string]any{"endpoints": endpoints}}}
}

func (a *Alexa) scene(ctx context.Context, link speakers.Link, id string, d *directive) message {
	if d.Header.Namespace == "Alexa" && d.Header.Name == "ReportState" {
		return message{Context: &contextOf{[]property{health(true)}}, Event: event{Header: headerOf("Alexa", "StateReport", d.Header.Correlation), Endpoint: &endpoint{ID: d.Endpoint.ID}, Payload: struct{}{}}}
	}
	if d.Header.Namespace != "Alexa.SceneController" || d.Header.Name != "Activate" {
		return failure(d, "Alexa", "INVALID_DIRECTIVE", "a scene can be activated, nothing else", nil)
	}
	if err := a.core.RunScene(ctx, id, link); err != nil {
		return failure(d, "Alexa", "NO_SUCH_ENDPOINT", "there is no such scene", nil)
	}
	return message{Context: &contextOf{[]property{health(true)}}, Event: event{
		Header: headerOf("Alexa.SceneController", "ActivationStarted", d.Header.Correlation), Endpoint: &endpoint{Scope: d.Endpoint.Scope, ID: d.Endpoint.ID},
		Payload: map[string]any{"cause": map[string]string{"type": "VOICE_INTERACTION"}, "timestamp": now()}}}
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.00Z") }

// Refuses tells why Alexa cannot take a device; empty: it can.
func (a *Alexa) Refuses(d *home.Device) string { _, why := a.Describe(d); return why }
