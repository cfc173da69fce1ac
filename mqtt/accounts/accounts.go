// Package accounts keeps the clients of the hub's own MQTT broker: one name, one
// password and its own topics for each. Passwords are made here, shown once and kept hashed.
//
// Use: Load once at the start; give Lookup and Allow to [mqtt.BrokerOptions].
package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/concord-home/hub/mqtt"
)

// bucket is where the accounts are kept.
const bucket = "mqtt_clients"

// Memory is the durable map that keeps the accounts.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// Account is a client of the broker, without its password.
type Account struct {
	Name   string   `json:"name"`
	Topics []string `json:"topics"` // filters within which it may publish and subscribe
}

type record struct {
	Account
	Hash string `json:"hash"`
}

// Accounts are all clients. It is safe for concurrent use.
type Accounts struct {
	memory Memory
	mu     sync.RWMutex
	all    map[string]record
}

// Load reads the accounts.
func Load(ctx context.Context, m Memory) (*Accounts, error) {
	stored, err := m.List(ctx, bucket)
	if err != nil {
		return nil, fmt.Errorf("the MQTT accounts cannot be read: %w", err)
	}
	a := &Accounts{memory: m, all: map[string]record{}}
	for name, b := range stored {
		var r record
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("the MQTT account %q cannot be read: %w", name, err)
		}
		a.all[name] = r
	}
	return a, nil
}

// Make adds a client, or gives a known one a new password and topics, and returns the password,
// which nobody can read again. Without topics it gets those that begin with its own name.
func (a *Accounts) Make(ctx context.Context, name string, topics []string) (password string, err error) {
	if name == "" || len(name) > 64 || strings.ContainsAny(name, "/+#: \t\n") {
		return "", fmt.Errorf("name %q: expected 1 to 64 characters, none of them a space or one of :/+#", name)
	}
	if len(topics) == 0 {
		topics = []string{name + "/#"}
	}
	for _, t := range topics {
		if err := mqtt.CheckFilter(t); err != nil {
			return "", fmt.Errorf("topic %q: %w", t, err)
		}
	}
	password, hash := mqtt.NewPassword()
	r := record{Account{name, slices.Clone(topics)}, hash}
	b, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	if err := a.memory.Put(ctx, bucket, name, b); err != nil {
		return "", fmt.Errorf("the MQTT account %q was not kept: %w", name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all[name] = r
	return password, nil
}

// ErrNone says that there is no client of that name.
var ErrNone = errors.New("no MQTT client of that name")

// Remove forgets a client; a connection that it has open stays until it ends.
func (a *Accounts) Remove(ctx context.Context, name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.all[name]; !ok {
		return fmt.Errorf("%q: %w", name, ErrNone)
	}
	if err := a.memory.Delete(ctx, bucket, name); err != nil {
		return fmt.Errorf("the MQTT account %q was not removed: %w", name, err)
	}
	delete(a.all, name)
	return nil
}

// List names the clients and their topics.
func (a *Accounts) List() []Account {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]Account, 0, len(a.all))
	for _, r := range a.all {
		out = append(out, r.Account)
	}
	slices.SortFunc(out, func(x, y Account) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// Lookup returns the hash of a client's password, for [mqtt.BrokerOptions.Users].
func (a *Accounts) Lookup(name string) (hash string, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	r, ok := a.all[name]
	return r.Hash, ok
}

// Allow reports whether a topic, or all that a filter matches, lies within a client's topics,
// for [mqtt.BrokerOptions.Allow].
func (a *Accounts) Allow(name, topic string, _ bool) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.ContainsFunc(a.all[name].Topics, func(own string) bool { return covers(own, topic) })
}

// covers reports whether a filter matches all that another filter, or topic, matches.
func covers(wide, narrow string) bool {
	w, n := strings.Split(wide, "/"), strings.Split(narrow, "/")
	for i := range w {
		if w[i] == "#" {
			return true
		}
		if i >= len(n) || n[i] == "#" || (w[i] != "+" && w[i] != n[i]) {
			return false
		}
	}
	return len(w) == len(n)
}
