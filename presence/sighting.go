package presence

import (
	"math"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// sighting is a fix as seen from home.
type sighting struct {
	at       time.Time
	metres   float64 // from home
	accuracy float64 // metres
	crossed  string  // "enter" or "leave" of the home region
	sure     bool    // it is at home, however vague
}

func look(f model.Fix, place home.Place, now time.Time) sighting {
	s := sighting{at: f.At.UTC(), metres: distance(f.Latitude, f.Longitude, place.Latitude, place.Longitude), accuracy: max(f.AccuracyM, 0)}
	if s.at.Year() < 2000 || s.at.After(now) { // a clock that was never set, or runs ahead
		s.at = now.UTC()
	}
	return s
}

// cross is the crossing of the home region's border that a fix tells of.
func cross(f model.Fix) string {
	switch {
	case f.AtHome && f.Transition == "":
		return "enter" // the phone itself holds that it is at home: as good as having seen it come in
	case isHomeRegion(f.Region):
		return f.Transition
	}
	return ""
}

func (s sighting) usable() bool {
	good := s.accuracy <= vague || s.metres > vagueX*s.accuracy // a NaN accuracy fails
	return !math.IsNaN(s.metres) && s.accuracy <= farthest && (good || s.crossed != "" || s.sure)
}

// isHomeRegion tells by its name whether a region is home. The crossing of any other region is a plain fix.
func isHomeRegion(name string) bool {
	name = strings.TrimSpace(name)
	return name == "" || strings.EqualFold(name, "home") || name == "家"
}
func (s sighting) side(place home.Place) int {
	near := max(2*place.RadiusM, place.RadiusM+150)
	switch {
	case s.sure:
		return inside
	case s.crossed == "enter" && s.metres-s.accuracy < place.RadiusM+regionSlack:
		return inside
	case s.crossed == "leave" && s.metres+s.accuracy >= place.RadiusM: // only a circle wholly inside contradicts
		return outside
	case s.metres+s.accuracy < near || s.metres < place.RadiusM && s.accuracy <= place.RadiusM:
		return inside
	case s.metres-s.accuracy > place.RadiusM+beyond:
		return outside
	}
	return unclear
}

// What a fix must be to count. Distances in metres.
const (
	vague  = 400.0 // a fix vaguer than this is a cell tower's: it counts only from …
	vagueX = 4.0   // … so many times its radius off
)

// The sides of the border that a sighting can speak for.
const (
	unclear = iota
	inside
	outside
)

const regionSlack = 250.0 // metres outside the radius that a region's "enter" is still believed: apps draw their own circle
