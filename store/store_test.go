package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open opens a store that is closed with the test.
func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func syncNow(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// until polls a condition until it holds or a generous deadline passes.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("still waiting for: %s", what)
		case <-tick.C:
		}
	}
}

// fact makes entry i; its data tells the number.
func fact(i int) Entry {
	return Entry{Seq: uint64(i), At: t0.Add(time.Duration(i) * time.Second), Data: fmt.Appendf(nil, `{"fact":%d,"on":true}`, i)}
}

// seqs collects the numbers that an iteration yields and checks the data.
func seqs(t testing.TB, s *Store, from, to uint64) []uint64 {
	t.Helper()
	var out []uint64
	for e, err := range s.Entries(t.Context(), from, to) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fact(int(e.Seq)); !cmp.Equal(e, want) {
			t.Fatalf("entry %d: %s", e.Seq, cmp.Diff(want, e))
		}
		out = append(out, e.Seq)
	}
	return out
}

// span lists from..to.
func span(from, to int) (out []uint64) {
	for i := from; i <= to; i++ {
		out = append(out, uint64(i))
	}
	return out
}

func TestOptionsOutOfRangeAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"slow flush":       {FlushEvery: 200 * time.Millisecond},
		"negative flush":   {FlushEvery: -1},
		"negative history": {HistoryBytes: -1},
		"negative log":     {LogBytes: -1},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := Open(t.TempDir(), o); err == nil {
				s.Close()
				t.Fatal("accepted")
			}
		})
	}
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a dir?#%41")
	s := open(t, dir, Options{})
	syncNow(t, s)
	for name, want := range map[string]os.FileMode{"": 0o700, "hub.db": 0o600, "hub.db-wal": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{}).Close()
	alter(t, dir, `UPDATE schema SET version = 99`)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNewerSchema) {
		t.Fatalf("got %v, want ErrNewerSchema", err)
	}
}

// alter changes the database of a closed store behind its back.
func alter(t testing.TB, dir, statement string, args ...any) {
	t.Helper()
	db, err := openDB(filepath.Join(dir, fileName), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
}

func TestEveryCallAfterCloseSaysClosed(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Append(fact(1))
	s.Record(Sample{Series: "a", At: t0})
	if err := s.Sync(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Sync: %v", err)
	}
	if err := s.Put(t.Context(), "b", "k", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Put: %v", err)
	}
	if h := s.Health(); h.DroppedEntries != 1 || h.DroppedSamples != 1 {
		t.Errorf("dropped %d entries and %d samples, want 1 and 1", h.DroppedEntries, h.DroppedSamples)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	for i := 1; i <= 5000; i++ {
		s.Append(fact(i))
	}
	s.Record(Sample{Series: "a", At: t0, Num: 1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	if diff := cmp.Diff(span(1, 5000), seqs(t, s, 0, math.MaxUint64)); diff != "" {
		t.Error(diff)
	}
	if got, _ := s.Samples(t.Context(), "a", t0, t0.Add(1), 0); len(got) != 0 {
		t.Error("a range that ends in the same millisecond is not empty")
	}
	if got, _ := s.Samples(t.Context(), "a", t0, t0.Add(time.Second), 0); len(got) != 1 {
		t.Errorf("%d samples, want 1", len(got))
	}
}

func TestQueuedItemsAreWrittenWithoutSync(t *testing.T) {
	s := open(t, t.TempDir(), Options{FlushEvery: time.Millisecond})
	s.Append(fact(1))
	until(t, "the flush", func() bool { return len(seqs(t, s, 0, 9)) == 1 })
}

func TestKeyValues(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := open(t, dir, Options{})
	for _, kv := range [][3]string{{"a", "k", "1"}, {"a", "k", "2"}, {"a", "empty", ""}, {"b", "k", "3"}, {"b", "gone", "x"}} {
		if err := s.Put(ctx, kv[0], kv[1], []byte(kv[2])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Delete(ctx, "b", "gone"), s.Delete(ctx, "b", "never")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, dir, Options{})
	got, err := s.List(ctx, "a")
	if err != nil || len(got) != 2 || string(got["k"]) != "2" || len(got["empty"]) != 0 {
		t.Errorf("List: %q, %v", got, err)
	}
	if got, err := s.Get(ctx, "b", "k"); err != nil || string(got) != "3" {
		t.Errorf("Get: %q, %v", got, err)
	}
	if _, err := s.Get(ctx, "b", "gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get of a deleted key: %v", err)
	}
	if got, err := s.List(ctx, "none"); err != nil || len(got) != 0 {
		t.Errorf("List of nothing: %v, %v", got, err)
	}
}

func TestCallersShareTheWriterSafely(t *testing.T) {
	ctx, s := t.Context(), open(t, t.TempDir(), Options{FlushEvery: time.Millisecond})
	done := make(chan error)
	for g := range 8 {
		go func() {
			var err error
			for i := range 20 {
				s.Record(Sample{Series: fmt.Sprint(g), At: t0.Add(time.Duration(i) * time.Second), Num: float64(i)})
				err = errors.Join(err, s.Put(ctx, "b", fmt.Sprint(g, i), []byte{1}), s.Sync(ctx))
				_, e := s.Graph(ctx, fmt.Sprint(g), t0, t0.Add(time.Hour), 10)
				err = errors.Join(err, e)
				s.Health()
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got, err := s.List(ctx, "b"); err != nil || len(got) != 160 {
		t.Errorf("%d keys, want 160 (%v)", len(got), err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Sync(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Sync: %v", err)
	}
}

func TestDamagedDatabaseSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "restore a backup") {
		t.Fatalf("got %v", err)
	}
}
