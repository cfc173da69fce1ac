package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) modeRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/mode", "get-mode", "The mode of the house", s.getMode)
	add(a, runs, http.MethodPut, "/api/mode", "put-mode", "Begin a mode", s.putMode)
	add(a, edits, http.MethodPut, "/api/modes", "put-modes", "Say which modes the house has", s.putModes)
	add(a, readAll, http.MethodGet, "/api/zone", "get-zone", "The time zone of the house", s.getZone)
	add(a, edits, http.MethodPut, "/api/zone", "put-zone", "Say in which time zone the house is", s.putZone)
	add(a, readAll, http.MethodGet, "/api/holds", "list-holds", "What people and scenes hold against other scenes", s.listHolds)
	add(a, runs, http.MethodDelete, "/api/devices/{id}/hold", "end-hold", "Give a device's values free for scenes again", s.endHold)
	add(a, runs, http.MethodPost, "/api/webhooks/{name}", "call-webhook", "Set off the scenes that wait for a webhook", s.callWebhook)
}

func (s *Server) getMode(ctx context.Context, _ *LangInput) (*output[api.Mode], error) {
	p := s.page(callOf(ctx))
	now := p.view.Surroundings()
	return answer(api.Mode{Mode: now.Mode.Name, Name: messages.Known(p.lang, "mode", now.Mode.Name), Since: moment(now.Mode.Since), Modes: now.Modes}), nil
}

func (s *Server) putMode(ctx context.Context, in *struct {
	LangInput
	Body api.ModeRequest
}) (*output[api.Mode], error) {
	c := callOf(ctx)
	if err := s.o.House.Do(ctx, home.ModeSet{Mode: in.Body.Mode, Cause: c.who.cause()}); err != nil {
		return nil, s.ofError(c.lang, err)
	}
	return s.getMode(ctx, &in.LangInput)
}

func (s *Server) putModes(ctx context.Context, in *struct {
	LangInput
	Body api.ModesRequest
}) (*output[api.Mode], error) {
	if err := s.o.House.Do(ctx, home.ModesSet{Modes: in.Body.Modes}); err != nil {
		return nil, s.ofError(callOf(ctx).lang, err)
	}
	return s.getMode(ctx, &in.LangInput)
}

func (s *Server) getZone(ctx context.Context, _ *LangInput) (*output[api.Zone], error) {
	zone := s.page(callOf(ctx)).view.Surroundings().Zone
	if zone == "" {
		zone = "UTC"
	}
	return answer(api.Zone{Zone: zone}), nil
}

func (s *Server) putZone(ctx context.Context, in *struct {
	LangInput
	Body api.Zone
}) (*output[api.Zone], error) {
	c := callOf(ctx)
	if s.o.Zone != nil && s.o.Zone(in.Body.Zone) != nil {
		return nil, s.ofError(c.lang, &home.RefusalError{Field: "time zone", Value: in.Body.Zone, Expected: "an IANA name such as Europe/Berlin"})
	}
	if err := s.o.House.Do(ctx, home.ZoneSet{Zone: in.Body.Zone}); err != nil {
		return nil, s.ofError(c.lang, err)
	}
	return s.getZone(ctx, &in.LangInput)
}

func (s *Server) listHolds(ctx context.Context, _ *LangInput) (*output[[]api.Held], error) {
	p := s.page(callOf(ctx))
	out := []api.Held{}
	for _, h := range p.view.Holds(p.now) {
		if d := p.view.Device(h.Device); d != nil {
			out = append(out, api.Held{Hold: h, Name: p.name(d), Text: p.hold(d, h)})
		}
	}
	return answer(out), nil
}

// hold says what is held, by whom and until when.
func (p page) hold(d *home.Device, h home.Hold) string {
	prop := d.Property(home.Slot{Endpoint: h.Endpoint, Attribute: h.Attribute})
	if prop == nil {
		prop = &model.Property{Attribute: h.Attribute}
	}
	what := messages.Label(p.lang, prop)
	until := messages.Text(p.lang, "hold.run")
	if !h.Until.IsZero() {
		until = messages.Ago(p.lang, h.Until, p.now)
	}
	return messages.Text(p.lang, "hold.text", what, messages.Value(p.lang, prop, h.Value), messages.By(p.lang, h.Owner, p.causeName), until)
}

func (s *Server) endHold(ctx context.Context, in *struct {
	DeviceInput
	Endpoint  model.EndpointID `query:"endpoint" doc:"only this part"`
	Attribute model.Attribute  `query:"attribute" doc:"only this attribute"`
}) (*noOutput, error) {
	return nil, s.ofError(callOf(ctx).lang, s.o.House.Do(ctx, home.HoldEnded{Device: in.ID, Endpoint: in.Endpoint, Attribute: in.Attribute}))
}

func (s *Server) callWebhook(ctx context.Context, in *struct {
	LangInput
	Name string `path:"name" minLength:"1" maxLength:"64"`
	Body *api.WebhookRequest
}) (*noOutput, error) {
	c := callOf(ctx)
	called := home.WebhookCalled{Name: in.Name, Cause: c.who.cause()}
	if in.Body != nil {
		called.Payload = in.Body.Payload
	}
	return nil, s.ofError(c.lang, s.o.House.Do(ctx, called))
}
