// Package seal encrypts the secrets that the hub must be able to read again (pairing keys, passwords of other
// systems) before they are stored. The key is a file of its own in the data directory, so that a copy of the
// database alone gives nothing away.
//
// Use: box, err := seal.Open(dataDir); then box.Memory(store) is a durable map whose values are sealed at rest.
package seal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/chacha20poly1305"
)

// fileName is the key's name inside the data directory.
const fileName = "secrets.key"

// ErrDamaged says that a sealed value was changed, or was sealed with another key.
var ErrDamaged = errors.New("seal: the value cannot be opened: secrets.key is not the one it was sealed with, or the value is damaged")

// Box seals and opens values.
type Box struct{ aead cipher.AEAD }

// Open reads the key in dir, or makes one (mode 0600) where there is none. It refuses a key that others may read.
func Open(dir string) (*Box, error) {
	path := filepath.Join(dir, fileName)
	key, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if key, err = makeKey(path); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("seal: the key of the hub's secrets: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("seal: the key of the hub's secrets: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("seal: others may read %s: take that right away with chmod 600", path)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %s holds no key of %d bytes: restore it from a backup", path, chacha20poly1305.KeySize)
	}
	return &Box{aead}, nil
}

// makeKey writes a new key whole, or not at all.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key) // never fails
	f, err := os.CreateTemp(filepath.Dir(path), fileName+"-*")
	if err != nil {
		return nil, fmt.Errorf("seal: the key of the hub's secrets cannot be written: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(key)
	err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // fails where another has just made one
	}
	if err != nil {
		return nil, fmt.Errorf("seal: the key of the hub's secrets cannot be written: %w", err)
	}
	return key, nil
}

// Seal encrypts a value for one place (its bucket and key), so that it cannot be moved to another.
func (b *Box) Seal(place string, plain []byte) []byte {
	nonce := make([]byte, b.aead.NonceSize(), b.aead.NonceSize()+len(plain)+b.aead.Overhead())
	_, _ = rand.Read(nonce)
	return b.aead.Seal(nonce, nonce, plain, []byte(place))
}

// Open decrypts what Seal made for the same place, or returns ErrDamaged.
func (b *Box) Open(place string, sealed []byte) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrDamaged
	}
	plain, err := b.aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// Store is a durable map in buckets.
type Store interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// Memory is a Store whose values are sealed at rest.
type Memory struct {
	store Store
	box   *Box
}

// Memory seals what is put into a store.
func (b *Box) Memory(s Store) Memory { return Memory{s, b} }

// Put seals and stores a value.
func (m Memory) Put(ctx context.Context, bucket, key string, val []byte) error {
	return m.store.Put(ctx, bucket, key, m.box.Seal(bucket+"/"+key, val))
}

// Delete removes a value.
func (m Memory) Delete(ctx context.Context, bucket, key string) error {
	return m.store.Delete(ctx, bucket, key)
}

// List returns all values of a bucket, opened.
func (m Memory) List(ctx context.Context, bucket string) (map[string][]byte, error) {
	all, err := m.store.List(ctx, bucket)
	if err != nil {
		return nil, err
	}
	for key, sealed := range all {
		if all[key], err = m.box.Open(bucket+"/"+key, sealed); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", bucket, key, err)
		}
	}
	return all, nil
}
