package homeassistant

import "github.com/concord-home/hub/model"

// deed is what shall be done to one thing: values to set, or a command.
type deed struct {
	set        map[string]any
	command    string
	args       map[string]any
	transition float64 // seconds
}

func (d deed) step(at map[string]any) map[string]any {
	if d.command != "" {
		at["command"] = d.command
		if len(d.args) > 0 {
			at["args"] = d.args
		}
	} else {
		at["set"] = d.set
	}
	if d.transition > 0 {
		at["transition"] = d.transition
	}
	return at
}

// needs is an attribute that the part of a device must have for which the deed is meant.
func (d deed) needs() model.Attribute {
	if d.command == "" {
		return model.Attribute(sortedKeys(d.set)[0])
	}
	capability, _ := model.Attribute(d.command).Split()
	for i := range model.Capabilities {
		if s := &model.Capabilities[i]; s.ID == capability && len(s.Attributes) > 0 {
			return s.Attributes[0].Attribute
		}
	}
	return model.Attribute(d.command)
}

// simple are the services that need no data: by "domain.verb", or by verb alone for on, off and toggle of whatever switches.
var simple = map[string]deed{
	"turn_on":                           {set: map[string]any{"on_off.on": true}},
	"turn_off":                          {set: map[string]any{"on_off.on": false}},
	"toggle":                            {command: "on_off.toggle"},
	"siren.turn_on":                     {set: map[string]any{"siren.active": true}},
	"siren.turn_off":                    {set: map[string]any{"siren.active": false}},
	"climate.turn_off":                  {set: map[string]any{"thermostat.mode": "off"}},
	"cover.open_cover":                  {command: "window_covering.open"},
	"cover.close_cover":                 {command: "window_covering.close"},
	"cover.stop_cover":                  {command: "window_covering.stop"},
	"lock.lock":                         {command: "door_lock.lock"},
	"lock.unlock":                       {command: "door_lock.unlock"},
	"media_player.media_play":           {command: "media_playback.play"},
	"media_player.media_pause":          {command: "media_playback.pause"},
	"media_player.media_stop":           {command: "media_playback.stop"},
	"media_player.media_next_track":     {command: "media_playback.next"},
	"media_player.media_previous_track": {command: "media_playback.previous"},
	"vacuum.start":                      {command: "robot_vacuum.start"},
	"vacuum.stop":                       {command: "robot_vacuum.stop"},
	"vacuum.pause":                      {command: "robot_vacuum.pause"},
	"vacuum.return_to_base":             {command: "robot_vacuum.dock"},
	"vacuum.locate":                     {command: "robot_vacuum.locate"},
}
