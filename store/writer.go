package store

import (
	"compress/flate"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Waits between attempts while commits fail.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// request is work that a caller waits for; see Store.submit.
type request struct {
	op   func(*writer) error // nil: only commit what is queued
	done chan error          // buffered: the writer never waits for a caller
}

// totals are the running sizes kept in the database's total row.
type totals struct{ commits, log, chunks int64 }

// writer owns the one writing connection. Only its goroutine touches it.
type writer struct {
	s       *Store
	db      *sql.DB
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt // by their text, prepared on first use
	durable bool                 // synchronous is FULL at present
	deflate *flate.Writer
	retry   time.Duration // current wait between attempts, 0 when all is well

	totals totals
	tail   tail
	heads  heads
}

// newWriter opens the writing connection and reads what is needed to go on.
func newWriter(s *Store) (*writer, error) {
	db, err := openDB(s.path, 1, writePragmas)
	if err != nil {
		return nil, err
	}
	w := &writer{s: s, db: db, stmts: map[string]*sql.Stmt{}}
	if err := w.load(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// load brings the schema up to date and restores sequence number and sizes.
func (w *writer) load() (err error) {
	ctx := context.Background()
	if w.deflate, err = flate.NewWriter(nil, batchLevel); err != nil {
		return fmt.Errorf("store: set up compression: %w", err)
	}
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return fmt.Errorf("store: open %s: %s: %w", w.s.path, problem(err), err)
	}
	if err := migrate(ctx, w.conn); err != nil {
		return err
	}
	const last = `SELECT max(coalesce((SELECT seq_to FROM log ORDER BY seq_from DESC LIMIT 1), 0),
		coalesce((SELECT max(seq) FROM snapshot), 0))`
	if err := w.row(last, []any{&w.s.lastSeq}); err != nil {
		return fmt.Errorf("store: read last sequence number: %w", err)
	}
	t := &w.totals
	if err := w.row(`SELECT commits, log, chunks FROM total`, []any{&t.commits, &t.log, &t.chunks}); err != nil {
		return fmt.Errorf("store: read sizes: %w", err)
	}
	if err := w.loadHeads(); err != nil {
		return err
	}
	w.publish()
	return nil
}

// close ends the connection; SQLite checkpoints the WAL when it is the last.
func (w *writer) close() error {
	var err error
	for _, st := range w.stmts {
		err = errors.Join(err, st.Close())
	}
	if w.conn != nil {
		err = errors.Join(err, w.conn.Close())
	}
	return errors.Join(err, w.db.Close())
}

// run is the writer's life: it commits when the flush timer fires, when a whole
// batch is queued, or when somebody waits, and once more at the end.
func (w *writer) run() {
	timer := time.NewTimer(0)
	if !timer.Stop() {
		<-timer.C
	}
	armed := false
	for {
		var err error
		select {
		case <-w.s.closing:
			w.finish()
			return
		case <-w.s.wake:
			if !armed {
				timer.Reset(max(w.s.opts.FlushEvery, w.retry))
				armed = true
			}
			continue
		case <-w.s.full:
			if w.retry > 0 {
				continue
			}
			err = w.commit(nil)
		case r := <-w.s.requests:
			err = w.commit(w.gather(r))
		case <-timer.C:
			armed = false
			err = w.commit(nil)
		}
		w.after(err)
	}
}

// after plans the next attempt: with growing waits while commits fail, soon
// when there is more to drop than one commit could.
func (w *writer) after(err error) {
	if err == nil {
		w.retry = 0
	} else {
		w.retry = min(max(firstRetry, 2*w.retry), lastRetry)
	}
	if err != nil || w.overBudget() {
		nudge(w.s.wake)
	}
}

// gather collects everybody who waits now, so that they share one commit.
func (w *writer) gather(first request) []request {
	all := []request{first}
	for {
		select {
		case r := <-w.s.requests:
			all = append(all, r)
		default:
			return all
		}
	}
}

// finish commits what is left and closes everything.
func (w *writer) finish() {
	var waiting []request
	select {
	case r := <-w.s.requests:
		waiting = w.gather(r)
	default:
	}
	err := w.commitAll(waiting, true)
	if err != nil {
		h := w.s.Health()
		err = fmt.Errorf("store: close: %d facts and %d samples were not written: %w", h.QueuedEntries, h.QueuedSamples, err)
	}
	w.s.endErr = errors.Join(err, w.s.read.Close(), w.close())
	close(w.s.finished)
}

// commit writes all that is queued and all that is asked for, in one transaction.
func (w *writer) commit(requests []request) error {
	return w.commitAll(requests, len(requests) > 0)
}

func (w *writer) commitAll(requests []request, durable bool) error {
	entries, samples := w.s.take()
	if len(entries)+len(samples)+len(requests) == 0 && w.retry == 0 && !w.overBudget() {
		return nil // the timer fired after a Sync; while commits fail, an empty one is a probe
	}
	err := w.transact(durable, func() error {
		if err := w.writeLog(entries); err != nil {
			return err
		}
		if err := w.writeSamples(samples); err != nil {
			return err
		}
		for _, r := range requests {
			if r.op == nil {
				continue
			}
			if err := r.op(w); err != nil {
				return err
			}
		}
		return w.retain()
	})
	w.s.settle(entries, samples, err)
	w.publish()
	for _, r := range requests {
		r.done <- err
	}
	return err
}

// transact runs do in a transaction. After a failure everything remembered about
// the database is as it was before.
func (w *writer) transact(durable bool, do func() error) error {
	before, tail := w.totals, w.tail
	err := w.begin(durable)
	if err == nil {
		if err = do(); err == nil {
			w.totals.commits++
			err = w.exec(`UPDATE total SET commits = ?, log = ?, chunks = ?`, w.totals.commits, w.totals.log, w.totals.chunks)
		}
		if err == nil {
			err = w.exec(`COMMIT`)
		}
	}
	if err == nil {
		return nil
	}
	w.conn.ExecContext(context.Background(), `ROLLBACK`) // fails when SQLite has rolled back itself
	w.totals, w.tail = before, tail
	return errors.Join(err, w.loadHeads())
}

// begin opens a transaction whose commit waits for the disk only if durable.
func (w *writer) begin(durable bool) error {
	if durable != w.durable {
		level := "NORMAL"
		if durable {
			level = "FULL"
		}
		if err := w.exec(`PRAGMA synchronous = ` + level); err != nil {
			return err
		}
		w.durable = durable
	}
	return w.exec(`BEGIN IMMEDIATE`)
}

// retain drops what exceeds the budgets, a bounded amount each time so that no
// purge ever holds up the facts.
func (w *writer) retain() error {
	if err := w.retainLog(); err != nil {
		return err
	}
	return w.retainHistory()
}

func (w *writer) overBudget() bool {
	return w.retry == 0 && w.historyBytes() > w.s.opts.HistoryBytes
}

// stmt returns the prepared statement for a query.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if st := w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	w.stmts[query] = st
	return st, nil
}

// exec runs a prepared statement.
func (w *writer) exec(query string, args ...any) error {
	st, err := w.stmt(query)
	if err != nil {
		return err
	}
	_, err = st.Exec(args...)
	return err
}

// row runs a prepared query for one row and scans it into what dest points to.
func (w *writer) row(query string, dest []any, args ...any) error {
	st, err := w.stmt(query)
	if err != nil {
		return err
	}
	return st.QueryRow(args...).Scan(dest...)
}
