package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Sample is one value of one series at one time.
type Sample struct {
	Series string    // the caller's key, 1 to 256 bytes
	At     time.Time // kept to the millisecond, from 1970 on, read back in UTC; a later sample of the same millisecond replaces the earlier
	Num    float64   // a number; a bool is recorded as 0 or 1
	Text   string    // a text of at most 4 KiB
	IsText bool      // Text counts, not Num
}

// Limits of a Sample.
const (
	maxSeriesName = 256
	maxTextBytes  = 4 << 10
)

// Record queues a sample and returns at once; see Append. NaN, infinities and
// what exceeds Sample's limits are refused and counted.
func (s *Store) Record(sample Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !sample.valid() {
		s.health.RefusedSamples++
		return
	}
	if s.closed {
		s.health.DroppedSamples++
		return
	}
	// The queue outlives the caller's memory: a substring must not pin its whole.
	sample.Text = strings.Clone(sample.Text)
	dropped := s.samples.push(sample, len(sample.Text)+len(sample.Series))
	s.health.DroppedSamples += uint64(len(dropped))
	s.queued(s.samples.batchReady())
}

func (x Sample) valid() bool {
	if len(x.Series) == 0 || len(x.Series) > maxSeriesName {
		return false
	}
	if x.IsText {
		return len(x.Text) <= maxTextBytes
	}
	return !math.IsNaN(x.Num) && !math.IsInf(x.Num, 0)
}

// millis is t in ms since 1970; earlier times become 0, far ones the year 2262.
func millis(t time.Time) int64 {
	return max(0, nanos(t)/int64(time.Millisecond))
}

// Sizes used for the budget, besides the data itself; a span row is part of a chunk.
const (
	headRowBytes = 27
	chunkBytes   = 96
)

// maxCachedSeries bounds the memory for series in use; beyond it the cache starts anew.
const maxCachedSeries = 10_000

// heads is what the writer remembers about the unsealed samples.
type heads struct {
	rows   int64 // in the head table, all series
	series map[string]*seriesHead
}

// seriesHead is a series in use.
type seriesHead struct {
	id     int64
	rows   int   // in the head table; an upper bound when samples replaced others
	bytes  int   // of text among them
	newest int64 // ms
}

// maxHeadTextBytes seals a series of long texts early.
const maxHeadTextBytes = 32 << 10

// loadHeads (re)starts the cache from the database.
func (w *writer) loadHeads() error {
	w.heads = heads{series: map[string]*seriesHead{}}
	if err := w.row(`SELECT count(*) FROM head`, []any{&w.heads.rows}); err != nil {
		return fmt.Errorf("store: count recent samples: %w", err)
	}
	return nil
}

// head finds or makes a series.
func (w *writer) head(name string) (*seriesHead, error) {
	if h := w.heads.series[name]; h != nil {
		return h, nil
	}
	if len(w.heads.series) >= maxCachedSeries {
		clear(w.heads.series)
	}
	h := &seriesHead{}
	err := w.row(`SELECT id FROM series WHERE name = ?`, []any{&h.id}, name)
	if errors.Is(err, sql.ErrNoRows) {
		err = w.row(`INSERT INTO series (name) VALUES (?) RETURNING id`, []any{&h.id}, name)
	}
	if err != nil {
		return nil, fmt.Errorf("find series %q: %w", name, err)
	}
	const state = `SELECT count(*), coalesce(max(ts), -1), coalesce(sum(length(value)) FILTER (WHERE typeof(value) = 'text'), 0) FROM head WHERE series = ?`
	if err := w.row(state, []any{&h.rows, &h.newest, &h.bytes}, h.id); err != nil {
		return nil, fmt.Errorf("read series %q: %w", name, err)
	}
	w.heads.series[strings.Clone(name)] = h
	return h, nil
}

// writeSamples adds samples to the head and seals what is full. The number of
// seals is bounded, so that a thousand series that fill up together do not make
// one long commit; the others wait for their next sample.
func (w *writer) writeSamples(segments []segment[Sample]) error {
	seals := 64
	for _, seg := range segments {
		seals += len(seg.items) / (chunkSamples / 2)
		for _, x := range seg.items {
			h, err := w.head(x.Series)
			if err != nil {
				return err
			}
			if err := w.insertSample(h, x); err != nil {
				return fmt.Errorf("write sample of %q: %w", x.Series, err)
			}
			if (h.rows < chunkSamples && h.bytes < maxHeadTextBytes) || seals == 0 {
				continue
			}
			seals--
			if err := w.seal(h); err != nil {
				return fmt.Errorf("seal samples of %q: %w", x.Series, err)
			}
		}
	}
	return nil
}

// insertSample puts one sample into the head table.
func (w *writer) insertSample(h *seriesHead, x Sample) error {
	ts := millis(x.At)
	var value any = x.Num
	if x.IsText {
		value = x.Text
		h.bytes += len(x.Text)
	}
	if err := w.exec(`INSERT OR REPLACE INTO head VALUES (?, ?, ?)`, h.id, ts, value); err != nil {
		return err
	}
	if ts != h.newest {
		h.rows++
		w.heads.rows++
	}
	h.newest = max(h.newest, ts)
	return nil
}

// historyBytes is what the history takes, by the store's own count.
func (w *writer) historyBytes() int64 {
	return w.totals.chunks + w.heads.rows*headRowBytes
}
