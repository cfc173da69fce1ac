package home

import (
	"maps"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// View is the house at one moment. It never changes and may be read from any goroutine.
type View struct {
	Seq     uint64
	At      time.Time
	st      state
	devices []*Device
	deviceN map[model.DeviceID]int
	sources []*Source
	sourceN map[model.SourceID]int
	engine  EngineState
	tracker []byte // what presence has learned
}

// View returns the house as it is now. Taking one costs a copy of two slices of pointers; what
// changes afterwards is copied when it changes.
func (h *Home) View() *View {
	if h.view != nil {
		return h.view
	}
	h.epoch++
	h.shared = true
	h.view = &View{
		Seq: h.seq, At: h.at, st: h.st.clone(), devices: slices.Clone(h.devices), deviceN: h.deviceN,
		sources: slices.Clone(h.sources), sourceN: h.sourceN, engine: h.scenes.State(),
	}
	if h.presence != nil {
		h.view.tracker = h.presence.State()
	}
	return h.view
}

// clone copies all but what ownIndex takes care of.
func (s state) clone() state {
	s.Rooms, s.People, s.Presence = maps.Clone(s.Rooms), maps.Clone(s.People), maps.Clone(s.Presence)
	s.Commands, s.Order, s.Proposals = maps.Clone(s.Commands), slices.Clone(s.Order), maps.Clone(s.Proposals)
	s.Timers, s.Scenes, s.Trackers = maps.Clone(s.Timers), maps.Clone(s.Scenes), maps.Clone(s.Trackers)
	s.Events = maps.Clone(s.Events)
	s.Holds, s.Evaluations = maps.Clone(s.Holds), maps.Clone(s.Evaluations)
	return s
}

// Devices lists all devices, in the order in which they came.
func (v *View) Devices() []*Device { return v.devices }

// Device finds a device, by the id of one that was merged into it as well; nil when there is none.
func (v *View) Device(id model.DeviceID) *Device {
	if i, ok := present(v.deviceN, v.st.Dormant, id); ok {
		return v.devices[i]
	}
	return nil
}

// Sources lists all sources, in the order in which they came.
func (v *View) Sources() []*Source { return v.sources }

// Source finds a source; nil when there is none.
func (v *View) Source(id model.SourceID) *Source {
	if i, ok := v.sourceN[id]; ok {
		return v.sources[i]
	}
	return nil
}

// Reachable reports whether any path to the device answers, and else why not.
func (v *View) Reachable(d *Device) (bool, string) {
	why := ""
	for _, id := range d.Sources {
		s := v.Source(id)
		if s.Reachable {
			return true, ""
		}
		if why == "" {
			why = s.Why
		}
	}
	return false, why
}

// Rooms lists the rooms by id.
func (v *View) Rooms() []Room { return sortedValues(v.st.Rooms) }

// Room finds a room; ok is false when there is none.
func (v *View) Room(id RoomID) (Room, bool) { r, ok := v.st.Rooms[id]; return r, ok }

// People lists the people by id.
func (v *View) People() []Person { return sortedValues(v.st.People) }

// Presence is where a person is.
func (v *View) Presence(id PersonID) Presence { return v.st.Presence[id] }

// Place is where home is; ok is false while nobody has said.
func (v *View) Place() (Place, bool) {
	if v.st.Place == nil {
		return Place{}, false
	}
	return *v.st.Place, true
}

// Trackers lists the trackers heard of, with the second of their last fix.
func (v *View) Trackers() map[string]int64 { return v.st.Trackers }

// Commands lists the commands under way and the last that ended, oldest first.
func (v *View) Commands() []Command {
	out := make([]Command, 0, len(v.st.Order))
	for _, id := range v.st.Order {
		out = append(out, *v.st.Commands[id])
	}
	return out
}

// Command finds a command; ok is false when it never was or is long over.
func (v *View) Command(id model.CommandID) (Command, bool) {
	c, ok := v.st.Commands[id]
	if !ok {
		return Command{}, false
	}
	return *c, true
}

// Proposals lists the open proposals.
func (v *View) Proposals() []Proposal {
	return slices.DeleteFunc(sortedValues(v.st.Proposals), func(p Proposal) bool { return p.Dismissed })
}

// Engine is what the scene engine remembers, as its State gave it: arrival scenes read their account in it.
func (v *View) Engine() EngineState { return v.engine }

// Scenes lists the scenes by id.
func (v *View) Scenes() []SceneRecord { return sortedValues(v.st.Scenes) }

// Scene finds a scene.
func (v *View) Scene(id string) (SceneRecord, bool) {
	rec, ok := v.st.Scenes[id]
	return rec, ok
}

func sortedValues[K ~string, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, m[k])
	}
	return out
}
