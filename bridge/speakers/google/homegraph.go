package google

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
)

// ServiceAccount is the key with which the hub speaks to the Home Graph, as Google's console gives it out.
type ServiceAccount struct {
	Email    string `json:"client_email"`
	Key      string `json:"private_key"`
	TokenURI string `json:"token_uri"`
	// Graph is the Home Graph's address; empty is Google's.
	Graph string `json:"home_graph,omitempty"`
	key   *rsa.PrivateKey
}

// ReadServiceAccount reads the JSON file of a service account.
func ReadServiceAccount(r io.Reader) (*ServiceAccount, error) {
	var a ServiceAccount
	if err := json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&a); err != nil {
		return nil, fmt.Errorf("the service account is no JSON file of Google's: %w", err)
	}
	block, _ := pem.Decode([]byte(a.Key))
	if block == nil || a.Email == "" || a.TokenURI == "" {
		return nil, errors.New("the service account lacks client_email, token_uri or a private_key in PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the service account's private_key: %w", err)
	}
	var ok bool
	if a.key, ok = key.(*rsa.PrivateKey); !ok {
		return nil, errors.New("the service account's private_key is no RSA key")
	}
	if a.Graph == "" {
		a.Graph = "https://homegraph.googleapis.com"
	}
	return &a, nil
}

// homeGraph is Google's side that reports go to.
type homeGraph struct {
	account *ServiceAccount
	http    *http.Client

	mu      sync.Mutex
	token   string
	expires time.Time
}

func newHomeGraph(a *ServiceAccount) *homeGraph {
	return &homeGraph{account: a, http: &http.Client{Timeout: 20 * time.Second}}
}

// assertion is a JWT signed with RS256 (RFC 7523).
func (h *homeGraph) assertion(now time.Time) (string, error) {
	enc := base64.RawURLEncoding
	claims, err := json.Marshal(map[string]any{"iss": h.account.Email, "scope": "https://www.googleapis.com/auth/homegraph", "aud": h.account.TokenURI, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
	if err != nil {
		return "", err
	}
	signed := enc.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + enc.EncodeToString(claims)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, h.account.key, crypto.SHA256, sum[:])
	return signed + "." + enc.EncodeToString(sig), err
}

func (h *homeGraph) access(ctx context.Context) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.token != "" && now.Before(h.expires) {
		return h.token, nil
	}
	jwt, err := h.assertion(now)
	if err != nil {
		return "", err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {jwt}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.account.TokenURI, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := h.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("Google gives no token: %w", err)
	}
	defer res.Body.Close()
	var body struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&body); err != nil || res.StatusCode != http.StatusOK || body.Token == "" {
		return "", fmt.Errorf("Google gives no token: it answers %d", res.StatusCode)
	}
	h.token, h.expires = body.Token, now.Add(time.Duration(body.Expires)*time.Second-time.Minute)
	return h.token, nil
}

func (h *homeGraph) post(ctx context.Context, method string, body any) error {
	if h == nil {
		return nil
	}
	token, err := h.access(ctx)
	if err != nil {
		return err
	}
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.account.Graph+"/v1/"+method, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := h.http.Do(r)
	if err != nil {
		return fmt.Errorf("the Home Graph does not answer: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	return speakers.Answered("the Home Graph", res)
}
