package presence

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

// point is a moment of an absence: how far off, and whether coming nearer.
type point struct {
	At     time.Time `json:"at"`
	Metres float64   `json:"metres"`
	Nearer bool      `json:"nearer,omitempty"`
}

// maxTrack bounds the points of an absence that are kept; the newest count.
const maxTrack = 48

// approach is the last movement towards home.
type approach struct {
	At     time.Time `json:"at,omitzero"`
	Metres float64   `json:"metres,omitempty"`
	From   float64   `json:"from,omitempty"` // where this approach began, metres
	Late   time.Time `json:"late,omitzero"`  // when it is no longer believed
	Begun  time.Time `json:"begun,omitzero"` // when it was first noticed
}

func (a approach) live(now time.Time) bool { return !a.At.IsZero() && now.Before(a.Late) }

const (
	slowest   = 0.9              // metres a second: slower is no approach to reckon with …
	stillFor  = 20 * time.Minute // … but who was last heard so long ago set out only since
	overdue   = 45 * time.Minute // an arrival that was announced is not believed longer
	longest   = 4 * time.Hour    // no approach is followed longer
	turnAfter = 1.5              // so many times the doubt farther off is turning away
)

// follow takes a fix of somebody who is out.
func (p *person) follow(s sighting, was memory, place home.Place) {
	nearer, farther := false, false
	if was.known() {
		by, doubt := was.Metres-s.metres, was.doubt(s)
		since := was.At
		if s.at.Sub(since) > stillFor {
			since = was.Heard
		}
		took := s.at.Sub(since)
		nearer = by > doubt && (took > stillFor || by >= slowest*took.Seconds())
		farther = by < -turnAfter*doubt
	}
	p.Track = append(p.Track, point{At: s.at, Metres: math.Round(s.metres), Nearer: nearer})
	if n := len(p.Track) - maxTrack; n > 0 {
		p.Track = append(p.Track[:0], p.Track[n:]...)
	}
	switch {
	case nearer:
		p.near(s, was, place)
	case farther:
		p.Coming = approach{}
		p.guess = nil
	}
}

func (p *person) near(s sighting, was memory, place home.Place) {
	from, begun := was.Metres, s.at
	if p.Coming.live(s.at) {
		from, begun = p.Coming.From, p.Coming.Begun
	}
	p.Coming = approach{At: s.at, Metres: s.metres, From: from, Begun: begun}
	m, spread := p.Habits.travel(max(s.metres-place.RadiusM, 0))
	wait := time.Duration(m * math.Exp(1.7*spread) * float64(time.Minute))
	p.Coming.Late = s.at.Add(min(wait+10*time.Minute, longest))
	p.guess = nil
}

// leg is one observed way home: from where, and how long it took.
type leg struct {
	Metres  float64 `json:"metres"`
	Minutes float64 `json:"minutes"`
}

// How long a way home takes when nothing better is known.
const (
	detour      = 1.35 // a way through streets over the straight line
	usualMetres = 26_000.0 / 60
	fastMetres  = 75_000.0 / 60 // from far off
	usualWait   = 4.0           // minutes: parking, stairs
	usualSpread = 0.40          // of its logarithm
	priorWeight = 1.5           // as so many legs observed
	legNear     = 0.30          // how far the logarithm of the distance may lie off
)

// travel is the median time in minutes from so many metres off to the door, and the spread of its logarithm.
func (h *habits) travel(metres float64) (minutes, spread float64) {
	speed := usualMetres
	if metres > 15_000 {
		speed += (fastMetres - usualMetres) * min((metres-15_000)/45_000, 1)
	}
	prior := math.Log(metres*detour/speed + usualWait)
	w, sum, sq := priorWeight, priorWeight*prior, priorWeight*(prior*prior+usualSpread*usualSpread)
	at := math.Log(metres + 200)
	for _, l := range h.Legs {
		d := (math.Log(l.Metres+200) - at) / legNear
		k := math.Exp(-d * d / 2)
		if k < 0.02 {
			continue
		}
		y := math.Log(max(l.Minutes, 1))
		w, sum, sq = w+k, sum+k*y, sq+k*y*y
	}
	mean := sum / w
	return math.Exp(mean), math.Sqrt(max(sq/w-mean*mean, 0.02))
}

// toFarAway is the least time in minutes in which nobody gets home from so many metres off.
func atLeast(metres float64) float64 { return metres / (110_000.0 / 60) }

// likelihood is how much likelier an approach like this is on the way home than otherwise: the more of the way is done, the more.
func (a approach) likelihood() float64 {
	if a.From <= 0 {
		return 12
	}
	done := min(max(1-a.Metres/a.From, 0), 1)
	return 12 * math.Exp(3.2*done)
}
