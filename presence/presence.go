// Package presence turns what is heard of people into presence: home, just_left, away, arriving and extended_away,
// each with its evidence, and into the outlook: when somebody who is away is likely to be back. It is pure: no I/O, no
// clock, no randomness; what it learns is carried in its State and bounded in size.
//
// Use: pass New() to home.New. The house hands every signal to Take and asks Outlook on behalf of climate scenes.
//
// What it listens to: fixes and region crossings of phones, the home network (router, ping), what people say, doors to
// the outside, and motion. What it is careful about, because every hub that is not gets complaints:
//
//   - A fix is a circle. Out needs the whole circle outside; a circle of a cell tower says nothing unless it is far off.
//   - One sign of leaving makes just_left. Away needs a second one, later or of another kind, so a wild fix sets nothing back.
//   - A phone asleep is off the network for up to 20 minutes: that alone is no leaving.
//   - Fixes come late and out of order: one older than the newest is ignored.
//   - Movement counts only beyond the fixes' own uncertainty: who sits still two kilometres off is never arriving.
//   - Motion within closed doors, while all phones are away, is somebody without a phone ("wasp in a box").
//   - A silent phone leaves the habits; the evidence says that it is silent.
//   - The Wi-Fi that a phone is on, and a region of whatever name, stand for home once good fixes have shown that they do; regions
//     that the app publishes are known at once, and sharpen vague fixes.
//
// Of where people go, only distances from home are kept, and these until they are back; of the regions that their apps publish, name,
// width and distance; of past absences, when they began and ended and how far they led (rounded), for 180 days.
package presence

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// The states of a person's presence.
const (
	Unknown      = "unknown"       // nothing has been heard that can be used
	Home         = "home"          // in the house
	JustLeft     = "just_left"     // one sign of leaving, not yet a second
	Away         = "away"          // out
	Arriving     = "arriving"      // seen, or said to be, on the way
	ExtendedAway = "extended_away" // away for extendedAfter
)

const extendedAfter = 24 * time.Hour

// Tracker implements [home.PresenceTracker].
type Tracker struct {
	people map[home.PersonID]*person
	marks  marks
	box    box
	pace   home.Pace
	cached json.RawMessage // State, until something changes

	zones func(string) (*time.Location, error)
	zone  string // whose location loc is
	loc   *time.Location
}

// Option changes how a Tracker is made.
type Option func(*Tracker)

// Zones gives the tracker the time zones by their names; without, every house is in UTC. The tracker itself must not
// look into the world, so it is handed [time.LoadLocation].
func Zones(load func(name string) (*time.Location, error)) Option {
	return func(t *Tracker) { t.zones = load }
}

// Paced makes the tracker go by a faster clock, for demos.
func Paced(p home.Pace) Option { return func(t *Tracker) { t.pace = p } }

// New returns a Tracker that has learned nothing.
func New(options ...Option) *Tracker {
	t := &Tracker{people: map[home.PersonID]*person{}, marks: marks{}, loc: time.UTC}
	for _, o := range options {
		o(t)
	}
	return t
}

// Take takes one signal. Of a phone that stands for nobody, or for somebody who has paused, nothing is taken.
func (t *Tracker) Take(s home.Signal, h home.Household) home.PresenceNews {
	t.cached = nil
	s.At, s.Fix.At, s.Said.ETA = t.pace.In(s.At).In(t.location(h)), t.pace.In(s.Fix.At), t.pace.In(s.Said.ETA)
	t.forget(h)
	switch s.Kind {
	case home.SignalFix, home.SignalNetwork:
		if id, ok := h.Carrier(s.Tracker); ok {
			t.carried(t.person(id), s, h)
		}
	case home.SignalRegions:
		if id, ok := h.Carrier(s.Tracker); ok && h.Place != nil {
			t.person(id).Regions.told(s.Regions, *h.Place)
		}
	case home.SignalSaid:
		t.person(s.Person).say(s.Said, s.At)
	case home.SignalMotion:
		t.box.motion(s.At, t.anyoneIn(h))
	case home.SignalDoor:
		t.box.door(s.On, s.At, t.anyoneIn(h))
	}
	return t.onTheWall(t.news(s.At, h))
}

// onTheWall gives the news the wall's times back; evidence keeps the clock by which people live.
func (t *Tracker) onTheWall(n home.PresenceNews) home.PresenceNews {
	n.Wake = t.pace.Out(n.Wake)
	for i := range n.Moved {
		p := &n.Moved[i].Presence
		p.Since, p.ETA, p.Early, p.Late, p.Heard = t.pace.Out(p.Since), t.pace.Out(p.ETA), t.pace.Out(p.Early), t.pace.Out(p.Late), t.pace.Out(p.Heard)
	}
	return n
}

func (t *Tracker) carried(p *person, s home.Signal, h home.Household) {
	if s.Kind == home.SignalNetwork {
		p.network(s.On, s.At)
		return
	}
	if h.Place == nil {
		return
	}
	f, x := p.Regions.read(s.Fix, look(s.Fix, *h.Place, s.At), *h.Place)
	x = t.marks.read(f, x, *h.Place)
	if x.usable() {
		p.sight(x, *h.Place, s.At)
		p.stay(s.Fix, x, *h.Place)
	}
}

func (t *Tracker) person(id home.PersonID) *person {
	p := t.people[id]
	if p == nil {
		p = &person{}
		t.people[id] = p
	}
	return p
}

