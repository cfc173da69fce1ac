package httpapi

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// DeviceInput names a device. It is exported since the router fills in no other embedded input.
type DeviceInput struct {
	LangInput
	ID model.DeviceID `path:"id" maxLength:"64"`
}

func (s *Server) deviceRoutes(a huma.API) {
	add(a, reads, http.MethodGet, "/api/devices", "list-devices", "All devices with their state", s.listDevices)
	add(a, reads, http.MethodGet, "/api/devices/{id}", "get-device", "A device with its state", s.getDevice)
	add(a, edits, http.MethodPatch, "/api/devices/{id}", "change-device", "Change a device's names, room or roles", s.patchDevice)
	add(a, admins, http.MethodDelete, "/api/devices/{id}", "remove-device", "Remove a device, from its own network too where it still answers", s.deleteDevice)
	add(a, reads, http.MethodGet, "/api/devices/{id}/explain", "explain-device", "Why a device is as it is", s.explain)
	s.snapshotRoute(a)
}

func (s *Server) listDevices(ctx context.Context, in *struct {
	LangInput
	Room home.RoomID `query:"room" doc:"only devices of this room"`
}) (*output[[]api.Device], error) {
	p := s.page(callOf(ctx))
	out := []api.Device{}
	for _, d := range p.view.Devices() {
		if p.who.sees(d) && (in.Room == "" || d.Room == in.Room) {
			out = append(out, p.render(d))
		}
	}
	return answer(out), nil
}

func (s *Server) getDevice(ctx context.Context, in *DeviceInput) (*output[api.Device], error) {
	p := s.page(callOf(ctx))
	d, err := p.device(in.ID)
	if err != nil {
		return nil, err
	}
	return answer(p.render(d)), nil
}

func (s *Server) patchDevice(ctx context.Context, in *struct {
	DeviceInput
	Body api.DevicePatch
}) (*output[api.Device], error) {
	c := callOf(ctx)
	if _, err := s.page(c).device(in.ID); err != nil {
		return nil, err
	}
	var facts []home.Body
	if r := in.Body.Room; r != nil { // first: it alone can be refused by what the house has
		facts = append(facts, home.Placed{Device: in.ID, Room: *r})
	}
	for _, lang := range slices.Sorted(maps.Keys(in.Body.Names)) {
		facts = append(facts, home.Named{Device: in.ID, Lang: lang, Name: in.Body.Names[lang]})
	}
	if r := in.Body.Roles; r != nil {
		facts = append(facts, home.Assigned{Device: in.ID, Roles: *r})
	}
	for _, f := range facts {
		if err := s.o.House.Do(ctx, f); err != nil {
			return nil, s.ofError(c.lang, err)
		}
	}
	return s.getDevice(ctx, &in.DeviceInput)
}

func (s *Server) deleteDevice(ctx context.Context, in *DeviceInput) (*noOutput, error) {
	c := callOf(ctx)
	d, err := s.page(c).device(in.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range d.Sources {
		if src := s.o.House.View().Source(id); src == nil || src.Gone || !src.Reachable {
			continue
		}
		if s.o.Remove == nil {
			return nil, absent(c.lang)
		}
		if err := s.o.Remove(ctx, id); err != nil {
			return nil, s.ofError(c.lang, err)
		}
	}
	return nil, s.ofError(c.lang, s.forget(ctx, in.ID))
}

// leaveTime is how long a device may take to leave its network.
const leaveTime = 10 * time.Second

// forget removes a device as soon as none of its sources answers any more.
func (s *Server) forget(ctx context.Context, id model.DeviceID) error {
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	moved, stop := s.o.House.Events(256)
	defer stop()
	for {
		err := s.o.House.Do(ctx, home.Forgotten{Device: id})
		var still *home.RefusalError
		if !errors.As(err, &still) || s.o.House.View().Device(id) == nil {
			return err
		}
		for waiting := true; waiting; {
			select {
			case e, open := <-moved:
				if !open {
					return err
				}
				_, tells := e.(home.DeviceMoved)
				waiting = !tells
			case <-ctx.Done():
				return err
			}
		}
	}
}

func (s *Server) explain(ctx context.Context, in *struct {
	DeviceInput
	AtInput
	Attribute model.Attribute `query:"attribute" doc:"only this attribute"`
}) (*output[api.Explanation], error) {
	c := callOf(ctx)
	c.patient(longestWait)
	p := s.page(c)
	if err := s.view(ctx, &p, in.At); err != nil {
		return nil, err
	}
	d, err := p.device(in.ID)
	if err != nil {
		return nil, err
	}
	out := api.Explanation{Device: d.ID, Name: p.name(d), Attributes: []api.Because{}}
	situations := s.settingScenes(p, d)
	for _, slot := range d.Slots() {
		if !p.who.may(slot.Attribute) || in.Attribute != "" && slot.Attribute != in.Attribute {
			continue
		}
		st, _ := d.State(slot)
		if prop := d.Property(slot); prop.Access != model.AccessConst && (!st.Value.IsUnknown() || in.Attribute != "") {
			out.Attributes = append(out.Attributes, p.because(d, slot, st, situations))
			for _, h := range p.view.Holds(p.now) {
				if h.Device == d.ID && h.Endpoint == slot.Endpoint && h.Attribute == slot.Attribute {
					out.Attributes[len(out.Attributes)-1].Hold = p.hold(d, h)
				}
			}
		}
	}
	if in.Attribute != "" && len(out.Attributes) == 0 {
		return nil, p.noAttribute(d, in.Attribute)
	}
	return answer(out), nil
}

// settingScenes are how things stand with the scenes that set something of a device. Who may not see the house as a whole learns nothing of them.
func (s *Server) settingScenes(p page, d *home.Device) []home.Situation {
	if s.o.Situation == nil || p.who.limited() {
		return nil
	}
	var out []home.Situation
	for _, rec := range p.view.Scenes() {
		x := s.o.Situation(rec, p.view, p.now)
		if slices.ContainsFunc(x.Sets, func(a home.Aim) bool { return a.Device == d.ID }) {
			out = append(out, x)
		}
	}
	return out
}

func (p page) because(d *home.Device, slot home.Slot, st home.State, situations []home.Situation) api.Because {
	cause := p.who.trim(st.Cause)
	out := api.Because{Endpoint: slot.Endpoint, Attribute: slot.Attribute}
	for c := cause; c != nil; c = c.Because {
		link := *c
		link.Because = nil
		out.Chain = append(out.Chain, link)
	}
	if p.who.limited() { // the whole answer tells of people and of scenes
		out.Text = messages.Because(p.lang, d.Property(slot), st.Value, st.Quality, cause, p.causeName)
		return out
	}
	q := messages.Question{View: p.view, Device: d, Slot: slot, Now: p.now, Scenes: situations}
	said := messages.Explain(p.lang, q, p.causeName)
	out.Text, out.More = said[0], said[1:]
	return out
}

func (p page) noAttribute(d *home.Device, a model.Attribute) error {
	known := map[string]string{}
	for _, slot := range d.Slots() {
		if p.who.may(slot.Attribute) {
			known[string(slot.Attribute)] = messages.Label(p.lang, d.Property(slot))
		}
	}
	return notFound(p.lang, "attribute", string(a), known)
}
