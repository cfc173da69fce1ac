package scenes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// memory is what a scene must remember from one occurrence to the next. It is in the house's snapshot.
type memory struct {
	Next  uint64    `json:"next,omitempty"` // the last run's number
	Runs  []run     `json:"runs,omitempty"` // under way, oldest first
	Queue []waiting `json:"queue,omitempty"`
	// Held are the values that a trigger with "for" watches staying as they are, by trigger, device and endpoint.
	Held map[string]staying `json:"held,omitempty"`
	// Due is when a trigger by the clock is due next, Done when it last was, by its place in when.
	Due    map[int]time.Time `json:"due,omitempty"`
	Done   map[int]time.Time `json:"done,omitempty"`
	Recent []time.Time       `json:"recent,omitempty"` // when it ran by itself, as far as the limit asks

	epoch uint64
}

// run is one run of a scene: a counter into its instructions and what it remembers.
type run struct {
	ID       uint64               `json:"id"`
	PC       int                  `json:"pc"`
	Step     int                  `json:"step"` // numbers the run's timers
	Counters []int                `json:"counters,omitempty"`
	Captured map[string][]capture `json:"captured,omitempty"`
	Began    time.Time            `json:"began"`
	Because  string               `json:"because"`
	Cause    *model.Cause         `json:"cause,omitempty"`
	ByHand   bool                 `json:"by_hand,omitempty"`
	Waits    string               `json:"waits,omitempty"` // time or condition
	At       string               `json:"at,omitempty"`    // the step's path
	Due      time.Time            `json:"due,omitzero"`    // of the timer that runs
	Deadline time.Time            `json:"deadline,omitzero"`
	Print    uint64               `json:"print"`
}

// capture is what a part of a device was.
type capture struct {
	Device   model.DeviceID   `json:"device"`
	Endpoint model.EndpointID `json:"endpoint"`
	Writes   []model.Write    `json:"writes"`
}

// waiting is a run that begins when the one before has ended.
type waiting struct {
	Because string       `json:"because"`
	Cause   *model.Cause `json:"cause,omitempty"`
	ByHand  bool         `json:"by_hand,omitempty"`
}

// staying is a value that stays.
type staying struct {
	Since time.Time    `json:"since"`
	Due   time.Time    `json:"due"`
	Tries int          `json:"tries,omitempty"` // how often it was due before the device was heard again
	Cause *model.Cause `json:"cause,omitempty"`
}

// own returns a scene's memory for changing: a copy, when a snapshot shares it.
func (e *Engine) own(id string) *memory {
	m := e.live[id]
	if m != nil && m.epoch == e.epoch {
		return m
	}
	c := &memory{}
	if m != nil {
		*c = *m
		c.Runs = slices.Clone(m.Runs)
		for i := range c.Runs {
			c.Runs[i].Counters, c.Runs[i].Captured = slices.Clone(c.Runs[i].Counters), maps.Clone(c.Runs[i].Captured)
		}
		c.Queue, c.Recent = slices.Clone(m.Queue), slices.Clone(m.Recent)
		c.Held, c.Due, c.Done = maps.Clone(m.Held), maps.Clone(m.Due), maps.Clone(m.Done)
	}
	c.epoch = e.epoch
	e.live[id] = c
	return c
}

// runs are those of a scene under way.
func (e *Engine) runs(id string) []run {
	if m := e.live[id]; m != nil {
		return m.Runs
	}
	return nil
}

const stateVersion = 1

// wireState is the engine's part of the house's snapshot.
type wireState struct {
	Version int                `json:"version"`
	Scenes  map[string]*memory `json:"scenes,omitempty"`
	Climate json.RawMessage    `json:"climate,omitempty"`
}

// frozen is the engine's memory at one moment.
type frozen struct {
	live    map[string]*memory
	climate json.RawMessage
}

// MarshalJSON writes what SetState reads.
func (f frozen) MarshalJSON() ([]byte, error) {
	if len(f.live) == 0 && len(f.climate) == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(wireState{stateVersion, f.live, f.climate})
}

// Running lists the runs under way.
func (f frozen) Running(scene string) []home.Run {
	ids := []string{scene}
	if scene == "" {
		ids = slices.Sorted(maps.Keys(f.live))
	}
	var out []home.Run
	for _, id := range ids {
		if f.live[id] == nil {
			continue
		}
		for _, x := range f.live[id].Runs {
			out = append(out, home.Run{Scene: id, ID: x.ID, Since: x.Began, Because: x.Because, Cause: x.Cause, Waits: x.Waits, Until: x.Due, At: x.At})
		}
	}
	return out
}

// Accounts is what the arrival scenes tell of themselves, by scene: of a house's view.
func Accounts(v *home.View, now time.Time, days int) (map[string]climate.Account, error) {
	f, ok := v.Engine().(frozen)
	if !ok {
		return nil, nil
	}
	return climate.ReadAccounts(f.climate, now, days)
}

// State is all that the engine remembers beside its scenes. Taking it costs a copy of a map of pointers.
func (e *Engine) State() home.EngineState {
	e.epoch++
	return frozen{maps.Clone(e.live), e.climate.State()}
}

// SetState takes what State gave, after the scenes were put.
func (e *Engine) SetState(b json.RawMessage) error {
	if b = bytes.TrimSpace(b); len(b) == 0 || bytes.Equal(b, []byte("null")) {
		return nil
	}
	var w wireState
	if err := json.Unmarshal(b, &w); err != nil || w.Version != stateVersion {
		return fmt.Errorf("the scenes' state was written by another version of the hub: start that version, or remove the snapshot's scene state")
	}
	if err := e.climate.SetState(w.Climate); err != nil {
		return err
	}
	for id, m := range w.Scenes {
		s := e.scenes[id]
		if s == nil || m == nil {
			continue
		}
		m.Runs = slices.DeleteFunc(m.Runs, func(x run) bool { return x.Print != s.print || x.PC < 0 || x.PC >= len(s.code) })
		for i := range m.Runs {
			m.Runs[i].Counters = slices.Grow(m.Runs[i].Counters, s.counters)[:s.counters]
		}
		m.epoch = e.epoch
		e.live[id] = m
		if slices.ContainsFunc(m.Runs, func(x run) bool { return x.Waits == waitsCondition }) {
			e.watchFor(s)
		}
	}
	return nil
}
