package backup_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/store"
	"github.com/google/go-cmp/cmp"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestTheNextBackupIsAtTheHouseClocksHour(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s := backup.Usual
	for _, tt := range []struct {
		name, after, want string
		zone              *time.Location
		at                string
	}{
		{"later today", "2026-05-01 01:00", "2026-05-01 03:30", time.UTC, "03:30"},
		{"tomorrow", "2026-05-01 03:30", "2026-05-02 03:30", time.UTC, "03:30"},
		{"by the house's clock", "2026-05-01 01:00", "2026-05-01 01:30", berlin, "03:30"},
		{"over the clock change", "2026-03-28 03:00", "2026-03-29 01:30", berlin, "03:30"},
		{"an hour that the clock change skips", "2026-03-28 12:00", "2026-03-29 01:30", berlin, "02:30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.At = tt.at
			if got := s.Next(at(tt.after), tt.zone).UTC(); !got.Equal(at(tt.want)) {
				t.Errorf("Next(%s) = %s, want %s", tt.after, got, tt.want)
			}
		})
	}
}

func TestAScheduleThatCannotBeKeptIsRefusedWithItsField(t *testing.T) {
	for field, change := range map[string]func(*backup.Schedule){
		"at":     func(s *backup.Schedule) { s.At = "25:00" },
		"daily":  func(s *backup.Schedule) { s.Daily = 0 },
		"weekly": func(s *backup.Schedule) { s.Weekly = 100 },
		"max_mb": func(s *backup.Schedule) { s.MaxMB = 1 },
	} {
		s := backup.Usual
		change(&s)
		if err := s.Check(); !errors.Is(err, backup.ErrSchedule) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// nights are backups, the newest first: of each night back from a day, each of so many bytes.
func nights(from time.Time, n int, bytes int64, routine bool) (out []backup.Backup) {
	for i := range n {
		made := from.AddDate(0, 0, -i)
		out = append(out, backup.Backup{Name: made.Format(time.DateOnly), Bytes: bytes, Manifest: backup.Manifest{Made: made, Routine: routine}})
	}
	return out
}

func TestSurplusKeepsDaysAndWeeksWithinTheDisk(t *testing.T) {
	thursday := at("2026-11-26 03:30")
	for _, tt := range []struct {
		name  string
		s     backup.Schedule
		all   []backup.Backup
		leave []string
	}{
		{"a week of days and a month of weeks", backup.Usual, nights(thursday, 40, 1, true), []string{
			"2026-11-26", "2026-11-25", "2026-11-24", "2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20", "2026-11-15", "2026-11-08"}},
		{"what a person asked for stays", backup.Usual, nights(thursday, 40, 1, false), names(nights(thursday, 40, 1, false))},
		{"the disk is full of them", backup.Schedule{Daily: 7, MaxMB: 25}, nights(thursday, 7, 10e6, true), []string{"2026-11-26", "2026-11-25"}},
		{"one alone is larger than its budget", backup.Schedule{Daily: 7, MaxMB: 10}, nights(thursday, 3, 50e6, true), []string{"2026-11-26"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			surplus := tt.s.Surplus(tt.all, time.UTC)
			left := slices.DeleteFunc(names(tt.all), func(n string) bool { return slices.Contains(surplus, n) })
			if diff := cmp.Diff(tt.leave, left); diff != "" {
				t.Errorf("what is left (-want +got):\n%s", diff)
			}
		})
	}
}

func names(all []backup.Backup) (out []string) {
	for _, b := range all {
		out = append(out, b.Name)
	}
	return out
}

// shelf is a maker that keeps its backups in memory.
type shelf struct {
	mu    sync.Mutex
	all   []backup.Backup
	tries int
	err   error
}

func (s *shelf) make(routine bool) (b backup.Backup, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	if s.err != nil {
		return b, s.err
	}
	b = backup.Backup{Name: fmt.Sprint(s.tries), Manifest: backup.Manifest{Made: time.Now(), Routine: routine}}
	s.all = append([]backup.Backup{b}, s.all...)
	return b, nil
}

func (s *shelf) Make(context.Context) (backup.Backup, error)        { return s.make(false) }
func (s *shelf) MakeRoutine(context.Context) (backup.Backup, error) { return s.make(true) }

func (s *shelf) List() ([]backup.Backup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all), nil
}

func (s *shelf) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(b backup.Backup) bool { return b.Name == name })
	return nil
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// drawer is a memory of one value.
type drawer struct{ val []byte }

func (d *drawer) Get(context.Context, string, string) ([]byte, error) {
	if d.val == nil {
		return nil, store.ErrNotFound
	}
	return d.val, nil
}
func (d *drawer) Put(_ context.Context, _, _ string, val []byte) error { d.val = val; return nil }

func TestARoutineMakesABackupEachNightAndSaysOnceThatItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight
		s, d := &shelf{}, &drawer{}
		failures := 0
		run := func() (*backup.Routine, func()) {
			r, err := backup.OpenRoutine(t.Context(), s, d, func() *time.Location { return time.UTC }, time.Now, func(error) { failures++ })
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- r.Run(ctx) }()
			return r, func() { stop(); <-ended }
		}
		sleep := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		r, stop := run()
		if next := r.State().Next; next.Hour() != 3 || next.Minute() != 30 {
			t.Errorf("the first is due at %s", next)
		}
		sleep(10 * 24 * time.Hour)
		if got, _ := s.List(); s.tries != 10 || len(got) != 8 { // 7 days, and the week before the last
			t.Errorf("after ten days: %d made, kept %v", s.tries, names(got))
		}
		s.fail(errors.New("no space left on device"))
		sleep(24 * time.Hour)
		st := r.State()
		if failures != 1 || st.Problem != "no space left on device" || s.tries < 20 {
			t.Errorf("told %d times in %d tries, problem %q", failures, s.tries-10, st.Problem)
		}
		if _, err := r.Make(t.Context()); err == nil {
			t.Error("a backup on a full disk was made")
		}
		s.fail(nil)
		sleep(time.Hour)
		if st := r.State(); st.Problem != "" || st.Last.Before(time.Now().Add(-time.Hour)) {
			t.Errorf("after there was room again: %+v", st)
		}
		stop()
		made := s.tries
		sleep(48 * time.Hour) // the hub is off
		r, stop = run()
		defer stop()
		sleep(6 * time.Minute)
		if s.tries != made+1 {
			t.Errorf("%d made after a start that had missed one", s.tries-made)
		}
		off := backup.Usual
		off.On = false
		if err := r.Set(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		sleep(72 * time.Hour)
		if s.tries != made+1 || !r.State().Next.IsZero() {
			t.Errorf("a schedule that is off made %d", s.tries-made-1)
		}
	})
}
