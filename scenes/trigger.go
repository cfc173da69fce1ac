package scenes

import (
	"fmt"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func (t *trigger) place() place {
	if t.event != "" {
		return place{t.device, t.endpoint, t.event}
	}
	return place{t.device, t.endpoint, t.attribute}
}

// matches tells whether an occurrence at the trigger's place, or of its person, is what it waits for.
func (t *trigger) matches(o *home.Occurrence, r home.Reader) bool {
	switch o.Kind {
	case home.OccurredChange:
		return t.attribute != "" && t.isPlace(o, r) && t.becomes(o.From, o.To)
	case home.OccurredEvent:
		return t.event != "" && t.hasArgs(o.Args)
	case home.OccurredPresence:
		return t.presence == o.ToState && (t.person != everyone || t.holdsForAll(r))
	}
	return false
}

// isPlace tells whether the change is at the endpoint that is meant when none is named.
func (t *trigger) isPlace(o *home.Occurrence, r home.Reader) bool {
	if t.endpoint != "" {
		return true
	}
	d := r.Device(t.device)
	if d == nil {
		return false
	}
	slot, ok := d.Find(t.attribute)
	return ok && slot.Endpoint == o.Endpoint
}

// becomes is true of the step into a value or over a border. Unknown is neither side of a border.
func (t *trigger) becomes(from, to model.Value) bool {
	if t.to != nil {
		return to == *t.to && from != to
	}
	was, ok1 := from.Number()
	is, ok2 := to.Number()
	if !ok1 || !ok2 {
		return false
	}
	if t.above != nil {
		return was <= *t.above && is > *t.above
	}
	return was >= *t.below && is < *t.below
}

func (t *trigger) hasArgs(args map[string]model.Value) bool {
	for name, want := range t.args {
		if args[name] != want {
			return false
		}
	}
	return true
}

// holdsForAll tells whether everybody who can be followed has the presence. Unknown is never true.
func (t *trigger) holdsForAll(r home.Reader) bool {
	for _, p := range r.People() {
		if len(p.Trackers) == 0 {
			continue
		}
		is := r.Presence(p.ID).State
		if is != t.presence && !(t.presence == stateAway && is == stateExtended) {
			return false
		}
	}
	return true
}

// because says in a few words what made a scene act.
func because(t *trigger, o *home.Occurrence, r home.Reader) string {
	switch o.Kind {
	case home.OccurredChange:
		text := fmt.Sprintf("%s: %s is %s", label(r.Device(o.Device), o.Device), o.Attribute, o.To)
		switch {
		case t.above != nil:
			text += fmt.Sprintf(", above %v", *t.above)
		case t.below != nil:
			text += fmt.Sprintf(", below %v", *t.below)
		}
		return text
	case home.OccurredEvent:
		text := fmt.Sprintf("%s: %s", label(r.Device(o.Device), o.Device), o.Attribute)
		if action := o.Args["action"]; !action.IsUnknown() {
			text += " " + action.String()
		}
		return text
	case home.OccurredPresence:
		return personName(o.Person, r) + " is " + o.ToState
	case home.OccurredTimer:
		return "nobody came back"
	}
	return "run by hand"
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
