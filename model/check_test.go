package model_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/model"
)

// fromJSON reads a value as it arrives from outside.
func fromJSON(t *testing.T, text string) model.Value {
	t.Helper()
	var v model.Value
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCheckTakesWhatFits(t *testing.T) {
	for _, tt := range []struct {
		name      string
		attribute model.Attribute
		in, want  string // JSON
	}{
		{"unknown fits everything", model.AttrOnOffOn, `null`, `null`},
		{"truth value", model.AttrOnOffOn, `true`, `true`},
		{"lowest number", model.AttrLevelLevel, `0`, `0`},
		{"highest number", model.AttrLevelLevel, `100`, `100`},
		{"fraction", model.AttrLevelLevel, `33.4`, `33.4`},
		{"whole number", model.AttrColorTemperatureKelvin, `2700`, `2700`},
		{"whole number written as a fraction", model.AttrColorTemperatureKelvin, `2700.0`, `2700`},
		{"number without an upper end", model.AttrOccupancyHoldTime, `86400`, `86400`},
		{"negative power", model.AttrPowerMeterWatts, `-1200.5`, `-1200.5`},
		{"member of an enum", model.AttrThermostatMode, `"dry"`, `"dry"`},
		{"a device's own word", model.AttrLightEffectEffect, `"candle"`, `"candle"`},
		{"text", model.AttrFirmwareCurrent, `"1.2.3"`, `"1.2.3"`},
		{"time from its text", model.AttrHealthLastSeen, `"2026-01-31T18:30:00+08:00"`, `"2026-01-31T10:30:00Z"`},
		{"set in any order", model.AttrThermostatRunning, `["heat","fan","heat"]`, `["fan","heat"]`},
		{"empty set", model.AttrThermostatRunning, `[]`, `[]`},
		{"list", model.AttrFaultCodes, `[{"code":"E1"}]`, `[{"code":"E1"}]`},
		{"object", model.AttrThermostatHold, `{"on":true}`, `{"on":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := model.LookupAttribute(tt.attribute).Check(fromJSON(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if b, _ := json.Marshal(got); string(b) != tt.want {
				t.Errorf("got %s, want %s", b, tt.want)
			}
		})
	}
}

func TestCheckRefusesWhatDoesNotFitAndSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		name      string
		attribute model.Attribute
		in, want  string // JSON; how the error begins
	}{
		{"text for a truth value", model.AttrOnOffOn, `"ON"`, `on_off.on: got "ON", expected true or false`},
		{"number for a truth value", model.AttrOnOffOn, `1`, `on_off.on: got 1, expected true or false`},
		{"above the range", model.AttrLevelLevel, `254`, `level.level: got 254, expected a number from 0 to 100 %`},
		{"below the range", model.AttrHumidityPercent, `-1`, `humidity.percent: got -1, expected a number from 0 to 100 %`},
		{"below an open range", model.AttrOccupancyHoldTime, `-1`, `occupancy.hold_time: got -1, expected a whole number of at least 0 s`},
		{"fraction for a whole number", model.AttrColorTemperatureKelvin, `2700.5`, `color_temperature.kelvin: got 2700.5, expected a whole number from 1000 to 10000 K`},
		{"truth value for a number", model.AttrPowerMeterWatts, `true`, `power_meter.watts: got true, expected a number`},
		{"unknown member", model.AttrValveTarget, `"half"`, `valve.target: got "half", expected one of open, closed`},
		{"number for an enum", model.AttrValveTarget, `1`, `valve.target: got 1, expected one of open, closed`},
		{"unknown member of a set", model.AttrFanWind, `["sleep","storm"]`, `fan.wind: got ["sleep","storm"], expected any of sleep, natural`},
		{"numbers in a set", model.AttrFanWind, `[1]`, `fan.wind: got [1], expected any of sleep, natural`},
		{"text for a set", model.AttrFanWind, `"sleep"`, `fan.wind: got "sleep", expected any of sleep, natural`},
		{"text that is no time", model.AttrHealthLastSeen, `"yesterday"`, `health.last_seen: got "yesterday", expected a time such as 2026-01-31T18:30:00Z`},
		{"number for a time", model.AttrHealthLastSeen, `1700000000`, `health.last_seen: got 1700000000, expected a time such as 2026-01-31T18:30:00Z`},
		{"number for a text", model.AttrFirmwareCurrent, `5`, `firmware.current: got 5, expected a text`},
		{"object for a list", model.AttrFaultCodes, `{"code":"E1"}`, `fault.codes: got {"code":"E1"}, expected a list`},
		{"text for an object", model.AttrThermostatHold, `"on"`, `thermostat.hold: got "on", expected a`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := model.LookupAttribute(tt.attribute).Check(fromJSON(t, tt.in))
			var refused *model.ValueError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, %v; want a *ValueError", got, err)
			}
			if !got.IsUnknown() || !strings.HasPrefix(err.Error(), tt.want) || refused.Attribute != tt.attribute {
				t.Errorf("got %v and error\n%s\nwant one that begins\n%s", got, err, tt.want)
			}
		})
	}
}

func TestCheckTakesATimeAsItIs(t *testing.T) {
	v := model.Time(time.UnixMilli(1700000000123))
	got, err := model.LookupAttribute(model.AttrHealthLastSeen).Check(v)
	if err != nil || got != v {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestExpectedNamesOneOpenEnd(t *testing.T) {
	p := model.Property{Type: model.TypeFloat, Unit: "K", Max: new(4.5)}
	if got, want := p.Expected(), "a number of at most 4.5 K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
