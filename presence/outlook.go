package presence

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
)

// The grid of an outlook.
const (
	stepOf  = 5 * time.Minute
	stepMin = 5.0
	steps   = 432 // 36 hours
)

// guess is an outlook worked out. It is kept for questions of the same moment alone: what is remembered must not depend on what was asked.
type guess struct {
	at     time.Time
	o      home.Outlook
	coming float64 // how likely the approach is one
	eta    [3]time.Time
}

// priorMass is what the unknown counts against the habits, and priorHours what it says: half of all absences of which
// nothing is known are over after about so many hours.
const (
	priorMass  = 0.45
	priorHours = 2.0
	priorPower = 1.1
)

// priorOut is the chance that an absence lasts more than so many hours when nothing is known.
func priorOut(hours float64) float64 { return math.Pow(1+max(hours, 0)/priorHours, -priorPower) }

func (p *person) outlook(now time.Time) home.Outlook { return p.guessed(now).o }

func (p *person) guessed(now time.Time) *guess {
	if p.guess != nil && now.Equal(p.guess.at) {
		return p.guess
	}
	g := &guess{at: now}
	p.guess = g
	all := p.Habits.candidates(p.Since, now, p.Far)
	back, known := p.habitual(now, all)
	g.o = home.Outlook{From: now, Step: stepOf, Known: known}
	if !p.Coming.live(now) {
		g.o.Told = told(all)
	}
	p.approaching(now, back, g)
	p.spoken(now, back)
	g.o.Back = back
	for i, q := range []float64{0.1, 0.5, 0.9} {
		g.eta[i] = quantile(g.o, q)
	}
	g.o.Usual = p.usual(now)
	return g
}

// habitual is the distribution of the return by habit alone, given that he is not back yet and how far off he was last seen.
func (p *person) habitual(now time.Time, all []candidate) (back []float64, known float64) {
	mass := make([]float64, steps)
	soonest := 0.0
	if p.Place.known() && p.Place.Metres > 0 {
		soonest = max(p.Place.Heard.Sub(now).Minutes()+atLeast(p.Place.Metres), 0)
	}
	var later float64 // what lies beyond the grid
	for _, c := range all {
		later += add(mass, c, soonest)
		known += c.weight
	}
	hours, w := now.Sub(p.Since).Hours(), priorMass
	was := priorOut(hours)
	for i := range mass {
		to := float64(i+1) * stepMin
		is := priorOut(hours + to/60)
		if to > soonest {
			mass[i] += w * (was - is)
		}
		was = is
	}
	later += w * was
	if !p.Coming.live(now) && p.Place.Metres > 1500 {
		p.unheralded(mass)
	}
	whole := later
	for _, m := range mass {
		whole += m
	}
	var sum float64
	for i := range mass {
		sum += mass[i] / max(whole, 1e-9)
		mass[i] = min(sum, 1)
	}
	return mass, known
}

// told is how early the phone told of returns like this one, in as many quantiles as matter. What is not known counts as silence.
func told(all []candidate) []time.Duration {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.told, b.told) })
	whole := toldMass
	for _, c := range all {
		whole += c.weight
	}
	out := make([]time.Duration, toldSteps)
	i, sum := 0, toldMass
	for k := range out {
		for q := (float64(k) + 0.5) / toldSteps * whole; i < len(all) && sum < q; i++ {
			sum += all[i].weight
			out[k] = time.Duration(all[i].told * float64(time.Minute))
		}
		if k > 0 {
			out[k] = max(out[k], out[k-1])
		}
	}
	return out
}

const (
	toldSteps = 5
	toldMass  = 1.0 // what silence counts beforehand, against absences that are quite alike
)

// unheralded takes out what a phone that tells of every way home would have told by now: he has not set out yet.
func (p *person) unheralded(mass []float64) {
	median, _ := p.Habits.travel(p.Place.Metres)
	silent := 1 - p.Habits.reliable()
	for i := 0; i < len(mass) && float64(i)*stepMin < 0.75*median; i++ {
		mass[i] *= silent
	}
}

