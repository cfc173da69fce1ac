package model

import "time"

// DeviceID names what the household sees as one device. It is opaque and never changes.
type DeviceID string

// SourceID names one adapter's view of a device: "ADAPTER/ADDRESS".
type SourceID string

// EndpointID names a part of a device that acts by itself, in the source's own
// words ("left", "l1"). The part that is the device itself is [MainEndpoint].
type EndpointID string

// MainEndpoint is the endpoint of a device with one part, and of what belongs to the whole device.
const MainEndpoint EndpointID = "main"

// IdentityKind is the kind of an identity fact. Only equal kinds are compared.
type IdentityKind string

// The kinds of identity strong enough to merge two sources by themselves.
// A serial number is given as "VENDOR/SERIAL": serials are unique within a vendor only.
const (
	IdentityIEEE   IdentityKind = "ieee"
	IdentityMAC    IdentityKind = "mac"
	IdentitySerial IdentityKind = "serial"
	IdentityHAP    IdentityKind = "hap"
	IdentityMatter IdentityKind = "matter"
)

// Identity is a fact about which physical thing a source is.
type Identity struct {
	Kind  IdentityKind `json:"kind"`
	Value string       `json:"value"`
}

// Description is what an adapter knows of a device: who it is, its parts and what each can do.
// It is immutable once handed over; descriptions of equal devices may share slices.
type Description struct {
	Source     SourceID              `json:"source"`
	Identities []Identity            `json:"identities,omitempty"`
	Name       string                `json:"name"` // as the source calls it, in any script
	Vendor     string                `json:"vendor,omitempty"`
	Model      string                `json:"model,omitempty"`
	Product    string                `json:"product,omitempty"` // what the vendor calls the thing, for a person
	Firmware   string                `json:"firmware,omitempty"`
	Type       DeviceType            `json:"type"`
	Room       string                `json:"room,omitempty"` // the source's word for where it is, a proposal
	Sleepy     bool                  `json:"sleepy,omitempty"`
	Endpoints  []EndpointDescription `json:"endpoints"`
	// CommandTimeout is how long the source may take to carry out a command before it counts as timed out; 0 is the hub's default.
	CommandTimeout time.Duration `json:"command_timeout,omitempty"`
	// Rank orders the paths to a merged device: the lowest is tried first.
	Rank int `json:"rank,omitempty"`
}

// EndpointDescription is one part of a device.
type EndpointDescription struct {
	ID         EndpointID `json:"id"`
	Type       DeviceType `json:"type"`
	Label      string     `json:"label,omitempty"`
	Properties []Property `json:"properties"`
	// Actions lists the commands beyond setting attributes: "window_covering.stop", "identify.identify".
	Actions []Attribute `json:"actions,omitempty"`
	// Events lists what can happen: "button.press".
	Events []EventInfo `json:"events,omitempty"`
}

// EventInfo says that an endpoint can send an event, and which of its arguments are known beforehand.
type EventInfo struct {
	Event   Attribute `json:"event"` // "button.press"
	Options []string  `json:"options,omitempty"`
}

// Quality says how far a value can be trusted.
type Quality string

// The qualities of a value.
const (
	Good     Quality = "good"     // reported by the device
	Stale    Quality = "stale"    // was good; the device has not been heard for too long or is unreachable
	Assumed  Quality = "assumed"  // sent to the device, no report yet, or it never reports
	Restored Quality = "restored" // remembered from before a restart; triggers nothing
	Suspect  Quality = "suspect"  // reported, but contradicts what else is known
)

// Reading is one attribute's value as a source reports it.
type Reading struct {
	Endpoint  EndpointID `json:"endpoint"`
	Attribute Attribute  `json:"attribute"`
	Value     Value      `json:"value"`
	Quality   Quality    `json:"quality,omitempty"` // empty is Good
	// CaughtUp says that the value answers the adapter's own question after a gap: it may have
	// become so long ago, and no scene reacts to it.
	CaughtUp bool `json:"caught_up,omitempty"`
}

// Happening is one event as a source reports it.
type Happening struct {
	Source   SourceID         `json:"source"`
	Endpoint EndpointID       `json:"endpoint"`
	Event    Attribute        `json:"event"` // "button.press"
	Args     map[string]Value `json:"args,omitempty"`
	// Key is equal for repetitions of the same happening (a device's own sequence number); empty lets the hub compare contents and time.
	Key string `json:"key,omitempty"`
}
