package store

import (
	"fmt"
	"math"
)

// seal moves a series' samples from the head table into chunks: one for the
// numbers and one for the texts, as far as there are any.
func (w *writer) seal(h *seriesHead) error {
	rows, err := collect(w, func(r *headRow) []any { return []any{&r.ts, &r.value} },
		`SELECT ts, value FROM head WHERE series = ? ORDER BY ts LIMIT ?`, h.id, maxChunkSamples)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	numbers, texts := split(rows)
	if len(numbers) > 0 {
		if err := w.insertChunk(h.id, encodeNumbers(numbers), summarize(numbers)); err != nil {
			return err
		}
	}
	if len(texts) > 0 {
		first, last := texts[0].ts, texts[len(texts)-1].ts
		if err := w.insertChunk(h.id, encodeTexts(texts), summary{from: first, to: last, n: len(texts)}); err != nil {
			return err
		}
	}
	err = w.exec(`DELETE FROM head WHERE series = ? AND ts <= ?`, h.id, rows[len(rows)-1].ts)
	w.heads.rows -= int64(len(rows))
	h.rows, h.bytes = max(0, h.rows-len(rows)), 0
	if len(rows) < maxChunkSamples {
		h.rows = 0
	}
	return err
}

// headRow is a row of the head table: value is a float64 or a string.
type headRow struct {
	ts    int64
	value any
}

// split parts numbers from texts.
func split(rows []headRow) (numbers []number, texts []text) {
	for _, r := range rows {
		switch v := r.value.(type) {
		case float64:
			numbers = append(numbers, number{r.ts, v})
		case string:
			texts = append(texts, text{r.ts, v})
		}
	}
	return numbers, texts
}

// summary is what a span row says about a chunk; least to total only for numbers.
type summary struct {
	from, to           int64 // ms
	n                  int
	numeric            bool
	least, most, total float64
}

// summarize sums up samples in order of time, of which there is at least one.
func summarize(samples []number) summary {
	s := summary{from: samples[0].ts, to: samples[len(samples)-1].ts, n: len(samples), numeric: true,
		least: math.Inf(1), most: math.Inf(-1)}
	for _, x := range samples {
		s.least, s.most = min(s.least, x.value), max(s.most, x.value)
		s.total += x.value
	}
	return s
}

// insertChunk stores a chunk and its span.
func (w *writer) insertChunk(series int64, data []byte, s summary) error {
	var chunk int64
	st, err := w.stmt(`INSERT INTO chunk (series, t_from, data) VALUES (?, ?, ?) RETURNING id`)
	if err != nil {
		return err
	}
	if err := st.QueryRow(series, s.from, data).Scan(&chunk); err != nil {
		return err
	}
	var least, most, total any
	if s.numeric {
		least, most, total = s.least, s.most, s.total
	}
	w.totals.chunks += int64(len(data)) + chunkBytes
	return w.exec(`INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		series, s.from, chunk, s.to, s.n, len(data)+chunkBytes, least, most, total)
}

// dropChunks is how many chunks one commit drops at most; more than it seals.
const dropChunks = 256

// retainHistory drops the oldest chunks beyond the budget, and unsealed samples
// only when no chunk is left.
func (w *writer) retainHistory() error {
	excess := w.historyBytes() - w.s.opts.HistoryBytes
	if excess <= 0 {
		return nil
	}
	type row struct{ id, series, from, size int64 }
	rows, err := collect(w, func(r *row) []any { return []any{&r.id, &r.series, &r.from, &r.size} },
		`SELECT id, series, t_from, length(data) FROM chunk ORDER BY id LIMIT ?`, dropChunks)
	if err != nil {
		return fmt.Errorf("find history to drop: %w", err)
	}
	for _, r := range rows {
		if excess <= 0 {
			return nil
		}
		if err := w.exec(`DELETE FROM chunk WHERE id = ?`, r.id); err != nil {
			return fmt.Errorf("drop old history: %w", err)
		}
		if err := w.exec(`DELETE FROM span WHERE series = ? AND t_from = ? AND chunk = ?`, r.series, r.from, r.id); err != nil {
			return fmt.Errorf("drop old history: %w", err)
		}
		w.totals.chunks -= r.size + chunkBytes
		excess -= r.size + chunkBytes
	}
	if len(rows) > 0 {
		return nil
	}
	return w.dropHeads(excess)
}

// dropHeads drops the oldest unsealed samples.
func (w *writer) dropHeads(excess int64) error {
	const query = `DELETE FROM head WHERE (series, ts) IN (SELECT series, ts FROM head ORDER BY ts LIMIT ?)`
	if err := w.exec(query, excess/headRowBytes+1); err != nil {
		return fmt.Errorf("drop unsealed history: %w", err)
	}
	return w.loadHeads()
}
