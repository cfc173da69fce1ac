package home

import (
	"time"

	"github.com/concord-home/hub/model"
)

// Effect is something that the hub must do, or tell the bridges, because of a fact.
type Effect interface{ effect() }

type (
	// Send hands a command to the adapter of its source.
	Send struct {
		Command model.Command
	}
	// SetTimer asks for a Fired fact at a moment; an earlier wish for the same timer is replaced.
	SetTimer struct {
		Timer string
		At    time.Time
	}
	// ClearTimer takes the wish back.
	ClearTimer struct {
		Timer string
	}
	// Changed says that an attribute's value, or its quality, is another than before.
	Changed struct {
		Seq       uint64           `json:"seq"`
		Device    model.DeviceID   `json:"device"`
		Endpoint  model.EndpointID `json:"endpoint"`
		Attribute model.Attribute  `json:"attribute"`
		From      model.Value      `json:"from"`
		State     State            `json:"state"`
		// Property is the attribute's contract.
		Property *model.Property `json:"-"`
	}
	// Occurred says that an event happened, once however many sources told of it.
	Occurred struct {
		Seq      uint64                 `json:"seq"`
		At       time.Time              `json:"at"`
		Device   model.DeviceID         `json:"device"`
		Endpoint model.EndpointID       `json:"endpoint"`
		Event    model.Attribute        `json:"event"`
		Args     map[string]model.Value `json:"args,omitempty"`
	}
	// CommandMoved says that a command reached another stage of its life.
	CommandMoved struct {
		Command Command `json:"command"`
	}
	// DeviceMoved says that a device appeared, was renamed, moved, merged, became (un)reachable or went.
	DeviceMoved struct {
		Seq    uint64         `json:"seq"`
		Device model.DeviceID `json:"device"`
		What   string         `json:"what"` // added, described, renamed, placed, merged, split, swapped, reachability, removed
	}
	// PresenceMoved says that a person's presence changed.
	PresenceMoved struct {
		Seq      uint64   `json:"seq"`
		Person   PersonID `json:"person"`
		From     string   `json:"from"`
		Presence Presence `json:"presence"`
	}
	// HouseMoved says that rooms, people, places, proposals, scenes, the mode, the time zone or holds changed.
	HouseMoved struct {
		Seq  uint64 `json:"seq"`
		What string `json:"what"` // rooms, people, place, proposals, scenes, mode, zone, holds
	}
	// SceneRan says that a scene ran, and why.
	SceneRan struct {
		Seq      uint64            `json:"seq"`
		At       time.Time         `json:"at"`
		Scene    string            `json:"scene"`
		Cause    *model.Cause      `json:"cause"`
		Commands []model.CommandID `json:"commands"`
		Problems []string          `json:"problems,omitempty"`
		// Held are the holds of others that kept values from being set.
		Held []Hold `json:"held,omitempty"`
	}
	// SceneEvaluated says why a scene ran or did not. Again says that it came out as the time before: such are
	// not worth keeping.
	SceneEvaluated struct {
		Evaluation Evaluation `json:"evaluation"`
		Again      bool       `json:"again,omitempty"`
	}
	// Notified says something to people.
	Notified struct {
		Notice Notice `json:"notice"`
	}
	// Refused says that a part of what a source said was not taken, and why; the rest was.
	Refused struct {
		Source model.SourceID `json:"source"`
		Why    string         `json:"why"`
	}
)

func (Send) effect()          {}
func (SetTimer) effect()      {}
func (ClearTimer) effect()    {}
func (Changed) effect()       {}
func (Occurred) effect()      {}
func (CommandMoved) effect()  {}
func (DeviceMoved) effect()   {}
func (PresenceMoved) effect() {}
func (HouseMoved) effect()    {}
func (SceneRan) effect()      {}
func (Refused) effect()       {}

func (SceneEvaluated) effect() {}
func (Notified) effect()       {}
