package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// A presence link is one secret address a person: /p/TOKEN/WHAT. Phones, cars, speakers and routers that can do no more
// than open an address tell by it where the person is. It opens nothing else, and is kept hashed.
const (
	linkPrefix  = "/p/"
	linkBucket  = "http.presence"
	linkTracker = "link/" // and the person's id: the tracker that positions sent to the link come from
)

// Decoder reads what an app sends: its query or form, else its body.
type Decoder func(header http.Header, form url.Values, body []byte) (Told, error)

// Told is what a request of an app tells: a position, the regions that it watches, or neither.
type Told struct {
	Fix     *model.Fix
	Regions *model.Regions
	Reply   []byte // the body of the answer that the app expects; nil is an empty object
}

type linkRecord struct {
	Hash    string    `json:"hash"`
	Created time.Time `json:"created"`
}

func (s *Server) linkRoutes(a huma.API) {
	add(a, admins, http.MethodPost, "/api/people/{id}/link", "make-presence-link", "Make the secret address at which a person's phone tells where it is; an earlier one ends", s.makeLink)
	add(a, admins, http.MethodDelete, "/api/people/{id}/link", "end-presence-link", "End a person's secret address", s.endLink)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		s.mux.HandleFunc(method+" "+linkPrefix+"{token}/{what}", s.linked)
	}
	s.mux.HandleFunc("POST "+linkPrefix+"{what}", s.linked)
}

// isLink tells whether a path is a presence link's: its token is who calls.
func isLink(path string) bool { return strings.HasPrefix(path, linkPrefix) }

// loggable is a path without the secret that it may hold.
func loggable(path string) string {
	if isLink(path) {
		return linkPrefix + "…"
	}
	return path
}

func (s *Server) makeLink(ctx context.Context, in *PersonInput) (*output[api.PresenceLink], error) {
	p := s.page(callOf(ctx))
	x, err := p.findPerson(in.ID)
	if err != nil {
		return nil, err
	}
	if tracker := linkTracker + string(in.ID); !slices.Contains(x.Trackers, tracker) {
		x.Trackers = append(slices.Clone(x.Trackers), tracker)
		if err := s.o.House.Do(ctx, home.PersonSet{Person: x}); err != nil {
			return nil, s.ofError(p.lang, err)
		}
	}
	secret := newSecret()
	if err := s.auth.setLink(ctx, in.ID, linkRecord{Hash: digest(secret), Created: s.o.Now().UTC()}); err != nil {
		return nil, s.failed(p.lang, "a presence link could not be saved", err)
	}
	uses := []string{"home", "away", "arriving?eta=25", "later?eta=60", "network?connected=1", "network?connected=0"}
	for name := range s.o.Positions {
		uses = append(uses, name)
	}
	slices.Sort(uses[6:])
	return answer(api.PresenceLink{Path: linkPrefix + secret + "/", Uses: uses}), nil
}

func (s *Server) endLink(ctx context.Context, in *PersonInput) (*noOutput, error) {
	if err := s.auth.endLink(ctx, in.ID); err != nil {
		return nil, s.failed(callOf(ctx).lang, "a presence link could not be removed", err)
	}
	return nil, nil
}

// linked takes what is sent to a presence link. Apps that send Basic authentication may put the token in the password's place.
func (s *Server) linked(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	token := r.PathValue("token")
	if _, password, ok := r.BasicAuth(); ok && token == "" {
		token = password
	}
	who, ok := s.auth.byLink(digest(token))
	if !ok {
		writeProblem(w, problem(lang, http.StatusUnauthorized, "unauthorized").build())
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeProblem(w, problem(lang, http.StatusRequestEntityTooLarge, "too_large").build())
		return
	}
	form := formOf(r, body)
	if decode := s.o.Positions[r.PathValue("what")]; decode != nil {
		s.position(w, r, lang, who, decode, form, body)
		return
	}
	fact, refusal := s.statement(r.PathValue("what"), who, form)
	if refusal != "" {
		expected := map[string]string{"eta": messages.Text(lang, "expected.between", messages.Text(lang, "expected.float"), 0, longestETA), "connected": messages.Text(lang, "expected.bool")}
		writeProblem(w, problem(lang, http.StatusUnprocessableEntity, "invalid").expecting(refusal, form.Get(refusal), expected[refusal]).build())
		return
	}
	if fact == nil {
		writeProblem(w, problem(lang, http.StatusNotFound, "no_route").build())
		return
	}
	s.done(w, lang, s.o.House.Do(r.Context(), fact), nil)
}

