package climate

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// recover lets a room of so many K/h, felt after a dead time, come to its target once, and returns the hours it took.
func (th *thermal) recoverOnce(at time.Time, gap, perHour, deadHours float64) float64 {
	const delta, walls = 25, 1
	th.begin(at, 21, gap, air{outside: delta, walls: walls})
	for m := 1; m < 48*60; m++ {
		left := gap - perHour*max(float64(m)/60-deadHours, 0)
		th.follow(at.Add(time.Duration(m)*time.Minute), left, air{outside: delta, walls: walls})
		if th.Run == nil {
			return float64(m) / 60
		}
	}
	return math.NaN()
}

func TestEveryRecoveryTeachesHowFastTheRoomIs(t *testing.T) {
	for name, c := range map[string]struct {
		emitter       string
		perHour, dead float64
	}{
		"a radiator faster than most":    {"radiator", 3.5, 0.2},
		"a radiator in an old house":     {"radiator", 0.9, 0.5},
		"a floor":                        {"floor", 0.35, 1.5},
		"an air conditioner":             {"cooling", 6, 0.05},
		"a convector said to be a floor": {"floor", 5, 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			th := newThermal(c.emitter)
			doubt := th.margin()
			for day := range 20 {
				th.recoverOnce(monday.AddDate(0, 0, day), 2+float64(day%3), c.perHour, c.dead)
			}
			for _, gap := range []float64{2, 3, 4} {
				want := (gap-closed)/c.perHour + c.dead
				if got := th.hours(gap, air{outside: 25, walls: 1}); math.Abs(got-want) > 0.15*want+0.1 {
					t.Errorf("%v K: foretold %.2f h, it takes %.2f h", gap, got, want)
				}
			}
			if th.margin() >= doubt {
				t.Errorf("the margin is %.2f after twenty recoveries, %.2f before the first", th.margin(), doubt)
			}
			if th.Total != 20 {
				t.Errorf("%d recoveries counted", th.Total)
			}
		})
	}
}

func TestANewBoilerIsNoticed(t *testing.T) {
	th := newThermal("radiator")
	for day := range 30 {
		th.recoverOnce(monday.AddDate(0, 0, day), 4, 1, 0.3)
	}
	slow := th.hours(4, air{outside: 25, walls: 1})
	for day := range 15 {
		th.recoverOnce(monday.AddDate(0, 0, 30+day), 4, 3, 0.3)
	}
	if want, got := 3.6/3+0.3, th.hours(4, air{outside: 25, walls: 1}); got > want*1.5 {
		t.Errorf("foretold %.1f h fifteen recoveries after the change, it takes %.1f h (%.1f h before)", got, want, slow)
	}
}

func TestAnInterruptedRecoveryTeachesNothing(t *testing.T) {
	th := newThermal("radiator")
	th.begin(monday, 21, 4, air{outside: 25, walls: 1})
	th.follow(monday.Add(20*time.Minute), 3.5, air{outside: 25, walls: 1})
	th.abort()
	th.follow(monday.Add(21*time.Minute), 0, air{outside: 25, walls: 1})
	if th.Total != 0 {
		t.Error("a window was opened, and yet something was learned")
	}
}

// TestWhatIsForetoldStaysWithinReason: whatever recoveries have taught, hours lie within bounds, and within is the inverse of hours.
func TestWhatIsForetoldStaysWithinReason(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		th := newThermal(rapid.SampledFrom(append(Emitters(), "cooling")).Draw(rt, "emitter"))
		for day := range rapid.IntRange(0, 12).Draw(rt, "recoveries") {
			th.recoverOnce(monday.AddDate(0, 0, day), rapid.Float64Range(0, 9).Draw(rt, "gap"), rapid.Float64Range(0.1, 20).Draw(rt, "speed"), rapid.Float64Range(0, 3).Draw(rt, "dead"))
		}
		gap := rapid.Float64Range(-5, 20).Draw(rt, "now")
		a := air{rapid.Float64Range(-20, 60).Draw(rt, "outside"), rapid.Float64Range(-5, 15).Draw(rt, "walls"), rapid.Float64Range(0, dampMost).Draw(rt, "damp")}
		h := th.hours(gap, a)
		if math.IsNaN(h) || h < 0 || h > maxHours || gap <= closed && h != 0 {
			rt.Fatalf("%v K take %v h", gap, h)
		}
		if m := th.margin(); m < 1 || m > 1.5 {
			rt.Fatalf("margin %v", m)
		}
		for _, in := range []float64{0, 0.5, 2, 10} {
			if k := th.within(in, a); k < 0 || th.hours(k, a)*th.margin() > in+0.01 {
				rt.Fatalf("%v K are to be made good in %v h, and take %v h", k, in, th.hours(k, a))
			}
		}
	})
}

