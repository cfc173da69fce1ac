package presence

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

var states = []string{Unknown, Home, JustLeft, Away, Arriving, ExtendedAway}

func check(t interface{ Fatalf(string, ...any) }, p home.Presence) {
	if !slices.Contains(states, p.State) || math.IsNaN(p.DistanceM) || math.IsInf(p.DistanceM, 0) || p.DistanceM < 0 {
		t.Fatalf("no presence: %+v", p)
	}
	if (p.State == Arriving) == p.ETA.IsZero() {
		t.Fatalf("an ETA goes with arriving and nothing else: %+v", p)
	}
}

func TestAnyTrackGivesAPresence(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(-0.2, 0.2), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -1}))
	rapid.Check(t, func(t *rapid.T) {
		var p home.Presence
		for range rapid.IntRange(1, 30).Draw(t, "fixes") {
			at := start.Add(time.Duration(rapid.Int64Range(-1e14, 2e14).Draw(t, "at")))
			f := model.Fix{At: at, Latitude: place.Latitude + number.Draw(t, "lat"), Longitude: place.Longitude + number.Draw(t, "lon"),
				AccuracyM:  rapid.OneOf(rapid.Float64Range(0, 1200), number).Draw(t, "acc"),
				SpeedMS:    number.Draw(t, "speed"),
				Transition: rapid.SampledFrom([]string{"", "", "enter", "leave"}).Draw(t, "cross")}
			p = New().Locate("li", "t", f, place, p, start.Add(time.Duration(rapid.Int64Range(0, 2e14).Draw(t, "now"))))
			check(t, p)
		}
	})
}

// TestSittingStillIsNeverArriving: errors within the stated accuracy never look like an approach.
func TestSittingStillIsNeverArriving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		where := rapid.Float64Range(1500, 15_000).Draw(t, "where")
		var p home.Presence
		for i := range rapid.IntRange(2, 60).Draw(t, "fixes") {
			acc := rapid.Float64Range(0, 1000).Draw(t, "acc")
			off := rapid.Float64Range(-1, 1).Draw(t, "off") * acc
			s := step{at: time.Duration(i) * 5 * minute, m: where + off, acc: acc}
			p = New().Locate("li", "t", north(s), place, p, start.Add(s.at))
			if p.State == Arriving {
				t.Fatalf("arriving at fix %d: %+v", i, p)
			}
		}
	})
}

func FuzzLocate(f *testing.F) {
	f.Add(52.5, 13.4, 20.0, 0.0, "enter", "away", 4210.0, 30.0)
	f.Fuzz(func(t *testing.T, lat, lon, acc, speed float64, cross, state string, seen, seenAcc float64) {
		was := home.Presence{State: state, Seen: home.Sighting{DistanceM: seen, AccuracyM: seenAcc, Since: start, Heard: start.Add(-minute)}, Since: start, ETA: start}
		fix := model.Fix{At: start, Latitude: lat, Longitude: lon, AccuracyM: acc, SpeedMS: speed, Transition: cross}
		p := New().Locate("li", "t", fix, place, was, start)
		if p.State == Arriving && p.ETA.Equal(was.ETA) || p.State == state {
			return // taken over as it was
		}
		check(t, p)
	})
}
