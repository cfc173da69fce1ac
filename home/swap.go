package home

import (
	"slices"

	"github.com/concord-home/hub/model"
)

// swap exchanges the things behind two devices. Each device keeps its id and all that people gave
// it, and its counters go on where they stood, so that swapping again undoes it.
func (h *Home) swap(b Swapped) error {
	old, fresh := h.device(b.Old), h.device(b.New)
	if old == nil {
		return unknownDevice(b.Old)
	}
	if fresh == nil || old == fresh {
		return unknownDevice(b.New)
	}
	h.ownIndex()
	h.endCommands(old.ID, "the device was swapped")
	h.endCommands(fresh.ID, "the device was swapped")
	old, fresh = h.own(old.ID), h.own(fresh.ID)
	said := h.saidBy(slices.Concat(old.Sources, fresh.Sources))
	totals := []map[Slot]float64{old.totals(), fresh.totals()}
	h.swapOwn(old.ID, fresh.ID)
	old.Sources, fresh.Sources = fresh.Sources, old.Sources
	for n, d := range []*Device{old, fresh} {
		for _, s := range d.Sources {
			h.ownSource(s).Device = d.ID
		}
		d.states = make([]State, len(d.states)) // the values belonged to the other thing
		h.rebuild(d.ID)
		h.resay(d.ID, said)
		h.carryTotals(d, totals[n])
	}
	h.emit(DeviceMoved{h.seq, old.ID, "swapped"})
	h.emit(DeviceMoved{h.seq, fresh.ID, "swapped"})
	return nil
}

// swapOwn lets each device be named by one of the sources that it now has.
func (h *Home) swapOwn(a, b model.DeviceID) {
	ofA, ofB := h.ownSource(h.st.DeviceIDs[a]), h.ownSource(h.st.DeviceIDs[b])
	ofA.Own, ofB.Own = b, a
	h.st.DeviceIDs[a], h.st.DeviceIDs[b] = ofB.Description.Source, ofA.Description.Source
}

func (d *Device) totals() map[Slot]float64 {
	out := map[Slot]float64{}
	for i, slot := range d.shape.slots {
		if f, ok := d.states[i].Value.Number(); ok && d.shape.props[i].Counter {
			out[slot] = f
		}
	}
	return out
}

// carryTotals makes the counters of a device's sources go on from its totals.
func (h *Home) carryTotals(d *Device, totals map[Slot]float64) {
	for _, s := range d.Sources {
		src := h.ownSource(s)
		for n, i := range src.slot {
			if i < 0 || !d.shape.props[i].Counter {
				continue
			}
			if total, had := totals[d.shape.slots[i]]; had {
				raw, _ := src.reports[n].Value.Number()
				src.reports[n].Offset = total - raw
			}
		}
	}
	for i, slot := range d.shape.slots {
		if total, had := totals[slot]; had && d.shape.props[i].Counter && !d.states[i].Value.IsUnknown() {
			d.states[i].Value, d.states[i].Before = model.Number(total), model.Value{}
		}
	}
}

// saidBy is what devices show because these sources said so, by the source's own slot number.
func (h *Home) saidBy(sources []model.SourceID) map[model.SourceID][]State {
	out := map[model.SourceID][]State{}
	for _, s := range sources {
		src := h.source(s)
		dev := h.device(src.Device)
		states := make([]State, len(src.slot))
		for n, i := range src.slot {
			if i >= 0 && dev.states[i].Source == s {
				states[n] = dev.states[i]
				states[n].Desired = model.Value{} // its commands have ended
			}
		}
		out[s] = states
	}
	return out
}

// resay makes a device whose sources changed show what they say, and nothing that another said:
// what it showed before, unless what was shown because of them elsewhere is better; else what one last said.
func (h *Home) resay(id model.DeviceID, said map[model.SourceID][]State) {
	dev := h.own(id)
	for i := range dev.states {
		if st := &dev.states[i]; st.Source != "" && !slices.Contains(dev.Sources, st.Source) {
			*st = State{Desired: st.Desired}
		}
	}
	for _, s := range dev.Sources {
		states := said[s]
		for n, i := range h.source(s).slot {
			if i >= 0 && n < len(states) && better(&states[n], &dev.states[i]) {
				desired := dev.states[i].Desired
				dev.states[i] = states[n]
				dev.states[i].Desired = desired
			}
		}
	}
	for i := range dev.states {
		if st := &dev.states[i]; st.Value.IsUnknown() {
			last := h.lastSaid(dev, i)
			last.Desired = st.Desired
			*st = last
		}
	}
}

func better(a, b *State) bool {
	return !a.Value.IsUnknown() && (b.Value.IsUnknown() || b.Source != "" && b.Quality != model.Good && a.Quality == model.Good)
}

// lastSaid is the state of a slot by what its sources themselves last said, the latest of them.
func (h *Home) lastSaid(dev *Device, i int) State {
	var st State
	latest := int64(0)
	for _, s := range dev.Sources {
		src := h.source(s)
		n := slices.Index(src.slot, i)
		if n < 0 || src.reports[n].Value.IsUnknown() || (!st.Value.IsUnknown() && src.reports[n].Heard <= latest) {
			continue
		}
		latest = src.reports[n].Heard
		heard := unixNano(latest)
		st = State{Value: src.reports[n].total(), Quality: src.reports[n].Quality, Changed: heard, Heard: heard, Source: s}
	}
	return st
}
