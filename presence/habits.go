package presence

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// absence is one time that somebody was out.
type absence struct {
	Left int64   `json:"left"` // Unix seconds
	Back int64   `json:"back"`
	Far  float64 `json:"far,omitempty"`  // metres, rounded
	Told float64 `json:"told,omitempty"` // minutes before the return at which the phone first told of the way home; 0: it did not
}

// habits are what a person's past teaches.
type habits struct {
	Absences []absence `json:"absences,omitempty"`
	Legs     []leg     `json:"legs,omitempty"`
	// Heralded and Silent count returns that the phone told of early, and others, of late.
	Heralded float64 `json:"heralded,omitempty"`
	Silent   float64 `json:"silent,omitempty"`
}

const (
	maxAbsences = 240
	maxLegs     = 240
	keepFor     = 180 * 24 * time.Hour
	shortest    = 5 * time.Minute // shorter is no absence
	longestLeg  = 4 * time.Hour
)

// learn takes an absence that has ended.
func (h *habits) learn(left, back time.Time, far float64, track []point, c approach) {
	if left.IsZero() || back.Sub(left) < shortest {
		return
	}
	told := 0.0
	if c.live(back) {
		told = math.Round(back.Sub(c.Begun).Minutes())
	}
	h.Absences = append(h.Absences, absence{left.Unix(), back.Unix(), rounded(far), told})
	old := back.Add(-keepFor).Unix()
	h.Absences = slices.DeleteFunc(h.Absences, func(a absence) bool { return a.Back < old })
	if n := len(h.Absences) - maxAbsences; n > 0 {
		h.Absences = slices.Delete(h.Absences, 0, n)
	}
	h.herald(track, far)
	for _, x := range homeward(track) {
		if took := back.Sub(x.At); x.Nearer && took > 0 && took < longestLeg {
			h.Legs = append(h.Legs, leg{rounded(x.Metres), math.Round(took.Minutes()*10) / 10})
		}
	}
	if n := len(h.Legs) - maxLegs; n > 0 {
		h.Legs = slices.Delete(h.Legs, 0, n)
	}
}

// herald notes whether the phone told of the way home while most of it still lay ahead.
func (h *habits) herald(track []point, far float64) {
	if far < 1500 {
		return
	}
	h.Heralded, h.Silent = h.Heralded*0.95, h.Silent*0.95
	for _, x := range homeward(track) {
		if x.Nearer && x.Metres > 0.4*far {
			h.Heralded++
			return
		}
	}
	h.Silent++
}

// reliable is the chance that the phone tells of the way home early.
func (h *habits) reliable() float64 { return (h.Heralded + 0.3) / (h.Heralded + h.Silent + 1.5) }

// homeward is the last part of a track, in which nobody turned away or stopped for long.
func homeward(track []point) []point {
	i := len(track) - 1
	for i > 0 && track[i-1].Metres > track[i].Metres-50 && (track[i].At.Sub(track[i-1].At) < 40*time.Minute) {
		i--
	}
	if i < 0 {
		return nil
	}
	return track[i:]
}

// rounded keeps two digits of a distance: enough to compare, too little to find a place.
func rounded(m float64) float64 {
	if m <= 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(m))-1)
	return math.Round(m/unit) * unit
}

// How alike an absence must be to teach about this one.
const (
	leftNear  = 1.0  // hours between the times of day at which they began: one standard deviation
	leftFloor = 0.03 // what one at quite another time of day still counts
	otherDay  = 0.15 // a working day for a day off, and the other way round
	sameDay   = 1.6  // the same day of the week
	halfLife  = 40 * 24 * time.Hour
	farNear   = 0.55 // how far the logarithms of the distances may lie apart
	farFloor  = 0.12
	shortTrip = 3 * time.Hour // shorter ones go by their length, longer ones by the clock
	clockMin  = 16.0          // minutes that a return by the clock wanders: one standard deviation
	lengthRel = 0.22          // of its length, that a short trip's wanders
	lengthMin = 6.0           // minutes, at least
)

// candidate is a past absence laid over this one: when it would end, how certain that is, how much it counts.
type candidate struct {
	at     float64 // minutes after now
	spread float64 // minutes
	weight float64
	told   float64 // minutes before its end at which the phone told of it
	same   bool    // of the same day of the week
}

// candidates lays all past absences over one that began at left.
func (h *habits) candidates(left, now time.Time, far float64) []candidate {
	var out []candidate
	left = left.In(now.Location())
	for _, a := range h.Absences {
		l, b := time.Unix(a.Left, 0).In(now.Location()), time.Unix(a.Back, 0).In(now.Location())
		w := dayWeight(left, l) * clockWeight(left, l) * math.Exp2(-now.Sub(b).Hours()/halfLife.Hours())
		if far > 0 && a.Far > 0 {
			d := math.Log((far+300)/(a.Far+300)) / farNear
			if d < 0 {
				d *= 0.3 // he may still go farther
			}
			w *= farFloor + (1-farFloor)*math.Exp(-d*d/2)
		}
		took := b.Sub(l)
		c := candidate{weight: w, told: a.Told, same: left.Weekday() == l.Weekday()}
		if took < shortTrip {
			c.at, c.spread = left.Add(took).Sub(now).Minutes(), max(lengthMin, lengthRel*took.Minutes())
		} else {
			c.at, c.spread = midnight(left).Add(b.Sub(midnight(l))).Sub(now).Minutes(), clockMin
		}
		out = append(out, c)
	}
	widen(out)
	return out
}

// widen spreads what stands alone: one return at an odd hour says that odd hours happen, not that this one will again.
func widen(all []candidate) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(all[a].at, all[b].at) })
	wide := make([]float64, len(all))
	for n, i := range order {
		wide[i] = widest
		for k := max(n-crowdOf, 0); k <= n; k++ { // the narrowest company of crowdOf others
			if k+crowdOf < len(order) {
				far := max(all[order[k+crowdOf]].at-all[i].at, all[i].at-all[order[k]].at)
				wide[i] = min(wide[i], far*widenBy)
			}
		}
	}
	for i := range all {
		all[i].spread = max(all[i].spread, min(wide[i], widest))
	}
}

const (
	crowdOf = 2     // neighbours that keep one from standing alone
	widenBy = 0.7   // of the distance to them
	widest  = 100.0 // minutes
)

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func dayWeight(a, b time.Time) float64 {
	switch {
	case a.Weekday() == b.Weekday():
		return sameDay
	case dayOff(a) != dayOff(b):
		return otherDay
	}
	return 1
}

func dayOff(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

func clockWeight(a, b time.Time) float64 {
	h := math.Abs(a.Sub(midnight(a)).Hours() - b.Sub(midnight(b)).Hours())
	h = min(h, 24-h) / leftNear
	return leftFloor + (1-leftFloor)/(1+h*h*h*h/4)
}
