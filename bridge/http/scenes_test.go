package httpapi

import (
	"testing"

	"github.com/concord-home/hub/home"
)

func TestASceneIsCalledWhatItsDocumentCallsIt(t *testing.T) {
	for _, tt := range []struct{ name, lang, doc, want string }{
		{"in the language asked for", "zh", `{"names":{"":"Movie night","zh":"观影"}}`, "观影"},
		{"for all languages", "en", `{"names":{"":"Movie night","zh":"观影"}}`, "Movie night"},
		{"in another language alone", "en", `{"names":{"zh":"观影"}}`, "观影"},
		{"without names", "en", `{"then":[]}`, "demo-movie"},
		{"with an empty name", "zh", `{"names":{"zh":""}}`, "demo-movie"},
		{"not to be read", "en", `[`, "demo-movie"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := scene(tt.lang, home.SceneRecord{ID: "demo-movie", Document: []byte(tt.doc)})
			if got.Name != tt.want || got.ID != "demo-movie" {
				t.Errorf("got %q of %q, want %q", got.Name, got.ID, tt.want)
			}
		})
	}
}
