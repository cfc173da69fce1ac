package rehearsal

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
)

// Finding is something that a scene and the others do to each other.
type Finding struct {
	// Kind is loop: scenes set each other off; or conflict: they set the same thing to different values for the same reason.
	Kind      string          `json:"kind"`
	Scenes    []string        `json:"scenes"`
	Device    model.DeviceID  `json:"device,omitempty"`
	Slot      home.Slot       `json:"-"`
	Attribute model.Attribute `json:"attribute,omitempty"`
	Values    []model.Value   `json:"values,omitempty"` // what each of Scenes sets
	// Timeline is the shortest sequence found that shows it: facts as the log has them, to be given to a trial.
	Timeline []json.RawMessage `json:"timeline"`
	// Happens is what follows from each, in order.
	Happens []string `json:"happens"`
}

// Bounds of the search.
const (
	mostRuns    = 150             // rehearsals of a house of 100 devices; larger houses get fewer
	mostSteps   = 2               // stimuli one after the other
	lookAhead   = 2 * time.Hour   // of simulated time after the last
	together    = 5 * time.Second // writes so close to each other compete
	circles     = 4               // runs of one scene without anybody's doing
	mostRelated = 20              // other scenes looked at
)

// Search looks for loops and conflicts that a scene brings into a house: it sets off the scene, and those that touch
// the same things, one and two at a time, in copies of the house, and watches. Devices report, buttons are pressed, the
// clock comes, people say that they are home, away or on their way. The search is bounded: finding nothing
// proves nothing, but what it finds is true of the house as it is.
func Search(v *home.View, id string, doc json.RawMessage, zones Zones) ([]Finding, error) {
	s := &search{id: id, zones: zones, now: v.At}
	if err := s.prepare(v, doc); err != nil {
		return nil, err
	}
	budget := max(10, mostRuns*100/max(100, len(v.Devices())))
	queue := [][]scenes.Stimulus{}
	for _, x := range s.stimuli {
		queue = append(queue, []scenes.Stimulus{x})
	}
	for ; len(queue) > 0 && budget > 0 && len(s.found) == 0; budget-- {
		steps := queue[0]
		queue = queue[1:]
		if err := s.rehearse(steps); err != nil {
			return nil, err
		}
		if len(steps) < mostSteps {
			for _, x := range s.stimuli {
				if x.Path != steps[0].Path || x.Timer != steps[0].Timer {
					queue = append(queue, append(slices.Clone(steps), x))
				}
			}
		}
	}
	return s.found, nil
}

type search struct {
	id      string
	zones   Zones
	now     time.Time
	base    []byte // the house with the scene and those related to it
	stimuli []scenes.Stimulus
	found   []Finding
}

// prepare makes the house to rehearse in: what has nothing to do with the scene is left out.
func (s *search) prepare(v *home.View, doc json.RawMessage) error {
	b, err := v.Encode()
	if err != nil {
		return err
	}
	h, err := restore(b, s.zones)
	if err != nil {
		return err
	}
	x := newSim(h, v.At)
	if err := x.apply(home.SceneSet{ID: s.id, Document: doc}); err != nil {
		return err
	}
	mine := scenes.Dissect(s.id, doc, v)
	s.stimuli = mine.Stimuli
	kept := 0
	for _, rec := range v.Scenes() {
		if rec.ID == s.id {
			continue
		}
		other := scenes.Dissect(rec.ID, rec.Document, v)
		if kept >= mostRelated || !related(mine, other, s.id, rec.ID) {
			_ = x.apply(home.SceneRemoved{ID: rec.ID})
			continue
		}
		kept++
		s.stimuli = append(s.stimuli, other.Stimuli...)
	}
	s.base, err = x.h.View().Encode()
	return err
}

func related(a, b scenes.Anatomy, idA, idB string) bool {
	meet := func(x, y []home.Touch) bool {
		return slices.ContainsFunc(x, func(t home.Touch) bool { return slices.Contains(y, t) })
	}
	setsA, setsB := a.Touches(), b.Touches()
	return meet(setsA, setsB) || meet(setsA, b.Reads) || meet(a.Reads, setsB) || a.SetsMode && b.ReadsMode || a.ReadsMode && b.SetsMode ||
		slices.Contains(a.Runs, idB) || slices.Contains(b.Runs, idA) || slices.Contains(a.Follows, idB) || slices.Contains(b.Follows, idA)
}

// write is one attribute that a scene set.
type write struct {
	at    time.Time
	scene string
	began uint64 // the fact that began it
	touch home.Touch
	value model.Value
}

// rehearsal is one sequence of stimuli in a copy of the house.
type rehearsal struct {
	search   *search
	sim      *sim
	facts    []json.RawMessage
	happens  []string
	writes   []write
	runs     map[string]int // since the last stimulus
	looped   []string
	conflict *Finding
}

