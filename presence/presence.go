// Package presence turns the fixes of people's phones into presence: home, just_left, away,
// arriving (with a time of arrival) and extended_away. It is pure: no I/O, no clock, and no
// memory but what stands in the [home.Presence] that it is given and returns, so a house
// restored from its log knows exactly what it knew before.
//
// Use: pass New() to home.New. Later inputs (routers, doors, motion) join behind the same interface.
//
// What it is careful about, because every hub that is not gets complaints:
//
//   - A fix is a circle. Distance − accuracy within the home radius is in; out needs the whole circle outside.
//   - One fix outside only makes just_left. Away needs a second one, so a single wild fix sets nothing back.
//   - Fixes come late and out of order: one older than the newest is ignored.
//   - Movement counts only beyond the fixes' own uncertainty: who sits still is never arriving.
//   - A region's enter or leave is believed unless its own position contradicts it.
package presence

import (
	"math"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// The states of a person's presence.
const (
	Unknown      = "unknown"       // nothing has been heard that can be used
	Home         = "home"          // within the home radius
	JustLeft     = "just_left"     // seen outside, not yet away
	Away         = "away"          // outside for leftFor, or leftBeyond metres off
	Arriving     = "arriving"      // coming nearer, with a time of arrival
	ExtendedAway = "extended_away" // away for extendedAfter
)

// What the states' borders are. Distances in metres.
const (
	worstAccuracy = 1000.0           // a fix vaguer than this says nothing
	vague         = 200.0            // a fix vaguer than this (and than the radius) is a cell tower's, not a satellite's
	regionSlack   = 250.0            // how far outside the radius a region's "enter" is still believed: apps draw their own circle
	leastMove     = 100.0            // less is never movement, however exact the fixes claim to be
	leftBeyond    = 1000.0           // just_left ends here …
	leftFor       = 10 * time.Minute // … or after this
	arrivingAt    = 15_000.0         // nobody farther away is arriving yet
	stalledAfter  = 30 * time.Minute // arriving without coming nearer for this long was no arrival
	extendedAfter = 24 * time.Hour
)

// Tracker implements [home.PresenceTracker]. The zero value works.
type Tracker struct{}

// New returns a Tracker.
func New() Tracker { return Tracker{} }

// Locate returns the person's presence after a fix. A fix that cannot be used (vaguer than 1 km,
// older than the newest heard, no position on earth) leaves the presence as it was. The fix's
// time is never taken to be later than now: a phone whose clock runs ahead must not silence its own later fixes.
func (Tracker) Locate(_ home.PersonID, tracker string, f model.Fix, place home.Place, was home.Presence, now time.Time) home.Presence {
	was = sane(was)
	s, ok := see(f, place, now)
	mem := recall(was.Seen)
	if !ok || s.at.Before(mem.heard) {
		return was
	}
	if mem.known() && was.State != Home && s.saysNothingNew(place, mem) {
		mem.heard = s.at
		mem.keep(&was, tracker)
		return was
	}
	is := was
	is.State, is.DistanceM = next(was, mem, s, place), coarse(s.metres)
	if is.State != was.State {
		is.Since = s.at
	}
	is.ETA = time.Time{}
	if is.State == Arriving {
		is.ETA = eta(was, mem, s, place)
	}
	mem.after(s).keep(&is, tracker)
	return is
}

// sane makes a presence of this package's out of one that is new or damaged.
func sane(p home.Presence) home.Presence {
	switch p.State {
	case Home, JustLeft, Away, Arriving, ExtendedAway:
		if math.IsNaN(p.DistanceM) || math.IsInf(p.DistanceM, 0) {
			p.DistanceM = 0
		}
		return p
	}
	return home.Presence{State: Unknown, Since: p.Since}
}

// sighting is a fix as seen from home.
type sighting struct {
	at       time.Time
	metres   float64 // from home
	accuracy float64 // metres
	speed    float64 // metres a second; 0 when not known
	crossed  string  // "enter" or "leave" of the home region
}

func see(f model.Fix, place home.Place, now time.Time) (sighting, bool) {
	s := sighting{at: f.At.UTC(), metres: distance(f.Latitude, f.Longitude, place.Latitude, place.Longitude), accuracy: max(f.AccuracyM, 0)}
	if s.at.Year() < 2000 || s.at.After(now) { // a clock that was never set, or runs ahead
		s.at = now.UTC()
	}
	if f.SpeedMS > 0 && f.SpeedMS < 150 {
		s.speed = f.SpeedMS
	}
	if isHomeRegion(f.Region) {
		s.crossed = f.Transition
	}
	return s, !math.IsNaN(s.metres) && s.accuracy <= worstAccuracy // a NaN accuracy fails too
}

// isHomeRegion tells by its name whether a region is home. The crossing of any other region is a plain fix.
func isHomeRegion(name string) bool {
	name = strings.TrimSpace(name)
	return name == "" || strings.EqualFold(name, "home") || name == "家"
}

// inside tells whether the person is home, as far as this sighting alone says.
func (s sighting) inside(place home.Place) bool {
	switch s.crossed {
	case "enter":
		return s.metres-s.accuracy < place.RadiusM+regionSlack
	case "leave":
		return s.metres+s.accuracy < place.RadiusM // only a circle wholly inside contradicts
	}
	return s.metres-s.accuracy < place.RadiusM
}

// saysNothingNew is true of a vague fix whose circle holds home, but also the place where the person was already.
func (s sighting) saysNothingNew(place home.Place, mem memory) bool {
	return s.crossed == "" && s.accuracy > max(vague, place.RadiusM) && s.inside(place) &&
		math.Abs(s.metres-mem.metres) <= s.accuracy+mem.accuracy
}

// next is the state machine.
func next(was home.Presence, mem memory, s sighting, place home.Place) string {
	if s.inside(place) {
		return Home
	}
	switch was.State {
	case Home:
		return JustLeft
	case JustLeft:
		if s.at.After(was.Since) && (s.metres-s.accuracy >= leftBeyond || s.at.Sub(was.Since) >= leftFor) {
			return Away
		}
		return JustLeft
	case Arriving:
		if mem.nearerBy(s) < -mem.doubt(s) || s.at.Sub(mem.at) > stalledAfter && mem.nearerBy(s) <= mem.doubt(s) {
			return Away
		}
		return Arriving
	case Away, ExtendedAway:
		if mem.known() && mem.nearerBy(s) > mem.doubt(s) && s.metres <= arrivingAt {
			return Arriving
		}
		if was.State == ExtendedAway || s.at.Sub(was.Since) >= extendedAfter {
			return ExtendedAway
		}
	}
	return Away
}
