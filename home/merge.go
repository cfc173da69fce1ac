package home

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// Proposal is a guess that two devices are one, for a person to accept or dismiss.
type Proposal struct {
	ID        string         `json:"id"`
	A         model.DeviceID `json:"a"`
	B         model.DeviceID `json:"b"`
	Evidence  []string       `json:"evidence"`
	Dismissed bool           `json:"dismissed,omitempty"`
}

func pairKey(a, b model.SourceID) string {
	if b < a {
		a, b = b, a
	}
	return string(a) + " " + string(b)
}

func (h *Home) propose(a, b model.DeviceID, evidence []string) {
	if b < a {
		a, b = b, a
	}
	id := string(a) + "-" + string(b)
	if _, known := h.st.Proposals[id]; known || a == b {
		return
	}
	h.st.Proposals[id] = Proposal{ID: id, A: a, B: b, Evidence: evidence}
	h.emit(HouseMoved{Seq: h.seq, What: "proposals"})
}

// proposeLikely looks for devices of other adapters that are probably the same thing. No weak
// sign merges by itself: two equal lamps in one room are two lamps.
func (h *Home) proposeLikely(dev *Device) {
	mine := h.source(dev.Sources[0])
	for _, other := range h.devices {
		theirs := h.source(other.Sources[0])
		if other.ID == dev.ID || theirs.adapter() == mine.adapter() {
			continue
		}
		if ev := evidence(mine.Description, theirs.Description); len(ev) >= 2 {
			h.propose(dev.ID, other.ID, ev)
		}
	}
}

func evidence(a, b model.Description) []string {
	var out []string
	same := func(what, x, y string) {
		if x != "" && strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(y)) {
			out = append(out, fmt.Sprintf("the same %s %q", what, x))
		}
	}
	same("name", a.Name, b.Name)
	same("vendor", a.Vendor, b.Vendor)
	same("model", a.Model, b.Model)
	if a.Type != b.Type {
		return nil
	}
	return out
}

func (h *Home) settle(b Settled) error {
	p, ok := h.st.Proposals[b.Proposal]
	if !ok {
		return refuse("proposal", b.Proposal, "the id of an open proposal")
	}
	if b.Accept {
		if err := h.merge(Merged{Into: p.A, From: p.B}); err != nil {
			return err
		}
		delete(h.st.Proposals, b.Proposal)
	} else {
		p.Dismissed = true
		h.st.Proposals[b.Proposal] = p
	}
	h.emit(HouseMoved{Seq: h.seq, What: "proposals"})
	return nil
}

// merge joins From into Into. What From was is kept, so that a split gives it back.
func (h *Home) merge(b Merged) error {
	into, from := h.device(b.Into), h.device(b.From)
	if into == nil {
		return unknownDevice(b.Into)
	}
	if from == nil || b.Into == b.From {
		return unknownDevice(b.From)
	}
	h.ownIndex()
	h.st.Dormant[from.ID] = Dormant{Names: from.Names, Room: from.Room, Roles: from.Roles, Into: into.ID}
	h.endCommands(from.ID, "the device was merged")
	dev := h.own(into.ID)
	dev.Sources = slices.Concat(dev.Sources, from.Sources)
	for _, s := range from.Sources {
		src := h.ownSource(s)
		src.Device = into.ID
		for _, o := range into.Sources {
			delete(h.st.Apart, pairKey(s, o))
		}
	}
	h.dropDevice(from.ID)
	h.rebuild(into.ID)
	h.refill(into.ID)
	h.emit(DeviceMoved{h.seq, from.ID, "removed"})
	h.emit(DeviceMoved{h.seq, into.ID, "merged"})
	return nil
}

// refill gives slots that nobody has spoken for what one of the sources last said.
func (h *Home) refill(id model.DeviceID) {
	dev := h.own(id)
	for _, s := range dev.Sources {
		src := h.source(s)
		for n, i := range src.slot {
			if i >= 0 && dev.states[i].Value.IsUnknown() && !src.reports[n].Value.IsUnknown() {
				dev.states[i] = State{Value: src.reports[n].Value, Quality: model.Stale, Changed: src.Heard, Heard: src.Heard, Source: s}
			}
		}
	}
}

// split makes a source a device of its own again: the one it was, if it was one.
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
	for _, o := range dev.Sources {
		if o != b.Source {
			h.st.Apart[pairKey(o, b.Source)] = true
		}
	}
	dev.Sources = slices.DeleteFunc(slices.Clone(dev.Sources), func(s model.SourceID) bool { return s == b.Source })
	id := src.Own
	if h.device(id) != nil { // its own id is in use by the device it is split from
		id = h.deviceID(b.Source + "#split")
	}
	was := h.st.Dormant[id]
	delete(h.st.Dormant, id)
	part := &Device{ID: id, Names: was.Names, Room: was.Room, Roles: was.Roles, Sources: []model.SourceID{b.Source}}
	if len(part.Names) == 0 {
		part.Names = map[string]string{"": src.Description.Name}
	}
	if part.Room == "" {
		part.Room = dev.Room
	}
	src.Device = id
	h.addDevice(part)
	h.rebuild(dev.ID)
	h.rebuild(id)
	h.refill(dev.ID)
	h.refill(id)
	h.emit(DeviceMoved{h.seq, dev.ID, "split"})
	h.emit(DeviceMoved{h.seq, id, "added"})
	return nil
}

// swap exchanges the things behind two devices. Old's counters go on where they stood.
func (h *Home) swap(b Swapped) error {
	if h.device(b.Old) == nil {
		return unknownDevice(b.Old)
	}
	if h.device(b.New) == nil || b.Old == b.New {
		return unknownDevice(b.New)
	}
	h.endCommands(b.Old, "the device was swapped")
	h.endCommands(b.New, "the device was swapped")
	old, fresh := h.own(b.Old), h.own(b.New)
	totals := h.totals(old)
	old.Sources, fresh.Sources = fresh.Sources, old.Sources
	for _, d := range []*Device{old, fresh} {
		for _, s := range d.Sources {
			h.ownSource(s).Device = d.ID
		}
		d.states = make([]State, len(d.states)) // the values belonged to the other thing
		d.Offsets = nil
		h.rebuild(d.ID)
		h.refill(d.ID)
	}
	h.carryTotals(b.Old, totals)
	h.emit(DeviceMoved{h.seq, b.Old, "swapped"})
	h.emit(DeviceMoved{h.seq, b.New, "swapped"})
	return nil
}

func (h *Home) totals(d *Device) map[Slot]float64 {
	out := map[Slot]float64{}
	for i, slot := range d.shape.slots {
		if f, ok := d.states[i].Value.Number(); ok && d.shape.props[i].Counter {
			out[slot] = f
		}
	}
	return out
}

func (h *Home) carryTotals(id model.DeviceID, totals map[Slot]float64) {
	d := h.own(id)
	for i, slot := range d.shape.slots {
		total, had := totals[slot]
		if !had || !d.shape.props[i].Counter {
			continue
		}
		raw, _ := d.states[i].Value.Number()
		h.shift(d, slot, total-raw)
		if !d.states[i].Value.IsUnknown() {
			d.states[i].Value = model.Number(total)
		}
	}
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
	maps.DeleteFunc(h.st.Proposals, func(_ string, p Proposal) bool { return p.A == d.ID || p.B == d.ID })
	h.emit(DeviceMoved{h.seq, d.ID, "removed"})
	return nil
}
