package presence

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// fix is heard now, so many metres north of home.
func (w *world) fix(metres, accuracy float64, more func(*model.Fix)) string {
	f := model.Fix{At: w.now, Latitude: place.Latitude + metres/111_195, Longitude: place.Longitude, AccuracyM: accuracy}
	more(&f)
	w.take(home.Signal{Kind: home.SignalFix, Tracker: phone, Fix: f})
	return w.is["li"].State
}

func on(network string) func(*model.Fix) { return func(f *model.Fix) { f.Network = network } }

func TestTheWiFiOfHomeIsLearnedAndThenStandsForIt(t *testing.T) {
	for name, tt := range map[string]struct {
		met  []float64 // metres from home at which good fixes were on it before
		far  float64   // where a vague fix on it puts the phone now
		want string
	}{
		"met at home only":              {[]float64{10, 20, 30, 10}, 1300, Home},
		"met too seldom":                {[]float64{10, 20}, 1300, Away},
		"met at work as well":           {[]float64{10, 5000, 20, 5000, 30, 5000}, 1300, Away},
		"met once at home, by mistake":  {[]float64{5000, 5000, 10, 5000}, 1300, Away},
		"of the same name, far off now": {[]float64{10, 20, 30, 10}, 30_000, Away},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			at := time.Duration(0)
			next := func() { at += 20 * minute; w.at(at) }
			for _, m := range tt.met {
				next()
				w.fix(m, 15, on("nest"))
			}
			for range 2 {
				next()
				w.fix(6000, 15, on(""))
			}
			if w.is["li"].State != Away && w.is["li"].State != Arriving {
				t.Fatalf("six kilometres off: %s", w.is["li"].State)
			}
			again := New()
			if err := again.SetState(json.RawMessage(w.tr.State())); err != nil {
				t.Fatal(err)
			}
			w.tr = again
			next()
			got := w.fix(tt.far, 1500, on("nest"))
			if got == Arriving { // on the way is away as well
				got = Away
			}
			if got != tt.want {
				t.Errorf("a vague fix on it: %s, want %s", got, tt.want)
			}
		})
	}
}

func TestARegionOfAnyNameStandsForHomeOnceItsBorderWasCrossedThere(t *testing.T) {
	crossed := func(what string) func(*model.Fix) {
		return func(f *model.Fix) { f.Transition, f.Region = what, " Zuhause" }
	}
	w := newWorld(t)
	at := time.Duration(0)
	for range 4 { // out for an hour and home again
		for _, m := range []float64{20, 3000, 3000} {
			at += 20 * minute
			w.at(at)
			w.fix(m, 15, on(""))
		}
		at += 20 * minute
		w.at(at)
		w.fix(40, 30, crossed("enter"))
	}
	at += time.Hour
	w.at(at)
	if got := w.fix(190, 60, crossed("leave")); got != JustLeft {
		t.Errorf("its border crossed outwards: %s", got)
	}
}

func TestMarksAreBounded(t *testing.T) {
	m := marks{}
	for range 5 {
		m.see("wifi/nest", inside)
	}
	for i := range 500 {
		m.see(fmt.Sprint("wifi/", i), outside)
	}
	if len(m) > maxMarks || !m.home("wifi/nest") {
		t.Errorf("%d marks, home among them: %v", len(m), m.home("wifi/nest"))
	}
}
