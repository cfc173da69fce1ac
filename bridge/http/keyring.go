package httpapi

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
)

// The buckets of the memory that this package owns.
const (
	accountBucket = "http.account"
	sessionBucket = "http.session"
	tokenBucket   = "http.token"
)

// sessionLife is how long a session lasts; maxSessions how many one person may have.
const (
	sessionLife = 30 * 24 * time.Hour
	maxSessions = 32
)

type session struct {
	Person  home.PersonID `json:"person"`
	Created time.Time     `json:"created"`
	Expires time.Time     `json:"expires"`
}

type tokenRecord struct {
	api.Token
	Hash string `json:"hash"`
}

// keyring holds accounts, sessions and tokens: in memory for speed, written through.
type keyring struct {
	memory Memory
	dir    string
	now    func() time.Time

	mu       sync.RWMutex
	accounts map[home.PersonID]string // PHC strings
	sessions map[string]session       // by hash of the secret
	tokens   map[string]tokenRecord   // by hash of the secret
	links    map[home.PersonID]string // hashes of presence links
}

func openKeyring(ctx context.Context, m Memory, dir string, now func() time.Time) (*keyring, error) {
	k := &keyring{memory: m, dir: dir, now: now, accounts: map[home.PersonID]string{}, sessions: map[string]session{}, tokens: map[string]tokenRecord{}, links: map[home.PersonID]string{}}
	if dir != "" {
		if _, err := LocalToken(dir); err != nil {
			return nil, err
		}
	}
	err := errors.Join(
		load(ctx, m, accountBucket, func(id string, phc string) { k.accounts[home.PersonID(id)] = phc }),
		load(ctx, m, sessionBucket, func(hash string, s session) { k.sessions[hash] = s }),
		load(ctx, m, tokenBucket, func(_ string, t tokenRecord) { k.tokens[t.Hash] = t }),
		load(ctx, m, linkBucket, func(id string, l linkRecord) { k.links[home.PersonID(id)] = l.Hash }),
	)
	return k, err
}

func load[T any](ctx context.Context, m Memory, bucket string, take func(key string, v T)) error {
	all, err := m.List(ctx, bucket)
	if err != nil {
		return fmt.Errorf("who may use the hub cannot be read: %w", err)
	}
	for key, b := range all {
		var v T
		if err := json.Unmarshal(b, &v); err != nil {
			return fmt.Errorf("the record %s/%s is damaged (restore a backup): %w", bucket, key, err)
		}
		take(key, v)
	}
	return nil
}

func (k *keyring) put(ctx context.Context, bucket, key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return k.memory.Put(ctx, bucket, key, b)
}

// claimed reports whether anybody has a password.
func (k *keyring) claimed() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.accounts) > 0
}

// password is the stored hash of a person's password; "" when there is none.
func (k *keyring) password(id home.PersonID) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.accounts[id]
}

// setPassword gives a person a password and ends the person's sessions.
func (k *keyring) setPassword(ctx context.Context, id home.PersonID, password string) error {
	phc := hashPassword(password)
	if err := k.put(ctx, accountBucket, string(id), phc); err != nil {
		return err
	}
	k.mu.Lock()
	k.accounts[id] = phc
	k.mu.Unlock()
	return k.endSessions(ctx, func(s session) bool { return s.Person == id })
}

// forget takes a person's password and sessions away.
func (k *keyring) forget(ctx context.Context, id home.PersonID) error {
	k.mu.Lock()
	delete(k.accounts, id)
	k.mu.Unlock()
	return errors.Join(k.endLink(ctx, id), k.memory.Delete(ctx, accountBucket, string(id)), k.endSessions(ctx, func(s session) bool { return s.Person == id }))
}

// openSession makes a session and returns its secret; the oldest of too many ends.
func (k *keyring) openSession(ctx context.Context, id home.PersonID) (secret string, s session, err error) {
	now := k.now()
	secret, s = newSecret(), session{Person: id, Created: now, Expires: now.Add(sessionLife)}
	if err := k.put(ctx, sessionBucket, digest(secret), s); err != nil {
		return "", s, err
	}
	k.mu.Lock()
	k.sessions[digest(secret)] = s
	var mine []time.Time
	for _, x := range k.sessions {
		if x.Person == id {
			mine = append(mine, x.Created)
		}
	}
	k.mu.Unlock()
	slices.SortFunc(mine, time.Time.Compare)
	var oldest time.Time
	if len(mine) > maxSessions {
		oldest = mine[len(mine)-maxSessions]
	}
	return secret, s, k.endSessions(ctx, func(x session) bool {
		return now.After(x.Expires) || x.Person == id && x.Created.Before(oldest)
	})
}

