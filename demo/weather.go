package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// weather is the air outside and the sun. Yearly and daily sinusoids, and noise that wanders over hours.
type weather struct {
	rng   *rand.Rand
	drift float64 // °C away from the usual
	cloud float64 // 0 clear to 1 overcast
}

// conditions are what the weather does to the house.
type conditions struct {
	outdoor float64 // °C
	sun     float64 // 0 to 1 of the strongest
	water   float64 // grams of water in a kilogram of air
	dark    bool    // somebody who comes into a room wants light
}

const (
	driftOver  = 3 * 3600.0 // seconds over which the noise forgets
	driftSize  = 1.2        // °C, its standard deviation
	cloudSize  = 0.25
	duskSine   = 0.06 // the sine of the sun's height below which a room is dark
	usualWater = 0.72 // relative humidity outside
)

// step lets dt seconds pass and tells the conditions at t, which is local time.
func (w *weather) step(t time.Time, dt float64) conditions {
	keep := math.Exp(-dt / driftOver)
	kick := math.Sqrt(1 - keep*keep)
	w.drift = keep*w.drift + kick*driftSize*w.rng.NormFloat64()
	w.cloud = min(max(0.4+keep*(w.cloud-0.4)+kick*cloudSize*w.rng.NormFloat64(), 0), 1)
	return w.at(t)
}

func (w *weather) at(t time.Time) conditions {
	height := sunHeight(t)
	outdoor := usualOutdoor(t) + w.drift
	return conditions{
		outdoor: outdoor,
		sun:     max(height, 0) * (1 - 0.75*w.cloud),
		water:   usualWater * saturation(outdoor),
		dark:    height < duskSine,
	}
}

// usualOutdoor is the temperature of an average day: coldest in late January, warmest at three in the afternoon.
func usualOutdoor(t time.Time) float64 {
	year := 2 * math.Pi * float64(t.YearDay()-22) / 365
	day := 2 * math.Pi * (hourOf(t) - 15) / 24
	return 15 - 11*math.Cos(year) + 4*math.Cos(day)
}

// sunHeight is the sine of the sun's height over the demo house, with noon at twelve.
func sunHeight(t time.Time) float64 {
	declination := -23.44 * math.Pi / 180 * math.Cos(2*math.Pi*float64(t.YearDay()+10)/365)
	latitude := HomeLatitude * math.Pi / 180
	turn := 2 * math.Pi * (hourOf(t) - 12) / 24
	return math.Sin(latitude)*math.Sin(declination) + math.Cos(latitude)*math.Cos(declination)*math.Cos(turn)
}

func hourOf(t time.Time) float64 {
	return float64(t.Hour()) + float64(t.Minute())/60 + float64(t.Second())/3600
}

// saturation is how many grams of water a kilogram of air holds at most, after Magnus.
func saturation(celsius float64) float64 {
	const pressure = 1013.25 // hPa
	vapour := 6.112 * math.Exp(17.62*celsius/(243.12+celsius))
	return 622 * vapour / (pressure - vapour)
}
