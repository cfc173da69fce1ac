package converse

import (
	"strings"
	"testing"
	"time"
)

func TestATimeOfDayIsSaidBackListedAndCancelled(t *testing.T) {
	zone := time.FixedZone("here", 8*3600)
	e := talkAt(t, func() time.Time { return time.Date(2026, 5, 4, 18, 0, 0, 0, zone) })
	converseWith(t, e, everyone{}, Request{Session: "a"}, []line{
		{"turn on the ceiling light at half past seven", KindDone, "At 7:30 PM: turn on the ceiling light."},
		{"明早七点打开主卧空调", KindDone, "明天7点打开主卧空调。"},
		{"晚上八点半关掉落地灯", KindDone, "20点30分关掉落地灯。"},
		{"open the curtain the day after tomorrow at 6 am", KindDone, "On Wednesday, May 6 at 6:00 AM: open the curtain."},
		{"turn off the ceiling light at noon", KindDone, "Tomorrow at 12:00 PM"},
		{"how much time is left on my timers", KindAnswer, "At 7:30 PM: turn on the ceiling light. At 8:30 PM"},
		{"cancel all timers", KindDone, "cancelled"},
		{"how much time is left on my timers", KindError, "No timer is set."},
		{"unlock the 大门 at 7 pm", KindError, ""},
	})
	due := func(text string) time.Time {
		e.Say(t.Context(), Request{Text: text, Session: "b"}, everyone{})
		kept := e.clock.list("tester")
		if len(kept) != 1 {
			t.Fatalf("%s: %d timers", text, len(kept))
		}
		_ = e.clock.drop(t.Context(), kept[0].ID)
		return kept[0].Due
	}
	if got, want := due("turn on the ceiling light tomorrow at 7"), time.Date(2026, 5, 5, 7, 0, 0, 0, zone); !got.Equal(want) {
		t.Errorf("is due %v, want %v", got, want)
	}
}

func TestWhatIsExceptedStaysAsItIs(t *testing.T) {
	e := talk(t)
	converseWith(t, e, everyone{}, Request{}, []line{{"打开落地灯", KindDone, "落地灯已打开"}})
	for _, text := range []string{"turn off all the lights except the ceiling light", "除了客厅其他灯都关掉"} {
		for _, p := range e.Say(t.Context(), Request{Text: text, DryRun: true}, everyone{}).Plan {
			if strings.Contains(p, "Ceiling light") {
				t.Errorf("%s: %s", text, p)
			}
		}
	}
	r := e.Say(t.Context(), Request{Text: "turn off all the lights except the ceiling light", DryRun: true}, everyone{})
	if len(r.Plan) < 2 {
		t.Errorf("plan %v", r.Plan)
	}
}
