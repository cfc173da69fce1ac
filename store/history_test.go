package store

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// record records values every 30 s from t0 and waits until they are there.
func record(t testing.TB, s *Store, series string, values ...float64) {
	t.Helper()
	for i, v := range values {
		s.Record(Sample{Series: series, At: t0.Add(time.Duration(i) * 30 * time.Second), Num: v})
	}
	syncNow(t, s)
}

// count runs a query for one number.
func count(t testing.TB, s *Store, query string) (n int) {
	t.Helper()
	if err := s.read.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSamplesReturnAcrossHeadChunksAndRestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	odd := []float64{math.Copysign(0, -1), 5e-324, math.MaxFloat64, -math.MaxFloat64, 21.5, 3}
	var want []Sample
	for i := range 1000 {
		x := Sample{Series: "mixed", At: t0.Add(time.Duration(i) * time.Second), Num: odd[i%len(odd)]}
		if i%5 == 0 {
			x = Sample{Series: "mixed", At: x.At, Text: fmt.Sprint("word ", i%3), IsText: true}
		}
		want = append(want, x)
		s.Record(x)
	}
	for name, reopen := range map[string]bool{"same": false, "reopened": true} {
		if reopen {
			s.Close()
			s = open(t, dir, Options{})
		}
		syncNow(t, s)
		for _, limit := range []int{0, 1, 7, 500, 999} {
			got, err := s.Samples(t.Context(), "mixed", t0, t0.Add(time.Hour), limit)
			if limit == 0 {
				limit = len(want)
			}
			if diff := cmp.Diff(want[:limit], got); err != nil || diff != "" {
				t.Fatalf("%s, limit %d: %v %s", name, limit, err, diff)
			}
			last, ok, err := s.Before(t.Context(), "mixed", want[limit-1].At.Add(time.Millisecond))
			if diff := cmp.Diff(want[limit-1], last); err != nil || !ok || diff != "" {
				t.Fatalf("%s, the last of %d: %v %s", name, limit, err, diff)
			}
			for i := range got {
				if math.Signbit(got[i].Num) != math.Signbit(want[i].Num) {
					t.Fatalf("%s: sample %d lost its sign", name, i)
				}
			}
		}
	}
	if n := count(t, s, `SELECT count(*) FROM chunk`); n == 0 {
		t.Error("nothing was sealed")
	}
	if last, ok, err := s.Before(t.Context(), "mixed", t0); ok || err != nil {
		t.Errorf("before the first there is %v, %v", last, err)
	}
}

