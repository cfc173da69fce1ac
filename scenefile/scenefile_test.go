package scenefile_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/scenefile"
	"github.com/concord-home/hub/scenes"
)

// book names two lamps, a room and a person.
type book map[string]string

var names = book{"device/Hall lamp": "d1", "device/门灯": "d2", "room/Hall": "r1", "person/Li": "p1"}

func (b book) ID(kind, word string) (string, []string, bool) {
	for k, id := range b {
		if k == kind+"/"+word || strings.HasPrefix(k, kind+"/") && id == word {
			return id, nil, true
		}
	}
	return word, []string{"Hall lamp"}, false
}

func (b book) Name(kind, id string) string {
	for k, v := range b {
		if strings.HasPrefix(k, kind+"/") && v == id {
			return k[len(kind)+1:]
		}
	}
	return id
}

const hall = `# Our hall
names: {"": Hall light, zh: 门厅灯}  # both languages

# at night only a little
when:
  - device: 门灯
    attribute: on_off.on
    to: on          # a word that YAML 1.1 takes for true
if:
  - time: {from: 22:00, to: "06:30"}
then:
  # first the lamp
  - device: Hall lamp
    set: {on_off.on: on, level.level: 20}
  - notify: {en: on, zh: 开}
    to: [Li]
`

func TestParse(t *testing.T) {
	f, err := scenefile.Parse([]byte(hall), names)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"names":{"":"Hall light","zh":"门厅灯"},"when":[{"device":"d2","attribute":"on_off.on","to":true}],"if":[{"time":{"from":"22:00","to":"06:30"}}],` +
		`"then":[{"device":"d1","set":{"on_off.on":true,"level.level":20}},{"notify":{"en":"on","zh":"开"},"to":["p1"]}]}`
	if diff := cmp.Diff(want, string(f.Document)); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]scenefile.Position{`then[0].set["level.level"]`: {14, 26}, `when[0].device`: {6, 5}, `then[1]`: {15, 5}, `then[9].what`: {11, 1}, "the document": {2, 1}} {
		if got := f.At(path); got != want {
			t.Errorf("%s is at %+v, want %+v", path, got, want)
		}
	}
	located := f.Locate(errors.Join(&scenes.DocumentError{Path: "when[0].to", Problem: "got 7", Expected: "true or false"}))
	if located == nil || located.Error() != "line 8, column 5: when[0].to: got 7; expected true or false" {
		t.Error(located)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		text         string
		line, column int
		problem      string
	}{
		{"then:\n  - device: Attic lamp\n", 2, 13, `no device "Attic lamp"`},
		{"then: [\n", 1, 1, "neither YAML nor JSON"},
		{"", 1, 1, "empty"},
		{"then: []\nthen: []\n", 2, 1, "twice"},
		{"a: &x {<<: {b: 1}}", 1, 8, "cannot stand here"},
		{"a: .inf", 1, 4, "no number"},
	}
	for _, tt := range tests {
		_, err := scenefile.Parse([]byte(tt.text), names)
		var at *scenefile.Error
		if !errors.As(err, &at) || at.Line != tt.line || at.Column != tt.column || !strings.Contains(at.Problem, tt.problem) {
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}

func TestPatchChangesWhatChangedAlone(t *testing.T) {
	f, err := scenefile.Parse([]byte(hall), names)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, from, to, gone, came string }{
		{"nothing", "", "", "", ""},
		{"a value", `"level.level":20`, `"level.level":45`, "level.level: 20", "level.level: 45"},
		{"a key more", `{"names"`, `{"enabled":false,"names"`, "", "enabled: false\n"},
		{"a step more", `"then":[`, `"then":[{"device":"d2","set":{"on_off.on":false}},`, "", "  - device: 门灯\n    set:\n      on_off.on: false\n"},
		{"a condition less", `"if":[{"time":{"from":"22:00","to":"06:30"}}],`, ``, "if:\n  - time: {from: 22:00, to: \"06:30\"}\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := json.RawMessage(strings.Replace(string(f.Document), tt.from, tt.to, 1))
			got, err := scenefile.Patch([]byte(hall), doc, names)
			if err != nil {
				t.Fatal(err)
			}
			again, err := scenefile.Parse(got, names)
			if err != nil {
				t.Fatalf("%v in\n%s", err, got)
			}
			var a, b any
			if json.Unmarshal(doc, &a) != nil || json.Unmarshal(again.Document, &b) != nil || !cmp.Equal(a, b) {
				t.Errorf("the text says %s", again.Document)
			}
			for _, line := range strings.SplitAfter(hall, "\n") {
				if strings.Contains(line, "#") && !strings.Contains(string(got), strings.TrimSpace(line)[strings.Index(strings.TrimSpace(line), "#"):]) {
					t.Errorf("the comment %q is gone from\n%s", line, got)
				}
			}
			if tt.gone != "" && strings.Contains(string(got), tt.gone) || !strings.Contains(string(got), tt.came) {
				t.Errorf("got\n%s", got)
			}
			if tt.name == "nothing" && string(got) != hall {
				t.Error(cmp.Diff(hall, string(got)))
			}
		})
	}
}

func TestPatchWritesAnew(t *testing.T) {
	got, err := scenefile.Patch(nil, json.RawMessage(`{"names":{"":"x"},"then":[{"device":"d1","set":{"on_off.on":true},"transition":2},{"wait":"5m"}]}`), names)
	want := "names:\n  \"\": x\nthen:\n  - device: Hall lamp\n    set:\n      on_off.on: true\n    transition: 2\n  - wait: 5m\n"
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// FuzzScene: no text makes reading panic, and what is read can be patched with itself without a change of meaning.
func FuzzScene(f *testing.F) {
	f.Add(hall)
	f.Add(`{"then":[{"device":"Hall lamp","set":{"on_off.on":true}}]}`)
	f.Add("a: &a [*a]\n")
	f.Add("when: [{at: 22:00, days: [mon]}]\nthen: [{wait: 5m}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := scenefile.Parse([]byte(text), names)
		if err != nil {
			return
		}
		if !json.Valid(file.Document) {
			t.Fatalf("no JSON: %s", file.Document)
		}
		patched, err := scenefile.Patch([]byte(text), file.Document, names)
		if err != nil {
			return
		}
		again, err := scenefile.Parse(patched, names)
		if err != nil {
			t.Fatalf("%v in %q from %q", err, patched, text)
		}
		var a, b any
		if json.Unmarshal(file.Document, &a) == nil && json.Unmarshal(again.Document, &b) == nil && !cmp.Equal(a, b) {
			t.Fatalf("%q became %q: %s", text, patched, cmp.Diff(a, b))
		}
	})
}
