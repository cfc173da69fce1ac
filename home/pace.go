package home

import "time"

// Pace maps the clock on the wall to a simulated one that runs faster. The zero value maps every moment to itself. Presence and climate
// go by the simulated clock in a demo, so that habits of many days can be watched in minutes.
type Pace struct {
	Wall  time.Time // this moment of the wall …
	Sim   time.Time // … is this one of the simulation
	Speed float64   // simulated seconds a second; 0 is no mapping
}

// In is the simulated moment of one of the wall. The zero time stays zero.
func (p Pace) In(t time.Time) time.Time {
	if p.Speed <= 0 || t.IsZero() {
		return t
	}
	return p.Sim.Add(time.Duration(float64(t.Sub(p.Wall)) * p.Speed))
}

// Out is the moment of the wall of a simulated one.
func (p Pace) Out(t time.Time) time.Time {
	if p.Speed <= 0 || t.IsZero() {
		return t
	}
	return p.Wall.Add(time.Duration(float64(t.Sub(p.Sim)) / p.Speed))
}
