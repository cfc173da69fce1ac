package climate

import (
	"time"
)

// leaves are the moments at which the house was left for long, of late: what optimum stop goes by.
type leaves struct {
	At   []int64 `json:"at,omitempty"`   // Unix seconds, oldest first
	Days []int64 `json:"days,omitempty"` // midnights of the days seen, oldest first
}

const (
	keepLeaves = 60
	leftLong   = 90 * time.Minute // shorter absences save nothing
	stopAhead  = 40 * time.Minute // so long before the usual departure the heat may go out
	stopPast   = 10 * time.Minute // and so long it is waited for
	stopFor    = 90 * time.Minute // what was eased is left so for so long: who is late leaves yet
	stopSure   = 0.65             // on so many of the days like this one
	stopDays   = 4                // days like this one, at least
	stopBy     = 0.4              // K: less than is felt
)

// see notes that a day was seen.
func (l *leaves) see(now time.Time) {
	m := midnight(now).Unix()
	if n := len(l.Days); n > 0 && l.Days[n-1] >= m {
		return
	}
	if l.Days = append(l.Days, m); len(l.Days) > keepLeaves {
		l.Days = append(l.Days[:0], l.Days[1:]...)
	}
}

// learn takes that the house was left, once it has been empty for long.
func (l *leaves) learn(at time.Time) {
	if l.At = append(l.At, at.Unix()); len(l.At) > keepLeaves {
		l.At = append(l.At[:0], l.At[1:]...)
	}
}

// near tells whether the house is, on most days like this one, left about now.
func (l *leaves) near(now time.Time) bool {
	days, left := 0, 0
	for _, d := range l.Days {
		day := time.Unix(d, 0).In(now.Location())
		if !alike(day, now) || !midnight(day).Before(midnight(now)) {
			continue
		}
		days++
		same := day.Add(now.Sub(midnight(now)))
		for _, at := range l.At {
			if ahead := time.Unix(at, 0).Sub(same); ahead > -stopPast && ahead < stopAhead {
				left++
				break
			}
		}
	}
	return days >= stopDays && float64(left) >= stopSure*float64(days)
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func alike(a, b time.Time) bool { return dayOff(a) == dayOff(b) }

func dayOff(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }
