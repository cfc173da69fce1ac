package store

import (
	"compress/flate"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// Errors of LoadSnapshot.
var (
	// ErrNoSnapshot means that none was ever saved: start from an empty state.
	ErrNoSnapshot = errors.New("store: no snapshot yet")
	// ErrDamagedSnapshots means that none of the kept ones can be trusted.
	ErrDamagedSnapshots = errors.New("store: every snapshot is damaged; restore a backup")
)

// keepSnapshots is how many snapshots are kept; falling back to an older one
// needs the log from there, which retention therefore spares.
const keepSnapshots = 3

// keepDays is for how long the last snapshot of each day is kept, too, so that the past can be looked at.
const keepDays = 8 * 24 * time.Hour

// maxSnapshotBytes bounds a snapshot, so that a damaged row cannot eat the memory.
const maxSnapshotBytes = 256 << 20

// SaveSnapshot stores the state that includes all facts up to seq and returns
// when it is durable. The newest three are kept, and the last of each of the past days. It ends a gap (ErrGap) that lies
// within seq.
func (s *Store) SaveSnapshot(ctx context.Context, seq uint64, data []byte) error {
	if seq > math.MaxInt64 || len(data) > maxSnapshotBytes {
		return fmt.Errorf("store: snapshot at fact %d of %d bytes is out of range", seq, len(data))
	}
	z, err := flate.NewWriter(nil, batchLevel)
	if err != nil {
		return fmt.Errorf("store: save snapshot: %w", err)
	}
	packed, err := pack(z, data)
	if err != nil {
		return fmt.Errorf("store: save snapshot: %w", err)
	}
	sum := snapshotSum(seq, data)
	err = s.submit(ctx, func(w *writer) error {
		if err := w.exec(`INSERT INTO snapshot (seq, at, checksum, data) VALUES (?, ?, ?, ?)`,
			int64(seq), nanos(s.opts.Now()), sum, packed); err != nil {
			return err
		}
		return w.exec(`DELETE FROM snapshot WHERE id NOT IN (SELECT id FROM snapshot ORDER BY id DESC LIMIT ?)
			AND id NOT IN (SELECT max(id) FROM snapshot WHERE at > ? GROUP BY at / ?)`,
			keepSnapshots, nanos(s.opts.Now().Add(-keepDays)), int64(24*time.Hour))
	})
	if err != nil {
		return fmt.Errorf("store: save snapshot at fact %d: %w", seq, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastSeq = max(s.lastSeq, seq)
	if seq >= s.gap.to {
		s.gap = gap{}
	}
	return nil
}

// LoadSnapshot returns the newest snapshot whose checksum is right, and the
// sequence number it includes. Damaged ones are passed over and logged.
func (s *Store) LoadSnapshot(ctx context.Context) (seq uint64, data []byte, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, checksum, data FROM snapshot ORDER BY id DESC`)
	if err != nil {
		return 0, nil, fmt.Errorf("store: load snapshot: %w", err)
	}
	defer rows.Close()
	none := ErrNoSnapshot
	var sum, packed sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&seq, &sum, &packed); err != nil {
			return 0, nil, fmt.Errorf("store: load snapshot: %w", err)
		}
		data, err := unpack(packed, maxSnapshotBytes)
		if err == nil && string(snapshotSum(seq, data)) == string(sum) {
			return seq, data, nil
		}
		none = ErrDamagedSnapshots
		s.opts.Logger.Warn("store: a snapshot is damaged, trying the one before", "seq", seq)
	}
	if err := rows.Err(); err != nil {
		return 0, nil, fmt.Errorf("store: load snapshot: %w", err)
	}
	return 0, nil, none
}

// snapshotSum covers the number too, so that neither can be swapped.
func snapshotSum(seq uint64, data []byte) []byte {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, seq))
	h.Write(data)
	return h.Sum(nil)
}