// add lays one candidate over the grid and returns its mass beyond it.
func add(mass []float64, c candidate, soonest float64) float64 {
	if c.at+4*c.spread < soonest || c.weight == 0 {
		return 0
	}
	cdf := func(m float64) float64 { return 1 / (1 + math.Exp(-1.7*(m-c.at)/c.spread)) }
	first := int(max(math.Floor(max(soonest, c.at-4*c.spread)/stepMin), 0))
	last := min(int(math.Ceil((c.at+4*c.spread)/stepMin)), len(mass))
	low := cdf(max(soonest, 0))
	was := low
	for i := first; i < last; i++ {
		to := float64(i+1) * stepMin
		if to <= soonest {
			continue
		}
		is := max(cdf(to), was)
		mass[i] += c.weight * (is - was)
		was = is
	}
	return c.weight * (1 - was)
}

// approaching mixes in what a movement towards home says.
func (p *person) approaching(now time.Time, back []float64, g *guess) {
	if !p.Coming.live(now) {
		return
	}
	median, spread := p.Habits.travel(p.Coming.Metres)
	gone := now.Sub(p.Coming.At).Minutes()
	out := func(m float64) float64 { // the chance that the way takes longer
		return 1 / (1 + math.Pow(max(m, 1e-6)/median, 1.7/spread))
	}
	left := out(gone)
	usual := max(back[min(int((median*math.Exp(1.3*spread)+30)/stepMin), len(back)-1)], 0.05)
	odds := p.Coming.likelihood() * usual / (1 - min(usual, 0.99)) * min(left*2, 1)
	q := min(odds/(1+odds), 0.97)
	g.coming = q
	for i := range back {
		f := 1 - out(gone+float64(i+1)*stepMin)/max(left, 1e-9)
		back[i] = q*f + (1-q)*back[i]
	}
}

// spoken lets what was said come before all else.
func (p *person) spoken(now time.Time, back []float64) {
	in := p.Said.ETA.Sub(now).Minutes()
	switch p.Said.State {
	case "arriving":
		if p.Said.ETA.IsZero() {
			in = 30
		}
		if in < -overdue.Minutes() {
			return
		}
		spread := max(5, 0.15*p.Said.ETA.Sub(p.Said.At).Minutes())
		low := 1 / (1 + math.Exp(1.7*in/spread))
		for i := range back {
			f := (1/(1+math.Exp(-1.7*(float64(i+1)*stepMin-in)/spread)) - low) / max(1-low, 1e-9)
			back[i] = 0.96*f + 0.04*back[i]
		}
	case "later", "away":
		if p.Said.ETA.IsZero() {
			in = p.Said.At.Add(saidFor).Sub(now).Minutes()
		}
		notBefore(back, in)
	}
}

// notBefore conditions a distribution on nobody coming before so many minutes.
func notBefore(back []float64, in float64) {
	n := min(int(in/stepMin), len(back))
	if n <= 0 {
		return
	}
	low := back[n-1]
	for i := range back {
		if i < n || low > 0.995 {
			back[i] = max(0, float64(i-n+1)/24) // nothing is known beyond: within two hours then
			back[i] = min(back[i], 1)
			if i < n {
				back[i] = 0
			}
			continue
		}
		back[i] = (back[i] - low) / (1 - low)
	}
}

// quantile is when the chance reaches q; zero when it does not within the grid.
func quantile(o home.Outlook, q float64) time.Time {
	was := 0.0
	for i, b := range o.Back {
		if b >= q {
			f := 1.0
			if b > was {
				f = (q - was) / (b - was)
			}
			return o.From.Add(time.Duration((float64(i) + f) * float64(o.Step))).Round(time.Second)
		}
		was = b
	}
	return time.Time{}
}
