package scenes

import (
	"fmt"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// because says in a few words what made a scene act.
func because(t *trigger, o *home.Occurrence, r home.Reader) string {
	switch o.Kind {
	case home.OccurredChange:
		text := label(r.Device(o.Device), o.Device) + ": " + string(o.Attribute) + " is " + o.To.String()
		switch {
		case t.above != nil:
			text += fmt.Sprintf(", above %v", *t.above)
		case t.below != nil:
			text += fmt.Sprintf(", below %v", *t.below)
		}
		return text
	case home.OccurredEvent:
		text := label(r.Device(o.Device), o.Device) + ": " + string(o.Attribute)
		if action := o.Args["action"]; !action.IsUnknown() {
			text += " " + action.String()
		}
		return text
	case home.OccurredPresence:
		return personName(o.Person, r) + " is " + o.ToState
	case home.OccurredMode:
		return "mode " + o.Name
	case home.OccurredScene:
		return "scene " + o.Scene + " ran"
	case home.OccurredWebhook:
		return "webhook " + o.Name
	case home.OccurredTopic:
		return "topic " + o.Name
	case home.OccurredTimer:
		return t.timeText()
	}
	return "run by hand"
}

// moment is timeText without the words before a time of day.
func (t *trigger) moment() string { return strings.TrimPrefix(t.timeText(), "it is ") }

// timeText says which time it is, or how long a value has stayed; without a trigger, that nobody came back.
func (t *trigger) timeText() string {
	switch {
	case t == nil:
		return "nobody came back"
	case t.schedule.at != nil:
		return fmt.Sprintf("it is %02d:%02d", *t.schedule.at/3600, *t.schedule.at/60%60)
	case t.schedule.sun != "":
		if t.schedule.offset != 0 {
			return fmt.Sprintf("%s %s", t.schedule.sun, spanText(t.schedule.offset))
		}
		return string(t.schedule.sun)
	case t.schedule.every != 0:
		return "every " + spanText(t.schedule.every)
	}
	return fmt.Sprintf("%s for %s", t.attribute, spanText(t.held))
}

func personName(id home.PersonID, r home.Reader) string {
	for _, p := range r.People() {
		if p.ID == id {
			return p.Name
		}
	}
	return string(id)
}

func label(d *home.Device, id model.DeviceID) string {
	if d == nil || d.Name("") == "" {
		return string(id)
	}
	return d.Name("")
}

// came is what made a scene be looked at, for explanations.
func came(t *trigger, o *home.Occurrence) home.Check {
	c := home.Check{Kind: string(o.Kind), Device: o.Device, Endpoint: o.Endpoint, Attribute: o.Attribute, Value: o.To, Verdict: home.True}
	if t != nil {
		c.Path = t.path
	}
	switch o.Kind {
	case home.OccurredChange:
		c.Kind = "attribute"
	case home.OccurredEvent:
		if action := o.Args["action"]; !action.IsUnknown() {
			c.Value = action
		}
	case home.OccurredPresence:
		c.Person, c.Value = o.Person, model.String(o.ToState)
	case home.OccurredScene:
		c.Value = model.String(o.Scene)
	case home.OccurredMode, home.OccurredWebhook, home.OccurredTopic:
		c.Value = model.String(o.Name)
	case home.OccurredAsked:
		c.Kind = "hand"
	case home.OccurredTimer:
		c.Kind, c.Value = "time", model.String(t.moment())
		if t != nil && t.held > 0 {
			c.Kind, c.Device, c.Attribute, c.For = "attribute", "", t.attribute, t.held
		}
	}
	return c
}
