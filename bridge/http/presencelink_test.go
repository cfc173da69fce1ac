package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/secretbox"

	"github.com/concord-home/hub/adapters/owntracks"
	"github.com/concord-home/hub/adapters/traccar"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
)

const phoneKey = "a passphrase"

// linked is a rig with presence, a person and the person's link.
func linked(t *testing.T) (*rig, string) {
	t.Helper()
	r := newRig(t, func(o *Options) {
		o.Positions = map[string]Decoder{
			"owntracks": func(h http.Header, form url.Values, body []byte) (Told, error) {
				heard, err := owntracks.DecodeHTTP(h.Get("X-Limit-U"), h.Get("X-Limit-D"), body, func(user, _ string) (string, bool) { return phoneKey, user == "secretive" })
				return Told{Fix: heard.Fix, Regions: heard.Regions, Reply: []byte("[]")}, err
			},
			"traccar": func(_ http.Header, form url.Values, body []byte) (Told, error) {
				fix, ok, err := traccar.Decode(form, body, time.Now())
				if !ok {
					return Told{}, err
				}
				return Told{Fix: &fix}, err
			},
		}
	})
	r.do(home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}})
	r.do(home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "adult"}})
	var l api.PresenceLink
	r.call("POST", "/api/people/li/link", nil, &l)
	if !strings.HasPrefix(l.Path, "/p/"+secretPrefix) || !slices.Contains(l.Uses, "owntracks") {
		t.Fatalf("%+v", l)
	}
	return r, l.Path
}

// state waits for what the house makes of it.
func (r *rig) state(want string) {
	r.t.Helper()
	r.eventually("li being "+want, func() bool { return r.hub.View().Presence("li").State == want })
}

// TestARegionSentOverHTTPIsKnown: the app's export makes "Flat" stand for home, so that a cell tower's fix in it is one at home.
func TestARegionSentOverHTTPIsKnown(t *testing.T) {
	r, path := linked(t)
	post := func(payload string) {
		t.Helper()
		if res := r.send(request{method: "POST", path: path + "owntracks", body: json.RawMessage(payload)}); res.status != http.StatusOK {
			t.Fatalf("%d %s", res.status, res.body)
		}
	}
	post(`{"_type":"waypoints","waypoints":[{"_type":"waypoint","desc":"Flat","lat":52.5002,"lon":13.4001,"rad":120,"tst":1767000000}]}`)
	r.send(request{method: "POST", path: path + "away"})
	r.state("away")
	post(fmt.Sprintf(`{"_type":"location","lat":52.505,"lon":13.4,"acc":900,"inregions":["Flat"],"tst":%d}`, time.Now().Unix()))
	r.state("home")
}

func TestALinkTellsWhereItsPersonIs(t *testing.T) {
	r, path := linked(t)
	for _, step := range []struct{ method, what, want string }{
		{"GET", "home", "home"}, {"POST", "away", "away"}, {"GET", "arriving?eta=25", "arriving"}, {"GET", "home", "home"},
		{"POST", "away", "away"}, {"GET", "network?connected=1", "home"},
	} {
		if res := r.send(request{method: step.method, path: path + step.what}); res.status != http.StatusOK {
			t.Fatalf("%s: %d %s", step.what, res.status, res.body)
		}
		r.state(step.want)
	}
	if strings.Contains(r.log.String(), path) {
		t.Error("the secret is in the log")
	}
}

