package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEntriesFollowSequenceAndTime(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for i := 1; i <= 300; i++ { // many small rows, some joined, some not
		s.Append(fact(i))
		if i%2 == 0 {
			syncNow(t, s)
		}
	}
	syncNow(t, s)
	at := func(i int) time.Time { return t0.Add(time.Duration(i) * time.Second) }
	for name, c := range map[string]struct {
		from, to uint64
		want     []uint64
	}{
		"all":       {0, math.MaxUint64, span(1, 300)},
		"inner":     {101, 203, span(101, 203)},
		"one":       {128, 128, span(128, 128)},
		"after end": {301, 400, nil},
		"inverted":  {20, 10, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, seqs(t, s, c.from, c.to)); diff != "" {
				t.Error(diff)
			}
		})
	}
	var got []uint64
	for e, err := range s.EntriesBetween(t.Context(), at(50), at(60)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Seq)
	}
	if diff := cmp.Diff(span(50, 59), got); diff != "" {
		t.Error("between:", diff)
	}
}

func TestSmallRowsAreJoined(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for i := 1; i <= 4*tailRows+3; i++ {
		s.Append(fact(i))
		syncNow(t, s)
	}
	var rows int
	if err := s.read.QueryRow(`SELECT count(*) FROM log`).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows != 4+3 {
		t.Errorf("%d rows, want 4 joined and 3 waiting", rows)
	}
	var size int64
	if err := s.read.QueryRow(`SELECT sum(length(data) + ?) FROM log`, logRowBytes).Scan(&size); err != nil {
		t.Fatal(err)
	}
	if h := s.Health(); h.LogBytes != size {
		t.Errorf("the store counts %d bytes, the rows take %d", h.LogBytes, size)
	}
}

func TestUnacceptableEntriesAreRefusedAndCounted(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	s.Append(fact(5))
	for _, e := range []Entry{fact(5), fact(4), {Seq: 0}, {Seq: math.MaxInt64 + 1}, {Seq: 6, Data: make([]byte, maxEntryBytes+1)}} {
		s.Append(e)
	}
	if h := s.Health(); h.RefusedEntries != 5 || h.DroppedEntries != 0 {
		t.Errorf("refused %d and dropped %d, want 5 and 0", h.RefusedEntries, h.DroppedEntries)
	}
	if s.LastSeq() != 5 {
		t.Errorf("LastSeq is %d, want 5", s.LastSeq())
	}
}

func TestAppendCopiesItsData(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	e := fact(1)
	s.Append(e)
	clear(e.Data)
	syncNow(t, s)
	seqs(t, s, 1, 1) // compares the data
}

func TestLargestFactSurvives(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	e := Entry{Seq: 1, At: t0, Data: bytes.Repeat([]byte("0123456789abcdef"), maxEntryBytes/16)}
	s.Append(e)
	syncNow(t, s)
	for got, err := range s.Entries(t.Context(), 1, 1) {
		if err != nil || !bytes.Equal(got.Data, e.Data) {
			t.Errorf("%d bytes came back, %v", len(got.Data), err)
		}
	}
}

func TestDamagedLogRowIsAnError(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	s.Append(fact(1))
	s.Close()
	alter(t, dir, `UPDATE log SET data = x'ff00ff'`)
	s = open(t, dir, Options{})
	for _, err := range s.Entries(t.Context(), 0, 9) {
		if err == nil {
			t.Error("a damaged row was read")
		}
	}
}

