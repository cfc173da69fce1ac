package alexa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Client is the hub's client of Login with Amazon, with which it may send events.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	// Token and Gateway are Amazon's addresses; empty: North America's. Europe's gateway is https://api.eu.amazonalexa.com,
	// the far east's https://api.fe.amazonalexa.com.
	Token   string `json:"token_uri,omitempty"`
	Gateway string `json:"gateway,omitempty"`
}

// ReadClient reads the JSON file of a client.
func ReadClient(r io.Reader) (*Client, error) {
	var c Client
	if err := json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&c); err != nil {
		return nil, fmt.Errorf("the client of Login with Amazon is no JSON: %w", err)
	}
	if c.ID == "" || c.Secret == "" {
		return nil, errors.New("the client of Login with Amazon lacks client_id or client_secret")
	}
	if c.Token == "" {
		c.Token = "https://api.amazon.com/auth/o2/token"
	}
	if c.Gateway == "" {
		c.Gateway = "https://api.amazonalexa.com"
	}
	return &c, nil
}

const grantBucket = "speakers.alexa"

// grant is what Amazon gave the hub for one account.
type grant struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Expires time.Time `json:"expires"`
}

// gateway sends events to Alexa. Grants are kept in a memory that seals what it keeps.
type gateway struct {
	client *Client
	memory speakers.Memory
	http   *http.Client

	mu   sync.Mutex
	owed map[string]string            // correlation tokens of answers that were put off, by endpoint
	told map[string]map[string]string // what was last told, by link and endpoint, then by property
}

func newGateway(c *Client, m speakers.Memory) *gateway {
	return &gateway{client: c, memory: m, http: &http.Client{Timeout: 20 * time.Second}, owed: map[string]string{}, told: map[string]map[string]string{}}
}

// owe notes an answer that was put off: the next report of the endpoint is it.
func (g *gateway) owe(endpoint, correlation string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.owed) < 1000 {
		g.owed[endpoint] = correlation
	}
}

func (g *gateway) settled(endpoint string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.owed[endpoint]
	delete(g.owed, endpoint)
	return c
}

