package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// backupTries is how often a backup is made anew when the store changed between
// the moment that was copied and the moment it is compared with.
const backupTries = 5

// Backup writes a copy of the whole store to the file path (mode 0600), which
// replaces a file of that name, and proves it before it counts: the copy is
// opened, checked for damage, and compared with the store, row counts and SHA-256
// of every table. The hub goes on meanwhile. The copy is a database that Open
// takes when it lies in a directory as hub.db.
func (s *Store) Backup(ctx context.Context, path string) error {
	part := path + ".part"
	defer os.Remove(part) // gone after success
	var err error
	for range backupTries {
		if err = s.tryBackup(ctx, part); !errors.Is(err, errDiffers) {
			break
		}
	}
	if err == nil {
		err = keepFile(part, path)
	}
	if err != nil {
		return fmt.Errorf("store: backup to %s: %w", path, err)
	}
	return nil
}

var errDiffers = errors.New("the copy differs from the store")

// tryBackup pins the present state in one read transaction, lets SQLite copy the
// state, and compares. A commit in the moment between makes the two differ.
func (s *Store) tryBackup(ctx context.Context, part string) error {
	if err := emptyFile(part); err != nil {
		return err
	}
	from, err := openDB(s.path, 1, []string{"busy_timeout(2000)", "cache_size(-1000)"})
	if err != nil {
		return err
	}
	defer from.Close()
	if err := from.PingContext(ctx); err != nil { // connect now, to keep that moment short
		return err
	}
	pinned, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer pinned.Rollback() // nothing was written
	var commits int64
	if err := pinned.QueryRowContext(ctx, `SELECT commits FROM total`).Scan(&commits); err != nil {
		return err
	}
	if _, err := from.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return fmt.Errorf("copy: %s: %w", problem(err), err)
	}
	return compare(ctx, pinned, part, commits)
}

// compare opens the copy and checks it against the pinned state.
func compare(ctx context.Context, pinned querier, part string, commits int64) error {
	to, err := openDB(part, 1, readPragmas)
	if err != nil {
		return err
	}
	defer to.Close()
	var copied int64
	var check string
	if err := to.QueryRowContext(ctx, `SELECT commits FROM total`).Scan(&copied); err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	if copied != commits {
		return errDiffers
	}
	if err := to.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		return errors.Join(fmt.Errorf("the copy is damaged: %s", check), err)
	}
	want, err := fingerprint(ctx, pinned)
	if err != nil {
		return err
	}
	have, err := fingerprint(ctx, to)
	if err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	if !maps.Equal(want, have) {
		return errDiffers
	}
	return nil
}

// fingerprint returns row count and checksum of every table.
func fingerprint(ctx context.Context, q querier) (map[string]string, error) {
	out := map[string]string{}
	rows, err := q.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, create string
		if err := rows.Scan(&name, &create); err != nil {
			return nil, err
		}
		out[name] = create
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		sum, err := tableSum(ctx, q, name)
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", name, err)
		}
		out[name] += sum
	}
	return out, nil
}

// tableSum hashes a table's rows. Both databases yield them in the same order:
// that of the primary key.
func tableSum(ctx context.Context, q querier, table string) (string, error) {
	rows, err := q.QueryContext(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	values := make([]sql.RawBytes, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	h := sha256.New()
	count := 0
	for ; rows.Next(); count++ {
		if err := rows.Scan(targets...); err != nil {
			return "", err
		}
		for _, v := range values {
			fmt.Fprintf(h, "%t %d:", v == nil, len(v))
			h.Write(v)
		}
	}
	return fmt.Sprintf(" %d %s", count, hex.EncodeToString(h.Sum(nil))), rows.Err()
}

// emptyFile makes path an empty file that only its owner can read.
func emptyFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// keepFile makes part durable under its final name.
func keepFile(part, path string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
