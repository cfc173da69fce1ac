package climate

import (
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Settings are an arrival scene as its document has it.
type Settings struct {
	ID      string
	Enabled bool
	// Rooms, Devices and People that it is for; nil is all.
	Rooms   []home.RoomID
	Devices []model.DeviceID
	People  []home.PersonID
	// Comfort and Away are heating's temperatures in °C; CoolComfort and CoolAway cooling's, nil when they follow from them.
	Comfort, Away         float64
	CoolComfort, CoolAway *float64
	// Saving is the one slider: 0 is all comfort, 100 all saving.
	Saving float64
	// Min and Max bound every setpoint, °C.
	Min, Max float64
	// Hold is how long a change by hand is kept, at most.
	Hold time.Duration
	// Emitter is what heats: a key of emitters; "" when nobody has said.
	Emitter string
	// Schedule is when the household means to be at home, by day of the week (Sunday is 0). It counts until habits are known.
	Schedule [7][]Turn
	// Outdoor is the device that tells the temperature outside; "" is any that knows.
	Outdoor model.DeviceID
}

// Turn is a point of a schedule: from so many minutes after midnight on, home or not.
type Turn struct {
	Minute int
	Home   bool
}

// Bounds that hold whatever a document says, °C.
const (
	FrostFloor  = 7.0  // nothing is heated less
	CoolFloor   = 18.0 // nothing is cooled more
	HeatCeiling = 28.0 // nothing is heated more
)

// weight is what a kelvin-hour of discomfort is worth, in hours of the energy that holding one kelvin takes, for each
// kelvin between inside and outside. At the middle of the slider, one kelvin-hour a day weighs about as much as four percent of the energy.
func (s *Settings) weight() float64 {
	const middle = 0.95
	return middle * pow(8, 1-s.Saving/50)
}

// expected tells by the schedule when somebody comes home next: zero when it does not say.
func (s *Settings) expected(now time.Time) time.Time {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	for d := range 3 {
		day := midnight.AddDate(0, 0, d)
		for _, t := range s.Schedule[day.Weekday()] {
			if at := day.Add(time.Duration(t.Minute) * time.Minute); t.Home && t.Minute > 0 && at.After(now.Add(-time.Hour)) {
				return at
			}
		}
	}
	return time.Time{}
}
