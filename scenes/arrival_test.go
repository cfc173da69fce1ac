package scenes_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/scenes/climate"
)

const arrivalDoc = `{"arrival":{"rooms":["living"],"people":["li"],"comfort_c":21,"away_c":16,"emitter":"radiator"}}`

// flat is a house with a radiator, moved in steps of five minutes: timers fire, setpoints are obeyed, the room warms and cools.
type flat struct {
	*house
	timers  map[string]time.Time
	room    float64
	outside float64
	set     float64
	writes  []string
	away    func(t time.Time) float64 // metres that li is off
}

func newFlat(t *testing.T, doc string) *flat {
	f := &flat{house: newHouse(t), timers: map[string]time.Time{}, room: 21, outside: -3, set: 21, away: func(time.Time) float64 { return 0 }}
	f.must(home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}})
	f.add("outside", "hall", part("main", prop("temperature.celsius")))
	f.must(home.Assigned{Device: f.ids["outside"], Roles: []string{"outdoor"}})
	f.do(home.SceneSet{ID: "climate", Document: f.document(doc)})
	f.do(home.Reported{Source: "test/trv", Readings: []model.Reading{
		{Endpoint: "main", Attribute: "thermostat.heat_setpoint", Value: model.Number(21)}, {Endpoint: "main", Attribute: "thermostat.local_temperature", Value: model.Number(21)}}})
	return f
}

// do applies a fact and follows what it asks for.
func (f *flat) do(b home.Body) {
	f.t.Helper()
	for _, e := range f.must(b) {
		switch e := e.(type) {
		case home.SetTimer:
			f.timers[e.Timer] = e.At
		case home.ClearTimer:
			delete(f.timers, e.Timer)
		case home.Send:
			f.obeyed(e)
		}
	}
}

func (f *flat) obeyed(s home.Send) {
	c, _ := s.Command.Writes[0].Value.Number()
	f.set = c
	f.writes = append(f.writes, f.now.Format("Mon 15:04 ")+s.Command.Writes[0].Value.String())
	f.do(home.Reported{Source: s.Command.Source, Readings: []model.Reading{{Endpoint: s.Command.Endpoint, Attribute: s.Command.Writes[0].Attribute, Value: s.Command.Writes[0].Value}}})
}

// until lets time pass.
func (f *flat) until(t time.Time) {
	f.t.Helper()
	for f.now.Before(t) {
		f.now = f.now.Add(5 * time.Minute)
		for id, at := range f.timers {
			if !at.After(f.now) {
				delete(f.timers, id)
				f.do(home.Fired{Timer: id})
			}
		}
		if f.room < f.set {
			f.room += 2.4 / 12
		}
		f.room += (f.outside - f.room) * 0.025 / 12
		f.do(home.Reported{Source: "test/trv", Readings: []model.Reading{{Endpoint: "main", Attribute: "thermostat.local_temperature", Value: model.Number(math.Round(f.room*10) / 10)}}})
		f.do(home.Reported{Source: "test/outside", Readings: []model.Reading{{Endpoint: "main", Attribute: "temperature.celsius", Value: model.Number(f.outside)}}})
		m := f.away(f.now)
		f.do(home.Located{Tracker: tracker("li"), Fix: model.Fix{At: f.now, Latitude: 52.5 + m/111_195, Longitude: 13.4, AccuracyM: 15}})
	}
}

// commute is somebody who works ten kilometres off from eight to six on working days; some minutes earlier or later each day.
func commute(t time.Time) float64 {
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return 0
	}
	shift := time.Duration(t.YearDay()%5-2) * 4 * time.Minute
	minute := t.Sub(t.Truncate(24*time.Hour)) - shift
	out, back := 8*time.Hour, 18*time.Hour
	const way = 25 * time.Minute
	switch {
	case minute < out || minute >= back:
		return 0
	case minute < out+way:
		return 10_000 * float64(minute-out) / float64(way)
	case minute > back-way:
		return 10_000 * float64(back-minute) / float64(way)
	}
	return 10_000
}

func (f *flat) account() climate.Account {
	f.t.Helper()
	all, err := scenes.Accounts(f.h.View(), f.now, 7)
	if err != nil {
		f.t.Fatal(err)
	}
	return all["climate"]
}

