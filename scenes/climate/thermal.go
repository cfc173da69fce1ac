package climate

import (
	"math"
	"time"
)

// thermal is what is known of how fast a zone comes to temperature: hours until a gap is closed, by ridge regression on
// few features with the emitter's prior, forgetting slowly. Every recovery teaches.
//
// The form follows optimum-start practice (NBSIR 83-2720; Seem and others, two-parameter return-time models): linear and
// quadratic in the gap, steeper the colder it is outside, more for cold walls and for air to be dried, and a dead time for a cold emitter.
type thermal struct {
	Emitter string                      `json:"emitter"`
	A       [features][features]float64 `json:"a"` // information beyond the prior
	B       [features]float64           `json:"b"`
	Miss    float64                     `json:"miss"`  // mean square of the relative error of what was foretold
	Count   float64                     `json:"count"` // recoveries learned from, of late
	Total   int                         `json:"total"`
	Run     *recovery                   `json:"run,omitempty"`
	// Limit is the difference to outside, K, at which the emitter was once seen to give all and not reach its target; 0: never.
	Limit float64 `json:"limit,omitempty"`
	// Hardest is the greatest difference of late, K, easing slowly.
	Hardest float64   `json:"hardest,omitempty"`
	HardAt  time.Time `json:"hard_at,omitzero"`

	theta *[features]float64
}

const features = 6

// air is what a recovery works against, in the direction of the work to do.
type air struct {
	outside float64 // K between comfort and outside
	walls   float64 // K that the walls lag behind comfort
	damp    float64 // how much drying comes with the cooling; 0 for heating, and where the humidity is not known
}

// recovery is one under way.
type recovery struct {
	Began    time.Time `json:"began"`
	Target   float64   `json:"target"`
	Foretold float64   `json:"foretold"` // hours
	Samples  []sample  `json:"samples"`
	Best     float64   `json:"best"` // the smallest gap so far, K …
	BestAt   time.Time `json:"best_at"`
	Alarmed  bool      `json:"alarmed,omitempty"`
}

type sample struct {
	At  time.Time         `json:"at"`
	Phi [features]float64 `json:"phi"`
}

const (
	closed     = 0.4  // K: so near the target it is reached
	worthwhile = 0.6  // K: a smaller gap teaches nothing
	forgets    = 0.92 // what earlier recoveries count once another is learned
	longestRun = 36 * time.Hour
	maxSamples = 40
	usualDelta = 28.0 // K between inside and outside that rates are given for
	maxHours   = 30.0
)

func newThermal(kind string) thermal {
	if _, ok := emitters[kind]; !ok {
		kind = "radiator"
	}
	return thermal{Emitter: kind, Miss: 0.09}
}

// prior is the emitter's coefficients, and how firmly each is held.
func (th *thermal) prior() (mean, firm [features]float64) {
	e := emitters[th.Emitter]
	k := 1 / e.rate
	return [features]float64{e.dead, 0.7 * k, 0.02 * k, 0.3 * k, 0.15 * k, 0.35 * k},
		[features]float64{3 / sq(e.dead+0.05), 2 / sq(0.5*k), 6 / sq(0.08*k), 2 / sq(0.3*k), 4 / sq(0.2*k), 4 / sq(0.2*k)}
}

func sq(x float64) float64 { return x * x }

// phi are the features: a cold emitter, the gap and its square, the gap by how much colder (hotter) it is outside, by how
// far the walls lag behind the target, and by how much drying comes with it. All in K; positive in the direction of the work to do.
func phi(gap float64, a air, cold bool) [features]float64 {
	p := [features]float64{0, gap, gap * gap, gap * a.outside / usualDelta, min(max(a.walls, 0), 8), gap * a.damp}
	if cold {
		p[0] = 1
	}
	return p
}

// coefficients solves the ridge regression.
func (th *thermal) coefficients() [features]float64 {
	if th.theta != nil {
		return *th.theta
	}
	mean, firm := th.prior()
	a, b := th.A, th.B
	for i := range a {
		a[i][i] += firm[i]
		b[i] += firm[i] * mean[i]
	}
	x := solve(a, b)
	th.theta = &x
	return x
}

