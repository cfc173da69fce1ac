package mqttdiscovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters/mqttdiscovery/template"
	"github.com/concord-home/hub/model"
)

// thing is one device as a convention describes it.
type thing struct {
	description model.Description
	points      []*point
	actions     []action
	triggers    []trigger
	presence    []presence
	trackers    []tracker
	presenceAny bool         // one of several suffices
	asks        []outgoing   // sent once the thing is followed: requests for its state
	left        []string     // what could not be used, and why, for the doctor
	index       map[slot]int // of points
}

type slot struct {
	endpoint  model.EndpointID
	attribute model.Attribute
}

// point ties one attribute to the topic that tells it and the topic that sets it.
type point struct {
	endpoint model.EndpointID
	property model.Property
	topic    string   // "": never told
	more     []string // further topics that tell it
	// expires is how long what it told holds; 0: until it tells something else.
	expires time.Duration
	// read returns unknown when the message says nothing of the attribute.
	read func(m *message) model.Value
	// write returns what to publish; nil: the attribute cannot be set.
	write func(v model.Value, w *writing) ([]outgoing, error)
}

// action is a command that no attribute expresses.
type action struct {
	endpoint model.EndpointID
	name     model.Attribute
	send     func(args map[string]model.Value) ([]outgoing, error)
}

// trigger is an event of an endpoint.
type trigger struct {
	endpoint model.EndpointID
	info     model.EventInfo
	topic    string
	read     func(m *message) (args map[string]model.Value, ok bool)
}

// presence is one topic that says whether the thing answers.
type presence struct {
	topic string
	read  func(m *message) (present, ok bool)
}

// outgoing is one message to publish. Fields are merged with those of other writes to the same topic into one JSON object.
type outgoing struct {
	topic   string
	payload string
	fields  map[string]any
	retain  bool
	qos     byte
}

// message is one message that came, with its JSON decoded at most once.
type message struct {
	topic    string
	payload  []byte
	retained bool
	at       time.Time // when it came; not of one that is looked at again
	json     any
	decoded  bool
}

func (m *message) value() any {
	if !m.decoded {
		m.decoded = true
		m.json = template.FromJSON(m.payload)
	}
	return m.json
}

// member finds what lies below a path of keys in the message's JSON.
func (m *message) member(path ...string) any {
	v := m.value()
	for _, key := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[key]
	}
	return v
}

func (m *message) text() string { return strings.TrimSpace(string(m.payload)) }

// writing is one command being put together.
type writing struct {
	thing      *thing
	endpoint   model.EndpointID
	writes     []model.Write
	transition float64                    // seconds
	known      func(p *point) model.Value // what the thing said last
}

// other is what an attribute of the same endpoint will be: as written by this command, else as known.
func (w *writing) other(a model.Attribute) model.Value {
	for _, x := range w.writes {
		if x.Attribute == a {
			return x.Value
		}
	}
	if i, ok := w.thing.index[slot{w.endpoint, a}]; ok && w.known != nil {
		return w.known(w.thing.points[i])
	}
	return model.Value{}
}

// property is an attribute's contract as the catalogue has it, or of the long tail.
func property(a model.Attribute, access model.Access) model.Property {
	p := model.Property{Attribute: a, Type: model.TypeString, Access: access}
	if c := model.LookupAttribute(a); c != nil {
		p = *c
		p.Optional = false
		if access == model.AccessRead || p.Access.CanWrite() {
			p.Access = access
		}
	}
	return p
}

// add adds a point unless its attribute is there already; ok says whether it was added.
func (t *thing) add(p *point) (ok bool) {
	k := slot{p.endpoint, p.property.Attribute}
	if _, taken := t.index[k]; taken || strings.ContainsAny(p.topic, "+#") {
		return false
	}
	if t.index == nil {
		t.index = map[slot]int{}
	}
	t.index[k] = len(t.points)
	t.points = append(t.points, p)
	return true
}

func (t *thing) omit(what string, err error) {
	if err != nil {
		t.left = append(t.left, what+": "+err.Error())
	}
}

