package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/rehearsal"
	"github.com/concord-home/hub/scenefile"
)

// Scenes are the texts of scenes, kept as they were written.
type Scenes interface {
	Text(id string) ([]byte, error)
	// SetText and SetDocument add or change a scene; the error of a text joins [*scenefile.Error]s.
	SetText(ctx context.Context, id string, text []byte) error
	SetDocument(ctx context.Context, id string, doc json.RawMessage) error
	Remove(ctx context.Context, id string) error
	// Problems are why files, as they are now, are not taken.
	Problems() map[string]error
}

// Past looks back at what the house has recorded.
type Past interface {
	At(ctx context.Context, at time.Time) (*home.View, error)
	Try(ctx context.Context, id string, doc json.RawMessage, from, to time.Time) (*rehearsal.Result, error)
	// Replay runs a scene over a finding's timeline in the house as it is.
	Replay(v *home.View, id string, doc json.RawMessage, timeline []json.RawMessage) (*rehearsal.Result, error)
	// Search looks for loops and conflicts that a scene brings.
	Search(v *home.View, id string, doc json.RawMessage) ([]rehearsal.Finding, error)
}

func (s *Server) setDocument(ctx context.Context, id string, doc json.RawMessage) error {
	if s.o.Scenes != nil {
		return s.o.Scenes.SetDocument(ctx, id, doc)
	}
	return s.o.House.Do(ctx, home.SceneSet{ID: id, Document: doc})
}

// notScene is the problem of a scene that was not taken: each part with its line and column, where it has them.
func notScene(lang, id string, err error) *api.Problem {
	b := problem(lang, http.StatusUnprocessableEntity, "invalid").expecting("document", id, "")
	for _, e := range scenefile.Wrong(err) {
		b.p.Errors = append(b.p.Errors, api.Problem{Type: "about:blank", Title: messages.Phrase(lang, e.Problem), Status: http.StatusUnprocessableEntity,
			Field: e.Path, Expected: messages.Phrase(lang, e.Expected), Line: e.Line, Column: e.Column})
	}
	if len(b.p.Errors) == 0 {
		return b.detail(messages.Phrase(lang, err.Error())).build()
	}
	b.p.Line, b.p.Column, b.p.Expected = b.p.Errors[0].Line, b.p.Errors[0].Column, inWords(lang, b.p.Errors[0])
	return b.build()
}

// inWords says in one sentence what is wrong with a part of a scene.
func inWords(lang string, e api.Problem) string {
	text := e.Title
	if e.Field != "" {
		text = e.Field + messages.Text(lang, "colon") + text
	}
	if e.Expected != "" {
		text = messages.Text(lang, "wrong.expected", text, e.Expected)
	}
	if e.Line > 0 {
		text = messages.Text(lang, "wrong.place", e.Line, e.Column, text)
	}
	return text
}

func (s *Server) getSceneText(ctx context.Context, in *SceneInput) (*output[api.SceneText], error) {
	p := s.page(callOf(ctx))
	rec, err := p.findScene(in.ID)
	if err != nil {
		return nil, err
	}
	if s.o.Scenes != nil {
		if text, err := s.o.Scenes.Text(in.ID); err == nil {
			return answer(api.SceneText{Text: string(text)}), nil
		}
	}
	text, err := scenefile.Patch(nil, rec.Document, scenefile.NamesOf(p.view))
	if err != nil {
		return nil, s.failed(p.lang, "a scene's text", err)
	}
	return answer(api.SceneText{Text: string(text)}), nil
}

func (s *Server) putSceneText(ctx context.Context, in *struct {
	SceneInput
	Body api.SceneText
}) (*output[api.SceneSaved], error) {
	c := callOf(ctx)
	before := s.o.House.View()
	var err error
	if s.o.Scenes != nil {
		err = s.o.Scenes.SetText(ctx, in.ID, []byte(in.Body.Text))
	} else {
		var f *scenefile.File
		if f, err = scenefile.Parse([]byte(in.Body.Text), scenefile.NamesOf(before)); err == nil {
			err = f.Locate(s.o.House.Do(ctx, home.SceneSet{ID: in.ID, Document: f.Document}))
		}
	}
	if err != nil {
		return nil, notScene(c.lang, in.ID, err)
	}
	p := s.page(c)
	rec, err := p.findScene(in.ID)
	if err != nil {
		return nil, err
	}
	return answer(api.SceneSaved{Scene: s.scene(p, rec), Findings: s.findings(p, rec)}), nil
}

// findings are what a scene and others do to each other; a search that fails finds nothing.
func (s *Server) findings(p page, rec home.SceneRecord) []api.SceneFinding {
	if s.o.Past == nil {
		return nil
	}
	found, err := s.o.Past.Search(p.view, rec.ID, rec.Document)
	if err != nil {
		s.log.Warn("no search for conflicts of scenes", "scene", rec.ID, "err", err)
	}
	var out []api.SceneFinding
	for _, f := range found {
		out = append(out, api.SceneFinding{Kind: f.Kind, Scenes: f.Scenes, Text: p.finding(f), Happens: f.Happens, Timeline: f.Timeline})
	}
	return out
}

func (p page) finding(f rehearsal.Finding) string {
	names := make([]any, len(f.Scenes))
	for i, id := range f.Scenes {
		names[i] = cmp.Or(p.causeName(model.CauseScene, id), id)
	}
	switch d := p.view.Device(f.Device); {
	case f.Kind == "loop" && len(names) > 1:
		return messages.Text(p.lang, "finding.loop", names[0], names[1])
	case f.Kind == "loop":
		return messages.Text(p.lang, "finding.loop.self", names[0])
	case d != nil && len(f.Values) == 2:
		prop := d.Property(f.Slot)
		return messages.Text(p.lang, "finding.conflict", names[0], names[1], messages.Label(p.lang, prop), p.name(d), messages.Value(p.lang, prop, f.Values[0]), messages.Value(p.lang, prop, f.Values[1]))
	}
	return f.Kind
}

// switchScene changes the document's "enabled" alone.
func (s *Server) switchScene(ctx context.Context, in *struct {
	SceneInput
	Body api.SceneSwitch
}) (*output[api.Scene], error) {
	p := s.page(callOf(ctx))
	rec, err := p.findScene(in.ID)
	if err != nil {
		return nil, err
	}
	doc, err := scenefile.Switch(rec.Document, in.Body.Enabled)
	if err != nil {
		return nil, s.failed(p.lang, "a scene's document", err)
	}
	if err := s.setDocument(ctx, in.ID, doc); err != nil {
		return nil, notScene(p.lang, in.ID, err)
	}
	return s.getScene(ctx, &in.SceneInput)
}
