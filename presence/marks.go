package presence

import (
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// marks are what phones name that may stand for home: the Wi-Fi they are on, a region of theirs whose name says nothing. Nobody
// needs to say which is which: what good fixes have shown at home, and nearly never elsewhere, is a sign of home where a
// fix alone would be too vague.
type marks map[string]*mark

// mark is how often one was seen at home, and elsewhere.
type mark struct {
	In  float64 `json:"in,omitempty"`
	Out float64 `json:"out,omitempty"`
}

const (
	markTimes = 3.0 // times at home that make a sign of a mark
	markStray = 0.1 // of them that it may have been seen elsewhere: a fix may be wrong, a Wi-Fi of this name may be anywhere
	markFades = 0.98

	pointTimes = 1.9   // likewise for an access point
	sharp      = 100.0 // metres: a fix as good as this is not overruled
	maxMarks   = 64
)

func (m marks) home(name string) bool {
	k := m[name]
	return k != nil && k.In >= markTimes && k.Out <= markStray*k.In
}

// see notes that a mark was met on one side of the border.
func (m marks) see(name string, side int) {
	k := m[name]
	if k == nil {
		if len(m) >= maxMarks {
			delete(m, slices.MinFunc(slices.Sorted(maps.Keys(m)), func(a, b string) int { return int(100 * (m[a].In + m[a].Out - m[b].In - m[b].Out)) }))
		}
		k = &mark{}
		m[name] = k
	}
	k.In, k.Out = k.In*markFades, k.Out*markFades
	if side == inside {
		k.In++
	} else {
		k.Out++
	}
}

// surely tells whether an access point stands for home. There is one in the world, and it reaches no farther than the next
// house: twice is enough, and what it says counts more than a vague fix. One that travels along, as a phone's or a train's, is soon met elsewhere.
func (m marks) surely(name string) bool {
	k := m[name]
	return k != nil && k.In >= pointTimes && k.Out <= markStray*k.In
}

// read learns from a fix, and gives the sighting that it makes the meaning that its marks have.
func (m marks) read(f model.Fix, s sighting, place home.Place) sighting {
	side := s.side(place)
	if s.accuracy > vague {
		side = unclear
	}
	if name := "point/" + f.AccessPoint; f.AccessPoint != "" {
		if side != unclear {
			m.see(name, side)
		}
		s.sure = f.Transition == "" && s.accuracy > sharp && m.surely(name)
		f.AtHome = f.AtHome || m.surely(name)
	}
	if name := "wifi/" + f.Network; f.Network != "" {
		if side != unclear {
			m.see(name, side)
		}
		f.AtHome = f.AtHome || m.home(name)
	}
	if f.Transition != "" && f.Region != elsewhere && !isHomeRegion(f.Region) {
		name := "region/" + strings.ToLower(strings.TrimSpace(f.Region))
		if f.Transition == "enter" && side != unclear {
			m.see(name, side)
		}
		if m.home(name) {
			f.Region = ""
		}
	}
	s.crossed = cross(f)
	return s
}
