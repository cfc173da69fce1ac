package presence

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

const (
	earthRadius = 6_371_008.8 // metres: the mean radius R1 of the WGS 84 ellipsoid (IUGG)
	farthest    = 20_100_000  // metres: a little more than half way round
)

// distance is the great-circle distance in metres between two positions in degrees, by the
// haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984), which
// unlike the cosine formula is exact for short ways. It is NaN for what is no position.
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	// written so that NaN fails as well
	if !(math.Abs(lat1) <= 90 && math.Abs(lat2) <= 90 && math.Abs(lon1) <= 180 && math.Abs(lon2) <= 180) {
		return math.NaN()
	}
	const rad = math.Pi / 180
	sinLat, sinLon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}

// coarse rounds a distance for whoever may see it: to 10 m near by, to 100 m from 1 km on.
func coarse(m float64) float64 {
	if m < 1000 {
		return math.Round(m/10) * 10
	}
	return math.Round(m/100) * 100
}

const (
	detour     = 1.35            // a way through streets over the straight line
	usualSpeed = 26.0 / 3.6      // metres a second door to door in a town, when nothing better is known
	usualWait  = 4 * time.Minute // parking, stairs
	slowest    = 1.0             // metres a second: slower is no approach to reckon with …
	walkable   = 2500.0          // … and beyond so many metres, what is slower than usual is not either
	fastest    = 50.0            // metres a second
	freshFor   = 20 * time.Minute
	latestETA  = 3 * time.Hour
	soonestETA = time.Minute
)

// eta is when somebody arriving will be home: from the rate at which the distance shrinks, else from
// the phone's own speed, else from what is usual. Between two movements it stays what it was.
func eta(was home.Presence, mem memory, s sighting, place home.Place) time.Time {
	left := max(s.metres-place.RadiusM, 0)
	moved := mem.nearerBy(s) > mem.doubt(s)
	if was.State == Arriving && !moved && was.ETA.After(s.at) {
		return was.ETA
	}
	var in float64 // seconds
	switch rate := approach(mem, s); {
	case moved && rate >= slowestFor(left):
		in = left / min(rate, fastest)
	case s.speed >= slowestFor(left)*detour:
		in = left * detour / min(s.speed, fastest)
	default:
		in = left*detour/usualSpeed + usualWait.Seconds()
	}
	wait := time.Duration(in * float64(time.Second)).Round(time.Second)
	return s.at.Add(min(max(wait, soonestETA), latestETA))
}

// slowestFor is the least rate of approach in metres a second to reckon with. Far from home a slow one is the
// walk to the train, not the way home.
func slowestFor(left float64) float64 {
	if left > walkable {
		return usualSpeed / detour
	}
	return slowest
}

// approach is the rate in metres a second at which the distance shrank. Somebody who sat still
// for long set out only after he was last heard there.
func approach(mem memory, s sighting) float64 {
	since := mem.at
	if s.at.Sub(since) > freshFor {
		since = mem.heard
	}
	took := s.at.Sub(since).Seconds()
	if took <= 0 {
		return 0
	}
	return mem.nearerBy(s) / took
}
