package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/danielgtaylor/huma/v2"
)

// HomeKitAccessories are the accessories that the hub takes over.
type HomeKitAccessories interface {
	Accessories() []api.HomeKitAccessory
	Pair(ctx context.Context, accessory, code string) (api.HomeKitAccessory, error)
	Unpair(ctx context.Context, accessory string, force bool) error
}

// HomeKitBridges are the bridges by which the house shows in Apple Home.
type HomeKitBridges interface {
	Bridges() []api.HomeKitBridge
	Things() []api.HomeKitThing
	Show(ctx context.Context, key string, shown bool) error
	Unpair(ctx context.Context, number int) error
	Reset(ctx context.Context, number int) error
}

func (s *Server) homekitRoutes(a huma.API) {
	add(a, admins, http.MethodGet, "/api/homekit/accessories", "list-homekit-accessories", "HomeKit accessories that are paired, or could be", s.homekitAccessories)
	add(a, admins, http.MethodPost, "/api/homekit/accessories", "pair-homekit-accessory", "Pair the hub with a HomeKit accessory", s.homekitPair)
	add(a, admins, http.MethodDelete, "/api/homekit/accessories/{id}", "unpair-homekit-accessory", "Remove the pairing with an accessory", s.homekitUnpair)
	add(a, admins, http.MethodGet, "/api/homekit/bridges", "list-homekit-bridges", "The bridges to Apple Home, with their set-up codes", s.homekitBridges)
	add(a, admins, http.MethodPost, "/api/homekit/bridges/{number}/unpair", "unpair-homekit-bridge", "Remove all phones and home hubs of a bridge", s.homekitForget)
	add(a, admins, http.MethodPost, "/api/homekit/bridges/{number}/reset", "reset-homekit-bridge", "Give a bridge a new identity and set-up code", s.homekitReset)
	add(a, edits, http.MethodGet, "/api/homekit/things", "list-homekit-things", "What Apple Home could show, and what it does", s.homekitThings)
	add(a, edits, http.MethodPut, "/api/homekit/things", "show-homekit-thing", "Show something in Apple Home, or no longer", s.homekitShow)
}

func (s *Server) homekitIn(lang string) (HomeKitAccessories, error) {
	if s.o.HomeKitAccessories == nil {
		return nil, absent(lang)
	}
	return s.o.HomeKitAccessories, nil
}

func (s *Server) homekitOut(lang string) (HomeKitBridges, error) {
	if s.o.HomeKitBridges == nil {
		return nil, problem(lang, http.StatusNotImplemented, "not_supported").detail(messages.Text(lang, "error.not_supported.homekit")).build()
	}
	return s.o.HomeKitBridges, nil
}

func (s *Server) homekitAccessories(ctx context.Context, _ *LangInput) (*output[[]api.HomeKitAccessory], error) {
	h, err := s.homekitIn(callOf(ctx).lang)
	if err != nil {
		return nil, err
	}
	return answer(append([]api.HomeKitAccessory{}, h.Accessories()...)), nil
}

func (s *Server) homekitPair(ctx context.Context, in *struct {
	LangInput
	Body api.HomeKitPairRequest
}) (*output[api.HomeKitAccessory], error) {
	c := callOf(ctx)
	h, err := s.homekitIn(c.lang)
	if err != nil {
		return nil, err
	}
	c.patient(writeTimeout)
	acc, err := h.Pair(ctx, in.Body.Accessory, in.Body.Code)
	if err != nil {
		return nil, s.ofError(c.lang, err)
	}
	return answer(acc), nil
}

func (s *Server) homekitUnpair(ctx context.Context, in *struct {
	LangInput
	ID    string `path:"id" maxLength:"256"`
	Force bool   `query:"force" doc:"forget the accessory even if it cannot be told"`
}) (*noOutput, error) {
	c := callOf(ctx)
	h, err := s.homekitIn(c.lang)
	if err != nil {
		return nil, err
	}
	c.patient(writeTimeout)
	return nil, s.ofError(c.lang, h.Unpair(ctx, in.ID, in.Force))
}

func (s *Server) homekitBridges(ctx context.Context, _ *LangInput) (*output[[]api.HomeKitBridge], error) {
	h, err := s.homekitOut(callOf(ctx).lang)
	if err != nil {
		return nil, err
	}
	return answer(append([]api.HomeKitBridge{}, h.Bridges()...)), nil
}

// BridgeInput names a bridge. It is exported since the router fills in no other embedded input.
type BridgeInput struct {
	LangInput
	Number int `path:"number" minimum:"1" maximum:"100"`
}

func (s *Server) homekitForget(ctx context.Context, in *BridgeInput) (*noOutput, error) {
	c := callOf(ctx)
	h, err := s.homekitOut(c.lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofError(c.lang, h.Unpair(ctx, in.Number))
}

func (s *Server) homekitReset(ctx context.Context, in *BridgeInput) (*noOutput, error) {
	c := callOf(ctx)
	h, err := s.homekitOut(c.lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofError(c.lang, h.Reset(ctx, in.Number))
}

func (s *Server) homekitThings(ctx context.Context, _ *LangInput) (*output[[]api.HomeKitThing], error) {
	h, err := s.homekitOut(callOf(ctx).lang)
	if err != nil {
		return nil, err
	}
	return answer(append([]api.HomeKitThing{}, h.Things()...)), nil
}

func (s *Server) homekitShow(ctx context.Context, in *struct {
	LangInput
	Body api.HomeKitShowRequest
}) (*noOutput, error) {
	c := callOf(ctx)
	h, err := s.homekitOut(c.lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofError(c.lang, h.Show(ctx, in.Body.Key, in.Body.Shown))
}
