package converse

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// turn is one sentence under way.
type turn struct {
	e      *Engine
	req    Request
	lang   string
	caller Caller
	talk   *session
	view   *home.View
	words  *grammar.Vocabulary
	area   home.RoomID // of the speaker
	reply  *Reply
	sure   bool // what is risky was confirmed
	// undoFresh: the first command of this sentence begins a new list of what undo takes back.
	undoFresh bool
	saidDry   bool    // that nothing was done is said once, however many clauses there are
	surely    float64 // how sure the reading of the sentence is, of 1
	every     bool    // of several that are called alike, all are meant
	// wants is a question about a time that was left open.
	wants *pending
}

// found is what a clause speaks of, or why that is not known.
type found struct {
	devices []*home.Device
	// options are several that are called so; one must be asked for.
	options []*home.Device
	rooms   []home.RoomID // a kind of thing in several rooms, and none was named
	missing string        // reply key: nothing of the kind, not there, not allowed
}

// speakerRoom is the room in which the speaker stands.
func (t *turn) speakerRoom() home.RoomID {
	want := strings.TrimSpace(t.req.Area)
	for _, r := range t.view.Rooms() {
		if want != "" && (string(r.ID) == want || slices.ContainsFunc(mapValues(r.Names), func(n string) bool { return strings.EqualFold(n, want) })) {
			return r.ID
		}
	}
	return ""
}

