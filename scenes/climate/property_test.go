package climate_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// outlook is any outlook, also one that no tracker of ours would give.
func outlook(rt *rapid.T) home.Outlook {
	o := home.Outlook{Step: rapid.SampledFrom([]time.Duration{time.Minute, 5 * time.Minute, time.Hour}).Draw(rt, "step"), Known: rapid.Float64Range(0, 50).Draw(rt, "known")}
	by := 0.0
	for range rapid.IntRange(0, 60).Draw(rt, "steps") {
		by += rapid.Float64Range(-0.05, 0.2).Draw(rt, "more")
		o.Back = append(o.Back, min(max(by, 0), 1))
	}
	for range rapid.IntRange(0, 5).Draw(rt, "told") {
		o.Told = append(o.Told, time.Duration(rapid.IntRange(0, 300).Draw(rt, "minutes"))*time.Minute)
	}
	return o
}

// happens is one thing of all that may.
func (x *rig) happens(rt *rapid.T) {
	device := rapid.SampledFrom([]model.SourceID{valve, split}).Draw(rt, "device")
	stir := func() { x.stirred = append(x.stirred, x.now) }
	switch rapid.IntRange(0, 11).Draw(rt, "what") {
	case 0, 1, 2: // somebody is said to be somewhere
		stir()
		who := rapid.SampledFrom([]home.PersonID{"li", "ann", home.Somebody}).Draw(rt, "who")
		x.moves(who, rapid.SampledFrom([]string{"home", "just_left", "away", "arriving", "extended_away", "unknown", ""}).Draw(rt, "state"))
	case 3:
		x.rumour.back[rapid.SampledFrom([]home.PersonID{"li", "ann", home.Somebody}).Draw(rt, "who")] = outlook(rt)
	case 4, 5:
		x.report(device, model.AttrThermostatLocalTemperature, model.Number(rapid.Float64Range(-60, 90).Draw(rt, "room")))
	case 6:
		x.report(device, model.AttrThermostatOutdoorTemperature, model.Number(rapid.Float64Range(-60, 60).Draw(rt, "outside")))
	case 7: // by hand
		stir()
		a, low := model.AttrThermostatHeatSetpoint, 4
		if device == split {
			a, low = model.AttrThermostatCoolSetpoint, 16
		}
		x.report(device, a, model.Number(float64(rapid.IntRange(low, 30).Draw(rt, "knob"))))
	case 8:
		stir()
		if rapid.Bool().Draw(rt, "window") {
			x.report(device, model.AttrThermostatWindowOpen, model.Bool(rapid.Bool().Draw(rt, "open")))
			return
		}
		x.sets(device, rapid.SampledFrom([]string{"off", "heat", "cool", "dry", "auto"}).Draw(rt, "mode"))
	case 11:
		stir()
		x.report(device, model.AttrThermostatPreset, model.String(rapid.SampledFrom([]string{"manual", "schedule", "away", "off", "eco"}).Draw(rt, "preset")))
	case 10:
		x.report(split, model.AttrHumidityPercent, model.Number(rapid.Float64Range(0, 100).Draw(rt, "humidity")))
	case 9:
		stir()
		x.stirred = append(x.stirred, x.now.Add(2*time.Hour)) // it ends, too
		x.guests = x.now.Add(2 * time.Hour)
		args := map[string]model.Value{"mode": model.String(rapid.SampledFrom([]string{"auto", "guest", "boost", "pause", "vacation"}).Draw(rt, "mode")), "hours": model.Number(2)}
		x.do(home.SceneAsked{ID: "warm", Args: args})
	}
}

func settings(rt *rapid.T) climate.Settings {
	degrees := rapid.Float64Range(-10, 50)
	s := climate.Settings{Enabled: true, Comfort: degrees.Draw(rt, "comfort"), Away: degrees.Draw(rt, "away"), Saving: rapid.Float64Range(0, 100).Draw(rt, "saving"),
		Min: rapid.Float64Range(0, 20).Draw(rt, "min"), Max: rapid.Float64Range(20, 40).Draw(rt, "max"), Hold: time.Hour, Emitter: rapid.SampledFrom(append(climate.Emitters(), "")).Draw(rt, "emitter")}
	if rapid.Bool().Draw(rt, "cooling apart") {
		a, b := degrees.Draw(rt, "cool"), degrees.Draw(rt, "cool away")
		s.CoolComfort, s.CoolAway = &a, &b
	}
	return s
}

// TestWhateverComesNoBoundIsBrokenAndNoDeviceIsStormed: no sequence of presence, outlooks, temperatures, knobs, windows and
// modes sets anything beyond its bounds; and in no hour is a device written to more often than the slow rhythm and what people do allow.
func TestWhateverComesNoBoundIsBrokenAndNoDeviceIsStormed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := newRig(rt, settings(rt))
		if x.rumour.restless = rapid.Bool().Draw(rt, "restless"); x.rumour.restless {
			x.moves("li", "away")
			x.moves("ann", "away")
			x.until(x.now.Add(6 * time.Hour))
		}
		for range rapid.IntRange(1, 60).Draw(rt, "events") {
			longest := rapid.SampledFrom([]time.Duration{5 * time.Minute, 70 * time.Minute}).Draw(rt, "longest")
			x.until(x.now.Add(time.Duration(rapid.Int64Range(1, int64(longest)).Draw(rt, "passes"))))
			x.happens(rt)
		}
		x.until(x.now.Add(6 * time.Hour))
		for id, writes := range x.written {
			if err := calm(writes, x.stirred); err != nil {
				rt.Fatalf("%s: %v", id, err)
			}
		}
	})
}

// calm checks every hour.
func calm(writes, stirred []time.Time) error {
	for i, from := range writes {
		n := 0
		for _, w := range writes[i:] {
			if w.Sub(from) < time.Hour {
				n++
			}
		}
		allowed := 5 // one in sixteen minutes, and a first
		for _, s := range stirred {
			if d := s.Sub(from); d > -3*time.Hour && d < time.Hour { // what was held for two hours is let go once
				allowed++
			}
		}
		if n > allowed {
			return fmt.Errorf("%d writes in the hour from %v on, at most %d", n, from, allowed)
		}
	}
	return nil
}
