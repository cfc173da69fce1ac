package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func (s *Server) statusRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/discovered", "list-discovered", "What was seen on the network", s.discovered)
	add(a, admins, http.MethodPost, "/api/pair/{adapter}", "pair", "Open an adapter's network to new devices, or close it (0 s)", s.pair)
	add(a, readAll, http.MethodGet, "/api/doctor", "doctor", "How the hub is", s.doctor)
	add(a, reads, http.MethodGet, "/api/info", "info", "What this hub is", s.info)
	add(a, reads, http.MethodGet, "/api/capabilities", "list-capabilities", "The catalogue of capabilities", s.capabilities)
	add(a, readAll, http.MethodGet, "/metrics", "metrics", "Figures for Prometheus", s.metrics)
	add(a, anybody, http.MethodGet, "/healthz", "health", "Whether the hub works", s.healthz)
}

func (s *Server) discovered(ctx context.Context, _ *LangInput) (*output[[]api.Discovered], error) {
	if s.o.Discovered == nil {
		return nil, absent(callOf(ctx).lang)
	}
	return answer(append([]api.Discovered{}, s.o.Discovered()...)), nil
}

func (s *Server) pair(ctx context.Context, in *struct {
	LangInput
	Adapter string `path:"adapter" maxLength:"64"`
	Body    api.PairRequest
}) (*noOutput, error) {
	c := callOf(ctx)
	if s.o.Pair == nil {
		return nil, absent(c.lang)
	}
	return nil, s.ofError(c.lang, s.o.Pair(ctx, in.Adapter, in.Body.Seconds))
}

func (s *Server) doctor(ctx context.Context, _ *LangInput) (*output[api.Doctor], error) {
	if s.o.Doctor == nil {
		return nil, absent(callOf(ctx).lang)
	}
	d := s.o.Doctor()
	d.Findings = append([]api.Finding{}, d.Findings...)
	return answer(d), nil
}

func (s *Server) info(ctx context.Context, _ *LangInput) (*output[api.Info], error) {
	p := s.page(callOf(ctx))
	var i api.Info
	if s.o.Info != nil {
		i = s.o.Info()
	}
	i.Devices, i.Rooms = 0, 0
	for _, d := range p.view.Devices() {
		if p.who.sees(d) {
			i.Devices++
		}
	}
	for _, r := range p.view.Rooms() {
		if p.who.seesRoom(r.ID) {
			i.Rooms++
		}
	}
	i.SetUp, i.Demo = s.auth.claimed(), s.o.Demo
	return answer(i), nil
}

func (s *Server) capabilities(ctx context.Context, _ *LangInput) (*output[[]model.CapabilitySpec], error) {
	return answer(model.Capabilities), nil
}

func (s *Server) metrics(context.Context, *struct{}) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		promhttp.HandlerFor(s.o.Metrics, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	}}, nil
}

// healthz says nothing but whether the hub can remember what happens.
func (s *Server) healthz(context.Context, *struct{}) (*struct{ Status int }, error) {
	if !s.o.Memory.Health().OK {
		return &struct{ Status int }{http.StatusServiceUnavailable}, nil
	}
	return &struct{ Status int }{http.StatusOK}, nil
}
