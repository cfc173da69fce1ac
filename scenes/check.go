package scenes

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// house checks a document that could be read against the house: what it names must be there, and must take
// what is asked of it. Other scenes are known by their ids.
func (p *problems) house(s *scene, r home.Reader, isScene func(string) bool) {
	for i := range s.when {
		p.checkTrigger(&s.when[i], r)
	}
	if s.cond != nil {
		p.checkCond(s.cond, r)
	}
	for i := range s.code {
		p.checkStep(&s.code[i], s, r, isScene)
	}
	if s.arrival != nil {
		p.checkArrival(s.arrival, r)
	}
}

func (p *problems) checkStep(x *op, s *scene, r home.Reader, isScene func(string) bool) {
	switch x.code {
	case opDo:
		p.checkTarget(x.target, r)
	case opUnless, opUntil:
		if x.cond != nil {
			p.checkCond(x.cond, r)
		}
	case opNotify:
		for i, id := range x.notice.To {
			p.checkKnown(fmt.Sprintf("%s.to[%d]", x.path, i), id, r)
		}
	case opScene:
		if !isScene(x.name) {
			p.add(Join(x.path, "scene"), "the id of a scene of this house", "there is no scene %q", x.name)
		}
	case opMode:
		p.checkMode(Join(x.path, "mode"), x.name, r)
	case opCapture:
		p.checkCapture(x, r)
	case opRestore:
		if !slices.ContainsFunc(s.code, func(y op) bool { return y.code == opCapture && y.name == x.name }) {
			p.add(Join(x.path, "restore"), "the name of a capture in this scene", "nothing is captured as %q", x.name)
		}
	}
}

func (p *problems) checkMode(path, mode string, r home.Reader) {
	if all := r.Surroundings().Modes; !slices.Contains(all, mode) {
		p.add(path, "one of "+choice(all), "this house has no mode %q", mode)
	}
}

func (p *problems) checkCapture(x *op, r home.Reader) {
	devices := x.target.devices(r)
	if len(devices) == 0 {
		p.nothingThere(x.target, r)
		return
	}
	p.members(x.target, r)
	for _, d := range devices {
		for _, a := range x.attributes {
			if len(x.target.endpoints(d, settable(d, a))) > 0 {
				return
			}
		}
	}
	p.add(x.path, "attributes that can be set: one of "+choice(settables(devices, x.target.endpoint)), "%s has none of %v", x.target.address(), x.attributes)
}

// checkCond checks a condition and all below it.
func (p *problems) checkCond(c *cond, r home.Reader) {
	for _, x := range c.of {
		p.checkCond(x, r)
	}
	switch c.kind {
	case condMode:
		for _, m := range c.modes {
			p.checkMode(Join(c.path, "mode"), m, r)
		}
	case condPresence:
		if c.person != anyone && c.person != everyone {
			p.checkPerson(Join(c.path, "person"), c.person, r)
		}
		p.checkState(Join(c.path, "presence"), c.presence)
	case condAttribute:
		p.checkCondAttribute(c, r)
	}
}

func (p *problems) checkCondAttribute(c *cond, r home.Reader) {
	t := target{path: c.path, device: c.device, room: c.room, role: c.role}
	devices := t.devices(r)
	if len(devices) == 0 {
		p.nothingThere(&t, r)
		return
	}
	found := false
	for _, d := range devices {
		slot, ok := c.slotOf(d, c.attribute)
		if !ok || d.Property(slot).Access == model.AccessWriteOnly {
			continue
		}
		found = true
		prop := d.Property(slot)
		for _, v := range c.values {
			_, err := prop.Check(v)
			p.misfit(Join(c.path, c.op), label(d, d.ID), err)
		}
		if c.op == "above" || c.op == "below" {
			p.checkBorder(Join(c.path, c.op), &c.border, prop)
		}
	}
	if !found {
		p.add(Join(c.path, "attribute"), "one of "+choice(reportedBy(devices, c.endpoint)), "%s never tells of %s", t.address(), c.attribute)
	}
}

func (p *problems) checkState(path, state string) {
	if !slices.Contains(presences, state) {
		p.add(path, "one of "+choice(presences), "got %q", state)
	}
}

// members refuses a group that names who is not there.
func (p *problems) members(t *target, r home.Reader) {
	for i, id := range t.members {
		if r.Device(id) == nil {
			p.noDevice(fmt.Sprintf("%s.devices[%d]", t.path, i), id)
		}
	}
}

func (p *problems) checkTarget(t *target, r home.Reader) {
	devices := t.devices(r)
	if len(devices) == 0 {
		p.nothingThere(t, r)
		return
	}
	p.members(t, r)
	if t.command != "" {
		p.checkCommand(t, devices)
	}
	for _, w := range t.set {
		p.checkWrite(t, w, devices)
	}
}

