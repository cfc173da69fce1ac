package scenes

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes/climate"
)

// Engine implements [home.Scenes]. It finds what an occurrence triggers by an index, so what touches no scene
// costs a few map look-ups and no memory, however many scenes there are.
type Engine struct {
	scenes map[string]*scene
	places map[place][]entry
	people map[home.PersonID][]entry
	named  map[name][]entry
	wide   int                // triggers in places without a device: of rooms and roles
	waits  map[watch][]*scene // whose runs wait for a condition

	live  map[string]*memory // by scene; only of those that must remember something
	epoch uint64

	// climate runs the scenes of the kind arrival: it is Put and Removed with them, sees every occurrence, and its
	// state is ours.
	climate *climate.Engine

	zones func(string) (*time.Location, error)
	zone  string // whose location loc is
	loc   *time.Location
}

// place is what a trigger listens to. The endpoint is empty when the document names none, the
// device when it names a room or role.
type place struct {
	device    model.DeviceID
	endpoint  model.EndpointID
	attribute model.Attribute // or event
}

// name is what else a trigger listens to: a mode, another scene, a webhook, a topic.
type name struct {
	kind home.OccurrenceKind
	name string
}

// entry is one trigger in the index; trigger is nil for an arrival scene. Lists are ordered by scene.
type entry struct {
	scene   *scene
	trigger *trigger
}

// Option changes how an engine is made.
type Option func(*Engine)

// Zones gives the engine the time zones by their names; without, every house is in UTC. The engine
// itself must not look into the world, so it is handed [time.LoadLocation].
func Zones(load func(name string) (*time.Location, error)) Option {
	return func(e *Engine) { e.zones = load }
}

// Paced makes arrival scenes go by a faster clock, for demos; presence must go by the same.
func Paced(p home.Pace) Option { return func(e *Engine) { e.climate.SetPace(p) } }

// New returns an engine without scenes.
func New(options ...Option) *Engine {
	e := &Engine{scenes: map[string]*scene{}, places: map[place][]entry{}, people: map[home.PersonID][]entry{}, named: map[name][]entry{},
		waits: map[watch][]*scene{}, live: map[string]*memory{}, climate: climate.New(), loc: time.UTC}
	for _, o := range options {
		o(e)
	}
	return e
}

// location is the house's time zone; one that nobody knows is UTC.
func (e *Engine) location(r home.Reader) *time.Location {
	if z := r.Surroundings().Zone; z != e.zone {
		e.zone, e.loc = z, time.UTC
		if e.zones != nil && z != "" {
			if loc, err := e.zones(z); err == nil {
				e.loc = loc
			}
		}
	}
	return e.loc
}

// Check tells everything that is wrong with a document for this house: joined [*DocumentError], or nil.
func (e *Engine) Check(id string, doc json.RawMessage, r home.Reader) error {
	s, p := read(id, doc)
	if len(p) == 0 {
		p.house(s, r, func(other string) bool { return e.scenes[other] != nil })
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
		e.climate.Put(s.arrival.settings(s)) // which keeps what it has learned
		return
	}
	if !s.enabled {
		return
	}
	for i := range s.when {
		s.when[i].n = i
		e.index(s, &s.when[i])
	}
}

func (e *Engine) index(s *scene, t *trigger) {
	switch {
	case t.person != "":
		insert(e.people, t.person, entry{s, t})
	case t.name() != name{}:
		insert(e.named, t.name(), entry{s, t})
	case !t.timed():
		insert(e.places, t.place(), entry{s, t})
		if t.device == "" {
			e.wide++
		}
	}
}

func (t *trigger) name() name {
	switch {
	case t.scene != "":
		return name{home.OccurredScene, t.scene}
	case t.mode != "":
		return name{home.OccurredMode, t.mode}
	case t.webhook != "":
		return name{home.OccurredWebhook, t.webhook}
	case t.topic != "":
		return name{home.OccurredTopic, t.topic}
	}
	return name{}
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
	e.unwatch(s)
	delete(e.live, id)
	if !s.enabled {
		return
	}
	for i := range s.when {
		t := &s.when[i]
		drop(e.people, t.person, s)
		drop(e.named, t.name(), s)
		if !t.timed() && t.person == "" && t.name() == (name{}) {
			drop(e.places, t.place(), s)
			if t.device == "" {
				e.wide--
			}
		}
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
func (e *Engine) React(o home.Occurrence, r home.Foresight) []home.Reaction {
	out := e.react(&o, r)
	if !e.climate.Any() {
		return out
	}
	for _, re := range e.climate.React(&o, r, e.location(r)) {
		re.Claim.Override = true // it has its own rule for what was set by hand
		out = append(out, re)
	}
	return out
}

func (e *Engine) react(o *home.Occurrence, r home.Reader) []home.Reaction {
	var hit []entry
	var out []home.Reaction
	switch o.Kind {
	case home.OccurredChange, home.OccurredEvent:
		hit, out = e.at(place{o.Device, o.Endpoint, o.Attribute}, hit, out, o, r)
		hit, out = e.at(place{o.Device, "", o.Attribute}, hit, out, o, r)
		for _, id := range o.Aliases {
			hit, out = e.at(place{id, o.Endpoint, o.Attribute}, hit, out, o, r)
			hit, out = e.at(place{id, "", o.Attribute}, hit, out, o, r)
		}
		if e.wide > 0 {
			hit, out = e.at(place{"", o.Endpoint, o.Attribute}, hit, out, o, r)
			hit, out = e.at(place{"", "", o.Attribute}, hit, out, o, r)
		}
	case home.OccurredPresence:
		hit = matching(hit, e.people[o.Person], o, r)
		hit = matching(hit, e.people[anyone], o, r)
		hit = matching(hit, e.people[everyone], o, r)
		hit = matching(hit, e.people[firstOne], o, r)
	case home.OccurredMode, home.OccurredWebhook, home.OccurredTopic:
		hit = matching(hit, e.named[name{o.Kind, o.Name}], o, r)
	case home.OccurredScene:
		hit = matching(hit, e.named[name{o.Kind, o.Scene}], o, r)
	case home.OccurredTimer:
		return e.timer(o, r)
	case home.OccurredAsked:
		hit = e.asked(o.Scene)
	case home.OccurredPlanned:
		return e.plan(o, r)
	case home.OccurredDropped:
		return e.giveUp(o.Scene)
	}
	if len(hit) > 0 {
		out = e.trips(out, hit, o, r)
	}
	if len(e.waits) > 0 {
		out = e.wake(out, o, r)
	}
	return out
}

// at finds the triggers of a place; those that want a value to stay for a while begin or end waiting.
func (e *Engine) at(p place, hit []entry, out []home.Reaction, o *home.Occurrence, r home.Reader) ([]entry, []home.Reaction) {
	for _, x := range e.places[p] {
		switch {
		case x.trigger.held > 0:
			out = e.stay(out, x, o, r)
		case !o.Quiet && x.trigger.matches(o, r):
			hit = append(hit, x)
		}
	}
	return hit, out
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

// sortedScenes are the ids of all scenes in order.
func (e *Engine) sortedScenes() []string { return slices.Sorted(maps.Keys(e.scenes)) }
