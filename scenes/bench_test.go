package scenes_test

import (
	"fmt"
	"strings"
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

// BenchmarkMotionLamp: a real house with 1,000 sensors, 1,000 lamps and 1,000 scenes applies a motion
// report that sends a command, over the same report in a house without scenes.
func BenchmarkMotionLamp(b *testing.B) {
	with, without := busyHouse(b, true), busyHouse(b, false)
	measure := func(x *house, n int) time.Duration {
		began := time.Now()
		for i := range n {
			x.report(fmt.Sprintf("motion%d", i/2%1000), "main", "occupancy.occupied", model.Bool(i%2 == 0))
		}
		return time.Since(began)
	}
	measure(with, 4000)
	measure(without, 4000)
	b.ReportAllocs()
	b.ResetTimer()
	took := measure(with, b.N)
	b.StopTimer()
	b.ReportMetric(float64(took)/float64(max(measure(without, b.N), 1)), "x-of-no-scenes")
}

func busyHouse(b *testing.B, run bool) *house {
	x := newHouse(b)
	for i := range 1000 {
		x.add(fmt.Sprintf("motion%d", i), "hall", part("main", prop("occupancy.occupied")))
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
