package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SnapshotBefore returns the newest trusted snapshot saved at or before a moment, and the number it includes. With
// ErrNoSnapshot there is none: a log that begins at 1 still tells all from an empty state.
func (s *Store) SnapshotBefore(ctx context.Context, at time.Time) (seq uint64, data []byte, err error) {
	return s.findSnapshot(ctx, `SELECT seq, checksum, data FROM snapshot WHERE at <= ? ORDER BY id DESC`, nanos(at))
}

// OldestSnapshot returns the oldest trusted snapshot from which the log goes on, and the number it includes.
func (s *Store) OldestSnapshot(ctx context.Context) (seq uint64, data []byte, err error) {
	return s.findSnapshot(ctx, `SELECT seq, checksum, data FROM snapshot WHERE seq >= (SELECT coalesce(min(seq_from), 0) FROM log) - 1 ORDER BY id`)
}

func (s *Store) findSnapshot(ctx context.Context, query string, args ...any) (seq uint64, data []byte, err error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, nil, fmt.Errorf("store: find snapshot: %w", err)
	}
	defer rows.Close()
	var sum, packed sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&seq, &sum, &packed); err != nil {
			return 0, nil, fmt.Errorf("store: find snapshot: %w", err)
		}
		data, err := unpack(packed, maxSnapshotBytes)
		if err == nil && string(snapshotSum(seq, data)) == string(sum) {
			return seq, data, nil
		}
	}
	if err := rows.Err(); err != nil {
		return 0, nil, fmt.Errorf("store: find snapshot: %w", err)
	}
	return 0, nil, ErrNoSnapshot
}

// FirstSeq is the number of the oldest fact in the log; 0 when the log is empty.
func (s *Store) FirstSeq(ctx context.Context) (uint64, error) {
	var seq sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT min(seq_from) FROM log`).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("store: the oldest fact: %w", err)
	}
	return uint64(seq.Int64), nil
}
