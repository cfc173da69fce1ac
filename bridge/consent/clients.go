package consent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Client is a platform that may ask for a link.
type Client struct {
	ID       string `json:"id"`
	Platform string `json:"platform"`
	// Secret is hashed; a client without one must use PKCE.
	Secret string `json:"secret,omitempty"`
	// Redirects are the addresses to which an answer may go, compared exactly but for what the platform's query adds: a
	// query listed here must be there, as it is.
	Redirects []string `json:"redirects"`
}

// AddClient registers a platform and returns its secret, which is shown once.
func (s *Server) AddClient(ctx context.Context, platform string, redirects []string) (id, plain string, err error) {
	for _, r := range redirects {
		u, err := url.Parse(r)
		if err != nil || u.Scheme != "https" && !strings.HasPrefix(r, "http://127.0.0.1") && !strings.HasPrefix(r, "http://localhost") || u.Host == "" || u.Fragment != "" {
			return "", "", fmt.Errorf("redirect %q: an https address without a fragment was expected", r)
		}
	}
	if len(redirects) == 0 {
		return "", "", errors.New("redirects: none, the platform's redirect address was expected")
	}
	plain = secret()
	c := Client{ID: platform + "-" + secret()[:8], Platform: platform, Secret: digest(plain), Redirects: redirects}
	b, err := json.Marshal(c)
	if err != nil {
		return "", "", err
	}
	if err := s.o.Memory.Put(ctx, clientBucket, c.ID, b); err != nil {
		return "", "", err
	}
	s.mu.Lock()
	s.clients[c.ID] = c
	s.mu.Unlock()
	return c.ID, plain, nil
}

// Clients lists the platforms, without their secrets.
func (s *Server) Clients() []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Client
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		c := s.clients[id]
		c.Secret = ""
		out = append(out, c)
	}
	return out
}

// redirectAllowed compares an address with the allow-list: scheme, host and path exactly; a query that is listed must be there.
func (c *Client) redirectAllowed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Fragment != "" || u.User != nil {
		return false
	}
	return slices.ContainsFunc(c.Redirects, func(r string) bool {
		if r == address {
			return true
		}
		want, err := url.Parse(r)
		if err != nil || want.Scheme != u.Scheme || want.Host != u.Host || want.EscapedPath() != u.EscapedPath() {
			return false
		}
		// what platforms like AliGenie add to the query is theirs; it comes back whole
		have := u.Query()
		for key, values := range want.Query() {
			if !slices.Equal(have[key], values) {
				return false
			}
		}
		return want.RawQuery != ""
	})
}

// backTo is the redirect address with parameters added to its own query, which stays as it is.
func backTo(redirect string, pairs ...string) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return redirect
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += pairs[i] + "=" + url.QueryEscape(pairs[i+1])
	}
	return u.String()
}
