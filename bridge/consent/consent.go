// Package consent links accounts of voice platforms to the house: a small OAuth 2.0 authorization server with the
// authorization code flow, refresh tokens and PKCE, and the page on which somebody who lives here consents.
//
// Use: s := New(Options{Memory: ..., Login: ...}); mount Authorize, Consent, Token and Revoke; a codec asks ByToken who calls.
//
// Own code on the standard library, since platforms have quirks that libraries refuse: a redirect address with a query of
// its own that must come back whole, token requests as form or JSON, refreshes repeated after a lost answer. RFC 6749, 6750, 7009, 7636.
// Codes and tokens are kept hashed; a code lives for two minutes and once; used twice, all that came of it is revoked (RFC 6749, 4.1.2).
package consent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
)

// How long things live.
const (
	codeLife    = 2 * time.Minute
	accessLife  = time.Hour
	graceLife   = 2 * time.Minute // an old refresh token still works so long: the answer with the new one may be lost
	requestLife = 10 * time.Minute
	maxLinks    = 100
)

const (
	clientBucket = "consent.clients"
	linkBucket   = "consent.links"
)

// Memory keeps clients and links.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// Options are what a server is made of. Memory and Login are required.
type Options struct {
	Memory Memory
	// Login checks a person's name and password; wait says how long nobody may try.
	Login  func(r *http.Request, name, password string) (p home.Person, ok bool, wait time.Duration)
	Now    func() time.Time
	Logger *slog.Logger
}

// Link is one account that was linked.
type Link struct {
	ID       string        `json:"id"`
	Client   string        `json:"client"`
	Platform string        `json:"platform"`
	Person   home.PersonID `json:"person"`
	Since    time.Time     `json:"since"`
	// Tokens are those that were given out, newest last.
	Tokens *issued `json:"tokens,omitempty"`
}

// code is an authorization code that was given out.
type code struct {
	client, redirect, challenge string
	person                      home.PersonID
	expires                     time.Time
	link                        string // set when it was used
}

// Server is the authorization server.
type Server struct {
	o   Options
	log *slog.Logger

	granting sync.Mutex // one at a time: two refreshes at once must not lose each other's tokens

	mu      sync.Mutex
	clients map[string]Client
	links   map[string]*Link
	codes   map[string]*code // by hash
	forms   map[string]time.Time
	wrong   tries
}

// New makes a server and reads what it keeps.
func New(o Options) (*Server, error) {
	if o.Memory == nil || o.Login == nil {
		return nil, errors.New("account linking needs a memory and a log-in")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{o: o, log: o.Logger, clients: map[string]Client{}, links: map[string]*Link{}, codes: map[string]*code{}, forms: map[string]time.Time{}}
	kept, err := o.Memory.List(context.Background(), clientBucket)
	if err != nil {
		return nil, err
	}
	for id, b := range kept {
		var c Client
		if err := json.Unmarshal(b, &c); err != nil {
			return nil, fmt.Errorf("the client %s cannot be read: %w", id, err)
		}
		s.clients[id] = c
	}
	if kept, err = o.Memory.List(context.Background(), linkBucket); err != nil {
		return nil, err
	}
	for id, b := range kept {
		l, err := readLink(b)
		if err != nil {
			return nil, fmt.Errorf("the link %s cannot be read: %w", id, err)
		}
		s.links[id] = l
	}
	return s, nil
}

func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// Links lists the accounts that are linked, without their tokens.
func (s *Server) Links() []Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Link
	for _, id := range slices.Sorted(maps.Keys(s.links)) {
		l := *s.links[id]
		l.Tokens = nil
		out = append(out, l)
	}
	return out
}

// ByToken finds the link of a platform that an access token stands for.
func (s *Server) ByToken(platform, token string) (Link, bool) {
	hash, now := digest(token), s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.links {
		if l.Platform == platform && l.Tokens.opens(hash, now) {
			return *l, true
		}
	}
	return Link{}, false
}

// ByID finds a link that was not ended.
func (s *Server) ByID(id string) (Link, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.links[id]; l != nil {
		return *l, true
	}
	return Link{}, false
}

// Redeem takes a code within this process: for a platform that holds no tokens, and names its users by itself. The link that comes
// of it has no token.
func (s *Server) Redeem(ctx context.Context, client, code, redirect string) (Link, bool) {
	s.mu.Lock()
	c, known := s.clients[client]
	s.mu.Unlock()
	if !known {
		return Link{}, false
	}
	l, refused := s.redeem(ctx, c, url.Values{"code": {code}, "redirect_uri": {redirect}})
	if refused != nil {
		return Link{}, false
	}
	s.mu.Lock()
	s.links[l.ID] = l
	s.mu.Unlock()
	if err := s.keep(ctx, l); err != nil {
		s.log.Error("a link could not be kept", "err", err)
		return Link{}, false
	}
	return *l, true
}

// Unlink ends a link.
func (s *Server) Unlink(ctx context.Context, id string) error {
	s.mu.Lock()
	delete(s.links, id)
	s.mu.Unlock()
	return s.o.Memory.Delete(ctx, linkBucket, id)
}

// keep saves a link. The caller holds no lock.
func (s *Server) keep(ctx context.Context, l *Link) error {
	s.mu.Lock()
	b, err := json.Marshal(l)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.o.Memory.Put(ctx, linkBucket, l.ID, b)
}
