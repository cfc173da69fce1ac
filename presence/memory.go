package presence

import (
	"fmt"
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

// memory is what is kept between two fixes: where the person has been since when, and when
// that was last heard. The place stays put while fixes lie within each other's uncertainty, so
// jitter does not add up to movement, and slow movement is not lost between frequent fixes.
// It is kept in [home.Presence.Seen].
type memory struct {
	metres   float64
	accuracy float64
	at       time.Time
	heard    time.Time
}

func (m memory) known() bool { return !m.heard.IsZero() }

// nearerBy is how many metres nearer home the sighting is.
func (m memory) nearerBy(s sighting) float64 { return m.metres - s.metres }

// doubt is how many metres of difference the two fixes' own uncertainty explains, and the whole metres that memory keeps.
func (m memory) doubt(s sighting) float64 { return max(leastMove, m.accuracy+s.accuracy+1) }

// after is the memory once a sighting is taken in.
func (m memory) after(s sighting) memory {
	moved := math.Abs(m.nearerBy(s)) > m.doubt(s)
	if !m.known() || moved || s.accuracy < m.accuracy/2 {
		return memory{metres: s.metres, accuracy: s.accuracy, at: s.at, heard: s.at}
	}
	m.heard = s.at
	return m
}

// keep writes the memory into a presence, and in words what it rests on.
func (m memory) keep(p *home.Presence, tracker string) {
	p.Seen = home.Sighting{DistanceM: m.metres, AccuracyM: m.accuracy, Since: m.at, Heard: m.heard}
	p.Evidence = fmt.Sprintf("%.0f m ± %.0f m since %s, heard %s by %s", m.metres, math.Ceil(m.accuracy),
		m.at.Format(time.RFC3339), m.heard.Format(time.RFC3339), tracker)
}

// recall reads a memory back; one that cannot be true is none.
func recall(s home.Sighting) memory {
	if !(s.DistanceM >= 0 && s.DistanceM <= farthest) || !(s.AccuracyM >= 0 && s.AccuracyM <= worstAccuracy) {
		return memory{}
	}
	return memory{metres: s.DistanceM, accuracy: s.AccuracyM, at: s.Since, heard: s.Heard}
}
