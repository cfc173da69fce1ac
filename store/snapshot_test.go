package store

import (
	"errors"
	"fmt"
	"testing"
)

func TestFirstStartHasNoSnapshot(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if _, _, err := s.LoadSnapshot(t.Context()); !errors.Is(err, ErrNoSnapshot) {
		t.Fatalf("got %v, want ErrNoSnapshot", err)
	}
}

func TestDamagedSnapshotsFallBackToTheOneBefore(t *testing.T) {
	damage := map[string]string{
		"data":     `UPDATE snapshot SET data = x'00' WHERE seq = ?`,
		"checksum": `UPDATE snapshot SET checksum = x'00' WHERE seq = ?`,
		"number":   `UPDATE snapshot SET seq = seq + 100 WHERE seq = ?`,
	}
	for name, statement := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, Options{})
			for seq := 1; seq <= 5; seq++ {
				if err := s.SaveSnapshot(t.Context(), uint64(seq), fmt.Append(nil, "state ", seq)); err != nil {
					t.Fatal(err)
				}
			}
			for want := uint64(5); want > 5-keepSnapshots; want-- {
				seq, data, err := s.LoadSnapshot(t.Context())
				if err != nil || seq != want || string(data) != fmt.Sprint("state ", want) {
					t.Fatalf("got %d %q %v, want %d", seq, data, err, want)
				}
				s.Close()
				alter(t, dir, statement, want)
				s = open(t, dir, Options{})
			}
			if _, _, err := s.LoadSnapshot(t.Context()); !errors.Is(err, ErrDamagedSnapshots) {
				t.Fatalf("got %v, want ErrDamagedSnapshots", err)
			}
		})
	}
}

func TestSnapshotRaisesLastSeq(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.SaveSnapshot(t.Context(), 7, nil); err != nil {
		t.Fatal(err)
	}
	if s.LastSeq() != 7 {
		t.Errorf("LastSeq is %d, want 7", s.LastSeq())
	}
	s.Close()
	if s = open(t, dir, Options{}); s.LastSeq() != 7 {
		t.Errorf("LastSeq after restart is %d, want 7", s.LastSeq())
	}
}
