package alexa

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// payload is that of all directives that are taken; a directive reads its own.
type payload struct {
	Brightness      *float64 `json:"brightness"`
	BrightnessDelta *float64 `json:"brightnessDelta"`
	Color           *struct {
		Hue        float64 `json:"hue"`
		Saturation float64 `json:"saturation"`
		Brightness float64 `json:"brightness"`
	} `json:"color"`
	Kelvin   *float64                `json:"colorTemperatureInKelvin"`
	Target   *temperature            `json:"targetSetpoint"`
	Lower    *temperature            `json:"lowerSetpoint"`
	Upper    *temperature            `json:"upperSetpoint"`
	Delta    *temperature            `json:"targetSetpointDelta"`
	Mode     *struct{ Value string } `json:"thermostatMode"`
	Range    *float64                `json:"rangeValue"`
	RangeBy  *float64                `json:"rangeValueDelta"`
	Volume   *float64                `json:"volume"`
	Mute     *bool                   `json:"mute"`
	Steps    *float64                `json:"volumeSteps"`
	Default  bool                    `json:"volumeDefault"`
	PIN      string                  `json:"pin"`
	ModeName string                  `json:"mode"`
	ModeBy   *float64                `json:"modeDelta"`
	ArmState string                  `json:"armState"`
	Input    string                  `json:"input"`
	Instance string                  `json:"-"`
	// Authorization is the code that disarms.
	Authorization struct {
		Value string `json:"value"`
	} `json:"authorization"`
}

// trouble is why a directive cannot be done.
type trouble struct {
	namespace, kind, text string
	more                  map[string]any
}

func unsupported() *trouble {
	return &trouble{namespace: "Alexa", kind: "INVALID_DIRECTIVE", text: "the device does not do this"}
}

// control carries out a directive for a device.
func (a *Alexa) control(ctx context.Context, link speakers.Link, d *directive, dev *home.Device) message {
	var p payload
	if len(d.Payload) > 0 {
		if err := json.Unmarshal(d.Payload, &p); err != nil {
			return failure(d, "Alexa", "INVALID_VALUE", "the payload cannot be read", nil)
		}
	}
	p.Instance = d.Header.Instance
	if t := a.authorized(d, &p); t != nil {
		return failure(d, t.namespace, t.kind, t.text, t.more)
	}
	ask, t := askOf(dev, strings.TrimPrefix(d.Header.Namespace, "Alexa."), d.Header.Name, &p)
	if t != nil {
		return failure(d, t.namespace, t.kind, t.text, t.more)
	}
	ask.Device, ask.Cause = dev.ID, speakers.Cause(link)
	o := a.core.Do(ctx, []home.Ask{ask})[0]
	if fresh, ok := a.core.Device(Platform, dev.ID); ok {
		dev = fresh
	}
	if c := p.Color; c != nil && (o.Status == speakers.Done || o.Status == speakers.Pending) {
		a.shades.note(dev.ID, shade{c.Hue, c.Saturation, c.Brightness})
	}
	switch o.Status {
	case speakers.Done:
		m := a.answer(d, "Response", dev)
		if d.Header.Namespace == "Alexa.SecurityPanelController" && d.Header.Name == "Arm" {
			m.Event.Header.Namespace, m.Event.Header.Name = d.Header.Namespace, "Arm.Response"
		}
		return m
	case speakers.Pending:
		m := a.answer(d, "DeferredResponse", dev)
		m.Context, m.Event.Endpoint = nil, nil
		m.Event.Payload = map[string]int{"estimatedDeferralInSeconds": 8}
		if a.gateway == nil { // nobody would tell the end of it: it was taken, and that is what is said
			return a.answer(d, "Response", dev)
		}
		a.gateway.owe(d.Endpoint.ID, d.Header.Correlation)
		return m
	case speakers.Offline:
		return failure(d, "Alexa", "ENDPOINT_UNREACHABLE", "the device cannot be reached", nil)
	}
	switch o.Reason.Code {
	case model.ReasonInvalidValue:
		if len(ask.Writes) == 0 {
			return failure(d, "Alexa", "INVALID_VALUE", o.Reason.String(), nil)
		}
		low, high := speakers.Range(dev, ask.Writes[0].Attribute, 0, 100)
		if strings.HasPrefix(d.Header.Namespace, "Alexa.Thermostat") {
			low, high = speakers.Range(dev, ask.Writes[0].Attribute, 5, 35)
			return failure(d, "Alexa", "TEMPERATURE_VALUE_OUT_OF_RANGE", o.Reason.String(), map[string]any{"validRange": map[string]any{"minimumValue": celsius(low), "maximumValue": celsius(high)}})
		}
		return failure(d, "Alexa", "VALUE_OUT_OF_RANGE", o.Reason.String(), map[string]any{"validRange": map[string]float64{"minimumValue": low, "maximumValue": high}})
	case model.ReasonUnsupported, model.ReasonReadOnly:
		return failure(d, "Alexa", "INVALID_DIRECTIVE", o.Reason.String(), nil)
	case model.ReasonDeviceError:
		return failure(d, "Alexa", "HARDWARE_MALFUNCTION", o.Reason.String(), nil)
	}
	return failure(d, "Alexa", "INTERNAL_ERROR", o.Reason.String(), nil)
}

