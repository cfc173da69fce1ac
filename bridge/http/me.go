package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) meRoutes(a huma.API) {
	add(a, access{level: levelNone}, http.MethodGet, "/api/me", "me", "Who calls, what the caller may do, and the hub's clock", s.me)
}

var (
	levelNames = map[level]string{levelNone: "none", levelRead: "read", levelControl: "control", levelHouse: "house", levelAdmin: "admin"}
	kindNames  = map[principalKind]string{byPerson: "person", byToken: "token", byLocal: "local", byDemo: "demo", byMonitor: "token"}
)

func (s *Server) me(ctx context.Context, _ *LangInput) (*output[api.Me], error) {
	p := s.page(callOf(ctx))
	out := api.Me{Kind: kindNames[p.who.kind], Level: levelNames[p.who.level], Rooms: p.who.rooms, Capabilities: p.who.caps,
		Expires: moment(p.who.expires), Lang: p.lang, Time: s.o.Now().UTC(), SetUp: s.auth.claimed()}
	switch p.who.kind {
	case byPerson:
		out.Person = home.PersonID(p.who.id)
		out.Name = p.personName(out.Person)
	case byToken:
		out.Name = s.auth.tokenName(p.who.id)
	}
	if s.o.Info != nil {
		i := s.o.Info()
		out.Version, out.Started = i.Version, i.Started
	}
	return answer(out), nil
}
