package store

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFullDiskIsSurvivedAndRecoveredFrom(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("needs root and the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{FlushEvery: time.Millisecond})
	acked, next := fillDisk(t, s)
	if h := s.Health(); h.OK || !strings.Contains(h.Problem, "disk is full") {
		t.Errorf("health: %+v", h)
	}
	if err := s.Put(t.Context(), "b", "k", []byte("v")); err == nil {
		t.Error("Put says it is durable on a full disk")
	}
	for range 2 * maxQueued { // goes on, in bounded memory
		s.Append(noise(next))
		next++
	}
	if h := s.Health(); h.QueuedEntries > maxQueued || h.DroppedEntries == 0 {
		t.Errorf("health: %+v", h)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	until(t, "recovery without being asked", func() bool {
		h := s.Health()
		return h.QueuedEntries == 0 && !strings.Contains(h.Problem, "disk is full")
	})
	s.Append(noise(next))
	if err := s.SaveSnapshot(t.Context(), uint64(next), nil); err != nil {
		t.Fatal(err)
	}
	syncNow(t, s)
	checkAcked(t, s, acked)
}

// noise is a fact that compresses badly, so that the disk fills up soon.
func noise(i int) Entry {
	data := make([]byte, 40)
	for j := range data {
		data[j] = byte((i*7919 + j*j*31) >> 3)
	}
	return Entry{Seq: uint64(i), At: t0, Data: data}
}

// fillDisk appends until Sync fails and returns the last fact that was
// acknowledged and the next free number.
func fillDisk(t *testing.T, s *Store) (acked, next int) {
	for next = 1; next < 1_000_000; {
		for range 500 {
			s.Append(noise(next))
			next++
		}
		if err := s.Sync(t.Context()); err != nil {
			if !strings.Contains(err.Error(), "full") {
				t.Fatalf("Sync: %v", err)
			}
			return acked, next
		}
		acked = next - 1
	}
	t.Fatal("the disk does not fill up")
	return 0, 0
}

// checkAcked checks that facts 1 to acked are in the log and the database is sound.
func checkAcked(t *testing.T, s *Store, acked int) {
	t.Helper()
	found := 0
	for e, err := range s.Entries(t.Context(), 1, math.MaxUint64) {
		if err != nil {
			t.Fatal(err)
		}
		if int(e.Seq) <= acked {
			found++
		}
	}
	var check string
	err := s.read.QueryRow(`PRAGMA integrity_check`).Scan(&check)
	if found != acked || check != "ok" {
		t.Errorf("%d of %d acknowledged facts, integrity %s, %v", found, acked, check, err)
	}
}
