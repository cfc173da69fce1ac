package home

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// notHeard is why nothing can be reached at first after a restart.
const notHeard = "not heard since the hub started"

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
		src.Gone, src.Reachable, src.Why = false, true, ""
	}
	h.followName(src, d.Name)
	h.forgetIdentities(src)
	src.Description = d
	h.indexIdentities(src)
	src.shape, src.reports = h.shapeOf(d), carry(src.shape, h.shapeOf(d), src.reports)
	h.rebuild(src.Device)
	h.emit(DeviceMoved{h.seq, src.Device, "described"})
	return nil
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
	for _, e := range d.Endpoints {
		if e.ID == "" {
			return refuse("endpoint", "", "an id for each endpoint of "+string(d.Source))
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
	src.reports = make([]sourceValue, len(src.shape.slots))
	src.Own = h.deviceID(d.Source)
	src.Device = src.Own
	twins := h.twins(src)
	h.addSourceRecord(src)
	h.indexIdentities(src)
	if len(twins) > 0 {
		h.join(src, twins[0])
		for _, other := range twins[1:] {
			h.propose(src.Device, other, []string{"the same " + string(d.Identities[0].Kind) + " address"})
		}
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

// twins are the devices that share an identity of equal kind with the source, oldest first.
func (h *Home) twins(src *Source) []model.DeviceID {
	var out []model.DeviceID
	for _, id := range src.Description.Identities {
		for _, other := range h.st.Identity[identityKey(id)] {
			o := h.source(other)
			if o != nil && other != src.Description.Source && !slices.Contains(out, o.Device) && !h.st.Apart[pairKey(other, src.Description.Source)] {
				out = append(out, o.Device)
			}
		}
	}
	return out
}

// join adds a source to a device as a further path.
func (h *Home) join(src *Source, into model.DeviceID) {
	dev := h.own(into)
	dev.Sources = append(slices.Clone(dev.Sources), src.Description.Source)
	src.Device = into
	h.rebuild(into)
	h.emit(DeviceMoved{h.seq, into, "merged"})
}

func identityKey(id model.Identity) string { return string(id.Kind) + "=" + id.Value }

// normalIdentities brings addresses to one spelling and drops those that identify nothing.
func normalIdentities(ids []model.Identity) []model.Identity {
	var out []model.Identity
	for _, id := range ids {
		v := strings.ToLower(strings.TrimSpace(id.Value))
		if id.Kind == model.IdentityMAC || id.Kind == model.IdentityIEEE || id.Kind == model.IdentityHAP {
			v = strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimPrefix(v, "0x"))
		}
		if strings.Trim(v, "0") == "" || strings.Trim(v, "f") == "" || (id.Kind == model.IdentitySerial && !strings.Contains(v, "/")) {
			continue
		}
		out = append(out, model.Identity{Kind: id.Kind, Value: v})
	}
	return out
}

func (h *Home) indexIdentities(src *Source) {
	h.ownIndex()
	for _, id := range src.Description.Identities {
		k := identityKey(id)
		if !slices.Contains(h.st.Identity[k], src.Description.Source) {
			h.st.Identity[k] = append(slices.Clone(h.st.Identity[k]), src.Description.Source)
		}
	}
}

func (h *Home) forgetIdentities(src *Source) {
	h.ownIndex()
	for _, id := range src.Description.Identities {
		k := identityKey(id)
		rest := slices.DeleteFunc(slices.Clone(h.st.Identity[k]), func(s model.SourceID) bool { return s == src.Description.Source })
		if h.st.Identity[k] = rest; len(rest) == 0 {
			delete(h.st.Identity, k)
		}
	}
}

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

// carry moves what a source said from its old structure to its new one.
func carry(from, to *shape, old []sourceValue) []sourceValue {
	out := make([]sourceValue, len(to.slots))
	for i, slot := range to.slots {
		if j, ok := from.index[slot]; ok {
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
		if old != nil {
			if j, ok := old.index[slot]; ok {
				dev.states[i] = oldStates[j]
			}
		}
		if p := merged.props[i]; p.Access == model.AccessConst && !p.Value.IsUnknown() {
			dev.states[i] = State{Value: p.Value, Quality: model.Good}
		}
	}
	for _, s := range dev.Sources {
		h.linkSlots(h.ownSource(s), merged)
	}
}

func (h *Home) linkSlots(src *Source, merged *shape) {
	src.slot = make([]int, len(src.shape.slots))
	for i, slot := range src.shape.slots {
		src.slot[i] = -1
		if n, ok := merged.index[Slot{src.endpoint(slot.Endpoint), slot.Attribute}]; ok {
			src.slot[i] = n
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

// own is the source's name for one of the device's endpoints.
func (s *Source) ownEndpoint(id model.EndpointID) model.EndpointID {
	for mine, theirs := range s.alias {
		if theirs == id {
			return mine
		}
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
	same := slices.ContainsFunc(b, func(id model.EndpointID) bool { return slices.Contains(a, id) })
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

func (h *Home) reach(b Reached) error {
	src := h.ownSource(b.Source)
	if src == nil {
		return fmt.Errorf("%s, which no adapter has described, is said to be reachable: %v", b.Source, b.Reachable)
	}
	if src.Reachable == b.Reachable && src.Why == b.Why {
		return nil
	}
	src.Reachable, src.Why = b.Reachable, b.Why
	if !b.Reachable {
		h.stale(src)
	}
	h.emit(DeviceMoved{h.seq, src.Device, "reachability"})
	return nil
}

// stale marks what only this source vouched for: the value stays, with its age.
func (h *Home) stale(src *Source) {
	dev := h.own(src.Device)
	for i := range dev.states {
		st := &dev.states[i]
		if st.Source == src.Description.Source && st.Quality == model.Good && dev.shape.props[i].Access != model.AccessConst {
			st.Quality = model.Stale
			slot := dev.shape.slots[i]
			h.emit(Changed{Seq: h.seq, Device: dev.ID, Endpoint: slot.Endpoint, Attribute: slot.Attribute, From: st.Value, State: *st, Property: dev.shape.props[i]})
		}
	}
}

func (h *Home) leave(b Left) error {
	src := h.ownSource(b.Source)
	if src == nil {
		return fmt.Errorf("%s, which no adapter has described, is said to be gone", b.Source)
	}
	src.Gone, src.Reachable, src.Why = true, false, b.Why
	h.stale(src)
	h.emit(DeviceMoved{h.seq, src.Device, "gone"})
	return nil
}

// start is the first fact after a restart: nothing remembered is taken for heard.
func (h *Home) start() {
	for i := range h.devices {
		dev := h.ownAt(i)
		for j := range dev.states {
			if st := &dev.states[j]; !st.Value.IsUnknown() && dev.shape.props[j].Access != model.AccessConst {
				st.Quality = model.Restored
			}
		}
	}
	for i := range h.sources {
		if s := h.ownSource(h.sources[i].Description.Source); s.Reachable {
			s.Reachable, s.Why = false, notHeard
		}
	}
	for _, id := range sortedKeys(h.st.Timers) {
		h.emit(SetTimer{Timer: id, At: unixNano(h.st.Timers[id])})
	}
	h.resend()
	h.occur(Occurrence{Kind: OccurredPlanned, At: h.at})
}
