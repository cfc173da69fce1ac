package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/danielgtaylor/huma/v2"
)

// SceneInput names a scene. It is exported since the router fills in no other embedded input.
type SceneInput struct {
	LangInput
	ID string `path:"id" minLength:"1" maxLength:"64"`
}

func (s *Server) sceneRoutes(a huma.API) {
	add(a, readAll, http.MethodGet, "/api/scenes", "list-scenes", "The scenes", s.listScenes)
	add(a, readAll, http.MethodGet, "/api/scenes/{id}", "get-scene", "A scene", s.getScene)
	add(a, edits, http.MethodPut, "/api/scenes/{id}", "put-scene", "Add or change a scene", s.putScene)
	add(a, edits, http.MethodDelete, "/api/scenes/{id}", "remove-scene", "Remove a scene", s.deleteScene)
	add(a, readAll, http.MethodGet, "/api/scenes/{id}/text", "get-scene-text", "A scene as the household wrote it", s.getSceneText)
	add(a, edits, http.MethodPut, "/api/scenes/{id}/text", "put-scene-text", "Add or change a scene by its text; what it and others do to each other is told", s.putSceneText)
	add(a, runs, http.MethodPut, "/api/scenes/{id}/enabled", "switch-scene", "Let a scene run by itself, or not", s.switchScene)
	add(a, runs, http.MethodPost, "/api/scenes/{id}/run", "run-scene", "Run a scene now and wait for its commands", s.runScene)
}

func scene(lang string, r home.SceneRecord) api.Scene {
	var doc struct {
		Enabled *bool `json:"enabled"`
	}
	_ = json.Unmarshal(r.Document, &doc) // one that cannot be read is not switched off
	return api.Scene{ID: r.ID, Name: sceneTitle(lang, r), Document: r.Document, Enabled: doc.Enabled == nil || *doc.Enabled, LastRun: moment(r.LastRun)}
}

// scene is a scene with what is under way and what became of its last run.
func (s *Server) scene(p page, r home.SceneRecord) api.Scene {
	out := scene(p.lang, r)
	out.Running = p.view.Running(r.ID)
	out.NextRun = s.nextRun(p, r)
	for _, id := range r.Commands {
		if c, ok := p.view.Command(id); ok {
			out.Results = append(out.Results, p.command(c))
		}
	}
	if s.o.Scenes != nil {
		if err := s.o.Scenes.Problems()[r.ID]; err != nil {
			out.Problem = problemOf(p.lang, r.ID, err)
		}
	}
	return out
}

// problemOf says why a scene's file is not taken as it is.
func problemOf(lang, id string, err error) string {
	p := notScene(lang, id, err)
	var all []string
	for _, e := range p.Errors {
		all = append(all, inWords(lang, e))
	}
	return cmp.Or(strings.Join(all, messages.Text(lang, "list.comma")), p.Detail)
}

// nextRun is when a scene that is on comes next by the clock; nil for one that waits for something else.
func (s *Server) nextRun(p page, r home.SceneRecord) *time.Time {
	var doc struct {
		Enabled *bool `json:"enabled"`
		When    []struct{ At, Sun, Every json.RawMessage }
	}
	_ = json.Unmarshal(r.Document, &doc) // one that cannot be read has no schedule
	timed := slices.ContainsFunc(doc.When, func(t struct{ At, Sun, Every json.RawMessage }) bool {
		return t.At != nil || t.Sun != nil || t.Every != nil
	})
	if s.o.Situation == nil || !timed || doc.Enabled != nil && !*doc.Enabled {
		return nil
	}
	var next time.Time
	for _, a := range s.o.Situation(r, p.view, p.now).Awaits {
		if !a.Due.IsZero() && (next.IsZero() || a.Due.Before(next)) {
			next = a.Due
		}
	}
	return moment(next)
}

// sceneTitle is what a scene's document calls it: in lang, else for all languages, else in any;
// a scene without a name goes by its id.
func sceneTitle(lang string, r home.SceneRecord) string {
	var doc struct {
		Names map[string]string `json:"names"`
	}
	_ = json.Unmarshal(r.Document, &doc) // one that cannot be read has no names
	for _, l := range append([]string{lang, ""}, messages.Languages...) {
		if n := doc.Names[l]; n != "" {
			return n
		}
	}
	return r.ID
}

