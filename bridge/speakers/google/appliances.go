package google

import (
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const (
	input    model.Attribute = "media_input.input"
	setpoint model.Attribute = "temperature_control.setpoint"
	dispense model.Attribute = "dispense.dispense"
	food                     = "food" // what a feeder gives
)

// applianceTraits are those of televisions, fridges, ovens and feeders.
var applianceTraits = []trait{
	{name: "InputSelector", has: func(d *home.Device) bool { return len(inputs(d)) > 0 }, attributes: func(d *home.Device, a map[string]any) {
		list := []any{}
		for _, key := range inputs(d) {
			list = append(list, map[string]any{"key": key, "names": []any{map[string]any{"lang": "en", "name_synonym": []string{key}}}})
		}
		a["availableInputs"], a["orderedInputs"] = list, true
	}, states: func(d *home.Device, s map[string]any) {
		if now := speakers.Text(d, input); now != "" {
			s["currentInput"] = now
		}
	}},
	{name: "TemperatureControl", has: can(setpoint), attributes: func(d *home.Device, a map[string]any) {
		low, high := speakers.Range(d, setpoint, 0, 250)
		a["temperatureRange"], a["temperatureUnitForUX"] = map[string]float64{"minThresholdCelsius": low, "maxThresholdCelsius": high}, "C"
	}, states: func(d *home.Device, s map[string]any) {
		if n, ok := speakers.Number(d, setpoint); ok {
			s["temperatureSetpointCelsius"] = tenth(n)
		}
		if n, ok := speakers.Number(d, speakers.Celsius); ok {
			s["temperatureAmbientCelsius"] = tenth(n)
		}
	}},
	{name: "Dispense", has: func(d *home.Device) bool { _, ok := speakers.Takes(d, dispense); return ok }, attributes: func(_ *home.Device, a map[string]any) {
		a["supportedDispenseItems"] = []any{map[string]any{"item_name": food, "supported_units": []string{"PORTION"},
			"item_name_synonyms": []any{map[string]any{"lang": "en", "synonyms": []string{"food", "portion", "pet food"}}},
			"default_portion":    map[string]any{"amount": 1, "unit": "PORTION"}}}
	}, states: func(_ *home.Device, s map[string]any) {
		s["dispenseItems"] = []any{map[string]any{"itemName": food, "isCurrentlyDispensing": false}}
	}},
}

// inputs are the keys among which a television chooses.
func inputs(d *home.Device) []string {
	if p := speakers.Property(d, input); p != nil && p.Access.CanWrite() {
		return p.Options
	}
	return nil
}

// appliance puts the commands of [applianceTraits] in the house's words.
func appliance(d *home.Device, command string, p *params) (home.Ask, error) {
	all := inputs(d)
	at := slices.Index(all, speakers.Text(d, input))
	choose := func(key string) (home.Ask, error) {
		if !slices.Contains(all, key) {
			return home.Ask{}, errBadValue
		}
		return set(speakers.Write(input, model.String(key)))
	}
	switch {
	case command == "SetInput" && len(all) > 0:
		return choose(p.Input)
	case command == "NextInput" && len(all) > 0:
		return choose(all[(at+1)%len(all)])
	case command == "PreviousInput" && len(all) > 0:
		return choose(all[(max(at, 0)-1+len(all))%len(all)])
	case command == "SetTemperature" && speakers.Can(d, setpoint):
		low, high := speakers.Range(d, setpoint, 0, 250)
		if p.Celsius == nil || *p.Celsius < low || *p.Celsius > high {
			return home.Ask{}, errBadValue
		}
		return set(speakers.Write(setpoint, model.Number(*p.Celsius)))
	case command == "Dispense":
		ep, ok := speakers.Takes(d, dispense)
		portions := 1.0
		if p.Amount != nil {
			portions = *p.Amount
		}
		switch {
		case !ok:
			return home.Ask{}, errNotSupported
		case portions < 1 || portions != float64(int(portions)) || p.Unit != "" && p.Unit != "PORTION":
			return home.Ask{}, errBadValue
		}
		return home.Ask{Endpoint: ep, Command: dispense, Args: map[string]model.Value{"portions": model.Number(portions)}}, nil
	}
	return home.Ask{}, errNotSupported
}
