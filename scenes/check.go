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
// what is asked of it.
func (p *problems) house(s *scene, r home.Reader) {
	for i := range s.when {
		p.checkTrigger(&s.when[i], r)
	}
	for i := range s.then {
		p.checkTarget(&s.then[i], r)
	}
	if s.arrival != nil {
		p.checkArrival(s.arrival, r)
	}
}

func (p *problems) checkTarget(t *target, r home.Reader) {
	devices := t.devices(r)
	if len(devices) == 0 {
		p.nothingThere(t, r)
		return
	}
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
		p.noDevice(join(t.path, "device"), t.device)
	case t.role == "":
		p.noRoom(join(t.path, "room"), t.room, r)
	default:
		p.add(join(t.path, "role"), "one of "+choice(roles(r, t.room)), "no device is there for %s", t.address())
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
		p.add(join(t.path, "command"), "a command of the catalogue"+commandsOf(capability), "there is no command %q", t.command)
		return
	}
	p.checkArgs(join(t.path, "args"), spec.Args, t.args, true)
	if !slices.ContainsFunc(devices, func(d *home.Device) bool { return len(t.endpoints(d, obeys(d, t.command))) > 0 }) {
		p.add(join(t.path, "command"), "a command that the target takes", "%s does not take %s", t.address(), t.command)
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
			p.add(join(path, name), specs[i].Expected(), "it is missing")
		}
		_, err := specs[i].Check(v)
		p.misfit(join(path, name), name, err)
	}
	for _, name := range sortedNames(args) {
		if !slices.Contains(known, name) {
			p.add(join(path, name), "one of "+choice(known), "there is no such argument")
		}
	}
}

func (p *problems) checkTrigger(t *trigger, r home.Reader) {
	if t.person != "" {
		p.checkPresence(t, r)
		return
	}
	d := r.Device(t.device)
	switch {
	case d == nil:
		p.noDevice(join(t.path, "device"), t.device)
	case t.event != "":
		p.checkEvent(t, d)
	default:
		p.checkChange(t, d)
	}
}

func (p *problems) checkChange(t *trigger, d *home.Device) {
	slot, _ := d.Find(t.attribute)
	if t.endpoint != "" {
		slot = home.Slot{Endpoint: t.endpoint, Attribute: t.attribute}
	}
	prop := d.Property(slot)
	if prop == nil || prop.Access == model.AccessConst || prop.Access == model.AccessWriteOnly {
		p.add(join(t.path, "attribute"), "one of "+choice(reported(d, t.endpoint)), "%s never reports a change of %s", label(d, d.ID), t.attribute)
		return
	}
	if t.to != nil {
		_, err := prop.Check(*t.to)
		p.misfit(join(t.path, "to"), label(d, d.ID), err)
	}
	p.checkBorder(join(t.path, "above"), t.above, prop)
	p.checkBorder(join(t.path, "below"), t.below, prop)
}

// checkBorder refuses a border that a value can never cross.
func (p *problems) checkBorder(path string, border *float64, prop *model.Property) {
	if border == nil {
		return
	}
	if prop.Type != model.TypeFloat && prop.Type != model.TypeInt {
		p.add(path, "to, with "+prop.Expected(), "%s is no number", prop.Attribute)
		return
	}
	if prop.Min != nil && *border < *prop.Min || prop.Max != nil && *border > *prop.Max {
		p.add(path, prop.Expected(), "%v is never crossed", *border)
	}
}

func (p *problems) checkEvent(t *trigger, d *home.Device) {
	var known []string
	found := false
	for _, e := range d.Endpoints() {
		for _, i := range e.Events {
			known = append(known, string(i.Event))
			found = found || i.Event == t.event && (t.endpoint == "" || t.endpoint == e.ID)
		}
	}
	spec := model.LookupEvent(t.event.Split())
	if !found || spec == nil {
		p.add(join(t.path, "event"), "one of "+choice(known), "%s sends no %s", label(d, d.ID), t.event)
		return
	}
	p.checkArgs(join(t.path, "args"), spec.Args, t.args, false)
}

func (p *problems) checkPresence(t *trigger, r home.Reader) {
	if t.person != anyone && t.person != everyone {
		p.checkPerson(join(t.path, "person"), t.person, r)
	}
	if !slices.Contains(presences, t.presence) {
		p.add(join(t.path, "presence"), "one of "+choice(presences), "got %q", t.presence)
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
