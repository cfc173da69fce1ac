package google

import (
	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// levels are the ways in which an alarm panel is armed, in English and Chinese.
var levels = map[string][2]string{"armed_home": {"home", "在家"}, "armed_away": {"away", "离家"}, "armed_night": {"night", "夜间"}}

func armAttributes(d *home.Device, a map[string]any) {
	list := []any{}
	if p := speakers.Property(d, model.AttrSecurityPanelTarget); p != nil {
		for _, o := range p.Options {
			if w, is := levels[o]; is {
				list = append(list, map[string]any{"level_name": o, "level_values": []any{map[string]any{"level_synonym": []string{w[0]}, "lang": "en"}, map[string]any{"level_synonym": []string{w[1]}, "lang": "zh-TW"}}})
			}
		}
	}
	a["availableArmLevels"] = map[string]any{"levels": list, "ordered": false}
}

func armStates(d *home.Device, s map[string]any) {
	state := speakers.Text(d, model.AttrSecurityPanelState)
	if state == "" {
		return
	}
	level := "armed_away" // Google wants one while nothing is armed, too
	for _, v := range []string{speakers.Text(d, model.AttrSecurityPanelTarget), state} {
		if _, is := levels[v]; is {
			level = v
		}
	}
	s["isArmed"], s["currentArmLevel"] = state != "disarmed", level
}

// arm arms or disarms an alarm panel.
func arm(d *home.Device, p *params) (home.Ask, error) {
	if !speakers.Can(d, model.AttrSecurityPanelTarget) || p.Arm == nil {
		return home.Ask{}, errNotSupported
	}
	level := "disarmed"
	if *p.Arm && !p.Cancel {
		if level = p.ArmLevel; level == "" {
			level = "armed_away"
		}
		if _, is := levels[level]; !is {
			return home.Ask{}, errNotSupported
		}
	}
	return set(speakers.Write(model.AttrSecurityPanelTarget, model.String(level)))
}
