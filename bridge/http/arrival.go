package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) arrivalRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/arrival", "list-arrival", "Who is coming when, what each zone is set to and why, and the receipt", s.listArrival)
	add(a, runs, http.MethodPost, "/api/arrival/{id}/mode", "set-arrival-mode", "Vacation, guests, boost, pause, or back to everyday", s.setArrivalMode)
	add(a, runs, http.MethodPost, "/api/people/{id}/presence", "say-presence", "Say where somebody is or will be", s.sayPresence)
}

func (s *Server) listArrival(ctx context.Context, in *struct {
	LangInput
	Days int `query:"days" minimum:"1" maximum:"60" default:"7" doc:"of the receipt"`
}) (*output[[]api.Arrival], error) {
	p := s.page(callOf(ctx))
	if s.o.Arrival == nil {
		return nil, problem(p.lang, http.StatusNotFound, "not_supported").build()
	}
	all, err := s.o.Arrival(p.view, in.Days)
	if err != nil {
		return nil, s.failed(p.lang, "the arrival scenes could not be read", err)
	}
	r := p.reading()
	for i := range all {
		p.tellArrival(&all[i], r)
	}
	return answer(all), nil
}

// reading is how lines are put in words for whoever asks.
func (p page) reading() messages.Reading {
	zone, err := time.LoadLocation(p.view.Surroundings().Zone)
	if err != nil {
		zone = time.UTC
	}
	return messages.Reading{Lang: p.lang, Zone: zone, Name: func(kind, id string) string {
		if kind == "device" {
			if d := p.view.Device(model.DeviceID(id)); d != nil {
				return d.Name(p.lang)
			}
		}
		for _, x := range p.view.People() {
			if kind == "person" && string(x.ID) == id {
				return x.Name
			}
		}
		return ""
	}}
}

// tellArrival puts what was given as data in words.
func (p page) tellArrival(a *api.Arrival, r messages.Reading) {
	if i := slices.IndexFunc(p.view.Scenes(), func(x home.SceneRecord) bool { return x.ID == a.Scene }); i >= 0 {
		a.Name = sceneTitle(p.lang, p.view.Scenes()[i])
	}
	for i := range a.People {
		x := &a.People[i]
		x.Name = r.Name("person", string(x.Person))
		if x.Person == home.Somebody {
			x.Name = messages.Text(p.lang, "presence.somebody")
		}
		x.Text = messages.Text(p.lang, "presence."+x.Presence.State, x.Name)
		for _, l := range x.Presence.Evidence {
			x.Signs = append(x.Signs, r.Line(l))
		}
	}
	for i := range a.Zones {
		z := &a.Zones[i]
		z.Name, z.Why = r.Name("device", string(z.Device)), r.Line(z.Line)
	}
	for i := range a.Log {
		e := &a.Log[i]
		e.Name, e.Text = r.Name("device", e.Name), r.Line(e.Line)
	}
	for i := range a.Receipt.Cold {
		x := &a.Receipt.Cold[i]
		x.Who = r.Line(home.Line{Key: "arg.person", Args: []home.Arg{{Kind: "person", Text: x.Who}}})
	}
	for i := range a.Receipt.False {
		a.Receipt.False[i].Text = messages.Text(p.lang, "climate.nobody_came")
	}
}

func (s *Server) setArrivalMode(ctx context.Context, in *struct {
	SceneInput
	Body api.ArrivalRequest
}) (*noOutput, error) {
	c := callOf(ctx)
	p := s.page(c)
	if _, err := p.findScene(in.ID); err != nil {
		return nil, err
	}
	if in.Body.Mode == "vacation" && in.Body.Until == nil && in.Body.Hours == 0 {
		return nil, problem(p.lang, http.StatusUnprocessableEntity, "invalid").expecting("until", "", messages.Text(p.lang, "expected.return")).build()
	}
	args := map[string]model.Value{"mode": model.String(in.Body.Mode)}
	if in.Body.Until != nil {
		if !in.Body.Until.After(s.o.Now()) {
			return nil, problem(p.lang, http.StatusUnprocessableEntity, "invalid").expecting("until", in.Body.Until.String(), "> "+s.o.Now().String()).build()
		}
		args["until"] = model.String(in.Body.Until.Format(time.RFC3339))
	} else if in.Body.Hours > 0 {
		args["hours"] = model.Number(in.Body.Hours)
	}
	if err := s.o.House.Do(ctx, home.SceneAsked{ID: in.ID, Args: args, Cause: c.who.cause()}); err != nil {
		return nil, s.ofError(p.lang, err)
	}
	return nil, nil
}

func (s *Server) sayPresence(ctx context.Context, in *struct {
	PersonInput
	Body api.PresenceRequest
}) (*output[api.Person], error) {
	p := s.page(callOf(ctx))
	x, err := p.findPerson(in.ID)
	if err != nil {
		return nil, err
	}
	said := home.Statement{State: in.Body.State}
	switch {
	case in.Body.ETA != nil:
		said.ETA = *in.Body.ETA
	case in.Body.Minutes > 0:
		said.ETA = s.o.Now().UTC().Add(time.Duration(in.Body.Minutes * float64(time.Minute))).Round(time.Second)
	}
	if err := s.o.House.Do(ctx, home.Stated{Person: in.ID, Said: said}); err != nil {
		return nil, s.ofError(p.lang, err)
	}
	return answer(s.page(callOf(ctx)).person(x)), nil
}
