package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

func (r *rig) login(name, password string, header map[string]string) response {
	r.t.Helper()
	return r.send(request{method: "POST", path: "/api/login", body: api.LoginRequest{Name: name, Password: password}, header: header})
}

// owner claims the hub and returns the owner's session.
func (r *rig) owner() *http.Cookie {
	r.t.Helper()
	res := r.send(request{method: "POST", path: "/api/setup", body: api.SetupRequest{Code: r.codes[len(r.codes)-1], Name: "Li", Password: "correct horse"}})
	if res.status != http.StatusOK || res.cookie == nil {
		r.t.Fatalf("set-up: %d %s", res.status, res.body)
	}
	return res.cookie
}

func TestTheSetUpCodeClaimsTheHubOnce(t *testing.T) {
	r := newRig(t)
	if len(r.codes) != 1 || len(r.codes[0]) < 8 {
		t.Fatalf("got the codes %q", r.codes)
	}
	cookie := r.owner()
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure {
		t.Errorf("got the cookie %+v", cookie)
	}
	again := r.send(request{method: "POST", path: "/api/setup", body: api.SetupRequest{Code: r.codes[0], Name: "Eve", Password: "0123456789"}})
	if again.status != http.StatusConflict {
		t.Errorf("a second claim gets %d", again.status)
	}
	var people []api.Person
	r.send(request{method: "GET", path: "/api/people", cookie: cookie}).decode(t, &people)
	if len(people) != 1 || people[0].Role != "owner" {
		t.Errorf("got %+v", people)
	}
}

func TestAServerMadeAnewKnowsItsOwnerAndMakesNoCode(t *testing.T) {
	r := newRig(t)
	cookie := r.owner()
	codes := 0
	again, err := New(Options{House: house{r.hub}, Memory: r.store, SetupCode: func(string) { codes++ }})
	if err != nil {
		t.Fatal(err)
	}
	if codes != 0 || again.auth.bySessionHash(digest(cookie.Value), r.hub.View()) == nil {
		t.Errorf("%d new codes, and the session is gone or not", codes)
	}
}

func TestFiveWrongCodesMakeANewOneAfterAPause(t *testing.T) {
	r := newRig(t)
	try := func(code string) int {
		return r.send(request{method: "POST", path: "/api/setup", body: api.SetupRequest{Code: code, Name: "Li", Password: "0123456789"}}).status
	}
	for n := range codeTries {
		want := http.StatusForbidden
		if n == codeTries-1 {
			want = http.StatusTooManyRequests
		}
		if got := try("AAAAA-AAAAA"); got != want {
			t.Fatalf("wrong code %d gets %d, want %d", n+1, got, want)
		}
	}
	if len(r.codes) != 2 || r.codes[0] == r.codes[1] {
		t.Fatalf("got the codes %q", r.codes)
	}
	if got := try(r.codes[1]); got != http.StatusTooManyRequests {
		t.Errorf("the new code is taken before the pause ends: %d", got)
	}
	r.clock.advance(codePause + time.Second)
	if got := try(r.codes[0]); got != http.StatusForbidden {
		t.Errorf("the old code gets %d", got)
	}
	if got := try(strings.ToLower(r.codes[1])); got != http.StatusOK {
		t.Errorf("the new code gets %d", got)
	}
}

func TestAClaimThatFailsGivesANewCode(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "POST", path: "/api/setup", body: api.SetupRequest{Code: r.codes[0], Name: " ", Password: "0123456789"}})
	if res.status != 422 || len(r.codes) != 2 {
		t.Fatalf("got %d and the codes %q", res.status, r.codes)
	}
	r.owner()
}

func TestASessionNeedsItsHeaderToChangeAnything(t *testing.T) {
	r := newRig(t)
	cookie := r.owner()
	q := request{method: "PUT", path: "/api/rooms/bath", body: map[string]any{"names": map[string]string{"": "Bath"}}, cookie: cookie}
	if res := r.send(q); res.status != http.StatusForbidden {
		t.Errorf("without the header: %d", res.status)
	}
	q.header = map[string]string{csrfHeader: "1"}
	if res := r.send(q); res.status != http.StatusOK {
		t.Errorf("with it: %d %s", res.status, res.body)
	}
	if res := r.send(request{method: "POST", path: "/api/logout", cookie: cookie, header: q.header}); res.status >= 300 {
		t.Fatalf("log-out: %d %s", res.status, res.body)
	}
	if res := r.send(request{method: "GET", path: "/api/devices", cookie: cookie}); res.status != http.StatusUnauthorized {
		t.Errorf("after the log-out: %d", res.status)
	}
}

func TestASessionEndsByTimeByPasswordAndWithThePerson(t *testing.T) {
	r := newRig(t)
	owner := r.owner()
	may := func(c *http.Cookie) bool {
		return r.send(request{method: "GET", path: "/api/devices", cookie: c}).status == http.StatusOK
	}
	r.call("PUT", "/api/people/an", map[string]any{"name": "An", "role": "child"}, nil)
	r.call("PUT", "/api/people/an/password", api.PasswordRequest{Password: "an's first one"}, nil)
	first := r.login("an", "an's first one", nil).cookie
	res := r.send(request{method: "PUT", path: "/api/rooms/x", cookie: first, header: map[string]string{csrfHeader: "1"}, body: map[string]any{"names": map[string]string{"": "X"}}})
	if res.status != http.StatusForbidden {
		t.Errorf("a child changes rooms: %d", res.status)
	}
	res = r.send(request{method: "PUT", path: "/api/people/an/password", cookie: first, header: map[string]string{csrfHeader: "1"}, body: api.PasswordRequest{Password: "an's second one"}})
	if res.status >= 300 || may(first) {
		t.Errorf("a new password: %d, and the old session works: %v", res.status, may(first))
	}
	second := r.login("An", "an's second one", nil).cookie
	if !may(second) {
		t.Error("the new password opens nothing")
	}
	r.call("DELETE", "/api/people/an", nil, nil)
	if may(second) {
		t.Error("the session outlives the person")
	}
	r.clock.advance(sessionLife + time.Hour)
	if may(owner) {
		t.Error("the session outlives its time")
	}
}

