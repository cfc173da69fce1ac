package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) tokenRoutes(a huma.API) {
	add(a, admins, http.MethodGet, "/api/tokens", "list-tokens", "The tokens, without their secrets", s.listTokens)
	add(a, admins, http.MethodPost, "/api/tokens", "create-token", "Make a token; its secret is shown this once", s.createToken)
	add(a, admins, http.MethodDelete, "/api/tokens/{id}", "revoke-token", "End a token", s.revokeToken)
}

func (s *Server) listTokens(context.Context, *LangInput) (*output[[]api.Token], error) {
	return answer(s.auth.listTokens()), nil
}

func (s *Server) createToken(ctx context.Context, in *struct {
	LangInput
	Body api.TokenRequest
}) (*output[api.NewToken], error) {
	p := s.page(callOf(ctx))
	if err := p.checkToken(in.Body); err != nil {
		return nil, err
	}
	now := s.o.Now().UTC()
	if e := in.Body.Expires; e != nil && !e.After(now) {
		return nil, problem(p.lang, http.StatusUnprocessableEntity, "invalid").expecting("expires", e.String(), "> "+now.String()).build()
	}
	t, err := s.auth.addToken(ctx, api.Token{ID: newID("t"), Name: in.Body.Name, Rooms: in.Body.Rooms, Capabilities: in.Body.Capabilities,
		ReadOnly: in.Body.ReadOnly, Admin: in.Body.Admin, Expires: in.Body.Expires, Created: now})
	if err != nil {
		return nil, s.failed(p.lang, "a token could not be saved", err)
	}
	return answer(t), nil
}

// checkToken refuses a scope that means nothing: a mistyped room must not look like a restriction.
func (p page) checkToken(t api.TokenRequest) error {
	if t.Admin && (t.ReadOnly || len(t.Rooms) > 0 || len(t.Capabilities) > 0) {
		return problem(p.lang, http.StatusUnprocessableEntity, "invalid").expecting("admin", "true", messages.Text(p.lang, "expected.admin_alone")).build()
	}
	for _, r := range t.Rooms {
		if _, ok := p.view.Room(r); !ok {
			return p.noRoom(r)
		}
	}
	for _, c := range t.Capabilities {
		if model.LookupCapability(c) == nil && c != model.Setting && c != model.Measurement {
			known := map[string]string{}
			for i := range model.Capabilities {
				known[string(model.Capabilities[i].ID)] = model.Capabilities[i].Label.In(p.lang)
			}
			return notFound(p.lang, "capability", string(c), known)
		}
	}
	return nil
}

func (s *Server) revokeToken(ctx context.Context, in *struct {
	LangInput
	ID string `path:"id" maxLength:"64"`
}) (*noOutput, error) {
	c := callOf(ctx)
	ok, err := s.auth.revoke(ctx, in.ID)
	if err != nil {
		return nil, s.failed(c.lang, "a token could not be removed", err)
	}
	if !ok {
		return nil, notFound(c.lang, "token", in.ID, nil)
	}
	return nil, nil
}
