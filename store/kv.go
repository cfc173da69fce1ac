package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrNotFound is returned by Get for a key that is not there.
var ErrNotFound = errors.New("store: not found")

// Put stores val under key in bucket and returns when it is durable.
func (s *Store) Put(ctx context.Context, bucket, key string, val []byte) error {
	if val == nil {
		val = []byte{} // nil would be stored as NULL
	}
	err := s.submit(ctx, func(w *writer) error {
		return w.exec(`INSERT OR REPLACE INTO kv VALUES (?, ?, ?)`, bucket, key, val)
	})
	if err != nil {
		return fmt.Errorf("store: put %s/%s: %w", bucket, key, err)
	}
	return nil
}

// Get returns the value of key in bucket, or ErrNotFound.
func (s *Store) Get(ctx context.Context, bucket, key string) ([]byte, error) {
	var val []byte
	err := s.read.QueryRowContext(ctx, `SELECT val FROM kv WHERE bucket = ? AND key = ?`, bucket, key).Scan(&val)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("store: get %s/%s: %w", bucket, key, err)
	}
	return val, nil
}

// Delete removes key from bucket and returns when that is durable. A key that is
// not there is not an error.
func (s *Store) Delete(ctx context.Context, bucket, key string) error {
	err := s.submit(ctx, func(w *writer) error {
		return w.exec(`DELETE FROM kv WHERE bucket = ? AND key = ?`, bucket, key)
	})
	if err != nil {
		return fmt.Errorf("store: delete %s/%s: %w", bucket, key, err)
	}
	return nil
}

// List returns all keys of bucket with their values; an unknown bucket is empty.
func (s *Store) List(ctx context.Context, bucket string) (map[string][]byte, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT key, val FROM kv WHERE bucket = ?`, bucket)
	if err != nil {
		return nil, fmt.Errorf("store: list %s: %w", bucket, err)
	}
	defer rows.Close()
	out := map[string][]byte{}
	for rows.Next() {
		var key string
		var val []byte
		if err := rows.Scan(&key, &val); err != nil {
			return nil, fmt.Errorf("store: list %s: %w", bucket, err)
		}
		out[key] = val
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: list %s: %w", bucket, err)
	}
	return out, nil
}
