package demo

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"time"
)

// position is where the phone is.
type position struct {
	latitude, longitude float64 // degrees
	metres              float64 // from home
	kmh                 float64
	course              float64 // degrees from north
	accuracy            float64 // metres
}

const (
	driveKMH   = 28.8 // through the town, stops included
	workAt     = 52.0 // degrees from north, as seen from home
	bend       = 14.0 // degrees that the way swings to the side
	metresADeg = 111_320.0

	fastestPhone = 300.0 // km/h
)

// distance tells how far from home, in km, who lives here is, and whether on the way out (1), back (-1) or at rest (0).
func (l *life) distance(now time.Time) (km float64, way int) {
	stops, times := l.plan(now)
	for i, s := range stops {
		if s.room != "" || now.Before(times[i]) || i+1 == len(stops) || !now.Before(times[i+1]) {
			continue
		}
		out := driveKMH * now.Sub(times[i]).Hours()
		back := driveKMH * times[i+1].Sub(now).Hours()
		switch {
		case out < s.km && out <= back:
			return out, 1
		case back < s.km:
			return back, -1
		}
		return s.km, 0
	}
	return 0, 0
}

// locate makes a position of a distance, with the error of a phone's.
func locate(km float64, way int, dice *rand.Rand) position {
	bearing := (workAt + bend*math.Sin(km/4)) * math.Pi / 180
	p := position{metres: km * 1000, accuracy: float64(6 + dice.IntN(15))}
	stray := p.accuracy / 3
	north := p.metres*math.Cos(bearing) + stray*dice.NormFloat64()
	east := p.metres*math.Sin(bearing) + stray*dice.NormFloat64()
	p.latitude = HomeLatitude + north/metresADeg
	p.longitude = HomeLongitude + east/(metresADeg*math.Cos(HomeLatitude*math.Pi/180))
	if way != 0 {
		p.kmh, p.course = driveKMH, workAt
	}
	if way < 0 {
		p.course += 180
	}
	return p
}

// message is what the OwnTracks app on a phone sends. Its times are the wall's, and so is its speed, which is
// left out, as apps do with what they do not know, where sped-up time makes it one that no phone ever said.
// Source: owntracks/booklet docs/tech/json.md.
func (p position) message(at time.Time, speed float64, trigger string) []byte {
	m := map[string]any{
		"_type": "location", "lat": round(p.latitude, 6), "lon": round(p.longitude, 6), "acc": p.accuracy, "alt": 8, "vac": 3,
		"tst": at.Unix(), "created_at": at.Unix(), "tid": "li", "batt": 78, "bs": 1, "conn": "m", "m": 2, "t": trigger, "topic": Tracker,
	}
	if vel := math.Round(p.kmh * speed); vel > 0 && vel <= fastestPhone {
		m["vel"], m["cog"] = vel, p.course
	}
	if p.metres <= HomeRadiusM {
		m["inregions"], m["conn"] = []string{"Home"}, "w"
	}
	return mustJSON(m)
}

// crossing is the app's message about the border of the region Home.
func (p position) crossing(at time.Time, event string) []byte {
	return mustJSON(map[string]any{
		"_type": "transition", "event": event, "desc": "Home", "wtst": 1_700_000_000, "t": "c", "tid": "li",
		"lat": round(p.latitude, 6), "lon": round(p.longitude, 6), "acc": p.accuracy, "tst": at.Unix(),
	})
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

// mustJSON is for values that this package made: they marshal.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("demo: " + err.Error())
	}
	return b
}
