package httpapi

import (
	"context"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/danielgtaylor/huma/v2"
)

// PersonInput names a person. It is exported since the router fills in no other embedded input.
type PersonInput struct {
	LangInput
	ID home.PersonID `path:"id" minLength:"1" maxLength:"64"`
}

// personBody is what can be said of a person.
type personBody struct {
	Name     string   `json:"name" minLength:"1" maxLength:"100"`
	Role     string   `json:"role" enum:"owner,adult,child,guest"`
	Trackers []string `json:"trackers,omitempty"`
	Paused   bool     `json:"paused,omitempty" doc:"nothing of where the person is, is taken"`
}

func (s *Server) peopleRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/people", "list-people", "Who lives here, and whether they are at home", s.listPeople)
	add(a, admins, http.MethodPut, "/api/people/{id}", "put-person", "Add or change a person", s.putPerson)
	add(a, admins, http.MethodDelete, "/api/people/{id}", "remove-person", "Remove a person, with password and sessions", s.deletePerson)
	add(a, readAll, http.MethodPut, "/api/people/{id}/password", "put-password", "Set a person's password: one's own, or anybody's for an owner", s.putPassword)
	add(a, edits, http.MethodGet, "/api/trackers", "list-trackers", "The trackers heard of, with the Unix second of their last fix", s.listTrackers)
}

func (p page) person(x home.Person) api.Person {
	if p.who.level < levelHouse {
		x.Trackers = nil
	}
	return api.Person{Person: x, Presence: p.view.Presence(x.ID)}
}

func (s *Server) listPeople(ctx context.Context, _ *LangInput) (*output[[]api.Person], error) {
	p := s.page(callOf(ctx))
	out := []api.Person{}
	for _, x := range p.view.People() {
		out = append(out, p.person(x))
	}
	return answer(out), nil
}

func (p page) findPerson(id home.PersonID) (home.Person, error) {
	known := map[string]string{}
	for _, x := range p.view.People() {
		if x.ID == id {
			return x, nil
		}
		known[string(x.ID)] = x.Name
	}
	return home.Person{}, notFound(p.lang, "person", string(id), known)
}

func (s *Server) putPerson(ctx context.Context, in *struct {
	PersonInput
	Body personBody
}) (*output[api.Person], error) {
	c := callOf(ctx)
	x := home.Person{ID: in.ID, Name: in.Body.Name, Role: in.Body.Role, Trackers: in.Body.Trackers, Paused: in.Body.Paused}
	if err := s.o.House.Do(ctx, home.PersonSet{Person: x}); err != nil {
		return nil, s.ofError(c.lang, err)
	}
	return answer(s.page(c).person(x)), nil
}

func (s *Server) deletePerson(ctx context.Context, in *PersonInput) (*noOutput, error) {
	p := s.page(callOf(ctx))
	if _, err := p.findPerson(in.ID); err != nil {
		return nil, err
	}
	if err := s.o.House.Do(ctx, home.PersonRemoved{Person: in.ID}); err != nil {
		return nil, s.ofError(p.lang, err)
	}
	if err := s.auth.forget(ctx, in.ID); err != nil {
		return nil, s.failed(p.lang, "a password could not be removed", err)
	}
	return nil, nil
}

func (s *Server) putPassword(ctx context.Context, in *struct {
	PersonInput
	Body api.PasswordRequest
}) (*noOutput, error) {
	p := s.page(callOf(ctx))
	own := p.who.kind == byPerson && p.who.id == string(in.ID)
	if !own && p.who.level < levelAdmin {
		return nil, problem(p.lang, http.StatusForbidden, "forbidden").build()
	}
	if _, err := p.findPerson(in.ID); err != nil {
		return nil, err
	}
	if err := s.auth.setPassword(ctx, in.ID, in.Body.Password); err != nil {
		return nil, s.failed(p.lang, "a password could not be saved", err)
	}
	return nil, nil
}

func (s *Server) listTrackers(ctx context.Context, _ *LangInput) (*output[map[string]int64], error) {
	return answer(s.page(callOf(ctx)).view.Trackers()), nil
}
