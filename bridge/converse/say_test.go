package converse

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// line is one sentence of a talk and what its answer must be.
type line struct {
	say    string
	kind   string
	speech string // a part of the answer
}

func converseWith(t *testing.T, e *Engine, c Caller, req Request, lines []line) {
	t.Helper()
	for _, l := range lines {
		req.Text = l.say
		r := e.Say(t.Context(), req, c)
		if r.Kind != l.kind || !strings.Contains(r.Speech, l.speech) {
			t.Errorf("%q: got %s %q (%v), want %s %q", l.say, r.Kind, r.Speech, r.Intents, l.kind, l.speech)
		}
	}
}

func TestTalksOfAHousehold(t *testing.T) {
	e := talk(t)
	for name, talk := range map[string]struct {
		req   Request
		lines []line
	}{
		"the speaker's room, it, and undo": {Request{Area: "客厅", Session: "a"}, []line{
			{"打开落地灯", KindDone, "落地灯已打开"},
			{"调暗一点", KindDone, "落地灯"},
			{"撤销", KindDone, "恢复"},
		}},
		"everyday climate": {Request{Session: "b"}, []line{
			{"打开主卧空调", KindDone, "主卧空调已打开"},
			{"主卧空调开到26度", KindDone, "26"},
			{"把主卧空调温度调高两度", KindDone, "主卧空调"},
			{"主卧空调调到制冷", KindDone, "制冷"},
			{"主卧热不热", KindAnswer, "27.5"},
			{"主卧为什么这么热", KindAnswer, "卧室窗户开着"},
		}},
		"a name in a room, and two commands": {Request{Session: "c"}, []line{
			{"打开主卧的空调和灯", KindDone, "床头灯已打开"},
			{"turn on the ceiling light and close the curtain", KindDone, "Curtain is closed"},
		}},
		"which room": {Request{Session: "d"}, []line{
			{"turn on the light", KindAsk, "In which room"},
			{"living room", KindDone, "on"},
		}},
		"failures have a reason": {Request{Session: "e"}, []line{
			{"打开阳台灯", KindError, "阳台灯没有成功：无法连接设备。"},
			{"打开书房灯", KindError, "设备拒绝了"},
			{"turn on the 书房灯", KindError, "refused"},
		}},
		"a door wants a yes": {Request{Session: "f"}, []line{
			{"打开大门的锁", KindConfirm, "确定"},
			{"不要", KindAnswer, "取消"},
			{"大门锁了吗", KindAnswer, "锁着"},
			{"解锁大门", KindConfirm, "确定"},
			{"是的", KindDone, "大门已开锁"},
		}},
		"questions": {Request{Session: "g", Area: "客厅"}, []line{
			{"哪些灯开着", KindAnswer, "开着"},
			{"is the curtain closed", KindAnswer, "Curtain"},
			{"who is home", KindAnswer, "Nobody"},
		}},
		"a time that was left open, and all of several": {Request{Session: "j"}, []line{
			{"set a timer", KindAsk, "For how long"},
			{"5 minutes", KindDone, "Timer set for 5 minutes."},
			{"turn on the light", KindAsk, "In which room"},
			{"all of them", KindPartial, "did not work"},
			{"make the 床头灯 blue", KindError, "床头灯 cannot change colour."},
			{"调高空调", KindDone, "主卧空调已调到"},
			{"are all lights on", KindAnswer, "No: "},
		}},
		"timers": {Request{Session: "h"}, []line{
			{"set a pizza timer for 10 minutes", KindDone, "10 min"},
			{"add 5 minutes to the pizza timer", KindDone, " min"},
			{"cancel the pizza timer", KindDone, "cancelled"},
			{"5分钟后关掉落地灯", KindDone, "5分钟后"},
		}},
		"what nobody means": {Request{Session: "i"}, []line{
			{"the quick brown fox jumps over the lazy dog", KindError, "understand"},
			{"今天晚上吃什么好呢", KindError, "没听懂"},
		}},
	} {
		t.Run(name, func(t *testing.T) { converseWith(t, e, everyone{}, talk.req, talk.lines) })
	}
}

func TestASpokenPINIsAskedForAndLocksAfterFiveErrors(t *testing.T) {
	e := talk(t)
	if err := e.SetPIN(t.Context(), "12"); err == nil {
		t.Error("a PIN of two digits was taken")
	}
	if err := e.SetPIN(t.Context(), "2580"); err != nil {
		t.Fatal(err)
	}
	converseWith(t, e, everyone{}, Request{Session: "p"}, []line{
		{"解锁大门", KindConfirm, "密码"},
		{"1 2 3 4", KindConfirm, "不对"},
		{"二五八零", KindDone, "大门已开锁"},
		{"unlock 大门", KindConfirm, "PIN"},
		{"two five eight zero", KindDone, "unlocked"},
		{"unlock 大门", KindConfirm, "PIN"},
		{"1 1 1 1", KindConfirm, "not the PIN"},
		{"1 1 1 1", KindConfirm, "not the PIN"},
		{"1 1 1 1", KindConfirm, "not the PIN"},
		{"1 1 1 1", KindConfirm, "not the PIN"},
		{"1 1 1 1", KindError, "Too many"},
	})
}

