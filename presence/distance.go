package presence

import "math"

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
