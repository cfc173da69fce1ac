package httpapi

import (
	"net/http"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
)

// Mount is a route of another bridge that is served beside the API, behind the same gate.
type Mount struct {
	Pattern string // of a ServeMux: "POST /v1/converse"
	// Open routes need no caller of this hub: they check by themselves who calls, such as a cloud that was linked.
	Open   bool
	Handle func(w http.ResponseWriter, r *http.Request, c Caller)
}

// mountTime is how long a mounted route may take, from what it reads to its answer.
const mountTime = 30 * time.Second

// Caller is who calls a mounted route, and what he may see and do. That of an open route may nothing.
type Caller struct{ who *principal }

// ID is the person's or token's id; the command line on this machine is "local".
func (c Caller) ID() string {
	switch {
	case c.who == nil:
		return ""
	case c.who.id == "":
		return "local"
	}
	return c.who.id
}

// Sees reports whether the caller may know of the device.
func (c Caller) Sees(d *home.Device) bool { return c.who != nil && c.who.sees(d) }

// SeesRoom reports whether the caller may know of the room.
func (c Caller) SeesRoom(r home.RoomID) bool { return c.who != nil && c.who.seesRoom(r) }

// May reports whether the caller may use the attribute, action or event.
func (c Caller) May(a model.Attribute) bool { return c.who != nil && c.who.may(a) }

// Whole reports whether the caller is bound to no rooms or capabilities.
func (c Caller) Whole() bool { return c.who != nil && !c.who.limited() }

// Manages reports whether the caller may change the house's settings.
func (c Caller) Manages() bool { return c.Whole() && c.who.level >= levelHouse }

// mountRoutes adds the routes of other bridges.
func (s *Server) mountRoutes() {
	s.openMounts = map[string]bool{}
	for _, m := range s.o.Mounts {
		s.openMounts[m.Pattern] = m.Open
		s.mux.HandleFunc(m.Pattern, func(w http.ResponseWriter, r *http.Request) {
			c := callOf(r.Context())
			if !m.Open && (c.who == nil || c.who.level < levelControl) {
				writeProblem(w, problem(c.lang, http.StatusForbidden, "forbidden").build())
				return
			}
			c.within(mountTime)
			if m.Open { // a platform reads what it is refused by its own rules
				m.Handle(w, r, Caller{c.who})
				return
			}
			out := &refusing{ResponseWriter: w, lang: c.lang}
			m.Handle(out, r, Caller{c.who})
			out.finish()
		})
	}
}

// mountedOpen reports whether the request is for an open route of another bridge: a token that it shows is for that bridge.
func (s *Server) mountedOpen(r *http.Request) bool {
	_, pattern := s.mux.Handler(r)
	return s.openMounts[pattern]
}

// Login checks a person's name and password as the log-in does, its lock-out included. Other bridges use it where somebody
// who is not logged in consents to something; wait says how long nobody may try.
func (s *Server) Login(r *http.Request, name, password string) (p home.Person, ok bool, wait time.Duration) {
	client := clientKey(r.RemoteAddr)
	if wait := s.logins.wait(client); wait > 0 {
		return home.Person{}, false, wait
	}
	if p, ok = s.authenticate(r.Context(), api.LoginRequest{Name: name, Password: password}); ok {
		s.logins.right(client)
	}
	return p, ok, 0
}

// Language is the language of a request: en or zh.
func Language(r *http.Request) string { return messages.Language(language(r)) }
