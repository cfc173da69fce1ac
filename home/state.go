package home

import (
	"github.com/concord-home/hub/model"
)

// state is the part of a house that is read rarely enough to be kept as plain maps.
type state struct {
	Rooms     map[RoomID]Room                   `json:"rooms"`
	People    map[PersonID]Person               `json:"people"`
	Presence  map[PersonID]Presence             `json:"presence"`
	Place     *Place                            `json:"place,omitempty"`
	Commands  map[model.CommandID]*Command      `json:"commands"`
	Order     []model.CommandID                 `json:"order"` // commands, oldest first
	Proposals map[string]Proposal               `json:"proposals"`
	Apart     map[string]bool                   `json:"apart"`      // pairs of sources that a person split
	DeviceIDs map[model.DeviceID]model.SourceID `json:"device_ids"` // the source whose Own each id is
	Dormant   map[model.DeviceID]Dormant        `json:"dormant"`    // devices merged into another, kept for a split
	Timers    map[string]int64                  `json:"timers"`     // due, Unix nanoseconds
	Scenes    map[string]SceneRecord            `json:"scenes"`
	Trackers  map[string]int64                  `json:"trackers"` // seen trackers, Unix seconds of the last fix
	Events    map[string]int64                  `json:"events"`   // recent events against repetition, Unix nanoseconds
	Identity  map[string][]model.SourceID       `json:"identity"` // "kind=value" -> sources

	Mode        Mode                      `json:"mode,omitzero"`
	Modes       []string                  `json:"modes,omitempty"` // empty: the usual ones
	Zone        string                    `json:"zone,omitempty"`
	Holds       map[model.DeviceID][]Hold `json:"holds,omitempty"`
	Evaluations map[string][]*Evaluation  `json:"evaluations,omitempty"` // by scene, oldest first
	Notices     []Notice                  `json:"notices,omitempty"`     // oldest first
}

// Dormant is what a device was before it was merged into another. Its id goes on leading there.
type Dormant struct {
	Names map[string]string `json:"names,omitempty"`
	Room  RoomID            `json:"room,omitempty"`
	Roles []string          `json:"roles,omitempty"`
	Into  model.DeviceID    `json:"into"`
}

func newState() state {
	return state{
		Rooms: map[RoomID]Room{}, People: map[PersonID]Person{}, Presence: map[PersonID]Presence{},
		Commands: map[model.CommandID]*Command{}, Proposals: map[string]Proposal{}, Apart: map[string]bool{},
		DeviceIDs: map[model.DeviceID]model.SourceID{}, Dormant: map[model.DeviceID]Dormant{},
		Timers: map[string]int64{}, Scenes: map[string]SceneRecord{}, Trackers: map[string]int64{},
		Events: map[string]int64{}, Identity: map[string][]model.SourceID{},
		Holds: map[model.DeviceID][]Hold{}, Evaluations: map[string][]*Evaluation{},
	}
}
