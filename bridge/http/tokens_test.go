package httpapi

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func TestTheLocalTokenIsPrivateAndMadeAnewWhenLost(t *testing.T) {
	r := newRig(t)
	path := filepath.Join(r.dir, tokenFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v, %v", info, err)
	}
	for name, damage := range map[string]func() error{
		"lost": func() error { return os.Remove(path) }, "readable by others": func() error { return os.Chmod(path, 0o644) },
		"empty": func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		old := r.local
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if r.local, err = LocalToken(r.dir); err != nil || r.local == old {
			t.Fatalf("%s: got %v", name, err)
		}
		if res := r.send(request{method: "GET", path: "/api/devices", token: old}); res.status != http.StatusUnauthorized {
			t.Errorf("%s: the old token gets %d", name, res.status)
		}
		r.get("/api/devices", nil)
	}
	same, err := LocalToken(r.dir)
	if err != nil || same != r.local {
		t.Errorf("a sound token is made anew: %v", err)
	}
}

func TestTokensAreListedWithoutSecretsAndEndWhenRevoked(t *testing.T) {
	r := newRig(t)
	secret := r.token(api.TokenRequest{Name: "panel"})
	res := r.send(request{method: "GET", path: "/api/tokens", token: r.local})
	var all []api.Token
	res.decode(t, &all)
	if len(all) != 1 || all[0].Name != "panel" || strings.Contains(res.body, secret) || strings.Contains(res.body, digest(secret)) {
		t.Fatalf("got %s", res.body)
	}
	r.call("DELETE", "/api/tokens/"+all[0].ID, nil, nil)
	if res := r.send(request{method: "GET", path: "/api/devices", token: secret}); res.status != http.StatusUnauthorized {
		t.Errorf("a revoked token gets %d", res.status)
	}
	past := r.clock.Now().Add(-time.Hour)
	for name, bad := range map[string]api.TokenRequest{
		"admin of a room": {Name: "x", Admin: true, Rooms: []home.RoomID{"hall"}}, "no such room": {Name: "x", Rooms: []home.RoomID{"hal"}},
		"no such capability": {Name: "x", Capabilities: []model.Capability{"onoff"}}, "over before it began": {Name: "x", Expires: &past},
	} {
		if res := r.send(request{method: "POST", path: "/api/tokens", body: bad, token: r.local}); res.status != 422 && res.status != 404 {
			t.Errorf("%s: %d", name, res.status)
		}
	}
}
