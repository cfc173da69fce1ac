package lan

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPollWaitsLongerAfterFailuresAndAsksAtOnceWhenTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		now := make(chan struct{})
		began := time.Now()
		var at []time.Duration
		done := make(chan struct{})
		go func() {
			defer close(done)
			Poll(ctx, time.Minute, time.Second, 8*time.Second, now, func(context.Context) error {
				at = append(at, time.Since(began))
				if len(at) <= 5 {
					return errors.New("no answer")
				}
				return nil
			})
		}()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		n := len(at)
		now <- struct{}{}
		synctest.Wait()
		cancel()
		<-done
		if len(at) != n+1 {
			t.Error("told to ask, it did not")
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 8, 60} {
			if gap := (at[i+1] - at[i]).Seconds(); gap < 0.89*float64(want) || gap > 1.11*float64(want) {
				t.Errorf("wait %d is %.1f s, want about %d", i, gap, want)
			}
		}
	})
}

func TestOutboxPacesAndJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewOutbox(10, 1, func(a, b []int) []int { return append(a, b...) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		var sent [][]int
		began := time.Now()
		go func() {
			defer close(done)
			o.Run(ctx, func(_ context.Context, _ string, job []int) { sent = append(sent, job) })
		}()
		for i := range 50 {
			o.Put("a", []int{i})
		}
		o.Put("b", []int{99})
		time.Sleep(time.Second)
		synctest.Wait()
		cancel()
		<-done
		all := slices.Concat(sent...)
		if len(sent) > 3 || len(all) != 51 || time.Since(began) > 2*time.Second {
			t.Errorf("%d sent with %d parts: %v", len(sent), len(all), sent)
		}
	})
}
