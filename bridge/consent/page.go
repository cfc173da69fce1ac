package consent

import (
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// words of the page, in English and Chinese.
var words = map[string]map[string]string{
	"en": {"lang": "en", "title": "Link your home", "ask": "wants to see the devices of this house and to control them.", "name": "Name", "password": "Password",
		"allow": "Allow", "deny": "Deny", "wrong": "Name or password is wrong.", "wait": "Too many tries. Please wait.", "bad": "This request is not right", "gone": "The page is too old. Please begin again.",
		"google": "By signing in, you are authorizing Google to control your devices."},
	"zh": {"lang": "zh", "title": "关联您的家", "ask": "想查看并控制这个家的设备。", "name": "姓名", "password": "密码",
		"allow": "允许", "deny": "拒绝", "wrong": "姓名或密码不对。", "wait": "尝试次数太多，请稍候。", "bad": "请求有误", "gone": "页面已过期，请重新开始。",
		"google": "登录即表示您授权 Google 控制您的设备。"},
}

// platforms are how they are called.
var platforms = map[string]string{"google": "Google", "alexa": "Amazon Alexa", "aligenie": "天猫精灵", "dueros": "小度", "xiaowei": "腾讯小微", "jdwhale": "小京鱼", "miot": "米家", "yandex": "Yandex", "dingdong": "叮咚"}

func textsOf(lang string) map[string]string {
	if strings.HasPrefix(lang, "zh") {
		return words["zh"]
	}
	return words["en"]
}

// demand is what an authorization request asks for.
type demand struct {
	Client, Redirect, State, Challenge string
	platform                           string
}

// read checks an authorization request. Until client and redirect are known to be right nothing is sent anywhere (RFC 6749, 4.1.2.1).
func (s *Server) read(q url.Values) (d demand, problem string, back string) {
	d = demand{Client: q.Get("client_id"), Redirect: q.Get("redirect_uri"), State: q.Get("state"), Challenge: q.Get("code_challenge")}
	s.mu.Lock()
	c, known := s.clients[d.Client]
	s.mu.Unlock()
	invalid := func(why string) (demand, string, string) {
		return d, "", backTo(d.Redirect, "error", "invalid_request", "error_description", why, "state", d.State)
	}
	twice := repeated(q)
	switch {
	case !known || twice == "client_id":
		return d, "client_id", ""
	case twice == "redirect_uri" || !c.redirectAllowed(d.Redirect):
		return d, "redirect_uri", ""
	case twice != "":
		return invalid(twice + " is there more than once")
	case q.Get("response_type") == "":
		return invalid("response_type is missing")
	case q.Get("response_type") != "code":
		return d, "", backTo(d.Redirect, "error", "unsupported_response_type", "state", d.State)
	case d.Challenge != "" && (q.Get("code_challenge_method") != "S256" || len(d.Challenge) != 43), c.Secret == "" && d.Challenge == "":
		return invalid("code_challenge with S256 was expected")
	}
	d.platform = c.Platform
	return d, "", ""
}

// Authorize shows the page on which somebody consents.
func (s *Server) Authorize(w http.ResponseWriter, r *http.Request, lang string) {
	d, problem, back := s.read(r.URL.Query())
	switch {
	case problem != "":
		s.show(w, http.StatusBadRequest, lang, map[string]any{"Problem": textsOf(lang)["bad"] + ": " + problem})
	case back != "":
		http.Redirect(w, r, back, http.StatusFound)
	default:
		s.form(w, http.StatusOK, lang, d, r.URL.RawQuery, "")
	}
}

// form shows the form. Its ticket ties what is sent to a page that was shown.
func (s *Server) form(w http.ResponseWriter, status int, lang string, d demand, query, problem string) {
	ticket := secret()
	now := s.o.Now()
	s.mu.Lock()
	for t, until := range s.forms {
		if now.After(until) {
			delete(s.forms, t)
		}
	}
	if len(s.forms) < 10_000 {
		s.forms[digest(ticket+query)] = now.Add(requestLife)
	}
	s.mu.Unlock()
	name := platforms[d.platform]
	if name == "" {
		name = d.platform
	}
	s.show(w, status, lang, map[string]any{"To": origin(d.Redirect), "Platform": name, "Query": query, "Ticket": ticket, "Problem": problem, "Google": d.platform == "google"})
}

// origin is where an address leads, for the browser, which else follows the form's answer to https and to this hub only: an app's own
// scheme, or a program on this machine.
func origin(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme == "https":
		return ""
	case u.Scheme == "http":
		return "http://" + u.Host
	}
	return u.Scheme + ":"
}

