package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Revise hands every committed fact numbered from or higher and older than before to edit, and keeps what edit returns in its
// place where changed is true; number and time stay. What was there before is overwritten on the disk. It reads beside the
// writer, which only waits for rows that change. It returns the number from which the next call may begin: whatever lies
// before it is older than before and has been revised.
func (s *Store) Revise(ctx context.Context, from uint64, before time.Time, edit func(data []byte) (edited []byte, changed bool)) (next uint64, err error) {
	limit := nanos(before)
	spared := uint64(0) // the first row that could not be revised now
	for at := from; ; {
		row, entries, err := s.oldRow(ctx, at, limit)
		if err != nil {
			return from, fmt.Errorf("store: revise log from fact %d: %w", at, err)
		}
		if row == nil {
			break
		}
		changed := false
		for i, e := range entries {
			if e.Seq < from || !e.At.Before(before) {
				continue
			}
			if data, other := edit(e.Data); other {
				entries[i].Data, changed = data, true
			}
		}
		if changed {
			done, err := s.replaceRow(ctx, *row, entries)
			if err != nil {
				return from, fmt.Errorf("store: revise facts %d to %d: %w", row.seqFrom, row.seqTo, err)
			}
			if !done && spared == 0 {
				spared = row.seqFrom
			}
		}
		at = row.seqTo + 1
	}
	const end = `SELECT coalesce((SELECT min(seq_from) FROM log WHERE seq_to >= ?1 AND t_to >= ?2), (SELECT max(seq_to) + 1 FROM log), ?1)`
	if err := s.read.QueryRowContext(ctx, end, int64(from), limit).Scan(&next); err != nil {
		return from, fmt.Errorf("store: revise log: %w", err)
	}
	if spared > 0 {
		next = min(next, spared)
	}
	return max(next, from), nil
}

// oldRow is the first row that reaches to seq or beyond and begins before a time; nil when there is none.
func (s *Store) oldRow(ctx context.Context, seq uint64, before int64) (*logRow, []Entry, error) {
	const query = `SELECT seq_from, seq_to, t_from, t_to, n, data FROM log WHERE seq_to >= ? AND t_from < ? ORDER BY seq_from LIMIT 1`
	var r logRow
	var data []byte
	err := s.read.QueryRowContext(ctx, query, int64(seq), before).Scan(&r.seqFrom, &r.seqTo, &r.tFrom, &r.tTo, &r.n, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	raw, err := unpack(data, maxBatchBytes)
	if err != nil {
		return nil, nil, err
	}
	entries, err := parseBatch(raw)
	return &r, entries, err
}

// replaceRow puts entries in the place of a row's. A row that waits to be joined with
// others is joined first, and what has become another row since is left for the next time.
func (s *Store) replaceRow(ctx context.Context, row logRow, entries []Entry) (done bool, err error) {
	err = s.submit(ctx, func(w *writer) error {
		done = false
		if w.tail.rows > 0 && row.seqTo >= w.tail.row.seqFrom {
			err := w.joinTail()
			w.tail = tail{}
			return err
		}
		var size int64
		err := w.row(`SELECT length(data) FROM log WHERE seq_from = ? AND seq_to = ?`, []any{&size}, int64(row.seqFrom), int64(row.seqTo))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := pack(w.deflate, appendGroup(nil, entries))
		if err != nil {
			return err
		}
		if err := w.exec(`PRAGMA secure_delete = ON`); err != nil { // what is replaced shall not lie about in free pages
			return err
		}
		err = w.exec(`UPDATE log SET data = ? WHERE seq_from = ?`, data, int64(row.seqFrom))
		if err = errors.Join(err, w.exec(`PRAGMA secure_delete = OFF`)); err != nil {
			return err
		}
		w.totals.log += int64(len(data)) - size
		done = true
		return nil
	})
	return done, err
}