func (s *search) rehearse(steps []scenes.Stimulus) error {
	h, err := restore(s.base, s.zones)
	if err != nil {
		return err
	}
	r := &rehearsal{search: s, sim: newSim(h, s.now), runs: map[string]int{}}
	for _, t := range pendingTimers(h) {
		r.sim.plan(t)
	}
	r.sim.saw = r.saw
	for _, x := range steps {
		for _, b := range x.Before {
			r.fact(b)
		}
		clear(r.runs)
		for _, b := range x.Facts {
			r.fact(b)
		}
		if x.Timer != "" {
			if due, ok := r.sim.due[x.Timer]; ok {
				delete(r.sim.due, x.Timer)
				r.sim.until(due)
				r.fact(home.Fired{Timer: x.Timer})
			}
		}
		r.sim.until(r.sim.now.Add(x.After))
	}
	r.sim.until(r.sim.now.Add(lookAhead))
	r.judge()
	return nil
}

// pendingTimers are the timers that a restored house waits for.
func pendingTimers(h *home.Home) []home.SetTimer {
	var out []home.SetTimer
	for name, at := range h.Timers() {
		out = append(out, home.SetTimer{Timer: name, At: at})
	}
	slices.SortFunc(out, func(a, b home.SetTimer) int { return a.At.Compare(b.At) })
	return out
}

func (r *rehearsal) fact(b home.Body) {
	if asked, ok := b.(home.Asked); ok {
		asked.Ask.ID = model.CommandID(fmt.Sprintf("search-%d", len(r.facts)))
		b = asked
	}
	f := home.Fact{Seq: r.sim.seq + 1, At: r.sim.now, Body: b}
	if raw, err := f.Encode(); err == nil {
		r.facts = append(r.facts, raw)
	}
	_ = r.sim.apply(b)
}

func (r *rehearsal) saw(e home.Effect) {
	switch e := e.(type) {
	case home.SceneRan:
		for _, p := range e.Problems {
			r.tell("%s: %s", e.Scene, p)
		}
	case home.SceneEvaluated:
		ev := e.Evaluation
		switch ev.Outcome {
		case home.OutcomeLoop:
			r.looped = append(r.looped, ev.Scene)
			r.looped = append(r.looped, chain(ev.Cause)...)
		case home.OutcomeRan:
			r.tell("%s runs: %s", ev.Scene, ev.Text)
			if r.runs[ev.Scene]++; r.runs[ev.Scene] >= circles {
				r.looped = append(r.looped, ev.Scene)
			}
		}
	case home.CommandMoved:
		if e.Command.Status == model.Accepted && e.Command.Cause != nil && e.Command.Cause.Kind == model.CauseScene {
			r.wrote(e.Command)
		}
	}
}

func (r *rehearsal) tell(format string, args ...any) {
	if len(r.happens) < 50 {
		r.happens = append(r.happens, r.sim.now.UTC().Format("15:04:05 ")+fmt.Sprintf(format, args...))
	}
}

func chain(c *model.Cause) []string {
	var out []string
	for ; c != nil; c = c.Because {
		if c.Kind == model.CauseScene {
			out = append(out, c.Who)
		}
	}
	return out
}

func root(c *model.Cause) uint64 {
	for c.Because != nil {
		c = c.Because
	}
	return c.Fact
}

func (r *rehearsal) wrote(c home.Command) {
	for _, x := range c.Writes {
		w := write{r.sim.now, c.Cause.Who, root(c.Cause), home.Touch{Device: c.Device, Endpoint: c.Endpoint, Attribute: x.Attribute}, x.Value}
		r.tell("%s sets %s of %s to %s", w.scene, x.Attribute, c.Device, x.Value)
		for i := len(r.writes) - 1; i >= 0 && w.at.Sub(r.writes[i].at) <= together; i-- {
			o := r.writes[i]
			if o.touch == w.touch && o.scene != w.scene && o.value != w.value && (o.began == w.began || o.at.Equal(w.at)) && r.conflict == nil {
				r.conflict = &Finding{Kind: "conflict", Scenes: []string{o.scene, w.scene}, Device: c.Device, Slot: home.Slot{Endpoint: w.touch.Endpoint, Attribute: w.touch.Attribute}, Attribute: x.Attribute, Values: []model.Value{o.value, w.value}}
			}
		}
		r.writes = append(r.writes, w)
	}
}

// judge keeps what was found, when the scene has part in it.
func (r *rehearsal) judge() {
	add := func(f Finding) {
		f.Timeline, f.Happens = r.facts, r.happens
		r.search.found = append(r.search.found, f)
	}
	slices.Sort(r.looped)
	if looped := slices.Compact(r.looped); slices.Contains(looped, r.search.id) {
		add(Finding{Kind: "loop", Scenes: looped})
	}
	if r.conflict != nil && slices.Contains(r.conflict.Scenes, r.search.id) {
		add(*r.conflict)
	}
}
