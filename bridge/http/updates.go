package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/danielgtaylor/huma/v2"
)

// Updates put a newer hub in the place of this one.
type Updates interface {
	Update() api.Update
	// Stage checks a release and lays it ready; Discard takes it away.
	Stage(ctx context.Context, r io.Reader) error
	Discard() error
	// Apply makes a backup, lets what lies ready open it, and puts it in place.
	Apply(ctx context.Context) (api.UpdateStep, error)
	// Undo puts back the program and the data from before the last update.
	Undo(ctx context.Context) (api.UpdateStep, error)
}

// ErrUpdateRefused is an error of Updates that is of the release or of how the hub is installed.
var ErrUpdateRefused = errors.New("it cannot be taken")

const (
	updatePath = "/api/update"
	maxRelease = 256 << 20
)

func (s *Server) updateRoutes(a huma.API) {
	add(a, admins, http.MethodGet, updatePath, "get-update", "Which hub runs, how it was started, and what lies ready", s.getUpdate)
	add(a, admins, http.MethodDelete, updatePath, "discard-update", "Take away the release that lies ready", s.discardUpdate)
	add(a, admins, http.MethodPost, updatePath+"/apply", "apply-update", "Make a backup, let the release open it, put the release in place and start anew", s.applyUpdate)
	add(a, admins, http.MethodPost, updatePath+"/undo", "undo-update", "Put back the program and the data from before the last update, and start anew", s.undoUpdate)
	s.mux.HandleFunc("POST "+updatePath, s.stageUpdate)
	a.OpenAPI().AddOperation(&huma.Operation{Method: http.MethodPost, Path: updatePath, OperationID: "stage-update",
		Summary:     "Send a release, a .tar.gz of hub and hub.minisig: its signature is checked with the pinned key, and it lies ready",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/gzip": {}}},
		Security:    []map[string][]string{{"token": {}}, {"session": {}}},
		Responses:   map[string]*huma.Response{"204": {Description: "It is signed, and lies ready"}}})
}

func (s *Server) updates(lang string) (Updates, error) {
	if s.o.Updates == nil {
		return nil, absent(lang)
	}
	return s.o.Updates, nil
}

func (s *Server) ofUpdate(lang string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUpdateRefused):
		return problem(lang, http.StatusUnprocessableEntity, "update").detail(messages.Phrase(lang, strings.TrimPrefix(err.Error(), ErrUpdateRefused.Error()+": "))).build()
	}
	return s.failed(lang, "an update", err)
}

func (s *Server) getUpdate(ctx context.Context, _ *LangInput) (*output[api.Update], error) {
	u, err := s.updates(callOf(ctx).lang)
	if err != nil {
		return nil, err
	}
	return answer(u.Update()), nil
}

func (s *Server) discardUpdate(ctx context.Context, _ *LangInput) (*noOutput, error) {
	lang := callOf(ctx).lang
	u, err := s.updates(lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofUpdate(lang, u.Discard())
}

func (s *Server) applyUpdate(ctx context.Context, _ *LangInput) (*output[api.UpdateStep], error) {
	return s.updateStep(ctx, Updates.Apply)
}

func (s *Server) undoUpdate(ctx context.Context, _ *LangInput) (*output[api.UpdateStep], error) {
	return s.updateStep(ctx, Updates.Undo)
}

func (s *Server) updateStep(ctx context.Context, step func(Updates, context.Context) (api.UpdateStep, error)) (*output[api.UpdateStep], error) {
	c := callOf(ctx)
	u, err := s.updates(c.lang)
	if err != nil {
		return nil, err
	}
	c.patient(backupTime)
	out, err := step(u, ctx)
	if err != nil {
		return nil, s.ofUpdate(c.lang, err)
	}
	return answer(out), nil
}

func (s *Server) stageUpdate(w http.ResponseWriter, r *http.Request) {
	s.takeFile(w, r, func(c *call) error {
		u, err := s.updates(c.lang)
		if err == nil {
			err = s.ofUpdate(c.lang, u.Stage(r.Context(), r.Body))
		}
		return err
	})
}
