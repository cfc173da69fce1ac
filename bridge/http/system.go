package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) systemRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/adapters", "list-adapters", "How fast and how reliable each adapter is, beside its budgets", s.adapters)
	add(a, admins, http.MethodGet, "/api/log", "log", "The last lines of the hub's own log, oldest first", s.logLines)
	add(a, admins, http.MethodGet, "/api/diagnostics", "diagnostics", "What somebody who helps may know: no secrets, no names of people, rooms or devices", s.diagnostics)
}

func (s *Server) adapters(ctx context.Context, _ *LangInput) (*output[[]api.AdapterHealth], error) {
	if s.o.Adapters == nil {
		return nil, absent(callOf(ctx).lang)
	}
	return answer(append([]api.AdapterHealth{}, s.o.Adapters()...)), nil
}

func (s *Server) logLines(ctx context.Context, _ *LangInput) (*output[[]api.LogLine], error) {
	if s.o.Log == nil {
		return nil, absent(callOf(ctx).lang)
	}
	return answer(append([]api.LogLine{}, s.o.Log()...)), nil
}
