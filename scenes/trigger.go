package scenes

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// trigger is one thing to react to.
type trigger struct {
	path string
	n    int // its place in when
	where
	attribute    model.Attribute
	to           *model.Value
	from         *model.Value
	above, below *float64
	changes      bool
	held         time.Duration // how long it must stay so
	event        model.Attribute
	args         map[string]model.Value
	person       home.PersonID // or anyone, everyone, first
	presence     string
	scene        string
	mode         string
	webhook      string
	topic        string
	payload      *string
	schedule     schedule
}

const minInterval = 10 * time.Second

func (p *problems) trigger(path string, raw json.RawMessage) trigger {
	t := trigger{path: path}
	value := func(into **model.Value) func(member) {
		return func(m member) {
			if v, ok := p.value(m); ok {
				*into = &v
			}
		}
	}
	p.fields(path, raw, "device, room, role, endpoint, attribute, to, from, above, below, changes, for, event, args, person, presence, at, sun, offset, every, days, scene, mode, webhook, topic, payload", readers{
		"device":    p.into(&t.device, "a device's id"),
		"room":      p.into(&t.room, "a room's id"),
		"role":      p.into(&t.role, "a role"),
		"endpoint":  p.into(&t.endpoint, "an endpoint of the device"),
		"attribute": p.into(&t.attribute, `an attribute, such as "occupancy.occupied"`),
		"to":        value(&t.to),
		"from":      value(&t.from),
		"above":     p.into(&t.above, "a number"),
		"below":     p.into(&t.below, "a number"),
		"changes":   p.into(&t.changes, "true"),
		"for":       p.span(&t.held, time.Second, 30*day),
		"event":     p.into(&t.event, `an event, such as "button.press"`),
		"args":      func(m member) { t.args = p.values(m) },
		"person":    p.into(&t.person, `a person's id, "anyone", "everyone" or "first"`),
		"presence":  p.into(&t.presence, "a presence, such as "+`"arriving"`),
		"at":        p.clock(&t.schedule.at),
		"sun":       func(m member) { p.oneOf(m, (*string)(&t.schedule.sun), sunEvents) },
		"offset":    p.span(&t.schedule.offset, -12*time.Hour, 12*time.Hour),
		"every":     p.span(&t.schedule.every, minInterval, day),
		"days":      p.days(&t.schedule.days),
		"scene":     p.into(&t.scene, "a scene's id"),
		"mode":      p.into(&t.mode, `a mode, such as "night"`),
		"webhook":   p.into(&t.webhook, "a name"),
		"topic":     p.into(&t.topic, `an MQTT topic, such as "doorbell/ring"`),
		"payload":   p.into(&t.payload, "a text"),
	})
	for _, v := range []**model.Value{&t.to, &t.from} {
		if *v != nil {
			x := typed(t.attribute, **v)
			*v = &x
		}
	}
	p.oneKind(&t)
	return t
}

// triggerKinds are the ways to be triggered besides an attribute: what says so, and whether it is there.
func (t *trigger) kinds() (kinds int) {
	for _, given := range []bool{
		t.attribute != "" || t.to != nil || t.above != nil || t.below != nil || t.changes || t.from != nil || t.held != 0,
		t.event != "" || t.args != nil,
		t.person != "" || t.presence != "",
		t.schedule.at != nil, t.schedule.sun != "", t.schedule.every != 0,
		t.scene != "", t.mode != "", t.webhook != "", t.topic != "" || t.payload != nil,
	} {
		if given {
			kinds++
		}
	}
	return kinds
}

