package scenes_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

const motionLamp = `{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`

func TestMotionLightsTheLamp(t *testing.T) {
	x := newHouse(t)
	x.put("light", motionLamp)
	if got := x.report("motion", "main", "occupancy.occupied", model.Bool(true)); got != nil {
		t.Errorf("the first report after a start is no news, yet sent %q", got)
	}
	if got := x.report("motion", "main", "occupancy.occupied", model.Bool(false)); got != nil {
		t.Errorf("no motion sent %q", got)
	}
	effects := x.must(home.Reported{Source: "test/motion", Readings: []model.Reading{{Endpoint: "main", Attribute: "occupancy.occupied", Value: model.Bool(true)}}})
	if diff := cmp.Diff([]string{"lamp main on_off.on=true"}, sent(effects)); diff != "" {
		t.Error(diff)
	}
	r := ran(effects)
	if len(r) != 1 || r[0].Scene != "light" || r[0].Cause.Text != "motion: occupancy.occupied is true" || r[0].Cause.Because == nil {
		t.Errorf("ran %+v", r)
	}
}

func TestTargetsByHand(t *testing.T) {
	tests := []struct {
		name, then string
		want       []string
	}{
		{"a device, attributes in order", `[{"device":"$lamp","set":{"level.level":30,"on_off.on":true},"transition":2}]`, []string{"lamp main level.level=30 on_off.on=true over 2s"}},
		{"a role", `[{"role":"ceiling light","set":{"on_off.on":true}}]`, []string{"lamp main on_off.on=true"}},
		{"a room reaches everything that has the attribute, and each gang", `[{"room":"living","set":{"on_off.on":false}}]`,
			[]string{"lamp main on_off.on=false", "plug main on_off.on=false", "gangs left on_off.on=false", "gangs right on_off.on=false"}},
		{"a room gives each device what it has", `[{"room":"living","set":{"on_off.on":true,"level.level":50}}]`,
			[]string{"lamp main on_off.on=true level.level=50", "plug main on_off.on=true", "gangs left on_off.on=true", "gangs right on_off.on=true"}},
		{"a role in a room", `[{"room":"living","role":"ceiling light","set":{"level.level":5}}]`, []string{"lamp main level.level=5"}},
		{"one gang", `[{"device":"$gangs","endpoint":"right","set":{"on_off.on":true}}]`, []string{"gangs right on_off.on=true"}},
		{"the first gang when none is named", `[{"device":"$gangs","set":{"on_off.on":true}}]`, []string{"gangs left on_off.on=true"}},
		{"a command", `[{"device":"$blind","command":"window_covering.go_to","args":{"open":40}}]`, []string{"blind main window_covering.open_pct=40"}},
		{"a command to a room", `[{"room":"living","command":"window_covering.close"}]`, []string{"blind main window_covering.open_pct=0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newHouse(t)
			x.put("s", `{"names":{"":"Movie night","zh":"观影"},"enabled":false,"then":`+tt.then+`}`)
			effects := x.must(home.SceneAsked{ID: "s", Cause: &model.Cause{Kind: model.CausePerson, Who: "li"}})
			if diff := cmp.Diff(tt.want, sent(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTriggers(t *testing.T) {
	celsius := func(x *house, v float64) []string {
		return x.report("motion", "main", "temperature.celsius", model.Number(v))
	}
	press := func(x *house, action string) []string {
		x.now = x.now.Add(time.Second)
		return sent(x.must(home.Happened{Happening: model.Happening{Source: "test/button", Endpoint: "main", Event: "button.press",
			Args: map[string]model.Value{"button": model.String("1"), "action": model.String(action)}}}))
	}
	const warm = `{"device":"$motion","attribute":"temperature.celsius",`
	tests := []struct {
		name, when string
		do         func(*house) []string
		fires      bool
	}{
		{"above, when crossed", warm + `"above":25}`, func(x *house) []string { celsius(x, 24); return celsius(x, 26) }, true},
		{"above, on the border", warm + `"above":25}`, func(x *house) []string { celsius(x, 24); return celsius(x, 25) }, false},
		{"above, already there", warm + `"above":25}`, func(x *house) []string { celsius(x, 26); return celsius(x, 27) }, false},
		{"below, when crossed", warm + `"below":18}`, func(x *house) []string { celsius(x, 18); return celsius(x, 17.9) }, true},
		{"below, going up", warm + `"below":18}`, func(x *house) []string { celsius(x, 17); return celsius(x, 19) }, false},
		{"a named endpoint", `{"device":"$gangs","endpoint":"right","attribute":"on_off.on","to":true}`, func(x *house) []string {
			x.report("gangs", "right", "on_off.on", model.Bool(false))
			return x.report("gangs", "right", "on_off.on", model.Bool(true))
		}, true},
		{"another endpoint than the first", `{"device":"$gangs","attribute":"on_off.on","to":true}`, func(x *house) []string {
			x.report("gangs", "right", "on_off.on", model.Bool(false))
			return x.report("gangs", "right", "on_off.on", model.Bool(true))
		}, false},
		{"an event", `{"device":"$button","event":"button.press","args":{"action":"double"}}`, func(x *house) []string { return press(x, "double") }, true},
		{"an event with other arguments", `{"device":"$button","event":"button.press","args":{"action":"double"}}`, func(x *house) []string { return press(x, "single") }, false},
		{"any press", `{"device":"$button","event":"button.press"}`, func(x *house) []string { return press(x, "hold") }, true},
		{"two triggers hit at once run it once", warm + `"above":25},` + warm + `"above":24}`, func(x *house) []string { celsius(x, 20); return celsius(x, 30) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newHouse(t)
			x.put("s", `{"when":[`+tt.when+`],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`)
			var want []string
			if tt.fires {
				want = []string{"lamp main on_off.on=true"}
			}
			if diff := cmp.Diff(want, tt.do(x)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPresenceTriggers(t *testing.T) {
	x := newHouse(t)
	for _, s := range []struct{ id, who, state string }{
		{"li-coming", "li", "arriving"}, {"somebody-home", "anyone", "home"}, {"all-away", "everyone", "away"}, {"all-home", "everyone", "home"},
	} {
		x.put(s.id, `{"when":[{"person":"`+s.who+`","presence":"`+s.state+`"}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`)
	}
	steps := []struct {
		who    home.PersonID
		metres float64
		want   []string
	}{
		{"ann", 0, nil}, {"li", 0, nil}, // the first that is heard is no arrival
		{"li", 500, nil}, {"li", 5000, nil},
		{"ann", 500, nil}, {"ann", 5000, []string{"all-away"}},
		{"li", 3000, []string{"li-coming"}}, {"li", 0, []string{"somebody-home"}},
		{"ann", 3000, nil}, {"ann", 0, []string{"all-home", "somebody-home"}},
	}
	for i, s := range steps {
		x.now = x.now.Add(5 * time.Minute)
		var got []string
		for _, r := range ran(x.locate(s.who, s.metres)) {
			got = append(got, r.Scene)
		}
		if diff := cmp.Diff(s.want, got); diff != "" {
			t.Fatalf("step %d, %s at %v m: %s", i, s.who, s.metres, diff)
		}
	}
}

func TestSomebodyAwayForDaysCountsAsAway(t *testing.T) {
	x := newHouse(t)
	x.put("all-away", `{"when":[{"person":"everyone","presence":"away"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
	x.locate("ann", 300_000)
	x.locate("li", 0)
	x.now = x.now.Add(25 * time.Hour)
	x.locate("ann", 300_000)
	if x.state("ann") != "extended_away" {
		t.Fatal(x.state("ann"))
	}
	x.locate("li", 500)
	x.now = x.now.Add(5 * time.Minute)
	if got := sent(x.locate("li", 5000)); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
}

func TestDisabledAndRemovedScenesDoNothing(t *testing.T) {
	x := newHouse(t)
	x.put("off", `{"enabled":false,`+motionLamp[1:])
	x.put("gone", motionLamp)
	x.must(home.SceneRemoved{ID: "gone"})
	x.put("changed", motionLamp)
	x.put("changed", `{"then":[{"device":"$plug","set":{"on_off.on":true}}]}`)
	x.report("motion", "main", "occupancy.occupied", model.Bool(false))
	if got := x.report("motion", "main", "occupancy.occupied", model.Bool(true)); got != nil {
		t.Errorf("sent %q", got)
	}
}

func TestScenesRunInTheOrderOfTheirIDs(t *testing.T) {
	x := newHouse(t)
	for _, id := range []string{"c", "a", "b"} {
		x.put(id, motionLamp)
	}
	x.put("aa", strings.Replace(motionLamp, `"to"`, `"endpoint":"main","to"`, 1))
	x.report("motion", "main", "occupancy.occupied", model.Bool(false))
	var got []string
	for _, r := range ran(x.must(home.Reported{Source: "test/motion", Readings: []model.Reading{{Endpoint: "main", Attribute: "occupancy.occupied", Value: model.Bool(true)}}})) {
		got = append(got, r.Scene)
	}
	if diff := cmp.Diff([]string{"a", "aa", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestScenesThatUndoEachOtherStop(t *testing.T) {
	x := newHouse(t)
	x.put("on", `{"when":[{"device":"$lamp","attribute":"on_off.on","to":false}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`)
	x.put("off", `{"when":[{"device":"$lamp","attribute":"on_off.on","to":true}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`)
	x.report("lamp", "main", "on_off.on", model.Bool(false))
	next := x.report("lamp", "main", "on_off.on", model.Bool(true))
	for round := 0; len(next) > 0; round++ {
		if round == 5 {
			t.Fatal("the scenes chase each other")
		}
		next = x.report("lamp", "main", "on_off.on", model.Bool(strings.HasSuffix(next[0], "true")))
	}
}

func TestALoopIsToldOf(t *testing.T) {
	x := newHouse(t)
	e := scenes.New()
	e.Put("light", x.document(motionLamp))
	got := e.React(home.Occurrence{Kind: home.OccurredChange, Device: x.ids["motion"], Endpoint: "main", Attribute: "occupancy.occupied",
		From: model.Bool(false), To: model.Bool(true),
		Cause: &model.Cause{Kind: model.CauseScene, Who: "other", Because: &model.Cause{Kind: model.CauseScene, Who: "light"}}}, nowhere{})
	if len(got) != 1 || len(got[0].Asks) != 0 || len(got[0].Problems) != 1 || !strings.Contains(got[0].Problems[0], "itself a cause") {
		t.Errorf("%+v", got)
	}
}

// nowhere is a house where every id is the same device and nobody lives: what the engine alone needs, without a home.
type nowhere struct{}

func (nowhere) Device(model.DeviceID) *home.Device   { return only }
func (nowhere) Devices() []*home.Device              { return nil }
func (nowhere) Presence(home.PersonID) home.Presence { return home.Presence{} }
func (nowhere) Outlook(home.PersonID, time.Time) home.Outlook {
	return home.Outlook{}
}
func (nowhere) People() []home.Person           { return nil }
func (nowhere) Surroundings() home.Surroundings { return home.Surroundings{Modes: []string{"home"}} }

var only = func() *home.Device {
	h := home.New(nil, nil)
	_, _ = h.Apply(home.Fact{Seq: 1, Body: home.Described{Description: model.Description{Source: "test/m",
		Endpoints: []model.EndpointDescription{part("main", prop("occupancy.occupied"), prop("on_off.on"))}}}})
	return h.View().Devices()[0]
}()

func TestARestoredHouseRunsItsScenes(t *testing.T) {
	x := newHouse(t)
	x.put("light", motionLamp)
	x.report("motion", "main", "occupancy.occupied", model.Bool(false))
	b, err := x.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if x.h, err = home.Restore(b, scenes.New(), presence.New()); err != nil {
		t.Fatal(err)
	}
	if got := x.report("motion", "main", "occupancy.occupied", model.Bool(true)); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
	if err := scenes.New().SetState(json.RawMessage(`{"waits":1}`)); err == nil {
		t.Error("the state of another version was taken")
	}
}

func TestNoMatchCostsNoMemory(t *testing.T) {
	x := newHouse(t)
	e := scenes.New()
	e.Put("light", x.document(motionLamp))
	o := home.Occurrence{Kind: home.OccurredChange, Device: x.ids["lamp"], Endpoint: "main", Attribute: "level.level", From: model.Number(1), To: model.Number(2)}
	if n := testing.AllocsPerRun(100, func() { e.React(o, nowhere{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
