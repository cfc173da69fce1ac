package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Before returns the last sample of a series before a time, which is what stood then; ok is false where none is kept.
func (s *Store) Before(ctx context.Context, series string, at time.Time) (last Sample, ok bool, err error) {
	err = s.history(ctx, series, func(q querier, id int64) error {
		var found headRow
		err := q.QueryRowContext(ctx, `SELECT ts, value FROM head WHERE series = ? AND ts < ? ORDER BY ts DESC LIMIT 1`, id, millis(at)).Scan(&found.ts, &found.value)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		ok = err == nil
		sealed, err := querySealedBefore(ctx, q, id, millis(at))
		for _, r := range sealed {
			if r.ts < millis(at) && (!ok || r.ts > found.ts) {
				found, ok = r, true
			}
		}
		last = found.sample(series)
		return err
	})
	if err != nil {
		return last, false, fmt.Errorf("store: last sample of %q before %v: %w", series, at, err)
	}
	return last, ok, nil
}

// querySealedBefore reads the last two chunks that begin before a time: numbers and texts are sealed apart.
func querySealedBefore(ctx context.Context, q querier, id, before int64) (out []headRow, err error) {
	const query = `SELECT (SELECT data FROM chunk WHERE id = span.chunk) FROM span WHERE series = ? AND t_from < ? ORDER BY t_from DESC LIMIT 2`
	rows, err := q.QueryContext(ctx, query, id, before)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		samples, err := decodeAny(data)
		if err != nil {
			return nil, err
		}
		out = append(out, samples...)
	}
	return out, rows.Err()
}

// maxSamples bounds what one call of Samples returns.
const maxSamples = 100_000

// Samples returns the samples with from <= time < to in order of time, numbers
// and texts, the oldest limit of them; a limit of 0 or less, or above 100,000,
// means 100,000. To go on, call again from the last time plus 1 ms.
func (s *Store) Samples(ctx context.Context, series string, from, to time.Time, limit int) ([]Sample, error) {
	if limit <= 0 || limit > maxSamples {
		limit = maxSamples
	}
	var found []headRow
	err := s.history(ctx, series, func(q querier, id int64) error {
		sealed, err := querySealed(ctx, q, id, millis(from), millis(to), limit)
		if err != nil {
			return err
		}
		head, err := queryHead(ctx, q, id, millis(from), millis(to), limit)
		found = append(sealed, head...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: samples of %q: %w", series, err)
	}
	slices.SortStableFunc(found, func(a, b headRow) int { return cmp.Compare(a.ts, b.ts) })
	found = found[:min(limit, len(found))]
	out := make([]Sample, len(found))
	for i, r := range found {
		out[i] = r.sample(series)
	}
	return out, nil
}

func (r headRow) sample(series string) Sample {
	num, _ := r.value.(float64)
	word, isText := r.value.(string)
	return Sample{Series: series, At: time.UnixMilli(r.ts).UTC(), Num: num, Text: word, IsText: isText}
}

// querySealed reads chunks in order of their start until the oldest limit
// samples are certain to be among those read.
func querySealed(ctx context.Context, q querier, id, from, to int64, limit int) ([]headRow, error) {
	const query = `SELECT t_from, (SELECT data FROM chunk WHERE id = span.chunk)
		FROM span WHERE series = ? AND t_from < ? AND t_to >= ? ORDER BY t_from`
	rows, err := q.QueryContext(ctx, query, id, to, from)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []headRow
	var start, newest int64
	var data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&start, &data); err != nil {
			return nil, err
		}
		if len(out) >= limit && start > newest {
			break
		}
		samples, err := decodeAny(data)
		if err != nil {
			return nil, err
		}
		for _, r := range samples {
			if r.ts >= from && r.ts < to {
				out = append(out, r)
				newest = max(newest, r.ts)
			}
		}
	}
	return out, rows.Err()
}

// decodeAny reads a chunk of either kind.
func decodeAny(data []byte) ([]headRow, error) {
	if len(data) > 0 && data[0] == kindTexts {
		texts, err := decodeTexts(data)
		out := make([]headRow, len(texts))
		for i, x := range texts {
			out[i] = headRow{x.ts, x.value}
		}
		return out, err
	}
	numbers, err := decodeNumbers(nil, data)
	out := make([]headRow, len(numbers))
	for i, x := range numbers {
		out[i] = headRow{x.ts, x.value}
	}
	return out, err
}