func TestPositionsOfTheApps(t *testing.T) {
	r, path := linked(t)
	now := time.Now().Unix()
	body := func(m map[string]any) json.RawMessage { b, _ := json.Marshal(m); return b }
	at := func(m map[string]any) map[string]any {
		m["tst"] = now
		return m
	}
	var key [32]byte
	copy(key[:], phoneKey)
	nonce := [24]byte{7}
	box := secretbox.Seal(nonce[:], body(at(map[string]any{"_type": "transition", "event": "enter", "desc": "Home", "lat": 52.5, "lon": 13.4, "acc": 12, "wtst": 1})), &nonce, &key)
	for _, step := range []struct {
		name, what string
		header     map[string]string
		body       json.RawMessage
		status     int
		reply      string
	}{
		{"OwnTracks", "owntracks", map[string]string{"X-Limit-U": "li", "X-Limit-D": "phone"}, body(at(map[string]any{"_type": "location", "lat": 52.6, "lon": 13.4, "acc": 12, "tid": "li", "t": "p", "m": 2, "topic": "owntracks/li/phone"})), 200, "[]"},
		{"its waypoints", "owntracks", nil, body(map[string]any{"_type": "waypoints", "waypoints": []any{}}), 200, "[]"},
		{"its last will", "owntracks", nil, body(at(map[string]any{"_type": "lwt"})), 200, "[]"},
		{"its encrypted message", "owntracks", map[string]string{"X-Limit-U": "secretive"}, body(map[string]any{"_type": "encrypted", "data": base64.StdEncoding.EncodeToString(box)}), 200, "[]"},
		{"an open message though there is a key", "owntracks", map[string]string{"X-Limit-U": "secretive"}, body(at(map[string]any{"_type": "location", "lat": 52.6, "lon": 13.4})), 422, "key"},
		{"Traccar Client", "traccar", nil, json.RawMessage(`{"location":{"timestamp":"2026-01-05T08:00:00Z","coords":{"latitude":52.5,"longitude":13.4,"accuracy":8,"speed":-1},"battery":{"level":0.9}},"device_id":"1"}`), 200, "{}"},
		{"OsmAnd", "traccar?id=1&lat=52.5&lon=13.4&timestamp=1736150400&accuracy=9", nil, nil, 200, "{}"},
		{"nonsense", "traccar?id=1&lat=x&lon=13.4", nil, nil, 422, "lat is no number"},
	} {
		res := r.send(request{method: "POST", path: path + step.what, header: step.header, body: step.body})
		if res.status != step.status || !strings.Contains(res.body, step.reply) {
			t.Errorf("%s: %d %s", step.name, res.status, res.body)
		}
		if strings.Contains(res.body, "52.") {
			t.Errorf("%s: the answer holds the position", step.name)
		}
	}
	if at, heard := r.hub.View().Trackers()["link/li"]; !heard || at == 0 {
		t.Error("nothing of the link was heard")
	}
}

func TestALinkOpensNothingElseAndEnds(t *testing.T) {
	r, path := linked(t)
	for _, wrong := range []string{"/p/" + newSecret() + "/home", "/p/x/home"} {
		if res := r.send(request{method: "GET", path: wrong}); res.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", wrong, res.status)
		}
	}
	secret := strings.Split(path, "/")[2]
	if res := r.send(request{method: "GET", path: "/api/devices", token: secret}); res.status != http.StatusUnauthorized {
		t.Errorf("the link's secret as a token: %d", res.status)
	}
	for what, want := range map[string]int{"nothing": 404, "arriving?eta=soon": 422, "arriving?eta=1e9": 422, "later": 422, "network?connected=perhaps": 422} {
		if res := r.send(request{method: "GET", path: path + what}); res.status != want {
			t.Errorf("%s: %d, want %d", what, res.status, want)
		}
	}
	basic := base64.StdEncoding.EncodeToString([]byte("li:" + secret))
	if res := r.send(request{method: "POST", path: "/p/home", header: map[string]string{"Authorization": "Basic " + basic}}); res.status != http.StatusOK {
		t.Errorf("with the secret as password: %d %s", res.status, res.body)
	}
	r.call("POST", "/api/people/li/link", nil, nil)
	if res := r.send(request{method: "GET", path: path + "home"}); res.status != http.StatusUnauthorized {
		t.Errorf("after a new link was made, the old one answers %d", res.status)
	}
}

func FuzzLinkForm(f *testing.F) {
	f.Add("arriving", "eta=25")
	f.Add("network", "connected=1")
	f.Fuzz(func(t *testing.T, what, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s := &Server{o: Options{Now: time.Now}}
		fact, refusal := s.statement(what, "li", form)
		if x, ok := fact.(home.Stated); ok && x.Said.ETA.After(time.Now().Add(91*24*time.Hour)) || fact != nil && refusal != "" {
			t.Fatalf("%+v, %q", fact, refusal)
		}
	})
}
