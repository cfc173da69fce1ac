package scenes_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
)

// crowd is an engine of n motion-lamp scenes over n sensors and lamps that need not exist.
func crowd(n int) *scenes.Engine {
	e := scenes.New()
	for i := range n {
		doc := strings.NewReplacer("$motion", fmt.Sprintf("motion%d", i), "$lamp", fmt.Sprintf("lamp%d", i)).Replace(motionLamp)
		e.Put(fmt.Sprintf("scene%d", i), []byte(doc))
	}
	return e
}

// BenchmarkReactNoMatch: a change that no scene waits for, with 1,000 scenes, over the same with 10 scenes.
func BenchmarkReactNoMatch(b *testing.B) {
	untouched := home.Occurrence{Kind: home.OccurredChange, Device: "meter7", Endpoint: "main", Attribute: "power_meter.watts", From: model.Number(1), To: model.Number(2)}
	measure := func(e *scenes.Engine, n int) time.Duration {
		began := time.Now()
		for range n {
			e.React(untouched, nowhere{})
		}
		return time.Since(began)
	}
	few, many := crowd(10), crowd(1000)
	measure(few, 1000)
	b.ReportAllocs()
	b.ResetTimer()
	took := measure(many, b.N)
	b.StopTimer()
	b.ReportMetric(float64(took)/float64(max(measure(few, b.N), 1)), "x-of-10-scenes")
}

// cpu is the processor time that the process has had: what else runs on the machine must not count.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of oneself it never fails
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perFact measures what the engine adds to a fact, in processor time: a house of 1,000 sensors, 1,000 lamps and 1,000
// scenes beside one without scenes, the same facts in both, in turns; the median turn counts.
func perFact(b *testing.B, prepare func(*house), do func(x *house, i int)) {
	const turn = 2000
	houses := []*house{busyHouse(b, true), busyHouse(b, false)}
	took := make([][]time.Duration, len(houses))
	for _, x := range houses {
		prepare(x)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N || len(took[1]) < 8; i += turn {
		for k, x := range houses {
			began := cpu()
			for j := range turn {
				do(x, i+j)
			}
			took[k] = append(took[k], cpu()-began)
		}
	}
	b.StopTimer()
	typical := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2]) / turn
	}
	with, without := typical(took[0]), typical(took[1])
	b.ReportMetric(with-without, "ns-of-engine/fact")
	b.ReportMetric(with/without, "x-of-no-scenes")
}

// BenchmarkUntouched: reports that no scene waits for. Budget: 2 µs of the engine's own.
func BenchmarkUntouched(b *testing.B) {
	perFact(b, func(*house) {}, func(x *house, i int) {
		x.report(fmt.Sprintf("motion%d", i%1000), "main", "illuminance.lux", model.Number(float64(i%5000)))
	})
}

// BenchmarkTouched: every other report runs a scene that commands a lamp, the rest only end the movement. Budget: 20 µs of
// the engine's own for those that touch one; the command's life in the house counts with it.
func BenchmarkTouched(b *testing.B) {
	perFact(b, func(*house) {}, func(x *house, i int) {
		x.report(fmt.Sprintf("motion%d", i/2%1000), "main", "occupancy.occupied", model.Bool(i%2 == 0))
	})
}

func busyHouse(b *testing.B, run bool) *house {
	x := newHouse(b)
	for i := range 1000 {
		x.add(fmt.Sprintf("motion%d", i), "hall", part("main", prop("occupancy.occupied"), prop("illuminance.lux")))
		x.add(fmt.Sprintf("lamp%d", i), "hall", part("main", prop("on_off.on")))
		x.report(fmt.Sprintf("motion%d", i), "main", "occupancy.occupied", model.Bool(false))
	}
	for i := range 1000 {
		if run {
			m, l := x.ids[fmt.Sprintf("motion%d", i)], x.ids[fmt.Sprintf("lamp%d", i)]
			x.put(fmt.Sprintf("s%d", i), strings.NewReplacer("$motion", string(m), "$lamp", string(l)).Replace(motionLamp))
		}
	}
	return x
}

// BenchmarkReactMatch: the engine alone, for a change that runs one scene of 1,000 with one command.
func BenchmarkReactMatch(b *testing.B) {
	e := crowd(1000)
	hit := home.Occurrence{Kind: home.OccurredChange, Device: "motion7", Endpoint: "main", Attribute: "occupancy.occupied", From: model.Bool(false), To: model.Bool(true)}
	b.ReportAllocs()
	for b.Loop() {
		if got := e.React(hit, nowhere{}); len(got) != 1 || len(got[0].Asks) != 1 {
			b.Fatalf("the scene did not run: %+v", got)
		}
	}
}
