package climate

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHumidAirIsFeltWarmer(t *testing.T) {
	was := 0.0
	for _, c := range []struct{ percent, want float64 }{ // one after the other: it does not flutter
		{45, 0}, {60, 0}, {68, 0}, {75, 0.5}, {67, 0.5}, {70, 0.5}, {64, 0}, {90, 1}, {100, 1}, {20, 0},
	} {
		if was = felt(c.percent, was); was != c.want {
			t.Errorf("at %v %%: %v K, want %v K", c.percent, was, c.want)
		}
	}
}

func TestHumidityRatiosAreThoseOfTheTables(t *testing.T) {
	for _, c := range []struct{ celsius, percent, want float64 }{{12, 100, 8.7}, {27, 47, 10.5}, {25, 50, 9.9}, {30, 70, 18.8}} {
		if got := vapour(c.celsius, c.percent); math.Abs(got-c.want) > 0.25 {
			t.Errorf("%v °C, %v %%: %.2f g/kg, want %v", c.celsius, c.percent, got, c.want)
		}
	}
}

// cools lets a cooler whose speed falls by its latent share close a gap once.
func (th *thermal) cools(day int, gap, wet float64) {
	now := monday.AddDate(0, 0, day)
	speed := 4.0 / (1 + 0.5*wet)
	a := air{outside: 8, walls: 1, damp: wet}
	th.begin(now, 25, gap, a)
	for m := 1; th.Run != nil && m < 600; m++ {
		th.follow(now.Add(time.Duration(m)*time.Minute), gap-speed*float64(m)/60, a)
	}
}

func TestWhatDryingCostsIsLearned(t *testing.T) {
	th := newThermal("cooling")
	dry, wet := air{outside: 8, walls: 1}, air{outside: 8, walls: 1, damp: 1.5}
	if a, b := th.hours(4, dry), th.hours(4, wet); b <= a {
		t.Errorf("nothing learned: %.2f h in dry air, %.2f h in humid air", a, b)
	}
	for day := range 30 {
		th.cools(day, 2+float64(day%4), float64(day%3)*0.75)
	}
	for _, c := range []struct {
		name string
		in   air
		want float64
	}{{"dry", dry, 3.6 / 4}, {"humid", wet, 3.6 / (4 / 1.75)}} {
		if got := th.hours(4, c.in); math.Abs(got-c.want) > 0.12*c.want {
			t.Errorf("%s air: foretold %.2f h, it takes %.2f h", c.name, got, c.want)
		}
	}
}

func TestWhateverTheHumidityItsWeightIsBounded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, p, was := rapid.Float64Range(-60, 90).Draw(rt, "celsius"), rapid.Float64Range(0.01, 100).Draw(rt, "percent"), rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(rt, "was")
		if d := damp(c, p); !(d >= 0 && d <= dampMost) {
			rt.Fatalf("damp %v", d)
		}
		if f := felt(p, was); !(f >= 0 && f <= feltMost) || math.Mod(f, feltStep) != 0 || p < 55 && f > 0 {
			rt.Fatalf("felt %v", f)
		}
	})
}
