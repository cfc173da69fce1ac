package home

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/concord-home/hub/model"
)

// snapshotVersion rises when an older hub could not read what this one writes.
const snapshotVersion = 1

type wireHome struct {
	Version int             `json:"version"`
	Seq     uint64          `json:"seq"`
	At      time.Time       `json:"at"`
	State   state           `json:"state"`
	Shapes  []wireShape     `json:"shapes"`
	Devices []wireDevice    `json:"devices"`
	Sources []wireSource    `json:"sources"`
	Engine  json.RawMessage `json:"engine,omitempty"`
	Tracker json.RawMessage `json:"tracker,omitempty"`
}

type wireShape struct {
	Kind      model.DeviceType            `json:"kind"`
	Endpoints []model.EndpointDescription `json:"endpoints"`
}

type wireDevice struct {
	Device
	Shape  int     `json:"shape"`
	States []State `json:"states"`
}

type wireSource struct {
	Source
	Shape   int                                   `json:"shape"`
	Reports []sourceValue                         `json:"reports"`
	Alias   map[model.EndpointID]model.EndpointID `json:"alias,omitempty"`
}

// Encode writes the house for a snapshot. It may run beside the Home that made the view.
func (v *View) Encode() ([]byte, error) {
	engine, err := v.engine.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("the scenes' part of the snapshot cannot be written: %w", err)
	}
	w := wireHome{Version: snapshotVersion, Seq: v.Seq, At: v.At, State: v.st, Engine: engine, Tracker: v.tracker}
	number := map[*shape]int{}
	of := func(s *shape) int {
		n, ok := number[s]
		if !ok {
			n = len(w.Shapes)
			number[s] = n
			w.Shapes = append(w.Shapes, wireShape{s.kind, s.endpoints})
		}
		return n
	}
	for _, d := range v.devices {
		w.Devices = append(w.Devices, wireDevice{Device: *d, Shape: of(d.shape), States: d.states})
	}
	for _, s := range v.sources {
		ws := wireSource{Source: *s, Shape: of(s.shape), Reports: s.reports, Alias: s.alias}
		ws.Description.Endpoints = nil // the shape holds them
		w.Sources = append(w.Sources, ws)
	}
	b, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("the house's snapshot cannot be written: %w", err)
	}
	return b, nil
}

// Restore makes the house that a snapshot holds, exactly as it was: applying the facts since
// gives the same state and effects as if there had been no snapshot.
func Restore(b []byte, scenes Scenes, presence PresenceTracker) (*Home, error) {
	var w wireHome
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, fmt.Errorf("the house's snapshot cannot be read: %w", err)
	}
	if w.Version != snapshotVersion {
		return nil, fmt.Errorf("the house's snapshot is of version %d; this hub reads %d", w.Version, snapshotVersion)
	}
	h := New(scenes, presence)
	h.seq, h.at = w.Seq, w.At
	h.st = w.State.orEmpty()
	shapes := make([]*shape, len(w.Shapes))
	for i, s := range w.Shapes {
		shapes[i] = h.shapeOf(model.Description{Type: s.Kind, Endpoints: s.Endpoints})
	}
	if err := h.restoreDevices(w, shapes); err != nil {
		return nil, err
	}
	if err := h.restoreCommands(); err != nil {
		return nil, err
	}
	h.indexAliases()
	for _, id := range sortedKeys(h.st.Scenes) {
		h.scenes.Put(id, h.st.Scenes[id].Document)
	}
	if len(w.Engine) > 0 {
		if err := h.scenes.SetState(w.Engine); err != nil {
			return nil, fmt.Errorf("the scenes' part of the snapshot: %w", err)
		}
	}
	return h, h.restorePresence(w.Tracker)
}

