package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
)

func TestDiagnosticsHoldNeitherNamesNorAddressesNorSecrets(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Adapters = func() []api.AdapterHealth {
			return []api.AdapterHealth{{Name: "test", Problem: "no route to 192.0.2.7:80"}}
		}
		o.Doctor = func() api.Doctor {
			return api.Doctor{Findings: []api.Finding{{Part: "adapter owntracks", Detail: "wang/phone: 31.23041, 121.47370 at fe80::1"}}}
		}
		o.Log = func() []api.LogLine {
			return []api.LogLine{{Level: "WARN", Text: "Wang Xiaoming asked lamp in attic from 10.1.2.3 (0x00158d0001aabbcc, aa:bb:cc:dd:ee:ff), 23.5 % and 12:30"}}
		}
	})
	secret := r.token(api.TokenRequest{Name: "panel"})
	r.do(home.PersonSet{Person: home.Person{ID: "wang", Name: "Wang Xiaoming", Role: "adult", Trackers: []string{"wang/phone"}}})
	res := r.send(request{method: "GET", path: "/api/diagnostics", token: r.local})
	if res.status != http.StatusOK {
		t.Fatalf("got %d %s", res.status, res.body)
	}
	for _, word := range []string{secret, digest(secret), r.local, "Wang", "wang", "attic", "hall", "192.0.2", "10.1.2", "fe80", "31.23", "121.47", "158d0001", "aa:bb", "房间"} {
		if strings.Contains(res.body, word) {
			t.Errorf("%q is in the bundle: %s", word, res.body)
		}
	}
	for _, word := range []string{"‹person 1›", "‹address›", "‹identity›", "23.5 % and 12:30", "temperature.celsius", `"adapters":["test"]`} {
		if !strings.Contains(res.body, word) {
			t.Errorf("%q is missing: %s", word, res.body)
		}
	}
}

func TestWhatIsTheHubsOwnIsForWhoManagesItAlone(t *testing.T) {
	r := newRig(t)
	reader, roomOnly := r.token(api.TokenRequest{Name: "reader", ReadOnly: true}), r.token(api.TokenRequest{Name: "guest", Rooms: []home.RoomID{"hall"}})
	for _, route := range []string{"GET /api/log", "GET /api/diagnostics", "GET /api/backups", "POST /api/backups", "GET /api/backups/x.tar.gz", "POST /api/backups/x.tar.gz/restore", "POST /api/restore"} {
		method, path, _ := strings.Cut(route, " ")
		for name, token := range map[string]string{"a reader": reader, "a guest": roomOnly} {
			if res := r.send(request{method: method, path: path, token: token}); res.status != http.StatusForbidden {
				t.Errorf("%s: %s gets %d", route, name, res.status)
			}
		}
	}
	if res := r.send(request{method: "POST", path: "/api/restore", token: r.local}); res.status != http.StatusNotImplemented {
		t.Errorf("a hub without backups: %d %s", res.status, res.body)
	}
	for _, path := range []string{"/api/backups", "/api/log"} {
		if res := r.send(request{method: "GET", path: path, token: r.local}); res.status != http.StatusNotImplemented {
			t.Errorf("%s: %d", path, res.status)
		}
	}
}
