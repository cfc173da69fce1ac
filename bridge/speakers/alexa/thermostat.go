package alexa

import (
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// temperature is a number with a scale.
type temperature struct {
	Value float64 `json:"value"`
	Scale string  `json:"scale"`
}

func (t *temperature) celsius() float64 {
	switch t.Scale {
	case "FAHRENHEIT":
		return (t.Value - 32) / 1.8
	case "KELVIN":
		return t.Value - 273.15
	}
	return t.Value
}

func thermostat(d *home.Device, name string, p *payload) (home.Ask, *trouble) {
	at := func(kind, text string) *trouble {
		return &trouble{namespace: "Alexa.ThermostatController", kind: kind, text: text}
	}
	if name == "SetThermostatMode" {
		if p.Mode != nil {
			for _, m := range modes {
				if m[1] == p.Mode.Value && slices.Contains(thermostatModes(d), m[1]) && speakers.Can(d, speakers.Mode) {
					w := []model.Write{speakers.Write(speakers.Mode, model.String(m[0]))}
					if speakers.Can(d, speakers.On) {
						w = append(w, speakers.Write(speakers.On, model.Bool(m[0] != "off")))
					}
					return set(w...)
				}
			}
		}
		return home.Ask{}, at("UNSUPPORTED_THERMOSTAT_MODE", "the device has no such mode")
	}
	if speakers.Text(d, speakers.Mode) == "off" {
		return home.Ask{}, at("THERMOSTAT_IS_OFF", "the device is off")
	}
	if p.Target == nil && p.Lower != nil && p.Upper != nil {
		if !dual(d) {
			return home.Ask{}, at("DUAL_SETPOINTS_UNSUPPORTED", "the device has one setpoint")
		}
		if p.Upper.celsius()-p.Lower.celsius() < 1 {
			return home.Ask{}, &trouble{"Alexa.ThermostatController", "REQUESTED_SETPOINTS_TOO_CLOSE", "the setpoints are too close", map[string]any{"minimumTemperatureDelta": celsius(1)}}
		}
		return set(speakers.Write(speakers.Heat, model.Number(p.Lower.celsius())), speakers.Write(speakers.Cool, model.Number(p.Upper.celsius())))
	}
	a := speakers.Setpoint(d)
	switch {
	case p.Target != nil && p.Lower != nil:
		return home.Ask{}, at("TRIPLE_SETPOINTS_UNSUPPORTED", "the device does not take three setpoints")
	case p.Target != nil && a != "":
		return set(speakers.Write(a, model.Number(p.Target.celsius())))
	case p.Delta != nil && a != "":
		by := p.Delta.Value
		if p.Delta.Scale == "FAHRENHEIT" {
			by /= 1.8
		}
		n, ok := speakers.Number(d, a)
		if !ok {
			return home.Ask{}, &trouble{namespace: "Alexa", kind: "INTERNAL_ERROR", text: "the present setpoint is not known"}
		}
		return set(speakers.Write(a, model.Number(n+by)))
	}
	return home.Ask{}, unsupported()
}
