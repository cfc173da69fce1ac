package httpapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

func TestABrowserUsesAKeyAsLongAsItLasts(t *testing.T) {
	r := newRig(t)
	end := r.clock.Now().Add(time.Hour)
	secret := r.token(api.TokenRequest{Name: "guest", ReadOnly: true, Expires: &end})
	enter := func(key string) response {
		return r.send(request{method: "POST", path: "/api/login/key", body: api.KeyRequest{Key: key}})
	}
	res := enter(secret)
	if res.cookie == nil || !res.cookie.HttpOnly || res.cookie.SameSite != http.SameSiteStrictMode {
		t.Fatalf("entering answers %d with the cookie %v", res.status, res.cookie)
	}
	me := r.send(request{method: "GET", path: "/api/me", cookie: res.cookie})
	var who api.Me
	me.decode(t, &who)
	if who.Kind != "token" || who.Name != "guest" || who.Level != "read" {
		t.Errorf("the guest is %+v", who)
	}
	if x := r.send(request{method: "POST", path: "/api/logout", cookie: res.cookie}); x.status != http.StatusForbidden {
		t.Errorf("another website's form changes something: %d", x.status)
	}
	for name, key := range map[string]string{"no key": "nonsense", "the command line's": r.local} {
		if x := enter(key); x.status != http.StatusUnauthorized || x.cookie != nil {
			t.Errorf("%s: %d", name, x.status)
		}
	}
	r.clock.advance(2 * time.Hour)
	if x := r.send(request{method: "GET", path: "/api/me", cookie: res.cookie}); x.status != http.StatusUnauthorized {
		t.Errorf("after its end the key still gets %d", x.status)
	}
}