func TestAGuestsSpeakerDoesNoMoreThanItMay(t *testing.T) {
	e := talk(t)
	converseWith(t, e, guest{"客厅"}, Request{Area: "客厅"}, []line{
		{"打开落地灯", KindDone, "落地灯已打开"},
		{"解锁大门", KindError, "没有找到"},
		{"落地灯调成红色", KindError, "没有权限"},
		{"打开主卧空调", KindError, "没有找到"},
		{"who is home", KindError, "may not"},
	})
}

func TestADryRunDoesNothingAndSaysWhatItWouldDo(t *testing.T) {
	e := talk(t)
	r := e.Say(t.Context(), Request{Text: "把落地灯调到30%", DryRun: true}, everyone{})
	if len(r.Plan) != 1 || !strings.Contains(r.Plan[0], "level.level=30") {
		t.Errorf("plan %v", r.Plan)
	}
	for _, d := range e.o.House.View().Devices() {
		if n, _ := number(d, attrLevel); n == 30 {
			t.Error("the lamp was set")
		}
	}
}

func TestTheSortOfThingThatWasSaidIsWhatActs(t *testing.T) {
	e := talk(t)
	for said, want := range map[string]string{
		"空调开到26度制冷":                             "主卧空调: on_off.on=true thermostat.mode=cool thermostat.cool_setpoint=26", // though it hangs elsewhere
		"关掉暖气":                                  "客厅暖气: thermostat.mode=off",
		"put the air conditioner on cool at 24": "主卧空调: on_off.on=true thermostat.mode=cool thermostat.cool_setpoint=24",
		"set the heating to 21":                 "客厅暖气: thermostat.heat_setpoint=21",
		"lock the front door":                   "大门: door_lock.target=locked", // its sensor is called so
		"turn off the ceiling light and turn on the air conditioner": "Ceiling light: on_off.on=false|主卧空调: on_off.on=true", // each its own
		"turn on the ceiling light and turn off the air conditioner": "Ceiling light: on_off.on=true|主卧空调: on_off.on=false",
		"lock up":                   "大门: door_lock.target=locked",
		"open the curtain a little": "Curtain: window_covering.open_pct=20", // it was shut
		"把主卧的东西都关了":                 "主卧空调: on_off.on=false|床头灯: on_off.on=false",
	} {
		r := e.Say(t.Context(), Request{Text: said, DryRun: true, Area: "客厅", Session: said}, everyone{})
		if got := strings.Join(slices.Sorted(slices.Values(r.Plan)), "|"); got != want {
			t.Errorf("%s: %q, want %q (%s)", said, got, want, r.Speech)
		}
	}
}

func TestAHomophoneOfANameIsUnderstood(t *testing.T) {
	e := talk(t)
	converseWith(t, e, everyone{}, Request{}, []line{{"打开落第灯", KindDone, "落地灯已打开"}, {"打开主我空调", KindDone, "主卧空调已打开"}})
}

func TestEveryPhraseIsInEveryLanguage(t *testing.T) {
	for key, texts := range phrases {
		for _, lang := range []string{"en", "zh", "zht", "de", "es", "fr", "it", "ru", "ja", "ko"} {
			if _, ok := texts[lang]; !ok {
				t.Errorf("%s is missing in %s", key, lang)
			}
		}
	}
}

func TestADelayedCommandOutlivesARestart(t *testing.T) {
	e := talk(t)
	e.Say(t.Context(), Request{Text: "in 5 minutes turn on the ceiling light"}, everyone{})
	again, err := New(Options{House: e.o.House, Memory: e.o.Memory})
	if err != nil {
		t.Fatal(err)
	}
	kept := again.clock.list("tester")
	if len(kept) != 1 || len(kept[0].Asks) != 1 || kept[0].Asks[0].Writes[0].Value != model.Bool(true) {
		t.Fatalf("kept %+v", kept)
	}
	again.due(context.Background(), &kept[0])
	for _, d := range e.o.House.View().Devices() {
		if on, _ := truth(d, attrOn); d.Name("") == "Ceiling light" && !on {
			t.Error("the light is not on")
		}
	}
}

func TestACloudSpeakersTimerIsAmongItsOwners(t *testing.T) {
	e := talk(t)
	var lamp home.Ask
	for _, d := range e.o.House.View().Devices() {
		if d.Name("") == "Ceiling light" {
			lamp = home.Ask{Device: d.ID, Writes: []model.Write{{Attribute: attrOn, Value: model.Bool(true)}}}
		}
	}
	at := e.o.Now().Add(90 * time.Minute)
	if err := e.Later(t.Context(), "tester", "zh-CN", at, "打开顶灯", lamp); err != nil {
		t.Fatal(err)
	}
	kept := e.clock.list("tester")
	if len(kept) != 1 || !kept[0].Due.Equal(at) || kept[0].Said != "打开顶灯" || kept[0].Asks[0].Device != lamp.Device {
		t.Fatalf("kept %+v", kept)
	}
	for range maxTimers - 1 {
		_ = e.Later(t.Context(), "tester", "zh-CN", at, "打开顶灯", lamp)
	}
	if err := e.Later(t.Context(), "tester", "zh-CN", at, "打开顶灯", lamp); err == nil {
		t.Error("there is no end to timers")
	}
}

var _ Caller = everyone{}
var _ = home.Room{}
