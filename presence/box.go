package presence

import (
	"time"

	"github.com/concord-home/hub/home"
)

// box finds out whether somebody without a phone is in: while all phones are away, motion some time after the last
// door closed can only be somebody who was in when it closed ("wasp in a box"). He stays in until a door opens.
type box struct {
	State  string        `json:"state,omitempty"` // home, away or "" while it has never been seen
	Since  time.Time     `json:"since,omitzero"`
	Empty  time.Time     `json:"empty,omitzero"`    // since when no phone is in; zero while one is
	Door   time.Time     `json:"door,omitzero"`     // when a door was last moved
	Hits   []time.Time   `json:"hits,omitempty"`    // motion since then, the newest two
	Doubt  time.Time     `json:"doubt,omitzero"`    // until when he is taken to be in without motion
	Opened bool          `json:"opened,omitempty"`  // a door opened while nobody was in
	Seen   float64       `json:"seen,omitempty"`    // how often, of late, somebody was in when all phones had left …
	Empt   float64       `json:"emptied,omitempty"` // … and how often nobody was
	Habits habits        `json:"habits"`
	Shown  home.Presence `json:"shown"`

	guess *guess
}

const (
	doorEcho   = 12 * time.Minute // motion sooner after a door may be of who went through it
	hitsWithin = 75 * time.Minute // two motions within this are no robot and no sun
	quietFor   = 45 * time.Minute // without motion after a door moved, nobody is in
	enteredFor = 20 * time.Minute // who opened the door of an empty house is in; no sign for so long: he left again
	nightFrom  = 22
	nightTo    = 7
)

func (b *box) motion(at time.Time, phones bool) {
	if phones || b.Empty.IsZero() {
		return
	}
	if b.Opened && at.Sub(b.Door) > time.Minute {
		b.in(b.Door, at)
		return
	}
	if at.Sub(b.since()) < doorEcho {
		return
	}
	if b.Hits = append(b.Hits, at); len(b.Hits) > 2 {
		b.Hits = b.Hits[1:]
	}
	if b.State == Home || len(b.Hits) == 2 && at.Sub(b.Hits[0]) <= hitsWithin {
		b.in(b.since(), at)
	}
}

// since is when the house was last closed with no phone in it.
func (b *box) since() time.Time {
	if b.Door.After(b.Empty) {
		return b.Door
	}
	return b.Empty
}

// in is that somebody is in for certain.
func (b *box) in(since, now time.Time) {
	if b.State == Away {
		b.Habits.learn(b.Since, since, 0, nil, approach{})
	}
	if b.State != Home {
		b.State, b.Since = Home, since
	}
	b.Doubt, b.Opened, b.guess = time.Time{}, false, nil
}

func (b *box) out(since time.Time) {
	if b.State == Home {
		b.Since = since
	}
	b.State, b.Doubt, b.Hits, b.Opened, b.guess = Away, time.Time{}, nil, false, nil
}

func (b *box) door(open bool, at time.Time, phones bool) {
	b.Door = at
	if phones || b.Empty.IsZero() {
		return
	}
	b.Hits = nil
	switch {
	case b.State == Home && b.Doubt.IsZero():
		b.Doubt = at.Add(quietFor)
	case b.State != Home && open:
		b.Opened = true
		b.Doubt = at.Add(enteredFor)
	}
}

// advance follows the phones and the time, and says when to look again.
func (b *box) advance(now time.Time, phones bool) time.Time {
	b.guess = nil
	switch {
	case phones && !b.Empty.IsZero():
		b.close()
	case !phones && b.Empty.IsZero():
		b.Empty, b.Hits, b.Opened = now, nil, false
		if b.often() {
			b.State, b.Since, b.Doubt = Home, now, now.Add(quietFor)
		}
	}
	if !b.Doubt.IsZero() && !b.Doubt.After(now) {
		b.doubted()
	}
	if b.State == Away && !b.Empty.IsZero() {
		return latest(b.Doubt, now.Truncate(lookAgain).Add(lookAgain))
	}
	return b.Doubt
}

func latest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// doubted ends a doubt: nothing moved.
func (b *box) doubted() {
	if b.State == Home {
		b.out(b.since())
		return
	}
	b.Opened, b.Doubt = false, time.Time{}
}

// often tells whether somebody is in more often than not when all phones leave.
func (b *box) often() bool { return b.Seen >= 2 && b.Seen > 0.5*b.Empt }

// close ends a time without phones: what the box said of it is remembered.
func (b *box) close() {
	long := b.Door.Sub(b.Empty) > time.Hour || b.State == Home
	switch {
	case b.State == Home && b.Doubt.IsZero():
		b.Seen = b.Seen*0.93 + 1
		b.Empt *= 0.93
	case long:
		b.Empt = b.Empt*0.93 + 1
		b.Seen *= 0.93
	}
	b.Empty, b.Hits, b.Doubt, b.Opened, b.guess = time.Time{}, nil, time.Time{}, false, nil
	if b.Seen < 0.3 {
		b.State, b.Seen = "", 0
	} else if b.State == Away {
		b.State, b.Since = Unknown, time.Time{}
	}
}

func (b *box) presence() home.Presence {
	p := home.Presence{State: b.State, Since: b.Since}
	if b.Opened {
		p.State = Home
	}
	if b.Empty.IsZero() {
		p.State = Unknown
	}
	if n := len(b.Hits); n > 0 && p.State == Home {
		p.Heard = b.Hits[n-1].Truncate(30 * time.Minute)
		p.Evidence = []home.Line{line("presence.sign.motion", clock(b.since()))}
	}
	return p
}

// outlook is when somebody without a phone may come back, once he is known to live here.
func (b *box) outlook(now time.Time) home.Outlook {
	if b.State != Away || b.Seen == 0 && len(b.Habits.Absences) < 2 || b.Empty.IsZero() {
		return home.Outlook{}
	}
	p := person{State: Away, Since: b.Since, Habits: b.Habits, guess: b.guess}
	o := p.outlook(now)
	b.guess = p.guess
	return o
}
