package climate

import (
	"encoding/json"
	"math"
	"time"

	"github.com/concord-home/hub/home"
)

// Account is what a household reads of one scene.
type Account struct {
	Mode      string    `json:"mode"` // "auto", "vacation", "guest", "boost" or "pause"
	ModeUntil time.Time `json:"mode_until,omitzero"`
	In        bool      `json:"in"` // somebody who counts is in
	OutSince  time.Time `json:"out_since,omitzero"`
	Zones     []ZoneAccount
	Log       []Entry // oldest first
	Receipt   Receipt
}

// ZoneAccount is how one zone stands. Key is "device/endpoint", with "/cool" where it cools.
type ZoneAccount struct {
	Key       string
	Set       *float64  // °C asked for
	Depth     float64   // K of setback
	LeadHours float64   // needed to come to comfort from now
	HoldUntil time.Time // a change by hand is kept until then
	Paused    bool      // a window is open
	Stale     bool      // the room's temperature is not heard
	Learned   int       // recoveries learned from
	Why       home.Line
}

// Receipt sums up some days.
type Receipt struct {
	Days     int
	Arrivals []Arrival
	Ready    int // of the arrivals, those that found every zone within 0.5 K
	False    []False
	// Saved is the share of always-on's energy that setting back has saved, by the house's own degree-hours; it may as well be
	// SavedLow or SavedHigh: so far off, one way or the other, the model of this house usually is, and sun, people and appliances heat as well.
	Saved, SavedLow, SavedHigh float64
	MissMinutes                float64 // somebody was in and a zone more than 1 K off
}

// ReadAccounts makes what a household reads of the engine's state, by scene, for the days up to now.
func ReadAccounts(state json.RawMessage, now time.Time, days int) (map[string]Account, error) {
	w, err := readState(state)
	if err != nil {
		return nil, err
	}
	out := map[string]Account{}
	for id, m := range w.Scenes {
		if m != nil {
			out[id] = m.account(now, days)
		}
	}
	return out, nil
}

func (m *memory) account(now time.Time, days int) Account {
	a := Account{Mode: m.Mode.Name, ModeUntil: m.Mode.Until, In: m.In, OutSince: m.Out, Log: m.Log, Receipt: m.Account.receipt(now, days, m.doubt())}
	if a.Mode == "" {
		a.Mode = "auto"
	}
	for _, key := range sortedKeys(m.Zones) {
		z := m.Zones[key]
		za := ZoneAccount{Key: key, Set: z.Set, Depth: z.Depth, LeadHours: z.Lead, Paused: z.Paused, Stale: z.Stale, Learned: z.Thermal.Total}
		if z.Hold.holds(now) {
			za.HoldUntil = z.Hold.Until
		}
		for i := len(m.Log) - 1; i >= 0 && za.Why.Key == ""; i-- {
			if m.Log[i].Zone == key {
				za.Why = m.Log[i].Line
			}
		}
		a.Zones = append(a.Zones, za)
	}
	return a
}

// readyWithin is the K within which an arrival counts as ready: the half kelvin that is not felt, and the sensors' grain.
const readyWithin = 0.55

// doubt is the relative error to be expected of what the house's model says: by how much recoveries took another time than
// was foretold, in the zone that is known least, and more where few have been seen.
func (m *memory) doubt() float64 {
	worst := 0.0
	for _, z := range m.Zones {
		worst = max(worst, math.Sqrt(z.Thermal.Miss)+0.3/(1+z.Thermal.Count))
	}
	return min(gainsDoubt+worst, 0.9)
}

const gainsDoubt = 0.15 // sun, people and appliances, which the model does not know

func (a *account) receipt(now time.Time, days int, doubt float64) Receipt {
	from := midnight(now).AddDate(0, 0, -days)
	r := Receipt{Days: days}
	for _, x := range a.Arrivals {
		if x.At.After(from) {
			r.Arrivals = append(r.Arrivals, x)
			if x.Gap <= readyWithin {
				r.Ready++
			}
		}
	}
	for _, x := range a.False {
		if x.At.After(from) {
			r.False = append(r.False, x)
		}
	}
	var held, always float64
	for _, d := range a.Days {
		if d.Date >= from.Format(time.DateOnly) {
			held, always, r.MissMinutes = held+d.Held, always+d.Always, r.MissMinutes+d.Miss
		}
	}
	if always > 0 {
		r.Saved = math.Round(1000*max(1-held/always, 0)) / 1000
		r.SavedLow, r.SavedHigh = math.Round(1000*r.Saved*(1-doubt))/1000, math.Round(1000*min(r.Saved*(1+doubt), 1))/1000
	}
	return r
}
