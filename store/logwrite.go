package store

import "fmt"

// A quiet home commits a few facts at a time. Such small rows are joined into
// larger ones once enough of them have gathered: it saves space (compression sees
// more) and makes the log quicker to walk.
const (
	tailRows  = 64        // join after so many rows
	tailBytes = 128 << 10 // or when they hold so much, uncompressed
)

// tail remembers the small rows at the end of the log that wait to be joined.
type tail struct {
	raw  []byte // their uncompressed batches, back to back
	row  logRow
	rows int
	disk int64 // bytes of data they take at present
}

// logRow is a row of the log without its data.
type logRow struct {
	seqFrom, seqTo uint64
	tFrom, tTo     int64
	n              int
}

// newLogRow sums up entries, of which there is at least one.
func newLogRow(entries []Entry) logRow {
	first, last := entries[0], entries[len(entries)-1]
	r := logRow{seqFrom: first.Seq, seqTo: last.Seq, tFrom: nanos(first.At), tTo: nanos(first.At), n: len(entries)}
	for _, e := range entries {
		r.tFrom, r.tTo = min(r.tFrom, nanos(e.At)), max(r.tTo, nanos(e.At))
	}
	return r
}

// join is the row that covers both.
func (r logRow) join(next logRow) logRow {
	return logRow{r.seqFrom, next.seqTo, min(r.tFrom, next.tFrom), max(r.tTo, next.tTo), r.n + next.n}
}

// logRowBytes is what a row costs besides its data.
const logRowBytes = 40

// writeLog inserts one row a segment, then joins small rows if it is time to.
func (w *writer) writeLog(segments []segment[Entry]) error {
	for _, seg := range segments {
		row, raw := newLogRow(seg.items), appendGroup(nil, seg.items)
		size, err := w.insertLog(row, raw)
		if err != nil {
			return err
		}
		if err := w.extendTail(row, raw, size); err != nil {
			return err
		}
	}
	return nil
}

// insertLog stores one batch and returns the size of its data on disk.
func (w *writer) insertLog(row logRow, raw []byte) (int64, error) {
	data, err := pack(w.deflate, raw)
	if err != nil {
		return 0, err
	}
	err = w.exec(`INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)`,
		int64(row.seqFrom), int64(row.seqTo), row.tFrom, row.tTo, row.n, data)
	if err != nil {
		return 0, fmt.Errorf("write facts %d to %d: %w", row.seqFrom, row.seqTo, err)
	}
	w.totals.log += int64(len(data)) + logRowBytes
	return int64(len(data)), nil
}

// extendTail adds the row just written to the tail and joins a tail that is full.
// A row that is large by itself ends the tail.
func (w *writer) extendTail(row logRow, raw []byte, size int64) error {
	if len(raw) >= tailBytes {
		err := w.joinTail()
		w.tail = tail{}
		return err
	}
	t := w.tail
	if t.rows == 0 {
		t.row = row
	} else {
		t.row = t.row.join(row)
	}
	// A failed transaction restores the old tail, whose bytes this only follows.
	w.tail = tail{raw: append(t.raw, raw...), row: t.row, rows: t.rows + 1, disk: t.disk + size}
	if w.tail.rows < tailRows && len(w.tail.raw) < tailBytes {
		return nil
	}
	err := w.joinTail()
	w.tail = tail{}
	return err
}

// joinTail replaces the tail's rows with one.
func (w *writer) joinTail() error {
	t := w.tail
	if t.rows < 2 {
		return nil
	}
	if err := w.exec(`DELETE FROM log WHERE seq_from BETWEEN ? AND ?`, int64(t.row.seqFrom), int64(t.row.seqTo)); err != nil {
		return fmt.Errorf("join facts %d to %d: %w", t.row.seqFrom, t.row.seqTo, err)
	}
	w.totals.log -= t.disk + int64(t.rows)*logRowBytes
	_, err := w.insertLog(t.row, t.raw)
	return err
}

// dropRows is how many log rows one commit drops at most.
const dropRows = 64

// retainLog drops the oldest batches beyond the budget, but none that the oldest of the
// newest snapshots does not include: falling back to it needs the log from there.
// The tail is spared, because joining it counts on its rows.
func (w *writer) retainLog() error {
	if w.totals.log <= w.s.opts.LogBytes {
		return nil
	}
	var keep int64 // newest fact that may go
	if err := w.row(`SELECT coalesce(min(seq), 0) FROM (SELECT seq FROM snapshot ORDER BY id DESC LIMIT ?)`, []any{&keep}, keepSnapshots); err != nil {
		return fmt.Errorf("find oldest snapshot: %w", err)
	}
	if w.tail.rows > 0 {
		keep = min(keep, int64(w.tail.row.seqFrom)-1)
	}
	const query = `SELECT seq_from, length(data) FROM log
		WHERE seq_to <= ?1 AND seq_from <= ?1 ORDER BY seq_from LIMIT ?2`
	type row struct{ seq, size int64 }
	rows, err := collect(w, func(r *row) []any { return []any{&r.seq, &r.size} }, query, keep, dropRows)
	if err != nil {
		return fmt.Errorf("find facts to drop: %w", err)
	}
	for _, r := range rows {
		if w.totals.log <= w.s.opts.LogBytes {
			break
		}
		if err := w.exec(`DELETE FROM log WHERE seq_from = ?`, r.seq); err != nil {
			return fmt.Errorf("drop old facts: %w", err)
		}
		w.totals.log -= r.size + logRowBytes
	}
	return nil
}

// collect runs a prepared query of the writer and returns its rows; fields tells
// where the columns of a row go.
func collect[T any](w *writer, fields func(*T) []any, query string, args ...any) ([]T, error) {
	st, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	rows, err := st.Query(args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
