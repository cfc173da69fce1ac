package scenes

import (
	"slices"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func (p *problems) checkTrigger(t *trigger, r home.Reader) {
	switch {
	case t.person != "":
		p.checkPresence(t, r)
	case t.mode != "":
		p.checkMode(Join(t.path, "mode"), t.mode, r)
	case t.schedule.sun != "" && r.Surroundings().Place == nil:
		p.add(Join(t.path, "sun"), "a house whose place is known: hub place LATITUDE LONGITUDE", "nobody has said where the house is")
	case t.attribute != "" || t.event != "":
		p.checkSource(t, r)
	}
}

// checkSource checks a trigger of devices: of the one named, or of whichever of a room and role fit.
func (p *problems) checkSource(t *trigger, r home.Reader) {
	if t.device != "" {
		d := r.Device(t.device)
		switch {
		case d == nil:
			p.noDevice(Join(t.path, "device"), t.device)
		case t.event != "":
			p.checkEvent(t, d)
		default:
			p.checkChange(t, d)
		}
		return
	}
	from := target{path: t.path, room: t.room, role: t.role}
	devices := from.devices(r)
	if len(devices) == 0 {
		p.nothingThere(&from, r)
		return
	}
	for _, d := range devices {
		if slot, ok := t.slotOf(d, t.attribute); ok && d.Property(slot).Access != model.AccessConst {
			p.checkChange(t, d)
			return
		}
		for _, e := range d.Endpoints() {
			if slices.ContainsFunc(e.Events, func(i model.EventInfo) bool { return i.Event == t.event }) {
				p.checkEvent(t, d)
				return
			}
		}
	}
	p.add(t.path, "one of "+choice(reportedBy(devices, "")), "nothing there (%s) tells of %s%s", from.address(), t.attribute, t.event)
}

func (p *problems) checkChange(t *trigger, d *home.Device) {
	slot, _ := d.Find(t.attribute)
	if t.endpoint != "" {
		slot = home.Slot{Endpoint: t.endpoint, Attribute: t.attribute}
	}
	prop := d.Property(slot)
	if prop == nil || prop.Access == model.AccessConst || prop.Access == model.AccessWriteOnly {
		p.add(Join(t.path, "attribute"), "one of "+choice(reported(d, t.endpoint)), "%s never reports a change of %s", label(d, d.ID), t.attribute)
		return
	}
	for i, v := range []*model.Value{t.to, t.from} {
		if v != nil {
			_, err := prop.Check(*v)
			p.misfit(Join(t.path, []string{"to", "from"}[i]), label(d, d.ID), err)
		}
	}
	p.checkBorder(Join(t.path, "above"), t.above, prop)
	p.checkBorder(Join(t.path, "below"), t.below, prop)
	if t.changes && t.held > 0 {
		p.add(Join(t.path, "for"), "to, above or below with it", "what merely changes cannot stay so")
	}
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
		p.add(Join(t.path, "event"), "one of "+choice(known), "%s sends no %s", label(d, d.ID), t.event)
		return
	}
	p.checkArgs(Join(t.path, "args"), spec.Args, t.args, false)
}

func (p *problems) checkPresence(t *trigger, r home.Reader) {
	if t.person != anyone && t.person != everyone && t.person != firstOne {
		p.checkPerson(Join(t.path, "person"), t.person, r)
	}
	p.checkState(Join(t.path, "presence"), t.presence)
}
