package rehearsal_test

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/rehearsal"
)

func all(facts []home.Fact) iter.Seq2[home.Fact, error] {
	return func(yield func(home.Fact, error) bool) {
		for _, f := range facts {
			if !yield(f, nil) {
				return
			}
		}
	}
}

const motionLamp = `{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true}],"runs":"restart","then":[
	{"device":"$lamp","set":{"on_off.on":true}},{"wait":"5m"},{"device":"$lamp","set":{"on_off.on":false}}]}`

// evening records what a house does without the scene: somebody moves, and puts the lamp on by hand.
func evening(t testing.TB) *recorder {
	x := newRecorder(t)
	x.add("motion", "hall", "occupancy.occupied")
	x.add("lamp", "hall", "on_off.on")
	x.say("motion", "occupancy.occupied", model.Bool(false))
	x.say("lamp", "on_off.on", model.Bool(false))
	x.now = monday.Add(18 * time.Hour)
	x.say("motion", "occupancy.occupied", model.Bool(true))
	x.now = x.now.Add(20 * time.Second)
	x.say("lamp", "on_off.on", model.Bool(true))
	x.now = x.now.Add(2 * time.Minute)
	x.say("motion", "occupancy.occupied", model.Bool(false))
	return x
}

func TestTryTellsWhatASceneWouldHaveSentBesideWhatHappened(t *testing.T) {
	x := evening(t)
	got, err := rehearsal.Try(rehearsal.Trial{ID: "light", Document: x.scene(motionLamp), Facts: all(x.facts), From: monday.Add(time.Hour), To: monday.Add(24 * time.Hour), Zones: time.LoadLocation})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, w := range got.Commands {
		line := w.At.Format("15:04:05") + " " + w.Writes[0].Value.String() + " was " + w.Was[0].String() + " because " + w.Because
		if w.Then != nil {
			line += ", then " + w.Then.Value.String() + " at " + w.Then.At.Format("15:04:05") + " " + string(w.Then.Cause.Kind)
		}
		lines = append(lines, line)
	}
	want := []string{
		"18:00:00 true was false because motion: occupancy.occupied is true, then true at 18:00:20 physical",
		"18:05:00 false was true because motion: occupancy.occupied is true",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[home.Outcome]int{home.OutcomeRan: 1}, got.Came); diff != "" {
		t.Error(diff)
	}
}

func TestTryRefusesASceneThatTheHouseDoesNotTake(t *testing.T) {
	x := evening(t)
	_, err := rehearsal.Try(rehearsal.Trial{ID: "light", Document: x.scene(`{"then":[{"device":"$lamp","set":{"level.level":3}}]}`), Facts: all(x.facts), From: monday.Add(time.Hour), To: x.now})
	if err == nil || !strings.Contains(err.Error(), "level.level") {
		t.Error(err)
	}
}

func TestTheSameTrialGivesTheSameBytes(t *testing.T) {
	x := week(t)
	try := func() string {
		r, err := rehearsal.Try(rehearsal.Trial{ID: "light", Document: x.scene(strings.NewReplacer("$motion", "$motion3", "$lamp", "$lamp4").Replace(motionLamp)),
			Facts: all(x.facts), From: monday.Add(time.Hour), To: x.now, Zones: time.LoadLocation})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := try()
	if len(first) < 10_000 {
		t.Errorf("a week of movement gives %s", first)
	}
	if try() != first {
		t.Error("the second trial differs")
	}
}

// BenchmarkTryAWeek: a week of a house of 100 devices, 50,000 facts, read from their encoded form as from the log, over
// applying the same facts to one house without trying anything.
func BenchmarkTryAWeek(b *testing.B) {
	x := week(b)
	var log [][]byte
	for _, f := range x.facts {
		raw, err := f.Encode()
		if err != nil {
			b.Fatal(err)
		}
		log = append(log, raw)
	}
	decoded := func(yield func(home.Fact, error) bool) {
		for _, raw := range log {
			f, err := home.DecodeFact(raw)
			if !yield(f, err) {
				return
			}
		}
	}
	doc := x.scene(strings.NewReplacer("$motion", "$motion3", "$lamp", "$lamp4").Replace(motionLamp))
	floor := time.Duration(0)
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		began := time.Now()
		h := home.New(nil, nil)
		for f := range decoded {
			_, _ = h.Apply(f)
		}
		floor += time.Since(began)
		b.StartTimer()
		if _, err := rehearsal.Try(rehearsal.Trial{ID: "light", Document: doc, Facts: decoded, From: monday.Add(time.Hour), To: x.now, Zones: time.LoadLocation}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(log)), "facts")
	b.ReportMetric(b.Elapsed().Seconds()/floor.Seconds(), "x-of-plain-replay")
}

