package climate_test

import (
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

const (
	valve = model.SourceID("test/valve")
	split = model.SourceID("test/split")
)

// weather is what both devices tell of it, and of the room.
func (x *rig) weather(outside, room float64) {
	for _, id := range []model.SourceID{valve, split} {
		x.report(id, model.AttrThermostatOutdoorTemperature, model.Number(outside))
		x.report(id, model.AttrThermostatLocalTemperature, model.Number(room))
	}
}

// passes lets hours pass in which the weather is heard of.
func (x *rig) passes(hours int, outside, room float64) {
	for range hours * 2 {
		x.until(x.now.Add(30 * time.Minute))
		x.weather(outside, room)
	}
}

// out is that everybody goes for some hours and comes back.
func (x *rig) out(hours int, outside, room float64) {
	x.moves("li", "away")
	x.passes(hours, outside, room)
	x.moves("li", "home")
	x.passes(1, outside, room)
}

// byScene is that another scene of the household writes a mode.
func (x *rig) byScene(id model.SourceID, mode string) {
	for _, d := range x.home.View().Devices() {
		if d.Sources[0] == id {
			x.do(home.Asked{Ask: home.Ask{ID: model.CommandID(mode), Device: d.ID, Writes: []model.Write{{Attribute: model.AttrThermostatMode, Value: model.String(mode)}},
				Cause: &model.Cause{Kind: model.CauseScene, Who: "all off"}}})
		}
	}
}

func TestWhatIsSwitchedOffByHandWorksAgainOnceTheHouseWasLeft(t *testing.T) {
	const hot, cold = 36, -4 // outside, °C
	for name, c := range map[string]struct {
		device model.SourceID
		does   func(x *rig)
		want   string
	}{
		"not while somebody is in, however long": {split, func(x *rig) { x.sets(split, "off"); x.passes(30, hot, 30) }, "off"},
		"after the next departure and return":    {split, func(x *rig) { x.sets(split, "off"); x.passes(1, hot, 30); x.out(4, hot, 30) }, "cool"},
		"not where there is nothing to do":       {split, func(x *rig) { x.sets(split, "off"); x.out(4, 22, 23) }, "off"},
		"not when it is switched off in the very next stay": {split, func(x *rig) {
			for range 3 {
				x.sets(split, "off")
				x.out(4, hot, 30)
			}
		}, "off"},
		"as at first, once somebody has switched it on": {split, func(x *rig) {
			for range 2 {
				x.sets(split, "off")
				x.out(4, hot, 30)
			}
			x.sets(split, "cool")
			x.passes(1, hot, 30)
			x.sets(split, "off")
			x.out(4, hot, 30)
		}, "cool"},
		"as at first, when it was left on for a whole stay": {split, func(x *rig) {
			x.sets(split, "off")
			x.out(4, hot, 30)
			x.passes(5, hot, 26)
			x.out(4, hot, 30)
			x.sets(split, "off")
			x.out(4, hot, 30)
		}, "cool"},
		"in the mode in which it worked": {split, func(x *rig) { x.sets(split, "dry"); x.sets(split, "off"); x.out(4, hot, 30) }, "dry"},
		"a heater, in winter":            {valve, func(x *rig) { x.sets(valve, "off"); x.out(4, cold, 17) }, "heat"},
		"no heater in May":               {valve, func(x *rig) { x.sets(valve, "off"); x.out(4, 17, 19) }, "off"},
		"not what was off for a week": {valve, func(x *rig) {
			x.sets(valve, "off")
			x.passes(8*24, 17, 19)
			x.out(4, cold, 17)
		}, "off"},
		"what was off in a long vacation":     {valve, func(x *rig) { x.sets(valve, "off"); x.out(12*24, cold, 12) }, "heat"},
		"not what another scene switched off": {split, func(x *rig) { x.byScene(split, "off"); x.out(4, hot, 30) }, "off"},
		"a frozen room keeps from freezing":   {valve, func(x *rig) { x.byScene(valve, "off"); x.passes(5, cold, 5) }, "heat"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newRig(t, climate.Settings{Enabled: true, Comfort: 21, Away: 16, CoolComfort: new(25.5), Saving: 50, Max: 40, Hold: time.Hour})
			x.weather(hot, 26)
			x.sets(split, "cool")
			x.sets(valve, "heat")
			x.moves("li", "home")
			x.moves("ann", "extended_away")
			x.passes(2, hot, 26)
			c.does(x)
			if got := x.mode[c.device]; got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}

// TestWhoNeverSawItWorkDoesNotSwitchItOn: what is off from the first is nobody's wish that could be over.
func TestWhoNeverSawItWorkDoesNotSwitchItOn(t *testing.T) {
	x := newRig(t, climate.Settings{Enabled: true, Comfort: 21, Away: 16, Saving: 50, Max: 40, Hold: time.Hour})
	x.sets(valve, "off")
	x.moves("li", "home")
	x.moves("ann", "extended_away")
	x.out(6, -4, 16)
	if x.mode[valve] != "off" {
		t.Errorf("it is %q", x.mode[valve])
	}
}

// TestFrostIsKeptOutAndNoMore: an off heater in a freezing room keeps the floor, stays off for all else, and works again as ever when somebody switches it on.
func TestFrostIsKeptOutAndNoMore(t *testing.T) {
	x := newRig(t, climate.Settings{Enabled: true, Comfort: 21, Away: 16, Saving: 50, Max: 40, Hold: time.Hour})
	x.moves("li", "home")
	x.moves("ann", "extended_away")
	x.sets(valve, "heat")
	x.passes(1, -10, 20)
	x.sets(valve, "off")
	x.passes(3, -10, 6.5)
	if x.mode[valve] != "heat" || x.points[valve] != climate.FrostFloor {
		t.Fatalf("in a room of 6.5 °C it is %q at %v °C", x.mode[valve], x.points[valve])
	}
	x.out(5, -10, 9)
	if x.points[valve] != climate.FrostFloor {
		t.Errorf("it is off, but heats to %v °C", x.points[valve])
	}
	x.sets(valve, "off")
	x.sets(valve, "heat")
	x.passes(1, -10, 9)
	if x.points[valve] != 21 {
		t.Errorf("switched on again, it heats to %v °C", x.points[valve])
	}
}