// authorized checks a code that Alexa passes on. For locks it asks for the voice code by itself, and passes one on only where a
// forwarder does; a panel's it passes on always.
func (a *Alexa) authorized(d *directive, p *payload) *trouble {
	pin, namespace, wrong := p.PIN, "Alexa", "INVALID_VALUE"
	switch d.Header.Namespace + "." + d.Header.Name {
	case "Alexa.SecurityPanelController.Disarm":
		pin, namespace, wrong = p.Authorization.Value, "Alexa.SecurityPanelController", "UNAUTHORIZED"
	case "Alexa.LockController.Unlock":
		if pin == "" {
			return nil
		}
	default:
		return nil
	}
	verdict := speakers.PINWrong // none at all
	if pin != "" {
		verdict = a.core.CheckPIN(pin)
	}
	switch verdict {
	case speakers.PINWrong:
		return &trouble{namespace: namespace, kind: wrong, text: "the PIN is wrong"}
	case speakers.PINLocked:
		return &trouble{namespace: "Alexa", kind: "TOO_MANY_FAILED_ATTEMPTS", text: "too many wrong PINs"}
	case speakers.PINUnset:
		if wrong == "UNAUTHORIZED" {
			return &trouble{namespace: namespace, kind: wrong, text: "the house has no PIN (hub voice pin)"}
		}
	}
	return nil
}

func set(w ...model.Write) (home.Ask, *trouble) { return home.Ask{Writes: w}, nil }

// askOf puts a directive in the house's words.
func askOf(d *home.Device, face, name string, p *payload) (home.Ask, *trouble) {
	number := func(a model.Attribute, v *float64) (home.Ask, *trouble) {
		if v == nil || !speakers.Can(d, a) {
			return home.Ask{}, unsupported()
		}
		return set(speakers.Write(a, model.Number(*v)))
	}
	relative := func(a model.Attribute, by *float64, low, high float64) (home.Ask, *trouble) {
		n, ok := speakers.Number(d, a)
		if !ok || by == nil {
			return home.Ask{}, unsupported()
		}
		v := min(high, max(low, n+*by))
		return number(a, &v)
	}
	switch face + "." + name {
	case "PowerController.TurnOn", "PowerController.TurnOff":
		if !powered(d) {
			return home.Ask{}, unsupported()
		}
		if ask, why := speakers.Power.Set(d, model.Bool(name == "TurnOn")); why == "" {
			return ask, nil
		}
	case "BrightnessController.SetBrightness", "BrightnessController.AdjustBrightness":
		return brightness(d, name, p)
	case "ColorController.SetColor":
		if p.Color == nil || !speakers.Can(d, speakers.Hue) || !speakers.Can(d, speakers.Sat) {
			return home.Ask{}, unsupported()
		}
		w := []model.Write{speakers.Write(speakers.Hue, model.Number(p.Color.Hue)), speakers.Write(speakers.Sat, model.Number(p.Color.Saturation*100))}
		if speakers.Can(d, speakers.Level) && p.Color.Brightness > 0 {
			w = append(w, speakers.Write(speakers.Level, model.Number(p.Color.Brightness*100)))
		}
		return lit(d)(set(w...))
	case "ColorTemperatureController.SetColorTemperature":
		if p.Kelvin != nil {
			low, high := speakers.Range(d, speakers.Kelvin, 1000, 10000)
			v := min(high, max(low, *p.Kelvin))
			return lit(d)(number(speakers.Kelvin, &v))
		}
	case "ColorTemperatureController.IncreaseColorTemperature", "ColorTemperatureController.DecreaseColorTemperature":
		by := 500.0
		if strings.HasPrefix(name, "Decrease") {
			by = -500
		}
		low, high := speakers.Range(d, speakers.Kelvin, 1000, 10000)
		return lit(d)(relative(speakers.Kelvin, &by, low, high))
	case "ThermostatController.SetTargetTemperature", "ThermostatController.AdjustTargetTemperature", "ThermostatController.SetThermostatMode":
		return thermostat(d, name, p)
	case "LockController.Lock", "LockController.Unlock":
		if !speakers.Can(d, speakers.LockTo) {
			return home.Ask{}, unsupported()
		}
		return set(speakers.Write(speakers.LockTo, model.String(map[string]string{"Lock": "locked", "Unlock": "unlocked"}[name])))
	case "RangeController.SetRangeValue", "RangeController.AdjustRangeValue":
		x := rangeOf(d, p.Instance)
		if x == nil {
			return home.Ask{}, unsupported()
		}
		if name == "SetRangeValue" {
			return number(x.attribute, p.Range)
		}
		low, high := x.bounds(d)
		return relative(x.attribute, p.RangeBy, low, high)
	case "ModeController.SetMode", "ModeController.AdjustMode":
		return mode(d, name, p)
	case "SecurityPanelController.Arm", "SecurityPanelController.Disarm":
		return arm(d, name, p)
	case "InputController.SelectInput":
		return selectInput(d, p)
	case "Speaker.SetVolume":
		return number(speakers.Volume, p.Volume)
	case "Speaker.AdjustVolume":
		return relative(speakers.Volume, p.Volume, 0, 100)
	case "Speaker.SetMute":
		if p.Mute == nil || !speakers.Can(d, speakers.Muted) {
			return home.Ask{}, unsupported()
		}
		return set(speakers.Write(speakers.Muted, model.Bool(*p.Mute)))
	}
	if face == "PlaybackController" {
		i := slices.IndexFunc(playback, func(x [2]string) bool { return x[0] == name })
		if i >= 0 {
			if ep, ok := speakers.Takes(d, model.Attribute(playback[i][1])); ok {
				return home.Ask{Endpoint: ep, Command: model.Attribute(playback[i][1])}, nil
			}
		}
	}
	return home.Ask{}, unsupported()
}