func TestSearchFindsLoopsAndConflicts(t *testing.T) {
	const turn = `{"when":[{"device":"$lamp","attribute":"on_off.on","to":%s}],"then":[{"device":"$lamp","set":{"on_off.on":%s}}]}`
	put := func(was, then string) string {
		return strings.Replace(strings.Replace(turn, "%s", was, 1), "%s", then, 1)
	}
	const onMotion = `{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":true}],"then":[{"device":"$lamp","set":{"on_off.on":%s}}]}`
	tests := []struct {
		name, other, scene, kind string
		steps                    int
	}{
		{"two that undo each other", put("true", "false"), put("false", "true"), "loop", 2},
		{"two that want different things at once", strings.Replace(onMotion, "%s", "false", 1), strings.Replace(onMotion, "%s", "true", 1), "conflict", 2},
		{"the same thing", strings.Replace(onMotion, "%s", "true", 1), strings.Replace(onMotion, "%s", "true", 1), "", 0},
		{"one undoes the other's work a while later", put("true", "true"), motionLamp, "", 0},
		{"through a mode", `{"when":[{"mode":"night"}],"then":[{"mode":"home"}]}`, `{"when":[{"mode":"home"}],"then":[{"mode":"night"}]}`, "loop", 1},
		{"after a wait", `{"when":[{"device":"$lamp","attribute":"on_off.on","to":true}],"then":[{"wait":"1m"},{"device":"$lamp","set":{"on_off.on":false}}]}`,
			`{"when":[{"device":"$lamp","attribute":"on_off.on","to":false,"for":"1m"}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`, "loop", 2},
		{"the last leaves", `{"when":[{"person":"everyone","presence":"away"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`,
			`{"when":[{"person":"ann","presence":"away"}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`, "conflict", 2},
		{"somebody comes", `{"when":[{"person":"first","presence":"home"}],"then":[{"mode":"guest"},{"device":"$lamp","set":{"on_off.on":true}}]}`,
			`{"when":[{"mode":"guest"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`, "conflict", 2},
		{"somebody is on the way", `{"when":[{"person":"anyone","presence":"arriving"}],"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`,
			`{"when":[{"person":"ann","presence":"arriving"}],"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`, "conflict", 2},
		{"somebody comes while it is night", `{"when":[{"person":"ann","presence":"home"}],"if":{"mode":"night"},"then":[{"device":"$lamp","set":{"on_off.on":true}}]}`,
			`{"when":[{"person":"ann","presence":"home"},{"mode":"night"}],"if":{"mode":"night"},"then":[{"device":"$lamp","set":{"on_off.on":false}}]}`, "conflict", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := evening(t)
			x.now = x.now.Add(3 * time.Hour)
			x.do(home.PersonSet{Person: home.Person{ID: "ann", Name: "Ann", Role: "adult", Trackers: []string{"test/ann"}}})
			x.do(home.SceneSet{ID: "other", Document: x.scene(tt.other)})
			doc := x.scene(tt.scene)
			found, err := rehearsal.Search(x.h.View(), "new", doc, time.LoadLocation)
			if err != nil {
				t.Fatal(err)
			}
			if tt.kind == "" {
				if len(found) > 0 {
					t.Errorf("found %+v", found)
				}
				return
			}
			if len(found) == 0 || found[0].Kind != tt.kind || !slices.Contains(found[0].Scenes, "new") || len(found[0].Timeline) != tt.steps {
				t.Fatalf("found %+v", found)
			}
			replays(t, x, doc, found[0])
		})
	}
}

// replays gives a finding's timeline to a trial: the scene must show itself there.
func replays(t *testing.T, x *recorder, doc json.RawMessage, f rehearsal.Finding) {
	b, err := x.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	facts := func(yield func(home.Fact, error) bool) {
		for _, raw := range f.Timeline {
			fact, err := home.DecodeFact(raw)
			if !yield(fact, err) {
				return
			}
		}
	}
	r, err := rehearsal.Try(rehearsal.Trial{ID: "new", Document: doc, Snapshot: b, Facts: facts, From: x.now, To: x.now.Add(time.Hour), Timeline: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Came) == 0 {
		t.Errorf("the timeline sets nothing off: %+v", f)
	}
}
