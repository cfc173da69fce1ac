package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/scenefile"
	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) draftRoutes(a huma.API) {
	add(a, readAll, http.MethodPost, "/api/scenes/draft", "draft-scene", "A scene that is being edited, as document and as text, and what it and others would do to each other; nothing is saved", s.draftScene)
}

// draftScene gives an editor both views of what it edits.
func (s *Server) draftScene(ctx context.Context, in *struct {
	LangInput
	Body api.SceneDraft
}) (*output[api.SceneDrafted], error) {
	p := s.page(callOf(ctx))
	names := scenefile.NamesOf(p.view)
	text := []byte(in.Body.Text)
	if in.Body.Document != nil {
		var err error
		if text, err = scenefile.Patch([]byte(in.Body.Base), in.Body.Document, names); err != nil {
			return nil, notScene(p.lang, in.Body.ID, err)
		}
	}
	f, err := scenefile.Parse(text, names)
	if err != nil {
		return nil, notScene(p.lang, in.Body.ID, err)
	}
	return answer(api.SceneDrafted{Document: json.RawMessage(f.Document), Text: string(text), Findings: s.findings(p, home.SceneRecord{ID: in.Body.ID, Document: f.Document})}), nil
}