// endSessions ends the sessions that match.
func (k *keyring) endSessions(ctx context.Context, match func(session) bool) error {
	k.mu.Lock()
	var gone []string
	for hash, s := range k.sessions {
		if match(s) {
			gone = append(gone, hash)
			delete(k.sessions, hash)
		}
	}
	k.mu.Unlock()
	var err error
	for _, hash := range gone {
		err = errors.Join(err, k.memory.Delete(ctx, sessionBucket, hash))
	}
	return err
}

// closeSession ends one session.
func (k *keyring) closeSession(ctx context.Context, hash string) error {
	k.mu.Lock()
	delete(k.sessions, hash)
	k.mu.Unlock()
	return k.memory.Delete(ctx, sessionBucket, hash)
}

// addToken makes a token and returns it with its secret.
func (k *keyring) addToken(ctx context.Context, t api.Token) (api.NewToken, error) {
	secret := newSecret()
	rec := tokenRecord{Token: t, Hash: digest(secret)}
	if err := k.put(ctx, tokenBucket, t.ID, rec); err != nil {
		return api.NewToken{}, err
	}
	k.mu.Lock()
	k.tokens[rec.Hash] = rec
	k.mu.Unlock()
	return api.NewToken{Token: t, Secret: secret}, nil
}

// listTokens are the tokens by the time they were made.
func (k *keyring) listTokens() []api.Token {
	k.mu.RLock()
	defer k.mu.RUnlock()
	out := []api.Token{}
	for _, t := range k.tokens {
		out = append(out, t.Token)
	}
	slices.SortFunc(out, func(a, b api.Token) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// tokenName is what a token is called; "" when there is none.
func (k *keyring) tokenName(id string) string {
	for _, t := range k.listTokens() {
		if t.ID == id {
			return t.Name
		}
	}
	return ""
}

// revoke ends a token; ok is false when there is none such.
func (k *keyring) revoke(ctx context.Context, id string) (ok bool, err error) {
	k.mu.Lock()
	for hash, t := range k.tokens {
		if t.ID == id {
			delete(k.tokens, hash)
			ok = true
		}
	}
	k.mu.Unlock()
	if !ok {
		return false, nil
	}
	return true, k.memory.Delete(ctx, tokenBucket, id)
}

// byTokenHash finds who a token stands for; nil when it is unknown or has expired.
func (k *keyring) byTokenHash(hash string) *principal {
	k.mu.RLock()
	t, ok := k.tokens[hash]
	k.mu.RUnlock()
	if !ok || t.Expires != nil && !k.now().Before(*t.Expires) {
		return k.byLocalHash(hash)
	}
	p := &principal{kind: byToken, id: t.ID, hash: hash, level: levelControl, rooms: t.Rooms, caps: t.Capabilities}
	if t.Expires != nil {
		p.expires = *t.Expires
	}
	switch {
	case t.Admin:
		p.level = levelAdmin
	case t.ReadOnly:
		p.level = levelRead
	}
	return p
}

// byLocalHash compares with the command line's token as it is in its file now.
func (k *keyring) byLocalHash(hash string) *principal {
	if k.dir == "" {
		return nil
	}
	secret, err := readToken(filepath.Join(k.dir, tokenFile))
	if err != nil || subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(hash)) != 1 {
		return nil // the command line makes the file anew when it is missing
	}
	return &principal{kind: byLocal, hash: hash, level: levelAdmin}
}

// bySessionHash finds who a session stands for; nil when it is unknown, has expired, or the person is gone.
func (k *keyring) bySessionHash(hash string, v *home.View) *principal {
	k.mu.RLock()
	s, ok := k.sessions[hash]
	_, has := k.accounts[s.Person]
	k.mu.RUnlock()
	if !ok || !has || !k.now().Before(s.Expires) {
		return nil
	}
	for _, p := range v.People() {
		if p.ID == s.Person {
			return &principal{kind: byPerson, id: string(p.ID), hash: hash, level: roleLevels[p.Role], expires: s.Expires}
		}
	}
	return nil
}

// again finds the principal anew, with the rights that it has now; nil when it has none any more.
func (k *keyring) again(p *principal, v *home.View) *principal {
	switch p.kind {
	case byPerson:
		return k.bySessionHash(p.hash, v)
	case byToken, byLocal:
		return k.byTokenHash(p.hash)
	}
	return p
}
