package google

import (
	"cmp"
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const (
	setpoint model.Attribute = "temperature_control.setpoint"
	dispense model.Attribute = "dispense.dispense"
	food                     = "food" // what a feeder gives
)

// applianceTraits are those of televisions, blinds, vacuums, fridges, ovens, feeders, and of what runs on a battery.
var applianceTraits = []trait{
	{name: "InputSelector", has: chooses(model.AttrMediaInputInput), attributes: func(d *home.Device, a map[string]any) {
		a["availableInputs"], a["orderedInputs"] = named(choices(d, model.AttrMediaInputInput)), true
	}, states: func(d *home.Device, s map[string]any) {
		if now := speakers.Text(d, model.AttrMediaInputInput); now != "" {
			s["currentInput"] = now
		}
	}},
	{name: "AppSelector", has: chooses(model.AttrMediaInputApp), attributes: func(d *home.Device, a map[string]any) {
		a["availableApplications"] = named(choices(d, model.AttrMediaInputApp))
	}, states: func(d *home.Device, s map[string]any) {
		if now := speakers.Text(d, model.AttrMediaInputApp); now != "" {
			s["currentApplication"] = now
		}
	}},
	{name: "Rotation", has: can(model.AttrWindowCoveringTiltPct), attributes: func(_ *home.Device, a map[string]any) {
		a["supportsPercent"], a["supportsDegrees"] = true, false
	}, states: func(d *home.Device, s map[string]any) {
		if n, ok := speakers.Number(d, model.AttrWindowCoveringTiltPct); ok {
			s["rotationPercent"] = round(n)
		}
	}},
	{name: "Locator", has: func(d *home.Device) bool { _, ok := speakers.Takes(d, model.ActionRobotVacuumLocate); return ok }},
	{name: "EnergyStorage", has: func(d *home.Device) bool { return speakers.Has(d, model.AttrPowerSourceBatteryPct) }, attributes: func(d *home.Device, a map[string]any) {
		a["queryOnlyEnergyStorage"], a["isRechargeable"] = true, speakers.Has(d, model.AttrPowerSourceChargeState)
	}, states: func(d *home.Device, s map[string]any) {
		n, ok := speakers.Number(d, model.AttrPowerSourceBatteryPct)
		if !ok {
			return
		}
		s["descriptiveCapacityRemaining"] = charge(n)
		s["capacityRemaining"] = []any{map[string]any{"rawValue": round(n), "unit": "PERCENTAGE"}}
		if state := speakers.Text(d, model.AttrPowerSourceChargeState); state != "" {
			s["isCharging"] = state == "charging"
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

// choices are the keys among which a device lets choose: a television's inputs, its apps.
func choices(d *home.Device, a model.Attribute) []string {
	if p := speakers.Property(d, a); p != nil && p.Access.CanWrite() {
		return p.Options
	}
	return nil
}

func chooses(a model.Attribute) func(*home.Device) bool {
	return func(d *home.Device) bool { return len(choices(d, a)) > 0 }
}

// named are choices as Google lists them.
func named(keys []string) []any {
	list := []any{}
	for _, key := range keys {
		list = append(list, map[string]any{"key": key, "names": []any{map[string]any{"lang": "en", "name_synonym": []string{key}}}})
	}
	return list
}

// charge is Google's word for how full a battery is, in percent; a tenth is where it begs for a charger.
func charge(pct float64) string {
	switch {
	case pct >= 99:
		return "FULL"
	case pct >= 60:
		return "HIGH"
	case pct >= 30:
		return "MEDIUM"
	case pct > 10:
		return "LOW"
	}
	return "CRITICALLY_LOW"
}

// appliance puts the commands of [applianceTraits] in the house's words.
func appliance(d *home.Device, command string, p *params) (home.Ask, error) {
	all := choices(d, model.AttrMediaInputInput)
	at := slices.Index(all, speakers.Text(d, model.AttrMediaInputInput))
	choose := func(a model.Attribute, key string) (home.Ask, error) {
		if !slices.Contains(choices(d, a), key) {
			return home.Ask{}, errBadValue
		}
		return set(speakers.Write(a, model.String(key)))
	}
	switch {
	case command == "SetInput" && len(all) > 0:
		return choose(model.AttrMediaInputInput, p.Input)
	case command == "NextInput" && len(all) > 0:
		return choose(model.AttrMediaInputInput, all[(at+1)%len(all)])
	case command == "PreviousInput" && len(all) > 0:
		return choose(model.AttrMediaInputInput, all[(max(at, 0)-1+len(all))%len(all)])
	case command == "appSelect" && chooses(model.AttrMediaInputApp)(d):
		return choose(model.AttrMediaInputApp, cmp.Or(p.App, p.AppName))
	case command == "RotateAbsolute" && speakers.Can(d, model.AttrWindowCoveringTiltPct):
		if p.RotatePct == nil || *p.RotatePct < 0 || *p.RotatePct > 100 {
			return home.Ask{}, errBadValue
		}
		return set(speakers.Write(model.AttrWindowCoveringTiltPct, model.Number(*p.RotatePct)))
	case command == "Locate" && !p.Silence:
		if ep, ok := speakers.Takes(d, model.ActionRobotVacuumLocate); ok {
			return home.Ask{Endpoint: ep, Command: model.ActionRobotVacuumLocate}, nil
		}
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
