package alexa

import (
	"math"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// ranged is a number of a device under a name: an instance of RangeController.
type ranged struct {
	instance  string
	attribute model.Attribute
	names     []any
	low, high float64
	unit      string
	measured  bool // it cannot be set
	semantics map[string]any
}

// ranges are the instances of RangeController.
var ranges = []ranged{
	{instance: "Cover.Opening", attribute: speakers.OpenPct, names: texts("Opening", "开合度"), high: 100, unit: "Alexa.Unit.Percent", semantics: coverSemantics},
	{instance: "Fan.Speed", attribute: speakers.FanPct, names: assets("Alexa.Setting.FanSpeed"), high: 100, unit: "Alexa.Unit.Percent"},
	{instance: "Humidity.Target", attribute: "humidity_control.target_pct", names: texts("Target humidity", "目标湿度"), high: 100, unit: "Alexa.Unit.Percent"},
	{instance: "Air.Humidity", attribute: speakers.Humidity, names: assets("Alexa.AirQuality.Humidity"), high: 100, unit: "Alexa.Unit.Percent", measured: true},
	{instance: "Air.PM25", attribute: "concentration.pm25_ugm3", names: assets("Alexa.AirQuality.ParticulateMatter"), high: 1000, unit: "Alexa.Unit.Density.MicroGramsPerCubicMeter", measured: true},
	{instance: "Air.CO2", attribute: "concentration.co2_ppm", names: texts("Carbon dioxide", "二氧化碳"), high: 10000, unit: "Alexa.Unit.PartsPerMillion", measured: true},
}

func (x *ranged) has(d *home.Device) bool {
	if x.measured {
		return speakers.Has(d, x.attribute)
	}
	return speakers.Can(d, x.attribute)
}

// bounds are between what the number lies.
func (x *ranged) bounds(d *home.Device) (float64, float64) {
	return speakers.Range(d, x.attribute, x.low, x.high)
}

func (x *ranged) face() face {
	return face{name: "RangeController", instance: x.instance, has: x.has, properties: []string{"rangeValue"}, extra: func(d *home.Device, c *Capability) {
		low, high := x.bounds(d)
		c.Configuration = map[string]any{"supportedRange": map[string]float64{"minimumValue": low, "maximumValue": high, "precision": 1}, "unitOfMeasure": x.unit}
		c.Resources, c.Semantics, c.Properties.ReadOnly = friendly(x.names), x.semantics, x.measured
	}, read: number("RangeController", x.instance, "rangeValue", x.attribute)}
}

// rangeOf is the instance that a directive names; where it names none, the only one that can be set.
func rangeOf(d *home.Device, instance string) *ranged {
	for i := range ranges {
		if x := &ranges[i]; !x.measured && (instance == "" || instance == x.instance) && x.has(d) {
			return x
		}
	}
	return nil
}

// moded is one choice of a device among words: an instance of ModeController.
type moded struct {
	instance  string
	has       func(*home.Device) bool
	names     []any
	ordered   bool
	modes     func(*home.Device) []string // Alexa's
	called    func(mode string) []any
	read      func(*home.Device) (string, bool)
	ask       func(d *home.Device, mode string) (home.Ask, model.ReasonCode)
	semantics map[string]any
}

// positions are those of a door that is open or not, as Amazon's description of garage doors calls them.
var positions = map[string]string{"Position.Up": "open", "Position.Down": "closed"}

// fanSpeeds are how the modes of a fan are called.
var fanSpeeds = map[string][]any{
	"auto": assets("Alexa.Value.Auto"), "low": assets("Alexa.Value.Low"), "medium": assets("Alexa.Value.Medium"), "high": assets("Alexa.Value.High"),
	"quiet": texts("quiet", "静音"), "turbo": texts("turbo", "强劲"), "smart": texts("smart", "智能"), "on": texts("on", "开"),
}

// choices are the instances of ModeController.
var choices = []moded{
	{instance: "Door.Position", has: can(speakers.Closure), names: assets("Alexa.Setting.Opening"), modes: func(*home.Device) []string { return []string{"Position.Up", "Position.Down"} },
		called: func(m string) []any {
			return map[string][]any{"Position.Up": assets("Alexa.Value.Open"), "Position.Down": assets("Alexa.Value.Close")}[m]
		},
		read: func(d *home.Device) (string, bool) {
			n, known := speakers.IsOpen(d)
			return map[bool]string{true: "Position.Up", false: "Position.Down"}[n > 0], known
		},
		ask: func(_ *home.Device, m string) (home.Ask, model.ReasonCode) {
			to, known := positions[m]
			if !known {
				return home.Ask{}, model.ReasonInvalidValue
			}
			return home.Ask{Writes: []model.Write{speakers.Write(speakers.Closure, model.String(to))}}, ""
		},
		semantics: semantics("SetMode", "mode", "Position.Up", "Position.Down", map[string]any{"@type": "StatesToValue", "states": []string{"Alexa.States.Open"}, "value": "Position.Up"}, "Position.Down")},
	{instance: "Fan.Mode", has: func(d *home.Device) bool { return can(speakers.FanMode)(d) && len(fanModes(d)) > 1 }, names: texts("Fan mode", "风速"), ordered: true, modes: fanModes,
		called: func(m string) []any { return fanSpeeds[m] },
		read: func(d *home.Device) (string, bool) {
			m := speakers.Text(d, speakers.FanMode)
			return m, slices.Contains(fanModes(d), m)
		},
		ask: func(d *home.Device, m string) (home.Ask, model.ReasonCode) {
			if !slices.Contains(fanModes(d), m) {
				return home.Ask{}, model.ReasonInvalidValue
			}
			return speakers.FanWord.Set(d, model.String(m))
		}},
}

// fanModes are the words that a fan takes and that have a name.
func fanModes(d *home.Device) []string {
	return slices.DeleteFunc(speakers.FanWord.Options(d), func(o string) bool { return fanSpeeds[o] == nil })
}

func (x *moded) face() face {
	return face{name: "ModeController", instance: x.instance, has: x.has, properties: []string{"mode"}, extra: func(d *home.Device, c *Capability) {
		list := []any{}
		for _, m := range x.modes(d) {
			list = append(list, map[string]any{"value": m, "modeResources": friendly(x.called(m))})
		}
		c.Configuration = map[string]any{"ordered": x.ordered, "supportedModes": list}
		c.Resources, c.Semantics = friendly(x.names), x.semantics
	}, read: func(d *home.Device) []property {
		m, known := x.read(d)
		if !known {
			return nil
		}
		return []property{{"Alexa.ModeController", x.instance, "mode", m, now(), 0}}
	}}
}

// mode puts SetMode and AdjustMode in the house's words.
func mode(d *home.Device, name string, p *payload) (home.Ask, *trouble) {
	i := slices.IndexFunc(choices, func(x moded) bool { return (p.Instance == "" || p.Instance == x.instance) && x.has(d) })
	if i < 0 {
		return home.Ask{}, unsupported()
	}
	x, want := &choices[i], p.ModeName
	if name == "AdjustMode" {
		list := x.modes(d)
		is, _ := x.read(d)
		at := slices.Index(list, is)
		if !x.ordered || at < 0 || p.ModeBy == nil {
			return home.Ask{}, unsupported()
		}
		want = list[min(len(list)-1, max(0, at+int(math.Round(*p.ModeBy))))]
	}
	ask, why := x.ask(d, want)
	if why != "" {
		return home.Ask{}, &trouble{namespace: "Alexa", kind: "INVALID_VALUE", text: "the device has no such mode"}
	}
	return ask, nil
}

func texts(en, zh string) []any {
	name := func(text, locale string) any {
		return map[string]any{"@type": "text", "value": map[string]string{"text": text, "locale": locale}}
	}
	return []any{name(en, "en-US"), name(zh, "zh-CN")}
}

func assets(id string) []any {
	return []any{map[string]any{"@type": "asset", "value": map[string]string{"assetId": id}}}
}

func friendly(names []any) map[string]any { return map[string]any{"friendlyNames": names} }

// semantics let one say open, close, raise and lower.
func semantics(directive, key string, up, down any, open map[string]any, closed any) map[string]any {
	does := func(v any, actions ...string) any {
		return map[string]any{"@type": "ActionsToDirective", "actions": actions, "directive": map[string]any{"name": directive, "payload": map[string]any{key: v}}}
	}
	return map[string]any{
		"actionMappings": []any{does(down, "Alexa.Actions.Close", "Alexa.Actions.Lower"), does(up, "Alexa.Actions.Open", "Alexa.Actions.Raise")},
		"stateMappings":  []any{map[string]any{"@type": "StatesToValue", "states": []string{"Alexa.States.Closed"}, "value": closed}, open},
	}
}

var coverSemantics = semantics("SetRangeValue", "rangeValue", 100, 0, map[string]any{"@type": "StatesToRange", "states": []string{"Alexa.States.Open"}, "range": map[string]int{"minimumValue": 1, "maximumValue": 100}}, 0)

// armed are the states of an alarm panel, ours and Alexa's.
var armed = [][2]string{{"armed_away", "ARMED_AWAY"}, {"armed_home", "ARMED_STAY"}, {"armed_night", "ARMED_NIGHT"}, {"disarmed", "DISARMED"}}

// panelFace is SecurityPanelController.
var panelFace = face{name: "SecurityPanelController", has: can(model.AttrSecurityPanelTarget), properties: []string{"armState"}, extra: func(d *home.Device, c *Capability) {
	list := []any{}
	for _, s := range armed {
		if p := speakers.Property(d, model.AttrSecurityPanelTarget); slices.Contains(p.Options, s[0]) {
			list = append(list, map[string]string{"value": s[1]})
		}
	}
	c.Configuration = map[string]any{"supportedArmStates": list, "supportedAuthorizationTypes": []any{map[string]string{"type": "FOUR_DIGIT_PIN"}}}
}, read: func(d *home.Device) []property {
	for _, is := range []string{speakers.Text(d, model.AttrSecurityPanelState), speakers.Text(d, model.AttrSecurityPanelTarget)} {
		for _, s := range armed { // one that is arming or alarmed is at what it was told
			if s[0] == is {
				return []property{{"Alexa.SecurityPanelController", "", "armState", s[1], now(), 0}}
			}
		}
	}
	return nil
}}

// arm arms or disarms an alarm panel; the PIN was checked before.
func arm(d *home.Device, name string, p *payload) (home.Ask, *trouble) {
	want := map[string]string{"Arm": p.ArmState, "Disarm": "DISARMED"}[name]
	for _, s := range armed {
		if s[1] == want && (name == "Disarm" || want != "DISARMED") && speakers.Can(d, model.AttrSecurityPanelTarget) && slices.Contains(speakers.Property(d, model.AttrSecurityPanelTarget).Options, s[0]) {
			return set(speakers.Write(model.AttrSecurityPanelTarget, model.String(s[0])))
		}
	}
	return home.Ask{}, &trouble{namespace: "Alexa", kind: "INVALID_VALUE", text: "the panel has no such state"}
}

// inputFace is InputController.
var inputFace = face{name: "InputController", has: can(model.AttrMediaInputInput), properties: []string{"input"}, extra: func(d *home.Device, c *Capability) {
	for _, o := range speakers.Property(d, model.AttrMediaInputInput).Options {
		c.Inputs = append(c.Inputs, map[string]string{"name": inputName(o)})
	}
}, read: func(d *home.Device) []property {
	is := speakers.Text(d, model.AttrMediaInputInput)
	if is == "" {
		return nil
	}
	return []property{{"Alexa.InputController", "", "input", inputName(is), now(), 0}}
}}

// inputName is an input as Amazon's list writes it: HDMI 1.
func inputName(s string) string {
	s = strings.ToUpper(strings.ReplaceAll(s, "_", " "))
	if at := strings.IndexAny(s, "0123456789"); at > 0 && s[at-1] != ' ' {
		s = s[:at] + " " + s[at:]
	}
	return s
}

func selectInput(d *home.Device, p *payload) (home.Ask, *trouble) {
	plain := func(s string) string { return strings.ReplaceAll(inputName(s), " ", "") }
	if prop := speakers.Property(d, model.AttrMediaInputInput); prop != nil && prop.Access.CanWrite() {
		for _, o := range prop.Options {
			if plain(o) == plain(p.Input) {
				return set(speakers.Write(model.AttrMediaInputInput, model.String(o)))
			}
		}
		return home.Ask{}, &trouble{namespace: "Alexa", kind: "INVALID_VALUE", text: "the device has no such input"}
	}
	return home.Ask{}, unsupported()
}

// powered reports whether a device is switched on and off by name: covers are opened and closed, thermostats have a mode for it.
func powered(d *home.Device) bool {
	switch speakers.Power.Of(d) {
	case speakers.OpenPct, speakers.Closure:
		return false
	case speakers.Mode:
		return d.Type() == "air_conditioner" || d.Type() == "ir_air_conditioner"
	}
	return speakers.Power.Can(d)
}
