package model

import (
	"strings"
	"time"
)

// CommandID names one command through its whole life.
type CommandID string

// Command is what an adapter is asked to carry out on one endpoint of one source:
// attribute writes, or one action. Values are checked against the endpoint's properties before.
type Command struct {
	ID       CommandID  `json:"id"`
	Source   SourceID   `json:"source"`
	Endpoint EndpointID `json:"endpoint"`
	// Writes are the attributes to set, in the order asked for. Empty for an action.
	Writes []Write `json:"writes,omitempty"`
	// Action is a command that no attribute expresses: "window_covering.stop". Empty for writes.
	Action Attribute        `json:"action,omitempty"`
	Args   map[string]Value `json:"args,omitempty"`
	// Transition asks for a gradual change, where the device can; seconds.
	Transition float64   `json:"transition,omitempty"`
	Deadline   time.Time `json:"deadline"`
}

// Write is one attribute to set.
type Write struct {
	Attribute Attribute `json:"attribute"`
	Value     Value     `json:"value"`
}

// Status is the stage of a command's life.
type Status string

// The stages: accepted → sent → acked → confirmed, or one of the other ends.
const (
	Accepted     Status = "accepted"     // checked and taken on
	Sent         Status = "sent"         // on its way over a path
	Acked        Status = "acked"        // the device or its bridge took it; an end for what never reports
	Confirmed    Status = "confirmed"    // the device reports what was asked for
	TimedOut     Status = "timed_out"    // no answer within the deadline
	Rejected     Status = "rejected"     // refused, with a reason
	Superseded   Status = "superseded"   // a later command asks for something else
	Contradicted Status = "contradicted" // taken, yet the device reports something else
)

// Done reports whether the stage is an end.
func (s Status) Done() bool { return s != Accepted && s != Sent && s != Acked }

// Reason says why a command ended as it did: a code programs can act on, and the words of whoever said so.
type Reason struct {
	Code   ReasonCode `json:"code"`
	Detail string     `json:"detail,omitempty"`
}

// ReasonCode is a closed list of reasons.
type ReasonCode string

// The reasons.
const (
	ReasonNone          ReasonCode = ""
	ReasonUnreachable   ReasonCode = "unreachable"     // no path answers
	ReasonNoAnswer      ReasonCode = "no_answer"       // sent, but nothing came back
	ReasonUnsupported   ReasonCode = "unsupported"     // the device has no such attribute or action
	ReasonInvalidValue  ReasonCode = "invalid_value"   // wrong type, range or member
	ReasonReadOnly      ReasonCode = "read_only"       // the attribute cannot be set
	ReasonUnknownDevice ReasonCode = "unknown_device"  // no such device or endpoint
	ReasonUnknownState  ReasonCode = "unknown_state"   // relative to a value that nobody knows
	ReasonDeviceError   ReasonCode = "device_error"    // the device or its bridge refused
	ReasonNewer         ReasonCode = "newer_command"   // superseded
	ReasonMismatch      ReasonCode = "reported_other"  // contradicted
	ReasonPersistence   ReasonCode = "not_persistable" // could not be made durable
	ReasonForbidden     ReasonCode = "forbidden"       // the asker may not
)

func (r Reason) String() string {
	if r.Detail == "" {
		return strings.ReplaceAll(string(r.Code), "_", " ")
	}
	return r.Detail
}

// Outcome is what an adapter says of a command it was given.
type Outcome struct {
	Status Status `json:"status"` // Acked, Rejected or TimedOut
	Reason Reason `json:"reason,omitzero"`
}

// CauseKind says who or what asked.
type CauseKind string

// The kinds of cause.
const (
	CausePerson   CauseKind = "person"
	CauseScene    CauseKind = "scene"
	CauseVoice    CauseKind = "voice"
	CausePhysical CauseKind = "physical" // touched at the device, or the world changed
	CauseHub      CauseKind = "hub"
	CauseProgram  CauseKind = "program" // an API token
)

// Cause is who or what made something happen, linked back to the beginning.
type Cause struct {
	Kind CauseKind `json:"kind"`
	Who  string    `json:"who,omitempty"` // a person's, scene's or token's id
	Via  string    `json:"via,omitempty"` // the bridge or adapter it came through
	// Fact is the sequence number of the fact in the log that began it.
	Fact uint64 `json:"fact,omitempty"`
	// Text says in a few words what happened ("hall.motion occupied").
	Text string `json:"text,omitempty"`
	// Because is the cause before; nil at the beginning of the chain.
	Because *Cause `json:"because,omitempty"`
}
