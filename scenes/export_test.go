package scenes

import "time"

// SunAt lets tests compare with an almanac.
func SunAt(event string, on time.Time, lat, long float64) (time.Time, bool) {
	return sunAt(sunEvent(event), on, lat, long)
}
