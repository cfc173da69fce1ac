package store

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// fill puts something of everything into a store.
func fill(t testing.TB, s *Store) {
	t.Helper()
	for i := 1; i <= 500; i++ {
		s.Append(fact(i))
	}
	record(t, s, "a", make([]float64, 500)...)
	if err := s.SaveSnapshot(t.Context(), 400, []byte("state")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "b", "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
}

func TestBackupOpensWithEverything(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	fill(t, s)
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	for range 2 { // the second replaces the first
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v, %v", info, err)
	}
	b := open(t, dir, Options{})
	if got := seqs(t, b, 0, math.MaxUint64); len(got) != 500 {
		t.Errorf("%d facts", len(got))
	}
	if seq, data, err := b.LoadSnapshot(t.Context()); err != nil || seq != 400 || string(data) != "state" {
		t.Errorf("snapshot: %d %q %v", seq, data, err)
	}
	if val, err := b.Get(t.Context(), "b", "k"); err != nil || string(val) != "v" {
		t.Errorf("value: %q %v", val, err)
	}
}

func TestBackupSucceedsWhileTheHubWrites(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	fill(t, s)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 501; ; i++ {
			select {
			case <-stop:
				return
			default:
				s.Append(fact(i))
			}
		}
	}()
	err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db"))
	close(stop)
	<-done
	if err != nil {
		t.Error(err)
	}
}

func TestBackupThatDiffersDoesNotCount(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	fill(t, s)
	copyDir := t.TempDir()
	if err := s.Backup(t.Context(), filepath.Join(copyDir, fileName)); err != nil {
		t.Fatal(err)
	}
	pinned, err := fingerprint(t.Context(), s.read)
	if err != nil {
		t.Fatal(err)
	}
	for i, damage := range []string{
		`UPDATE kv SET val = x'00'`, `DELETE FROM span`, `UPDATE head SET value = 1`, `DROP TABLE chunk`, `UPDATE log SET n = NULL`,
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			alter(t, copyDir, damage)
			commits := int64(count(t, s, `SELECT commits FROM total`))
			if err := compare(t.Context(), s.read, filepath.Join(copyDir, fileName), commits); err == nil {
				t.Errorf("after %q the copy still counts (%d tables)", damage, len(pinned))
			}
		})
	}
}

func TestBackupIntoNowhereIsAnError(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	path := filepath.Join(t.TempDir(), "no such directory", "copy.db")
	if err := s.Backup(t.Context(), path); err == nil {
		t.Error("no error")
	}
}