func mapValues(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// devices finds what a clause speaks of. can says whether a device takes what is asked; kind is what is meant when
// no thing is named. What the clause excepts is left out.
func (t *turn) devices(c *grammar.Clause, kind string, can func(*home.Device) bool) found {
	f := t.meant(c, kind, func(d *home.Device) bool { return can(d) && !excepted(c, d) })
	f.devices = slices.DeleteFunc(f.devices, func(d *home.Device) bool { return excepted(c, d) })
	return f
}

func excepted(c *grammar.Clause, d *home.Device) bool {
	return slices.ContainsFunc(c.ExceptAreas, func(p grammar.Place) bool { return p.ID == string(d.Room) }) ||
		slices.ContainsFunc(c.Except, func(m grammar.Mention) bool {
			return slices.ContainsFunc(m.Things, func(x grammar.Thing) bool { return x.ID == deviceThing+string(d.ID) })
		})
}

func (t *turn) meant(c *grammar.Clause, kind string, can func(*home.Device) bool) found {
	if len(c.Names) > 0 {
		return t.named(c, can)
	}
	if c.Is("it") && kind == "" || t.meansIt(c, kind) {
		var f found
		for _, id := range t.talk.last {
			if d := t.view.Device(id); d != nil && t.caller.Sees(d) && can(d) {
				f.devices = append(f.devices, d)
			}
		}
		if len(f.devices) > 0 {
			return f
		}
	}
	return t.ofKind(c, kind, can)
}

// meansIt reports that a clause names nothing at all and something was spoken of before.
func (t *turn) meansIt(c *grammar.Clause, kind string) bool {
	if len(c.Areas) > 0 || c.Is("here") || c.Is("all") || len(t.talk.last) == 0 || c.Kind() != "" {
		return false
	}
	d := t.view.Device(t.talk.last[0])
	return d != nil && (kind == "" || isKind(d, kind))
}

func (t *turn) named(c *grammar.Clause, can func(*home.Device) bool) found {
	var seen, able []*home.Device
	for _, x := range c.Names[0].Things {
		id, isDevice := strings.CutPrefix(x.ID, deviceThing)
		d := t.view.Device(model.DeviceID(id))
		if !isDevice || d == nil || !t.caller.Sees(d) || slices.Contains(seen, d) {
			continue
		}
		if len(c.Areas) > 0 && !slices.ContainsFunc(c.Areas, func(p grammar.Place) bool { return p.ID == string(d.Room) }) {
			continue
		}
		seen = append(seen, d)
		if can(d) {
			able = append(able, d)
		}
	}
	switch {
	case len(able) == 1 || len(able) > 1 && (c.Is("all") || t.every):
		return found{devices: able}
	case len(able) > 1:
		here := slices.DeleteFunc(slices.Clone(able), func(d *home.Device) bool { return t.area == "" || d.Room != t.area })
		if len(here) == 1 {
			return found{devices: here}
		}
		return found{options: able}
	case len(seen) > 0:
		if locks := t.locksBy(c, seen, can); len(locks) == 1 {
			return found{devices: locks}
		}
		return found{devices: seen} // the house says why it cannot
	}
	return found{missing: "not_found"}
}

// locksBy finds what locks a door whose sensor bears the name that was said: a lock that is called after it, else the one in
// its room.
func (t *turn) locksBy(c *grammar.Clause, doors []*home.Device, can func(*home.Device) bool) []*home.Device {
	if c.Intent != "Lock" && c.Intent != "Unlock" {
		return nil
	}
	var called, there []*home.Device
	for _, d := range t.view.Devices() {
		if kindOf(d) != "lock" || !t.caller.Sees(d) || !can(d) {
			continue
		}
		if slices.ContainsFunc(allNames(d), func(n string) bool { return strings.HasPrefix(strings.ToLower(n), strings.ToLower(c.Names[0].Said)) }) {
			called = append(called, d)
		}
		if d.Room != "" && d.Room == doors[0].Room {
			there = append(there, d)
		}
	}
	if len(called) > 0 {
		return called
	}
	return there
}

// narrowed keeps, of what heats and cools, the sort that was said, if the house has it: an air conditioner is none of its radiators.
func narrowed(c *grammar.Clause, all []*home.Device) []*home.Device {
	sort := c.Words["climate"]
	if sort != "air_conditioner" && sort != "heater" {
		return all
	}
	exact := slices.DeleteFunc(slices.Clone(all), func(d *home.Device) bool {
		cools := d.Type() == model.DeviceAirConditioner || d.Type() == model.DeviceIRAirConditioner
		return cools != (sort == "air_conditioner")
	})
	if len(exact) == 0 {
		return all
	}
	return exact
}

// ofKind finds the things of a kind where they were meant: in the rooms said, here, everywhere when "all" was said.
func (t *turn) ofKind(c *grammar.Clause, kind string, can func(*home.Device) bool) found {
	class := c.Words["cover"]
	var all []*home.Device
	for _, d := range t.view.Devices() {
		if t.caller.Sees(d) && (kind == "" || isKind(d, kind)) && can(d) {
			all = append(all, d)
		}
	}
	if class != "" && class != "cover" {
		exact := slices.DeleteFunc(slices.Clone(all), func(d *home.Device) bool { return classOf(d) != class })
		opens := func(d *home.Device) bool { x := classOf(d); return x == "garage" || x == "gate" || x == "door" }
		if len(exact) > 0 {
			all = exact
		} else { // a curtain may be called a blind, but never a garage
			all = slices.DeleteFunc(all, func(d *home.Device) bool { return opens(d) || class == "garage" || class == "gate" || class == "door" })
		}
	}
	all = narrowed(c, all)
	if len(all) == 0 {
		return found{missing: "not_found"}
	}
	in := func(rooms ...home.RoomID) found {
		some := slices.DeleteFunc(slices.Clone(all), func(d *home.Device) bool { return !slices.Contains(rooms, d.Room) })
		if len(some) == 0 {
			return found{missing: "not_there"}
		}
		return found{devices: some}
	}
	switch {
	case len(c.Areas) > 0:
		var rooms []home.RoomID
		for _, a := range c.Areas {
			rooms = append(rooms, home.RoomID(a.ID))
		}
		return in(rooms...)
	case c.Is("all") || c.Is("home") || c.Is("everywhere") || c.Is("whole"):
		if c.Is("here") && t.area != "" {
			return in(t.area)
		}
		return found{devices: all}
	case t.area != "":
		if f := in(t.area); f.missing == "" || c.Is("here") {
			return f
		}
	}
	if len(all) == 1 {
		return found{devices: all}
	}
	var rooms []home.RoomID
	for _, d := range all {
		if d.Room != "" && !slices.Contains(rooms, d.Room) {
			rooms = append(rooms, d.Room)
		}
	}
	if len(rooms) > 1 {
		return found{rooms: rooms}
	}
	return found{devices: all}
}