func (s *Server) listScenes(ctx context.Context, _ *LangInput) (*output[[]api.Scene], error) {
	p, out := s.page(callOf(ctx)), []api.Scene{}
	for _, r := range p.view.Scenes() {
		out = append(out, s.scene(p, r))
	}
	return answer(out), nil
}

func (p page) findScene(id string) (home.SceneRecord, error) {
	if r, ok := p.view.Scene(id); ok {
		return r, nil
	}
	known := map[string]string{}
	for _, r := range p.view.Scenes() {
		known[r.ID] = sceneTitle(p.lang, r)
	}
	return home.SceneRecord{}, notFound(p.lang, "scene", id, known)
}

func (s *Server) getScene(ctx context.Context, in *SceneInput) (*output[api.Scene], error) {
	p := s.page(callOf(ctx))
	r, err := p.findScene(in.ID)
	if err != nil {
		return nil, err
	}
	return answer(s.scene(p, r)), nil
}

func (s *Server) putScene(ctx context.Context, in *struct {
	SceneInput
	Body json.RawMessage
}) (*output[api.Scene], error) {
	if err := s.setDocument(ctx, in.ID, in.Body); err != nil {
		return nil, notScene(callOf(ctx).lang, in.ID, err)
	}
	return s.getScene(ctx, &in.SceneInput)
}

func (s *Server) deleteScene(ctx context.Context, in *SceneInput) (*noOutput, error) {
	p := s.page(callOf(ctx))
	if _, err := p.findScene(in.ID); err != nil {
		return nil, err
	}
	if s.o.Scenes != nil {
		return nil, s.ofError(p.lang, s.o.Scenes.Remove(ctx, in.ID))
	}
	return nil, s.ofError(p.lang, s.o.House.Do(ctx, home.SceneRemoved{ID: in.ID}))
}

func (s *Server) runScene(ctx context.Context, in *SceneInput) (*output[api.SceneResult], error) {
	c := callOf(ctx)
	if _, err := s.page(c).findScene(in.ID); err != nil {
		return nil, err
	}
	c.patient(longestWait)
	events, stop := s.o.House.Events(4096)
	defer stop()
	run := sceneRun{scene: in.ID, cause: c.who.cause()}
	if err := s.o.House.Do(ctx, home.SceneAsked{ID: in.ID, Cause: run.cause}); err != nil {
		return nil, s.ofError(c.lang, err)
	}
	run.follow(ctx, s.o.House, events)
	p, out := s.page(c), api.SceneResult{Commands: []api.Command{}, Problems: run.problems}
	for _, id := range run.commands {
		if done, ok := p.view.Command(id); ok {
			out.Commands = append(out.Commands, p.command(done))
		}
	}
	return answer(out), nil
}

// sceneRun follows what one run of a scene by hand does.
type sceneRun struct {
	scene    string
	cause    *model.Cause // of this run alone: it is known again by its address
	commands []model.CommandID
	problems []string
}

// follow waits until all commands of the run have ended. What the run began is in the house, and
// in the stream, before SceneAsked counts as done.
func (r *sceneRun) follow(ctx context.Context, h House, events <-chan home.Effect) {
	for _, c := range h.View().Commands() {
		if c.Cause != nil && c.Cause.Because == r.cause {
			r.commands = append(r.commands, c.ID)
		}
	}
	r.collect(events)
	for !r.over(h.View()) {
		select {
		case e, open := <-events:
			if !open {
				return
			}
			r.note(e)
		case <-ctx.Done():
			return
		}
	}
}

// collect takes what is in the stream already.
func (r *sceneRun) collect(events <-chan home.Effect) {
	for {
		select {
		case e, open := <-events:
			if !open {
				return
			}
			r.note(e)
		default:
			return
		}
	}
}

func (r *sceneRun) note(e home.Effect) {
	if ran, ok := e.(home.SceneRan); ok && ran.Scene == r.scene && ran.Cause != nil && ran.Cause.Because == r.cause {
		r.problems = append(r.problems, ran.Problems...)
	}
}

func (r *sceneRun) over(v *home.View) bool {
	for _, id := range r.commands {
		if c, ok := v.Command(id); ok && c.Ended.IsZero() {
			return false
		}
	}
	return true
}
