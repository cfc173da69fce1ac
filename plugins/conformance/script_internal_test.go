package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/concord-home/hub/model"
)

func TestAScriptIsReadStepByStep(t *testing.T) {
	s, err := parseScript("x", "# a comment\nvalue left:on_off.on true\n\ncommand level.level=40\nevent button.press action=single\noffline\n")
	if err != nil || len(s.steps) != 4 {
		t.Fatal(s, err)
	}
	if got := s.capabilities(); !slices.Contains(got, "on_off") || !slices.Contains(got, "level") || !slices.Contains(got, "button") {
		t.Error(got)
	}
	c := commandOf("d", s.steps[1])
	if c.Endpoint != "main" || len(c.Writes) != 1 || c.Writes[0].Value != model.Number(40) {
		t.Errorf("%+v", c)
	}
	for text, want := range map[string]string{"valve x y": "line 1", "\nvalue x": "line 2"} {
		if _, err := parseScript("x", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParseScript holds that no script makes the reader panic.
func FuzzParseScript(f *testing.F) {
	f.Add("value on_off.on true\ncommand a.b=1 c=2\ncommand x.stop y=1")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseScript("x", text)
		if err != nil {
			return
		}
		_ = s.capabilities()
		for _, st := range s.steps {
			if st.verb == "command" {
				_ = commandOf("d", st)
			}
		}
	})
}
