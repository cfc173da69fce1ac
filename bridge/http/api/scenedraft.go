package api

import "encoding/json"

// The shapes of a scene that is being edited.
type (
	// SceneDraft is a scene in one of its two views.
	SceneDraft struct {
		ID       string          `json:"id" minLength:"1" maxLength:"64"`
		Document json.RawMessage `json:"document,omitempty" doc:"the scene; else its text counts"`
		Text     string          `json:"text,omitempty" maxLength:"262144"`
		Base     string          `json:"base,omitempty" maxLength:"262144" doc:"the text into which the document is to be patched, so that its comments and order stay"`
	}
	// SceneDrafted is the scene in both views.
	SceneDrafted struct {
		Document json.RawMessage `json:"document"`
		Text     string          `json:"text"`
		Findings []SceneFinding  `json:"findings,omitempty"`
	}
)
