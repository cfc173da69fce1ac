package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
)

// keyLogin lets a guest use the app with a key: the session's cookie then bears the key itself, so what the key is limited to,
// its end and its being revoked hold for the browser as for a program. Scripts cannot read it there.
func (s *Server) keyLogin(ctx context.Context, in *struct {
	LangInput
	Body api.KeyRequest
}) (*struct {
	Cookie http.Cookie `header:"Set-Cookie"`
}, error) {
	c := callOf(ctx)
	client := clientKey(c.r.RemoteAddr)
	if wait := s.logins.wait(client); wait > 0 {
		return nil, tooMany(c.lang, wait)
	}
	secret := strings.TrimSpace(in.Body.Key)
	p := s.keyHolder(secret)
	if p == nil {
		return nil, problem(c.lang, http.StatusUnauthorized, "key").build()
	}
	s.logins.right(client)
	cookie := http.Cookie{Name: sessionCookie, Value: secret, Path: "/", Expires: p.expires, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.r.TLS != nil}
	if p.expires.IsZero() {
		cookie.Expires = s.o.Now().Add(sessionLife)
	}
	return &struct {
		Cookie http.Cookie `header:"Set-Cookie"`
	}{cookie}, nil
}

// keyHolder is whom a key that a browser keeps stands for; nil when there is none such. The command line's own token is no key for browsers.
func (s *Server) keyHolder(secret string) *principal {
	p := s.auth.byTokenHash(digest(secret))
	if p == nil || p.kind != byToken {
		return nil
	}
	p.browser = true
	return p
}
