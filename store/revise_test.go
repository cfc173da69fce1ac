package store

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hush replaces what is secret in a fact.
func hush(data []byte) ([]byte, bool) {
	if !bytes.Contains(data, []byte("secret")) {
		return nil, false
	}
	return bytes.ReplaceAll(data, []byte("secret"), []byte("hushed")), true
}

func texts(t *testing.T, s *Store) map[uint64]string {
	t.Helper()
	out := map[uint64]string{}
	for e, err := range s.Entries(t.Context(), 0, math.MaxUint64) {
		if err != nil {
			t.Fatal(err)
		}
		if want := t0.Add(time.Duration(e.Seq) * time.Hour); !e.At.Equal(want) {
			t.Errorf("fact %d is of %v, not %v", e.Seq, e.At, want)
		}
		out[e.Seq] = string(e.Data)
	}
	return out
}

func TestOldFactsAreRevisedAndYoungOnesAreNot(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	want := map[uint64]string{}
	for i := uint64(1); i <= 3*tailRows; i++ {
		text := "secret"
		if i%5 == 0 {
			text = "plain"
		}
		s.Append(Entry{Seq: i, At: t0.Add(time.Duration(i) * time.Hour), Data: []byte(text)})
		if i%3 == 0 {
			syncNow(t, s)
		}
		if want[i] = text; i < 150 && text == "secret" {
			want[i] = "hushed"
		}
	}
	syncNow(t, s)
	before := t0.Add(150 * time.Hour)
	next := uint64(1)
	for range 3 { // rows that wait to be joined take a second call
		var err error
		if next, err = s.Revise(t.Context(), next, before, hush); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, texts(t, s)); diff != "" {
		t.Error(diff)
	}
	if next > 150 {
		t.Errorf("the next revision begins at %d, though fact 150 is still to come", next)
	}
	for i := uint64(150); i <= 3*tailRows; i++ {
		if want[i] == "secret" {
			want[i] = "hushed"
		}
	}
	for range 2 {
		var err error
		if next, err = s.Revise(t.Context(), next, before.AddDate(1, 0, 0), hush); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, texts(t, s)); diff != "" {
		t.Error("a year later:", diff)
	}
	if next != 3*tailRows+1 {
		t.Errorf("a year later: the next revision begins at %d", next)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, Options{})
	if diff := cmp.Diff(want, texts(t, again)); diff != "" {
		t.Error("after a restart:", diff)
	}
	var real, kept int64
	if err := again.read.QueryRow(`SELECT sum(length(data)) + ? * count(*), (SELECT log FROM total) FROM log`, logRowBytes).Scan(&real, &kept); err != nil || real != kept {
		t.Errorf("the log takes %d bytes and is believed to take %d (%v)", real, kept, err)
	}
}

func TestWhatWasRevisedIsNotLeftOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	noise := make([]byte, 600) // that flate leaves as it is
	for i := range noise {
		noise[i] = byte(i*i*31 ^ i*7)
	}
	s.Append(Entry{Seq: 1, At: t0, Data: append([]byte("secret"), noise...)})
	syncNow(t, s)
	was := onDisk(t, s)
	for range 2 { // it waits to be joined at first
		if _, err := s.Revise(t.Context(), 1, t0.Add(time.Hour), func([]byte) ([]byte, bool) { return []byte("x"), true }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if tail := was[len(was)-100:]; bytes.Contains(b, tail) {
		t.Error("what was replaced is still in the file")
	}
}

func onDisk(t *testing.T, s *Store) (data []byte) {
	t.Helper()
	if err := s.read.QueryRow(`SELECT data FROM log`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	return data
}
