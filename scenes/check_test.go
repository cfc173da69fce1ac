package scenes_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

func TestCheckSaysWhatIsWrongAndWhatWouldBeRight(t *testing.T) {
	const lamp = `{"then":[{"device":"$lamp",`
	const onMotion = `"then":[{"device":"$lamp","set":{"on_off.on":true}}],"when":[{"device":"$motion",`
	tests := []struct{ name, doc, path, problem, expected string }{
		{"not JSON", `{"then":`, `the document`, "cannot be read", "JSON"},
		{"two documents", `{} {}`, `the document`, "something follows", "JSON"},
		{"no object", `[]`, `the document`, "got []", "an object"},
		{"nothing to do", `{"names":{"":"x"}}`, `the document`, "does nothing", "then"},
		{"an unknown member", `{"than":[]}`, `than`, "no such member", "names, enabled, when, then, arrival"},
		{"another case", `{"Then":[]}`, `Then`, "no such member", "then"},
		{"an unknown member inside", lamp + `"sets":{}}]}`, `then[0].sets`, "no such member", "set"},
		{"a member twice", `{"enabled":true,"enabled":false}`, `enabled`, "twice", "once"},
		{"null", `{"then":null}`, `then`, "got null", "a list"},
		{"a wrong type", `{"enabled":"yes"}`, `enabled`, `got "yes"`, "true or false"},
		{"no address", `{"then":[{"set":{"on_off.on":true}}]}`, `then[0]`, "nothing to act on", "a device, a room"},
		{"two addresses", lamp + `"room":"living","set":{"on_off.on":true}}]}`, `then[0]`, "both", "either"},
		{"nothing set", lamp + `"set":{}}]}`, `then[0]`, "does nothing", "set"},
		{"set and command", lamp + `"set":{"on_off.on":true},"command":"on_off.on"}]}`, `then[0]`, "both set and command", "two targets"},
		{"an endless transition", lamp + `"set":{"on_off.on":true},"transition":1e9}]}`, `then[0].transition`, "1e+09", "0 to 3600"},
		{"an unknown device", `{"then":[{"device":"nope","set":{"on_off.on":true}}]}`, `then[0].device`, `no device "nope"`, "the id of a device"},
		{"an unknown room", `{"then":[{"room":"attic","set":{"on_off.on":true}}]}`, `then[0].room`, `"attic"`, "hall, living"},
		{"an unknown role", `{"then":[{"role":"floor lamp","set":{"on_off.on":true}}]}`, `then[0].role`, "floor lamp", "ceiling light"},
		{"an attribute the device lacks", lamp + `"set":{"color.hue":1}}]}`, `then[0].set["color.hue"]`, "color.hue", "level.level, on_off.on"},
		{"an attribute that is read only", `{"then":[{"device":"$motion","set":{"occupancy.occupied":true}}]}`, `then[0].set["occupancy.occupied"]`, "can be set", "none"},
		{"an endpoint the device lacks", `{"then":[{"device":"$gangs","endpoint":"middle","set":{"on_off.on":true}}]}`, `then[0].set["on_off.on"]`, "can be set", "none"},
		{"a value out of range", lamp + `"set":{"level.level":130}}]}`, `then[0].set["level.level"]`, "got 130 for lamp", "a number from 0 to 100 %"},
		{"a value of a wrong type", lamp + `"set":{"on_off.on":"on"}}]}`, `then[0].set["on_off.on"]`, `got "on"`, "true or false"},
		{"an unknown value", lamp + `"set":{"on_off.on":null}}]}`, `then[0].set["on_off.on"]`, "got null", "a value"},
		{"an unknown command", lamp + `"command":"on_off.explode"}]}`, `then[0].command`, "explode", "on_off.toggle"},
		{"a command the device does not take", lamp + `"command":"window_covering.close"}]}`, `then[0].command`, "does not take", "a command"},
		{"an argument missing", `{"then":[{"device":"$blind","command":"window_covering.go_to"}]}`, `then[0].args.open`, "missing", "0 to 100 %"},
		{"an argument out of range", `{"then":[{"device":"$blind","command":"window_covering.go_to","args":{"open":200}}]}`, `then[0].args.open`, "got 200", "0 to 100 %"},
		{"an argument unknown", `{"then":[{"device":"$blind","command":"window_covering.close","args":{"fast":true}}]}`, `then[0].args.fast`, "no such argument", "one of"},
		{"a trigger of an unknown device", `{"then":[{"device":"$lamp","set":{"on_off.on":true}}],"when":[{"device":"nope","attribute":"on_off.on","to":true}]}`, `when[0].device`, `"nope"`, "the id of a device"},
		{"a trigger the device never reports", "{" + onMotion + `"attribute":"on_off.on","to":true}]}`, `when[0].attribute`, "never reports", "occupancy.occupied"},
		{"a trigger with a wrong value", "{" + onMotion + `"attribute":"occupancy.occupied","to":"yes"}]}`, `when[0].to`, `got "yes"`, "true or false"},
		{"a border for what is no number", "{" + onMotion + `"attribute":"occupancy.occupied","above":1}]}`, `when[0].above`, "no number", "true or false"},
		{"a border never crossed", "{" + onMotion + `"attribute":"temperature.celsius","below":-1000}]}`, `when[0].below`, "never crossed", "a number"},
		{"a trigger without a value", "{" + onMotion + `"attribute":"temperature.celsius"}]}`, `when[0]`, "missing", "one of to, above and below"},
		{"a trigger of two kinds", "{" + onMotion + `"attribute":"temperature.celsius","above":1,"event":"button.press"}]}`, `when[0]`, "several", "a device with an attribute"},
		{"an event the device does not send", "{" + onMotion + `"event":"button.press"}]}`, `when[0].event`, "sends no button.press", "none"},
		{"an event's argument", `{"then":[{"device":"$lamp","set":{"on_off.on":true}}],"when":[{"device":"$button","event":"button.press","args":{"action":"tickle"}}]}`, `when[0].args.action`, `got "tickle"`, "single, double"},
		{"an unknown person", `{"then":[{"device":"$lamp","set":{"on_off.on":true}}],"when":[{"person":"bob","presence":"home"}]}`, `when[0].person`, `"bob"`, "a person"},
		{"a person without a phone", `{"then":[{"device":"$lamp","set":{"on_off.on":true}}],"when":[{"person":"gran","presence":"home"}]}`, `when[0].person`, "where Gran is", "add the phone"},
		{"an unknown presence", `{"then":[{"device":"$lamp","set":{"on_off.on":true}}],"when":[{"person":"li","presence":"asleep"}]}`, `when[0].presence`, `"asleep"`, "arriving"},
		{"arrival beside then", `{"arrival":{"comfort_c":21,"away_c":17},"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`, `arrival`, "beside", "of its own"},
		{"arrival without comfort", `{"arrival":{"away_c":17}}`, `arrival.comfort_c`, "missing", "5 to 35 °C"},
		{"arrival too hot", `{"arrival":{"comfort_c":60,"away_c":17}}`, `arrival.comfort_c`, "out of range", "5 to 35 °C"},
		{"arrival in an unknown room", `{"arrival":{"rooms":["attic"],"comfort_c":21,"away_c":17}}`, `arrival.rooms[0]`, `"attic"`, "hall, living"},
		{"arrival of nobody", `{"arrival":{"people":[],"comfort_c":21,"away_c":17}}`, `arrival.people`, "empty", "at least one"},
		{"arrival at a lamp", `{"arrival":{"devices":["$lamp"],"comfort_c":21,"away_c":17}}`, `arrival.devices[0]`, "no thermostat", "a setpoint"},
		{"arrival of who has no phone", `{"arrival":{"people":["gran"],"comfort_c":21,"away_c":17}}`, `arrival.people[0]`, "where Gran is", "add the phone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newHouse(t)
			_, err := x.apply(home.SceneSet{ID: "s", Document: x.document(tt.doc)})
			var wrong *scenes.DocumentError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v", err)
			}
			if wrong.Path != tt.path || !strings.Contains(wrong.Problem, tt.problem) || !strings.Contains(wrong.Expected, tt.expected) {
				t.Errorf("got      %q %q %q\nexpected %q %q %q", wrong.Path, wrong.Problem, wrong.Expected, tt.path, tt.problem, tt.expected)
			}
			if len(x.h.View().Scenes()) != 0 {
				t.Error("the house took the scene")
			}
		})
	}
}

