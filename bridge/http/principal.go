package httpapi

import (
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// level is how much a caller may do; each includes those before.
type level int

const (
	levelNone    level = iota
	levelRead          // see devices, rooms, history
	levelControl       // give commands, run scenes
	levelHouse         // names, rooms, scenes, merging
	levelAdmin         // people, tokens, joining and removing devices
)

// roleLevels are the rights that a person's role gives.
var roleLevels = map[string]level{"owner": levelAdmin, "adult": levelHouse, "child": levelControl, "guest": levelControl}

// principal is who calls.
type principal struct {
	kind    principalKind
	id      string // a person's or token's id
	hash    string // of the secret shown: finds the session or token again
	level   level
	rooms   []home.RoomID      // empty: all
	caps    []model.Capability // empty: all
	expires time.Time          // zero: never
	browser bool               // a token in a browser's cookie: what it changes must be meant
}

type principalKind int

const (
	byPerson principalKind = iota
	byToken
	byLocal // the command line on this machine
	byDemo
	byMonitor // a collector of figures on this machine: reaches /metrics alone
)

// limited reports whether the caller may see a part of the house only.
func (p *principal) limited() bool { return len(p.rooms) > 0 || len(p.caps) > 0 }

// sees reports whether the caller may know of the device.
func (p *principal) sees(d *home.Device) bool {
	if d == nil || len(p.rooms) > 0 && !slices.Contains(p.rooms, d.Room) {
		return false
	}
	return len(p.caps) == 0 || slices.ContainsFunc(d.Endpoints(), p.seesPartOf)
}

func (p *principal) seesPartOf(e model.EndpointDescription) bool {
	return slices.ContainsFunc(e.Properties, func(x model.Property) bool { return p.may(x.Attribute) }) ||
		slices.ContainsFunc(e.Actions, p.may) ||
		slices.ContainsFunc(e.Events, func(x model.EventInfo) bool { return p.may(x.Event) })
}

// seesRoom reports whether the caller may know of the room.
func (p *principal) seesRoom(r home.RoomID) bool {
	return len(p.rooms) == 0 || slices.Contains(p.rooms, r)
}

// may reports whether the attribute, action or event is of a capability that the caller may use.
func (p *principal) may(a model.Attribute) bool {
	return len(p.caps) == 0 || slices.Contains(p.caps, a.Capability())
}

// cause is what the log says of a command of the caller.
func (p *principal) cause() *model.Cause {
	switch p.kind {
	case byToken:
		return &model.Cause{Kind: model.CauseProgram, Who: p.id, Via: "http"}
	case byLocal:
		return &model.Cause{Kind: model.CausePerson, Via: "cli"}
	}
	return &model.Cause{Kind: model.CausePerson, Who: p.id, Via: "http"}
}

// trim takes out of a cause what a limited caller must not learn: who else is in the house and what else happens there.
func (p *principal) trim(c *model.Cause) *model.Cause {
	if c == nil || !p.limited() {
		return c
	}
	if p.kind == byToken && c.Kind == model.CauseProgram && c.Who == p.id {
		return &model.Cause{Kind: c.Kind, Who: c.Who, Via: c.Via, Fact: c.Fact}
	}
	return &model.Cause{Kind: c.Kind, Fact: c.Fact}
}
