package rehearsal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// Trial is a scene to be run over what was recorded.
type Trial struct {
	ID       string
	Document json.RawMessage
	// Snapshot is the house before the first of Facts; empty is a house of nothing.
	Snapshot []byte
	Facts    iter.Seq2[home.Fact, error]
	// From is when the trial begins: facts before it only lead up to it. To is when it ends.
	From, To time.Time
	// Timeline says that Facts are no record but a finding's timeline: all scenes' timers run, all devices obey.
	Timeline bool
	Zones    Zones
}

// Result is what a scene would have done.
type Result struct {
	Scene    string    `json:"scene"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Facts    int       `json:"facts"` // that were replayed
	Commands []Would   `json:"commands"`
	// Came counts how often the scene was triggered, by outcome.
	Came map[home.Outcome]int `json:"came"`
	// More is how many commands beyond those listed it would have sent.
	More int `json:"more,omitempty"`
}

// Would is a command that the scene would have sent, beside what happened.
type Would struct {
	At       time.Time        `json:"at"`
	Device   model.DeviceID   `json:"device"`
	Endpoint model.EndpointID `json:"endpoint,omitempty"`
	Writes   []model.Write    `json:"writes,omitempty"`
	Action   model.Attribute  `json:"action,omitempty"`
	Because  string           `json:"because"`
	Problem  string           `json:"problem,omitempty"` // why it would not have been sent
	Was      []model.Value    `json:"was,omitempty"`     // what the written attributes really were, in order
	Then     *Happened        `json:"then,omitempty"`    // the next real change of one of them within an hour; nil when none
	slots    []home.Slot      // of Writes
}

// Happened is a change that really was.
type Happened struct {
	At        time.Time       `json:"at"`
	Attribute model.Attribute `json:"attribute"`
	Value     model.Value     `json:"value"`
	Cause     *model.Cause    `json:"cause,omitempty"`
}

const (
	// beside is how long after a command what happened is told beside it.
	beside = time.Hour
	// keepWoulds bounds the list: nobody reads more, and a scene must not eat the memory.
	keepWoulds = 10_000
	// ownFacts is where the numbers of facts begin that only the rehearsal knows: beyond any log's.
	ownFacts = 1 << 62
)

// Try runs a scene over recorded facts: once as it was, once with the scene. Devices that it would have commanded are
// taken to obey. An error says why the scene is refused or the record cannot be read.
func Try(t Trial) (*Result, error) {
	actual, err := restore(t.Snapshot, t.Zones)
	if err != nil {
		return nil, err
	}
	would, err := restore(t.Snapshot, t.Zones)
	if err != nil {
		return nil, err
	}
	x := &trial{Trial: t, result: Result{Scene: t.ID, From: t.From, To: t.To, Commands: []Would{}, Came: map[home.Outcome]int{}}, actual: actual}
	x.sim = newSim(would, time.Time{})
	x.sim.seq = ownFacts
	x.sim.mine = func(timer string) bool { return isScenes(timer, t.ID) }
	x.sim.obeys = func(c model.Command) bool { return isScenes("/"+string(c.ID), t.ID) }
	if t.Timeline {
		x.sim.mine, x.sim.obeys = nil, nil
		for _, pending := range pendingTimers(would) {
			x.sim.plan(pending)
		}
	}
	x.sim.saw = x.saw
	if err := x.run(); err != nil {
		return nil, err
	}
	return &x.result, nil
}

func restore(snapshot []byte, zones Zones) (*home.Home, error) {
	engine, tracker := scenes.New(scenes.Zones(zones)), presence.New()
	if len(snapshot) == 0 {
		return home.New(engine, tracker), nil
	}
	return home.Restore(snapshot, engine, tracker)
}

type trial struct {
	Trial
	result  Result
	actual  *home.Home
	sim     *sim
	begun   bool
	refused error // why the house does not take the scene yet
	grown   bool  // it has more since
	open    []int // of result.Commands whose Then is still looked for, oldest first
}

func (x *trial) run() error {
	for f, err := range x.Facts {
		if err != nil {
			return err
		}
		if f.At.After(x.To) {
			break
		}
		if !x.begun && !f.At.Before(x.From) {
			x.begin(f.At)
		}
		if x.begun {
			x.sim.until(f.At)
		}
		x.sim.now = f.At
		x.result.Facts++
		x.grown = x.grown || grows(f.Body)
		effects, err := x.actual.Apply(f)
		if err == nil {
			x.happened(effects, f.At)
		}
		if fired, ok := f.Body.(home.Fired); ok && isScenes(fired.Timer, x.ID) && x.begun {
			continue // an earlier version's
		}
		if set, ok := f.Body.(home.SceneSet); ok && set.ID == x.ID && x.begun {
			continue
		}
		_ = x.sim.applyAs(f.Seq, f.Body) // what was refused then is refused again
	}
	if !x.begun {
		if x.begin(x.To); !x.begun {
			return fmt.Errorf("the house of %s does not take the scene: %w", x.To.Format(time.RFC3339), x.refused)
		}
	}
	x.sim.until(x.To)
	return nil
}

// begin puts the scene into the house. A record that begins with an empty house takes it when all it names has come.
func (x *trial) begin(at time.Time) {
	if x.refused != nil && !x.grown && at.Before(x.To) {
		return
	}
	x.grown = false
	if x.refused == nil {
		x.sim.now = x.From
	}
	x.begun = true
	if x.refused = x.sim.apply(home.SceneSet{ID: x.ID, Document: x.Document}); x.refused != nil {
		x.begun = false
		return
	}
	x.result.From = x.sim.now
}

// grows tells whether a fact may add what a scene names.
func grows(b home.Body) bool {
	switch b.(type) {
	case home.Described, home.Placed, home.RoomSet, home.PersonSet, home.Assigned, home.PlaceSet, home.SceneSet, home.ModesSet:
		return true
	}
	return false
}

// saw picks what the scene does out of the other house's effects.
func (x *trial) saw(e home.Effect) {
	ran, ok := e.(home.SceneRan)
	if ok && ran.Scene == x.ID && x.begun {
		for _, p := range ran.Problems {
			x.add(Would{At: ran.At, Because: ran.Cause.Text, Problem: p})
		}
		return
	}
	if ev, ok := e.(home.SceneEvaluated); ok && ev.Evaluation.Scene == x.ID && x.begun {
		x.result.Came[ev.Evaluation.Outcome]++
		return
	}
	moved, ok := e.(home.CommandMoved)
	if !ok || moved.Command.Status != model.Accepted || !x.begun || !isScenes("/"+string(moved.Command.ID), x.ID) {
		return
	}
	c := moved.Command
	w := Would{At: x.sim.now, Device: c.Device, Endpoint: c.Endpoint, Action: c.Action}
	if c.Cause != nil {
		w.Because = c.Cause.Text
	}
	for _, s := range c.Writes {
		slot := home.Slot{Endpoint: c.Endpoint, Attribute: s.Attribute}
		w.Writes, w.slots = append(w.Writes, model.Write{Attribute: s.Attribute, Value: s.Value}), append(w.slots, slot)
	}
	x.add(w)
}

func (x *trial) add(w Would) {
	if len(x.result.Commands) >= keepWoulds {
		x.result.More++
		return
	}
	for _, slot := range w.slots {
		w.Was = append(w.Was, x.actual.Value(w.Device, slot))
	}
	x.result.Commands = append(x.result.Commands, w)
	if len(w.slots) > 0 {
		x.open = append(x.open, len(x.result.Commands)-1)
	}
}

// happened puts real changes beside the commands that they belong to.
func (x *trial) happened(effects []home.Effect, at time.Time) {
	for len(x.open) > 0 && at.Sub(x.result.Commands[x.open[0]].At) > beside {
		x.open = x.open[1:]
	}
	if len(x.open) == 0 {
		return
	}
	for _, e := range effects {
		c, ok := e.(home.Changed)
		if !ok || c.From == c.State.Value {
			continue
		}
		x.open = slices.DeleteFunc(x.open, func(i int) bool {
			w := &x.result.Commands[i]
			if w.Device != c.Device || !slices.Contains(w.slots, home.Slot{Endpoint: c.Endpoint, Attribute: c.Attribute}) {
				return false
			}
			w.Then = &Happened{At: at, Attribute: c.Attribute, Value: c.State.Value, Cause: c.State.Cause}
			return true
		})
	}
}

// Outcomes lists how often the scene was triggered, the most frequent outcome first.
func (r *Result) Outcomes() []home.Outcome {
	var out []home.Outcome
	for o := range r.Came {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b home.Outcome) int {
		return cmp.Or(cmp.Compare(r.Came[b], r.Came[a]), cmp.Compare(a, b))
	})
	return out
}
