package consent

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
)

// memory is a memory that forgets at the end of the test.
type memory struct {
	mu sync.Mutex
	m  map[string]map[string][]byte
}

func (m *memory) Put(_ context.Context, b, k string, v []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m[b] == nil {
		m.m[b] = map[string][]byte{}
	}
	m.m[b][k] = v
	return nil
}

func (m *memory) Delete(_ context.Context, b, k string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m[b], k)
	return nil
}

func (m *memory) List(_ context.Context, b string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.m[b]), nil
}

const callback = "https://open.bot.tmall.com/oauth/callback?skillId=7&token=abc"

type desk struct {
	t          *testing.T
	s          *Server
	web        *httptest.Server
	mem        *memory
	now        time.Time
	id, secret string
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, mem: &memory{m: map[string]map[string][]byte{}}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	d.restart()
	var err error
	if d.id, d.secret, err = d.s.AddClient(t.Context(), "aligenie", []string{"https://open.bot.tmall.com/oauth/callback?skillId=7"}); err != nil {
		t.Fatal(err)
	}
	return d
}

// restart makes the server anew from what it keeps.
func (d *desk) restart() {
	var err error
	d.s, err = New(Options{Memory: d.mem, Now: func() time.Time { return d.now }, Login: func(_ *http.Request, name, password string) (home.Person, bool, time.Duration) {
		return home.Person{ID: "li"}, name == "Li" && password == "right", 0
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize", func(w http.ResponseWriter, r *http.Request) { d.s.Authorize(w, r, r.URL.Query().Get("lang")) })
	mux.HandleFunc("POST /oauth/authorize", func(w http.ResponseWriter, r *http.Request) { d.s.Consent(w, r, "en") })
	mux.HandleFunc("POST /oauth/token", d.s.Token)
	mux.HandleFunc("POST /oauth/revoke", d.s.Revoke)
	d.web = httptest.NewServer(mux)
	d.t.Cleanup(d.web.Close)
}

var ticket = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// consent goes through the page and returns where it sends the browser.
func (d *desk) consent(q url.Values, password, answer string) (status int, location string) {
	d.t.Helper()
	res, err := client.Get(d.web.URL + "/oauth/authorize?" + q.Encode())
	if err != nil {
		d.t.Fatal(err)
	}
	b, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	m := ticket.FindSubmatch(b)
	if m == nil {
		return res.StatusCode, res.Header.Get("Location")
	}
	res, err = client.PostForm(d.web.URL+"/oauth/authorize", url.Values{"query": {q.Encode()}, "ticket": {string(m[1])}, "name": {"Li"}, "password": {password}, "answer": {answer}})
	if err != nil {
		d.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}

func (d *desk) query(more ...string) url.Values {
	q := url.Values{"client_id": {d.id}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"s&1"}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}

func (d *desk) code(more ...string) string {
	d.t.Helper()
	_, location := d.consent(d.query(more...), "right", "allow")
	u, err := url.Parse(location)
	if err != nil || u.Query().Get("code") == "" {
		d.t.Fatalf("no code in %q", location)
	}
	return u.Query().Get("code")
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Error   string `json:"error"`
}

// refresh asks for tokens with a refresh token.
func (d *desk) refresh(token string) tokens {
	got, _ := d.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, false)
	return got
}

func (d *desk) token(q url.Values, asJSON bool) (tokens, int) {
	d.t.Helper()
	q.Set("client_id", d.id)
	if q.Get("client_secret") == "" {
		q.Set("client_secret", d.secret)
	}
	body, kind := q.Encode(), "application/x-www-form-urlencoded"
	if asJSON {
		m := map[string]string{}
		for k := range q {
			m[k] = q.Get(k)
		}
		b, _ := json.Marshal(m)
		body, kind = string(b), "application/json"
	}
	res, err := http.Post(d.web.URL+"/oauth/token", kind, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	var t tokens
	if err := json.NewDecoder(res.Body).Decode(&t); err != nil {
		d.t.Fatal(err)
	}
	return t, res.StatusCode
}

func TestTheRedirectKeepsItsOwnQueryAndBringsStateBack(t *testing.T) { // RFC 6749, 3.1.2 and 4.1.2
	d := open(t)
	_, location := d.consent(d.query(), "right", "allow")
	if !strings.HasPrefix(location, callback+"&code=") || !strings.HasSuffix(location, "&state=s%261") {
		t.Errorf("sent to %q", location)
	}
	if _, location = d.consent(d.query(), "right", "deny"); !strings.Contains(location, "error=access_denied") {
		t.Errorf("denied, sent to %q", location)
	}
	if status, location := d.consent(d.query(), "wrong", "allow"); status != http.StatusUnauthorized || location != "" {
		t.Errorf("with a wrong password: %d %q", status, location)
	}
}

func TestNothingIsSentToAnAddressThatIsNotAllowed(t *testing.T) { // RFC 6749, 4.1.2.1
	d := open(t)
	for _, bad := range []string{"https://evil.example/oauth/callback?skillId=7", "https://open.bot.tmall.com/oauth/callback?skillId=8", "https://open.bot.tmall.com/oauth/callback",
		"https://open.bot.tmall.com/oauth/callback/../x?skillId=7", "https://open.bot.tmall.com.evil.example/oauth/callback?skillId=7", "http://open.bot.tmall.com/oauth/callback?skillId=7", callback + "#x"} {
		if status, location := d.consent(d.query("redirect_uri", bad), "right", "allow"); status != http.StatusBadRequest || location != "" {
			t.Errorf("%s: %d %q", bad, status, location)
		}
	}
	if _, location := d.consent(d.query("response_type", "token"), "right", "allow"); !strings.Contains(location, "unsupported_response_type") {
		t.Errorf("implicit: %q", location)
	}
}

func TestACodeWorksOnceAndUsedTwiceTakesItsTokensBack(t *testing.T) { // RFC 6749, 4.1.2 and 4.1.3
	d := open(t)
	grant := url.Values{"grant_type": {"authorization_code"}, "code": {d.code()}, "redirect_uri": {callback}}
	got, status := d.token(grant, true)
	if status != http.StatusOK || got.Type != "Bearer" || got.Expires < 360 {
		t.Fatalf("%d %+v", status, got)
	}
	if _, ok := d.s.ByToken("aligenie", got.Access); !ok {
		t.Error("the token does not work")
	}
	if _, ok := d.s.ByToken("google", got.Access); ok {
		t.Error("the token works for another platform")
	}
	if again, status := d.token(grant, false); status != http.StatusBadRequest || again.Error != "invalid_grant" {
		t.Errorf("again: %d %+v", status, again)
	}
	if _, ok := d.s.ByToken("aligenie", got.Access); ok {
		t.Error("the token of a code that was used twice still works")
	}
}

func TestACodeAgesAndAWrongSecretIsRefused(t *testing.T) { // RFC 6749, 4.1.2 and 5.2
	d := open(t)
	code := d.code()
	if got, status := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_secret": {"no"}}, false); status != http.StatusUnauthorized || got.Error != "invalid_client" {
		t.Errorf("%d %+v", status, got)
	}
	d.now = d.now.Add(codeLife + time.Second)
	if got, _ := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}}, false); got.Error != "invalid_grant" {
		t.Errorf("%+v", got)
	}
}

