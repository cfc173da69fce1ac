package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "modernc.org/sqlite" // the pure Go SQLite driver
)

// ErrNewerSchema is returned by Open for a database that a newer hub has written.
var ErrNewerSchema = errors.New("store: the database was written by a newer version of the hub; update the hub or restore an older backup")

// migrations are the steps from an empty database to today's schema; the step at
// index i leads to version i+1. Released steps are never edited, only added to.
//
//   - total: one row of running sizes, so that budgets need no scan. Rewriting it
//     in every commit also gives Sync something to commit when nothing is queued.
//   - log: one row a batch of facts (see batch.go).
//   - head: newest samples, clustered; value is REAL for a number, TEXT for text.
//     The column has no type on purpose: a REAL column would turn -0 into 0.
//   - chunk and span: sealed samples and their summaries. Chunks lie in the order
//     of sealing, which makes dropping the oldest cheap and keeps pages full;
//     spans are clustered by series, so that long graphs touch nothing else.
//     least, most and total are NULL for chunks of text.
var migrations = []string{
	`CREATE TABLE total (one INTEGER PRIMARY KEY CHECK (one = 1), commits INTEGER, log INTEGER, chunks INTEGER);
	INSERT INTO total VALUES (1, 0, 0, 0);
	CREATE TABLE log (seq_from INTEGER PRIMARY KEY, seq_to INTEGER, t_from INTEGER, t_to INTEGER, n INTEGER, data BLOB);
	CREATE TABLE snapshot (id INTEGER PRIMARY KEY, seq INTEGER, at INTEGER, checksum BLOB, data BLOB);
	CREATE TABLE kv (bucket TEXT, key TEXT, val BLOB, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
	CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
	CREATE TABLE head (series INTEGER, ts INTEGER, value, PRIMARY KEY (series, ts)) WITHOUT ROWID;
	CREATE TABLE chunk (id INTEGER PRIMARY KEY, series INTEGER, t_from INTEGER, data BLOB);
	CREATE TABLE span (series INTEGER, t_from INTEGER, chunk INTEGER, t_to INTEGER, n INTEGER, bytes INTEGER,
		least REAL, most REAL, total REAL, PRIMARY KEY (series, t_from, chunk)) WITHOUT ROWID`,
}

// Pragmas of every connection: SQLite's caches stay small because the hub has to
// fit in 40 MiB; the WAL is cut back after a checkpoint that follows a burst.
var (
	writePragmas = []string{"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(-2000)",
		"mmap_size(0)", "temp_store(MEMORY)", "journal_size_limit(8388608)"}
	readPragmas = []string{"busy_timeout(2000)", "query_only(1)", "cache_size(-1000)", "mmap_size(0)", "temp_store(MEMORY)"}
)

// openDB opens path with at most max connections that all carry the pragmas.
func openDB(path string, max int, pragmas []string) (*sql.DB, error) {
	name := "file:" + (&url.URL{Path: path}).EscapedPath()
	if len(pragmas) > 0 {
		name += "?" + url.Values{"_pragma": pragmas}.Encode()
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(max)
	db.SetMaxIdleConns(max)
	return db, nil
}

// openPool opens the readers' connections.
func openPool(path string) (*sql.DB, error) {
	db, err := openDB(path, 3, readPragmas)
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(1)
	return db, nil
}

// migrate brings the schema to the newest version, one step a transaction.
func migrate(ctx context.Context, conn *sql.Conn) error {
	const table = `CREATE TABLE IF NOT EXISTS schema (version INTEGER)`
	if _, err := conn.ExecContext(ctx, table); err != nil {
		return fmt.Errorf("store: %s: %w", problem(err), err)
	}
	var version int
	if err := conn.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema`).Scan(&version); err != nil {
		return fmt.Errorf("store: read schema version: %s: %w", problem(err), err)
	}
	if version > len(migrations) {
		return fmt.Errorf("%w (schema %d, this hub knows %d)", ErrNewerSchema, version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		step := strings.Join([]string{"BEGIN IMMEDIATE", migrations[version],
			"DELETE FROM schema", fmt.Sprintf("INSERT INTO schema VALUES (%d)", version+1), "COMMIT"}, ";\n")
		if _, err := conn.ExecContext(ctx, step); err != nil {
			conn.ExecContext(ctx, "ROLLBACK") // best effort: the step's error is the one that counts
			return fmt.Errorf("store: update schema from version %d: %s: %w", version, problem(err), err)
		}
	}
	return nil
}
