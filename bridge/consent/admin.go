package consent

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Admin routes: who calls was checked before.

// List answers with the platforms and the accounts that are linked.
func (s *Server) List(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"clients": s.Clients(), "links": s.Links()})
}

// Register adds a platform: {"platform":"google","redirects":["https://…"]}. Its secret is in the answer, once.
func (s *Server) Register(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Platform  string   `json:"platform"`
		Redirects []string `json:"redirects"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&body); err != nil || platforms[body.Platform] == "" {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"status": 422, "title": "platform: one of " + strings.Join(slices.Sorted(maps.Keys(platforms)), ", ") + " was expected"})
		return
	}
	id, plain, err := s.AddClient(r.Context(), body.Platform, body.Redirects)
	if err != nil {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"status": 422, "title": err.Error()})
		return
	}
	reply(w, http.StatusCreated, map[string]any{"client_id": id, "client_secret": plain, "authorize": "/oauth/authorize", "token": "/oauth/token"})
}

// Remove ends the link of the path's {id}.
func (s *Server) Remove(w http.ResponseWriter, r *http.Request) {
	if err := s.Unlink(r.Context(), r.PathValue("id")); err != nil {
		reply(w, http.StatusInternalServerError, map[string]any{"status": 500, "title": "the link could not be removed"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
