package home

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// Presence is where a person is as far as the house cares.
type Presence struct {
	State string    `json:"state"` // home, arriving, just_left, away, extended_away, unknown
	Since time.Time `json:"since,omitzero"`
	// ETA is when somebody who is away is likely to be home: the median. Early and Late are the tenth and the ninetieth
	// percentile. All are zero when nothing is known. Only a person in the state arriving was seen on the way.
	ETA       time.Time `json:"eta,omitzero"`
	Early     time.Time `json:"early,omitzero"`
	Late      time.Time `json:"late,omitzero"`
	DistanceM float64   `json:"distance_m,omitzero"` // from home, coarse
	Heard     time.Time `json:"heard,omitzero"`      // when anything was last heard of the person
	// Evidence says what this rests on, the weightiest first.
	Evidence []Line `json:"signs,omitempty"`
}

// Somebody is whoever is in the house without a phone: motion within closed doors tells.
const Somebody PersonID = "somebody"

// Line is a sentence as data: a key of the catalogue of messages, and what goes into it.
type Line struct {
	Key  string `json:"key"`
	Args []Arg  `json:"args,omitempty"`
}

// Arg is an argument of a Line. Kind says how it reads: "clock" and "day" (of At), "span" (Number, seconds), "celsius",
// "kelvin", "metres", "number" (Number), "person", "room", "device", "weekday" and "text" (Text).
type Arg struct {
	Kind   string    `json:"kind"`
	Number float64   `json:"number,omitempty"`
	Text   string    `json:"text,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// SignalKind says what a presence signal is.
type SignalKind string

// The kinds of presence signal.
const (
	SignalFix     SignalKind = "fix"     // a phone said where it is, or that it crossed a region's border
	SignalRegions SignalKind = "regions" // a phone said which regions it watches
	SignalNetwork SignalKind = "network" // a phone came into, or went out of, the reach of the home network
	SignalSaid    SignalKind = "said"    // somebody said where he is, or will be
	SignalMotion  SignalKind = "motion"  // somebody moves in the house
	SignalDoor    SignalKind = "door"    // a door to the outside opened (On) or closed
	SignalTick    SignalKind = "tick"    // the moment asked for has come
)

// Signal is one thing heard that tells where people are.
type Signal struct {
	Kind    SignalKind
	At      time.Time // the house's clock
	Tracker string    // of a fix, of regions or of a network
	Fix     model.Fix
	Regions model.Regions
	On      bool     // in reach; open
	Person  PersonID // who said it
	Said    Statement
}

// Statement is what somebody says of where he is or will be.
type Statement struct {
	// State is "home", "away", "arriving" (with ETA), "later" (not before ETA) or "forget" (what was said before).
	State string    `json:"state"`
	ETA   time.Time `json:"eta,omitzero"`
}

// Household is what a presence tracker must know of the house.
type Household struct {
	Place  *Place // nil while nobody has said
	People []Person
	Zone   string // IANA name of the time zone; empty is UTC
}

// Carrier finds who a tracker stands for; ok is false when it is nobody, or somebody who has paused.
func (h Household) Carrier(tracker string) (PersonID, bool) {
	for i := range h.People {
		if slices.Contains(h.People[i].Trackers, tracker) {
			return h.People[i].ID, !h.People[i].Paused
		}
	}
	return "", false
}

// PresenceNews is what follows from a signal: whose presence is another now, and when to be asked again.
type PresenceNews struct {
	Moved []PresenceMove
	Wake  time.Time // zero: only the next signal matters
}

// PresenceMove is one person's presence as it is now.
type PresenceMove struct {
	Person   PersonID
	Presence Presence
}

// Outlook is when somebody who is away is likely to be home again.
type Outlook struct {
	From time.Time
	Step time.Duration
	// Back[i] is the probability of being home by From + (i+1)·Step. It never falls; what is missing to 1 comes later.
	Back []float64
	// Told is how long before returns like this one the phone told of the way home, ascending, each as likely as the others;
	// 0 where it did not. Empty: nothing is known of it, or the way home has begun.
	Told []time.Duration
	// Known tells how many past absences like this one it rests on.
	Known float64
	Usual Line // the habit in words: "usually back at 18:40 on Tuesdays (8 of 10)"; no key when there is none
}

// PresenceTracker turns signals into presence: pure, one per house.
type PresenceTracker interface {
	// Take takes one signal.
	Take(s Signal, h Household) PresenceNews
	// Outlook tells when a person is likely to be back. Back is empty for who is at home or of whom nothing is known.
	Outlook(p PersonID, now time.Time, h Household) Outlook
	// State and SetState carry what the tracker has learned through a restart.
	State() json.RawMessage
	SetState(json.RawMessage) error
}

// PresenceNow is where a person is, without the cost of a View.
func (h *Home) PresenceNow(p PersonID) Presence { return h.st.Presence[p] }

const presenceTimer = "presence"

func (h *Home) household() Household {
	return Household{Place: h.st.Place, People: sortedValues(h.st.People), Zone: h.st.Zone}
}

// locate takes a fix. One of a tracker that stands for nobody is only remembered as seen.
func (h *Home) locate(b Located) error {
	if err := checkTracker(b.Tracker); err != nil {
		return err
	}
	h.seeTracker(b.Tracker)
	if h.st.Place != nil {
		h.sense(Signal{Kind: SignalFix, Tracker: b.Tracker, Fix: b.Fix}, b.Tracker)
	}
	return nil
}

func checkTracker(name string) error {
	if name == "" || len(name) > longestTracker {
		return refuse("tracker", name[:min(len(name), longestTracker)], fmt.Sprintf("a name of at most %d bytes, such as router/li", longestTracker))
	}
	return nil
}

// tellRegions takes which regions a tracker watches. Where home is must be known: of regions only their distance from it is kept.
func (h *Home) tellRegions(b RegionsTold) error {
	if err := checkTracker(b.Tracker); err != nil {
		return err
	}
	h.seeTracker(b.Tracker)
	if h.st.Place != nil {
		h.sense(Signal{Kind: SignalRegions, Tracker: b.Tracker, Regions: b.Regions}, b.Tracker)
	}
	return nil
}

// associate takes that a tracker is, or is no longer, in reach of the home network.
func (h *Home) associate(b Associated) error {
	if err := checkTracker(b.Tracker); err != nil {
		return err
	}
	h.seeTracker(b.Tracker)
	h.sense(Signal{Kind: SignalNetwork, Tracker: b.Tracker, On: b.Connected}, b.Tracker)
	return nil
}

var statements = []string{"home", "away", "arriving", "later", "forget"}

// state takes what somebody says of himself.
func (h *Home) state(b Stated) error {
	if _, ok := h.st.People[b.Person]; !ok {
		return refuse("person", string(b.Person), "a person of this house")
	}
	if !slices.Contains(statements, b.Said.State) {
		return refuse("state", b.Said.State, "one of "+strings.Join(statements, ", "))
	}
	if b.Said.State == "later" && !b.Said.ETA.After(h.at) {
		return refuse("eta", b.Said.ETA.Format(time.RFC3339), "a moment to come")
	}
	if !b.Said.ETA.IsZero() && b.Said.ETA.Sub(h.at) > 90*24*time.Hour {
		return refuse("eta", b.Said.ETA.Format(time.RFC3339), "a moment within 90 days")
	}
	h.sense(Signal{Kind: SignalSaid, Person: b.Person, Said: b.Said}, "said")
	return nil
}

// sense hands a signal to the tracker, keeps what it says and tells the scenes.
func (h *Home) sense(s Signal, via string) {
	if h.presence == nil {
		return
	}
	s.At = h.at
	news := h.presence.Take(s, h.household())
	h.wakePresence(news.Wake)
	for _, m := range news.Moved {
		h.movePresence(m, via)
	}
}

func (h *Home) movePresence(m PresenceMove, via string) {
	was, now := h.st.Presence[m.Person], m.Presence
	h.st.Presence[m.Person] = now
	moved := now.State != was.State
	if moved || now.ETA.Sub(was.ETA).Abs() >= time.Minute {
		h.emit(PresenceMoved{Seq: h.seq, Person: m.Person, From: was.State, Presence: now})
	}
	cause := &model.Cause{Kind: model.CausePerson, Who: string(m.Person), Via: via, Fact: h.seq, Text: h.st.People[m.Person].Name + " " + now.State}
	o := Occurrence{Kind: OccurredPresence, Person: m.Person, FromState: was.State, ToState: now.State, At: h.at, Cause: cause}
	if !moved || was.State == "" || was.State == "unknown" || m.Person == Somebody {
		o.Kind = OccurredOutlook // what is first heard of a person is no arrival
	}
	h.occur(o)
}

func (h *Home) wakePresence(at time.Time) {
	due, set := h.st.Timers[presenceTimer]
	switch {
	case at.IsZero():
		h.clearTimer(presenceTimer)
	case !set || due != at.UnixNano():
		h.setTimer(presenceTimer, at)
	}
}

// entrances are the roles of a contact sensor on a door to the outside. Locks are on one anyway.
var entrances = []string{"front door", "entrance", "back door", "house door", "大门", "入户门", "家门"}

// senseDevice passes on what a device's attribute says about people in the house.
func (h *Home) senseDevice(dev *Device, a model.Attribute, v model.Value) {
	on, ok := v.Bool()
	switch {
	case a == model.AttrOccupancyOccupied && ok && on:
		h.sense(Signal{Kind: SignalMotion, On: true}, string(dev.ID))
	case a == model.AttrContactOpen && ok && isEntrance(dev):
		h.sense(Signal{Kind: SignalDoor, On: on}, string(dev.ID))
	case a == model.AttrDoorLockLock && v.String() == "unlocked":
		h.sense(Signal{Kind: SignalDoor, On: true}, string(dev.ID))
	}
}

func isEntrance(dev *Device) bool {
	return slices.ContainsFunc(dev.Roles, func(role string) bool { return slices.Contains(entrances, strings.ToLower(role)) })
}

// restorePresence gives the tracker back what it had learned.
func (h *Home) restorePresence(state json.RawMessage) error {
	if h.presence == nil || len(state) == 0 {
		return nil
	}
	if err := h.presence.SetState(state); err != nil {
		return fmt.Errorf("the presence part of the snapshot: %w", err)
	}
	return nil
}
