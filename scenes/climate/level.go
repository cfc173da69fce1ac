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
		for i := range out {
			out[i] *= 1 - o.Back[min(i, len(o.Back)-1)]
		}
		if m := median(o); !m.IsZero() && (first.IsZero() || m.Before(first)) {
			first, c.who, c.line = m, id, o.Usual
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
	outside float64 // K between comfort and outside, in the direction of the loss
	walls   float64 // K that the walls lag behind comfort
	weight  float64
}

// choice is how deep to set back now, and why.
type choice struct {
	depth float64   // K below (above, for cooling) comfort
	lead  float64   // hours that the zone needs to come to comfort
	start time.Time // when the way to comfort is to begin, as far as can be foreseen; zero when it cannot
}

const (
	allowance = 3.0 / 60 // hours: commands travel, thermostats hesitate
	leastLoss = 8.0      // K: the sun warms also when it is mild
)

// level weighs, for each moment to come, what a kelvin less costs (somebody comes home to it) against what it saves. An
// arrival at rate r per hour finds a room g too cold, which then warms at s K/h: g²/2s kelvin-hours of discomfort; an hour a
// kelvin lower saves the loss of one kelvin. The best depth at a moment is where both change alike: s/(weight·outside·r).
// What a later moment needs must be begun as much earlier as the zone takes to get there, and ahead (hours) earlier still.
func level(c crowd, th *thermal, n needs, ahead float64) choice {
	loss := max(n.outside, leastLoss)
	s := th.rate(max(n.gap, n.deepest*0.6), loss, n.walls)
	best := choice{depth: n.deepest, lead: th.hours(n.gap, loss, n.walls)*th.margin() + allowance}
	start := -1.0
	for i, r := range c.rate {
		depth := n.deepest
		if r > 1e-9 {
			depth = min(depth, s/(n.weight*loss*r))
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
			lead = th.hours(n.gap-depth, loss, n.walls)*th.margin() + allowance
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

// slack is the K that a household does not feel.
const slack = 0.75
