package store

import (
	"context"
	"fmt"
	"time"
)

// SeriesInfo sums up what the history holds of one series.
type SeriesInfo struct {
	Series      string
	First, Last time.Time // of the oldest and newest sample
	Count       int       // samples
	Bytes       int64     // on disk, about
}

// SeriesInfo returns the series whose key begins with prefix and that have
// samples, in order of their keys.
func (s *Store) SeriesInfo(ctx context.Context, prefix string) ([]SeriesInfo, error) {
	const query = `WITH part AS (
			SELECT series, t_from, t_to, n, bytes FROM span
			UNION ALL SELECT series, min(ts), max(ts), count(*), count(*)*?2 FROM head GROUP BY series)
		SELECT name, min(t_from), max(t_to), sum(n), sum(bytes) FROM series JOIN part ON part.series = series.id
		WHERE substr(name, 1, length(?1)) = ?1 GROUP BY name ORDER BY name`
	rows, err := s.read.QueryContext(ctx, query, prefix, headRowBytes)
	if err != nil {
		return nil, fmt.Errorf("store: list series: %w", err)
	}
	defer rows.Close()
	out := []SeriesInfo{}
	for rows.Next() {
		var i SeriesInfo
		var first, last int64
		if err := rows.Scan(&i.Series, &first, &last, &i.Count, &i.Bytes); err != nil {
			return nil, fmt.Errorf("store: list series: %w", err)
		}
		i.First, i.Last = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
		out = append(out, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: list series: %w", err)
	}
	return out, nil
}
