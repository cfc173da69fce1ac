package home

import (
	"time"

	"github.com/concord-home/hub/model"
)

// Slot addresses an attribute within a device.
type Slot struct {
	Endpoint  model.EndpointID
	Attribute model.Attribute
}

// State is an attribute's value with its circumstances.
type State struct {
	Value   model.Value    `json:"value"`
	Quality model.Quality  `json:"quality,omitempty"`
	Changed time.Time      `json:"changed,omitzero"` // when the value became what it is
	Heard   time.Time      `json:"heard,omitzero"`   // when a source last said so
	Source  model.SourceID `json:"source,omitempty"`
	Cause   *model.Cause   `json:"cause,omitempty"`
	// Desired is what a command under way asks for; unknown when none is.
	Desired model.Value `json:"desired,omitzero"`
	// Before is the value before this one: a slower source that still tells of it is late, not contradicting.
	Before model.Value `json:"before,omitzero"`
}

// Device is one physical thing of the household: the merge of one or more sources.
// A Device reached through a View is immutable.
type Device struct {
	ID    model.DeviceID    `json:"id"`
	Names map[string]string `json:"names,omitempty"` // by language; "" for all
	Room  RoomID            `json:"room,omitempty"`
	Roles []string          `json:"roles,omitempty"`
	// Sources are the paths to the device in the order they were joined.
	Sources []model.SourceID `json:"sources"`

	shape  *shape  // what the device can do, merged from its sources
	states []State // by the shape's slot number
	epoch  uint64
}

// shape is the immutable structure of a device; equal single-source devices share one.
type shape struct {
	kind      model.DeviceType
	endpoints []model.EndpointDescription
	slots     []Slot
	props     []*model.Property
	index     map[Slot]int
}

func newShape(kind model.DeviceType, endpoints []model.EndpointDescription) *shape {
	s := &shape{kind: kind, endpoints: endpoints, index: map[Slot]int{}}
	for i := range endpoints {
		for j := range endpoints[i].Properties {
			slot := Slot{endpoints[i].ID, endpoints[i].Properties[j].Attribute}
			if _, again := s.index[slot]; again {
				continue
			}
			s.index[slot] = len(s.slots)
			s.slots = append(s.slots, slot)
			s.props = append(s.props, &endpoints[i].Properties[j])
		}
	}
	return s
}

// Type is what the device is.
func (d *Device) Type() model.DeviceType { return d.shape.kind }

// Endpoints are the device's parts and what each can do.
func (d *Device) Endpoints() []model.EndpointDescription { return d.shape.endpoints }

// Name is the device's name in a language, else in any, else "".
func (d *Device) Name(lang string) string {
	if n := d.Names[lang]; n != "" {
		return n
	}
	return d.Names[""]
}

// Slots lists the addresses of all attributes, in the order of the description.
func (d *Device) Slots() []Slot { return d.shape.slots }

// Property is the contract of an attribute; nil when the device has none such.
func (d *Device) Property(s Slot) *model.Property {
	if i, ok := d.shape.index[s]; ok {
		return d.shape.props[i]
	}
	return nil
}

// State is an attribute's present state; ok is false when the device has no such attribute.
func (d *Device) State(s Slot) (State, bool) {
	i, ok := d.shape.index[s]
	if !ok {
		return State{}, false
	}
	return d.states[i], true
}

// HasAction reports whether an endpoint takes an action such as "window_covering.stop".
func (d *Device) HasAction(e model.EndpointID, action model.Attribute) bool {
	for i := range d.shape.endpoints {
		if d.shape.endpoints[i].ID != e {
			continue
		}
		for _, a := range d.shape.endpoints[i].Actions {
			if a == action {
				return true
			}
		}
	}
	return false
}

// Find returns the first endpoint, main first, that has the attribute; ok is false when none has.
func (d *Device) Find(a model.Attribute) (Slot, bool) {
	if s := (Slot{model.MainEndpoint, a}); d.Property(s) != nil {
		return s, true
	}
	for _, s := range d.shape.slots {
		if s.Attribute == a {
			return s, true
		}
	}
	return Slot{}, false
}

// Source is one adapter's view of a device. A Source reached through a View is immutable.
type Source struct {
	Description model.Description `json:"description"`
	Device      model.DeviceID    `json:"device"`
	// Own is the device that the source is when it is merged with no other.
	Own       model.DeviceID `json:"own"`
	Reachable bool           `json:"reachable"`
	Why       string         `json:"why,omitempty"` // why it cannot be reached
	Gone      bool           `json:"gone,omitempty"`
	Heard     time.Time      `json:"heard,omitzero"`
	Refusals  int            `json:"refusals,omitempty"` // parts of its reports that were not taken

	shape   *shape
	alias   map[model.EndpointID]model.EndpointID // its endpoints' names in the device, where they differ
	slot    []int                                 // by the source's own slot number: the device's, or -1
	reports []sourceValue                         // by the source's own slot number
	epoch   uint64
}

// sourceValue is what a source itself last said, which a merged device's value need not be. An echo is not its word.
type sourceValue struct {
	Value   model.Value   `json:"value"`
	Quality model.Quality `json:"quality,omitempty"`
	Heard   int64         `json:"heard,omitempty"`  // Unix nanoseconds
	Lower   int           `json:"lower,omitempty"`  // reports in a row that a counter ran backwards
	Offset  float64       `json:"offset,omitempty"` // of a counter: what a reset or a swap made it go on from
}

// total is what the source said, with a counter's offset.
func (v *sourceValue) total() model.Value { return v.shifted(v.Value, v.Offset) }

func (*sourceValue) shifted(v model.Value, by float64) model.Value {
	if f, ok := v.Number(); ok && by != 0 {
		return model.Number(f + by)
	}
	return v
}
