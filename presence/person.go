package presence

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

// person is what is known of one person now, and of his habits.
type person struct {
	State   string        `json:"state,omitempty"`
	Since   time.Time     `json:"since,omitzero"`    // when he came in, or went out
	Heard   time.Time     `json:"heard,omitzero"`    // when anything was last heard
	Suspect time.Time     `json:"suspect,omitzero"`  // the first sign of leaving
	Crossed bool          `json:"crossed,omitempty"` // that sign was the phone's own crossing of the region's border
	Net     network       `json:"net,omitzero"`
	Place   memory        `json:"place,omitzero"`
	Regions regions       `json:"regions,omitzero"`
	At      spot          `json:"at,omitzero"`
	Track   []point       `json:"track,omitempty"` // of this absence
	Far     float64       `json:"far,omitempty"`   // the farthest of this absence, metres
	Coming  approach      `json:"coming,omitzero"`
	Said    said          `json:"said,omitzero"`
	Habits  habits        `json:"habits"`
	Shown   home.Presence `json:"shown"`

	guess *guess // the outlook last worked out
}

// network is what the home network says of the phone.
type network struct {
	Known bool      `json:"known,omitempty"` // it has been in reach at least once
	On    bool      `json:"on,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Vain  bool      `json:"vain,omitempty"` // out of reach, though the person was seen at home since: asleep
}

// said is what the person said last, and when.
type said struct {
	home.Statement
	At time.Time `json:"at,omitzero"`
}

// When signs count as leaving.
const (
	secondAfter = 100 * time.Second // a second sign must come so much later
	suspectFor  = 15 * time.Minute  // one sign alone is forgotten then …
	crossedFor  = 10 * time.Minute  // … but the border crossed is believed of a phone that no network knows
	asleepFor   = 25 * time.Minute  // a phone out of the network's reach this long is not asleep
	saidFor     = 14 * time.Hour    // how long a statement without an end holds
	beyond      = 100.0             // metres outside the home radius: out
)

func (p *person) out() bool { return p.State == Away || p.State == Arriving || p.State == ExtendedAway }
func (p *person) in() bool  { return p.State == Home || p.State == JustLeft }

// enter is that he is in the house.
func (p *person) enter(at time.Time) {
	p.Suspect, p.Crossed, p.guess = time.Time{}, false, nil
	if !p.Net.On {
		p.Net.Vain = true
	}
	switch {
	case p.out():
		p.Habits.learn(p.Since, at, p.Far, p.Track, p.Coming)
		p.Since = at
	case !p.in():
		p.Since = at
	}
	p.State = Home
	p.Track, p.Far, p.Coming, p.At = nil, 0, approach{}, spot{}
	if p.Said.State != "later" || p.Said.ETA.Before(at) {
		p.Said = said{}
	}
}

// suspect is a sign of leaving; a second one is believed.
func (p *person) suspect(at time.Time, crossed bool) {
	switch {
	case p.Suspect.IsZero():
		p.Suspect, p.Crossed, p.State = at, crossed, JustLeft
	case at.Sub(p.Suspect) >= secondAfter:
		p.leave(p.Suspect)
	}
}

// leave is that he has been out since a moment.
func (p *person) leave(since time.Time) {
	p.State, p.Since, p.Suspect, p.Crossed, p.guess = Away, since, time.Time{}, false, nil
	p.Coming = approach{}
}

// network takes that the phone came into, or went out of, reach of the home network.
func (p *person) network(on bool, at time.Time) {
	p.guess = nil
	if p.Net.Known && p.Net.On == on {
		p.Heard = at
		return
	}
	p.Net.On, p.Net.Since, p.Net.Vain, p.Heard = on, at, false, at
	switch {
	case on:
		p.Net.Known = true
		p.Place = memory{Heard: at, At: at}
		p.enter(at)
	case p.State == JustLeft:
		p.leave(p.Suspect)
	case p.State == "" || p.State == Unknown:
		// not in reach: he may be anywhere
	}
}

// sight takes a usable fix.
func (p *person) sight(s sighting, place home.Place, now time.Time) {
	if p.Place.Heard.After(now) { // the clock has been set back since
		p.Place = memory{}
	}
	if s.at.Before(p.Place.Heard) || s.at.Equal(p.Place.Heard) && s.crossed == "" {
		return
	}
	if s.at.After(p.Heard) {
		p.Heard = s.at
	}
	was := p.Place
	p.guess = nil
	p.Place = p.Place.after(s)
	switch s.side(place) {
	case inside:
		p.enter(s.at)
	case outside:
		p.sightOut(s, was, place)
	}
}

func (p *person) sightOut(s sighting, was memory, place home.Place) {
	switch {
	case p.in():
		p.suspect(s.at, s.crossed == "leave")
		if p.in() {
			return
		}
	case !p.out():
		p.leave(s.at)
	}
	p.Far = max(p.Far, s.metres)
	p.follow(s, was, place)
}

// The sides of the border that a sighting can speak for.
const (
	unclear = iota
	inside
	outside
)

const regionSlack = 250.0 // metres outside the radius that a region's "enter" is still believed: apps draw their own circle

func (s sighting) side(place home.Place) int {
	near := max(2*place.RadiusM, place.RadiusM+150)
	switch {
	case s.sure:
		return inside
	case s.crossed == "enter" && s.metres-s.accuracy < place.RadiusM+regionSlack:
		return inside
	case s.crossed == "leave" && s.metres+s.accuracy >= place.RadiusM: // only a circle wholly inside contradicts
		return outside
	case s.metres+s.accuracy < near || s.metres < place.RadiusM && s.accuracy <= place.RadiusM:
		return inside
	case s.metres-s.accuracy > place.RadiusM+beyond:
		return outside
	}
	return unclear
}

// say takes what the person says.
func (p *person) say(st home.Statement, at time.Time) {
	p.guess, p.Heard = nil, at
	p.Said = said{Statement: st, At: at}
	switch st.State {
	case "home":
		p.enter(at)
		p.Said = said{Statement: st, At: at}
	case "away":
		if !p.out() {
			p.leave(at)
		}
	case "arriving":
		if !p.out() && !p.in() {
			p.leave(at)
		}
	case "forget":
		p.Said = said{}
	}
}

// advance does what only time does, and says when to look again.
func (p *person) advance(now time.Time) time.Time {
	p.guess = nil
	if p.Said.State != "" && p.Said.ETA.IsZero() && now.Sub(p.Said.At) > saidFor {
		p.Said = said{}
	}
	var due time.Time
	switch {
	case p.State == JustLeft:
		due = p.settle(now)
	case p.State == Home && p.Net.Known && !p.Net.On && !p.Net.Vain:
		if due = p.Net.Since.Add(asleepFor); !due.After(now) {
			p.leave(p.Net.Since)
		}
	}
	if p.out() {
		p.State = p.outside(now)
		due = now.Truncate(lookAgain).Add(lookAgain)
	}
	return due
}

const lookAgain = 10 * time.Minute

// settle decides about a single sign of leaving whose time is up.
func (p *person) settle(now time.Time) time.Time {
	wait := suspectFor
	believe := !p.Net.On && (p.Crossed || p.Place.Metres > 1000)
	if p.Crossed && !p.Net.Known {
		wait = crossedFor
	}
	due := p.Suspect.Add(wait)
	switch {
	case due.After(now):
		return due
	case believe:
		p.leave(p.Suspect)
	default:
		p.State, p.Suspect, p.Crossed = Home, time.Time{}, false
	}
	return time.Time{}
}

func (p *person) outside(now time.Time) string {
	switch {
	case p.Said.State == "arriving" && p.Said.ETA.Add(overdue).After(now):
		return Arriving
	case p.Coming.live(now):
		return Arriving
	case now.Sub(p.Since) >= extendedAfter:
		return ExtendedAway
	}
	return Away
}

// memory is where the person has been since when. The place stays put while fixes lie within each other's
// uncertainty, so jitter does not add up to movement, and slow movement is not lost between frequent fixes.
type memory struct {
	Metres   float64   `json:"metres,omitempty"`
	Accuracy float64   `json:"accuracy,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Heard    time.Time `json:"heard,omitzero"`
}

const (
	leastMove = 100.0 // metres: less is never movement, however exact the fixes claim to be
	leastPart = 0.03  // of the way home
)

func (m memory) known() bool { return !m.Heard.IsZero() }

// doubt is how far two sightings may differ without a movement, metres. Accuracies are of two thirds of all fixes, and of many fixes
// some lie far beyond; and who moves by little of the way home, as between office and lunch, is not on it.
func (m memory) doubt(s sighting) float64 {
	return max(leastMove, 2*(m.Accuracy+s.accuracy), leastPart*s.metres)
}

func (m memory) after(s sighting) memory {
	moved := math.Abs(m.Metres-s.metres) > m.doubt(s)
	if !m.known() || moved || s.accuracy < m.Accuracy/2 {
		return memory{Metres: math.Round(s.metres), Accuracy: math.Round(s.accuracy), At: s.at, Heard: s.at}
	}
	m.Heard = s.at
	return m
}
