package converse

import (
	"slices"
	"testing"

	"github.com/concord-home/hub/home"
)

func TestAFloorIsAllItsRooms(t *testing.T) {
	e := talk(t)
	floors := map[string]map[string]string{"客厅": {"": "Ground floor", "zh": "一楼"}, "主卧": {"": "Upstairs", "zh": "二楼"}, "书房": {"zh": "二楼"}}
	for _, r := range e.o.House.View().Rooms() {
		r.Floor = floors[r.Name("zh")]
		if err := e.o.House.Do(t.Context(), home.RoomSet{Room: r}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		say  string
		plan []string // names that are told, in any order
	}{
		{"把二楼的灯都关了", []string{"书房灯", "床头灯"}},
		{"turn off all the lights upstairs", []string{"书房灯", "床头灯"}},
		{"turn off all the lights downstairs", []string{"Ceiling light", "落地灯"}},
		{"把楼下的灯打开", []string{"Ceiling light", "落地灯"}},
	} {
		r := e.Say(t.Context(), Request{Text: c.say, DryRun: true}, everyone{})
		var got []string
		for _, d := range r.Done {
			got = append(got, d.Name)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.plan) {
			t.Errorf("%s: %v (%s %v), want %v", c.say, got, r.Speech, r.Plan, c.plan)
		}
	}
}

func TestAFloorThatTheHouseDoesNotHaveIsNotTheWholeHouse(t *testing.T) {
	e := talk(t)
	for _, text := range []string{"turn off all the lights downstairs", "turn off all the lights attic", "turn off the lights upstairs"} {
		if r := e.Say(t.Context(), Request{Text: text, DryRun: true}, everyone{}); len(r.Plan) > 0 {
			t.Errorf("%s: %v", text, r.Plan)
		}
	}
}

func TestWhatHangsOnAConditionIsNotDoneAndSaysWhatWould(t *testing.T) {
	e := talk(t)
	converseWith(t, e, everyone{}, Request{}, []line{
		{"if it rains close the curtain", KindError, "a scene does"},
		{"when i leave turn off the lights", KindError, "a scene does"},
		{"下雨的时候把窗帘关上", KindError, "场景"},
		{"我出门的时候把灯都关了", KindError, "场景"},
		{"温度超过28度就打开空调", KindError, "场景"},
	})
}
