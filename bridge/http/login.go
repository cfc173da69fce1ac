package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/danielgtaylor/huma/v2"
)

// sessionOutput carries a session in a cookie that scripts cannot read and other websites cannot send.
type sessionOutput struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   api.Session
}

func (s *Server) accessRoutes(a huma.API) {
	add(a, anybody, http.MethodGet, "/api/setup", "get-setup", "Whether somebody has claimed the hub", s.getSetup)
	add(a, anybody, http.MethodPost, "/api/setup", "setup", "Claim a new hub with the code that it printed", s.postSetup)
	add(a, anybody, http.MethodPost, "/api/login", "login", "Open a session", s.login)
	add(a, anybody, http.MethodPost, "/api/login/key", "login-with-key", "Let a browser use a token, such as a guest's key", s.keyLogin)
	add(a, reads, http.MethodPost, "/api/logout", "logout", "End the session", s.logout)
}

func (s *Server) getSetup(context.Context, *LangInput) (*output[api.SetupState], error) {
	return answer(api.SetupState{SetUp: s.auth.claimed()}), nil
}

func (s *Server) postSetup(ctx context.Context, in *struct {
	LangInput
	Body api.SetupRequest
}) (*sessionOutput, error) {
	c := callOf(ctx)
	if s.auth.claimed() {
		return nil, problem(c.lang, http.StatusConflict, "setup.done").build()
	}
	ok, wait := s.setup.use(in.Body.Code)
	if wait > 0 {
		return nil, tooMany(c.lang, wait)
	}
	if !ok {
		return nil, problem(c.lang, http.StatusForbidden, "setup.code").build()
	}
	owner, err := s.claim(ctx, c, in.Body)
	if err != nil {
		s.setup.issue() // the code was spent for nothing
		return nil, err
	}
	return s.openSession(ctx, c, owner)
}

// claim makes the first person the owner.
func (s *Server) claim(ctx context.Context, c *call, req api.SetupRequest) (home.Person, error) {
	owner := home.Person{ID: home.PersonID(newID("p")), Name: strings.TrimSpace(req.Name), Role: "owner"}
	if err := s.o.House.Do(ctx, home.PersonSet{Person: owner}); err != nil {
		return owner, s.ofError(c.lang, err)
	}
	if err := s.auth.setPassword(ctx, owner.ID, req.Password); err != nil {
		return owner, s.failed(c.lang, "the owner's password could not be saved", err)
	}
	return owner, nil
}

func (s *Server) openSession(ctx context.Context, c *call, p home.Person) (*sessionOutput, error) {
	secret, sess, err := s.auth.openSession(ctx, p.ID)
	if err != nil {
		return nil, s.failed(c.lang, "a session could not be saved", err)
	}
	return &sessionOutput{
		Cookie: http.Cookie{Name: sessionCookie, Value: secret, Path: "/", Expires: sess.Expires, HttpOnly: true,
			SameSite: http.SameSiteStrictMode, Secure: c.r.TLS != nil},
		Body: api.Session{Person: p.ID, Name: p.Name, Role: p.Role, Expires: sess.Expires},
	}, nil
}

func (s *Server) login(ctx context.Context, in *struct {
	LangInput
	Body api.LoginRequest
}) (*sessionOutput, error) {
	c := callOf(ctx)
	client := clientKey(c.r.RemoteAddr)
	if wait := s.logins.wait(client); wait > 0 {
		return nil, tooMany(c.lang, wait)
	}
	p, ok := s.authenticate(ctx, in.Body)
	if !ok {
		return nil, problem(c.lang, http.StatusUnauthorized, "login").build()
	}
	s.logins.right(client)
	return s.openSession(ctx, c, p)
}

// nobody is a hash that no password fits, so that an unknown name takes as long as a wrong password.
var nobody = hashPassword(newSecret())

// authenticate finds the person of that name with that password.
func (s *Server) authenticate(ctx context.Context, req api.LoginRequest) (home.Person, bool) {
	select {
	case s.logins.hashing <- struct{}{}:
		defer func() { <-s.logins.hashing }()
	case <-ctx.Done():
		return home.Person{}, false
	}
	tried := false
	for _, p := range s.o.House.View().People() {
		phc := s.auth.password(p.ID)
		if phc == "" || !strings.EqualFold(p.Name, strings.TrimSpace(req.Name)) {
			continue
		}
		tried = true
		if checkPassword(req.Password, phc) {
			return p, true
		}
	}
	if !tried {
		checkPassword(req.Password, nobody)
	}
	return home.Person{}, false
}

func (s *Server) logout(ctx context.Context, _ *LangInput) (*struct {
	Cookie http.Cookie `header:"Set-Cookie"`
}, error) {
	c := callOf(ctx)
	if c.who.kind == byPerson {
		if err := s.auth.closeSession(ctx, c.who.hash); err != nil {
			return nil, s.failed(c.lang, "a session could not be ended", err)
		}
	}
	return &struct {
		Cookie http.Cookie `header:"Set-Cookie"`
	}{http.Cookie{Name: sessionCookie, Path: "/", Expires: time.Unix(1, 0), MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode}}, nil
}
