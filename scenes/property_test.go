package scenes_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// TestRunModesKeepTheirBounds: however triggers and time come, a scene has never more runs under way than its mode
// allows, single and restart never two, and what begins in a queue begins in order and ends.
func TestRunModesKeepTheirBounds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		mode := rapid.SampledFrom([]string{"single", "restart", "queue", "parallel"}).Draw(r, "mode")
		most := rapid.IntRange(1, 4).Draw(r, "max_runs")
		x := newLine(t)
		x.put("s", fmt.Sprintf(`{"runs":%q,"max_runs":%d,%s,"then":[{"notify":"begins"},{"wait":"1m"},{"notify":"ends"}]}`, mode, most, moved))
		triggers := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 30).Draw(r, "seconds between triggers")
		for _, s := range triggers {
			x.pass(time.Duration(s) * time.Second)
			x.flash()
			under := len(x.h.View().Running("s"))
			if limit := map[string]int{"single": 1, "restart": 1, "queue": 1, "parallel": most}[mode]; under > limit {
				r.Fatalf("%d runs under way", under)
			}
		}
		x.pass(time.Hour)
		if len(x.h.View().Running("s")) > 0 {
			r.Fatal("a run never ends")
		}
		begins, ends := 0, 0
		for _, l := range x.took() {
			if l[9:] == "notice begins" {
				begins++
			} else {
				ends++
			}
		}
		if mode == "restart" && ends > begins || mode != "restart" && begins != ends || ends == 0 {
			r.Fatalf("%d begin, %d end", begins, ends)
		}
	})
}

// TestASnapshotAnywhereChangesNothing: a house that is written down and read back at any moment goes on exactly as one that is not.
func TestASnapshotAnywhereChangesNothing(t *testing.T) {
	docs := []string{
		`{"runs":"queue",` + moved + `,"then":[{"device":"$lamp","set":{"on_off.on":true}},{"wait":"1m"},{"device":"$lamp","set":{"on_off.on":false}}]}`,
		`{"runs":"parallel",` + moved + `,"then":[{"repeat":{"times":3,"do":[{"wait":"20s"},{"device":"$plug","command":"on_off.toggle"}]}}]}`,
		`{"when":[{"device":"$motion","attribute":"occupancy.occupied","to":false,"for":"30s"}],"limit":{"times":2,"per":"10m"},"then":[{"capture":"c","device":"$plug"},{"wait_until":{"device":"$lamp","attribute":"on_off.on","is":true,"for":"5s"},"timeout":"2m"},{"restore":"c"}]}`,
		`{"when":[{"every":"1m"}],"lease":"run","priority":5,"then":[{"device":"$lamp","set":{"level.level":7}},{"wait":"10s"}]}`,
	}
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 90), 2, 25).Draw(r, "seconds")
		cut := rapid.IntRange(0, len(steps)-1).Draw(r, "snapshot before step")
		run := func(snapshot bool) ([]string, string) {
			x := newLine(t)
			for i, d := range docs {
				x.put(fmt.Sprintf("s%d", i), d)
			}
			for i, s := range steps {
				if snapshot && i == cut {
					b, err := x.h.View().Encode()
					if err != nil {
						t.Fatal(err)
					}
					if x.h, err = home.Restore(b, scenes.New(), presence.New()); err != nil {
						t.Fatal(err)
					}
				}
				x.pass(time.Duration(s) * time.Second)
				x.motion(i%2 == 0)
			}
			x.pass(10 * time.Minute)
			b, err := x.h.View().Encode()
			if err != nil {
				t.Fatal(err)
			}
			return x.took(), string(b)
		}
		log, end := run(false)
		again, endAgain := run(true)
		if diff := cmp.Diff(log, again); diff != "" {
			r.Fatal(diff)
		}
		if end != endAgain {
			r.Fatal("the houses differ at the end")
		}
	})
}

// TestNoDocumentIsHalfApplied: one that is refused leaves the scene, its timers and its runs as they were.
func TestNoDocumentIsHalfApplied(t *testing.T) {
	x := newLine(t)
	x.put("s", `{`+moved+`,"then":[{"wait":"5m"},{"device":"$lamp","set":{"on_off.on":true}}]}`)
	x.motion(true)
	before, err := x.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{`{`, `{"then":[]}`, `{"then":[{"wait":"5m"},{"device":"nope","set":{"on_off.on":true}}]}`, `{` + moved + `,"then":[{"device":"$lamp","set":{"on_off.on":9}}]}`} {
		effects, err := x.apply(home.SceneSet{ID: "s", Document: x.document(bad)})
		if err == nil || len(effects) > 0 {
			t.Errorf("%s: %v, %d effects", bad, err, len(effects))
		}
	}
	x.seq -= 4 // a refused fact changes nothing but the number
	after, _ := x.h.View().Encode()
	var a, b map[string]json.RawMessage
	if json.Unmarshal(before, &a) != nil || json.Unmarshal(after, &b) != nil {
		t.Fatal("no snapshot")
	}
	for _, part := range []string{"state", "engine", "devices"} {
		if string(a[part]) != string(b[part]) {
			t.Errorf("%s changed", part)
		}
	}
	x.pass(10 * time.Minute)
	if got := x.took(); !slices.Equal(got, []string{"08:05:00 lamp main on_off.on=true"}) {
		t.Errorf("sent %q", got)
	}
}

func TestAHoldByVoiceAndItsView(t *testing.T) {
	x := newLine(t)
	x.do(home.Asked{Ask: home.Ask{ID: "v", Device: x.ids["lamp"], Writes: []model.Write{{Attribute: "level.level", Value: model.Number(30)}}, Cause: &model.Cause{Kind: model.CauseVoice, Via: "converse"}}})
	held := x.h.View().Holds(x.now)
	if len(held) != 1 || held[0].Attribute != "level.level" || held[0].Priority != 100 || !held[0].Until.Equal(x.now.Add(2*time.Hour)) {
		t.Errorf("held %+v", held)
	}
	if got := x.h.View().Holds(x.now.Add(3 * time.Hour)); len(got) != 0 {
		t.Errorf("three hours later %+v", got)
	}
}