func TestGraphEqualsPlainSums(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var values []float64
	for i := range 2000 {
		values = append(values, float64(i%97)-20)
	}
	record(t, s, "a", values...)
	rapid.Check(t, func(rt *rapid.T) {
		from := t0.Add(time.Duration(rapid.IntRange(-1000, 70_000).Draw(rt, "from")) * time.Second)
		to := from.Add(time.Duration(rapid.IntRange(1, 80_000).Draw(rt, "length")) * time.Second)
		n := rapid.SampledFrom([]int{1, 2, 3, 7, 50, 500}).Draw(rt, "buckets")
		got, err := s.Graph(t.Context(), "a", from, to, n)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(plainGraph(values, from, to, n), got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// plainGraph is what Graph should say about values recorded by record.
func plainGraph(values []float64, from, to time.Time, n int) []Point {
	out := []Point{}
	length := to.Sub(from).Milliseconds()
	last := int64(-1)
	for i, v := range values {
		at := t0.Add(time.Duration(i) * 30 * time.Second)
		if at.Before(from) || !at.Before(to) {
			continue
		}
		b := at.Sub(from).Milliseconds() * int64(n) / length
		if b != last {
			start := (b*length + int64(n) - 1) / int64(n)
			out = append(out, Point{At: from.Add(time.Duration(start) * time.Millisecond), Min: v, Max: v})
			last = b
		}
		p := &out[len(out)-1]
		p.Min, p.Max, p.Mean, p.Count = min(p.Min, v), max(p.Max, v), p.Mean+v, p.Count+1
	}
	for i := range out { // whole numbers: the sums are exact in any order
		out[i].Mean /= float64(out[i].Count)
	}
	return out
}

func TestGraphRefusesNonsense(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for name, c := range map[string]struct {
		to      time.Time
		buckets int
	}{"no bucket": {t0.Add(1e9), 0}, "too many": {t0.Add(1e9), maxBuckets + 1}, "empty range": {t0, 1}} {
		if _, err := s.Graph(t.Context(), "a", t0, c.to, c.buckets); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if got, err := s.Graph(t.Context(), "unknown", time.Time{}, t0.AddDate(500, 0, 0), maxBuckets); err != nil || len(got) != 0 {
		t.Errorf("unknown series: %v, %v", got, err)
	}
}

func TestMeanOfHugeNumbersIsFinite(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var values []float64
	for i := range 600 {
		values = append(values, math.MaxFloat64*float64(1-2*(i/300)))
	}
	record(t, s, "a", values...)
	got, err := s.Graph(t.Context(), "a", t0, t0.Add(24*time.Hour), 1)
	if err != nil || len(got) != 1 || math.IsNaN(got[0].Mean) || math.IsInf(got[0].Mean, 0) || got[0].Count != 600 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestUnacceptableSamplesAreRefusedAndCounted(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, x := range []Sample{
		{Series: "a", Num: math.NaN()}, {Series: "a", Num: math.Inf(1)}, {Series: "a", Num: math.Inf(-1)},
		{Series: ""}, {Series: strings.Repeat("a", maxSeriesName+1)},
		{Series: "a", IsText: true, Text: strings.Repeat("a", maxTextBytes+1)},
	} {
		s.Record(x)
	}
	syncNow(t, s)
	if h := s.Health(); h.RefusedSamples != 6 || count(t, s, `SELECT count(*) FROM head`) != 0 {
		t.Errorf("refused %d, want 6", h.RefusedSamples)
	}
}

func TestTimesOutOfOrderAndRepeated(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	record(t, s, "a", make([]float64, 300)...)
	s.Record(Sample{Series: "a", At: t0.Add(15 * time.Second), Num: 9})          // into a sealed range
	s.Record(Sample{Series: "a", At: time.Unix(60, 0), Num: 8})                  // clock not set yet
	s.Record(Sample{Series: "a", At: time.Time{}, Num: 7})                       // no clock at all
	s.Record(Sample{Series: "a", At: t0.Add(299 * 30 * time.Second), Num: 5})    // replaces the last
	s.Record(Sample{Series: "a", At: t0.Add(299*30*time.Second + 1000), Num: 6}) // the same millisecond
	record(t, s, "b", 1)                                                         // and waits
	got, err := s.Samples(t.Context(), "a", time.Time{}, t0.Add(24*time.Hour), 0)
	if err != nil || len(got) != 303 {
		t.Fatalf("%d samples, want 303 (%v)", len(got), err)
	}
	if got[0].Num != 7 || got[1].Num != 8 || got[3].Num != 9 || got[302].Num != 6 {
		t.Errorf("wrong order or values: %v ... %v", got[:4], got[302])
	}
}

func TestLongTextsAreSealedEarly(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for i := range 20 {
		s.Record(Sample{Series: "a", At: t0.Add(time.Duration(i) * time.Second), Text: strings.Repeat("x", maxTextBytes), IsText: true})
	}
	syncNow(t, s)
	if got := count(t, s, `SELECT count(*) FROM chunk`); got != 20*maxTextBytes/maxHeadTextBytes {
		t.Errorf("%d chunks", got)
	}
}

func TestHistoryBudgetDropsOldestChunks(t *testing.T) {
	const budget = 120_000
	s := open(t, t.TempDir(), Options{HistoryBytes: budget})
	for round := range 10 {
		for i := range 8_000 {
			at := t0.Add(time.Duration(round*8_000+i) * time.Second)
			s.Record(Sample{Series: fmt.Sprint(i % 10), At: at, Num: math.Sqrt(float64(i))})
		}
		syncNow(t, s)
	}
	until(t, "the budget to be kept", func() bool { return s.Health().HistoryBytes <= budget })
	kept := count(t, s, `SELECT sum(length(data) + 96) FROM chunk`) + headRowBytes*count(t, s, `SELECT count(*) FROM head`)
	if h := s.Health(); int64(kept) != h.HistoryBytes || kept < budget/2 {
		t.Errorf("the store counts %d bytes, the tables hold %d, the budget is %d", h.HistoryBytes, kept, budget)
	}
	if chunks, spans := count(t, s, `SELECT count(*) FROM chunk`), count(t, s, `SELECT count(*) FROM span`); chunks != spans {
		t.Errorf("%d chunks and %d spans", chunks, spans)
	}
	last := t0.Add(79_999 * time.Second)
	if got, err := s.Samples(t.Context(), "9", last, last.Add(time.Second), 0); err != nil || len(got) != 1 {
		t.Errorf("the newest sample is gone: %v, %v", got, err)
	}
}

func TestTinyBudgetDropsUnsealedSamples(t *testing.T) {
	s := open(t, t.TempDir(), Options{HistoryBytes: 10 * headRowBytes})
	record(t, s, "a", make([]float64, 100)...)
	if got := count(t, s, `SELECT count(*) FROM head`); got > 10 {
		t.Errorf("%d samples kept, want 10 at most", got)
	}
}

func TestManySeriesKeepTheCacheBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("21,000 samples of 10,500 series")
	}
	s := open(t, t.TempDir(), Options{})
	for round := range 2 {
		for i := range maxCachedSeries + 500 {
			s.Record(Sample{Series: fmt.Sprint("s", i), At: t0.Add(time.Duration(round) * time.Second)})
		}
		syncNow(t, s)
	}
	var cached int
	if err := s.submit(t.Context(), func(w *writer) error { cached = len(w.heads.series); return nil }); err != nil {
		t.Fatal(err)
	}
	if cached > maxCachedSeries {
		t.Errorf("%d series cached", cached)
	}
	if got := count(t, s, `SELECT count(*) FROM head`); got != 2*(maxCachedSeries+500) {
		t.Errorf("%d samples", got)
	}
}

func TestSeriesInfoFollowsThePrefix(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	record(t, s, "lamp/on", make([]float64, 500)...)
	record(t, s, "lamp/level", 1, 2)
	record(t, s, "Lamp", 1)
	record(t, s, "l%", 1)
	got, err := s.SeriesInfo(t.Context(), "lamp/")
	if err != nil || len(got) != 2 {
		t.Fatalf("got %v, %v", got, err)
	}
	want := SeriesInfo{Series: "lamp/on", First: t0, Last: t0.Add(499 * 30 * time.Second), Count: 500, Bytes: got[1].Bytes}
	if diff := cmp.Diff(want, got[1]); diff != "" || got[1].Bytes < 100 {
		t.Error(diff, got[1].Bytes)
	}
	if all, err := s.SeriesInfo(t.Context(), ""); err != nil || len(all) != 4 {
		t.Errorf("all: %v, %v", all, err)
	}
}