func (h *Home) restoreDevices(w wireHome, shapes []*shape) error {
	for _, s := range w.Sources {
		if s.Shape < 0 || s.Shape >= len(shapes) || len(s.Reports) != len(shapes[s.Shape].slots) {
			return fmt.Errorf("the snapshot's source %s does not fit its structure", s.Description.Source)
		}
		src := s.Source
		src.shape, src.reports, src.alias = shapes[s.Shape], s.Reports, s.Alias
		src.Description.Endpoints = src.shape.endpoints
		for i := range src.reports {
			retype(src.shape.props[i], &src.reports[i].Value)
		}
		h.addSourceRecord(&src)
	}
	for _, d := range w.Devices {
		if d.Shape < 0 || d.Shape >= len(shapes) || len(d.States) != len(shapes[d.Shape].slots) || len(d.Sources) == 0 {
			return fmt.Errorf("the snapshot's device %s does not fit its structure", d.ID)
		}
		dev := d.Device
		dev.shape, dev.states = shapes[d.Shape], d.States
		for i := range dev.states {
			st := &dev.states[i]
			retype(dev.shape.props[i], &st.Value, &st.Before, &st.Desired)
		}
		if dev.Names == nil {
			dev.Names = map[string]string{}
		}
		h.addDevice(&dev)
	}
	return h.restoreLinks()
}

// restoreLinks joins sources and devices again, and holds each device to be named by one of its sources.
func (h *Home) restoreLinks() error {
	h.st.DeviceIDs = map[model.DeviceID]model.SourceID{}
	for _, dev := range h.devices {
		named := false
		for _, id := range dev.Sources {
			src := h.source(id)
			if src == nil || src.Device != dev.ID || src.slot != nil {
				return fmt.Errorf("the snapshot's device %s is not that of its source %s", dev.ID, id)
			}
			src.link(dev.shape)
			named = named || src.Own == dev.ID
			h.st.DeviceIDs[src.Own] = id
		}
		if !named {
			first := h.source(dev.Sources[0])
			delete(h.st.DeviceIDs, first.Own)
			first.Own, h.st.DeviceIDs[dev.ID] = dev.ID, first.Description.Source
		}
	}
	for _, src := range h.sources {
		if src.slot == nil {
			return fmt.Errorf("the snapshot's source %s has no device", src.Description.Source)
		}
	}
	return nil
}

func (h *Home) restoreCommands() error {
	for _, id := range h.st.Order {
		c := h.st.Commands[id]
		if c == nil {
			return fmt.Errorf("the snapshot's command %s is missing", id)
		}
		h.retypeCommand(c)
		if c.Ended.IsZero() {
			h.await(c)
		}
	}
	return nil
}

func (h *Home) retypeCommand(c *Command) {
	if dev := h.device(c.Device); dev != nil {
		for i := range c.Writes {
			if p := dev.Property(Slot{c.Endpoint, c.Writes[i].Attribute}); p != nil {
				retype(p, &c.Writes[i].Value, &c.Writes[i].Reported)
			}
		}
	}
	if spec := model.LookupCommand(c.Action.Split()); spec != nil {
		for i := range spec.Args {
			name := string(spec.Args[i].Attribute)
			if v, given := c.Args[name]; given {
				retype(&spec.Args[i], &v)
				c.Args[name] = v
			}
		}
	}
}

// orEmpty replaces the maps that JSON left nil.
func (s state) orEmpty() state {
	e := newState()
	fill(&s.Rooms, e.Rooms)
	fill(&s.People, e.People)
	fill(&s.Presence, e.Presence)
	fill(&s.Commands, e.Commands)
	fill(&s.Proposals, e.Proposals)
	fill(&s.Apart, e.Apart)
	fill(&s.DeviceIDs, e.DeviceIDs)
	fill(&s.Dormant, e.Dormant)
	fill(&s.Timers, e.Timers)
	fill(&s.Scenes, e.Scenes)
	fill(&s.Trackers, e.Trackers)
	fill(&s.Events, e.Events)
	fill(&s.Identity, e.Identity)
	fill(&s.Holds, e.Holds)
	fill(&s.Evaluations, e.Evaluations)
	return s
}

func fill[K comparable, V any](m *map[K]V, empty map[K]V) {
	if *m == nil {
		*m = empty
	}
}

// retype gives values back the type that JSON does not carry.
func retype(p *model.Property, vs ...*model.Value) {
	if p.Type != model.TypeTime {
		return
	}
	for _, v := range vs {
		if t, err := p.Check(*v); err == nil {
			*v = t
		}
	}
}