func TestAThousandWrongPasswordsAreLockedOutWhateverTheHeadersSay(t *testing.T) {
	r := newRig(t)
	r.owner()
	wrong, locked := 0, 0
	for n := range 1000 {
		res := r.login("Li", "wrong", map[string]string{"X-Forwarded-For": "10.0.0." + strconv.Itoa(n%250), "X-Real-Ip": "10.1.1.1", "Forwarded": "for=10.2.2.2"})
		switch res.status {
		case http.StatusUnauthorized:
			wrong++
		case http.StatusTooManyRequests:
			if res.header.Get("Retry-After") == "" {
				t.Fatal("no Retry-After")
			}
			locked++
		default:
			t.Fatalf("got %d", res.status)
		}
	}
	if wrong != freeTries || locked != 1000-freeTries {
		t.Errorf("%d were tried and %d locked out, want %d and %d", wrong, locked, freeTries, 1000-freeTries)
	}
	if res := r.login("Li", "correct horse", nil); res.status != http.StatusTooManyRequests {
		t.Errorf("the right password while locked out: %d", res.status)
	}
	r.clock.advance(lastLockout)
	if res := r.login("Li", "correct horse", nil); res.status != http.StatusOK {
		t.Errorf("the right password afterwards: %d", res.status)
	}
}

func TestALogInOfTheOwnDoesNotBuyGuessesAtAnothersPassword(t *testing.T) {
	r := newRig(t)
	r.owner()
	r.call("PUT", "/api/people/an", map[string]any{"name": "An", "role": "guest"}, nil)
	r.call("PUT", "/api/people/an/password", api.PasswordRequest{Password: "an's own one"}, nil)
	guesses := 0
	for range 10 {
		if r.login("Li", "wrong", nil).status == http.StatusUnauthorized {
			guesses++
		}
		r.login("An", "an's own one", nil)
	}
	if guesses > freeTries {
		t.Errorf("%d guesses went through, want at most %d", guesses, freeTries)
	}
}

func TestTheLockOutGrowsAndIsForgotten(t *testing.T) {
	c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	l := newLockout(c.Now)
	var waits []time.Duration
	for range 20 {
		for l.wait("a") == 0 {
			c.advance(time.Millisecond)
		}
		w := l.wait("a")
		waits = append(waits, w)
		c.advance(w)
	}
	for n := 1; n < len(waits); n++ {
		if waits[n] < waits[n-1]-time.Second {
			t.Errorf("wait %d is %v after %v", n, waits[n], waits[n-1])
		}
	}
	if last := waits[len(waits)-1]; last > lastLockout || last < lastLockout-time.Second {
		t.Errorf("the longest wait is %v", last)
	}
	c.advance(forgetAfter + time.Minute)
	for n := range freeTries - 1 {
		if w := l.wait("a"); w != 0 {
			t.Errorf("try %d after an hour waits %v", n, w)
		}
	}
	for n := range 3 * keepClients {
		l.wait(strconv.Itoa(n))
		c.advance(time.Second)
	}
	if len(l.clients) > keepClients {
		t.Errorf("%d clients are remembered", len(l.clients))
	}
}

func TestClientsAreCountedByAddressOrNetwork(t *testing.T) {
	for remote, want := range map[string]string{
		"192.168.1.7:55": "192.168.1.7", "[::ffff:192.168.1.7]:55": "192.168.1.7", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64", "x": "x",
	} {
		if got := clientKey(remote); got != want {
			t.Errorf("clientKey(%q) = %q, want %q", remote, got, want)
		}
	}
}

func TestPasswordsAreKeptAsArgon2id(t *testing.T) {
	phc := hashPassword("correct horse")
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || !checkPassword("correct horse", phc) || checkPassword("wrong", phc) {
		t.Errorf("got %s", phc)
	}
	for _, damaged := range []string{"", "$", "$argon2id$v=19$m=1,t=0,p=0$AA$AA", "$argon2id$v=19$m=1,t=1,p=1$!$AA", "$argon2id$v=19$m=1,t=1,p=1$AA$"} {
		if checkPassword("", damaged) {
			t.Errorf("%q fits", damaged)
		}
	}
}

func TestNoSecretReachesTheLogOrTheStore(t *testing.T) {
	r := newRig(t)
	code := r.codes[0]
	cookie := r.owner()
	token := r.token(api.TokenRequest{})
	r.login("Li", "canary-password", nil)
	r.send(request{method: "GET", path: "/api/devices", token: "canary-token"})
	r.send(request{method: "GET", path: "/api/devices?token=canary-query", cookie: cookie})
	r.send(request{method: "POST", path: "/api/login", body: map[string]any{"name": "canary-field", "password": 7}})
	r.server.recovered(&call{lang: "en", w: discard{}, r: &http.Request{}}) // no panic: says nothing
	secrets := []string{"canary", "correct horse", code, strings.ReplaceAll(code, "-", ""), cookie.Value, token, r.local}
	secretFree(t, r.log.String(), secrets...)
	for _, bucket := range []string{accountBucket, sessionBucket, tokenBucket} {
		all, err := r.store.List(t.Context(), bucket)
		if err != nil || len(all) == 0 {
			t.Fatalf("%s: %d records, %v", bucket, len(all), err)
		}
		for k, v := range all {
			secretFree(t, k+string(v), secrets...)
		}
	}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