func TestPKCE(t *testing.T) { // RFC 7636, 4.6 and appendix B
	d := open(t)
	verifier := "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	for v, want := range map[string]string{verifier: "", "": "invalid_grant", verifier + "x": "invalid_grant"} {
		code := d.code("code_challenge", challenge, "code_challenge_method", "S256")
		if got, _ := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {v}}, false); got.Error != want {
			t.Errorf("%q: %+v", v, got)
		}
	}
	if got, _ := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {d.code()}, "redirect_uri": {callback}, "code_verifier": {verifier}}, false); got.Error != "invalid_grant" { // RFC 9700, 2.1.1
		t.Errorf("a verifier without a challenge: %+v", got)
	}
	if _, location := d.consent(d.query("code_challenge", challenge, "code_challenge_method", "plain"), "right", "allow"); !strings.Contains(location, "invalid_request") {
		t.Errorf("plain: %q", location)
	}
}

func TestARefreshRotatesWithAGraceAndSurvivesARestart(t *testing.T) { // RFC 6749, 6
	d := open(t)
	first, _ := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {d.code()}, "redirect_uri": {callback}}, false)
	second := d.refresh(first.Refresh)
	if second.Error != "" || second.Refresh == first.Refresh {
		t.Fatalf("%+v", second)
	}
	d.restart()
	third := d.refresh(first.Refresh) // the answer was lost, the platform asks again
	if third.Error != "" {
		t.Fatalf("within the grace: %+v", third)
	}
	d.now = d.now.Add(graceLife + time.Second)
	for _, a := range []string{first.Access, second.Access, third.Access} {
		if _, ok := d.s.ByToken("aligenie", a); !ok {
			t.Error("a token that is not too old does not work")
		}
	}
	d.now = d.now.Add(accessLife)
	if _, ok := d.s.ByToken("aligenie", third.Access); ok {
		t.Error("a token that is too old works")
	}
	if fourth := d.refresh(second.Refresh); fourth.Error != "" { // both answers came, and the platform keeps the first
		t.Errorf("the first answer's: %+v", fourth)
	}
}

