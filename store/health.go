package store

import (
	"errors"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Health is the store's state at one moment. Counts are since Open.
type Health struct {
	OK      bool
	Problem string // empty when OK: what is wrong and what to do, for a person

	DroppedEntries, DroppedSamples uint64 // lost because the queue was full or the store closed
	RefusedEntries, RefusedSamples uint64 // not acceptable: number not rising, too large, NaN or infinite
	QueuedEntries, QueuedSamples   int    // not committed yet

	LogBytes, HistoryBytes int64     // by the store's own count, as the budgets are
	FileBytes              int64     // database and write-ahead log on disk
	LastCommit             time.Time // by Options.Now; zero before the first
}

// Health reports how the store does.
func (s *Store) Health() Health {
	files := fileSize(s.path) + fileSize(s.path+"-wal")
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.health
	h.QueuedEntries, h.QueuedSamples = s.entries.items, s.samples.items
	h.FileBytes = files
	switch {
	case s.failing != nil:
		h.Problem = problem(s.failing)
	case s.gap.to > 0:
		h.Problem = "Some events could not be written to disk in time and are missing from the log. The next snapshot repairs this; if it comes back, use a faster or emptier disk."
	case h.LogBytes > s.opts.LogBytes+s.opts.LogBytes/8:
		h.Problem = "The log of events is over its budget and cannot be cut because no recent snapshot was saved. Restart the hub; if it stays, report it."
	}
	h.OK = h.Problem == ""
	return h
}

// publish makes the writer's sizes visible to Health.
func (w *writer) publish() {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.health.LogBytes, w.s.health.HistoryBytes = w.totals.log, w.historyBytes()
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // the write-ahead log comes and goes
	}
	return info.Size()
}

// problems say what to do about SQLite's primary result codes.
var problems = map[int]string{
	sqlite3.SQLITE_FULL:     "The disk is full. Free some space; the hub goes on and will write again by itself.",
	sqlite3.SQLITE_IOERR:    "The disk reports errors. Check or replace it soon and keep a backup elsewhere; the hub goes on and keeps trying.",
	sqlite3.SQLITE_READONLY: "The database cannot be written. Make the hub's data directory writable.",
	sqlite3.SQLITE_CANTOPEN: "The database cannot be opened. Check that the hub's data directory is there and writable.",
	sqlite3.SQLITE_CORRUPT:  "The database is damaged. Stop the hub and restore a backup.",
	sqlite3.SQLITE_NOTADB:   "The database file is not a database. Stop the hub and restore a backup.",
	sqlite3.SQLITE_BUSY:     "Another program holds the database. Close it; the hub will write again by itself.",
}

// problem explains an error of the database to a person.
func problem(err error) string {
	var e *sqlite.Error
	if errors.As(err, &e) {
		if text := problems[e.Code()&0xff]; text != "" { // the low byte is the primary code
			return text
		}
	}
	return "The database cannot be written (" + err.Error() + "). The hub keeps trying; if it stays, restart it."
}