// day is a moment of a day after the start, which is a Monday at eight.
func day(n, hour, minute int) time.Time {
	return start.Truncate(24*time.Hour).AddDate(0, 0, n).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func TestTheHouseLearnsWhenToStart(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.away = commute
	f.until(day(16, 13, 0)) // the third Wednesday
	if f.set != 16 || f.room > 19.5 {
		t.Errorf("at one o'clock nobody is in, but the setpoint is %v °C, the room %v °C: %q", f.set, f.room, f.writes)
	}
	a := f.account()
	if key := a.Zones[0].Why.Key; !strings.HasPrefix(key, "climate.plan") {
		t.Errorf("why: %q, want when heating starts", key)
	}
	f.until(day(16, 17, 40))
	if f.set != 21 {
		t.Errorf("at 17:40 the setpoint is %v °C", f.set)
	}
	before := f.room
	f.until(day(16, 18, 10))
	if before < 20.4 {
		t.Errorf("just before the arrival the room was %v °C: %q", before, f.writes)
	}
	a = f.account()
	if r := a.Receipt; len(r.Arrivals) < 4 || r.Ready < len(r.Arrivals)-1 || r.Saved <= 0.02 || r.Saved >= 0.3 {
		t.Errorf("receipt %+v", r)
	}
	if a.Zones[0].Learned < 5 {
		t.Errorf("learned from %d recoveries", a.Zones[0].Learned)
	}
}

func TestAHouseThatKnowsNothingHardlySetsBack(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.away = commute
	coldest := 21.0
	for h := 8; h < 20; h++ {
		f.until(day(0, h, 55))
		coldest = min(coldest, f.room)
	}
	if coldest < 18.5 {
		t.Errorf("on the first day the room went down to %v °C: %q", coldest, f.writes)
	}
}

func TestSomebodyNeverHeardOfKeepsTheHouseAsItIs(t *testing.T) {
	f := newFlat(t, `{"arrival":{"rooms":["living"],"comfort_c":21,"away_c":16}}`)
	f.away = commute // ann is never heard of
	f.until(day(0, 17, 0))
	if len(f.writes) > 0 {
		t.Errorf("%q", f.writes)
	}
}

func TestAKnobTurnedByHandIsLeftForAnHour(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.away = commute
	f.until(day(0, 20, 0))
	f.do(home.Reported{Source: "test/trv", Readings: []model.Reading{{Endpoint: "main", Attribute: "thermostat.heat_setpoint", Value: model.Number(19)}}})
	f.set, f.writes = 19, nil
	f.until(day(0, 20, 55))
	if len(f.writes) > 0 {
		t.Errorf("overwritten: %q", f.writes)
	}
	if a := f.account(); a.Zones[0].HoldUntil.IsZero() || a.Zones[0].Why.Key != "climate.hold" {
		t.Errorf("%+v", a.Zones[0])
	}
	f.until(day(0, 21, 10))
	if f.set != 21 {
		t.Errorf("after an hour the setpoint is %v °C", f.set)
	}
}

func TestLeavingEndsWhatWasSetByHand(t *testing.T) {
	f := newFlat(t, strings.Replace(arrivalDoc, `"emitter"`, `"hold_min":600,"emitter"`, 1))
	f.away = commute
	f.until(day(15, 7, 30))
	f.do(home.Reported{Source: "test/trv", Readings: []model.Reading{{Endpoint: "main", Attribute: "thermostat.heat_setpoint", Value: model.Number(23)}}})
	f.set = 23
	f.until(day(15, 12, 0))
	if f.set > 18 {
		t.Errorf("at noon the setpoint is %v °C", f.set)
	}
}

func TestAnOpenWindowPausesAndResumes(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.add("window", "living", part("main", prop("contact.open")))
	f.must(home.Assigned{Device: f.ids["window"], Roles: []string{"window"}})
	f.report("window", "main", "contact.open", model.Bool(false))
	f.until(day(0, 10, 0))
	f.do(home.Reported{Source: "test/window", Readings: []model.Reading{{Endpoint: "main", Attribute: "contact.open", Value: model.Bool(true)}}})
	f.until(day(0, 10, 15))
	if f.set != 19 {
		t.Errorf("with the window open the setpoint is %v °C: %q", f.set, f.writes)
	}
	f.until(day(0, 10, 40))
	f.do(home.Reported{Source: "test/window", Readings: []model.Reading{{Endpoint: "main", Attribute: "contact.open", Value: model.Bool(false)}}})
	f.until(day(0, 11, 0))
	if f.set != 21 {
		t.Errorf("after it the setpoint is %v °C: %q", f.set, f.writes)
	}
}

func TestAVacationEndsWarm(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.until(day(0, 9, 0))
	f.away = func(time.Time) float64 { return 300_000 }
	f.do(home.SceneAsked{ID: "climate", Args: map[string]model.Value{"mode": model.String("vacation"), "until": model.String("2026-01-09T18:00:00Z")}})
	f.until(day(3, 12, 0))
	if f.set > 14 || f.set < climate.FrostFloor || f.account().Mode != "vacation" {
		t.Errorf("in the vacation the setpoint is %v °C", f.set)
	}
	f.until(day(4, 17, 55))
	if f.room < 20.4 {
		t.Errorf("at the return the room has %v °C: %q", f.room, f.writes)
	}
}

func TestGuestsAreInThoughNobodyIs(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.away = commute
	f.until(day(15, 7, 0))
	f.do(home.SceneAsked{ID: "climate", Args: map[string]model.Value{"mode": model.String("guest"), "hours": model.Number(30)}})
	f.until(day(15, 13, 0))
	if f.set != 21 || f.account().Mode != "guest" {
		t.Errorf("with guests the setpoint is %v °C", f.set)
	}
}

func TestAModeThatCannotBeIsAProblem(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	for _, args := range []map[string]model.Value{{"mode": model.String("party")}, {"mode": model.String("vacation")},
		{"mode": model.String("guest"), "until": model.String("yesterday")}, {"mode": model.String("guest"), "until": model.String("2020-01-01T00:00:00Z")}} {
		r := ran(f.must(home.SceneAsked{ID: "climate", Args: args}))
		if len(r) != 1 || len(r[0].Problems) == 0 || !strings.Contains(r[0].Problems[0], "expected") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

func TestOnMyWayStartsAtOnceAndNotComingDoesNot(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.away = commute
	f.until(day(15, 12, 0))
	f.do(home.Stated{Person: "li", Said: home.Statement{State: "arriving", ETA: day(15, 13, 0)}})
	f.until(day(15, 12, 10))
	if f.set != 21 {
		t.Errorf("on the way, but the setpoint is %v °C", f.set)
	}
	f.do(home.Stated{Person: "li", Said: home.Statement{State: "later", ETA: day(15, 23, 0)}})
	f.away = func(time.Time) float64 { return 10_000 }
	f.until(day(15, 18, 30))
	if f.set != 16 {
		t.Errorf("not before eleven, but at 18:30 the setpoint is %v °C: %q", f.set, f.writes)
	}
}

func TestWhatWasLearnedSurvivesARestart(t *testing.T) {
	f := newFlat(t, arrivalDoc)
	f.away = commute
	f.until(day(16, 17, 20)) // in the middle of preheating
	snapshot, err := f.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	again := *f
	other := *f.house
	again.house = &other
	if again.h, err = home.Restore(snapshot, scenes.New(), presence.New()); err != nil {
		t.Fatal(err)
	}
	again.timers = map[string]time.Time{}
	for id, at := range f.timers {
		again.timers[id] = at
	}
	f.until(day(18, 0, 0))
	again.until(day(18, 0, 0))
	if diff := cmp.Diff(f.writes, again.writes); diff != "" {
		t.Error(diff)
	}
	remembered := func(h *home.Home) string {
		b, err := h.View().Engine().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if diff := cmp.Diff(remembered(f.h), remembered(again.h)); diff != "" {
		t.Error(diff)
	}
}

func TestArrivalByHandAppliesWhatHoldsNow(t *testing.T) {
	f := newFlat(t, strings.Replace(arrivalDoc, "{", `{"enabled":false,`, 1))
	f.away = commute
	f.until(day(0, 9, 0))
	f.report("trv", "main", "thermostat.heat_setpoint", model.Number(19))
	f.away = func(time.Time) float64 { return 0 }
	f.until(day(0, 9, 30))
	if len(f.writes) > 0 {
		t.Errorf("disabled, but %q", f.writes)
	}
	f.do(home.SceneAsked{ID: "climate"})
	if f.set != 21 {
		t.Errorf("the setpoint is %v °C", f.set)
	}
}
