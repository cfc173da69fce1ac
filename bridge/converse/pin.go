package converse

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	bucket      = "converse"
	pinKey      = "pin"
	pinFailures = 5
	pinLockout  = 5 * time.Minute
)

// ErrBadPIN says what a PIN must be.
var ErrBadPIN = errors.New("a spoken PIN is 4 to 8 digits")

// pinDesk checks the spoken PIN. It is kept as a salted argon2id hash; after some failures in a row it refuses for a while.
type pinDesk struct {
	mu       sync.Mutex
	salt     []byte
	hash     []byte
	failures int
	until    time.Time
	now      func() time.Time
}

func (p *pinDesk) load(m Memory, now func() time.Time) error {
	p.now = now
	all, err := m.List(context.Background(), bucket)
	if err != nil {
		return err
	}
	if b := all[pinKey]; len(b) == 48 {
		p.salt, p.hash = b[:16], b[16:]
	}
	return nil
}

func pinHash(pin string, salt []byte) []byte {
	return argon2.IDKey([]byte(pin), salt, 2, 19*1024, 1, 32)
}

// SetPIN sets the spoken PIN; empty takes it away.
func (e *Engine) SetPIN(ctx context.Context, pin string) error {
	if pin == "" {
		e.pin.set(nil, nil)
		return e.o.Memory.Delete(ctx, bucket, pinKey)
	}
	if len(pin) < 4 || len(pin) > 8 || strings.Trim(pin, "0123456789") != "" {
		return ErrBadPIN
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return err
	}
	hash := pinHash(pin, salt)
	if err := e.o.Memory.Put(ctx, bucket, pinKey, append(append([]byte(nil), salt...), hash...)); err != nil {
		return err
	}
	e.pin.set(salt, hash)
	return nil
}

// HasPIN reports whether a spoken PIN is set.
func (e *Engine) HasPIN() bool {
	e.pin.mu.Lock()
	defer e.pin.mu.Unlock()
	return e.pin.hash != nil
}

// PINResult is what became of a PIN that was said.
type PINResult int

// The results.
const (
	PINRight PINResult = iota
	PINWrong
	PINLocked // too many failures; nothing was checked
	PINUnset
)

// CheckPIN compares a PIN that was said.
func (e *Engine) CheckPIN(pin string) PINResult {
	p := &e.pin
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.hash == nil:
		return PINUnset
	case p.now().Before(p.until):
		return PINLocked
	case subtle.ConstantTimeCompare(pinHash(pin, p.salt), p.hash) == 1:
		p.failures = 0
		return PINRight
	}
	if p.failures++; p.failures >= pinFailures {
		p.failures, p.until = 0, p.now().Add(pinLockout)
		return PINLocked
	}
	return PINWrong
}

func (p *pinDesk) set(salt, hash []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.salt, p.hash, p.failures, p.until = salt, hash, 0, time.Time{}
}
