package climate

import (
	"math"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Entry is one decision as it is kept: what was set, what the room was, and why.
type Entry struct {
	At      time.Time   `json:"at"`
	Zone    string      `json:"zone"`             // device/endpoint
	Set     *float64    `json:"set,omitempty"`    // nil: nothing was asked for
	Celsius model.Value `json:"celsius,omitzero"` // the setpoint before
	Room    float64     `json:"room,omitempty"`
	Line    home.Line   `json:"line"`
}

const keepEntries = 240

func (sc *scene) log(e Entry) {
	if sc.mem.Log = append(sc.mem.Log, e); len(sc.mem.Log) > keepEntries {
		sc.mem.Log = append(sc.mem.Log[:0], sc.mem.Log[len(sc.mem.Log)-keepEntries:]...)
	}
}

// note keeps a decision in the log when it asks for something, or its reason is another than the last.
func (x *site) note(sc *scene, now time.Time, l home.Line, set *float64) {
	if set == nil && x.Said == l.Key {
		return
	}
	x.Said = l.Key
	sc.log(Entry{At: now, Zone: x.key, Set: set, Celsius: x.set.Value, Room: x.temp, Line: l})
}

// Arrival is one coming home, and what it found.
type Arrival struct {
	At    time.Time     `json:"at"`
	Who   home.PersonID `json:"who"`
	After time.Duration `json:"after"` // of an empty house
	Gap   float64       `json:"gap"`   // K that the worst zone was off
}

// False is one preheating to which nobody came.
type False struct {
	At   time.Time     `json:"at"`
	Zone string        `json:"zone"`
	For  time.Duration `json:"for"`
	Line home.Line     `json:"line"`
}

// Day is what one day took: degree-hours between inside and outside, as they were, and as always-on would have had them.
type Day struct {
	Date   string  `json:"date"` // local, 2006-01-02
	Held   float64 `json:"held"`
	Always float64 `json:"always"`
	Miss   float64 `json:"miss"` // minutes somebody was in and a zone more than 1 K off
	In     float64 `json:"in"`   // hours somebody was in
}

// account is what the weekly receipt is made of.
type account struct {
	Arrivals []Arrival `json:"arrivals,omitempty"`
	False    []False   `json:"false,omitempty"`
	Days     []Day     `json:"days,omitempty"`
	At       time.Time `json:"at,omitzero"`
}

const (
	keepArrivals = 120
	keepDays     = 63
	absenceFor   = 30 * time.Minute // shorter absences make no arrival
)

func (a *account) arrive(now, out time.Time, who home.PersonID, sites []site) {
	after := now.Sub(out)
	for i := range sites {
		sites[i].Pre = time.Time{}
	}
	if out.IsZero() || after < absenceFor {
		return
	}
	worst := 0.0
	for i := range sites {
		if sites[i].hasTemp {
			worst = max(worst, sites[i].gap())
		}
	}
	a.Arrivals = append(a.Arrivals, Arrival{At: now, Who: who, After: after, Gap: math.Round(worst*10) / 10})
	if n := len(a.Arrivals) - keepArrivals; n > 0 {
		a.Arrivals = append(a.Arrivals[:0], a.Arrivals[n:]...)
	}
}

const falseAfter = 30 * time.Minute

// preheat follows an empty house that is brought to comfort, and notes when it is given up again.
func (x *site) preheat(sc *scene, v *scenery, w want) {
	switch {
	case v.in:
		x.Pre = time.Time{}
	case w.depth == 0 && x.Depth > 0 && !v.unknown:
		x.Pre = v.now
	case w.depth > 1 && !x.Pre.IsZero():
		a := &sc.mem.Account
		if took := v.now.Sub(x.Pre); took >= falseAfter {
			a.False = append(a.False, False{At: x.Pre, Zone: x.key, For: took, Line: line("climate.nobody_came")})
			if n := len(a.False) - keepArrivals; n > 0 {
				a.False = append(a.False[:0], a.False[n:]...)
			}
		}
		x.Pre = time.Time{}
	}
}

// tick sums up the time since the last tick.
func (a *account) tick(now time.Time, in bool, sites []site, o *outdoors) {
	hours := now.Sub(a.At).Hours()
	a.At = now
	if hours <= 0 || hours > 0.5 {
		return
	}
	date := now.Format(time.DateOnly)
	if n := len(a.Days); n == 0 || a.Days[n-1].Date != date {
		if a.Days = append(a.Days, Day{Date: date}); len(a.Days) > keepDays {
			a.Days = append(a.Days[:0], a.Days[1:]...)
		}
	}
	d := &a.Days[len(a.Days)-1]
	missed := false
	for i := range sites {
		x := &sites[i]
		if !x.hasTemp {
			continue
		}
		out := o.at(now, x.sign)
		d.Held += max(x.sign*(x.temp-out), 0) * hours
		d.Always += max(x.sign*(x.comfort-out), 0) * hours
		missed = missed || in && x.gap() > 1
	}
	if in {
		d.In += hours
	}
	if missed {
		d.Miss += hours * 60
	}
}

// trim forgets zones that are gone for good: more than any house has.
func (sc *scene) trim(sites []site) {
	const most = 64
	if len(sc.mem.Zones) <= most {
		return
	}
	zones, rests := map[string]*zone{}, map[string]*rest{}
	for i := range sites {
		if x := &sites[i]; len(zones) < most {
			zones[x.key], rests[x.place()] = x.zone, x.rest
		}
	}
	sc.mem.Zones, sc.mem.Rests = zones, rests
}