func (s *Server) show(w http.ResponseWriter, status int, lang string, data map[string]any) {
	t := textsOf(lang)
	data["T"] = t
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	to, _ := data["To"].(string)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' https: "+to+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := page.Execute(w, data); err != nil {
		s.log.Error("the consent page cannot be shown", "err", err)
	}
}

// Consent takes what somebody answered on the page.
func (s *Server) Consent(w http.ResponseWriter, r *http.Request, lang string) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.show(w, http.StatusBadRequest, lang, map[string]any{"Problem": textsOf(lang)["bad"]})
		return
	}
	raw := r.PostForm.Get("query")
	q, err := url.ParseQuery(raw)
	d, problem, back := s.read(q)
	if err != nil || problem != "" || back != "" {
		s.show(w, http.StatusBadRequest, lang, map[string]any{"Problem": textsOf(lang)["bad"] + ": " + problem})
		return
	}
	hash := digest(r.PostForm.Get("ticket") + raw)
	s.mu.Lock()
	until, shown := s.forms[hash]
	delete(s.forms, hash)
	s.mu.Unlock()
	if !shown || s.o.Now().After(until) {
		s.form(w, http.StatusBadRequest, lang, d, raw, textsOf(lang)["gone"])
		return
	}
	if r.PostForm.Get("answer") != "allow" {
		http.Redirect(w, r, backTo(d.Redirect, "error", "access_denied", "state", d.State), http.StatusFound)
		return
	}
	p, ok, wait := s.o.Login(r, r.PostForm.Get("name"), r.PostForm.Get("password"))
	switch {
	case wait > 0:
		s.form(w, http.StatusTooManyRequests, lang, d, raw, textsOf(lang)["wait"])
		return
	case !ok:
		s.form(w, http.StatusUnauthorized, lang, d, raw, textsOf(lang)["wrong"])
		return
	}
	plain := secret()
	s.mu.Lock()
	now := s.o.Now()
	for k, c := range s.codes {
		if now.Sub(c.expires) > accessLife {
			delete(s.codes, k)
		}
	}
	s.codes[digest(plain)] = &code{client: d.Client, redirect: d.Redirect, challenge: d.Challenge, person: p.ID, expires: now.Add(codeLife)}
	s.mu.Unlock()
	http.Redirect(w, r, backTo(d.Redirect, "code", plain, "state", d.State), http.StatusFound)
}

// Revoke takes a token back (RFC 7009): it answers 200 whether there was one or not.
func (s *Server) Revoke(w http.ResponseWriter, r *http.Request) {
	q, err := tokenRequest(w, r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	switch _, ok := s.authenticate(r, q); {
	case !ok:
		s.turnAway(w, r, unauthorized)
		return
	case q.Get("token") == "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "token is missing")
		return
	}
	hash := digest(q.Get("token"))
	s.mu.Lock()
	id := ""
	for _, l := range s.links {
		if l.Client == q.Get("client_id") && l.Tokens.holds(hash) {
			id = l.ID
		}
	}
	s.mu.Unlock()
	if id != "" {
		if err := s.Unlink(context.WithoutCancel(r.Context()), id); err != nil {
			oauthError(w, http.StatusServiceUnavailable, "server_error", "the link could not be removed")
			return
		}
	}
	w.WriteHeader(http.StatusOK)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who has gone needs no answer
}
