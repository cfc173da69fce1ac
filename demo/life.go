package demo

import (
	"math/rand/v2"
	"time"
)

// act is something that who lives in the house does by hand, at a device.
type act struct {
	ieee string
	key  string // Zigbee2MQTT's property
	to   any
	dark bool // only when it is dark
}

// stop is a part of the day: from when on, where, and what is done first there.
type stop struct {
	minute int    // of the day
	room   string // "" is away
	km     float64
	do     []act
}

// weekday and weekend are the days. Times wander by some minutes from day to day.
var weekday = []stop{
	{minute: 6*60 + 45, room: bedroom, do: []act{{ieee: bedroomBlind, key: "position", to: 100.0}, {ieee: bedroomWindow, key: "contact", to: false}}},
	{minute: 6*60 + 58, room: kitchen, do: []act{{ieee: kitchenLights, key: "state_left", to: "ON", dark: true}}},
	{minute: 7*60 + 15, room: bedroom, do: []act{{ieee: bedroomWindow, key: "contact", to: true}}},
	{minute: 7*60 + 25, room: living},
	{minute: 8*60 + 24, room: hall, do: []act{{ieee: kitchenLights, key: "state_left", to: "OFF"}}},
	{minute: 8*60 + 30, km: 12},
	{minute: 18*60 + 20, room: hall, do: []act{{ieee: hallLamp, key: "state", to: "ON", dark: true}}},
	{minute: 18*60 + 26, room: kitchen, do: []act{{ieee: kitchenLights, key: "state_left", to: "ON", dark: true}, {ieee: hallLamp, key: "state", to: "OFF"}}},
	{minute: 19*60 + 15, room: living, do: []act{{ieee: floorLamp, key: "state", to: "ON", dark: true}, {ieee: kitchenLights, key: "state_left", to: "OFF"}}},
	{minute: 20*60 + 40, room: kitchen},
	{minute: 20*60 + 50, room: living},
	{minute: 22*60 + 25, room: bedroom, do: []act{{ieee: floorLamp, key: "state", to: "OFF"}, {ieee: bedsideLamp, key: "state", to: "ON"}, {ieee: bedroomBlind, key: "position", to: 0.0}}},
	{minute: 23*60 + 5, room: bedroom, do: []act{{ieee: bedsideLamp, key: "state", to: "OFF"}}},
}

var weekend = append([]stop{
	{minute: 8 * 60, room: bedroom, do: weekday[0].do},
	{minute: 8*60 + 20, room: kitchen},
	{minute: 8*60 + 40, room: bedroom, do: weekday[2].do},
	{minute: 9 * 60, room: living},
	{minute: 10*60 + 30, km: 3},
	{minute: 12*60 + 10, room: hall},
	{minute: 12*60 + 15, room: kitchen},
	{minute: 13 * 60, room: living},
}, weekday[7:]...)

// life is who lives in the house: where, and what is about to be done.
type life struct {
	seed  uint64
	room  string    // "" is away
	since time.Time // when that began
	next  []moment
	seen  time.Time // last time that somebody was in the hall
	watch bool      // the television plays
}

// moment is something that happens at a time: somebody is in a room from then on, or an act.
type moment struct {
	at   time.Time
	room *string
	act  *act
}

const (
	doorStep    = 30 * time.Second // between the lock, the door, and the lock again
	motionHold  = 60 * time.Second // for which a motion sensor goes on to report motion
	dayJitter   = 6                // minutes either way
	watchesFrom = 19               // o'clock
)

// plan lists the stops of the day that t is in, with their times.
func (l *life) plan(t time.Time) ([]stop, []time.Time) {
	stops := weekday
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		stops = weekend
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	dice := rand.New(rand.NewPCG(l.seed, uint64(midnight.Unix()/86400)))
	jitter := time.Duration(dice.IntN(2*dayJitter+1)-dayJitter) * time.Minute
	times := make([]time.Time, len(stops))
	for i, s := range stops {
		times[i] = midnight.Add(time.Duration(s.minute)*time.Minute + jitter)
	}
	return stops, times
}

// begin puts the life where it is at t, and lists what was done since midnight.
func (l *life) begin(t time.Time) []act {
	l.room, l.since, l.next = bedroom, t, nil
	var done []act
	stops, times := l.plan(t)
	for i, s := range stops {
		if times[i].After(t) {
			break
		}
		l.room, l.since = s.room, times[i]
		done = append(done, s.do...)
	}
	return done
}

// step goes on from before to now and lists what is done meanwhile.
func (l *life) step(before, now time.Time) []act {
	stops, times := l.plan(now)
	for i, s := range stops {
		if times[i].After(before) && !times[i].After(now) {
			l.lineUp(s, times[i])
		}
	}
	var done []act
	for len(l.next) > 0 && !l.next[0].at.After(now) {
		m := l.next[0]
		l.next = l.next[1:]
		if m.room != nil {
			l.room, l.since = *m.room, m.at
		}
		if m.act != nil {
			done = append(done, *m.act)
		}
		if l.room == hall {
			l.seen = now
		}
	}
	if l.room == hall {
		l.seen = now
	}
	l.watch = l.room == living && now.Hour() >= watchesFrom
	return done
}

// lineUp plans the way to a stop: through the hall, and through the front door where it leads out or in.
func (l *life) lineUp(s stop, at time.Time) {
	from := l.room
	switch {
	case s.room == from:
	case s.room == "" || from == "":
		at = l.throughDoor(s.room, at)
	case s.room != hall && from != hall:
		at = l.walk(hall, at)
		at = l.walk(s.room, at)
	default:
		at = l.walk(s.room, at)
	}
	for _, a := range s.do {
		l.next = append(l.next, moment{at: at, act: &a})
	}
}

func (l *life) walk(room string, at time.Time) time.Time {
	l.next = append(l.next, moment{at: at, room: &room})
	return at.Add(doorStep)
}

// throughDoor lines up: the lock opens, the door opens, somebody passes, the door closes, the lock closes.
func (l *life) throughDoor(to string, at time.Time) time.Time {
	inside := hall
	if to != "" {
		l.next = append(l.next, moment{at: at, act: &act{ieee: frontLock, key: "state", to: "UNLOCK"}})
	} else {
		l.next = append(l.next, moment{at: at, room: &inside, act: &act{ieee: frontLock, key: "state", to: "UNLOCK"}})
	}
	l.next = append(l.next,
		moment{at: at.Add(doorStep), act: &act{ieee: frontDoor, key: "contact", to: false}, room: &inside},
		moment{at: at.Add(2 * doorStep), act: &act{ieee: frontDoor, key: "contact", to: true}, room: &to},
		moment{at: at.Add(3 * doorStep), act: &act{ieee: frontLock, key: "state", to: "LOCK"}})
	return at.Add(3 * doorStep)
}

// motion tells whether the motion sensor in the hall sees somebody.
func (l *life) motion(now time.Time) bool {
	return !l.seen.IsZero() && now.Sub(l.seen) < motionHold
}