// formOf is the query, and over it the form that the body holds.
func formOf(r *http.Request, body []byte) url.Values {
	form := r.URL.Query()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/x-www-form-urlencoded" {
		if more, err := url.ParseQuery(string(body)); err == nil {
			for k, v := range more {
				form[k] = v
			}
		}
	}
	return form
}

const longestETA = 90 * 24 * 60 // minutes

// statement is the fact that a word of the link stands for; refusal names the parameter that does not fit.
func (s *Server) statement(what string, who home.PersonID, form url.Values) (fact home.Body, refusal string) {
	said := home.Statement{State: what}
	switch what {
	case "home", "away", "arriving", "later", "forget":
		if eta := form.Get("eta"); eta != "" {
			minutes, err := strconv.ParseFloat(eta, 64)
			if err != nil || !(minutes >= 0 && minutes <= longestETA) {
				return nil, "eta"
			}
			said.ETA = s.o.Now().UTC().Add(time.Duration(minutes * float64(time.Minute))).Round(time.Second)
		} else if what == "later" {
			return nil, "eta"
		}
		return home.Stated{Person: who, Said: said}, ""
	case "network":
		on, err := strconv.ParseBool(form.Get("connected"))
		if err != nil {
			return nil, "connected"
		}
		return home.Associated{Tracker: linkTracker + string(who), Connected: on}, ""
	}
	return nil, ""
}

func (s *Server) position(w http.ResponseWriter, r *http.Request, lang string, who home.PersonID, decode Decoder, form url.Values, body []byte) {
	told, err := decode(r.Header, form, body)
	if err != nil { // its words name fields, never values
		writeProblem(w, problem(lang, http.StatusUnprocessableEntity, "invalid").detail(messages.Phrase(lang, err.Error())).build())
		return
	}
	tracker := linkTracker + string(who)
	switch {
	case told.Fix != nil:
		err = s.o.House.Do(r.Context(), home.Located{Tracker: tracker, Fix: *told.Fix})
	case told.Regions != nil:
		err = s.o.House.Do(r.Context(), home.RegionsTold{Tracker: tracker, Regions: *told.Regions})
	}
	s.done(w, lang, err, told.Reply)
}

func (s *Server) done(w http.ResponseWriter, lang string, err error, reply []byte) {
	if err != nil {
		var refused *home.RefusalError
		status := http.StatusServiceUnavailable
		if errors.As(err, &refused) {
			status = http.StatusUnprocessableEntity
		}
		writeProblem(w, problem(lang, status, map[bool]string{true: "invalid", false: "unavailable"}[status == http.StatusUnprocessableEntity]).build())
		return
	}
	if reply == nil {
		reply, _ = json.Marshal(struct{}{})
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(reply)
}

// setLink gives a person a link in the place of an earlier one.
func (k *keyring) setLink(ctx context.Context, id home.PersonID, rec linkRecord) error {
	if err := k.put(ctx, linkBucket, string(id), rec); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.links[id] = rec.Hash
	return nil
}

func (k *keyring) endLink(ctx context.Context, id home.PersonID) error {
	k.mu.Lock()
	delete(k.links, id)
	k.mu.Unlock()
	return k.memory.Delete(ctx, linkBucket, string(id))
}

// byLink finds whose link it is.
func (k *keyring) byLink(hash string) (home.PersonID, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for id, h := range k.links {
		if h == hash {
			return id, true
		}
	}
	return "", false
}
