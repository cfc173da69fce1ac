package home

import "math"

// How coarse a position becomes that is kept for the record only: a cell of a tenth of a degree, which tells the town at most.
const (
	coarseCell      = 0.1    // degrees
	coarseAccuracyM = 10_000 // metres: the cell's half diagonal, rounded up
)

// Coarse is the fact with any position in it made coarse, and regions, which have names, taken out, and whether there was one to be made so.
func (f Fact) Coarse() (coarse Fact, changed bool) {
	if b, ok := f.Body.(RegionsTold); ok {
		known := b.Regions.Known
		b.Regions.Known = nil
		f.Body = b
		return f, len(known) > 0
	}
	b, ok := f.Body.(Located)
	if !ok || b.Fix.AccuracyM >= coarseAccuracyM {
		return f, false
	}
	fix := &b.Fix
	fix.Latitude, fix.Longitude = math.Round(fix.Latitude/coarseCell)*coarseCell, math.Round(fix.Longitude/coarseCell)*coarseCell
	fix.AccuracyM = coarseAccuracyM
	fix.SpeedMS, fix.BatteryPct, fix.Transition, fix.Region, fix.AtHome = 0, 0, "", "", false
	fix.Within, fix.Network, fix.AccessPoint = nil, "", ""
	f.Body = b
	return f, true
}