func TestARefreshTokenThatComesAgainLateTakesTheLinkBack(t *testing.T) { // RFC 9700, 2.2.2
	d := open(t)
	first, _ := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {d.code()}, "redirect_uri": {callback}}, false)
	second := d.refresh(first.Refresh)
	third := d.refresh(second.Refresh)
	if again := d.refresh(first.Refresh); again.Error != "invalid_grant" { // the second was used, so its answer was not lost
		t.Errorf("the first after the second: %+v", again)
	}
	if made := d.refresh("made up"); made.Error != "invalid_grant" {
		t.Errorf("one that is made up: %+v", made)
	}
	if _, ok := d.s.ByToken("aligenie", third.Access); !ok {
		t.Fatal("a token that is made up took the link back")
	}
	d.now = d.now.Add(graceLife + time.Second)
	if late := d.refresh(first.Refresh); late.Error != "invalid_grant" {
		t.Errorf("after the grace: %+v", late)
	}
	if _, ok := d.s.ByToken("aligenie", third.Access); ok || len(d.s.Links()) != 0 || d.refresh(third.Refresh).Error != "invalid_grant" {
		t.Error("still linked")
	}
}

func TestALinkThatWasKeptBeforeStillWorks(t *testing.T) {
	d := open(t)
	old := `{"id":"l1","client":"` + d.id + `","platform":"aligenie","person":"li","access":"` + digest("a") + `","access_expires":"2026-03-01T12:30:00Z","refresh":"` + digest("r") + `"}`
	if err := d.mem.Put(t.Context(), linkBucket, "l1", []byte(old)); err != nil {
		t.Fatal(err)
	}
	d.restart()
	if _, ok := d.s.ByToken("aligenie", "a"); !ok {
		t.Error("the access token does not work")
	}
	if got, _ := d.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r"}}, false); got.Error != "" {
		t.Errorf("%+v", got)
	}
}

