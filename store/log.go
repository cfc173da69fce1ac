package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"
)

// Entry is one fact of the log.
type Entry struct {
	Seq  uint64    // assigned by the caller, strictly rising, at most math.MaxInt64
	At   time.Time // kept to the nanosecond, read back in UTC
	Data []byte    // opaque, at most 4 MiB
}

// maxEntryBytes is the largest Entry.Data that Append takes.
const maxEntryBytes = 4 << 20

// ErrGap is wrapped by Sync's error while the log lacks facts that were dropped
// and that no snapshot includes: state rebuilt from the log would be wrong. Save
// a snapshot of the present state to end it.
var ErrGap = errors.New("store: facts were dropped because the disk was full or too slow; save a snapshot to close the gap")

// gap is a run of sequence numbers in which facts were dropped.
type gap struct{ from, to uint64 }

// Append queues a fact and returns at once. It is committed within
// Options.FlushEvery, or when Sync returns. Data is copied. A fact whose Seq does
// not rise or that is too large is refused and counted; when the queue is full
// the oldest queued facts are dropped and counted.
func (s *Store) Append(e Entry) {
	e.Data = bytes.Clone(e.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Seq <= s.lastSeq || e.Seq > math.MaxInt64 || len(e.Data) > maxEntryBytes {
		s.health.RefusedEntries++
		return
	}
	s.lastSeq = e.Seq
	if s.closed {
		s.drop([]Entry{e})
		return
	}
	s.drop(s.entries.push(e, len(e.Data)+16))
	s.queued(s.entries.batchReady())
}

// drop counts dropped entries and widens the gap. The caller holds s.mu.
func (s *Store) drop(entries []Entry) {
	if len(entries) == 0 {
		return
	}
	s.health.DroppedEntries += uint64(len(entries))
	if s.gap.from == 0 {
		s.gap.from = entries[0].Seq
	}
	s.gap.from = min(s.gap.from, entries[0].Seq)
	s.gap.to = max(s.gap.to, entries[len(entries)-1].Seq)
}

// queued tells the writer that there is work.
func (s *Store) queued(batch bool) {
	nudge(s.wake)
	if batch {
		nudge(s.full)
	}
}

// take hands everything queued to the writer; settle takes it back after a failure.
func (s *Store) take() ([]segment[Entry], []segment[Sample]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries.take(), s.samples.take()
}

func (s *Store) settle(entries []segment[Entry], samples []segment[Sample], err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
	if err != nil {
		s.entries.giveBack(entries)
		s.samples.giveBack(samples)
		return
	}
	s.entries.done(entries)
	s.samples.done(samples)
	s.health.LastCommit = s.opts.Now()
}

// Sync returns when everything appended and recorded before is durable, that is
// committed with synchronous=FULL. Its error says why it is not (disk full,
// ErrGap, ErrClosed or the end of ctx); queued facts stay queued and are retried.
func (s *Store) Sync(ctx context.Context) error {
	if err := s.submit(ctx, nil); err != nil {
		return fmt.Errorf("store: sync: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gap.to > 0 {
		return fmt.Errorf("%w (facts %d to %d)", ErrGap, s.gap.from, s.gap.to)
	}
	return nil
}

// LastSeq is the highest sequence number appended or included in a snapshot,
// 0 for an empty store. The next Entry.Seq must be higher.
func (s *Store) LastSeq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastSeq
}

// Entries yields the committed facts with from <= Seq <= to, in order. After an
// error it ends. No transaction stays open while the caller works on an entry.
func (s *Store) Entries(ctx context.Context, from, to uint64) iter.Seq2[Entry, error] {
	return s.scan(ctx, from, to, time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
}

// EntriesBetween yields the committed facts with t0 <= At < t1, in order of Seq.
func (s *Store) EntriesBetween(ctx context.Context, t0, t1 time.Time) iter.Seq2[Entry, error] {
	return s.scan(ctx, 0, math.MaxInt64, t0, t1)
}

// scan walks the log by sequence number and filters by number and time.
func (s *Store) scan(ctx context.Context, from, to uint64, t0, t1 time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for next := min(from, math.MaxInt64); next <= min(to, math.MaxInt64); {
			entries, last, err := s.readBatch(ctx, next, nanos(t0), nanos(t1))
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if last == 0 {
				return
			}
			for _, e := range entries {
				if e.Seq < next || e.At.Before(t0) || !e.At.Before(t1) {
					continue
				}
				if e.Seq > to {
					return
				}
				if !yield(e, nil) {
					return
				}
			}
			next = last + 1
		}
	}
}

// readBatch reads the first batch that reaches to seq or beyond and overlaps the
// times; last is its last number, 0 when there is none. The inner select finds
// the batch that seq lies in, so that the search starts there.
func (s *Store) readBatch(ctx context.Context, seq uint64, t0, t1 int64) (entries []Entry, last uint64, err error) {
	const query = `SELECT seq_to, data FROM log
		WHERE seq_from >= coalesce((SELECT max(seq_from) FROM log WHERE seq_from <= ?1), 0)
		AND seq_to >= ?1 AND t_to >= ?2 AND t_from <= ?3 ORDER BY seq_from LIMIT 1`
	rows, err := s.read.QueryContext(ctx, query, int64(seq), t0, t1)
	if err != nil {
		return nil, 0, fmt.Errorf("store: read log from fact %d: %w", seq, err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, 0, rows.Err()
	}
	var data []byte
	if err := rows.Scan(&last, &data); err != nil {
		return nil, 0, fmt.Errorf("store: read log from fact %d: %w", seq, err)
	}
	raw, err := unpack(data, maxBatchBytes)
	if err == nil {
		entries, err = parseBatch(raw)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("store: log batch up to fact %d: %w; restore a backup", last, err)
	}
	return entries, last, nil
}