// forget drops who lives here no more, and all but the habits of who has paused.
func (t *Tracker) forget(h home.Household) {
	for id, p := range t.people {
		i := slices.IndexFunc(h.People, func(x home.Person) bool { return x.ID == id })
		switch {
		case i < 0:
			delete(t.people, id)
		case h.People[i].Paused && p.State != Unknown:
			*p = person{State: Unknown, Habits: p.Habits, Regions: p.Regions}
		}
	}
}

// anyoneIn tells whether anybody with a phone is in, as far as is known.
func (t *Tracker) anyoneIn(h home.Household) bool {
	return slices.ContainsFunc(h.People, func(x home.Person) bool {
		p := t.people[x.ID]
		return p != nil && (p.State == Home || p.State == JustLeft)
	})
}

// news moves everybody on to now, and lists those whose presence is another.
func (t *Tracker) news(now time.Time, h home.Household) home.PresenceNews {
	var n home.PresenceNews
	wake := func(at time.Time) {
		if !at.IsZero() && (n.Wake.IsZero() || at.Before(n.Wake)) {
			n.Wake = at
		}
	}
	for i := range h.People {
		id := h.People[i].ID
		if p := t.people[id]; p != nil {
			wake(p.advance(now))
			n.Moved = moved(n.Moved, id, &p.Shown, p.presence(now))
		}
	}
	wake(t.box.advance(now, t.anyoneIn(h)))
	if t.box.State != "" {
		n.Moved = moved(n.Moved, home.Somebody, &t.box.Shown, t.box.presence())
	}
	return n
}

func moved(list []home.PresenceMove, id home.PersonID, was *home.Presence, is home.Presence) []home.PresenceMove {
	if same(*was, is) {
		return list
	}
	*was = is
	return append(list, home.PresenceMove{Person: id, Presence: is})
}

func same(a, b home.Presence) bool {
	return a.State == b.State && a.Since.Equal(b.Since) && a.ETA.Equal(b.ETA) && a.DistanceM == b.DistanceM && a.Heard.Equal(b.Heard) && len(a.Evidence) == len(b.Evidence)
}

// Outlook tells when a person is likely to be back. It goes by the tracker's own clock, and so must now.
func (t *Tracker) Outlook(id home.PersonID, now time.Time, h home.Household) home.Outlook {
	now = now.In(t.location(h))
	if id == home.Somebody {
		return t.box.outlook(now)
	}
	if p := t.people[id]; p != nil && p.out() {
		return p.outlook(now)
	}
	return home.Outlook{}
}

// location is the house's time zone; one that nobody knows is UTC.
func (t *Tracker) location(h home.Household) *time.Location {
	if h.Zone != t.zone {
		t.zone, t.loc = h.Zone, time.UTC
		if t.zones != nil && h.Zone != "" {
			if loc, err := t.zones(h.Zone); err == nil {
				t.loc = loc
			}
		}
	}
	return t.loc
}

// stateVersion rises when an older hub could not read what this one writes.
const stateVersion = 1

type wireState struct {
	Version int                       `json:"version"`
	People  map[home.PersonID]*person `json:"people"`
	Marks   marks                     `json:"marks,omitempty"`
	Box     box                       `json:"box"`
}

// State is all that is remembered.
func (t *Tracker) State() json.RawMessage {
	if t.cached == nil {
		b, err := json.Marshal(wireState{stateVersion, t.people, t.marks, t.box})
		if err != nil {
			return nil // no value of ours is one that JSON lacks
		}
		t.cached = b
	}
	return t.cached
}

// SetState takes what State gave.
func (t *Tracker) SetState(b json.RawMessage) error {
	var w wireState
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("what was learned of presence cannot be read: %w", err)
	}
	if w.Version != stateVersion {
		return fmt.Errorf("what was learned of presence is of version %d; this hub reads %d", w.Version, stateVersion)
	}
	t.people, t.marks, t.box, t.cached = w.People, w.Marks, w.Box, nil
	if t.marks == nil {
		t.marks = marks{}
	}
	if t.people == nil {
		t.people = map[home.PersonID]*person{}
	}
	return nil
}

// sighting is a fix as seen from home.
type sighting struct {
	at       time.Time
	metres   float64 // from home
	accuracy float64 // metres
	crossed  string  // "enter" or "leave" of the home region
	sure     bool    // it is at home, however vague
}

// What a fix must be to count. Distances in metres.
const (
	vague  = 400.0 // a fix vaguer than this is a cell tower's: it counts only from …
	vagueX = 4.0   // … so many times its radius off
)

func look(f model.Fix, place home.Place, now time.Time) sighting {
	s := sighting{at: f.At.UTC(), metres: distance(f.Latitude, f.Longitude, place.Latitude, place.Longitude), accuracy: max(f.AccuracyM, 0)}
	if s.at.Year() < 2000 || s.at.After(now) { // a clock that was never set, or runs ahead
		s.at = now.UTC()
	}
	return s
}

// cross is the crossing of the home region's border that a fix tells of.
func cross(f model.Fix) string {
	switch {
	case f.AtHome && f.Transition == "":
		return "enter" // the phone itself holds that it is at home: as good as having seen it come in
	case isHomeRegion(f.Region):
		return f.Transition
	}
	return ""
}

func (s sighting) usable() bool {
	good := s.accuracy <= vague || s.metres > vagueX*s.accuracy // a NaN accuracy fails
	return !math.IsNaN(s.metres) && s.accuracy <= farthest && (good || s.crossed != "" || s.sure)
}

// isHomeRegion tells by its name whether a region is home. The crossing of any other region is a plain fix.
func isHomeRegion(name string) bool {
	name = strings.TrimSpace(name)
	return name == "" || strings.EqualFold(name, "home") || name == "家"
}