// finish makes the description's endpoints of the points, actions and triggers.
func (t *thing) finish(labels map[model.EndpointID]string) {
	t.description.Endpoints = nil
	at := func(id model.EndpointID) *model.EndpointDescription {
		i := slices.IndexFunc(t.description.Endpoints, func(e model.EndpointDescription) bool { return e.ID == id })
		if i < 0 {
			t.description.Endpoints = append(t.description.Endpoints, model.EndpointDescription{ID: id, Label: labels[id]})
			i = len(t.description.Endpoints) - 1
		}
		return &t.description.Endpoints[i]
	}
	at(model.MainEndpoint)
	for _, p := range t.points {
		e := at(p.endpoint)
		e.Properties = append(e.Properties, p.property)
	}
	for _, a := range t.actions {
		if e := at(a.endpoint); !slices.Contains(e.Actions, a.name) {
			e.Actions = append(e.Actions, a.name)
		}
	}
	for _, x := range t.triggers {
		e := at(x.endpoint)
		i := slices.IndexFunc(e.Events, func(i model.EventInfo) bool { return i.Event == x.info.Event })
		if i < 0 {
			e.Events = append(e.Events, model.EventInfo{Event: x.info.Event})
			i = len(e.Events) - 1
		}
		for _, o := range x.info.Options {
			if !slices.Contains(e.Events[i].Options, o) {
				e.Events[i].Options = append(e.Events[i].Options, o)
			}
		}
	}
	for i := range t.description.Endpoints {
		e := &t.description.Endpoints[i]
		e.Type = typeOf(t.description.Endpoints[i:i+1], "")
	}
	t.description.Type = typeOf(t.description.Endpoints, t.description.Product+" "+t.description.Model)
	if len(t.description.Endpoints) == 1 {
		t.description.Endpoints[0].Type = t.description.Type
	}
	t.description.Rank = rank
}

// rank puts these paths behind those of a device's own adapter.
const rank = 10

var errNotSettable = errors.New("it cannot be set")

// compose works out what to publish for a command's writes: one message a topic where they are fields of one object.
func (t *thing) compose(w *writing) ([]outgoing, model.ReasonCode, error) {
	var out []outgoing
	for _, x := range w.writes {
		i, ok := t.index[slot{w.endpoint, x.Attribute}]
		if !ok {
			return nil, model.ReasonUnsupported, fmt.Errorf("%s has no %s on endpoint %s", t.description.Name, x.Attribute, w.endpoint)
		}
		p := t.points[i]
		if p.write == nil {
			return nil, model.ReasonReadOnly, fmt.Errorf("%s of %s: %w", x.Attribute, t.description.Name, errNotSettable)
		}
		sent, err := p.write(x.Value, w)
		if err != nil {
			return nil, model.ReasonInvalidValue, fmt.Errorf("%s of %s: %w", x.Attribute, t.description.Name, err)
		}
		for _, o := range sent {
			out = merge(out, o)
		}
	}
	for i := range out {
		if out[i].fields != nil {
			b, err := json.Marshal(out[i].fields)
			if err != nil {
				return nil, model.ReasonInvalidValue, err
			}
			out[i].payload = string(b)
		}
	}
	return out, "", nil
}

func merge(out []outgoing, o outgoing) []outgoing {
	for i := range out {
		if out[i].topic != o.topic {
			continue
		}
		if out[i].fields != nil && o.fields != nil {
			mergeFields(out[i].fields, o.fields)
			return out
		}
		if out[i].fields == nil && o.fields == nil && out[i].payload == o.payload {
			return out
		}
	}
	return append(out, o)
}

func mergeFields(into, from map[string]any) {
	for k, v := range from {
		a, ok := into[k].(map[string]any)
		b, ok2 := v.(map[string]any)
		if ok && ok2 {
			mergeFields(a, b)
			continue
		}
		into[k] = v
	}
}

// slug makes a key or id of a name: lower case, words joined by _.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
		if b.Len() > 80 {
			break
		}
	}
	return b.String()
}