// expecting is a crowd of one, home at so many hours from now, give or take, who tells so much earlier (none: never).
func expecting(at, spread float64, told ...time.Duration) crowd {
	c := crowd{from: monday, step: 1.0 / 12}
	m := member{told: told}
	cdf := func(hours float64) float64 { return 1 / (1 + math.Exp(-1.7*(hours-at)/spread)) }
	was := 0.0
	for i := range 432 {
		by := (cdf(float64(i+1)/12) - cdf(0)) / (1 - cdf(0))
		c.rate, c.by, m.share = append(c.rate, (by-was)*12), append(c.by, by), append(m.share, 1)
		was = by
	}
	c.each = []member{m}
	return c
}

func TestTheLevelFollowsTheRisk(t *testing.T) {
	th := newThermal("radiator")
	n := needs{gap: 4, deepest: 5, air: air{outside: 25, walls: 1}, weight: (&Settings{Saving: 50}).weight()}
	if d := level(expecting(20, 0.3), &th, n, 0).depth; d != 5 {
		t.Errorf("twenty hours before anybody comes the depth is %.1f K", d)
	}
	if d := level(expecting(1, 0.3), &th, n, 0).depth; d != 0 {
		t.Errorf("an hour before somebody comes the depth is %.1f K", d)
	}
	if a, b := level(expecting(6, 0.3), &th, n, 0).start, level(expecting(6, 1.5), &th, n, 0).start; !b.Before(a) {
		t.Errorf("who comes at an uncertain time is heated for from %v on, who comes for certain from %v on", b, a)
	}
}

func TestWhoTellsEarlyNeedsLessHeatBeforehand(t *testing.T) {
	th := newThermal("convector")
	n := needs{gap: 7, deepest: 10, air: air{outside: 25}, weight: (&Settings{Saving: 50}).weight()}
	silent := level(expecting(2.5, 0.6), &th, n, 0).depth
	tells := level(expecting(2.5, 0.6, time.Hour, time.Hour, time.Hour), &th, n, 0).depth
	if tells < silent+1 {
		t.Errorf("an hour's notice lets the room %.1f K lower, none %.1f K", tells, silent)
	}
}

// TestMoreSavingIsNeverWarmer: the slider works in one direction, and so does every sign that somebody tells early.
func TestMoreSavingIsNeverWarmer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		th := newThermal(rapid.SampledFrom(Emitters()).Draw(rt, "emitter"))
		at, spread := rapid.Float64Range(0.1, 20).Draw(rt, "at"), rapid.Float64Range(0.1, 6).Draw(rt, "spread")
		n := needs{gap: rapid.Float64Range(-1, 8).Draw(rt, "gap"), deepest: rapid.Float64Range(1, 12).Draw(rt, "deepest"), air: air{outside: rapid.Float64Range(0, 40).Draw(rt, "outside")}}
		was := -1.0
		for _, saving := range []float64{0, 25, 50, 75, 100} {
			n.weight = (&Settings{Saving: saving}).weight()
			silent := level(expecting(at, spread), &th, n, 0)
			if silent.depth < 0 || silent.depth > n.deepest || silent.depth < was {
				rt.Fatalf("saving %v: depth %v K, %v K at less", saving, silent.depth, was)
			}
			was = silent.depth
			if tells := level(expecting(at, spread, 40*time.Minute), &th, n, 0); tells.depth < silent.depth-0.06 { // of the search's grain
				rt.Fatalf("saving %v: notice of 40 min makes the room warmer: %v K instead of %v K", saving, tells.depth, silent.depth)
			}
		}
	})
}

func TestTheUsualDepartureIsOneOfMostDays(t *testing.T) {
	var l leaves
	for day := range 10 { // two weeks of work, less the weekends; on one day nobody left
		now := monday.AddDate(0, 0, day+day/5*2).Add(8 * time.Hour)
		l.see(now)
		if day != 4 {
			l.learn(now.Add(time.Duration(day%3) * 5 * time.Minute))
		}
	}
	for what, c := range map[string]struct {
		at   time.Duration
		want bool
	}{
		"twenty minutes before":      {7*time.Hour + 40*time.Minute, true},
		"two hours before":           {6 * time.Hour, false},
		"an hour after":              {9 * time.Hour, false},
		"on a Saturday":              {5*24*time.Hour + 7*time.Hour + 40*time.Minute, false},
		"on the next Friday as well": {4*24*time.Hour + 7*time.Hour + 40*time.Minute, true},
	} {
		if got := l.near(monday.AddDate(0, 0, 14).Add(c.at)); got != c.want {
			t.Errorf("%s: near is %v", what, got)
		}
	}
}
