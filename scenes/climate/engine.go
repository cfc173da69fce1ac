package climate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Engine runs the arrival scenes of a house.
type Engine struct {
	scenes map[string]*scene
	order  []string           // ids, sorted
	kept   map[string]*memory // of scenes that are not Put (yet): a restored state comes after the documents
	cached json.RawMessage
	pace   home.Pace
}

// scene is one arrival scene: its document and what it remembers.
type scene struct {
	set     Settings
	mem     *memory
	ticking bool
	pace    home.Pace
}

// memory is what a scene remembers through a restart.
type memory struct {
	Zones   map[string]*zone `json:"zones"`
	Rests   map[string]*rest `json:"rests,omitempty"`
	Outdoor outdoors         `json:"outdoor"`
	Mode    mode             `json:"mode,omitzero"`
	Out     time.Time        `json:"out,omitzero"` // since when nobody is in
	In      bool             `json:"in"`
	Leaves  leaves           `json:"leaves"`
	Account account          `json:"account"`
	Log     []Entry          `json:"log,omitempty"`
}

// New returns an engine without scenes.
func New() *Engine { return &Engine{scenes: map[string]*scene{}, kept: map[string]*memory{}} }

// SetPace makes the engine go by a faster clock, for demos; presence must go by the same.
func (e *Engine) SetPace(p home.Pace) { e.pace = p }

// Put takes a scene in the place of an earlier one of the same id; what that had learned stays.
func (e *Engine) Put(s Settings) {
	e.cached = nil
	mem := e.kept[s.ID]
	if old := e.scenes[s.ID]; old != nil {
		mem = old.mem
	}
	if mem == nil {
		mem = &memory{Zones: map[string]*zone{}, In: true}
	}
	delete(e.kept, s.ID)
	e.scenes[s.ID] = &scene{set: s, mem: mem, pace: e.pace}
	e.order = slices.Sorted(maps.Keys(e.scenes))
}

// Remove forgets a scene; one that is not there is no matter.
func (e *Engine) Remove(id string) {
	if e.scenes[id] == nil {
		return
	}
	e.cached = nil
	delete(e.scenes, id)
	e.order = slices.Sorted(maps.Keys(e.scenes))
}

// Any tells whether there is a scene at all.
func (e *Engine) Any() bool { return len(e.order) > 0 }

const (
	timerPrefix = "scene/"
	timerTick   = "/climate"
	tick        = 5 * time.Minute
)

// React answers an occurrence; loc is the house's time zone. It costs next to nothing where none of the scenes is concerned.
func (e *Engine) React(o *home.Occurrence, r home.Foresight, loc *time.Location) []home.Reaction {
	var out []home.Reaction
	for _, id := range e.order {
		sc := e.scenes[id]
		if sc.watch(o, r) {
			e.cached = nil
		}
		if !sc.concerned(o, r) {
			continue
		}
		e.cached = nil
		out = append(out, sc.react(o, r, loc))
	}
	return out
}

// concerned tells whether an occurrence matters to the scene.
func (sc *scene) concerned(o *home.Occurrence, r home.Reader) bool {
	if o.Kind == home.OccurredAsked {
		return o.Scene == sc.set.ID
	}
	if !sc.set.Enabled {
		return false
	}
	switch o.Kind {
	case home.OccurredPresence, home.OccurredOutlook:
		return true
	case home.OccurredPlanned: // the clock may be another
		return o.Scene == "" || o.Scene == sc.set.ID
	case home.OccurredTimer:
		id, mine := strings.CutPrefix(o.Timer, timerPrefix)
		id, tick := strings.CutSuffix(id, timerTick)
		return mine && tick && id == sc.set.ID
	case home.OccurredChange:
		return !sc.ticking || sc.watches(o, r)
	}
	return !sc.ticking
}

// watches tells whether a change is one that cannot wait for the next tick: a setpoint, a window, a mode.
func (sc *scene) watches(o *home.Occurrence, r home.Reader) bool {
	switch o.Attribute {
	case attrHeat, attrCool, model.AttrThermostatWindowOpen, model.AttrThermostatMode, model.AttrThermostatPreset:
		return slices.ContainsFunc(sc.set.Thermostats(r), func(d *home.Device) bool { return d.ID == o.Device })
	case model.AttrContactOpen:
		d := r.Device(o.Device)
		return d != nil && isWindow(d)
	}
	return false
}

func (sc *scene) react(o *home.Occurrence, r home.Foresight, loc *time.Location) home.Reaction {
	now := sc.pace.In(o.At).In(loc)
	re := home.Reaction{Scene: sc.set.ID, Because: string(o.Kind)}
	if o.Kind == home.OccurredAsked {
		if problem := sc.mem.Mode.ask(o.Args, now); problem != "" {
			re.Problems = append(re.Problems, problem)
		}
	}
	sc.decide(&re, now, o.Kind == home.OccurredAsked, o.Kind == home.OccurredPresence, r)
	if sc.set.Enabled && (!sc.ticking || o.Kind == home.OccurredTimer || o.Kind == home.OccurredPlanned) {
		sc.ticking = true
		re.Timers = append(re.Timers, home.SetTimer{Timer: timerPrefix + sc.set.ID + timerTick, At: sc.pace.Out(now.Truncate(tick).Add(tick))})
	}
	return re
}

// stateVersion rises when an older hub could not read what this one writes.
const stateVersion = 1

type wireState struct {
	Version int                `json:"version"`
	Scenes  map[string]*memory `json:"scenes"`
}

// State is all that is remembered; nil when there is nothing.
func (e *Engine) State() json.RawMessage {
	if len(e.scenes)+len(e.kept) == 0 {
		return nil
	}
	if e.cached == nil {
		w := wireState{stateVersion, map[string]*memory{}}
		maps.Copy(w.Scenes, e.kept)
		for id, sc := range e.scenes {
			w.Scenes[id] = sc.mem
		}
		b, err := json.Marshal(w)
		if err != nil {
			return nil // no value of ours is one that JSON lacks
		}
		e.cached = b
	}
	return e.cached
}

// SetState takes what State gave.
func (e *Engine) SetState(b json.RawMessage) error {
	w, err := readState(b)
	if err != nil {
		return err
	}
	e.cached = nil
	for id, mem := range w.Scenes {
		if sc := e.scenes[id]; sc != nil {
			sc.mem = mem
			continue
		}
		e.kept[id] = mem
	}
	return nil
}

func readState(b json.RawMessage) (wireState, error) {
	var w wireState
	if len(b) == 0 || string(b) == "null" {
		return w, nil
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return w, fmt.Errorf("what was learned of the climate cannot be read: %w", err)
	}
	if w.Version != stateVersion {
		return w, fmt.Errorf("what was learned of the climate is of version %d; this hub reads %d", w.Version, stateVersion)
	}
	for _, m := range w.Scenes {
		if m != nil && m.Zones == nil {
			m.Zones = map[string]*zone{}
		}
	}
	return w, nil
}