// solve is Gaussian elimination of a symmetric positive definite system.
func solve(a [features][features]float64, b [features]float64) [features]float64 {
	for i := range a {
		for j := i + 1; j < features; j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < features; k++ {
				a[j][k] -= f * a[i][k]
			}
			b[j] -= f * b[i]
		}
	}
	for i := features - 1; i >= 0; i-- {
		for k := i + 1; k < features; k++ {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	return b
}

// hours is the expected time to close a gap, from a standing start.
func (th *thermal) hours(gap float64, a air) float64 {
	if gap <= closed {
		return 0
	}
	return th.foretell(phi(gap, a, th.Run == nil))
}

// within is the gap, K, that is closed in so many hours from a standing start.
func (th *thermal) within(hours float64, a air) float64 {
	low, high := 0.0, 12.0
	for high-low > 0.05 {
		if mid := (low + high) / 2; th.hours(mid, a)*th.margin()+allowance <= hours {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

func (th *thermal) foretell(p [features]float64) float64 {
	x := th.coefficients()
	var y float64
	for i := range x {
		y += x[i] * p[i]
	}
	fast := 4.0 // no fit is believed beyond so many times the usual rate
	if th.Total >= 5 {
		fast = 16 // it is another emitter than was said
	}
	fastest := p[1] / (fast * emitters[th.Emitter].rate)
	return min(max(y, fastest), maxHours)
}

// margin is how much longer than expected to allow, as a factor: more while little is known, or where it was often wrong.
func (th *thermal) margin() float64 {
	return 1 + 0.2*math.Sqrt(th.Miss) + 0.12/(1+th.Count)
}

// rate is the K/h at which a gap of some size closes.
func (th *thermal) rate(gap float64, a air) float64 {
	gap = max(gap, 1)
	return gap / max(th.hours(gap, a), 0.05)
}

// begin starts a recovery.
func (th *thermal) begin(now time.Time, target, gap float64, a air) {
	if gap < worthwhile {
		return
	}
	p := phi(gap, a, true)
	th.Run = &recovery{Began: now, Target: target, Foretold: th.foretell(p), Samples: []sample{{now, p}}, Best: gap, BestAt: now}
}

// abort ends a recovery that teaches nothing: a window opened, the target changed.
func (th *thermal) abort() { th.Run = nil }

// follow takes a sample of a recovery under way, and learns once the target is reached.
func (th *thermal) follow(now time.Time, gap float64, a air) {
	r := th.Run
	if r == nil {
		return
	}
	if gap < r.Best-0.09 {
		r.Best, r.BestAt = gap, now
	}
	switch {
	case gap <= closed:
		th.learn(now)
	case now.Sub(r.Began) > longestRun:
		th.Run = nil
	case len(r.Samples) < maxSamples && now.Sub(r.Samples[len(r.Samples)-1].At) >= spacing(r, now):
		r.Samples = append(r.Samples, sample{now, phi(gap, a, false)})
	}
}

// spacing spreads the samples over a recovery however long it takes.
func spacing(r *recovery, now time.Time) time.Duration {
	return max(10*time.Minute, now.Sub(r.Began)/maxSamples)
}

func (th *thermal) learn(now time.Time) {
	r := th.Run
	th.Run = nil
	took := now.Sub(r.Began).Hours()
	if took <= 0 {
		return
	}
	for i := range th.A {
		for j := range th.A[i] {
			th.A[i][j] *= forgets
		}
		th.B[i] *= forgets
	}
	each := 1 / float64(len(r.Samples))
	for n, s := range r.Samples {
		y := now.Sub(s.At).Hours()
		w := each
		if n == 0 {
			w += 1
		}
		w /= sq(0.1 + 0.15*y)
		for i := range th.A {
			for j := range th.A[i] {
				th.A[i][j] += w * s.Phi[i] * s.Phi[j]
			}
			th.B[i] += w * s.Phi[i] * y
		}
	}
	off := min(math.Abs(took-r.Foretold)/max(took, 0.2), 1.5)
	th.Miss = 0.8*th.Miss + 0.2*off*off
	th.Count = th.Count*0.95 + 1
	th.Total++
	th.theta = nil
}

// strain follows how hard the weather is, and notices when the emitter gives all and does not get there: setting back then
// would leave the house cold for a day.
func (th *thermal) strain(now time.Time, gap, outside float64) {
	hours := min(max(now.Sub(th.HardAt).Hours(), 0), 24)
	th.Hardest, th.HardAt = max(th.Hardest-hardEases*hours, outside), now
	if th.Limit > 0 {
		th.Limit += limitEases * hours
	}
	if r := th.Run; r != nil && gap > worthwhile && now.Sub(r.Began) > patience(th.Emitter) && r.vain(now) {
		if th.Limit == 0 || outside < th.Limit {
			th.Limit = max(outside, leastLoss)
		}
	}
}

// vain tells whether a recovery has long stood still, or takes much longer than was foretold.
func (r *recovery) vain(now time.Time) bool {
	return now.Sub(r.BestAt) > 90*time.Minute || now.Sub(r.Began).Hours() > 2.5*r.Foretold+0.5
}

const (
	hardEases  = 0.25 // K an hour: the night before tells of the next
	limitEases = 0.01 // K an hour: an old limit is tried again
	reserve    = 9.0  // K before the limit from which setbacks become shallower
	leastDepth = 0.12 // of the deepest, at the limit
)

// bearable is the share of the deepest setback that the emitter can make good in the present weather.
func (th *thermal) bearable() float64 {
	if th.Limit == 0 {
		return 1
	}
	return min(max((th.Limit-th.Hardest)/reserve, leastDepth), 1)
}

// patience is how long a recovery may bring nothing before something must be wrong.
func patience(kind string) time.Duration {
	return 45*time.Minute + time.Duration(3*emitters[kind].dead*float64(time.Hour))
}

// stuck tells whether a recovery has brought nothing for so long that something must be wrong.
func (th *thermal) stuck(now time.Time) bool {
	r := th.Run
	if r == nil {
		return false
	}
	return now.Sub(r.BestAt) > patience(th.Emitter) && r.Best > 1
}
