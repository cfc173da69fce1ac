package climate

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

func pow(a, b float64) float64 { return math.Pow(a, b) }

// crowd is when the first of all who count is likely to be home: the distribution of the earliest arrival.
type crowd struct {
	from time.Time
	step float64       // hours
	rate []float64     // probability of the first arrival, per hour, by step
	by   []float64     // cumulated
	who  home.PersonID // who is likeliest to be first
	line home.Line     // his habit
	eta  time.Time     // the median
	each []member
}

// member is one of a crowd: what of each step's rate is his, and how early his phone tells of the way home.
type member struct {
	share []float64
	told  []time.Duration
}

// gather makes a crowd of everybody's outlook.
func gather(now time.Time, all map[home.PersonID]home.Outlook, order []home.PersonID) crowd {
	c := crowd{from: now}
	var out []float64 // the chance that nobody is home yet
	first := time.Time{}
	for _, id := range order {
		o := all[id]
		if len(o.Back) == 0 {
			continue
		}
		if out == nil {
			out = make([]float64, len(o.Back))
			for i := range out {
				out[i] = 1
			}
			c.step = o.Step.Hours()
		}
		m, was := member{told: o.Told, share: make([]float64, len(out))}, 0.0
		for i := range out {
			b := o.Back[min(i, len(o.Back)-1)]
			m.share[i] = (b - was) / max(1-was, 1e-9)
			out[i] *= 1 - b
			was = b
		}
		c.each = append(c.each, m)
		if m := median(o); !m.IsZero() && (first.IsZero() || m.Before(first)) {
			first, c.who, c.line = m, id, o.Usual
		}
	}
	for i := range out {
		all := 0.0
		for _, m := range c.each {
			all += m.share[i]
		}
		for _, m := range c.each {
			m.share[i] /= max(all, 1e-9)
		}
	}
	was := 1.0
	for i := range out {
		c.rate = append(c.rate, max(was-out[i], 0)/c.step)
		c.by = append(c.by, 1-out[i])
		was = out[i]
		if c.eta.IsZero() && out[i] <= 0.5 {
			c.eta = now.Add(time.Duration(float64(i+1) * c.step * float64(time.Hour)))
		}
	}
	return c
}

func median(o home.Outlook) time.Time {
	for i, b := range o.Back {
		if b >= 0.5 {
			return o.From.Add(time.Duration(i+1) * o.Step)
		}
	}
	return time.Time{}
}

// needs are what the level is chosen by.
type needs struct {
	gap     float64 // K from the present temperature to comfort, positive when there is work to do
	deepest float64 // K of setback that the household allows
	weight  float64
	air
}

// choice is how deep to set back now, and why.
type choice struct {
	depth float64   // K below (above, for cooling) comfort
	lead  float64   // hours that the zone needs to come to comfort
	start time.Time // when the way to comfort is to begin, as far as can be foreseen; zero when it cannot
}

const (
	believed  = 0.1      // hours until a first sign of the way home is believed
	allowance = 3.0 / 60 // hours: commands travel, thermostats hesitate
	leastLoss = 8.0      // K: the sun warms also when it is mild
)

// level weighs, for each moment to come, what a kelvin less costs (somebody comes home to it) against what it saves. An
// arrival at rate r per hour finds a room g too cold, which then warms at s K/h: g²/2s kelvin-hours of discomfort; an hour a
// kelvin lower saves the loss of one kelvin. The best depth at a moment is where both change alike: s/(weight·outside·r).
// Who tells early that he comes is expected by so much less: what the zone makes good meanwhile needs no heat beforehand.
// What a later moment needs must be begun as much earlier as the zone takes to get there, and ahead (hours) earlier still.
func level(c crowd, th *thermal, n needs, ahead float64) choice {
	loss := max(n.outside, leastLoss)
	against := air{loss, n.walls, n.damp}
	s := th.rate(max(n.gap, n.deepest*0.6), against)
	best := choice{depth: n.deepest, lead: th.hours(n.gap, against)*th.margin() + allowance}
	credits := c.credits(th, against)
	start := -1.0
	for i, r := range c.rate {
		depth := n.deepest
		if r > 1e-9 {
			depth = min(depth, bear(s/(n.weight*loss*r), credits, i, c.step))
		}
		if depth < slack {
			depth = 0
		}
		if depth >= best.depth && (depth > 0 || start >= 0) {
			continue
		}
		at := float64(i) * c.step
		lead := 0.0
		if n.gap-depth > closed {
			lead = th.hours(n.gap-depth, against)*th.margin() + allowance
		}
		if depth == 0 && start < 0 {
			start = max(at-lead, 0)
		}
		if at <= lead+ahead+c.step/2 {
			best.depth = min(best.depth, depth)
		}
		if best.depth == 0 {
			break
		}
	}
	if start >= 0 {
		best.start = c.from.Add(time.Duration(start * float64(time.Hour)))
	}
	return best
}

// credit is what one member of a crowd tells in time, for one of the ways in which he may.
type credit struct {
	share  []float64 // of the rate, by step
	part   float64   // of all ways
	hours  float64   // before he comes
	kelvin float64   // that the zone makes good in them
}

func (c *crowd) credits(th *thermal, against air) []credit {
	var out []credit
	for _, m := range c.each {
		for _, t := range m.told {
			k := th.within(0.85*t.Hours()-believed, against) - 0.3
			if x := (credit{m.share, 1 / float64(len(m.told)), t.Hours(), k}); x.kelvin > 0 {
				out = append(out, x)
			}
		}
	}
	return out
}

// bear is the depth at which the expected lack, of who comes without a word and of who tells, weighs as much as plain would of
// somebody who never tells. Who would have told by now and has not is no longer one who tells.
func bear(plain float64, credits []credit, i int, step float64) float64 {
	lack := func(depth float64) float64 {
		sum := depth
		for _, c := range credits {
			if float64(i)*step > c.hours {
				sum -= c.share[i] * c.part * min(c.kelvin, depth)
			}
		}
		return sum
	}
	low, high := plain, plain
	for _, c := range credits {
		high = max(high, plain+c.kelvin)
	}
	for high-low > 0.05 {
		if mid := (low + high) / 2; lack(mid) < plain {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// slack is the K that a household does not feel.
const slack = 0.75
