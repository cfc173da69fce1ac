package httpapi

import (
	"cmp"
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) activityRoutes(a huma.API) {
	add(a, reads, http.MethodGet, "/api/activity", "list-activity", "The logbook: what happened in the house and why, newest first", s.activity)
}

func (s *Server) activity(ctx context.Context, in *struct {
	LangInput
	Before uint64         `query:"before" doc:"only lines older than the one of this seq"`
	Limit  int            `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Device model.DeviceID `query:"device" doc:"only lines of this device" maxLength:"64"`
	Kind   string         `query:"kind" doc:"only lines of this kind" enum:"changed,occurred,command,device,presence,scene"`
	Room   home.RoomID    `query:"room" doc:"only lines of devices that are in this room now" maxLength:"64"`
}) (*output[[]api.Activity], error) {
	p, out := s.page(callOf(ctx)), []api.Activity{}
	s.diary.before(in.Before, func(l diaryLine) bool {
		if in.Device != "" && l.Device != in.Device || in.Kind != "" && l.Kind != in.Kind {
			return false
		}
		if x, visible := p.activity(l); visible && (in.Room == "" || x.Room == in.Room) {
			out = append(out, x)
		}
		return len(out) == in.Limit
	})
	return answer(out), nil
}

// activity puts a line in words; visible is false where the caller may not know of it.
func (p page) activity(l diaryLine) (out api.Activity, visible bool) {
	out = api.Activity{Seq: l.N, At: l.At, Kind: l.Kind, Device: l.Device, Name: l.Who}
	cause := p.who.trim(l.Cause)
	if first := root(cause); first != nil {
		out.Cause = string(first.Kind)
	}
	if l.Device == "" {
		p.tellOfHouse(l, cause, &out)
		return out, !p.who.limited()
	}
	d := p.view.Device(l.Device)
	if d == nil {
		out.Name = string(l.Device)
		out.Text = messages.Text(p.lang, "device.removed", l.Device)
		return out, l.What == "removed" && !p.who.limited()
	}
	out.Name, out.Room = p.name(d), d.Room
	return out, p.who.sees(d) && (l.Attribute == "" || p.who.may(l.Attribute)) && p.tellOfDevice(d, l, cause, &out)
}

func (p page) tellOfDevice(d *home.Device, l diaryLine, cause *model.Cause, out *api.Activity) bool {
	switch l.Kind {
	case "changed":
		prop := d.Property(home.Slot{Endpoint: l.Endpoint, Attribute: l.Attribute})
		if prop == nil {
			return false // it can no longer do this
		}
		out.Text = messages.Because(p.lang, prop, l.Value, model.Good, cause, p.causeName)
	case "occurred":
		out.Text = messages.Event(p.lang, l.Attribute, l.Args)
	case "command":
		out.Failed = true
		out.Text = messages.Outcome(p.lang, out.Name, l.Status, l.Reason)
	case "device":
		out.Failed = l.What == "lost"
		switch l.What {
		case "lost":
			out.Text = messages.Text(p.lang, "reach.no")
		case "back":
			out.Text = messages.Text(p.lang, "reach.yes")
		default:
			out.Text = messages.Text(p.lang, "device."+l.What, out.Name)
		}
	}
	return out.Text != ""
}

func (p page) tellOfHouse(l diaryLine, cause *model.Cause, out *api.Activity) {
	switch l.Kind {
	case "presence":
		out.Person, out.State = home.PersonID(l.Who), l.What
		out.Name = cmp.Or(p.personName(out.Person), l.Who)
		state := cmp.Or(l.What, "unknown")
		out.Text = messages.Text(p.lang, "presence."+state, out.Name)
	case "scene":
		out.Name = l.Who
		if r, ok := p.view.Scene(l.Who); ok {
			out.Name = sceneTitle(p.lang, r)
		}
		out.Text = messages.Ran(p.lang, out.Name, cause, p.causeName)
		out.Failed = len(l.Problems) > 0
	}
}

// root is where a chain of causes began.
func root(c *model.Cause) *model.Cause {
	for c != nil && c.Because != nil {
		c = c.Because
	}
	return c
}
