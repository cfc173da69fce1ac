package hub

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fired collects what timers fire, with a clock that can jump.
type fired struct {
	timers
	jump  atomic.Int64 // nanoseconds
	heard sync.Mutex
	got   []string
}

func newFired() *fired {
	f := &fired{}
	began := time.Now()
	f.timers = timers{running: map[string]*timer{}, now: func() time.Time { return time.Now().Add(time.Duration(f.jump.Load())) },
		fire: func(id string, due time.Time) {
			f.heard.Lock()
			defer f.heard.Unlock()
			f.got = append(f.got, fmt.Sprint(id, " ", due.Sub(began)))
		}}
	return f
}

func (f *fired) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	f.heard.Lock()
	defer f.heard.Unlock()
	if !slices.Equal(f.got, want) {
		t.Errorf("fired %q, want %q", f.got, want)
	}
}

func TestATimerFiresOnceAndTheLaterWishCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFired()
		now := time.Now()
		f.set("a", now.Add(time.Second))
		f.set("b", now.Add(time.Second))
		f.set("a", now.Add(3*time.Hour))
		f.set("c", now.Add(time.Second))
		f.clear("c")
		time.Sleep(2 * time.Hour)
		f.want(t, "b 1s")
		time.Sleep(2 * time.Hour)
		f.want(t, "b 1s", "a 3h0m0s")
	})
}

func TestAWakeThatComesLateTakesNoNewerWishAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFired()
		f.set("a", time.Now().Add(time.Second))
		old := f.running["a"]
		f.set("a", time.Now().Add(2*time.Second))
		f.wake("a", old)
		f.want(t)
		time.Sleep(time.Minute)
		f.want(t, "a 2s")
	})
}

func TestATimerFollowsAClockThatIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFired()
		f.set("evening", time.Now().Add(10*time.Hour))
		time.Sleep(time.Second)
		f.jump.Store(int64(9 * time.Hour))
		time.Sleep(time.Hour + time.Minute)
		f.want(t, "evening 10h0m0s")
	})
}

func TestTimersThatWereStoppedStayStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFired()
		f.set("a", time.Now().Add(time.Second))
		f.stopAll()
		f.set("b", time.Now().Add(time.Second))
		time.Sleep(time.Minute)
		f.want(t)
	})
}

func TestRefusalsOfOneKindAreOne(t *testing.T) {
	for _, same := range [][2]string{
		{"level.level: got 300, expected a number from 0 to 100 %", "level.level: got \"x\", expected a number from 0 to 100 %"},
		{"energy_meter.imported_kwh: the counter ran backwards from 12 to 1.5", "energy_meter.imported_kwh: the counter ran backwards from 13 to 7"},
	} {
		if sortOf(same[0]) != sortOf(same[1]) {
			t.Errorf("%q and %q are told separately", same[0], same[1])
		}
	}
	if sortOf("level.level: got 1") == sortOf("on_off.on: got 1") {
		t.Error("two attributes are one")
	}
}
