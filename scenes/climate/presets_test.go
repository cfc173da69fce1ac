package climate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

const program = model.SourceID("test/program")

// withPresets is a house in winter with one more radiator valve, whose presets are given.
func withPresets(t *testing.T, presets []string, preset string, actions ...model.Attribute) *rig {
	t.Helper()
	x := newRig(t, climate.Settings{Enabled: true, Comfort: 21, Away: 16, Saving: 50, Max: 28, Hold: time.Hour})
	choice := property(model.AttrThermostatPreset, 0, 0, 0, model.AccessWrite)
	choice.Options = presets
	x.do(home.Described{Description: model.Description{Source: program, Name: "program", Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Actions: actions, Properties: []model.Property{
		property(model.AttrThermostatHeatSetpoint, 5, 30, 0.5, model.AccessWrite), property(model.AttrThermostatLocalTemperature, 0, 0, 0, model.AccessRead), choice}}}}})
	if preset != "" {
		x.report(program, model.AttrThermostatPreset, model.String(preset))
	}
	x.moves("li", "home")
	x.moves("ann", "extended_away")
	return x
}

// lives lets hours pass in which the valve is heard of.
func (x *rig) lives(hours int, room float64) {
	for range hours * 2 {
		x.until(x.now.Add(30 * time.Minute))
		x.weather(-4, room)
		x.report(program, model.AttrThermostatLocalTemperature, model.Number(room))
	}
}

// told are the words that the valve was sent, in order, since it was last asked.
func (x *rig) told() []string {
	out := x.words
	x.words = nil
	return out
}

var zigbee = []string{"manual", "schedule", "away", "boost", "holiday"} // as Zigbee2MQTT's valves have them

func TestAProgramOfTheDeviceIsEndedBeforeASetpointIsToHold(t *testing.T) {
	x := withPresets(t, zigbee, "schedule")
	x.lives(1, 19)
	if diff := cmp.Diff([]string{"preset manual", "heat_setpoint 21"}, x.told()); diff != "" {
		t.Error(diff)
	}
	x.moves("li", "away")
	x.lives(6, 19)
	for _, w := range x.told() {
		if w == "preset manual" {
			t.Error("it is manual already, and is told so again")
		}
	}
}

func TestAProgramThatSetsTheRightTemperatureIsEndedAllTheSame(t *testing.T) {
	x := withPresets(t, zigbee, "manual")
	x.lives(1, 20.8)
	x.told()
	x.report(program, model.AttrThermostatPreset, model.String("schedule")) // by hand: for an hour it stays
	x.lives(3, 20.8)
	if got := x.told(); len(got) == 0 || got[0] != "preset manual" {
		t.Errorf("%q", got)
	}
}

func TestAProgramChosenByHandIsKeptLikeASetpointByHand(t *testing.T) {
	x := withPresets(t, zigbee, "manual")
	x.lives(2, 20.8)
	x.told()
	x.report(program, model.AttrThermostatPreset, model.String("away"))
	x.report(program, model.AttrThermostatHeatSetpoint, model.Number(15)) // the program's own
	x.until(x.now.Add(50 * time.Minute))
	x.report(program, model.AttrThermostatLocalTemperature, model.Number(20))
	if got := x.told(); got != nil {
		t.Errorf("within the hour it was told %q", got)
	}
	x.lives(1, 20)
	if diff := cmp.Diff([]string{"preset manual", "heat_setpoint 21"}, x.told()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasTakenOutOfUseByItsPresetStaysSo(t *testing.T) {
	for name, before := range map[string]string{"by hand": "manual", "before the hub came": "holiday"} {
		t.Run(name, func(t *testing.T) {
			x := withPresets(t, zigbee, before)
			x.lives(1, 20)
			x.report(program, model.AttrThermostatPreset, model.String("holiday"))
			x.report(program, model.AttrThermostatHeatSetpoint, model.Number(15))
			x.told()
			x.out(4, -4, 18)
			x.lives(3, 18)
			if got := x.told(); got != nil {
				t.Errorf("it was told %q", got)
			}
			x.report(program, model.AttrThermostatPreset, model.String("manual"))
			x.lives(1, 18)
			if got := x.told(); len(got) == 0 || got[len(got)-1] != "heat_setpoint 21" {
				t.Errorf("back in use, it was told %q", got)
			}
		})
	}
}

// TestAProgramThatDoesNotEndIsNoReasonForAStorm: the device falls back into its program each time.
func TestAProgramThatDoesNotEndIsNoReasonForAStorm(t *testing.T) {
	x := withPresets(t, zigbee, "schedule")
	x.stubborn = true
	x.lives(12, 19)
	n := 0
	for _, w := range x.told() {
		if w == "preset manual" {
			n++
		}
	}
	if n == 0 || n > 13 {
		t.Errorf("told %d times in twelve hours", n)
	}
}

// TestADeviceThatTakesSuggestionsIsToldWhetherSomebodyWillBeIn: Matter's thermostats decide by themselves what that means.
func TestADeviceThatTakesSuggestionsIsToldWhetherSomebodyWillBeIn(t *testing.T) {
	x := withPresets(t, []string{"occupied", "unoccupied", "sleep"}, "", model.ActionThermostatSuggestPreset)
	x.lives(2, 20)
	x.moves("li", "away")
	x.lives(3, 19)
	x.moves("li", "home")
	x.lives(20, 20)
	want := []string{"suggest occupied", "suggest unoccupied", "suggest occupied", "suggest occupied"} // the last is the renewal
	if diff := cmp.Diff(want, x.told()); diff != "" {
		t.Error(diff)
	}
}
