package google

import (
	"errors"
	"slices"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// params are those of all commands that are taken; a command reads its own.
type params struct {
	On         *bool    `json:"on"`
	Brightness *float64 `json:"brightness"`
	RelPct     *float64 `json:"brightnessRelativePercent"`
	RelBright  *float64 `json:"brightnessRelativeWeight"`
	Color      *struct {
		Temperature *float64 `json:"temperature"`
		RGB         *int     `json:"spectrumRGB"`
		HSV         *struct {
			Hue        float64 `json:"hue"`
			Saturation float64 `json:"saturation"`
			Value      float64 `json:"value"`
		} `json:"spectrumHSV"`
	} `json:"color"`
	OpenPercent *float64 `json:"openPercent"`
	OpenRel     *float64 `json:"openRelativePercent"`
	Lock        *bool    `json:"lock"`
	Setpoint    *float64 `json:"thermostatTemperatureSetpoint"`
	SetpointLow *float64 `json:"thermostatTemperatureSetpointLow"`
	SetpointHi  *float64 `json:"thermostatTemperatureSetpointHigh"`
	Mode        string   `json:"thermostatMode"`
	RelDegree   *float64 `json:"thermostatTemperatureRelativeDegree"`
	RelWeight   *float64 `json:"thermostatTemperatureRelativeWeight"`
	FanSpeed    string   `json:"fanSpeed"`
	FanPct      *float64 `json:"fanSpeedPercent"`
	FanRelPct   *float64 `json:"fanSpeedRelativePercent"`
	FanRel      *float64 `json:"fanSpeedRelativeWeight"`
	Humidity    *float64 `json:"humidity"`
	Mute        *bool    `json:"mute"`
	VolumeLevel *float64 `json:"volumeLevel"`
	RelSteps    *float64 `json:"relativeSteps"`
	Start       *bool    `json:"start"`
	Pause       *bool    `json:"pause"`
	Deactivate  bool     `json:"deactivate"`
	Arm         *bool    `json:"arm"`
	ArmLevel    string   `json:"armLevel"`
	Cancel      bool     `json:"cancel"`
	Input       string   `json:"newInput"`
	App         string   `json:"newApplication"`
	AppName     string   `json:"newApplicationName"`
	RotatePct   *float64 `json:"rotationPercent"`
	Silence     bool     `json:"silence"`
	Celsius     *float64 `json:"temperature"`
	Amount      *float64 `json:"amount"`
	Unit        string   `json:"unit"`
}

// errNotSupported and errBadValue are why a command cannot be put in the house's words.
var (
	errNotSupported = errors.New("functionNotSupported")
	errBadValue     = errors.New("valueOutOfRange")
	errUnknownState = errors.New("unknownState")
)

func set(pairs ...model.Write) (home.Ask, error) { return home.Ask{Writes: pairs}, nil }

// askOf puts a command in the house's words.
func askOf(d *home.Device, command string, p *params) (home.Ask, error) {
	number := func(a model.Attribute, v *float64) (home.Ask, error) {
		switch {
		case !speakers.Can(d, a):
			return home.Ask{}, errNotSupported
		case v == nil:
			return home.Ask{}, errBadValue
		}
		return set(speakers.Write(a, model.Number(*v)))
	}
	relative := func(a model.Attribute, by *float64, low, high float64) (home.Ask, error) {
		now, ok := speakers.Number(d, a)
		switch {
		case !speakers.Can(d, a):
			return home.Ask{}, errNotSupported
		case by == nil:
			return home.Ask{}, errBadValue
		case !ok:
			return home.Ask{}, errUnknownState
		}
		v := min(high, max(low, now+*by))
		return number(a, &v)
	}
	action := func(name model.Attribute) (home.Ask, error) {
		ep, ok := speakers.Takes(d, name)
		if !ok {
			return home.Ask{}, errNotSupported
		}
		return home.Ask{Endpoint: ep, Command: name}, nil
	}
	switch command {
	case "OnOff":
		if p.On == nil || !switched(d) {
			return home.Ask{}, errNotSupported
		}
		if ask, why := speakers.Power.Set(d, model.Bool(*p.On)); why == "" {
			return ask, nil
		}
		return home.Ask{}, errNotSupported
	case "BrightnessAbsolute":
		return number(speakers.Level, p.Brightness)
	case "BrightnessRelative":
		by := p.RelPct
		if by == nil && p.RelBright != nil { // -5 to 5: how much, is ours to say
			v := *p.RelBright * 10
			by = &v
		}
		return relative(speakers.Level, by, 1, 100)
	case "ColorAbsolute":
		return color(d, p)
	case "OpenClose":
		for _, a := range []model.Attribute{speakers.Closure, speakers.ValveTo} {
			if p.OpenPercent != nil && speakers.Can(d, a) && !speakers.Can(d, speakers.OpenPct) {
				return set(speakers.Write(a, model.String(map[bool]string{true: "open", false: "closed"}[*p.OpenPercent > 0])))
			}
		}
		return number(speakers.OpenPct, p.OpenPercent)
	case "OpenCloseRelative":
		return relative(speakers.OpenPct, p.OpenRel, 0, 100)
	case "LockUnlock":
		if p.Lock == nil || !speakers.Can(d, speakers.LockTo) {
			return home.Ask{}, errNotSupported
		}
		return set(speakers.Write(speakers.LockTo, model.String(map[bool]string{true: "locked", false: "unlocked"}[*p.Lock])))
	case "ThermostatTemperatureSetpoint":
		return number(speakers.Setpoint(d), p.Setpoint)
	case "ThermostatTemperatureSetRange":
		if p.SetpointLow == nil || p.SetpointHi == nil || !speakers.Can(d, speakers.Heat) || !speakers.Can(d, speakers.Cool) {
			return home.Ask{}, errNotSupported
		}
		return set(speakers.Write(speakers.Heat, model.Number(*p.SetpointLow)), speakers.Write(speakers.Cool, model.Number(*p.SetpointHi)))
	case "TemperatureRelative":
		by := p.RelDegree
		if by == nil {
			by = p.RelWeight
		}
		return relative(speakers.Setpoint(d), by, 5, 35)
	case "ThermostatSetMode":
		for _, m := range modes {
			if m[1] == p.Mode && slices.Contains(thermostatModes(d), p.Mode) && speakers.Can(d, speakers.Mode) {
				writes := []model.Write{speakers.Write(speakers.Mode, model.String(m[0]))}
				if speakers.Can(d, speakers.On) {
					writes = append(writes, speakers.Write(speakers.On, model.Bool(m[0] != "off")))
				}
				return set(writes...)
			}
		}
		return home.Ask{}, errNotSupported
	case "SetFanSpeed":
		if p.FanSpeed != "" && speakers.Can(d, speakers.FanMode) {
			return set(speakers.Write(speakers.FanMode, model.String(p.FanSpeed)))
		}
		return number(speakers.FanPct, p.FanPct)
	case "SetFanSpeedRelative":
		by := p.FanRelPct
		if by == nil && p.FanRel != nil {
			v := *p.FanRel * 20
			by = &v
		}
		return relative(speakers.FanPct, by, 1, 100)
	case "SetHumidity":
		return number("humidity_control.target_pct", p.Humidity)
	case "mute":
		if p.Mute == nil || !speakers.Can(d, speakers.Muted) {
			return home.Ask{}, errNotSupported
		}
		return set(speakers.Write(speakers.Muted, model.Bool(*p.Mute)))
	case "setVolume":
		return number(speakers.Volume, p.VolumeLevel)
	case "volumeRelative":
		return relative(speakers.Volume, p.RelSteps, 0, 100)
	case "mediaNext":
		return action("media_playback.next")
	case "mediaPrevious":
		return action("media_playback.previous")
	case "mediaPause":
		return action("media_playback.pause")
	case "mediaResume":
		return action("media_playback.play")
	case "mediaStop":
		return action("media_playback.stop")
	case "StartStop":
		if waters(d) {
			return set(speakers.Write(speakers.ValveTo, model.String(map[bool]string{true: "open", false: "closed"}[p.Start == nil || *p.Start])))
		}
		if p.Start != nil && !*p.Start {
			return action(works(d, "stop"))
		}
		return action(works(d, "start"))
	case "PauseUnpause", "PauseUnPause": // Google's documentation and schema write it differently
		if p.Pause != nil && !*p.Pause {
			return action(works(d, "resume"))
		}
		return action(works(d, "pause"))
	case "ArmDisarm":
		return arm(d, p)
	case "Dock":
		return action("robot_vacuum.dock")
	}
	return appliance(d, command, p)
}

func color(d *home.Device, p *params) (home.Ask, error) {
	switch {
	case p.Color == nil:
		return home.Ask{}, errBadValue
	case p.Color.Temperature != nil && speakers.Can(d, speakers.Kelvin):
		low, high := speakers.Range(d, speakers.Kelvin, 1000, 10000)
		return set(speakers.Write(speakers.Kelvin, model.Number(min(high, max(low, *p.Color.Temperature)))))
	case p.Color.HSV != nil && hasColor(d):
		writes := []model.Write{speakers.Write(speakers.Hue, model.Number(p.Color.HSV.Hue)), speakers.Write(speakers.Sat, model.Number(p.Color.HSV.Saturation*100))}
		return set(writes...)
	case p.Color.RGB != nil && hasColor(d):
		h, s := speakers.HueOf(*p.Color.RGB)
		return set(speakers.Write(speakers.Hue, model.Number(h)), speakers.Write(speakers.Sat, model.Number(s)))
	}
	return home.Ask{}, errNotSupported
}
