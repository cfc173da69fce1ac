package scenes

import (
	"time"

	"github.com/concord-home/hub/home"
)

// schedule is a trigger by the clock: a time of day, the sun, or an interval.
type schedule struct {
	at     *clock
	sun    sunEvent
	offset time.Duration
	every  time.Duration // counted from midnight
	days   days
}

// farthest is how many days ahead a schedule is looked for: past a year there is none, as for a sun that never sets.
const farthest = 400

// next is the first moment after t at which the schedule is due; ok is false when there is none.
func (s *schedule) next(t time.Time, loc *time.Location, where *home.Place) (at time.Time, ok bool) {
	local := t.In(loc)
	for ahead := -1; ahead < farthest; ahead++ { // the sun's offset may reach over midnight
		on := time.Date(local.Year(), local.Month(), local.Day()+ahead, 12, 0, 0, 0, time.UTC)
		if !s.days.has(on.Weekday()) {
			continue
		}
		if at, ok = s.on(t, local, on, ahead, loc, where); ok && at.After(t) {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// on is the moment on one day; of an interval, the first after t.
func (s *schedule) on(t, local, date time.Time, ahead int, loc *time.Location, where *home.Place) (time.Time, bool) {
	switch {
	case s.at != nil:
		return localTime(local, ahead, *s.at, loc), true
	case s.sun != "":
		if where == nil {
			return time.Time{}, false
		}
		at, ok := sunAt(s.sun, date, where.Latitude, where.Longitude)
		return at.Add(s.offset), ok
	}
	midnight, end := localTime(local, ahead, 0, loc), localTime(local, ahead+1, 0, loc)
	if t.Before(midnight) {
		return midnight, true
	}
	at := midnight.Add((t.Sub(midnight)/s.every + 1) * s.every)
	return at, at.Before(end)
}
