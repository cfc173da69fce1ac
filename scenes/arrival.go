package scenes

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// The states of a presence, as [home.Presence] has them.
const (
	stateHome     = "home"
	stateAway     = "away"
	stateExtended = "extended_away"
)

var presences = []string{stateHome, "arriving", "just_left", stateAway, stateExtended}

// arrival is heating and cooling by who is home and who is coming. Package climate runs it.
type arrival struct {
	path     string
	rooms    []home.RoomID
	devices  []model.DeviceID
	people   []home.PersonID
	comfort  *float64 // °C
	away     *float64 // °C
	coolTo   *float64 // °C, comfort when cooling; nil: comfort
	coolAway *float64 // °C; nil: as far above comfort as away is below
	least    *float64 // °C
	most     *float64 // °C
	saving   *float64 // 0 all comfort … 100 all saving
	hold     *float64 // minutes
	emitter  string
	outdoor  model.DeviceID
	schedule map[string][][2]string
}

var arrivalFields = "rooms, devices, people, comfort_c, away_c, cool_c, cool_away_c, min_c, max_c, saving, hold_min, emitter, outdoor, schedule"

func (p *problems) arrival(m member) *arrival {
	a := &arrival{path: m.path}
	p.fields(m.path, m.raw, arrivalFields, readers{
		"rooms":       p.into(&a.rooms, "a list of rooms' ids"),
		"devices":     p.into(&a.devices, "a list of devices' ids"),
		"people":      p.into(&a.people, "a list of people's ids"),
		"comfort_c":   p.into(&a.comfort, "a temperature in °C"),
		"away_c":      p.into(&a.away, "a temperature in °C"),
		"cool_c":      p.into(&a.coolTo, "a temperature in °C"),
		"cool_away_c": p.into(&a.coolAway, "a temperature in °C"),
		"min_c":       p.into(&a.least, "a temperature in °C"),
		"max_c":       p.into(&a.most, "a temperature in °C"),
		"saving":      p.into(&a.saving, "0 (all comfort) to 100 (all saving)"),
		"hold_min":    p.into(&a.hold, "a number of minutes"),
		"emitter":     p.into(&a.emitter, "one of "+strings.Join(climate.Emitters(), ", ")),
		"outdoor":     p.into(&a.outdoor, "the id of a device that knows the temperature outside"),
		"schedule":    p.into(&a.schedule, `times by day, such as {"mon": [["08:24", "away"], ["18:00", "home"]]}`),
	})
	if a.rooms != nil && a.devices != nil {
		p.add(m.path, "either rooms or devices", "it has both")
	}
	for _, list := range []struct {
		key   string
		empty bool
	}{{"rooms", a.rooms != nil && len(a.rooms) == 0}, {"devices", a.devices != nil && len(a.devices) == 0}, {"people", a.people != nil && len(a.people) == 0}} {
		if list.empty {
			p.add(Join(m.path, list.key), "at least one, or no such list, which means all", "the list is empty")
		}
	}
	p.bearable(m.path, a)
	p.tuning(m.path, a)
	p.week(Join(m.path, "schedule"), a.schedule)
	return a
}

// What a household may want of a room, in °C.
const (
	coldest = 5
	hottest = 35
)

func (p *problems) bearable(path string, a *arrival) {
	for _, t := range []struct {
		key     string
		celsius *float64
		must    bool
	}{{"comfort_c", a.comfort, true}, {"away_c", a.away, true}, {"cool_c", a.coolTo, false}, {"cool_away_c", a.coolAway, false}, {"min_c", a.least, false}, {"max_c", a.most, false}} {
		if t.celsius == nil && t.must || t.celsius != nil && (*t.celsius < coldest || *t.celsius > hottest) {
			p.add(Join(path, t.key), fmt.Sprintf("%d to %d °C", coldest, hottest), "it is missing or out of range")
		}
	}
	if a.least != nil && a.most != nil && *a.least > *a.most {
		p.add(Join(path, "min_c"), "at most max_c", "it is above max_c")
	}
}

func (p *problems) tuning(path string, a *arrival) {
	if a.saving != nil && !(*a.saving >= 0 && *a.saving <= 100) {
		p.add(Join(path, "saving"), "0 (all comfort) to 100 (all saving)", "got %v", *a.saving)
	}
	if a.hold != nil && !(*a.hold >= 1 && *a.hold <= 7*24*60) {
		p.add(Join(path, "hold_min"), "1 to 10080 minutes", "got %v", *a.hold)
	}
	if a.emitter != "" && !slices.Contains(climate.Emitters(), a.emitter) {
		p.add(Join(path, "emitter"), "one of "+strings.Join(climate.Emitters(), ", "), "got %q", a.emitter)
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (p *problems) week(path string, s map[string][][2]string) {
	for _, day := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(weekdays, day) {
			p.add(Join(path, day), "one of "+strings.Join(weekdays, ", "), "there is no such day")
		}
		for i, turn := range s[day] {
			if _, ok := minuteOf(turn[0]); !ok || turn[1] != "home" && turn[1] != "away" {
				p.add(fmt.Sprintf("%s.%s[%d]", path, day, i), `a time and "home" or "away", such as ["18:00", "home"]`, "got %q", turn)
			}
		}
	}
}

func minuteOf(clock string) (int, bool) {
	h, m, ok := strings.Cut(clock, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	return hour*60 + minute, ok && err1 == nil && err2 == nil && hour >= 0 && hour < 24 && minute >= 0 && minute < 60
}

// settings are the arrival as package climate takes it; of a document that was checked.
func (a *arrival) settings(s *scene) climate.Settings {
	or := func(v *float64, otherwise float64) float64 {
		if v == nil {
			return otherwise
		}
		return *v
	}
	out := climate.Settings{
		ID: s.id, Enabled: s.enabled, Rooms: a.rooms, Devices: a.devices, People: a.people,
		Comfort: *a.comfort, Away: *a.away, CoolComfort: a.coolTo, CoolAway: a.coolAway,
		Min: or(a.least, math.Inf(-1)), Max: or(a.most, math.Inf(1)), Saving: or(a.saving, 50),
		Hold: time.Duration(or(a.hold, 60) * float64(time.Minute)), Emitter: a.emitter, Outdoor: a.outdoor,
	}
	for i, day := range weekdays {
		for _, turn := range a.schedule[day] {
			minute, _ := minuteOf(turn[0])
			out.Schedule[i] = append(out.Schedule[i], climate.Turn{Minute: minute, Home: turn[1] == "home"})
		}
		slices.SortFunc(out.Schedule[i], func(a, b climate.Turn) int { return a.Minute - b.Minute })
	}
	return out
}

// thermostats are the devices that the scene stands for now: those named, those in its rooms, else all.
func (a *arrival) thermostats(r home.Reader) []*home.Device {
	s := climate.Settings{Rooms: a.rooms, Devices: a.devices}
	return s.Thermostats(r)
}

func isThermostat(d *home.Device) func(model.EndpointID) bool {
	return func(ep model.EndpointID) bool { return climate.IsThermostat(d, ep) }
}
