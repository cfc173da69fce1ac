package scenes

import (
	"encoding/json"
	"fmt"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// scene is a document as read.
type scene struct {
	id      string
	names   map[string]string
	enabled bool
	when    []trigger
	then    []target
	arrival *arrival
}

// target is one thing to do.
type target struct {
	path       string
	device     model.DeviceID
	room       home.RoomID
	role       string
	endpoint   model.EndpointID
	set        []write
	command    model.Attribute
	args       map[string]model.Value
	transition float64 // seconds
}

type write struct {
	path string
	model.Write
}

// trigger is one thing to react to: of an attribute, an event or a person.
type trigger struct {
	path         string
	device       model.DeviceID
	endpoint     model.EndpointID // empty: the first that has the attribute; for an event, any
	attribute    model.Attribute
	to           *model.Value
	above, below *float64
	event        model.Attribute
	args         map[string]model.Value
	person       home.PersonID // or anyone, everyone
	presence     string
}

const (
	anyone   home.PersonID = "anyone"
	everyone home.PersonID = "everyone"
)

// read decodes a document. What it says about the house is for check to judge.
func read(id string, doc json.RawMessage) (*scene, problems) {
	var p problems
	s := &scene{id: id, enabled: true}
	if !p.valid(doc) {
		return s, p
	}
	p.fields("", doc, "names, enabled, when, then, arrival", readers{
		"names":   p.into(&s.names, `names by language, such as {"": "Movie night"}`),
		"enabled": p.into(&s.enabled, "true or false"),
		"when": func(m member) {
			p.list(m, func(path string, raw json.RawMessage) { s.when = append(s.when, p.trigger(path, raw)) })
		},
		"then": func(m member) {
			p.list(m, func(path string, raw json.RawMessage) { s.then = append(s.then, p.target(path, raw)) })
		},
		"arrival": func(m member) { s.arrival = p.arrival(m) },
	})
	if len(p) == 0 {
		p.kind(s)
	}
	return s, p
}

// kind refuses a document of no kind or of several.
func (p *problems) kind(s *scene) {
	switch {
	case s.arrival != nil && (len(s.when) > 0 || len(s.then) > 0):
		p.add("arrival", "a scene of its own for what shall happen besides", "it stands beside when or then")
	case s.arrival == nil && len(s.then) == 0:
		p.add("the document", "targets under then, or arrival", "the scene does nothing")
	}
}

func (p *problems) target(path string, raw json.RawMessage) target {
	t := target{path: path}
	p.fields(path, raw, "device, room, role, endpoint, set, command, args, transition", readers{
		"device":     p.into(&t.device, "a device's id"),
		"room":       p.into(&t.room, "a room's id"),
		"role":       p.into(&t.role, `a role, such as "ceiling light"`),
		"endpoint":   p.into(&t.endpoint, "an endpoint of the device"),
		"set":        func(m member) { t.set = p.writes(m) },
		"command":    p.into(&t.command, `a command, such as "window_covering.close"`),
		"args":       func(m member) { t.args = p.values(m) },
		"transition": p.into(&t.transition, "a number of seconds"),
	})
	p.addressed(t)
	return t
}

func (p *problems) addressed(t target) {
	switch {
	case t.device == "" && t.room == "" && t.role == "":
		p.add(t.path, "a device, a room, a role, or a room and a role", "it names nothing to act on")
	case t.device != "" && (t.room != "" || t.role != ""):
		p.add(t.path, "either a device, or a room or role", "it names both")
	}
	switch {
	case len(t.set) == 0 && t.command == "":
		p.add(t.path, `attributes under set, such as {"on_off.on": true}, or a command`, "it does nothing")
	case len(t.set) > 0 && t.command != "":
		p.add(t.path, "two targets, one for each", "it has both set and command")
	case t.command == "" && t.args != nil:
		p.add(join(t.path, "args"), "a command that they are for", "there is no command")
	}
	if t.transition < 0 || t.transition > longestTransition {
		p.add(join(t.path, "transition"), fmt.Sprintf("0 to %d seconds", longestTransition), "got %v", t.transition)
	}
}

const longestTransition = 3600 // seconds

func (p *problems) writes(m member) []write {
	var out []write
	for _, w := range p.object(m.path, m.raw) {
		v, ok := p.value(w)
		if ok {
			out = append(out, write{w.path, model.Write{Attribute: model.Attribute(w.key), Value: v}})
		}
	}
	return out
}

func (p *problems) values(m member) map[string]model.Value {
	out := map[string]model.Value{}
	for _, a := range p.object(m.path, m.raw) {
		if v, ok := p.value(a); ok {
			out[a.key] = v
		}
	}
	return out
}

func (p *problems) value(m member) (model.Value, bool) {
	var v model.Value
	if err := v.UnmarshalJSON(m.raw); err != nil || v.IsUnknown() {
		p.add(m.path, "a value", "got %s", brief(m.raw))
		return v, false
	}
	return v, true
}

func (p *problems) trigger(path string, raw json.RawMessage) trigger {
	t := trigger{path: path}
	p.fields(path, raw, "device, endpoint, attribute, to, above, below, event, args, person, presence", readers{
		"device":    p.into(&t.device, "a device's id"),
		"endpoint":  p.into(&t.endpoint, "an endpoint of the device"),
		"attribute": p.into(&t.attribute, `an attribute, such as "occupancy.occupied"`),
		"to": func(m member) {
			if v, ok := p.value(m); ok {
				t.to = &v
			}
		},
		"above":    p.into(&t.above, "a number"),
		"below":    p.into(&t.below, "a number"),
		"event":    p.into(&t.event, `an event, such as "button.press"`),
		"args":     func(m member) { t.args = p.values(m) },
		"person":   p.into(&t.person, `a person's id, "anyone" or "everyone"`),
		"presence": p.into(&t.presence, "a presence, such as "+`"arriving"`),
	})
	if t.to != nil {
		v := typed(t.attribute, *t.to)
		t.to = &v
	}
	p.oneKind(t)
	return t
}

// typed gives a value the type that JSON does not carry (a time, a sorted set), so that it equals what devices report.
func typed(a model.Attribute, v model.Value) model.Value {
	if prop := model.LookupAttribute(a); prop != nil {
		if w, err := prop.Check(v); err == nil {
			return w
		}
	}
	return v
}

// oneKind refuses a trigger that is of no kind, or of several.
func (p *problems) oneKind(t trigger) {
	ofAttribute := t.attribute != "" || t.to != nil || t.above != nil || t.below != nil
	ofEvent := t.event != "" || t.args != nil
	ofPerson := t.person != "" || t.presence != ""
	borders := 0
	for _, given := range []bool{t.to != nil, t.above != nil, t.below != nil} {
		if given {
			borders++
		}
	}
	switch {
	case ofAttribute && !ofEvent && !ofPerson:
		if t.device == "" || t.attribute == "" || borders != 1 {
			p.add(t.path, "a device, an attribute and one of to, above and below", "a part is missing, or there is more than one")
		}
	case ofEvent && !ofAttribute && !ofPerson:
		if t.device == "" || t.event == "" {
			p.add(t.path, "a device and an event", "one of them is missing")
		}
	case ofPerson && !ofAttribute && !ofEvent && t.device == "" && t.endpoint == "":
		if t.person == "" || t.presence == "" {
			p.add(t.path, "a person and a presence", "one of them is missing")
		}
	default:
		p.add(t.path, "a device with an attribute, a device with an event, or a person with a presence", "it is none of these, or several")
	}
}
