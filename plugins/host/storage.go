package host

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/crypto/nacl/secretbox"

	"github.com/concord-home/hub/plugins/protocol"
)

// sealer keeps secrets unreadable in the database and its backups: the key is in a file of its own.
type sealer struct{ key [32]byte }

func openSealer(path string) (*sealer, error) {
	s := &sealer{}
	b, err := os.ReadFile(path)
	switch {
	case err == nil && len(b) == len(s.key):
		copy(s.key[:], b)
		return s, nil
	case err == nil:
		return nil, fmt.Errorf("%s is damaged: %d bytes instead of %d; restore it, or delete it and enter the plugins' secrets again", path, len(b), len(s.key))
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the key of the plugins' secrets cannot be read: %w", err)
	}
	_, _ = rand.Read(s.key[:])
	if err := os.WriteFile(path, s.key[:], 0o600); err != nil {
		return nil, fmt.Errorf("the key of the plugins' secrets cannot be kept: %w", err)
	}
	return s, nil
}

func (s *sealer) seal(plain []byte) []byte {
	var nonce [24]byte
	_, _ = rand.Read(nonce[:])
	return secretbox.Seal(nonce[:], plain, &nonce, &s.key)
}

var errSealed = errors.New("a secret was sealed with another key: enter it again")

func (s *sealer) open(sealed []byte) ([]byte, error) {
	if len(sealed) < 24 {
		return nil, errSealed
	}
	plain, ok := secretbox.Open(nil, sealed[24:], (*[24]byte)(sealed[:24]), &s.key)
	if !ok {
		return nil, errSealed
	}
	return plain, nil
}

// storage is a plugin's own store: entries in the hub's memory, so many bytes at most.
type storage struct {
	memory  Memory
	bucket  string
	seal    *sealer // nil: kept as they are
	quota   int
	mu      sync.Mutex
	entries map[string]string // nil: not read yet
	bytes   int
}

func (s *storage) load(ctx context.Context) error {
	if s.entries != nil {
		return nil
	}
	all, err := s.memory.List(ctx, s.bucket)
	if err != nil {
		return err
	}
	s.entries, s.bytes = map[string]string{}, 0
	for k, v := range all {
		if s.seal != nil {
			if v, err = s.seal.open(v); err != nil {
				continue // as if it had never been kept: the plugin asks for it again
			}
		}
		s.entries[k] = string(v)
		s.bytes += len(k) + len(v)
	}
	return nil
}

func (s *storage) get(ctx context.Context, key string) (protocol.StoreValue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return protocol.StoreValue{}, err
	}
	v, ok := s.entries[key]
	return protocol.StoreValue{Value: v, Found: ok}, nil
}

func (s *storage) put(ctx context.Context, key, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return err
	}
	if key == "" || len(key) > 128 {
		return protocol.Errorf(protocol.InvalidParams, "a key has 1 to 128 bytes, not %d", len(key))
	}
	if len(value) > 256<<10 {
		return protocol.Errorf(protocol.OverQuota, "a value has at most %d bytes, not %d", 256<<10, len(value))
	}
	size := s.bytes + len(key) + len(value)
	if old, ok := s.entries[key]; ok {
		size -= len(key) + len(old)
	}
	if size > s.quota {
		return protocol.Errorf(protocol.OverQuota, "the store is full: %d bytes of %d would be in use", size, s.quota)
	}
	kept := []byte(value)
	if s.seal != nil {
		kept = s.seal.seal(kept)
	}
	if err := s.memory.Put(ctx, s.bucket, key, kept); err != nil {
		return err
	}
	s.entries[key], s.bytes = value, size
	return nil
}

func (s *storage) delete(ctx context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return err
	}
	if old, ok := s.entries[key]; ok {
		s.bytes -= len(key) + len(old)
		delete(s.entries, key)
	}
	return s.memory.Delete(ctx, s.bucket, key)
}

// clear deletes everything.
func (s *storage) clear(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return err
	}
	for k := range s.entries {
		if err := s.memory.Delete(ctx, s.bucket, k); err != nil {
			return err
		}
	}
	s.entries, s.bytes = nil, 0
	return nil
}
