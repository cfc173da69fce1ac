package presence

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// regions are the circles whose borders a person's phones watch, by lower-case name, as their apps have published them. Of
// where they lie only the distance from home is kept. A region that is published needs no learning (marks.go), and its circle
// counts more than its name: "Home" in the app of somebody whose parents' home that is, is not ours.
type regions struct {
	From  home.Place        `json:"from,omitzero"` // where home was when the distances were taken
	Known map[string]region `json:"known,omitempty"`
}

type region struct {
	Name    string  `json:"name"`
	ID      string  `json:"id,omitempty"`
	Metres  float64 `json:"metres"` // from home to its middle
	RadiusM float64 `json:"radius_m"`
}

// spot is the named place where somebody is.
type spot struct {
	Name  string    `json:"name,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

const (
	maxRegions = 64
	homeOff    = 150.0 // metres from home that the middle of a region may lie which is home, at least
	borderOff  = 100.0 // metres: phones notice a border that late
)

// home tells whether the region is this house. Wider circles around it are rings on the way.
func (g region) home(place home.Place) bool {
	return g.Metres <= max(place.RadiusM, homeOff) && g.RadiusM <= place.RadiusM+regionSlack
}

// around tells whether home lies within it.
func (g region) around() bool { return g.Metres <= g.RadiusM }

func regionKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// told takes what a phone tells of its regions. One of the same id under another name has been named anew.
func (r *regions) told(news model.Regions, place home.Place) {
	r.at(place)
	if news.Complete || r.Known == nil {
		r.Known = map[string]region{}
	}
	for _, n := range news.Known {
		key := regionKey(n.Name)
		maps.DeleteFunc(r.Known, func(_ string, g region) bool { return n.ID != "" && g.ID == n.ID })
		delete(r.Known, key)
		d := distance(n.Latitude, n.Longitude, place.Latitude, place.Longitude)
		if n.Gone || key == "" || math.IsNaN(d) || !(n.RadiusM > 0 && n.RadiusM <= farthest) {
			continue
		}
		if len(r.Known) >= maxRegions {
			delete(r.Known, slices.MaxFunc(slices.Sorted(maps.Keys(r.Known)), func(a, b string) int { return int(r.Known[a].Metres - r.Known[b].Metres) }))
		}
		r.Known[key] = region{Name: strings.TrimSpace(n.Name), ID: n.ID, Metres: math.Round(d), RadiusM: n.RadiusM}
	}
}

// at forgets distances from a home that has moved.
func (r *regions) at(place home.Place) {
	if r.From.Latitude != place.Latitude || r.From.Longitude != place.Longitude {
		*r = regions{From: place}
	}
}

// of finds the region of a name.
func (r *regions) of(name string) (region, bool) {
	g, ok := r.Known[regionKey(name)]
	return g, ok
}

// elsewhere stands for a region that is not home, whatever its name.
const elsewhere = "elsewhere"

// read gives a fix the meaning that the regions have which it names.
func (r *regions) read(f model.Fix, s sighting, place home.Place) (model.Fix, sighting) {
	r.at(place)
	if f.Transition != "" {
		g, ok := r.of(f.Region)
		switch {
		case !ok:
			return f, s
		case g.home(place):
			f.Region = ""
			return f, s
		}
		f.Region = elsewhere
		return f, s.within(max(g.Metres, g.RadiusM), min(g.Metres, g.RadiusM)+borderOff)
	}
	if len(f.Within) == 0 {
		return f, s
	}
	f.AtHome = false
	least := region{RadiusM: math.Inf(1)}
	for _, name := range f.Within {
		g, ok := r.of(name)
		if !ok {
			f.AtHome = f.AtHome || name != "" && isHomeRegion(name)
			continue
		}
		f.AtHome = f.AtHome || g.home(place)
		if g.RadiusM < least.RadiusM {
			least = g
		}
	}
	if least.Name == "" || f.AtHome {
		return f, s
	}
	low, high := max(least.Metres-least.RadiusM, 0), least.Metres+least.RadiusM
	return f, s.within((low+high)/2, (high-low)/2+borderOff)
}

// within makes a vaguer sighting as exact as the region tells. A fix that contradicts it stays as it is: lists of regions may be old.
func (s sighting) within(metres, accuracy float64) sighting {
	if s.accuracy > accuracy && math.Abs(s.metres-metres) <= s.accuracy+accuracy {
		s.metres, s.accuracy = metres, accuracy
	}
	return s
}

// stay follows at which named place the person is.
func (p *person) stay(f model.Fix, s sighting, place home.Place) {
	switch {
	case f.Transition == "enter":
		p.settleAt([]string{f.Region}, s, place)
	case f.Transition == "leave":
		if strings.EqualFold(p.At.Name, strings.TrimSpace(f.Region)) {
			p.At = spot{}
		}
	case f.Within != nil:
		p.settleAt(f.Within, s, place)
	}
	if g, ok := p.Regions.of(p.At.Name); !ok || math.Abs(s.metres-g.Metres) > g.RadiusM+s.accuracy+borderOff {
		p.At = spot{}
	}
}

// settleAt takes the names of the regions in which the person is: the narrowest that is not home, or around it, is where he is.
func (p *person) settleAt(names []string, s sighting, place home.Place) {
	least := region{RadiusM: math.Inf(1)}
	for _, name := range names {
		if g, ok := p.Regions.of(name); ok && !g.around() && !g.home(place) && g.RadiusM < least.RadiusM {
			least = g
		}
	}
	if least.Name != p.At.Name {
		p.At = spot{Name: least.Name, Since: s.at}
	}
}
