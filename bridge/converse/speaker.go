package converse

import (
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Speaker is the caller of a protocol that knows no log-in: a satellite on the local network. It may use what a guest may; what
// opens the house only where a spoken PIN is set, which is asked for then.
type Speaker struct {
	Name   string
	Engine *Engine
}

// ID names the speaker.
func (s Speaker) ID() string { return s.Name }

// Sees reports that a speaker knows of every device.
func (Speaker) Sees(*home.Device) bool { return true }

// SeesRoom reports that a speaker knows of every room.
func (Speaker) SeesRoom(home.RoomID) bool { return true }

// May reports whether the speaker may use an attribute.
func (s Speaker) May(a model.Attribute) bool {
	switch a.Capability() {
	case "door_lock", "closure", "lock_access":
		return s.Engine.HasPIN()
	case "security_panel":
		return false
	}
	return true
}

// Whole reports that a speaker may run scenes and tell who is home.
func (Speaker) Whole() bool { return true }

// Manages reports that a speaker changes no settings.
func (Speaker) Manages() bool { return false }