func (p *problems) nothingThere(t *target, r home.Reader) {
	switch {
	case t.device != "":
		p.noDevice(Join(t.path, "device"), t.device)
	case t.members != nil:
		p.members(t, r)
	case t.role == "":
		p.noRoom(Join(t.path, "room"), t.room, r)
	default:
		p.add(Join(t.path, "role"), "one of "+choice(roles(r, t.room)), "no device is there for %s", t.address())
	}
}

func (p *problems) noDevice(path string, id model.DeviceID) {
	p.add(path, "the id of a device of this house", "there is no device %q", id)
}

func (p *problems) noRoom(path string, id home.RoomID, r home.Reader) {
	p.add(path, "one of "+choice(rooms(r)), "no device is in a room %q", id)
}

func (p *problems) checkWrite(t *target, w write, devices []*home.Device) {
	found := false
	for _, d := range devices {
		for _, ep := range t.endpoints(d, settable(d, w.Attribute)) {
			found = true
			_, err := d.Property(home.Slot{Endpoint: ep, Attribute: w.Attribute}).Check(w.Value)
			p.misfit(w.path, label(d, d.ID), err)
		}
	}
	if !found {
		p.add(w.path, "one of "+choice(settables(devices, t.endpoint)), "%s has no %s that can be set", t.address(), w.Attribute)
	}
}

// misfit passes on why a value does not fit.
func (p *problems) misfit(path, where string, err error) {
	var wrong *model.ValueError
	if errors.As(err, &wrong) {
		p.add(path, wrong.Expected, "got %s for %s", wrong.Value, where)
	}
}

func (p *problems) checkCommand(t *target, devices []*home.Device) {
	capability, name := t.command.Split()
	spec := model.LookupCommand(capability, name)
	if spec == nil {
		p.add(Join(t.path, "command"), "a command of the catalogue"+commandsOf(capability), "there is no command %q", t.command)
		return
	}
	p.checkArgs(Join(t.path, "args"), spec.Args, t.args, true)
	if !slices.ContainsFunc(devices, func(d *home.Device) bool { return len(t.endpoints(d, obeys(d, t.command))) > 0 }) {
		p.add(Join(t.path, "command"), "a command that the target takes", "%s does not take %s", t.address(), t.command)
	}
}

func commandsOf(c model.Capability) string {
	spec := model.LookupCapability(c)
	if spec == nil || len(spec.Commands) == 0 {
		return ""
	}
	var names []string
	for _, x := range spec.Commands {
		names = append(names, string(c)+"."+x.Name)
	}
	return ", such as " + strings.Join(names, ", ")
}

func (p *problems) checkArgs(path string, specs []model.Property, args map[string]model.Value, all bool) {
	var known []string
	for i := range specs {
		name := string(specs[i].Attribute)
		known = append(known, name)
		v, given := args[name]
		if !given && all && !specs[i].Optional {
			p.add(Join(path, name), specs[i].Expected(), "it is missing")
		}
		_, err := specs[i].Check(v)
		p.misfit(Join(path, name), name, err)
	}
	for _, name := range sortedNames(args) {
		if !slices.Contains(known, name) {
			p.add(Join(path, name), "one of "+choice(known), "there is no such argument")
		}
	}
}

func (p *problems) checkKnown(path string, id home.PersonID, r home.Reader) {
	if !slices.ContainsFunc(r.People(), func(x home.Person) bool { return x.ID == id }) {
		p.add(path, "the id of a person of this house", "there is no person %q", id)
	}
}

// checkPerson refuses who is not there, and who cannot be followed: the scene would wait in vain.
func (p *problems) checkPerson(path string, id home.PersonID, r home.Reader) {
	for _, who := range r.People() {
		if who.ID != id {
			continue
		}
		if len(who.Trackers) == 0 {
			p.add(path, "a person with a tracker: add the phone first", "nobody can tell where %s is", who.Name)
		}
		return
	}
	p.add(path, "the id of a person of this house", "there is no person %q", id)
}

func (p *problems) checkArrival(a *arrival, r home.Reader) {
	for i, id := range a.people {
		p.checkPerson(fmt.Sprintf("%s.people[%d]", a.path, i), id, r)
	}
	for i, id := range a.devices {
		path := fmt.Sprintf("%s.devices[%d]", a.path, i)
		if d := r.Device(id); d == nil {
			p.noDevice(path, id)
		} else if len(fitting(d, isThermostat(d))) == 0 {
			p.add(path, "a device with a setpoint", "%s is no thermostat", label(d, id))
		}
	}
	for i, id := range a.rooms {
		if !slices.Contains(rooms(r), string(id)) {
			p.noRoom(fmt.Sprintf("%s.rooms[%d]", a.path, i), id, r)
		}
	}
	if len(*p) == 0 && !slices.ContainsFunc(a.thermostats(r), func(d *home.Device) bool { return len(fitting(d, isThermostat(d))) > 0 }) {
		p.add(a.path, "rooms or devices with a thermostat", "there is no thermostat")
	}
}