// exchange asks Amazon for tokens.
func (g *gateway) exchange(ctx context.Context, link string, form url.Values) (grant, error) {
	form.Set("client_id", g.client.ID)
	form.Set("client_secret", g.client.Secret)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.client.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return grant{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	res, err := g.http.Do(r)
	if err != nil {
		return grant{}, fmt.Errorf("no token of Amazon: %w", err)
	}
	defer res.Body.Close()
	var body struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Expires int    `json:"expires_in"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&body); err != nil || res.StatusCode != http.StatusOK || body.Access == "" {
		return grant{}, fmt.Errorf("no token of Amazon: it answers %d", res.StatusCode)
	}
	k := grant{body.Access, body.Refresh, time.Now().Add(time.Duration(body.Expires)*time.Second - time.Minute)}
	if k.Refresh == "" {
		k.Refresh = form.Get("refresh_token")
	}
	b, err := json.Marshal(k)
	if err != nil {
		return k, err
	}
	return k, g.memory.Put(ctx, grantBucket, link, b)
}

// access is a token for a link, renewed when it is too old.
func (g *gateway) access(ctx context.Context, link string) (string, error) {
	all, err := g.memory.List(ctx, grantBucket)
	if err != nil {
		return "", err
	}
	b, ok := all[link]
	if !ok {
		return "", fmt.Errorf("nothing was granted by Alexa for this account: %w", speakers.ErrUnknownThere)
	}
	var k grant
	if err := json.Unmarshal(b, &k); err != nil {
		return "", err
	}
	if time.Now().Before(k.Expires) {
		return k.Access, nil
	}
	k, err = g.exchange(ctx, link, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {k.Refresh}})
	return k.Access, err
}

// acceptGrant takes Amazon's code for events (Alexa.Authorization).
func (a *Alexa) acceptGrant(ctx context.Context, link speakers.Link, d *directive) message {
	var p struct {
		Grant struct {
			Type string `json:"type"`
			Code string `json:"code"`
		} `json:"grant"`
	}
	_ = json.Unmarshal(d.Payload, &p) // without a code it is refused below
	if a.gateway != nil {
		if _, err := a.gateway.exchange(ctx, link.ID, url.Values{"grant_type": {"authorization_code"}, "code": {p.Grant.Code}}); err != nil {
			a.core.Failed(Platform, err.Error())
			return failure(d, "Alexa.Authorization", "ACCEPT_GRANT_FAILED", "the grant could not be exchanged", nil)
		}
	}
	return message{Event: event{Header: headerOf("Alexa.Authorization", "AcceptGrant.Response", ""), Payload: struct{}{}}}
}

// causes are Alexa's words for why something changed.
var causes = map[model.CauseKind]string{
	model.CausePerson: "APP_INTERACTION", model.CauseProgram: "APP_INTERACTION", model.CauseVoice: "VOICE_INTERACTION", model.CauseScene: "RULE_TRIGGER", model.CauseHub: "RULE_TRIGGER",
}

// causeOf is why the last of a device's values changed.
func causeOf(d *home.Device) string {
	last := home.State{}
	for _, e := range d.Endpoints() {
		for _, p := range e.Properties {
			if s, ok := d.State(home.Slot{Endpoint: e.ID, Attribute: p.Attribute}); ok && s.Changed.After(last.Changed) {
				last = s
			}
		}
	}
	if last.Cause != nil && causes[last.Cause.Kind] != "" {
		return causes[last.Cause.Kind]
	}
	return "PHYSICAL_INTERACTION"
}

// news parts properties into those that are other than what was last told of an endpoint, and the rest.
func (g *gateway) news(link string, id model.DeviceID, all []property) (changed, same []property) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := link + "|" + string(id)
	told := map[string]string{}
	changed, same = []property{}, []property{}
	for _, p := range all {
		name, value := p.Namespace+"."+p.Instance+"."+p.Name, fmt.Sprint(p.Value)
		told[name] = value
		if before, known := g.told[key][name]; known && before == value {
			same = append(same, p)
		} else {
			changed = append(changed, p)
		}
	}
	g.told[key] = told
	return changed, same
}

// Report sends change reports, one a device.
func (a *Alexa) Report(ctx context.Context, link string, devices []*home.Device) error {
	token, err := a.gateway.access(ctx, link)
	if err != nil {
		return err
	}
	for _, d := range devices {
		all := a.Properties(d)
		m := message{Event: event{Header: headerOf("Alexa", "ChangeReport", ""), Endpoint: &endpoint{Scope: &scope{"BearerToken", token}, ID: string(d.ID)}}}
		changed, same := a.gateway.news(link, d.ID, all)
		switch correlation := a.gateway.settled(string(d.ID)); {
		case correlation != "":
			m.Event.Header.Name, m.Event.Header.Correlation = "Response", correlation
			m.Context, m.Event.Payload = &contextOf{all}, struct{}{}
		case len(changed) == 0: // what changed is nothing that Alexa knows of
			continue
		default:
			m.Context = &contextOf{same}
			m.Event.Payload = map[string]any{"change": map[string]any{"cause": map[string]string{"type": causeOf(d)}, "properties": changed}}
		}
		if err := a.gateway.send(ctx, token, m); err != nil {
			a.gateway.untold(link, d.ID)
			return err
		}
	}
	return nil
}

// untold forgets what was told of an endpoint: it did not arrive.
func (g *gateway) untold(link string, id model.DeviceID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.told, link+"|"+string(id))
}

// Resync tells Alexa of the endpoints as they are, and of those that are there no more.
func (a *Alexa) Resync(ctx context.Context, link string) error {
	token, err := a.gateway.access(ctx, link)
	if err != nil {
		return err
	}
	endpoints, ids := a.endpoints()
	gone := a.core.Gone(speakers.Link{ID: link, Platform: Platform}, ids)
	if err := a.gateway.send(ctx, token, message{Event: event{Header: headerOf("Alexa.Discovery", "AddOrUpdateReport", ""), Payload: map[string]any{"endpoints": endpoints, "scope": scope{"BearerToken", token}}}}); err != nil {
		return err
	}
	if len(gone) > 0 {
		list := []any{}
		for _, id := range gone {
			list = append(list, map[string]any{"endpointId": id})
		}
		if err := a.gateway.send(ctx, token, message{Event: event{Header: headerOf("Alexa.Discovery", "DeleteReport", ""), Payload: map[string]any{"endpoints": list, "scope": scope{"BearerToken", token}}}}); err != nil {
			return err
		}
	}
	return a.core.Synced(ctx, speakers.Link{ID: link, Platform: Platform}, ids)
}

func (g *gateway) send(ctx context.Context, token string, m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.client.Gateway+"/v3/events", bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := g.http.Do(r)
	if err != nil {
		return fmt.Errorf("the gateway of Alexa does not answer: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	if res.StatusCode == http.StatusForbidden {                  // the skill was disabled
		return fmt.Errorf("the gateway of Alexa answers %d: %w", res.StatusCode, speakers.ErrUnknownThere)
	}
	return speakers.Answered("the gateway of Alexa", res)
}
