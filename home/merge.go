package home

import (
	"slices"

	"github.com/concord-home/hub/model"
)

// merge joins From into Into. What From was is kept, so that a split gives it back.
func (h *Home) merge(b Merged) error {
	into, from := h.device(b.Into), h.device(b.From)
	if into == nil {
		return unknownDevice(b.Into)
	}
	if from == nil || into == from {
		return unknownDevice(b.From)
	}
	h.ownIndex()
	h.endCommands(from.ID, "the device was merged")
	for _, id := range sortedKeys(h.st.Dormant) { // what was merged into From goes on leading to the thing
		if d := h.st.Dormant[id]; d.Into == from.ID {
			d.Into = into.ID
			h.st.Dormant[id] = d
		}
	}
	h.st.Dormant[from.ID] = Dormant{Names: from.Names, Room: from.Room, Roles: from.Roles, Into: into.ID}
	for _, s := range from.Sources {
		for _, o := range into.Sources {
			delete(h.st.Apart, pairKey(s, o))
		}
	}
	said := h.saidBy(from.Sources)
	dev := h.own(into.ID)
	dev.Sources = slices.Concat(dev.Sources, from.Sources)
	for _, s := range from.Sources {
		h.ownSource(s).Device = into.ID
	}
	h.dropDevice(from.ID)
	h.indexAliases()
	h.rebuild(into.ID)
	h.resay(into.ID, said)
	h.emit(DeviceMoved{h.seq, from.ID, "removed"})
	h.emit(DeviceMoved{h.seq, into.ID, "merged"})
	h.moveProposals(from.ID, into.ID)
	return nil
}

// split makes a source a device of its own again: the one it was. Where it is the one that the
// device is named by, it keeps the id and the other sources become what they were.
func (h *Home) split(b Split) error {
	src := h.ownSource(b.Source)
	if src == nil {
		return refuse("source", string(b.Source), "the id of a source of this house")
	}
	dev := h.own(src.Device)
	if len(dev.Sources) < 2 {
		return refuse("source", string(b.Source), "one of several sources of a device; it is the only one")
	}
	h.ownIndex()
	h.endCommands(dev.ID, "the device was split")
	leave := []model.SourceID{b.Source}
	stay := slices.DeleteFunc(slices.Clone(dev.Sources), func(s model.SourceID) bool { return s == b.Source })
	for _, o := range stay {
		h.st.Apart[pairKey(o, b.Source)] = true
	}
	if src.Own == dev.ID {
		leave, stay = stay, leave
	}
	said := h.saidBy(dev.Sources)
	part := h.revive(leave, dev)
	dev.Sources = stay
	h.addDevice(part)
	h.indexAliases()
	for _, id := range []model.DeviceID{dev.ID, part.ID} {
		h.rebuild(id)
		h.resay(id, said)
	}
	h.emit(DeviceMoved{h.seq, dev.ID, "split"})
	h.emit(DeviceMoved{h.seq, part.ID, "added"})
	return nil
}

// revive makes the device that sources are which leave another: one that was merged into it,
// if any was.
func (h *Home) revive(leave []model.SourceID, from *Device) *Device {
	named := h.source(leave[0])
	for _, s := range leave {
		if _, was := h.st.Dormant[h.source(s).Own]; was {
			named = h.source(s)
			break
		}
	}
	was := h.st.Dormant[named.Own]
	delete(h.st.Dormant, named.Own)
	part := &Device{ID: named.Own, Names: was.Names, Room: was.Room, Roles: was.Roles, Sources: leave}
	if len(part.Names) == 0 {
		part.Names = map[string]string{"": named.Description.Name}
	}
	if part.Room == "" {
		part.Room = from.Room
	}
	for _, s := range leave {
		src := h.ownSource(s)
		src.Device = part.ID
		if d, merged := h.st.Dormant[src.Own]; merged {
			d.Into = part.ID
			h.st.Dormant[src.Own] = d
		}
	}
	return part
}

func (h *Home) forget(b Forgotten) error {
	d := h.device(b.Device)
	if d == nil {
		return unknownDevice(b.Device)
	}
	for _, s := range d.Sources {
		if src := h.source(s); src.Reachable {
			return refuse("device", string(b.Device), "a device that cannot be reached; "+string(s)+" still answers: remove it from its own network first")
		}
	}
	h.endCommands(d.ID, "the device was removed")
	for _, s := range d.Sources {
		h.dropSource(s)
	}
	h.dropDevice(d.ID)
	for _, id := range sortedKeys(h.st.Dormant) {
		if h.st.Dormant[id].Into == d.ID {
			delete(h.st.Dormant, id)
		}
	}
	h.indexAliases()
	h.emit(DeviceMoved{h.seq, d.ID, "removed"})
	h.moveProposals(d.ID, "")
	h.trimShapes()
	return nil
}
