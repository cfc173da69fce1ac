package httpapi

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func TestNoRouteAnswersWithoutACallerOrWithOneWhoMayNot(t *testing.T) {
	r := newRig(t)
	past := r.clock.Now().Add(time.Hour)
	callers := map[string]string{
		"nobody": "", "a made-up token": newSecret(), "an expired token": r.token(api.TokenRequest{Expires: &past}),
	}
	r.clock.advance(2 * time.Hour)
	for _, x := range r.routes() {
		if x.open {
			continue
		}
		for name, token := range callers {
			if token == "" && x.path == "/metrics" {
				continue // open to this machine: see below
			}
			if res := r.send(request{method: x.method, path: x.url("x"), token: token}); res.status != http.StatusUnauthorized {
				t.Errorf("%v answers %s with %d", x, name, res.status)
			}
		}
	}
}

// allowedTo says what tokens of less than all rights may reach; every other route must refuse them.
var allowedTo = map[string][]string{
	"read-only": {"list-devices", "get-device", "take-picture", "explain-device", "list-commands", "get-command", "device-history", "list-rooms", "get-room", "get-place",
		"list-people", "list-scenes", "get-scene", "get-scene-text", "why-scene", "try-scene", "list-notices", "get-mode", "get-zone", "list-holds",
		"list-discovered", "doctor", "list-adapters", "info", "list-capabilities", "metrics", "events", "logout", "openapi",
		"list-arrival", "me", "list-activity", "energy", "draft-scene", "put-password"}, // which then asks whose password it is
	"one room": {"list-devices", "get-device", "take-picture", "explain-device", "list-commands", "get-command", "device-history", "list-rooms", "get-room", "info",
		"list-capabilities", "events", "logout", "openapi", "command-device", "me", "list-activity", "energy"},
}

func TestEachRouteRefusesTokensOfLessScope(t *testing.T) {
	r := newRig(t)
	tokens := map[string]string{"read-only": r.token(api.TokenRequest{ReadOnly: true}), "one room": r.token(api.TokenRequest{Rooms: []home.RoomID{"hall"}})}
	for _, x := range r.routes() {
		for name, token := range tokens {
			may := x.open
			for _, id := range allowedTo[name] {
				may = may || id == x.id
			}
			if may {
				continue
			}
			if res := r.send(request{method: x.method, path: x.url("x"), token: token}); res.status != http.StatusForbidden {
				t.Errorf("%v answers the token %q with %d %s", x, name, res.status, res.body)
			}
		}
	}
	res := r.send(request{method: "PUT", path: "/api/people/x/password", token: tokens["read-only"], body: api.PasswordRequest{Password: "0123456789"}})
	if res.status != http.StatusForbidden {
		t.Errorf("a read-only token sets a password: %d", res.status)
	}
}

func TestForeignHostsAndOriginsAreRefusedOnEveryRoute(t *testing.T) {
	r := newRig(t)
	for _, x := range r.routes() {
		for name, q := range map[string]request{
			"host":            {host: "evil.example"},
			"host that looks": {host: "127.0.0.1.evil.example"},
			"host by address": {host: "203.0.113.9"},
			"origin":          {header: map[string]string{"Origin": "http://evil.example"}},
			"origin null":     {header: map[string]string{"Origin": "null"}},
			"fetch":           {header: map[string]string{"Sec-Fetch-Site": "cross-site"}},
		} {
			q.method, q.path, q.token = x.method, x.url("x"), r.local
			if res := r.send(q); res.status != http.StatusForbidden && res.status != http.StatusMisdirectedRequest {
				t.Errorf("%v with a foreign %s answers %d", x, name, res.status)
			}
		}
	}
}

func TestTheHubIsKnownByItsOwnNamesOnly(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Hosts = []string{"hub.example"} })
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8377": 200, "concord.local": 200, "CONCORD.LOCAL.": 200, "hub.example:80": 200, "[::1]:8377": 200, "127.0.0.1": 200,
		"evil.example": 421, "local": 421, "concord.local.evil.example": 421, "8.8.8.8": 421, "hub.example.evil": 421,
	} {
		if res := r.send(request{method: "GET", path: "/healthz", host: host}); res.status != want {
			t.Errorf("called %q the hub answers %d, want %d", host, res.status, want)
		}
	}
}

func TestPathTricksReachNothing(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{
		"/api/setup/../devices", "/api/setup/%2e%2e/devices", "/healthz/../api/devices", "//api/devices", "/api//devices", "/api/./devices", "/api/devices/",
		"/healthz/%2e%2e/metrics", "/api/login/..%2fdevices", "/healthz%2f..%2fapi/devices", "/API/devices", "/api/devices%00", "/../../etc/passwd",
		"/api/openapi.json/..;/devices", "/healthz;/api/devices", "/api/setup?x=/api/devices/..",
	} {
		for _, token := range []string{"", r.local} {
			status, body := r.rawGet(path, token)
			if strings.Contains(body, "on_off") || token == "" && status == 200 && !strings.HasPrefix(path, "/api/setup?") {
				t.Errorf("%s answers %d with %.80s", path, status, body)
			}
			if status >= 300 && status < 400 {
				t.Errorf("%s is redirected", path)
			}
		}
	}
}

