package converse

import (
	"strings"
	"testing"
	"time"
)

func TestWhatIsDoneForAWhileIsTakenBack(t *testing.T) {
	zone := time.FixedZone("here", 8*3600)
	e := talkAt(t, func() time.Time { return time.Date(2026, 5, 4, 18, 0, 0, 0, zone) })
	converseWith(t, e, everyone{}, Request{Session: "a"}, []line{
		{"turn on the ceiling light for ten minutes", KindDone, "Ceiling light is on. I will take that back in 10 minutes."},
		{"把落地灯打开半小时", KindDone, "落地灯已打开。30分钟后恢复。"},
		{"unlock the 大门 for ten minutes", KindError, ""},
		{"turn on the ceiling light every ten minutes", KindError, "not understand"}, // never for ten minutes
		{"turn on the ceiling light every weekday at 7 am", KindDone, "From Monday to Friday at 7:00 AM: turn on the ceiling light."},
		{"turn on the ceiling light every morning", KindAsk, "At what time?"},
		{"remind me in 20 minutes to feed the cat", KindDone, "In 20 minutes: reminder “feed the cat”."},
		{"五分钟后提醒我吃药", KindDone, "吃药"},
	})
	for _, k := range e.clock.list("tester") {
		next := k
		switch again := next.again(k.Due); {
		case k.Every == nil && again:
			t.Errorf("%+v goes off twice", k)
		case k.Every != nil && (!again || next.Due.Sub(k.Due) != 24*time.Hour):
			t.Errorf("goes off at %v and then at %v", k.Due, next.Due)
		}
	}
}

func TestAnOrderIsCorrectedAndADryRunSaysSoOnce(t *testing.T) {
	e := talk(t)
	converseWith(t, e, everyone{}, Request{Session: "a"}, []line{
		{"no the ceiling light", KindError, "I do not know what you mean"},
		{"打开落地灯", KindDone, "落地灯已打开"},
		{"no, the ceiling light", KindDone, "Ceiling light is on."},
		{"stop it", KindAnswer, ""},
	})
	r := e.Say(t.Context(), Request{Text: "turn on the ceiling light and close the curtain", DryRun: true}, everyone{})
	if strings.Count(r.Speech, "dry run") != 1 {
		t.Errorf("says %q", r.Speech)
	}
}
