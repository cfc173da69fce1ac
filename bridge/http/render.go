package httpapi

import (
	"encoding/json"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
)

// page renders the house as one caller may see it, in one language.
type page struct {
	view *home.View
	who  *principal
	lang string
	auth *keyring
	now  time.Time // of the view
}

func (s *Server) page(c *call) page {
	return page{view: s.o.House.View(), who: c.who, lang: c.lang, auth: s.auth, now: s.o.Now()}
}

// device finds a device that the caller may see; one that it may not see is not there.
func (p page) device(id model.DeviceID) (*home.Device, error) {
	if d := p.view.Device(id); d != nil && p.who.sees(d) {
		return d, nil
	}
	known := map[string]string{}
	for _, d := range p.view.Devices() {
		if p.who.sees(d) {
			known[string(d.ID)] = p.name(d)
		}
	}
	return nil, notFound(p.lang, "device", string(id), known)
}

func (p page) name(d *home.Device) string {
	if n := d.Name(p.lang); n != "" {
		return n
	}
	for _, lang := range messages.Languages {
		if n := d.Name(lang); n != "" {
			return n
		}
	}
	return string(d.ID)
}

func (p page) render(d *home.Device) api.Device {
	out := api.Device{ID: d.ID, Name: p.name(d), Names: d.Names, Type: d.Type(), Label: messages.Type(p.lang, d.Type()),
		Room: d.Room, Roles: d.Roles, Endpoints: []api.Endpoint{}, Sources: []api.Source{}}
	out.Reachable, out.Why = p.view.Reachable(d)
	if r, ok := p.view.Room(d.Room); ok {
		out.RoomName = p.roomName(r)
	}
	for _, e := range d.Endpoints() {
		if p.who.seesPartOf(e) || len(p.who.caps) == 0 {
			out.Endpoints = append(out.Endpoints, p.endpoint(d, e))
		}
	}
	for _, id := range d.Sources {
		src := p.view.Source(id)
		out.Sources = append(out.Sources, p.source(src))
		if out.Vendor == "" {
			out.Vendor, out.Model, out.Product = src.Description.Vendor, src.Description.Model, src.Description.Product
		}
	}
	return out
}

func (p page) endpoint(d *home.Device, e model.EndpointDescription) api.Endpoint {
	out := api.Endpoint{ID: e.ID, Type: e.Type, Label: e.Label, Attributes: []api.Attribute{}}
	for i := range e.Properties {
		if prop := &e.Properties[i]; p.who.may(prop.Attribute) {
			st, _ := d.State(home.Slot{Endpoint: e.ID, Attribute: prop.Attribute})
			out.Attributes = append(out.Attributes, p.attribute(prop, st))
		}
	}
	for _, a := range e.Actions {
		if p.who.may(a) {
			out.Actions = append(out.Actions, a)
		}
	}
	for _, ev := range e.Events {
		if p.who.may(ev.Event) {
			out.Events = append(out.Events, ev)
		}
	}
	return out
}

func (p page) attribute(prop *model.Property, st home.State) api.Attribute {
	v := st.Value
	if prop.Access == model.AccessConst && v.IsUnknown() {
		v = prop.Value
	}
	out := api.Attribute{Attribute: prop.Attribute, Label: messages.Label(p.lang, prop), Type: prop.Type, Unit: prop.Unit, Min: prop.Min, Max: prop.Max,
		Step: prop.Step, Options: prop.Options, Access: prop.Access, Category: prop.Category, Value: raw(v),
		Text: messages.Value(p.lang, prop, v), Quality: st.Quality, Changed: moment(st.Changed), Heard: moment(st.Heard)}
	if !st.Desired.IsUnknown() {
		out.Desired = raw(st.Desired)
	}
	return out
}

func (p page) source(src *home.Source) api.Source {
	out := api.Source{ID: src.Description.Source, Name: src.Description.Name, Reachable: src.Reachable, Why: src.Why, Gone: src.Gone,
		Heard: moment(src.Heard), Refusals: src.Refusals}
	if !p.who.limited() {
		out.Identities = src.Description.Identities
	}
	return out
}

func (p page) roomName(r home.Room) string {
	if n := r.Name(p.lang); n != "" {
		return n
	}
	for _, lang := range messages.Languages {
		if n := r.Name(lang); n != "" {
			return n
		}
	}
	return string(r.ID)
}

// seesCommand reports whether the caller may know of a command: of its device and of all that it touches.
func (p page) seesCommand(c home.Command) bool {
	if d := p.view.Device(c.Device); !p.who.sees(d) {
		return false
	}
	for _, w := range c.Writes {
		if !p.who.may(w.Attribute) {
			return false
		}
	}
	return c.Action == "" || p.who.may(c.Action)
}

func (p page) command(c home.Command) api.Command {
	name := string(c.Device)
	if d := p.view.Device(c.Device); d != nil {
		name = p.name(d)
	}
	c.Cause = p.who.trim(c.Cause)
	return api.Command{Command: c, Text: messages.Outcome(p.lang, name, c.Status, c.Reason)}
}

// causeName finds what a person, scene or program is called.
func (p page) causeName(kind model.CauseKind, id string) string {
	switch kind {
	case model.CausePerson, model.CauseVoice:
		return p.personName(home.PersonID(id))
	case model.CauseScene:
		if s, ok := p.view.Scene(id); ok {
			return sceneTitle(p.lang, s)
		}
	case model.CauseProgram:
		return p.auth.tokenName(id)
	}
	return ""
}

func (p page) personName(id home.PersonID) string {
	for _, x := range p.view.People() {
		if x.ID == id {
			return x.Name
		}
	}
	return ""
}

func raw(v model.Value) json.RawMessage { return v.AppendJSON(nil) }

// moment is nil for a time that never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