func TestCheckTellsOfAllProblems(t *testing.T) {
	x := newHouse(t)
	_, err := x.apply(home.SceneSet{ID: "s", Document: x.document(`{"then":[{"device":"$lamp","set":{"level.level":130,"on_off.on":1}},{"device":"nope","command":"on_off.on"}]}`)})
	for _, part := range []string{`then[0].set["level.level"]`, `then[0].set["on_off.on"]`, `then[1].device`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
}

// FuzzDocument: no document makes the engine panic, and what Check takes runs without a command that the house refuses for its form.
func FuzzDocument(f *testing.F) {
	for _, doc := range []string{
		motionLamp, arrivalDoc, `{"arrival":{"devices":["$cooler"],"people":["li"],"comfort_c":24,"away_c":28}}`,
		`{"names":{"":"Movie night"},"then":[{"room":"living","role":"ceiling light","set":{"level.level":30},"transition":2}]}`,
		`{"when":[{"device":"$button","event":"button.press","args":{"action":"double"}}],"then":[{"room":"living","command":"window_covering.close"}]}`,
		`{"when":[{"person":"everyone","presence":"away"},{"device":"$motion","attribute":"temperature.celsius","above":25}],"then":[{"device":"$gangs","endpoint":"left","command":"on_off.toggle"}]}`,
		`{"runs":"queue","limit":{"times":3,"per":"1h"},"quiet":{"from":"22:00","to":"06:00"},"when":[{"at":"07:30","days":"weekdays"},{"sun":"sunset","offset":"-30m"},{"every":"15m"},{"mode":"night"}],"if":{"or":[{"mode":["night","home"]},{"not":{"person":"anyone","presence":"home"}}]},"then":[{"wait":"5m"},{"wait_until":{"device":"$motion","attribute":"occupancy.occupied","is":false,"for":"1m","fresh":"10m"},"timeout":"1h","on_timeout":"stop"},{"mode":"away"},{"notify":{"":"x"}},{"stop":true}]}`,
		`{"lease":"run","yield":"30m","when":[{"room":"hall","attribute":"occupancy.occupied","to":true,"for":"10s"},{"webhook":"w"},{"topic":"a/b","payload":"1"}],"then":[{"capture":"c","room":"living"},{"repeat":{"times":3,"while":{"time":{"from":"08:00"}},"until":{"mode":"night"},"do":[{"choose":[{"if":{"mode":"home"},"then":[{"device":"$lamp","command":"on_off.toggle"}]}],"else":[{"wait":1}]}]}},{"if":{"mode":"home"},"then":[],"else":[]},{"restore":"c"}]}`,
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		x := newHouse(t)
		raw := x.document(doc)
		e := scenes.New()
		e.Put("s", raw)
		for _, o := range occurrences(x) {
			e.React(o, nowhere{})
		}
		if _, err := x.apply(home.SceneSet{ID: "s", Document: raw}); err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("taken, yet no JSON: %q", raw)
		}
		x.report("motion", "main", "occupancy.occupied", model.Bool(false))
		x.report("motion", "main", "occupancy.occupied", model.Bool(true))
		for _, metres := range []float64{0, 500, 6000, 3000, 0} {
			x.now = x.now.Add(5 * time.Minute)
			x.locate("li", metres)
		}
		x.must(home.ModeSet{Mode: "night"})
		x.must(home.WebhookCalled{Name: "w"})
		for range 20 {
			for id, at := range x.h.Timers() {
				x.now = at
				x.must(home.Fired{Timer: id})
				break
			}
		}
		b, err := x.h.View().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if x.h, err = home.Restore(b, scenes.New(), presence.New()); err != nil {
			t.Fatal(err)
		}
		x.must(home.SceneAsked{ID: "s"})
		x.must(home.SceneRemoved{ID: "s"})
	})
}

func occurrences(x *house) []home.Occurrence {
	return []home.Occurrence{
		{Kind: home.OccurredAsked, Scene: "s", At: start},
		{Kind: home.OccurredTimer, Timer: "scene/s/left", At: start},
		{Kind: home.OccurredChange, Device: x.ids["motion"], Endpoint: "main", Attribute: "occupancy.occupied", From: model.Bool(false), To: model.Bool(true)},
		{Kind: home.OccurredEvent, Device: x.ids["button"], Endpoint: "main", Attribute: "button.press", Args: map[string]model.Value{"action": model.String("double")}},
		{Kind: home.OccurredPresence, Person: "li", FromState: "away", ToState: "arriving", At: start},
	}
}
