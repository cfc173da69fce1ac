package home

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// describe takes what an adapter knows of a source: a new one becomes a device or joins the
// device that it is by identity; a known one is brought up to date.
func (h *Home) describe(d model.Description) error {
	if err := checkDescription(d); err != nil {
		return err
	}
	d.Identities = normalIdentities(d.Identities)
	src := h.ownSource(d.Source)
	if src == nil {
		h.addSource(d)
		return nil
	}
	if src.Gone || src.Why == notHeard {
		h.alive(src)
	}
	shape := h.shapeOf(d)
	d.Endpoints = shape.endpoints // equal ones share their memory
	if src.shape != shape || !reflect.DeepEqual(src.Description, d) {
		h.redescribe(src, shape, d)
	}
	twins := h.twins(src)
	if len(twins) == 0 {
		return nil
	}
	into, from := twins[0], src.Device // an identity learnt late merges as one known from the start
	if h.deviceN[from] < h.deviceN[into] {
		into, from = from, into
	}
	if err := h.merge(Merged{Into: into, From: from}); err != nil {
		return err
	}
	h.proposeTwins(src, twins[1:])
	return nil
}

func (h *Home) redescribe(src *Source, to *shape, d model.Description) {
	h.followName(src, d.Name)
	h.forgetIdentities(src)
	src.reports = carry(src.shape, to, src.reports)
	src.Description, src.shape = d, to
	h.indexIdentities(src)
	h.rebuild(src.Device)
	h.endImpossible(src.Device)
	h.emit(DeviceMoved{h.seq, src.Device, "described"})
	h.trimShapes()
}

// followName gives a device the name that its source now has, unless the household has given it another.
func (h *Home) followName(src *Source, name string) {
	dev := h.own(src.Device)
	if name == "" || name == src.Description.Name || dev.Names[""] != src.Description.Name {
		return
	}
	dev.Names = maps.Clone(dev.Names)
	dev.Names[""] = name
	h.emit(DeviceMoved{h.seq, dev.ID, "renamed"})
}

func checkDescription(d model.Description) error {
	if adapter, address, ok := strings.Cut(string(d.Source), "/"); !ok || adapter == "" || address == "" {
		return refuse("source", string(d.Source), "ADAPTER/ADDRESS")
	}
	for n, e := range d.Endpoints {
		if e.ID == "" || slices.ContainsFunc(d.Endpoints[:n], func(x model.EndpointDescription) bool { return x.ID == e.ID }) {
			return refuse("endpoint", string(e.ID), "an id of its own for each endpoint of "+string(d.Source))
		}
		for i := range e.Properties {
			if a := e.Properties[i].Attribute; !a.IsLongTail() && model.LookupAttribute(a) == nil {
				return refuse("attribute", string(a), "one of the catalogue's, or setting.KEY or measurement.KEY")
			}
		}
	}
	return nil
}

func (h *Home) addSource(d model.Description) {
	src := &Source{Description: d, Reachable: true, shape: h.shapeOf(d)}
	src.Description.Endpoints = src.shape.endpoints
	src.reports = make([]sourceValue, len(src.shape.slots))
	src.Own = h.deviceID(d.Source)
	src.Device = src.Own
	twins := h.twins(src)
	h.addSourceRecord(src)
	h.indexIdentities(src)
	if len(twins) > 0 {
		h.join(src, twins[0])
		h.proposeTwins(src, twins[1:])
		return
	}
	dev := &Device{ID: src.Own, Names: map[string]string{}, Sources: []model.SourceID{d.Source}}
	if d.Name != "" {
		dev.Names[""] = d.Name
	}
	dev.Room = h.roomByHint(d.Room)
	h.addDevice(dev)
	h.rebuild(dev.ID)
	h.emit(DeviceMoved{h.seq, dev.ID, "added"})
	h.proposeLikely(dev)
}

// proposeTwins proposes what else an identity says is the source's device: two strong signs that
// disagree are for a person.
func (h *Home) proposeTwins(src *Source, twins []model.DeviceID) {
	for _, other := range twins {
		h.propose(src.Device, other, []string{"the same address"})
	}
}

// join adds a source to a device as a further path.
func (h *Home) join(src *Source, into model.DeviceID) {
	dev := h.own(into)
	dev.Sources = append(slices.Clone(dev.Sources), src.Description.Source)
	src.Device = into
	h.rebuild(into)
	h.emit(DeviceMoved{h.seq, into, "merged"})
}
