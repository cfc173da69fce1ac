package homekit

import (
	"fmt"
	"slices"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// presses are what ProgrammableSwitchEvent counts.
var presses = []string{"single", "double", "long_press"}

// event takes in a service's button.
func (t *translation) event(e *model.EndpointDescription, p *part) {
	c := p.service.Find(spec.CharacteristicType("ProgrammableSwitchEvent"))
	if c == nil || p.rule.event == "" {
		return
	}
	if p.rule.event == "button.press" {
		p.button = fmt.Sprint(len(t.buttons) + 1)
		if l := p.service.Find(spec.CharacteristicType("ServiceLabelIndex")); l != nil {
			if v, _ := l.Decode(l.Value); v != nil {
				p.button = fmt.Sprint(v)
			}
		}
		t.buttons = append(t.buttons, p.button)
	}
	t.d.events[c.IID], t.d.chars[c.IID] = p, c
	if slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == p.rule.event }) {
		return
	}
	info := model.EventInfo{Event: p.rule.event}
	for i, name := range presses {
		if p.rule.event == "button.press" && allowed(c, i) {
			info.Options = append(info.Options, name)
		}
	}
	e.Events = append(e.Events, info)
}
