package climate

import (
	"math"
	"time"
)

// The grid of a plan.
const (
	grain  = 0.25 // K between two levels
	warmer = 1.0  // K beyond comfort that a plan knows of
)

// What a zone may do for one step of a plan.
const (
	letGo = iota
	stay
	work
)

// plan is the best course of an empty zone over the time to come: what to do at each moment at each level of the room.
//
// It weighs what a kelvin less costs (somebody comes home to it) against what it saves. Who comes to a room g too cold, which
// then warms at s K/h, has g²/2s kelvin-hours of discomfort; an hour a kelvin lower saves the loss of one kelvin. Backwards
// from the end, each step takes the better of letting go, holding and working, which warm and cool the room as fast as has
// been learned (dynamic programming, Bellman 1957). So a short risk, for which the room would have to be warmed long before
// and would be warm long after, weighs less than a long one; and what is soon needed again is not let go.
type plan struct {
	step  float64 // hours
	n     needs
	up    []float64 // K that the gap closes in a step, by level
	down  []float64 // K that it opens
	do    [][]uint8 // by step and level
	level []float64 // K of gap
}

// draft makes the plan.
func draft(c crowd, th *thermal, n needs, loss float64) *plan {
	p := &plan{step: c.step, n: n}
	for g := -warmer; g <= max(n.deepest, n.gap)+grain; g += grain {
		p.level = append(p.level, g)
	}
	for _, g := range p.level {
		p.up = append(p.up, c.step/(th.slope(max(g, 0), loss, n.walls)*th.margin()))
		p.down = append(p.down, min(th.falls()*max(loss-g, 0)*c.step, max(n.deepest-g, 0)))
	}
	p.do = make([][]uint8, len(c.rate))
	lack := c.lack(th, n, loss)
	s := th.rate(max(n.gap, n.deepest*0.6), loss, n.walls)
	next, now := make([]float64, len(p.level)), make([]float64, len(p.level))
	for i := len(c.rate) - 1; i >= 0; i-- {
		p.do[i] = make([]uint8, len(p.level))
		out := 1.0
		if i > 0 {
			out = 1 - c.by[i-1]
		}
		risk := c.rate[i] * c.step * n.weight * loss / s
		for j, g := range p.level {
			cost := -out * g * c.step
			if risk > 1e-9 && g > 0 {
				cost += risk * lack(i, g)
			}
			best, do := p.value(next, g+p.down[j]), uint8(letGo)
			if v := next[j]; v < best-1e-9 {
				best, do = v, stay
			}
			if v := p.value(next, g-p.up[j]); v < best-1e-9 {
				best, do = v, work
			}
			now[j], p.do[i][j] = cost+best, do
		}
		next, now = now, next
	}
	return p
}

// value is what a level is worth, between the grid's.
func (p *plan) value(v []float64, gap float64) float64 {
	x := min(max((gap+warmer)/grain, 0), float64(len(v)-1))
	j := min(int(x), len(v)-2)
	return v[j] + (v[j+1]-v[j])*(x-float64(j))
}

func (p *plan) nearest(gap float64) int {
	return int(math.Round(min(max((gap+warmer)/grain, 0), float64(len(p.level)-1))))
}

// course is what a plan leads to from a gap on. Steps are -1 for what never comes.
type course struct {
	works int       // when work begins first …
	until float64   // … and the gap at which it ends
	stays float64   // the gap that is held before; negative when none is
	ready int       // when the work begins that brings the zone to comfort
	gaps  []float64 // by step
}

// follow goes the best course.
func (p *plan) follow(gap float64) course {
	c := course{works: -1, until: gap, stays: -1, ready: -1}
	spell := -1
	for i := range p.do {
		c.gaps = append(c.gaps, gap)
		j := p.nearest(gap)
		switch p.do[i][j] {
		case letGo:
			if gap += p.down[j]; p.down[j] > 0 {
				spell = -1
			}
		case stay:
			if c.works < 0 && c.stays < 0 {
				c.stays = max(gap, 0)
			}
		case work:
			if spell < 0 {
				spell = i
			}
			gap -= p.up[j]
			if c.works < 0 {
				c.works = i
			}
			if c.works == spell {
				c.until = gap
			}
			if gap < slack && c.ready < 0 {
				c.ready = spell
			}
		}
	}
	return c
}

// level is how deep to set back now.
func level(c crowd, th *thermal, n needs) choice {
	loss := max(n.outside, leastLoss)
	best := choice{depth: n.deepest, idle: math.Inf(1), lead: th.hours(n.gap, loss, n.walls)*th.margin() + allowance}
	if len(c.rate) == 0 {
		return best
	}
	dead := allowance + max(th.coefficients()[0], 0)*th.margin() // work is felt so much later
	after := func(step int) float64 { return max(float64(step)*c.step-dead, 0) }
	best.way = draft(c, th, n, loss).follow(n.gap)
	if best.way.works >= 0 {
		best.idle = after(best.way.works)
	}
	switch {
	case best.idle == 0:
		best.depth = min(max(best.way.until, 0), n.deepest)
	case best.way.stays >= 0:
		best.depth = min(best.way.stays, n.deepest)
	}
	if best.depth < slack {
		best.depth = 0
	}
	if best.way.ready >= 0 {
		best.start = c.from.Add(time.Duration(after(best.way.ready) * float64(time.Hour)))
	}
	return best
}

// lack is what an arrival at a step finds amiss at a gap: half its square, less what who tells in time is spared.
func (c *crowd) lack(th *thermal, n needs, loss float64) func(i int, gap float64) float64 {
	credits := c.credits(th, n, loss)
	return func(i int, gap float64) float64 {
		sum := gap * gap / 2
		for _, x := range credits {
			if float64(i)*c.step > x.hours {
				k := min(x.kelvin, gap)
				sum -= x.share[i] * x.part * (k*gap - k*k/2)
			}
		}
		return sum
	}
}

// slope is how many hours one kelvin takes at a gap, once the emitter is warm.
func (th *thermal) slope(gap, outside, walls float64) float64 {
	const d = 0.5
	a, b := th.foretell(phi(gap+d, outside, walls, false)), th.foretell(phi(gap+1.5*d+0.25, outside, walls, false))
	return max((b-a)/(0.5*d+0.25), 1/(16*emitters[th.Emitter].rate))
}
