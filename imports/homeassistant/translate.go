package homeassistant

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
)

// Plan is what can be taken over, and the report.
type Plan struct {
	Rooms   []string       `json:"rooms"` // names of rooms to add
	Devices []DeviceChange `json:"devices"`
	Scenes  []NewScene     `json:"scenes"`
	Notes   []Note         `json:"notes"`
}

// DeviceChange is a name and a room for a device of this house; what is empty stays.
type DeviceChange struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Room string `json:"room,omitempty"` // the room's name
}

// NewScene is a scene document for this house.
type NewScene struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Kind     string         `json:"kind"` // automation or scene
	Document map[string]any `json:"document"`
}

// Translate says what of the configuration this house can take over. The same input gives the same plan.
func (c *Config) Translate(h House) Plan {
	t := &translator{c: c, h: h, devices: c.match(h), entities: map[string]*Entity{}, areas: map[string]string{}, scenes: map[string]string{}}
	t.plan.Notes = slices.Clone(c.Problems)
	for i := range c.Entities {
		e := &c.Entities[i]
		t.entities[e.ID] = e
		if e.Registry != "" {
			t.entities[e.Registry] = e
		}
	}
	t.rooms()
	t.names()
	t.scenesAll()
	for i, a := range c.Automations {
		t.automation(i, a)
	}
	return t.plan
}

type translator struct {
	c        *Config
	h        House
	plan     Plan
	devices  map[string]*Known  // by Home Assistant's device id
	entities map[string]*Entity // by entity id and registry id
	areas    map[string]string  // names, by Home Assistant's area id
	scenes   map[string]string  // our ids, by Home Assistant's scene entity
}

func (t *translator) rooms() {
	for _, a := range t.c.Areas {
		t.areas[a.ID] = a.Name
		if slices.ContainsFunc(t.h.Rooms, func(r Named) bool { return r.called(a.Name) }) {
			continue
		}
		t.plan.Rooms = append(t.plan.Rooms, a.Name)
		t.plan.Notes = append(t.plan.Notes, Note{Outcome: Taken, Kind: "room", Name: a.Name})
	}
}

// names gives devices the names and rooms that they had.
func (t *translator) names() {
	for _, d := range t.c.Devices {
		k := t.devices[d.ID]
		if k == nil {
			if len(d.identities()) > 0 { // a thing, not a service or an add-on
				t.plan.Notes = append(t.plan.Notes, Note{Outcome: Left, Kind: "device", Name: d.name(), Key: "import.no_device"})
			}
			continue
		}
		change := DeviceChange{ID: k.ID}
		if name := d.name(); name != "" && !k.called(name) {
			change.Name = name
		}
		if room := t.areas[d.Area]; room != "" && !t.isRoom(k.Room, room) {
			change.Room = room
		}
		if change.Name != "" || change.Room != "" {
			t.plan.Devices = append(t.plan.Devices, change)
		}
		t.plan.Notes = append(t.plan.Notes, Note{Outcome: Taken, Kind: "device", Name: d.name()})
	}
}

func (t *translator) isRoom(id, name string) bool {
	return slices.ContainsFunc(t.h.Rooms, func(r Named) bool { return r.ID == id && r.called(name) })
}

// ref is an entity as this house has it.
type ref struct {
	device   *Known
	endpoint model.EndpointID
	meaning
	entity Entity
}

// place are the keys by which a document names the thing.
func (r ref) place() map[string]any {
	m := map[string]any{"device": r.device.ID}
	if r.endpoint != model.MainEndpoint {
		m["endpoint"] = string(r.endpoint)
	}
	return m
}

// known finds an entity's device.
func (t *translator) known(where, id string) (Entity, *Known, *untaken) {
	e := t.entities[id]
	if e == nil {
		switch domain(id) {
		case "input_boolean", "input_select", "input_number", "input_datetime", "input_text", "timer", "counter", "schedule", "group", "script", "automation", "zone", "calendar", "todo", "weather":
			return Entity{}, nil, cannot(where, "import.helper", id)
		}
		return Entity{}, nil, cannot(where, "import.no_entity", id)
	}
	k := t.devices[e.Device]
	if k == nil {
		return *e, nil, cannot(where, "import.not_here", id)
	}
	return *e, k, nil
}

// resolve finds what an entity, or an attribute of it, is here.
func (t *translator) resolve(where, id, attribute string) (ref, *untaken) {
	e, k, no := t.known(where, id)
	if no != nil {
		return ref{}, no
	}
	m, ok := meaningOf(e, attribute)
	if !ok {
		return ref{}, cannot(where, "import.no_meaning", strings.TrimSuffix(e.ID+" "+attribute, " "))
	}
	ep, ok := k.endpointWith(m.attribute, e.Unique+" "+e.ID)
	if !ok {
		return ref{}, cannot(where, "import.lacks", k.Names[0], string(m.attribute))
	}
	return ref{k, ep, m, e}, nil
}

// value is what a state of an entity stands for here: several where this house tells more apart.
func (r ref) value(where string, state any) ([]any, *untaken) {
	word := strings.ToLower(text(state))
	if s, ok := state.(bool); ok { // YAML took on and off for truths
		word = map[bool]string{true: "on", false: "off"}[s]
		if _, ok := r.states["true"]; ok {
			word = text(state)
		}
	}
	if r.states == nil {
		x, ok := asNumber(state)
		if !ok {
			return nil, cannot(where, "import.no_state", r.entity.ID, text(state))
		}
		return []any{r.number(x, r.entity.Unit)}, nil
	}
	v, ok := r.states[word]
	if !ok {
		return nil, cannot(where, "import.no_state", r.entity.ID, word)
	}
	return list(v), nil
}

// sceneID is the id that something gets here: the same at the next import.
func sceneID(kind string, i Item) string {
	id := cmp.Or(i.ID, i.Name)
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r > 127:
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, id)
	return kind + "-" + strings.Trim(clean, "-")
}

func (t *translator) take(kind string, i Item, doc map[string]any) {
	name := cmp.Or(i.Name, i.ID)
	doc["names"] = map[string]any{"": name}
	s := NewScene{ID: sceneID("ha-"+kind, i), Name: name, Kind: kind, Document: doc}
	for n := 2; slices.ContainsFunc(t.plan.Scenes, func(x NewScene) bool { return x.ID == s.ID }); n++ {
		s.ID = sceneID("ha-"+kind, i) + "-" + string(rune('0'+n%10))
	}
	t.plan.Scenes = append(t.plan.Scenes, s)
	t.plan.Notes = append(t.plan.Notes, Note{Outcome: Taken, Kind: kind, Name: name})
}

func (t *translator) leave(kind, name string, err error) {
	n := Note{Outcome: Left, Kind: kind, Name: name}
	var why *untaken
	if errors.As(err, &why) {
		n.Where, n.Key, n.Args = why.where, why.key, why.args
	}
	t.plan.Notes = append(t.plan.Notes, n)
}

// Refusal is why the hub did not take what the plan holds.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Refuse notes that the hub did not take something. An error that is no [Refusal] is given back.
func (p *Plan) Refuse(kind, name string, err error) error {
	var why Refusal
	if !errors.As(err, &why) {
		return err
	}
	note := Note{Outcome: Left, Kind: kind, Name: name, Key: "import.refused", Args: []string{string(why)}}
	for i, n := range p.Notes {
		if n.Kind == kind && n.Name == name && n.Outcome == Taken {
			p.Notes[i] = note
			return nil
		}
	}
	p.Notes = append(p.Notes, note)
	return nil
}
