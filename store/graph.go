package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"
)

// Point sums up the numbers of a series in one bucket of time.
type Point struct {
	At             time.Time // the bucket's start
	Min, Mean, Max float64
	Count          int // samples in the bucket, at least 1
}

// maxBuckets bounds a graph.
const maxBuckets = 10_000

// Graph sums up the numbers with from <= time < to in buckets of equal length
// (1 to 10,000); buckets without a sample are left out. Where a whole chunk falls
// into a bucket its summary is used and its samples are not read. An unknown
// series has no points.
func (s *Store) Graph(ctx context.Context, series string, from, to time.Time, buckets int) ([]Point, error) {
	g := graph{from: millis(from), to: millis(to), n: int64(buckets)}
	if buckets < 1 || buckets > maxBuckets || g.to <= g.from {
		return nil, fmt.Errorf("store: graph of %q: want 1 to %d buckets and from before to, have %d from %v to %v", series, maxBuckets, buckets, from, to)
	}
	g.sums = make([]summary, buckets)
	err := s.history(ctx, series, func(q querier, id int64) error {
		if err := g.addChunks(ctx, q, id); err != nil {
			return err
		}
		return g.addHead(ctx, q, id)
	})
	if err != nil {
		return nil, fmt.Errorf("store: graph of %q: %w", series, err)
	}
	return g.points(), nil
}

// querier is a connection or a transaction that reads.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// history calls do inside one read transaction, so that a chunk sealed meanwhile
// is seen either as head or as chunk. An unknown series is not an error.
func (s *Store) history(ctx context.Context, series string, do func(q querier, id int64) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing was written
	var id int64
	switch err := tx.QueryRowContext(ctx, `SELECT id FROM series WHERE name = ?`, series).Scan(&id); err {
	case nil:
		return do(tx, id)
	case sql.ErrNoRows:
		return nil
	default:
		return err
	}
}

// graph collects samples into buckets.
type graph struct {
	from, to, n int64 // ms, ms, number of buckets
	sums        []summary
	scratch     []number
}

// bucket is where a time within [from, to) belongs.
func (g *graph) bucket(ts int64) int64 { return (ts - g.from) * g.n / (g.to - g.from) }

// add merges s into the bucket of its time.
func (g *graph) add(s summary) {
	b := &g.sums[g.bucket(s.from)]
	if b.n == 0 {
		*b = s
		return
	}
	b.n += s.n
	b.least, b.most = min(b.least, s.least), max(b.most, s.most)
	b.total += s.total
}

// addNumber is add for one sample, skipped when outside the graph.
func (g *graph) addNumber(x number) {
	if x.ts >= g.from && x.ts < g.to {
		g.add(summary{from: x.ts, n: 1, least: x.value, most: x.value, total: x.value})
	}
}

// addChunks adds sealed numbers; a chunk's data is fetched only when it reaches
// across the edge of a bucket.
func (g *graph) addChunks(ctx context.Context, q querier, id int64) error {
	const query = `SELECT t_from, n, least, most, total,
		CASE WHEN t_from >= ?2 AND t_to < ?3 AND (t_from-?2)*?4/(?3-?2) = (t_to-?2)*?4/(?3-?2) THEN NULL
		ELSE (SELECT data FROM chunk WHERE id = span.chunk) END
		FROM span WHERE series = ?1 AND t_from < ?3 AND t_to >= ?2 AND least IS NOT NULL`
	rows, err := q.QueryContext(ctx, query, id, g.from, g.to, g.n)
	if err != nil {
		return err
	}
	defer rows.Close()
	var data sql.RawBytes
	for rows.Next() {
		var s summary
		if err := rows.Scan(&s.from, &s.n, &s.least, &s.most, &s.total, &data); err != nil {
			return err
		}
		if data == nil {
			g.add(s)
			continue
		}
		if g.scratch, err = decodeNumbers(g.scratch[:0], data); err != nil {
			return err
		}
		for _, x := range g.scratch {
			g.addNumber(x)
		}
	}
	return rows.Err()
}

// addHead adds unsealed numbers.
func (g *graph) addHead(ctx context.Context, q querier, id int64) error {
	rows, err := queryHead(ctx, q, id, g.from, g.to, -1)
	if err != nil {
		return err
	}
	numbers, _ := split(rows)
	for _, x := range numbers {
		g.addNumber(x)
	}
	return nil
}

// queryHead reads unsealed samples with from <= time < to, in order; a negative
// limit means all.
func queryHead(ctx context.Context, q querier, id, from, to int64, limit int) ([]headRow, error) {
	const query = `SELECT ts, value FROM head WHERE series = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?`
	rows, err := q.QueryContext(ctx, query, id, from, to, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []headRow
	for rows.Next() {
		var r headRow
		if err := rows.Scan(&r.ts, &r.value); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// points turns the buckets that have samples into points.
func (g *graph) points() []Point {
	out := []Point{}
	for i, b := range g.sums {
		if b.n == 0 {
			continue
		}
		start := g.from + (int64(i)*(g.to-g.from)+g.n-1)/g.n
		out = append(out, Point{At: time.UnixMilli(start).UTC(), Min: b.least, Mean: mean(b), Max: b.most, Count: b.n})
	}
	return out
}

// mean is finite even when the sum of huge numbers is not.
func mean(s summary) float64 {
	m := s.total / float64(s.n)
	if math.IsNaN(m) {
		return s.least/2 + s.most/2
	}
	return max(s.least, min(m, s.most))
}
