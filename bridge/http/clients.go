package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/danielgtaylor/huma/v2"
)

// Clients are the accounts of the hub's own MQTT broker.
type Clients interface {
	Make(ctx context.Context, name string, topics []string) (password string, err error)
	Remove(ctx context.Context, name string) error
	Clients() []api.MQTTClient
}

func (s *Server) clientRoutes(a huma.API) {
	add(a, admins, http.MethodGet, "/api/mqtt/clients", "list-mqtt-clients", "The clients of the hub's MQTT broker, without their passwords", s.listClients)
	add(a, admins, http.MethodPost, "/api/mqtt/clients", "make-mqtt-client", "Make an MQTT client, or give one a new password, which is shown this once", s.makeClient)
	add(a, admins, http.MethodDelete, "/api/mqtt/clients/{name}", "remove-mqtt-client", "Forget an MQTT client", s.removeClient)
}

// clients is the broker's desk, or the answer that this hub has no broker of its own.
func (s *Server) clients(lang string) (Clients, error) {
	if s.o.Clients == nil {
		return nil, absent(lang)
	}
	return s.o.Clients, nil
}

func (s *Server) listClients(ctx context.Context, _ *LangInput) (*output[[]api.MQTTClient], error) {
	desk, err := s.clients(callOf(ctx).lang)
	if err != nil {
		return nil, err
	}
	return answer(desk.Clients()), nil
}

func (s *Server) makeClient(ctx context.Context, in *struct {
	LangInput
	Body api.MQTTClient
}) (*output[api.NewMQTTClient], error) {
	c := callOf(ctx)
	desk, err := s.clients(c.lang)
	if err != nil {
		return nil, err
	}
	password, err := desk.Make(ctx, in.Body.Name, in.Body.Topics)
	if err != nil {
		return nil, problem(c.lang, http.StatusUnprocessableEntity, "invalid").expecting("name", in.Body.Name, messages.Phrase(c.lang, err.Error())).build()
	}
	return answer(api.NewMQTTClient{MQTTClient: in.Body, Password: password}), nil
}

func (s *Server) removeClient(ctx context.Context, in *struct {
	LangInput
	Name string `path:"name" maxLength:"64"`
}) (*noOutput, error) {
	c := callOf(ctx)
	desk, err := s.clients(c.lang)
	if err != nil {
		return nil, err
	}
	if err := desk.Remove(ctx, in.Name); err != nil {
		return nil, notFound(c.lang, "mqtt_client", in.Name, nil)
	}
	return nil, nil
}
