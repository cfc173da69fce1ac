package zigbee2mqtt

import (
	"bufio"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/model"
)

// presetThermostat is a thermostat as its definition exposes it, with the device's own words for its presets.
func presetThermostat(presets ...string) string {
	words, _ := json.Marshal(presets)
	return deviceJSON("0x9", "valve", "EndDevice", "Battery", `{"type":"climate","features":[
		{"type":"numeric","name":"current_heating_setpoint","property":"current_heating_setpoint","access":3,"value_min":5,"value_max":35,"value_step":0.5,"unit":"°C"},
		{"type":"numeric","name":"local_temperature","property":"local_temperature","access":1,"unit":"°C"},
		{"type":"enum","name":"preset","property":"preset","access":3,"values":`+string(words)+`}]}`)
}

// TestPresetsReadAndWriteInTheDevicesOwnWords: what real definitions expose, and what their converters take.
func TestPresetsReadAndWriteInTheDevicesOwnWords(t *testing.T) {
	for name, c := range map[string]struct {
		presets []string
		says    string // what it is in
		reads   string
		manual  string // how it is put in manual
	}{
		"Moes BRT-100-TRV":         {[]string{"programming", "manual", "temporary_manual", "holiday"}, "programming", "schedule", "manual"},
		"Tuya TS0601_thermostat":   {[]string{"schedule", "manual", "boost", "complex", "comfort", "eco", "away"}, "away", "away", "manual"},
		"Moes BHT-002":             {[]string{"hold", "program"}, "program", "schedule", "hold"},
		"Moes ZHT-SR":              {[]string{"Manual", "Temporary manual", "Program", "Eco"}, "Eco", "eco", "Manual"},
		"Futurehome":               {[]string{"user", "home", "away", "auto"}, "home", "occupied", "user"},
		"Salus FC600":              {[]string{"schedule", "temporary_override", "permanent_override", "standby", "eco"}, "standby", "off", "permanent_override"},
		"Aqara UT-A01E":            {[]string{"home", "away", "sleep", "vacation", "evening", "manual"}, "evening", "other", "manual"},
		"Midea air conditioner":    {[]string{"none", "sleep", "turbo"}, "turbo", "boost", "none"},
		"ENGO, frost in two words": {[]string{"manual", "schedule", "frost protection"}, "frost protection", "frost_protection", "manual"},
	} {
		t.Run(name, func(t *testing.T) {
			h := home(t, presetThermostat(c.presets...))
			h.say("valve", fmt.Sprintf(`{"preset":%q,"current_heating_setpoint":17}`, c.says))
			h.want("0x9", "main", "thermostat.preset", c.reads+" good")
			h.execute(order("c", "0x9", model.Write{Attribute: model.AttrThermostatPreset, Value: model.String("manual")}))
			if diff := cmp.Diff([]string{fmt.Sprintf(`{"preset":%q}`, c.manual)}, h.broker.PublishedTo("zigbee2mqtt/valve/set")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCorpusProgramsCanBeEnded: whatever runs a program of its own by the clock can be put in manual, so that a setpoint holds.
func TestCorpusProgramsCanBeEnded(t *testing.T) {
	with, manual := 0, 0
	var stuck []string
	err := eachDefinition(bufio.NewReader(openCorpus(t, corpusFile)), func(raw json.RawMessage) error {
		if !strings.Contains(string(raw), `"preset"`) {
			return nil
		}
		d, _, err := TranslateDefinition(raw)
		if err != nil {
			return err
		}
		for _, e := range d.Endpoints {
			for _, p := range e.Properties {
				if p.Attribute != model.AttrThermostatPreset || !p.Access.CanWrite() {
					continue
				}
				with++
				switch {
				case slices.Contains(p.Options, "manual"):
					manual++
				case slices.Contains(p.Options, "schedule"):
					stuck = append(stuck, d.Vendor+" "+d.Model)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d with presets, %d of them with manual; a program without manual: %q", with, manual, stuck)
	if with < 50 || manual*10 < with*7 || len(stuck) > 6 {
		t.Errorf("%d with presets, %d with manual, no way out of the program: %q", with, manual, stuck)
	}
}
