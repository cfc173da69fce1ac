package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// Publishing is the choice of what other systems see on MQTT.
type Publishing interface {
	Published() api.Publishing
	Publish(ctx context.Context, p api.Publishing) error
}

func (s *Server) publishingRoutes(a huma.API) {
	add(a, admins, http.MethodGet, "/api/mqtt/publish", "get-publishing", "Which devices are published on MQTT for other systems", s.publishing)
	add(a, admins, http.MethodPut, "/api/mqtt/publish", "set-publishing", "Choose which devices are published on MQTT for other systems", s.setPublishing)
}

func (s *Server) publishing(ctx context.Context, _ *LangInput) (*output[api.Publishing], error) {
	if s.o.Publishing == nil {
		return nil, absent(callOf(ctx).lang)
	}
	return answer(s.o.Publishing.Published()), nil
}

func (s *Server) setPublishing(ctx context.Context, in *struct {
	LangInput
	Body api.Publishing
}) (*output[api.Publishing], error) {
	c := callOf(ctx)
	if s.o.Publishing == nil {
		return nil, absent(c.lang)
	}
	v := s.o.House.View()
	for _, id := range in.Body.Rooms {
		if _, ok := v.Room(home.RoomID(id)); !ok {
			return nil, notFound(c.lang, "room", id, nil)
		}
	}
	for _, id := range in.Body.Except {
		if v.Device(model.DeviceID(id)) == nil {
			return nil, notFound(c.lang, "device", id, nil)
		}
	}
	if err := s.o.Publishing.Publish(ctx, in.Body); err != nil {
		return nil, s.ofError(c.lang, err)
	}
	return answer(s.o.Publishing.Published()), nil
}
