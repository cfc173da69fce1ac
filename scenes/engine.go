package scenes

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// Engine implements [home.Scenes]. It finds what an occurrence triggers by an index, so what touches no scene
// costs two map look-ups and no memory, however many scenes there are.
type Engine struct {
	scenes map[string]*scene
	places map[place][]entry
	people map[home.PersonID][]entry
	// climate runs the scenes of the kind arrival: it is Put and Removed with them, sees every occurrence, and its state is ours.
	climate *climate.Engine
}

// NewPaced returns an engine whose arrival scenes go by a faster clock, for demos; presence must go by the same.
func NewPaced(p home.Pace) *Engine {
	e := New()
	e.climate.SetPace(p)
	return e
}

// place is what a trigger listens to. The endpoint is empty when the document names none.
type place struct {
	device    model.DeviceID
	endpoint  model.EndpointID
	attribute model.Attribute // or event
}

// entry is one trigger in the index; trigger is nil for an arrival scene. Lists are ordered by scene.
type entry struct {
	scene   *scene
	trigger *trigger
}

// New returns an engine without scenes.
func New() *Engine {
	return &Engine{scenes: map[string]*scene{}, places: map[place][]entry{}, people: map[home.PersonID][]entry{}, climate: climate.New()}
}

// Check tells everything that is wrong with a document for this house: joined [*DocumentError], or nil.
func (e *Engine) Check(_ string, doc json.RawMessage, r home.Reader) error {
	s, p := read("", doc)
	if len(p) == 0 {
		p.house(s, r)
	}
	return p.err()
}

// Put takes a checked document in the place of an earlier one of the same id. One that cannot be read is no scene.
func (e *Engine) Put(id string, doc json.RawMessage) {
	s, p := read(id, doc)
	e.drop(id)
	if len(p) > 0 || s.arrival == nil {
		e.climate.Remove(id)
	}
	if len(p) > 0 {
		return
	}
	e.scenes[id] = s
	if s.arrival != nil {
		e.climate.Put(s.arrival.settings(s))
		return
	}
	if !s.enabled {
		return
	}
	for i := range s.when {
		t := &s.when[i]
		if t.person != "" {
			insert(e.people, t.person, entry{s, t})
			continue
		}
		insert(e.places, t.place(), entry{s, t})
	}
}

// Remove forgets a scene; one that is not there is no matter.
func (e *Engine) Remove(id string) {
	e.climate.Remove(id)
	e.drop(id)
}

func (e *Engine) drop(id string) {
	s := e.scenes[id]
	if s == nil {
		return
	}
	delete(e.scenes, id)
	for i := range s.when {
		drop(e.people, s.when[i].person, s)
		drop(e.places, s.when[i].place(), s)
	}
}

func insert[K comparable](index map[K][]entry, key K, x entry) {
	list := index[key]
	n, _ := slices.BinarySearchFunc(list, x.scene.id, func(y entry, id string) int { return cmp.Compare(y.scene.id, id) })
	index[key] = slices.Insert(list, n, x)
}

func drop[K comparable](index map[K][]entry, key K, s *scene) {
	rest := slices.DeleteFunc(index[key], func(x entry) bool { return x.scene == s })
	if index[key] = rest; len(rest) == 0 {
		delete(index, key)
	}
}

// React answers an occurrence with what each scene that it triggers does, ordered by scene; arrival scenes come last.
func (e *Engine) React(o home.Occurrence, r home.Reader) []home.Reaction {
	return append(e.react(&o, r), e.climate.React(&o, r)...)
}

func (e *Engine) react(o *home.Occurrence, r home.Reader) []home.Reaction {
	var hit []entry
	switch o.Kind {
	case home.OccurredChange, home.OccurredEvent:
		hit = matching(hit, e.places[place{o.Device, o.Endpoint, o.Attribute}], o, r)
		hit = matching(hit, e.places[place{o.Device, "", o.Attribute}], o, r)
	case home.OccurredPresence:
		hit = matching(hit, e.people[o.Person], o, r)
		hit = matching(hit, e.people[anyone], o, r)
		hit = matching(hit, e.people[everyone], o, r)
	case home.OccurredAsked:
		hit = e.asked(o.Scene)
	}
	if len(hit) == 0 {
		return nil
	}
	return reactions(hit, o, r)
}

func matching(hit, list []entry, o *home.Occurrence, r home.Reader) []entry {
	for _, x := range list {
		if x.trigger == nil || x.trigger.matches(o, r) {
			hit = append(hit, x)
		}
	}
	return hit
}

// asked runs a scene by hand, whether or not it is enabled.
func (e *Engine) asked(id string) []entry {
	if s := e.scenes[id]; s != nil && s.arrival == nil {
		return []entry{{s, nil}}
	}
	return nil
}

// reactions runs each scene once, however many of its triggers were hit.
func reactions(hit []entry, o *home.Occurrence, r home.Reader) []home.Reaction {
	slices.SortStableFunc(hit, func(a, b entry) int { return cmp.Compare(a.scene.id, b.scene.id) })
	hit = slices.CompactFunc(hit, func(a, b entry) bool { return a.scene == b.scene })
	out := make([]home.Reaction, 0, len(hit))
	for _, x := range hit {
		out = append(out, x.scene.react(x.trigger, o, r))
	}
	return out
}

func (s *scene) react(t *trigger, o *home.Occurrence, r home.Reader) home.Reaction {
	re := home.Reaction{Scene: s.id, Because: because(t, o, r)}
	if among(o.Cause, s.id) {
		re.Problems = []string{fmt.Sprintf("not run again: the scene is itself a cause of this (%s)", re.Because)}
		return re
	}
	for i := range s.then {
		s.then[i].run(&re, r)
	}
	return re
}

// among reports whether a scene is in a chain of causes.
func among(c *model.Cause, scene string) bool {
	for ; c != nil; c = c.Because {
		if c.Kind == model.CauseScene && c.Who == scene {
			return true
		}
	}
	return false
}

// State is what must be remembered: what the arrival scenes have learned. All else stands in the house.
func (e *Engine) State() json.RawMessage { return e.climate.State() }

// SetState takes what State gave.
func (e *Engine) SetState(b json.RawMessage) error { return e.climate.SetState(b) }

// Accounts is what the arrival scenes tell of themselves, by scene, out of a state that State gave.
func Accounts(state json.RawMessage, now time.Time, days int) (map[string]climate.Account, error) {
	return climate.ReadAccounts(state, now, days)
}
