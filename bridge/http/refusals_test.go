package httpapi

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
)

var (
	// English is two words of it, one after the other: ids, names of fields and what may stand in them are the same in all languages.
	english = regexp.MustCompile(`[A-Za-z]{2,} [a-z]{2,}`)
	han     = regexp.MustCompile(`\p{Han}`)
)

// words are all that a problem says to a person.
func wordsOf(p api.Problem) []string {
	out := []string{p.Title, p.Detail, p.Expected}
	for _, e := range p.Errors {
		out = append(out, wordsOf(e)...)
	}
	return out
}

func TestRefusalsAreInThePersonsLanguage(t *testing.T) {
	r := newSceneRig(t)
	r.do(home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "adult"}})
	var link api.PresenceLink
	r.call("POST", "/api/people/li/link", nil, &link)
	text := func(s string) any { return api.SceneText{Text: s} }
	type body = map[string]any
	tests := []struct {
		name, method, path string
		body               any
	}{
		{"a scene that is no YAML", "PUT", "/api/scenes/x/text", text("then: [")},
		{"an empty scene", "PUT", "/api/scenes/x/text", text("")},
		{"a device that is not there", "PUT", "/api/scenes/x/text", text("then:\n  - device: lampp\n    set: {on_off.on: true}\n")},
		{"a key twice", "PUT", "/api/scenes/x/text", text("then: []\nthen: []\n")},
		{"a scene that is tried", "POST", "/api/scenes/try", body{"id": "x", "text": "then: 3: 4", "since": time.Now()}},
		{"a record that does not reach so far", "POST", "/api/scenes/try", body{"text": "then: []"}},
		{"a scene that is not there", "GET", "/api/scenes/nowhere/why", nil},
		{"a mode that is not there", "PUT", "/api/mode", body{"mode": "party"}},
		{"a zone that is not there", "PUT", "/api/zone", body{"zone": "Mars/Base"}},
		{"a field that nobody knows", "PUT", "/api/rooms/x", body{"names": body{"": "X"}, "walls": 4}},
		{"a field of the wrong type", "PUT", "/api/rooms/x", body{"names": "X"}},
		{"a field that is missing", "PUT", "/api/people/x", body{}},
		{"a name that is too long", "PUT", "/api/people/x", body{"name": strings.Repeat("x", 1000), "role": "adult"}},
		{"none of those that may be", "PUT", "/api/people/x", body{"name": "X", "role": "cat"}},
		{"a number out of range", "PUT", "/api/place", body{"latitude": 200, "longitude": 0, "radius_m": 150}},
		{"a state that nobody is in", "POST", "/api/people/li/presence", body{"state": "asleep"}},
		{"a value that does not fit", "POST", r.path("lamp", "/commands"), body{"set": body{"on_off.on": "yes"}}},
		{"a command that nobody takes", "POST", r.path("lamp", "/commands"), body{"command": "on_off.explode"}},
		{"a moment that is none", "GET", "/api/scenes/nowhere/why?at=noon", nil},
		{"days beyond what is kept", "GET", "/api/arrival?days=999", nil},
		{"a device that is not there", "PATCH", "/api/devices/nowhere", body{"names": body{"": "X"}}},
		{"two devices of which one is not there", "POST", "/api/merge", body{"into": r.id("lamp"), "from": "nowhere"}},
		{"a proposal that is not open", "POST", "/api/proposals/none", body{"accept": true}},
		{"an arrival that is no number", "GET", link.Path + "arriving?eta=soon", nil},
		{"a network that is neither", "GET", link.Path + "network?connected=perhaps", nil},
		{"an address that is none", "GET", link.Path + "asleep", nil},
		{"a token for too much", "POST", "/api/tokens", body{"name": "x", "admin": true, "read_only": true}},
		{"no JSON", "PUT", "/api/mode", "party"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for lang, sayings := range map[string]func(string) bool{
				"zh-CN": func(s string) bool { return !english.MatchString(s) },
				"en-GB": func(s string) bool { return !han.MatchString(s) },
			} {
				res := r.send(request{method: tt.method, path: tt.path, body: tt.body, token: r.local, header: map[string]string{"Accept-Language": lang}})
				p := res.problem(t)
				if res.status < http.StatusBadRequest {
					t.Fatalf("%d %s", res.status, res.body)
				}
				for _, s := range wordsOf(p) {
					if !sayings(s) {
						t.Errorf("%s: %q", lang, s)
					}
				}
			}
		})
	}
}