func TestFullQueueDropsTheOldestAndSyncSaysSoUntilASnapshot(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	release := hold(t, s)
	for i := 1; i <= maxQueued+1; i++ {
		s.Append(Entry{Seq: uint64(i), At: t0})
		s.Record(Sample{Series: "a", At: t0.Add(time.Duration(i) * time.Second)})
	}
	h := s.Health()
	if h.DroppedEntries != segmentItems || h.DroppedSamples != segmentItems || h.QueuedEntries > maxQueued {
		t.Errorf("dropped %d and %d, %d queued", h.DroppedEntries, h.DroppedSamples, h.QueuedEntries)
	}
	release()
	if err := s.Sync(t.Context()); !errors.Is(err, ErrGap) || s.Health().OK {
		t.Errorf("Sync: %v, want ErrGap; health %+v", err, s.Health())
	}
	if err := s.SaveSnapshot(t.Context(), segmentItems-1, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(t.Context()); !errors.Is(err, ErrGap) {
		t.Errorf("a snapshot inside the gap ended it: %v", err)
	}
	if err := s.SaveSnapshot(t.Context(), segmentItems, nil); err != nil {
		t.Fatal(err)
	}
	syncNow(t, s)
	var first uint64
	for e := range s.Entries(t.Context(), 0, math.MaxUint64) {
		first = e.Seq
		break
	}
	if first != segmentItems+1 {
		t.Errorf("first kept fact is %d, want %d", first, segmentItems+1)
	}
}

// hold makes the writer busy until release is called.
func hold(t testing.TB, s *Store) (release func()) {
	t.Helper()
	started, gate, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.submit(t.Context(), func(*writer) error { close(started); <-gate; return nil })
	}()
	<-started
	return func() { close(gate); <-done }
}

func TestLogBudgetDropsOldestButNothingASnapshotNeeds(t *testing.T) {
	s := open(t, t.TempDir(), Options{LogBytes: 400_000})
	write := func(from, to int) {
		for i := from; i <= to; i++ {
			e := Entry{Seq: uint64(i), At: t0, Data: make([]byte, 1000)}
			for j := range e.Data { // hardly compressible
				e.Data[j] = byte((i*7919 + j*j*31) >> 3)
			}
			s.Append(e)
			if i%100 == 0 {
				syncNow(t, s)
			}
		}
	}
	first := func() uint64 {
		for e := range s.Entries(t.Context(), 0, math.MaxUint64) {
			return e.Seq
		}
		return 0
	}
	write(1, 2000)
	if first() != 1 {
		t.Fatalf("facts were dropped without a snapshot: first is %d", first())
	}
	if h := s.Health(); h.OK {
		t.Error("an uncuttable log is not reported")
	}
	for _, seq := range []uint64{500, 1000, 1500} {
		if err := s.SaveSnapshot(t.Context(), seq, nil); err != nil {
			t.Fatal(err)
		}
	}
	write(2001, 2200)
	if got := first(); got == 1 || got > 501 {
		t.Errorf("first fact is %d, want it dropped up to 501 at most", got)
	}
	for i := range 3 {
		if err := s.SaveSnapshot(t.Context(), uint64(2150+i), nil); err != nil {
			t.Fatal(err)
		}
	}
	write(2201, 2300)
	if h := s.Health(); !h.OK {
		t.Errorf("still over budget: %+v", h)
	}
}

func TestBatchRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Entry
		var raw []byte
		seq := uint64(0)
		for range rapid.IntRange(1, 3).Draw(t, "groups") {
			var group []Entry
			for range rapid.IntRange(1, 20).Draw(t, "entries") {
				seq += rapid.Uint64Range(1, 1<<40).Draw(t, "step")
				group = append(group, Entry{seq, time.Unix(0, rapid.Int64().Draw(t, "ns")).UTC(), rapid.SliceOf(rapid.Byte()).Draw(t, "data")})
			}
			want = append(want, group...)
			raw = appendGroup(raw, group)
		}
		got, err := parseBatch(raw)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestTimesThatDoNotFitAreClamped(t *testing.T) {
	for at, want := range map[time.Time]int64{
		{}: math.MinInt64, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC): math.MaxInt64, time.Unix(1, 5): 1e9 + 5,
	} {
		if got := nanos(at); got != want {
			t.Errorf("nanos(%v) = %d, want %d", at, got, want)
		}
	}
}

func FuzzParseBatch(f *testing.F) {
	f.Add(appendGroup(nil, []Entry{fact(1), fact(2)}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := parseBatch(raw)
		if err != nil || len(entries) == 0 {
			return
		}
		again, err := parseBatch(appendGroup(nil, entries))
		if diff := cmp.Diff(fmt.Sprint(entries), fmt.Sprint(again)); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte{0x4b, 0x04, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		if raw, err := unpack(data, 1000); err == nil && len(raw) > 1000 {
			t.Fatalf("%d bytes", len(raw))
		}
	})
}
