package homekit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// gestures are words of an action that name no button.
var gestures = map[string]bool{"single": true, "double": true, "triple": true, "quadruple": true, "many": true, "hold": true, "release": true, "long": true,
	"press": true, "click": true, "short": true, "tap": true, "push": true, "1": false}

// buttonsOf are the names of an endpoint's buttons: by their number, else by the actions that it lists.
func buttonsOf(e *model.EndpointDescription, info model.EventInfo) []string {
	for _, p := range e.Properties {
		if n, ok := p.Value.Number(); p.Attribute == "button.buttons" && ok && n >= 1 && n <= 64 {
			var out []string
			for i := range int(n) {
				out = append(out, fmt.Sprint(i+1))
			}
			return out
		}
	}
	out := []string{}
	for _, o := range info.Options {
		if strings.Contains(o, "rotate") || strings.Contains(o, "move") || strings.Contains(o, "step") || strings.Contains(o, "stop") || o == "other" {
			continue
		}
		words := slices.DeleteFunc(strings.Split(o, "_"), func(w string) bool { return gestures[w] })
		if name := strings.Join(words, "_"); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		out = []string{""}
	}
	return out
}

// buttons adds a programmable switch for each button, and the doorbell.
func (b *builder) buttons(d *home.Device, e *model.EndpointDescription) bool {
	found := false
	for _, info := range e.Events {
		switch info.Event {
		case "doorbell.ring":
			b.button(d, e, service.TypeDoorbell, "", 0, b.partName(d, e))
			found = true
		case "button.press":
			names := buttonsOf(e, info)
			for i, name := range names {
				index := i + 1
				if len(names) == 1 {
					index = 0
				}
				b.button(d, e, service.TypeStatelessProgrammableSwitch, name, index, clean(strings.TrimSpace(b.a.Name()+" "+name)))
				found = true
			}
		}
	}
	return found
}

// doorbellChars are what a doorbell has beside its button.
var doorbellChars = []charMap{
	{c: characteristic.NewVolume().C, attr: "audio_volume.volume", conversion: percent("audio_volume.volume")},
	{c: characteristic.NewMute().C, attr: "audio_volume.muted", conversion: truth("audio_volume.muted")},
	{c: characteristic.NewBrightness().C, attr: "indicator.brightness_pct", conversion: percent("indicator.brightness_pct")},
}

func (b *builder) button(d *home.Device, e *model.EndpointDescription, typ, name string, index int, label string) {
	c := pattern(characteristic.NewProgrammableSwitchEvent().C)
	c.Val = nil
	c.MinVal, c.MaxVal, c.ValidVals = 0, 2, nil
	press := &point{c: c, read: func(*home.View) (any, int) { return nil, statusOK }} // an event has no value to read
	points := []*point{title(label), press}
	if index > 0 {
		l := pattern(characteristic.NewServiceLabelIndex().C)
		l.Val, l.MinVal, l.MaxVal = index, 1, 255
		points = append(points, &point{c: l, read: func(*home.View) (any, int) { return index, statusOK }})
	}
	if typ == service.TypeDoorbell {
		points = append(points, b.points(d, e, doorbellChars)...)
	}
	b.compose(string(e.ID)+"/"+typ+"/"+name, typ, points)
	b.into.buttons[buttonKey{d.ID, e.ID, name}] = press
}

// kindOf is what HAP calls a press; it has no more than three.
func kindOf(action string) (int, bool) {
	switch action {
	case "single":
		return characteristic.ProgrammableSwitchEventSinglePress, true
	case "double":
		return characteristic.ProgrammableSwitchEventDoublePress, true
	case "hold", "long_press":
		return characteristic.ProgrammableSwitchEventLongPress, true
	}
	return 0, false
}
