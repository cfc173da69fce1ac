package host_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

var lamps = &manifest.Manifest{Name: "acme", Capabilities: []model.Capability{"on_off", "level", "temperature", "button", "setting"}}

func TestADescriptionIsHeldAgainstManifestAndCatalogue(t *testing.T) {
	for _, tt := range []struct{ name, device, want string }{
		{"a lamp", `{"id":"1","name":"灯","capabilities":["on_off","level"]}`, ""},
		{"a narrower range", `{"id":"1","name":"L","properties":[{"attribute":"level.level","min":10,"max":90}]}`, ""},
		{"two parts", `{"id":"1","name":"L","endpoints":[{"id":"left","capabilities":["on_off"]},{"id":"right","capabilities":["on_off"]}]}`, ""},
		{"the long tail", `{"id":"1","name":"L","properties":[{"attribute":"setting.mood","type":"enum","options":["a"],"access":"write"}]}`, ""},
		{"an event", `{"id":"1","name":"L","events":[{"event":"button.press"}]}`, ""},
		{"an id with a slash", `{"id":"a/b","name":"L"}`, "id is"},
		{"no name", `{"id":"1"}`, "name has 0 bytes"},
		{"a capability that is not declared", `{"id":"1","name":"L","capabilities":["door_lock"]}`, "not in the manifest"},
		{"a capability that does not exist", `{"id":"1","name":"L","properties":[{"attribute":"level.nothing"}]}`, "not in the catalogue"},
		{"a wider range", `{"id":"1","name":"L","properties":[{"attribute":"level.level","max":900}]}`, "wider"},
		{"another unit", `{"id":"1","name":"L","properties":[{"attribute":"temperature.celsius","unit":"K"}]}`, "in the catalogue"},
		{"what cannot be set", `{"id":"1","name":"L","properties":[{"attribute":"temperature.celsius","access":"write"}]}`, "cannot be set"},
		{"a long tail without a type", `{"id":"1","name":"L","properties":[{"attribute":"setting.mood"}]}`, "need a type"},
		{"a part twice", `{"id":"1","name":"L","endpoints":[{"id":"a","capabilities":["on_off"]},{"id":"a","capabilities":["on_off"]}]}`, "twice"},
		{"an unknown type", `{"id":"1","name":"L","type":"spaceship"}`, "type is"},
		{"an unknown action", `{"id":"1","name":"L","actions":["on_off.explode"]}`, "actions"},
		{"an unknown event", `{"id":"1","name":"L","events":[{"event":"button.explode"}]}`, "events"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d protocol.Device
			if err := json.Unmarshal([]byte(tt.device), &d); err != nil {
				t.Fatal(err)
			}
			desc, err := host.Translate(lamps, d)
			if tt.want == "" && (err != nil || desc.Source != "plugin/acme/1" || len(desc.Endpoints) == 0) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%+v, %v; want %q", desc, err, tt.want)
			}
		})
	}
}

// FuzzTranslate holds that whatever a plugin says of a device is refused or becomes a source of its own.
func FuzzTranslate(f *testing.F) {
	f.Add(`{"id":"1","name":"L","capabilities":["on_off"],"endpoints":[{"id":"a","properties":[{"attribute":"level.level","min":1}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var d protocol.Device
		if json.Unmarshal([]byte(text), &d) != nil {
			return
		}
		if desc, err := host.Translate(lamps, d); err == nil && !strings.HasPrefix(string(desc.Source), "plugin/acme/") {
			t.Errorf("%q became %s", text, desc.Source)
		}
	})
}
