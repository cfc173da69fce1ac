package google

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/speakertest"
	"github.com/concord-home/hub/model"
)

// fixture is one of Google's 79 types with its example.
type fixture struct {
	Type     string         `yaml:"type"`
	Traits   []string       `yaml:"traits"`
	States   map[string]any `yaml:"states"`
	Commands map[string]struct {
		Params map[string]any `yaml:"params"`
	} `yaml:"commands"`
	required []string
}

func fixtures(t *testing.T) map[string]fixture {
	t.Helper()
	out := map[string]fixture{}
	files, _ := filepath.Glob(filepath.Join("testdata", "schema", "types", "*", "examples.yaml"))
	for _, name := range files {
		var f fixture
		var index struct {
			Name   string `yaml:"name"`
			Traits struct {
				Required []string `yaml:"required"`
			} `yaml:"traits"`
		}
		for file, into := range map[string]any{name: &f, filepath.Join(filepath.Dir(name), "index.yaml"): &index} {
			b, err := os.ReadFile(file)
			if err == nil {
				err = yaml.Unmarshal(b, into)
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
		f.required = index.Traits.Required
		out[strings.TrimPrefix(index.Name, typePrefix)] = f
	}
	return out
}

// everything is Google with a house of every type that we know.
func everything(t *testing.T) *Google {
	t.Helper()
	core, err := speakers.New(speakers.Options{House: speakertest.Every(), Memory: speakertest.Memory{}, Links: &oneLink{}, CheckPIN: func(string) speakers.Verdict { return speakers.PINRight }})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range core.View().Devices() {
		if err := core.Expose(t.Context(), Platform, d.ID, true); err != nil { // cameras and alarm panels, too
			t.Fatal(err)
		}
	}
	return New(core, nil)
}

// lacking are the traits that Google wants of a type and that no device of ours has: what it is for is there without them.
var lacking = map[string][]string{"CAMERA": {"CameraStream"}, "SENSOR": {"SensorState"}}

func TestEveryTypeHasTheTraitsThatGoogleWantsOfIt(t *testing.T) {
	all := fixtures(t)
	if len(all) != 79 {
		t.Fatalf("%d fixtures, expected 79", len(all))
	}
	g := everything(t)
	payload, ids := g.sync(speakers.Link{ID: "user-1"})
	b, _ := json.Marshal(map[string]any{"requestId": "1", "payload": payload})
	valid(t, "SYNC", "intents/sync/sync.response.schema.json", b)
	if len(ids) < 35 {
		t.Errorf("only %d types are told", len(ids))
	}
	for _, d := range payload["devices"].([]Device) {
		kind := strings.TrimPrefix(d.Type, typePrefix)
		f, known := all[kind]
		if !known {
			t.Errorf("%s is told as %s, which Google does not know", d.Name.Name, kind)
			continue
		}
		for _, need := range f.required {
			if !slices.Contains(d.Traits, traitPrefix+need) && !slices.Contains(lacking[kind], need) {
				t.Errorf("%s is told as %s without %s; it has %v", d.Name.Name, kind, need, d.Traits)
			}
		}
		dev, _ := g.core.Device(Platform, model.DeviceID(d.ID))
		attributes, _ := json.Marshal(d.Attributes)
		states, _ := json.Marshal(g.States(dev))
		for _, trait := range d.Traits {
			name := strings.ToLower(strings.TrimPrefix(trait, traitPrefix))
			if path := "traits/" + name + "/" + name; exists(path + ".states.schema.json") {
				valid(t, d.Name.Name+" states of "+name, path+".states.schema.json", states)
			}
			if path := "traits/" + name + "/" + name; exists(path + ".attributes.schema.json") {
				valid(t, d.Name.Name+" attributes of "+name, path+".attributes.schema.json", attributes)
			}
		}
	}
}

func TestEveryCommandOfGooglesFixturesIsAnswered(t *testing.T) {
	g := everything(t)
	byType := map[string]string{}
	payload, _ := g.sync(speakers.Link{ID: "user-1"})
	for _, d := range payload["devices"].([]Device) {
		byType[strings.TrimPrefix(d.Type, typePrefix)] = d.ID
	}
	done, all := 0, 0
	for kind, f := range fixtures(t) {
		id := byType[kind]
		if id == "" {
			id = byType["LIGHT"] // a type that we have not: its commands are read and refused
		}
		for _, command := range slices.Sorted(maps.Keys(f.Commands)) {
			params, err := json.Marshal(f.Commands[command].Params)
			if err != nil {
				t.Fatal(err)
			}
			results := g.execute(t.Context(), speakers.Link{ID: "user-1", Platform: Platform}, []group{{Devices: []target{{id}}, Execution: []execution{{Command: command, Params: params, Challenge: &challenge{PIN: "1"}}}}})
			b, _ := json.Marshal(map[string]any{"requestId": "1", "payload": map[string]any{"commands": results}})
			valid(t, kind+" "+command, "intents/execute/execute.response.schema.json", b)
			all++
			if results[0].Status == "SUCCESS" {
				done++
			}
		}
	}
	t.Logf("%d of the fixtures' %d commands are done, the others are refused in Google's words", done, all)
	if done < 60 {
		t.Errorf("only %d of %d commands are done", done, all)
	}
}
