package plot

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/cmd/hub/internal/table"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func day(width, height int) Frame {
	return Frame{From: start, To: start.Add(24 * time.Hour), Width: width, Height: height, Zone: time.UTC,
		Format: func(v float64) string { return fmt.Sprintf("%.1f °C", v) }}
}

func at(hour float64, v float64) Point {
	return Point{At: start.Add(time.Duration(hour * float64(time.Hour))), Min: v, Mean: v, Max: v, Count: 1}
}

func TestANumberIsDrawnAsStepsWithAxes(t *testing.T) {
	got := Line([]Point{at(0, 18), at(6, 21), at(12, 24), at(18, 18)}, day(42, 5))
	want := strings.Join([]string{
		"24.0 °C ┤                ⢸⠉⠉⠉⠉⠉⠉⠉⢹",
		"        │                ⢸       ⢸",
		"21.0 °C ┤        ⡤⠤⠤⠤⠤⠤⠤⠤⠼       ⢸",
		"        │        ⡇               ⢸",
		"18.0 °C ┤⣀⣀⣀⣀⣀⣀⣀⣀⡇               ⢸⣀⣀⣀⣀⣀⣀⣀⣀",
		"        └─────────────────────────────────",
		"         00:00    08:00    16:00     00:00",
		"",
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, got)
	}
}

func TestAFlatLineAndNoLineAreDrawnToo(t *testing.T) {
	if got := Line([]Point{at(0, 20)}, day(40, 5)); !strings.Contains(got, "20.0 °C") || !strings.Contains(got, "⠤⠤") {
		t.Errorf("a flat line:\n%s", got)
	}
	if got := Line(nil, day(40, 3)); strings.Count(got, "\n") != 5 {
		t.Errorf("no points:\n%s", got)
	}
}

func TestTheMeanIsOverTime(t *testing.T) {
	points := []Point{at(0, 10), at(1, 20)} // 1 h at 10, 23 h at 20
	s, ok := Summarize(points, start.Add(24*time.Hour))
	if want := (10 + 23*20.0) / 24; !ok || math.Abs(s.Mean-want) > 1e-9 || s.Min != 10 || s.Max != 20 {
		t.Errorf("got %+v, want mean %v", s, want)
	}
	if _, ok := Summarize(nil, start); ok {
		t.Error("a summary of nothing")
	}
}

func TestAnEnumIsATimeline(t *testing.T) {
	h := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	spans := Spans([]time.Time{h(6), h(12), h(13), h(18)}, []string{"制热", "off", "off", "制热"}, h(24))
	got := Timeline(spans, day(30, 3))
	want := strings.Join([]string{
		"制热 │      ██████      ██████",
		"off  │            ██████",
		"     └────────────────────────",
		"      00:00    12:00     00:00",
		"",
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, got)
	}
	for i, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		if w := table.Width(line); w > 30 {
			t.Errorf("line %d takes %d columns", i, w)
		}
	}
	if diff := cmp.Diff([]Held{{"制热", 12 * time.Hour}, {"off", 6 * time.Hour}}, Totals(spans, start, h(24))); diff != "" {
		t.Error(diff)
	}
}

func TestAPlotNeverExceedsItsFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := day(rapid.IntRange(0, 200).Draw(t, "width"), rapid.IntRange(0, 40).Draw(t, "height"))
		hours := rapid.SliceOfN(rapid.Float64Range(-30, 50), 0, 50).Draw(t, "hours")
		var points []Point
		var times []time.Time
		var labels []string
		for _, h := range hours {
			p := at(h, rapid.Float64Range(-1e6, 1e6).Draw(t, "value"))
			points, times = append(points, p), append(times, p.At)
			labels = append(labels, rapid.SampledFrom([]string{"开", "off", ""}).Draw(t, "label"))
		}
		for _, drawn := range []string{Line(points, f), Timeline(Spans(times, labels, f.To), f)} {
			for line := range strings.Lines(drawn) {
				if w := table.Width(strings.TrimSuffix(line, "\n")); w > max(f.Width, 40) {
					t.Fatalf("%d columns in a frame of %d: %q", w, f.Width, line)
				}
			}
		}
	})
}