// oneKind refuses a trigger that is of no kind, of several, or in parts.
func (p *problems) oneKind(t *trigger) {
	addressed := t.device != "" || t.room != "" || t.role != ""
	borders := 0
	for _, given := range []bool{t.to != nil, t.above != nil, t.below != nil, t.changes} {
		if given {
			borders++
		}
	}
	ofDevice := t.attribute != "" || t.event != "" || t.args != nil || borders > 0 || t.from != nil || t.held != 0
	switch {
	case t.kinds() != 1:
		p.add(t.path, "a device with an attribute, a device with an event, a person with a presence, at, sun, every, scene, mode, webhook or topic", "it is none of these, or several")
	case t.event == "" && t.args == nil && ofDevice && (!addressed || t.attribute == "" || borders != 1):
		p.add(t.path, "a device, an attribute and one of to, above and below", "a part is missing, or there is more than one")
	case (t.event != "" || t.args != nil) && (!addressed || t.event == ""):
		p.add(t.path, "a device and an event", "one of them is missing")
	case addressed && t.device != "" && (t.room != "" || t.role != ""):
		p.add(t.path, "either a device, or a room or role", "it names both")
	case !ofDevice && (addressed || t.endpoint != ""):
		p.add(t.path, "two triggers, one for each", "it names a device beside something else")
	case (t.person != "" || t.presence != "") && (t.person == "" || t.presence == ""):
		p.add(t.path, "a person and a presence", "one of them is missing")
	case t.payload != nil && t.topic == "":
		p.add(t.path, "a topic and a payload", "the topic is missing")
	case strings.ContainsAny(t.topic, "+#\x00"):
		p.add(Join(t.path, "topic"), "one topic, without wildcards", "got %q", t.topic)
	case t.schedule.offset != 0 && t.schedule.sun == "":
		p.add(Join(t.path, "offset"), "a sun that it is reckoned from", "there is none")
	case t.schedule.days != 0 && !t.timed():
		p.add(Join(t.path, "days"), "at, sun or every; or a time window under if", "the trigger is no time")
	}
}

// timed tells whether the trigger goes by the clock.
func (t *trigger) timed() bool {
	return t.schedule.at != nil || t.schedule.sun != "" || t.schedule.every != 0
}

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
		return t.event != "" && t.isMember(o, r) && t.hasArgs(o.Args)
	case home.OccurredPresence:
		if t.presence != o.ToState && !(t.presence == stateAway && o.ToState == stateExtended && o.FromState != stateAway) {
			return false
		}
		return t.person != everyone && t.person != firstOne || t.person == everyone && t.holdsForAll(r) || t.person == firstOne && t.isFirst(o, r)
	case home.OccurredTopic:
		return t.payload == nil || *t.payload == o.Text
	}
	return true
}

// isMember tells whether the device is one of those meant by room and role.
func (t *trigger) isMember(o *home.Occurrence, r home.Reader) bool {
	if t.device != "" {
		return true
	}
	d := r.Device(o.Device)
	return d != nil && (t.room == "" || d.Room == t.room) && (t.role == "" || slices.Contains(d.Roles, t.role))
}

// isPlace tells whether the change is at the endpoint that is meant when none is named.
func (t *trigger) isPlace(o *home.Occurrence, r home.Reader) bool {
	if !t.isMember(o, r) {
		return false
	}
	if t.endpoint != "" {
		return true
	}
	d := r.Device(o.Device)
	if d == nil {
		return false
	}
	slot, ok := d.Find(t.attribute)
	return ok && slot.Endpoint == o.Endpoint
}

// becomes is true of the step into a value or over a border. Unknown is neither side of a border.
func (t *trigger) becomes(from, to model.Value) bool {
	if t.from != nil && from != *t.from {
		return false
	}
	if t.to != nil {
		return to == *t.to && from != to
	}
	if t.changes {
		return from != to && !to.IsUnknown()
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

// stays tells whether a value is still what the trigger asks to stay.
func (t *trigger) stays(v model.Value) bool {
	f, number := v.Number()
	switch {
	case t.to != nil:
		return v == *t.to
	case t.above != nil:
		return number && f > *t.above
	case t.below != nil:
		return number && f < *t.below
	}
	return false
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
		if len(p.Trackers) > 0 && hasPresence(r.Presence(p.ID).State, t.presence) != home.True {
			return false
		}
	}
	return true
}

// isFirst tells whether nobody else has the presence, and nobody can be said not to be followed.
func (t *trigger) isFirst(o *home.Occurrence, r home.Reader) bool {
	for _, p := range r.People() {
		if len(p.Trackers) > 0 && p.ID != o.Person && hasPresence(r.Presence(p.ID).State, t.presence) != home.False {
			return false
		}
	}
	return true
}