// What is missing or there twice is named (RFC 6749, 3.1, 3.2, 4.1.2.1, 4.1.3 and 5.2).
func TestARequestThatIsNotWholeIsRefusedInTheWordsOfTheRFC(t *testing.T) {
	d := open(t)
	for _, c := range []struct{ name, body, want string }{
		{"no grant_type", "code=x", "invalid_request"},
		{"no code", "grant_type=authorization_code", "invalid_request"},
		{"no refresh token", "grant_type=refresh_token", "invalid_request"},
		{"another grant", "grant_type=password", "unsupported_grant_type"},
		{"a code twice", "grant_type=authorization_code&code=x&code=y", "invalid_request"},
		{"half a JSON object", `{"grant_type":`, "invalid_request"},
		{"no redirect address", "grant_type=authorization_code&code=" + d.code(), "invalid_grant"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth/token", strings.NewReader(c.body))
		r.SetBasicAuth(d.id, d.secret)
		w := httptest.NewRecorder()
		d.s.Token(w, r) // without a Content-Type: the body says what it is
		if !strings.Contains(w.Body.String(), `"`+c.want+`"`) || w.Code != http.StatusBadRequest || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	for more, want := range map[string]string{"": "error=invalid_request", "&response_type=code&state=2": "error=invalid_request", "&response_type=code&code_challenge=short&code_challenge_method=S256": "error=invalid_request", "&response_type=token": "error=unsupported_response_type"} {
		q := url.Values{"client_id": {d.id}, "redirect_uri": {callback}, "state": {"1"}}
		w := httptest.NewRecorder()
		d.s.Authorize(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth/authorize?"+q.Encode()+more, nil), "en")
		if to := w.Header().Get("Location"); !strings.Contains(to, want) || !strings.Contains(to, "&state=1") {
			t.Errorf("%q leads to %q", more, to)
		}
	}
}

func TestWhoIsRefusedAgainAndAgainIsToldToWaitAndWhoIsRightIsNot(t *testing.T) {
	d := open(t)
	last := 0
	for range manyTries + 1 {
		_, last = d.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "client_secret": {"no"}}, false)
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the last was answered with %d", last)
	}
	if got, status := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {d.code()}, "redirect_uri": {callback}}, false); status != http.StatusOK {
		t.Errorf("who is right: %d %+v", status, got)
	}
}

// A browser follows the form's answer only to where the page's policy lets it.
func TestThePageLetsTheBrowserGoWhereTheAnswerLeads(t *testing.T) {
	for address, want := range map[string]string{callback: "", "http://127.0.0.1:8080/cb": "http://127.0.0.1:8080", "linglong://open": "linglong:"} {
		if got := origin(address); got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}

func TestNothingIsKeptInPlainAndRevokeEndsTheLink(t *testing.T) { // RFC 7009
	d := open(t)
	got, _ := d.token(url.Values{"grant_type": {"authorization_code"}, "code": {d.code()}, "redirect_uri": {callback}}, false)
	for bucket, all := range d.mem.m {
		for key, v := range all {
			for _, plain := range []string{got.Access, got.Refresh, d.secret} {
				if strings.Contains(string(v)+key, plain) {
					t.Errorf("%s holds a secret in plain", bucket)
				}
			}
		}
	}
	res, err := http.PostForm(d.web.URL+"/oauth/revoke", url.Values{"client_id": {d.id}, "client_secret": {d.secret}, "token": {got.Refresh}})
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	if _, ok := d.s.ByToken("aligenie", got.Access); ok || len(d.s.Links()) != 0 {
		t.Error("still linked")
	}
}

func FuzzRedirect(f *testing.F) {
	f.Add(callback)
	f.Add("https://open.bot.tmall.com@evil.example/oauth/callback?skillId=7")
	c := Client{Redirects: []string{"https://open.bot.tmall.com/oauth/callback?skillId=7"}}
	f.Fuzz(func(t *testing.T, address string) {
		if !c.redirectAllowed(address) {
			return
		}
		u, err := url.Parse(backTo(address, "code", "x", "state", "y"))
		if err != nil || u.Host != "open.bot.tmall.com" || u.Scheme != "https" || u.User != nil {
			t.Errorf("%q was let through", address)
		}
	})
}

func TestACodeIsRedeemedOnceWithinTheProcess(t *testing.T) {
	d := open(t)
	code := d.code()
	l, ok := d.s.Redeem(t.Context(), d.id, code, callback)
	if kept, there := d.s.ByID(l.ID); !ok || !there || kept.Person == "" {
		t.Fatalf("%+v %v", l, ok)
	}
	if _, again := d.s.Redeem(t.Context(), d.id, code, callback); again {
		t.Error("redeemed twice")
	}
	if _, still := d.s.ByID(l.ID); still {
		t.Error("what came of a code that was used twice is still linked")
	}
	if _, other := d.s.Redeem(t.Context(), "nobody", d.code(), callback); other {
		t.Error("redeemed by an unknown client")
	}
}
