package consent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func oauthError(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, map[string]string{"error": code, "error_description": description})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="concord"`)
	oauthError(w, http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret")
}

// tokenRequest reads the parameters of a token request, as a form or, as Xiaowei sends them, as JSON; which of the two it is, the
// body says: not every platform says it in the header. Parameters in the address are not taken: they end in logs.
func tokenRequest(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		return nil, errors.New("the body is longer than 64 KiB, or was not sent whole")
	}
	if text := bytes.TrimSpace(body); len(text) > 0 && text[0] == '{' {
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			return nil, errors.New("the body is no JSON object")
		}
		q := url.Values{}
		for k, v := range m {
			switch x := v.(type) {
			case string:
				q.Set(k, x)
			case json.Number: // a client id of digits
				q.Set(k, x.String())
			}
		}
		return q, nil
	}
	q, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the body is no form")
	}
	if name := repeated(q); name != "" {
		return nil, errors.New(name + " is there more than once")
	}
	return q, nil
}

// repeated is a parameter that is there more than once, which none may be (RFC 6749, 3.1 and 3.2); empty: none is.
func repeated(q url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if len(q[name]) > 1 {
			return name
		}
	}
	return ""
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

// refusal is why no token is given: an error of RFC 6749, 5.2.
type refusal struct{ code, text string }

func invalidGrant(text string) *refusal { return &refusal{"invalid_grant", text} }

// needed are the parameters that a kind of grant must have (RFC 6749, 4.1.3 and 6).
var needed = map[string]string{"authorization_code": "code", "refresh_token": "refresh_token"}

// Token gives out tokens for a code or a refresh token.
func (s *Server) Token(w http.ResponseWriter, r *http.Request) {
	q, err := tokenRequest(w, r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	c, ok := s.authenticate(r, q)
	if !ok {
		s.turnAway(w, r, unauthorized)
		return
	}
	s.granting.Lock()
	defer s.granting.Unlock()
	l, refused := s.grant(context.WithoutCancel(r.Context()), c, q) // a platform that hangs up must not leave half a rotation
	if refused != nil {
		s.turnAway(w, r, func(w http.ResponseWriter) { oauthError(w, http.StatusBadRequest, refused.code, refused.text) })
		return
	}
	access, refresh := secret(), secret()
	now := s.o.Now()
	s.mu.Lock()
	l.Tokens.add(digest(access), digest(refresh), now)
	s.links[l.ID] = l
	s.mu.Unlock()
	if err := s.keep(context.WithoutCancel(r.Context()), l); err != nil {
		s.log.Error("a link could not be kept", "err", err)
		oauthError(w, http.StatusServiceUnavailable, "server_error", "the link could not be kept")
		return
	}
	reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": access, "refresh_token": refresh, "expires_in": int(accessLife.Seconds())})
}

// grant finds or makes the link that tokens are asked for.
func (s *Server) grant(ctx context.Context, c Client, q url.Values) (*Link, *refusal) {
	kind := q.Get("grant_type")
	switch name, known := needed[kind]; {
	case kind == "":
		return nil, &refusal{"invalid_request", "grant_type is missing"}
	case !known:
		return nil, &refusal{"unsupported_grant_type", "authorization_code or refresh_token was expected"}
	case q.Get(name) == "":
		return nil, &refusal{"invalid_request", name + " is missing"}
	case kind == "refresh_token":
		return s.refresh(ctx, c, q.Get("refresh_token"))
	}
	return s.redeem(ctx, c, q)
}

// redeem takes a code, once (RFC 6749, 4.1.3; RFC 7636, 4.6; RFC 9700, 2.1.1).
func (s *Server) redeem(ctx context.Context, c Client, q url.Values) (*Link, *refusal) {
	s.mu.Lock()
	k := s.codes[digest(q.Get("code"))]
	used := ""
	if k != nil {
		used = k.link
	}
	s.mu.Unlock()
	redirect, verifier := q.Get("redirect_uri"), q.Get("code_verifier")
	switch {
	case k == nil:
		return nil, invalidGrant("the code is unknown")
	case used != "": // somebody has it who should not: what came of it is taken back
		if err := s.Unlink(ctx, used); err != nil {
			s.log.Error("a link whose code was used twice could not be removed", "err", err)
		}
		return nil, invalidGrant("the code was used before")
	case k.client != c.ID:
		return nil, invalidGrant("the code is another client's")
	case s.o.Now().After(k.expires):
		return nil, invalidGrant("the code is too old")
	case k.redirect != redirect && (redirect != "" || k.challenge == ""): // with PKCE it may be left out, as OAuth 2.1 has it
		return nil, invalidGrant("redirect_uri is not the one of the request")
	case k.challenge != "" && !verified(k.challenge, verifier):
		return nil, invalidGrant("code_verifier does not fit")
	case k.challenge == "" && verifier != "": // somebody has taken the challenge out of the request
		return nil, invalidGrant("code_verifier without a code_challenge before")
	}
	l := &Link{ID: secret()[:20], Client: c.ID, Platform: c.Platform, Person: k.person, Since: s.o.Now(), Tokens: &issued{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.link != "" || len(s.links) >= maxLinks {
		return nil, invalidGrant("the code was used before, or too many accounts are linked")
	}
	k.link = l.ID
	return l, nil
}

// verified compares a challenge with its verifier: S256.
func verified(challenge, verifier string) bool {
	if len(verifier) < 43 || len(verifier) > 128 || strings.Trim(verifier, unreserved) != "" {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return same(challenge, base64.RawURLEncoding.EncodeToString(sum[:]))
}

// unreserved are the signs of a verifier (RFC 7636, 4.1).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// refresh finds the link of a refresh token. One that was replaced still works for a while; used later, it is not the platform
// that has it, and the link is taken back (RFC 9700, 2.2.2).
func (s *Server) refresh(ctx context.Context, c Client, token string) (*Link, *refusal) {
	hash, now := digest(token), s.o.Now()
	s.mu.Lock()
	stolen := ""
	for _, l := range s.links {
		if l.Client != c.ID {
			continue
		}
		switch good, late := l.Tokens.renew(hash, now); {
		case good:
			copied := *l
			copied.Tokens = l.Tokens.renewed(hash, now)
			s.mu.Unlock()
			return &copied, nil
		case late:
			stolen = l.ID
		}
	}
	s.mu.Unlock()
	if stolen == "" {
		return nil, invalidGrant("the refresh token is unknown or was replaced")
	}
	if err := s.Unlink(ctx, stolen); err != nil {
		s.log.Error("a link whose refresh token was used again could not be removed", "err", err)
	}
	return nil, invalidGrant("the refresh token was replaced long ago: the account must be linked again")
}