// rawGet sends a path as it is, which clients would clean.
func (r *rig) rawGet(path, token string) (status int, body string) {
	r.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	auth := ""
	if token != "" {
		auth = "Authorization: Bearer " + token + "\r\n"
	}
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sConnection: close\r\n\r\n", path, auth)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body) // what came is judged
	return res.StatusCode, string(b)
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/healthz", "/api/devices", "/nowhere"} {
		h := r.send(request{method: "GET", path: path}).header
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: CSP is %q", path, csp)
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s allows other origins", path)
		}
	}
}

func TestInADemoOnlyThisMachineNeedsNoToken(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Demo = true })
	if res := r.send(request{method: "GET", path: "/api/devices"}); res.status != http.StatusOK {
		t.Errorf("this machine gets %d", res.status)
	}
	if res := r.send(request{method: "GET", path: "/api/devices", host: "evil.example"}); res.status != http.StatusMisdirectedRequest {
		t.Errorf("a foreign host gets %d", res.status)
	}
	if res := r.send(request{method: "POST", path: "/api/logout", header: map[string]string{"Origin": "http://evil.example"}}); res.status != http.StatusForbidden {
		t.Errorf("a foreign origin gets %d", res.status)
	}
	req := httptest.NewRequest("GET", "http://localhost/api/devices", nil)
	req.RemoteAddr = "192.168.1.7:5555"
	req.Header.Set("X-Forwarded-For", "127.0.0.1")
	rec := httptest.NewRecorder()
	r.server.Handler().ServeHTTP(rec, req)
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("another machine gets %d", rec.Code)
	}
}

func TestFiguresAreOpenToThisMachineOnly(t *testing.T) {
	r := newRig(t)
	if res := r.send(request{method: "GET", path: "/metrics"}); res.status != http.StatusOK {
		t.Errorf("this machine gets %d", res.status)
	}
	if res := r.send(request{method: "GET", path: "/metrics", host: "evil.example"}); res.status != http.StatusMisdirectedRequest {
		t.Errorf("a foreign host gets %d", res.status)
	}
	req := httptest.NewRequest("GET", "http://localhost/metrics", nil)
	req.RemoteAddr = "192.168.1.7:5555"
	req.Header.Set("X-Forwarded-For", "127.0.0.1")
	rec := httptest.NewRecorder()
	r.server.Handler().ServeHTTP(rec, req)
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("another machine gets %d", rec.Code)
	}
}

func TestAScopedTokenSeesItsPartOfTheHouseOnly(t *testing.T) {
	r := newRig(t)
	hall := r.token(api.TokenRequest{Rooms: []home.RoomID{"hall"}})
	temp := r.token(api.TokenRequest{Capabilities: []model.Capability{"temperature"}})
	names := func(token string) (out []string) {
		var all []api.Device
		r.send(request{method: "GET", path: "/api/devices", token: token}).decode(t, &all)
		for _, d := range all {
			out = append(out, d.Name)
			for _, e := range d.Endpoints {
				for _, a := range e.Attributes {
					if token == temp && a.Attribute.Capability() != "temperature" {
						t.Errorf("%s shows %s", d.Name, a.Attribute)
					}
				}
			}
		}
		return out
	}
	if got := strings.Join(names(hall), " "); got != "lamp" {
		t.Errorf("the hall's token sees %q", got)
	}
	if got := strings.Join(names(temp), " "); got != "sensor sensor2" {
		t.Errorf("the temperature's token sees %q", got)
	}
	r.call("POST", r.path("stubborn", "/commands"), api.CommandRequest{Command: "on_off.on", Wait: true}, nil)
	for _, tt := range []struct {
		token, method, path string
		body                any
		want                int
	}{
		{hall, "GET", r.path("lamp", ""), nil, 200},
		{hall, "GET", r.path("sensor", ""), nil, 404},
		{hall, "GET", r.path("sensor", "/history?attribute=temperature.celsius"), nil, 404},
		{hall, "GET", r.path("sensor", "/explain"), nil, 404},
		{hall, "POST", r.path("stubborn", "/commands"), api.CommandRequest{Command: "on_off.on"}, 404},
		{hall, "POST", r.path("lamp", "/commands"), api.CommandRequest{Command: "on_off.on", Wait: true}, 200},
		{hall, "GET", "/api/rooms/attic", nil, 404},
		{temp, "GET", r.path("sensor2", "/explain?attribute=setting.mode"), nil, 404},
		{temp, "POST", r.path("sensor2", "/commands"), map[string]any{"set": map[string]any{"setting.mode": "eco"}}, 403},
	} {
		if res := r.send(request{method: tt.method, path: tt.path, body: tt.body, token: tt.token}); res.status != tt.want {
			t.Errorf("%s %s: got %d %s, want %d", tt.method, tt.path, res.status, res.body, tt.want)
		}
	}
	var cmds []api.Command
	r.send(request{method: "GET", path: "/api/commands", token: hall}).decode(t, &cmds)
	if len(cmds) != 1 || cmds[0].Device != r.id("lamp") {
		t.Errorf("the hall's token sees the commands %+v", cmds)
	}
}

func FuzzHostNameNeverPanicsNorKeepsAPort(f *testing.F) {
	for _, s := range []string{"a:1", "[::1]:80", "[", "a..", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := hostName(s); got != strings.ToLower(got) {
			t.Fatalf("%q became %q", s, got)
		}
		clientKey(s)
	})
}
