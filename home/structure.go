package home

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/concord-home/hub/model"
)

// shapeOf returns the structure of a description, shared with all equal ones.
func (h *Home) shapeOf(d model.Description) *shape {
	key, _ := json.Marshal(d.Endpoints)
	content := string(d.Type) + "|" + string(key)
	s, ok := h.shapes[content]
	if !ok {
		s = newShape(d.Type, d.Endpoints)
		h.shapes[content] = s
	}
	return s
}

// trimShapes lets go of structures that nothing has any more, once most are such.
func (h *Home) trimShapes() {
	if len(h.shapes) <= 2*(len(h.devices)+len(h.sources))+64 {
		return
	}
	used := map[*shape]bool{}
	for _, d := range h.devices {
		used[d.shape] = true
	}
	for _, s := range h.sources {
		used[s.shape] = true
	}
	maps.DeleteFunc(h.shapes, func(_ string, s *shape) bool { return !used[s] })
}

// carry moves what a source said from its old structure to its new one.
func carry(from, to *shape, old []sourceValue) []sourceValue {
	out := make([]sourceValue, len(to.slots))
	for i, slot := range to.slots {
		if j, ok := from.index[slot]; ok && from.props[j].Type == to.props[i].Type {
			out[i] = old[j]
		}
	}
	return out
}

// rebuild makes a device's structure from its sources and carries its states over.
func (h *Home) rebuild(id model.DeviceID) {
	dev := h.own(id)
	first := h.ownSource(dev.Sources[0])
	merged := first.shape
	first.alias = nil
	for _, other := range dev.Sources[1:] {
		src := h.ownSource(other)
		src.alias = align(merged.endpoints, src.shape.endpoints)
		merged = h.union(merged, src)
	}
	old, oldStates := dev.shape, dev.states
	dev.shape, dev.states = merged, make([]State, len(merged.slots))
	for i, slot := range merged.slots {
		p := merged.props[i]
		if old != nil {
			if j, ok := old.index[slot]; ok && old.props[j].Type == p.Type {
				dev.states[i] = oldStates[j]
			}
		}
		if v, err := check(p, p.Value); p.Access == model.AccessConst && err == nil && !v.IsUnknown() {
			dev.states[i] = State{Value: v, Quality: model.Good}
		}
	}
	for _, s := range dev.Sources {
		h.ownSource(s).link(merged)
	}
}

// link finds the source's slots in its device. One that the device has of another type is not the same.
func (s *Source) link(merged *shape) {
	s.slot = make([]int, len(s.shape.slots))
	for i, slot := range s.shape.slots {
		s.slot[i] = -1
		if n, ok := merged.index[Slot{s.endpoint(slot.Endpoint), slot.Attribute}]; ok && merged.props[n].Type == s.shape.props[i].Type {
			s.slot[i] = n
		}
	}
}

// endpoint is the device's name for one of the source's endpoints.
func (s *Source) endpoint(id model.EndpointID) model.EndpointID {
	if a, ok := s.alias[id]; ok {
		return a
	}
	return id
}

// ownEndpoint is the source's name for one of the device's endpoints, "" when it has none.
func (s *Source) ownEndpoint(id model.EndpointID) model.EndpointID {
	for mine, theirs := range s.alias { // no two have the same
		if theirs == id {
			return mine
		}
	}
	if _, otherwise := s.alias[id]; otherwise {
		return ""
	}
	return id
}

// union adds to a structure what a further source offers beyond it.
func (h *Home) union(base *shape, src *Source) *shape {
	d := model.Description{Type: base.kind, Endpoints: slices.Clone(base.endpoints)}
	for _, e := range src.shape.endpoints {
		e.ID = src.endpoint(e.ID)
		i := slices.IndexFunc(d.Endpoints, func(x model.EndpointDescription) bool { return x.ID == e.ID })
		if i < 0 {
			d.Endpoints = append(d.Endpoints, e)
			continue
		}
		d.Endpoints[i] = unionEndpoint(d.Endpoints[i], e)
	}
	return h.shapeOf(d)
}

func unionEndpoint(a, b model.EndpointDescription) model.EndpointDescription {
	a.Properties, a.Actions, a.Events = slices.Clone(a.Properties), slices.Clone(a.Actions), slices.Clone(a.Events)
	for _, p := range b.Properties {
		i := slices.IndexFunc(a.Properties, func(x model.Property) bool { return x.Attribute == p.Attribute })
		switch {
		case i < 0:
			a.Properties = append(a.Properties, p)
		case !a.Properties[i].Access.CanWrite() && p.Access.CanWrite():
			a.Properties[i].Access = p.Access
		}
	}
	for _, x := range b.Actions {
		if !slices.Contains(a.Actions, x) {
			a.Actions = append(a.Actions, x)
		}
	}
	for _, x := range b.Events {
		if !slices.ContainsFunc(a.Events, func(y model.EventInfo) bool { return y.Event == x.Event }) {
			a.Events = append(a.Events, x)
		}
	}
	return a
}

// align names a further source's endpoints as the device does: by equal id, else, where the
// two have equally many acting parts, by order.
func align(base, other []model.EndpointDescription) map[model.EndpointID]model.EndpointID {
	a, b := actingParts(base), actingParts(other)
	same := slices.ContainsFunc(other, func(e model.EndpointDescription) bool { return slices.Contains(a, e.ID) })
	if len(a) != len(b) || same {
		return nil
	}
	alias := map[model.EndpointID]model.EndpointID{}
	for i := range b {
		alias[b[i]] = a[i]
	}
	return alias
}

func actingParts(es []model.EndpointDescription) []model.EndpointID {
	var out []model.EndpointID
	for _, e := range es {
		if e.Type != "" {
			out = append(out, e.ID)
		}
	}
	return out
}
