package presence

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

var states = []string{Unknown, Home, JustLeft, Away, Arriving, ExtendedAway}

type failer interface{ Fatalf(string, ...any) }

// check holds of every presence and outlook, whatever was heard.
func check(t failer, tr *Tracker, n home.PresenceNews, now time.Time) {
	for _, m := range n.Moved {
		p := m.Presence
		if !slices.Contains(states, p.State) || !(p.DistanceM >= 0) || math.IsInf(p.DistanceM, 0) {
			t.Fatalf("no presence: %+v", p)
		}
	}
	if !n.Wake.IsZero() && n.Wake.Before(now) {
		t.Fatalf("to be woken at %v, which is past", n.Wake)
	}
	for _, id := range []home.PersonID{"li", home.Somebody} {
		was := 0.0
		for i, b := range tr.Outlook(id, now, household).Back {
			if !(b >= was-1e-9 && b <= 1+1e-9) {
				t.Fatalf("outlook of %s: %v after %v at %d", id, b, was, i)
			}
			was = b
		}
	}
	if p := tr.people["li"]; p != nil && (len(p.Track) > maxTrack || len(p.Habits.Absences) > maxAbsences || len(p.Habits.Legs) > maxLegs) {
		t.Fatalf("memory grows: %d, %d, %d", len(p.Track), len(p.Habits.Absences), len(p.Habits.Legs))
	}
}

// TestWhateverIsHeardGivesAPresence: and a tracker restored in the middle goes on alike.
func TestWhateverIsHeardGivesAPresence(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(-0.2, 0.2), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -1}))
	rapid.Check(t, func(t *rapid.T) {
		tr, now := New(), start
		for range rapid.IntRange(1, 60).Draw(t, "signals") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(5*time.Hour)).Draw(t, "passes")))
			s := home.Signal{At: now, Kind: rapid.SampledFrom([]home.SignalKind{home.SignalFix, home.SignalFix, home.SignalRegions, home.SignalNetwork, home.SignalSaid, home.SignalMotion, home.SignalDoor, home.SignalTick}).Draw(t, "kind"),
				Tracker: rapid.SampledFrom([]string{phone, router, "nobody"}).Draw(t, "tracker"), On: rapid.Bool().Draw(t, "on"), Person: "li",
				Said: home.Statement{State: rapid.SampledFrom([]string{"home", "away", "arriving", "later", "forget"}).Draw(t, "said"),
					ETA: rapid.SampledFrom([]time.Time{{}, now.Add(time.Hour), now.Add(50 * time.Hour), now.Add(-time.Hour)}).Draw(t, "eta")},
				Fix: model.Fix{At: now.Add(-time.Duration(rapid.Int64Range(-1e13, 1e13).Draw(t, "late"))), Latitude: place.Latitude + number.Draw(t, "lat"),
					Longitude: place.Longitude + number.Draw(t, "lon"), AccuracyM: rapid.OneOf(rapid.Float64Range(0, 3000), number).Draw(t, "acc"),
					Transition: rapid.SampledFrom([]string{"", "", "enter", "leave"}).Draw(t, "cross"), Region: rapid.SampledFrom([]string{"", "Home", "a", "b"}).Draw(t, "region"),
					AccessPoint: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "point"), Within: rapid.SliceOfN(rapid.SampledFrom([]string{"home", "a", "b"}), 0, 2).Draw(t, "within")},
				Regions: model.Regions{Complete: rapid.Bool().Draw(t, "complete"), Known: []model.Region{{Name: rapid.SampledFrom([]string{"", "Home", "a", "b"}).Draw(t, "name"), ID: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "id"),
					Latitude: place.Latitude + number.Draw(t, "rlat"), Longitude: place.Longitude + number.Draw(t, "rlon"), RadiusM: number.Draw(t, "radius") * 10_000, Gone: rapid.Bool().Draw(t, "gone")}}}}
			state := slices.Clone(tr.State())
			check(t, tr, tr.Take(s, household), now)
			again := New()
			if err := again.SetState(state); err != nil {
				t.Fatalf("%v", err)
			}
			again.Take(s, household)
			if string(again.State()) != string(tr.State()) {
				t.Fatalf("restored, it went another way:\n%s\n%s", again.State(), tr.State())
			}
		}
	})
}

// TestSittingStillIsNeverArriving: errors within the stated accuracy never look like an approach.
func TestSittingStillIsNeverArriving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		where := rapid.Float64Range(1500, 15_000).Draw(t, "where")
		tr := New()
		for i := range rapid.IntRange(2, 60).Draw(t, "fixes") {
			acc := rapid.Float64Range(0, 400).Draw(t, "acc")
			off := rapid.Float64Range(-1, 1).Draw(t, "off") * acc
			s := step{at: time.Duration(i) * 5 * minute, m: where + off, acc: acc}
			n := tr.Take(home.Signal{Kind: home.SignalFix, At: start.Add(s.at), Tracker: phone, Fix: north(s)}, household)
			for _, m := range n.Moved {
				if m.Presence.State == Arriving {
					t.Fatalf("arriving at fix %d: %+v", i, m.Presence)
				}
			}
		}
	})
}

// TestADayAtADeskIsNoApproach: a phone in move mode tells of hundreds of positions a day. Errors are as real phones have them:
// the accuracy holds two thirds of the fixes, the others lie beyond, and neighbouring ones err alike. Nor is lunch round the
// corner from an office far off the way home.
func TestADayAtADeskIsNoApproach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desk, acc := rapid.Float64Range(1500, 30_000).Draw(t, "desk"), rapid.Float64Range(5, 80).Draw(t, "accuracy")
		lunch := rapid.Float64Range(-0.01, 0.01).Draw(t, "lunch") * desk
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		tr, drift := New(), 0.0
		for i := range 90 {
			drift = 0.8*drift + 0.6*r.NormFloat64()*acc/1.5 // a Rayleigh radius holds two thirds at 1.5 standard deviations
			drift = min(max(drift, -1.9*acc), 1.9*acc)
			at := desk + drift
			if i > 40 && i < 50 {
				at = desk + lunch
			}
			s := step{at: time.Duration(i) * 4 * minute, m: at, acc: acc}
			for _, m := range tr.Take(home.Signal{Kind: home.SignalFix, At: start.Add(s.at), Tracker: phone, Fix: north(s)}, household).Moved {
				if m.Presence.State == Arriving {
					t.Fatalf("arriving at fix %d: %+v", i, m.Presence)
				}
			}
		}
	})
}

func FuzzTake(f *testing.F) {
	f.Add(52.5, 13.4, 20.0, "enter", int64(60))
	f.Add(52.6, 13.4, 20.0, "", int64(3600))
	f.Fuzz(func(t *testing.T, lat, lon, acc float64, cross string, later int64) {
		tr, now := New(), start
		for i := range 3 {
			now = now.Add(time.Duration(later%86_400) * time.Second).Add(time.Duration(i))
			if now.Before(start) {
				now = start
			}
			s := home.Signal{Kind: home.SignalFix, At: now, Tracker: phone, Fix: model.Fix{At: now, Latitude: lat + float64(i)/10, Longitude: lon, AccuracyM: acc, Transition: cross}}
			check(t, tr, tr.Take(s, household), now)
		}
	})
}
