package scenes

import (
	"math"
	"time"
)

// sunEvent is a moment of the sun's day.
type sunEvent string

const (
	sunrise sunEvent = "sunrise"
	sunset  sunEvent = "sunset"
	dawn    sunEvent = "dawn" // civil: the sun's middle 6° below the horizon
	dusk    sunEvent = "dusk"
	noon    sunEvent = "noon" // the sun at its highest
)

var sunEvents = []string{string(sunrise), string(sunset), string(dawn), string(dusk), string(noon)}

// altitude is the height of the sun's middle in degrees at which an event happens. Sunrise and sunset count with
// the refraction of the air and the sun's radius: 0.833°.
func (e sunEvent) altitude() float64 {
	if e == dawn || e == dusk {
		return -6
	}
	return -0.833
}

// sunAt is the moment of an event on the day that t's date names at a place; ok is false when there is
// none on that day, as in the far north. It is good to about a minute between ±65° of latitude.
//
// Source: the equations of NOAA's solar calculator (Global Monitoring Laboratory, "Solar Calculation Details"),
// after Jean Meeus, Astronomical Algorithms, ch. 25: mean longitude and anomaly of the sun, equation of the
// centre, apparent longitude, obliquity, declination, equation of time, hour angle. The declination is taken at
// the event itself by one repetition.
func sunAt(e sunEvent, t time.Time, latitude, longitude float64) (at time.Time, ok bool) {
	y, m, d := t.Date()
	midday := time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Add(-time.Duration(longitude / 360 * float64(day)))
	at = midday
	for range 3 {
		declination, equation := sunPosition(at)
		hour := 0.0
		if e != noon {
			lat, alt := radians(latitude), radians(e.altitude())
			c := (math.Sin(alt) - math.Sin(lat)*math.Sin(declination)) / (math.Cos(lat) * math.Cos(declination))
			if !(c >= -1 && c <= 1) {
				return time.Time{}, false
			}
			hour = math.Acos(c) * 180 / math.Pi
			if e == sunrise || e == dawn {
				hour = -hour
			}
		}
		minutes := hour*4 - equation // degrees of the earth's turning are four minutes each
		at = midday.Add(time.Duration(minutes * float64(time.Minute)))
	}
	return at.Truncate(time.Second), true
}

// sunPosition is the sun's declination in radians and the equation of time in minutes.
func sunPosition(t time.Time) (declination, equation float64) {
	centuries := (float64(t.Unix())/86400 + 2440587.5 - 2451545) / 36525
	longitude := radians(math.Mod(280.46646+centuries*(36000.76983+centuries*0.0003032), 360))
	anomaly := radians(357.52911 + centuries*(35999.05029-0.0001537*centuries))
	eccentricity := 0.016708634 - centuries*(0.000042037+0.0000001267*centuries)
	centre := math.Sin(anomaly)*(1.914602-centuries*(0.004817+0.000014*centuries)) +
		math.Sin(2*anomaly)*(0.019993-0.000101*centuries) + math.Sin(3*anomaly)*0.000289
	node := radians(125.04 - 1934.136*centuries)
	apparent := longitude + radians(centre-0.00569-0.00478*math.Sin(node))
	obliquity := radians(23 + (26+(21.448-centuries*(46.815+centuries*(0.00059-centuries*0.001813)))/60)/60 + 0.00256*math.Cos(node))
	declination = math.Asin(math.Sin(obliquity) * math.Sin(apparent))
	y := math.Tan(obliquity/2) * math.Tan(obliquity/2)
	equation = 4 * 180 / math.Pi * (y*math.Sin(2*longitude) - 2*eccentricity*math.Sin(anomaly) +
		4*eccentricity*y*math.Sin(anomaly)*math.Cos(2*longitude) -
		0.5*y*y*math.Sin(4*longitude) - 1.25*eccentricity*eccentricity*math.Sin(2*anomaly))
	return declination, equation
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
