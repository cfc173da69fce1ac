package hub_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/store"
)

// located are the positions in the log, oldest first.
func located(t *testing.T, s *store.Store) (out []model.Fix) {
	t.Helper()
	for e, err := range s.Entries(t.Context(), 0, ^uint64(0)) {
		if err != nil {
			t.Fatal(err)
		}
		f, err := home.DecodeFact(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := f.Body.(home.Located); ok {
			out = append(out, b.Fix)
		}
	}
	return out
}

func TestPositionsAreCoarseAfterThirtyDays(t *testing.T) {
	dir := t.TempDir()
	var clock atomic.Int64
	began := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	now := func() time.Time { return time.Unix(0, clock.Load()).UTC() }
	const every, last = 3, 39 // days: so often the hub is started anew and hears of a phone
	for day := 0; day <= last; day += every {
		clock.Store(int64(began.AddDate(0, 0, day).Sub(time.Unix(0, 0))))
		s, err := store.Open(dir, store.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		h, err := hub.New(t.Context(), hub.Options{Store: s, Presence: presence.New(), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		fix := model.Fix{At: now(), Latitude: 52.51234, Longitude: 13.40987, AccuracyM: 20, BatteryPct: 80, Transition: "enter", Region: "Gym", AtHome: true}
		if err := h.Do(ctx, home.Located{Tracker: "owntracks/li/phone", Fix: fix}); err != nil {
			t.Fatal(err)
		}
		exact := 0
		eventually(t, fmt.Sprintf("day %d: thirty days at most are exact", day), func() bool {
			exact = 0
			for _, f := range located(t, s) {
				if f.AccuracyM < 10_000 {
					exact++
				}
			}
			return exact <= 30/every
		})
		if want := min(day/every+1, 30/every); exact != want {
			t.Fatalf("day %d: %d positions are exact, not %d", day, exact, want)
		}
		if day == last {
			want := model.Fix{At: began, Latitude: 52.5, Longitude: 13.4, AccuracyM: 10_000}
			if diff := cmp.Diff(want, located(t, s)[0], cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Error("the oldest:", diff)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
