package scenes

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// cond is a condition: a leaf, or and, or, not over others.
type cond struct {
	path string
	kind condKind
	of   []*cond // and, or, not

	where     // attribute
	attribute model.Attribute
	all       bool // every device meant, not any
	op        string
	values    []model.Value
	border    float64
	held      time.Duration // has been so for as long
	fresh     time.Duration // heard within
	window    *window
	modes     []string
	person    home.PersonID
	presence  string
}

type condKind string

const (
	condAnd       condKind = "and"
	condOr        condKind = "or"
	condNot       condKind = "not"
	condAttribute condKind = "attribute"
	condTime      condKind = "time"
	condMode      condKind = "mode"
	condPresence  condKind = "presence"
)

// where is what a condition or trigger is about: a device, or what is in a room or has a role.
type where struct {
	device   model.DeviceID
	room     home.RoomID
	role     string
	endpoint model.EndpointID
}

const maxDepth = 16 // of conditions and of steps within each other

// conds reads one condition, or a list of which all must hold.
func (p *problems) conds(m member, depth int) *cond {
	var list []json.RawMessage
	if json.Unmarshal(m.raw, &list) != nil {
		return p.cond(m.path, m.raw, depth)
	}
	c := &cond{path: m.path, kind: condAnd}
	for i, raw := range list {
		c.of = append(c.of, p.cond(fmt.Sprintf("%s[%d]", m.path, i), raw, depth+1))
	}
	if len(list) == 0 {
		p.add(m.path, "at least one condition", "the list is empty")
	}
	if len(c.of) == 1 {
		return c.of[0]
	}
	return c
}

func (p *problems) cond(path string, raw json.RawMessage, depth int) *cond {
	c := &cond{path: path}
	if depth > maxDepth {
		p.add(path, fmt.Sprintf("at most %d levels", maxDepth), "conditions are too deep within each other")
		return c
	}
	ops := 0
	op := func(name string, values func(member) bool) func(member) {
		return func(m member) {
			ops++
			c.kind, c.op = condAttribute, name
			values(m)
		}
	}
	one := func(m member) bool {
		v, ok := p.value(m)
		c.values = []model.Value{v}
		return ok
	}
	border := func(m member) bool { p.into(&c.border, "a number")(m); return true }
	kinds := 0
	kind := func(k condKind, read func(member)) func(member) {
		return func(m member) { kinds++; c.kind = k; read(m) }
	}
	p.fields(path, raw, "device, room, role, endpoint, attribute, is, is_not, one_of, above, below, match, for, fresh, time, mode, person, presence, and, or, not", readers{
		"device": p.into(&c.device, "a device's id"), "room": p.into(&c.room, "a room's id"), "role": p.into(&c.role, "a role"),
		"endpoint":  p.into(&c.endpoint, "an endpoint of the device"),
		"attribute": kind(condAttribute, p.into(&c.attribute, `an attribute, such as "on_off.on"`)),
		"is":        op("is", one), "is_not": op("is_not", one), "above": op("above", border), "below": op("below", border),
		"one_of": op("one_of", func(m member) bool {
			p.list(m, func(path string, raw json.RawMessage) {
				if v, ok := p.value(member{path: path, raw: raw}); ok {
					c.values = append(c.values, v)
				}
			})
			return true
		}),
		"match": func(m member) {
			var s string
			p.into(&s, `"any" or "all"`)(m)
			if s != "any" && s != "all" {
				p.add(m.path, `"any" or "all"`, "got %s", brief(m.raw))
			}
			c.all = s == "all"
		},
		"for": p.span(&c.held, time.Second, 30*day), "fresh": p.span(&c.fresh, time.Second, 30*day),
		"time":     kind(condTime, func(m member) { c.window = p.window(m) }),
		"mode":     kind(condMode, func(m member) { c.modes = p.names(m, `a mode, such as "night", or a list of them`) }),
		"person":   kind(condPresence, p.into(&c.person, `a person's id, "anyone" or "everyone"`)),
		"presence": p.into(&c.presence, `a presence, such as "home"`),
		"and":      kind(condAnd, func(m member) { c.of = p.condList(m, depth) }),
		"or":       kind(condOr, func(m member) { c.of = p.condList(m, depth) }),
		"not":      kind(condNot, func(m member) { c.of = []*cond{p.conds(m, depth+1)} }),
	})
	p.complete(c, kinds, ops)
	return c
}

func (p *problems) condList(m member, depth int) []*cond {
	var out []*cond
	p.list(m, func(path string, raw json.RawMessage) { out = append(out, p.cond(path, raw, depth+1)) })
	if len(out) == 0 {
		p.add(m.path, "at least one condition", "the list is empty")
	}
	return out
}

// names reads a name or a list of names.
func (p *problems) names(m member, expected string) []string {
	var one string
	var list []string
	switch {
	case json.Unmarshal(m.raw, &one) == nil && one != "":
		return []string{one}
	case json.Unmarshal(m.raw, &list) == nil && len(list) > 0:
		return list
	}
	p.add(m.path, expected, "got %s", brief(m.raw))
	return nil
}

// complete refuses a condition of no kind, of several, or in parts.
func (p *problems) complete(c *cond, kinds, ops int) {
	addressed := c.device != "" || c.room != "" || c.role != ""
	switch {
	case kinds != 1:
		p.add(c.path, "one of: an attribute of a device, a time, a mode, a person's presence, and, or, not", "it is none of these, or several")
	case c.kind == condAttribute && (c.attribute == "" || !addressed || ops == 0 && c.fresh == 0):
		p.add(c.path, "a device (or room or role), an attribute, and one of is, is_not, one_of, above, below", "a part is missing")
	case c.kind == condAttribute && ops > 1:
		p.add(c.path, "and, with a condition for each", "it compares twice")
	case c.kind == condAttribute && c.device != "" && (c.room != "" || c.role != ""):
		p.add(c.path, "either a device, or a room or role", "it names both")
	case c.kind != condAttribute && (addressed || ops > 0 || c.held > 0 || c.fresh > 0 || c.endpoint != ""):
		p.add(c.path, "one condition for each thing, in a list", "parts of an attribute's condition stand beside %s", c.kind)
	case c.kind == condPresence && c.presence == "":
		p.add(c.path, "a person and a presence", "the presence is missing")
	case c.kind != condPresence && c.presence != "":
		p.add(c.path, "a person and a presence", "the person is missing")
	}
	for i := range c.values {
		c.values[i] = typed(c.attribute, c.values[i])
	}
}

// devices are what an address stands for now.
func (w *where) devices(r home.Reader) []*home.Device {
	t := target{device: w.device, room: w.room, role: w.role}
	return t.devices(r)
}

// slotOf is the part of a device that is meant.
func (w *where) slotOf(d *home.Device, a model.Attribute) (home.Slot, bool) {
	if w.endpoint != "" {
		s := home.Slot{Endpoint: w.endpoint, Attribute: a}
		return s, d.Property(s) != nil
	}
	return d.Find(a)
}
