package scenes

import (
	"fmt"
	"slices"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// do adds what the target asks for to a reaction.
func (t *target) do(re *home.Reaction, r home.Reader) {
	before := len(re.Asks)
	for _, d := range t.devices(r) {
		if t.command != "" {
			re.Asks = t.commands(re.Asks, d)
		} else {
			re.Asks = t.writes(re.Asks, d)
		}
	}
	if len(re.Asks) == before {
		re.Problems = append(re.Problems, fmt.Sprintf("%s: nothing in the house does this now: %s", t.path, t.address()))
	}
}

// devices are what the target's address stands for now.
func (t *target) devices(r home.Reader) []*home.Device {
	if t.device != "" {
		if d := r.Device(t.device); d != nil {
			return []*home.Device{d}
		}
		return nil
	}
	var out []*home.Device
	if t.members != nil {
		for _, id := range t.members {
			if d := r.Device(id); d != nil && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
		return out
	}
	for _, d := range r.Devices() {
		if (t.room == "" || d.Room == t.room) && (t.role == "" || slices.Contains(d.Roles, t.role)) {
			out = append(out, d)
		}
	}
	return out
}

func (t *target) address() string {
	switch {
	case t.device != "":
		return "device " + string(t.device)
	case t.members != nil:
		return fmt.Sprintf("devices %v", t.members)
	case t.room != "" && t.role != "":
		return fmt.Sprintf("role %s in room %s", t.role, t.room)
	case t.room != "":
		return "room " + string(t.room)
	}
	return "role " + t.role
}

// endpoints are the parts of a device that are meant, of those that fit: the one named, else the main one,
// else, of a device addressed by itself, the first, and of one addressed by room or role, all.
func (t *target) endpoints(d *home.Device, fits func(model.EndpointID) bool) []model.EndpointID {
	if t.endpoint != "" {
		if fits(t.endpoint) {
			return []model.EndpointID{t.endpoint}
		}
		return nil
	}
	all := fitting(d, fits)
	if (t.device != "" || t.members != nil) && len(all) > 1 {
		all = all[:1]
	}
	return all
}

// fitting are the endpoints of a device that fit; the main one alone when it does.
func fitting(d *home.Device, fits func(model.EndpointID) bool) []model.EndpointID {
	if fits(model.MainEndpoint) {
		return []model.EndpointID{model.MainEndpoint}
	}
	var out []model.EndpointID
	parts := d.Endpoints()
	for i := range parts {
		if fits(parts[i].ID) {
			out = append(out, parts[i].ID)
		}
	}
	return out
}

// writes adds one request for each endpoint, with what it has of the attributes, in the document's order.
func (t *target) writes(asks []home.Ask, d *home.Device) []home.Ask {
	first := len(asks)
	for _, w := range t.set {
		for _, ep := range t.endpoints(d, settable(d, w.Attribute)) {
			i := first
			for i < len(asks) && asks[i].Endpoint != ep {
				i++
			}
			if i == len(asks) {
				asks = append(asks, home.Ask{Device: d.ID, Endpoint: ep, Transition: t.transition})
			}
			asks[i].Writes = append(asks[i].Writes, w.Write)
		}
	}
	return asks
}

func settable(d *home.Device, a model.Attribute) func(model.EndpointID) bool {
	return func(ep model.EndpointID) bool {
		prop := d.Property(home.Slot{Endpoint: ep, Attribute: a})
		return prop != nil && prop.Access.CanWrite()
	}
}

func (t *target) commands(asks []home.Ask, d *home.Device) []home.Ask {
	for _, ep := range t.endpoints(d, obeys(d, t.command)) {
		asks = append(asks, home.Ask{Device: d.ID, Endpoint: ep, Command: t.command, Args: t.args, Transition: t.transition})
	}
	return asks
}

// obeys tells which endpoints take a command: as an action, or because they have an attribute that it changes.
func obeys(d *home.Device, command model.Attribute) func(model.EndpointID) bool {
	capability, name := command.Split()
	spec := model.LookupCommand(capability, name)
	if spec == nil {
		return func(model.EndpointID) bool { return false }
	}
	return func(ep model.EndpointID) bool {
		has := func(own string) bool {
			return settable(d, model.Attribute(string(capability)+"."+own))(ep)
		}
		if d.HasAction(ep, command) || spec.Toggles != "" && has(spec.Toggles) {
			return true
		}
		for own := range spec.Sets {
			if has(own) {
				return true
			}
		}
		for own := range spec.Adds {
			if has(own) {
				return true
			}
		}
		return false
	}
}
