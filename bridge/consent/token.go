package consent

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

func oauthError(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, map[string]string{"error": code, "error_description": description})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="concord"`)
	oauthError(w, http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret")
}

// tokenRequest reads the parameters of a token request, as a form or, as Xiaowei sends them, as JSON.
func tokenRequest(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		var m map[string]any
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			return nil, errors.New("the body is no JSON object")
		}
		q := url.Values{}
		for k, v := range m {
			if s, ok := v.(string); ok {
				q.Set(k, s)
			}
		}
		return q, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, errors.New("the body is no form")
	}
	return r.PostForm, nil // parameters in the address are not taken: they end in logs
}

// authenticate finds the client, by Basic or by what is in the body (RFC 6749, 2.3.1), and sets client_id.
func (s *Server) authenticate(r *http.Request, q url.Values) (Client, bool) {
	id, plain := q.Get("client_id"), q.Get("client_secret")
	if user, pass, ok := r.BasicAuth(); ok {
		id, plain = unescape(user), unescape(pass)
		q.Set("client_id", id)
	}
	s.mu.Lock()
	c, known := s.clients[id]
	s.mu.Unlock()
	if !known || c.Secret != "" && !same(c.Secret, digest(plain)) {
		return Client{}, false
	}
	return c, true
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// Token gives out tokens for a code or a refresh token.
func (s *Server) Token(w http.ResponseWriter, r *http.Request) {
	q, err := tokenRequest(w, r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	c, ok := s.authenticate(r, q)
	if !ok {
		unauthorized(w)
		return
	}
	ctx := context.WithoutCancel(r.Context()) // a platform that hangs up must not leave half a rotation
	var l *Link
	var refused string
	switch q.Get("grant_type") {
	case "authorization_code":
		l, refused = s.redeem(ctx, c, q)
	case "refresh_token":
		l, refused = s.refresh(c, q.Get("refresh_token"))
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "authorization_code or refresh_token was expected")
		return
	}
	if refused != "" {
		oauthError(w, http.StatusBadRequest, "invalid_grant", refused)
		return
	}
	access, refresh := secret(), secret()
	now := s.o.Now()
	s.mu.Lock()
	l.AccessBefore, l.Access, l.AccessExpires = l.Access, digest(access), now.Add(accessLife)
	if !same(l.Before, digest(q.Get("refresh_token"))) { // a repeated refresh keeps the grace of the first
		l.Before, l.BeforeUntil = l.Refresh, now.Add(graceLife)
	}
	l.Refresh = digest(refresh)
	s.links[l.ID] = l
	s.mu.Unlock()
	if err := s.keep(ctx, l); err != nil {
		s.log.Error("a link could not be kept", "err", err)
		oauthError(w, http.StatusServiceUnavailable, "server_error", "the link could not be kept")
		return
	}
	reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": access, "refresh_token": refresh, "expires_in": int(accessLife.Seconds())})
}

// redeem takes a code, once (RFC 6749, 4.1.3; RFC 7636, 4.6).
func (s *Server) redeem(ctx context.Context, c Client, q url.Values) (*Link, string) {
	s.mu.Lock()
	k := s.codes[digest(q.Get("code"))]
	used := ""
	if k != nil {
		used = k.link
	}
	s.mu.Unlock()
	switch {
	case k == nil:
		return nil, "the code is unknown"
	case used != "": // somebody has it who should not: what came of it is taken back
		if err := s.Unlink(ctx, used); err != nil {
			s.log.Error("a link whose code was used twice could not be removed", "err", err)
		}
		return nil, "the code was used before"
	case k.client != c.ID:
		return nil, "the code is another client's"
	case s.o.Now().After(k.expires):
		return nil, "the code is too old"
	case k.redirect != q.Get("redirect_uri") && q.Get("redirect_uri") != "":
		return nil, "redirect_uri is not the one of the request"
	case k.challenge != "" && !verified(k.challenge, q.Get("code_verifier")):
		return nil, "code_verifier does not fit"
	}
	l := &Link{ID: secret()[:20], Client: c.ID, Platform: c.Platform, Person: k.person, Since: s.o.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.link != "" || len(s.links) >= maxLinks {
		return nil, "the code was used before, or too many accounts are linked"
	}
	k.link = l.ID
	return l, ""
}

// verified compares a challenge with its verifier: S256.
func verified(challenge, verifier string) bool {
	if len(verifier) < 43 || len(verifier) > 128 || strings.ContainsAny(verifier, " \t\n") {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return same(challenge, base64.RawURLEncoding.EncodeToString(sum[:]))
}

// refresh finds the link of a refresh token. The one before still works for a while; one older than that has been stolen or lost.
func (s *Server) refresh(c Client, token string) (*Link, string) {
	hash, now := digest(token), s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.links {
		if l.Client != c.ID {
			continue
		}
		if same(l.Refresh, hash) || same(l.Before, hash) && now.Before(l.BeforeUntil) {
			copied := *l
			return &copied, ""
		}
	}
	return nil, "the refresh token is unknown or was replaced"
}
