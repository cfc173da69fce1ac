package scenes_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/scenes/climate"
)

// TestArrivalNeverOverheatsNeverFreezesNeverStorms: whatever happens, every setpoint lies within the bounds, and no device is
// written to more often than people come and go, modes are asked for, or the slow rhythm allows.
func TestArrivalNeverOverheatsNeverFreezesNeverStorms(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := newHouse(t)
		x.h = home.New(scenes.New(), presence.New())
		x.seq = 0
		x.must(home.RoomSet{Room: home.Room{ID: "living", Names: map[string]string{"": "Living room"}}})
		x.add("trv", "living", part("main", ranged("thermostat.heat_setpoint", 5, 30, 0.5), prop("thermostat.local_temperature"), prop("thermostat.window_open")))
		x.add("split", "living", part("main", ranged("thermostat.cool_setpoint", 16, 32, 1), prop("thermostat.local_temperature")))
		x.must(home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}})
		x.must(home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "adult", Trackers: []string{tracker("li"), "router/li"}}})
		doc := rapid.SampledFrom([]string{`{"arrival":{"comfort_c":21,"away_c":5}}`, `{"arrival":{"comfort_c":34,"away_c":34,"saving":0}}`, `{"arrival":{"comfort_c":24,"away_c":30,"saving":100,"min_c":18,"max_c":26}}`}).Draw(rt, "doc")
		x.put("climate", doc)
		timers := map[string]time.Time{}
		var written []time.Time // to the TRV
		allowed := 0            // writes that somebody's doing allows at once
		do := func(b home.Body) {
			effects, err := x.apply(b)
			if err != nil {
				return // a statement about the past, for one
			}
			for _, e := range effects {
				switch e := e.(type) {
				case home.SetTimer:
					timers[e.Timer] = e.At
				case home.ClearTimer:
					delete(timers, e.Timer)
				case home.Send:
					c, _ := e.Command.Writes[0].Value.Number()
					if e.Command.Source == "test/trv" {
						written = append(written, x.now)
						if c < climate.FrostFloor || c > climate.HeatCeiling {
							rt.Fatalf("heating to %v °C", c)
						}
					} else if c < climate.CoolFloor || c > 32 {
						rt.Fatalf("cooling to %v °C", c)
					}
				}
			}
			x.obey(effects)
		}
		number := rapid.Float64Range(-40, 60)
		began := x.now
		for range rapid.IntRange(1, 80).Draw(rt, "events") {
			to := x.now.Add(time.Duration(rapid.Int64Range(1, int64(90*time.Minute)).Draw(rt, "passes")))
			for {
				id, due := "", to
				for k, at := range timers {
					if !at.After(due) && (id == "" || at.Before(due)) {
						id, due = k, at
					}
				}
				if id == "" {
					break
				}
				delete(timers, id)
				if due.After(x.now) {
					x.now = due
				}
				do(home.Fired{Timer: id})
			}
			x.now = to
			switch rapid.IntRange(0, 8).Draw(rt, "what") {
			case 0, 1:
				do(home.Located{Tracker: tracker("li"), Fix: model.Fix{At: x.now, Latitude: 52.5 + rapid.Float64Range(0, 0.2).Draw(rt, "off"), Longitude: 13.4, AccuracyM: 20,
					Transition: rapid.SampledFrom([]string{"", "enter", "leave"}).Draw(rt, "cross")}})
			case 2:
				do(home.Associated{Tracker: "router/li", Connected: rapid.Bool().Draw(rt, "on")})
			case 3, 4:
				do(home.Reported{Source: "test/trv", Readings: []model.Reading{{Endpoint: "main", Attribute: "thermostat.local_temperature", Value: model.Number(number.Draw(rt, "room"))}}})
			case 5:
				do(home.Reported{Source: "test/trv", Readings: []model.Reading{{Endpoint: "main", Attribute: "thermostat.heat_setpoint", Value: model.Number(float64(rapid.IntRange(5, 30).Draw(rt, "knob")))}}})
				allowed += 2
			case 6:
				do(home.Reported{Source: "test/trv", Readings: []model.Reading{{Endpoint: "main", Attribute: "thermostat.window_open", Value: model.Bool(rapid.Bool().Draw(rt, "window"))}}})
				allowed++
			case 7:
				do(home.Stated{Person: "li", Said: home.Statement{State: rapid.SampledFrom([]string{"home", "away", "arriving", "forget"}).Draw(rt, "said")}})
			case 8:
				do(home.SceneAsked{ID: "climate", Args: map[string]model.Value{"mode": model.String(rapid.SampledFrom([]string{"auto", "guest", "boost", "pause"}).Draw(rt, "mode")), "hours": model.Number(5)}})
				allowed += 2 // it begins, and ends
			}
			allowed++ // whoever came or went
		}
		if limit := allowed + int(x.now.Sub(began)/(15*time.Minute)) + 2; len(written) > limit {
			rt.Fatalf("%d writes in %v, at most %d: %v", len(written), x.now.Sub(began), limit, written)
		}
	})
}
