package home_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// blind describes a window covering that can be sent somewhere and stopped.
func blind(source string) home.Described {
	return home.Described{Description: model.Description{Source: model.SourceID(source), Name: "blind", Type: "window_covering",
		Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Type: "window_covering",
			Properties: []model.Property{prop("window_covering.open_pct")}, Actions: []model.Attribute{"window_covering.stop"}}}}}
}

func (x *house) ask(a home.Ask) []home.Effect {
	x.t.Helper()
	return x.do(home.Asked{Ask: a})
}

func TestAShortDeadlineIsSpelledOut(t *testing.T) {
	x := newHouse(t)
	d := lamp("zigbee/1")
	d.Description.CommandTimeout = 200 * time.Millisecond
	x.do(d)
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.fire(time.Second, "deadline/c")
	if got := x.command("c").Reason.Detail; got != "no answer within 200ms" {
		t.Errorf("reason %q", got)
	}
}

func TestATransitionExtendsTheDeadline(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.ask(home.Ask{ID: "c", Device: x.deviceOf("zigbee/1"), Transition: 60, Writes: []model.Write{{Attribute: "level.level", Value: model.Number(40)}}})
	if got := x.command("c").Deadline.Sub(x.now); got != 70*time.Second {
		t.Errorf("deadline after %v, want 70 s", got)
	}
	for _, s := range []float64{-1, 86_401, math.NaN(), math.Inf(1)} {
		if _, err := x.try(home.Asked{Ask: home.Ask{ID: "d", Device: x.deviceOf("zigbee/1"), Transition: s,
			Writes: []model.Write{{Attribute: "level.level", Value: model.Number(40)}}}}); err == nil {
			t.Errorf("a transition of %v s was taken on", s)
		}
	}
}

func TestTheSameAttributeTwiceInOneAskIsItsLastValue(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.ask(home.Ask{ID: "c", Device: x.deviceOf("zigbee/1"), Writes: []model.Write{
		{Attribute: "level.level", Value: model.Number(20)}, {Attribute: "level.level", Value: model.Number(40)}}})
	x.report("zigbee/1", "level.level", model.Number(40))
	if c := x.command("c"); c.Status != model.Confirmed || len(c.Writes) != 1 {
		t.Errorf("%s with %v", c.Status, c.Writes)
	}
}

func TestACommandConfirmedInPartSaysWhatIsMissing(t *testing.T) {
	for _, acked := range []bool{true, false} {
		x := newHouse(t)
		x.do(lamp("zigbee/1"))
		x.ask(home.Ask{ID: "c", Device: x.deviceOf("zigbee/1"), Writes: []model.Write{
			{Attribute: "on_off.on", Value: model.Bool(true)}, {Attribute: "level.level", Value: model.Number(40)}}})
		if acked {
			x.do(answer("c", model.Acked, ""))
		}
		x.report("zigbee/1", "on_off.on", model.Bool(true))
		x.fire(time.Minute, "deadline/c")
		if got := x.command("c").Reason.Detail; !strings.Contains(got, "level.level") || strings.Contains(got, "on_off.on") {
			t.Errorf("acked %v: reason %q", acked, got)
		}
	}
}

func TestACommandGoesOnOverAnotherPathWhenItsSourceGoes(t *testing.T) {
	for _, gone := range []home.Body{home.Left{Source: "zigbee/1"}, home.Reached{Source: "zigbee/1", Why: "unplugged"}} {
		x := newHouse(t)
		x.do(lamp("zigbee/1", mac("001788010aaa")))
		x.do(lamp("hue/1", mac("001788010aaa")))
		x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
		if s := all[home.Send](x.do(gone)); len(s) != 1 || s[0].Command.Source != "hue/1" {
			t.Errorf("%T: sent %v", gone, s)
		}
	}
}

func TestACommandWhoseOnlySourceLeavesEndsAtOnce(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.do(home.Left{Source: "zigbee/1", Why: "it left the network"})
	if c := x.command("c"); c.Ended.IsZero() || c.Reason.Code != model.ReasonUnreachable {
		t.Errorf("%s %+v", c.Status, c.Reason)
	}
}

func TestALateRefusalOfTheFirstPathDoesNotEndWhatTheSecondCarries(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.fire(3*time.Second, "attempt/c") // now over hue
	late := answer("c", model.Rejected, "timed out in the mesh")
	late.Adapter = "zigbee"
	x.do(late)
	if c := x.command("c"); !c.Ended.IsZero() {
		t.Fatalf("ended %s (%s)", c.Status, c.Reason.Detail)
	}
	foreign := answer("c", model.Acked, "")
	foreign.Adapter = "cast"
	x.do(foreign)
	if c := x.command("c"); c.Status != model.Sent {
		t.Errorf("an adapter that was never asked made it %s", c.Status)
	}
	late.Adapter = "hue"
	x.do(late)
	if c := x.command("c"); c.Status != model.Rejected {
		t.Errorf("status %s, want rejected by its own path", c.Status)
	}
}

func TestAnActionSupersedesWritesOfItsCapabilityOnly(t *testing.T) {
	x := newHouse(t)
	x.do(blind("zigbee/1"))
	x.set("go", "zigbee/1", "window_covering.open_pct", model.Number(100))
	x.ask(home.Ask{ID: "stop", Device: x.deviceOf("zigbee/1"), Command: "window_covering.stop"})
	if c := x.command("go"); c.Status != model.Superseded {
		t.Errorf("stopped half way, the command is %s", c.Status)
	}
	x.do(lamp("zigbee/2"))
	x.set("on", "zigbee/2", "on_off.on", model.Bool(true))
	x.ask(home.Ask{ID: "blink", Device: x.deviceOf("zigbee/2"), Command: "identify.identify"})
	if c := x.command("on"); c.Status != model.Sent {
		t.Errorf("blinking made the lamp's command %s", c.Status)
	}
}

func TestATimerThatWasClearedOrMovedDoesNotFire(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.do(home.Fired{Timer: "deadline/c", Due: x.now.Add(time.Hour)}) // an earlier wish, fired while it was replaced
	if c := x.command("c"); !c.Ended.IsZero() {
		t.Errorf("ended %s by another wish's timer", c.Status)
	}
	x.do(home.Fired{Timer: "deadline/c", Due: x.command("c").Deadline})
	if c := x.command("c"); c.Status != model.TimedOut {
		t.Errorf("status %s", c.Status)
	}
}

func TestAfterARestartTimersAreAskedForInTheOrderInWhichTheyAreDue(t *testing.T) {
	x := newHouse(t)
	for i, id := range []string{"c", "a", "b"} {
		x.do(lamp(fmt.Sprintf("zigbee/%d", i)))
		x.set(id, fmt.Sprintf("zigbee/%d", i), "on_off.on", model.Bool(true))
		x.pass(time.Second)
	}
	x.pass(time.Hour) // what is still worth handing out again would have its time anew
	var got []string
	for _, s := range all[home.SetTimer](x.do(home.Started{})) {
		got = append(got, s.Timer)
	}
	if strings.Join(got, " ") != "deadline/c deadline/a deadline/b" {
		t.Errorf("order %v", got)
	}
}

func TestWhatWasNeverAnsweredHasItsTimeAnewAfterARestart(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	timeout := x.command("c").Deadline.Sub(x.now)
	x.pass(timeout + 30*time.Second)
	x.do(home.Started{})
	if c := x.command("c"); !c.Ended.IsZero() || !c.Deadline.Equal(x.now.Add(timeout)) {
		t.Errorf("after a short stop: %s until %s", c.Status, c.Deadline)
	}
	x.pass(time.Hour)
	x.do(home.Started{})
	if c := x.command("c"); c.Deadline.After(x.now) {
		t.Errorf("after a long stop it may take until %s", c.Deadline)
	}
}

func TestEndedCommandsAreForgottenThoughAnOlderOneIsUnderWay(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.do(lamp("zigbee/2"))
	x.set("slow", "zigbee/2", "on_off.on", model.Bool(true))
	for i := range 1000 {
		x.set(fmt.Sprint("c", i), "zigbee/1", "on_off.on", model.Bool(true))
	}
	if n := len(x.h.View().Commands()); n > 250 {
		t.Errorf("%d commands are kept", n)
	}
	if c := x.command("slow"); !c.Ended.IsZero() {
		t.Error("the one under way was forgotten")
	}
}

func TestAPathThatTookItIsNotUndoneByOneThatRefuses(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.fire(3*time.Second, "attempt/c") // now over hue
	took := answer("c", model.Acked, "")
	took.Adapter = "zigbee"
	x.do(took)
	refused := answer("c", model.Rejected, "busy")
	refused.Adapter = "hue"
	x.do(refused)
	if c := x.command("c"); c.Status != model.Acked || !c.Ended.IsZero() {
		t.Errorf("%s, ended %v", c.Status, c.Ended)
	}
}

func TestABridgeThatTookItAndThenFailsHandsOver(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.do(answer("c", model.Acked, ""))
	if s := all[home.Send](x.do(answer("c", model.Rejected, "delivery failed"))); len(s) != 1 || s[0].Command.Source != "hue/1" {
		t.Errorf("sent %v", s)
	}
}

func TestAPathIsNotAskedForWhatItsOwnRangeForbids(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	narrow := lamp("hue/1", mac("001788010aaa"))
	narrow.Description.Rank = -1
	atMost := 50.0
	narrow.Description.Endpoints[0].Properties[1].Max = &atMost
	x.do(narrow)
	if s := all[home.Send](x.set("c", "zigbee/1", "level.level", model.Number(80))); s[0].Command.Source != "zigbee/1" {
		t.Errorf("sent %v", s)
	}
}

func TestWhatADeviceNoLongerHasIsNotWaitedFor(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.set("c", "zigbee/1", "level.level", model.Number(80))
	bare := lamp("zigbee/1")
	bare.Description.Endpoints[0].Properties = bare.Description.Endpoints[0].Properties[:1]
	x.do(bare)
	if c := x.command("c"); c.Status != model.Rejected || c.Reason.Code != model.ReasonUnsupported {
		t.Errorf("%s %+v", c.Status, c.Reason)
	}
}

func TestADeviceHasOnlySoManyCommandsUnderWay(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	for i := range 2000 {
		x.ask(home.Ask{ID: model.CommandID(fmt.Sprint("c", i)), Device: x.deviceOf("zigbee/1"), Command: "identify.identify"})
	}
	if n := len(x.h.View().Commands()); n > 250 {
		t.Errorf("%d commands are kept", n)
	}
}

// waiting is a scene engine whose every scene, run by hand, sets a timer, and names itself when that fires.
type waiting struct{}

func (waiting) Check(string, json.RawMessage, home.Reader) error { return nil }
func (waiting) Put(string, json.RawMessage)                      {}
func (waiting) Remove(string)                                    {}
func (waiting) State() home.EngineState                          { return idle{} }
func (waiting) SetState(json.RawMessage) error                   { return nil }
func (waiting) React(o home.Occurrence, _ home.Foresight) []home.Reaction {
	switch o.Kind {
	case home.OccurredAsked:
		return []home.Reaction{{Scene: o.Scene, Timers: []home.SetTimer{{Timer: "scene/" + o.Scene + "/x", At: o.At.Add(time.Hour)}}}}
	case home.OccurredTimer:
		return []home.Reaction{{Scene: "s", Problems: []string{o.Timer}}}
	}
	return nil
}

// idle is the state of an engine that remembers nothing.
type idle struct{}

func (idle) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
func (idle) Running(string) []home.Run    { return nil }

func TestAScenesTimerSurvivesARestartAndGoesWithItsScene(t *testing.T) {
	x := newHouse(t)
	x.h = home.New(waiting{}, nil)
	for _, id := range []string{"s", "other"} {
		x.do(home.SceneSet{ID: id, Document: []byte("{}")})
		x.do(home.SceneAsked{ID: id})
	}
	b, err := x.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if x.h, err = home.Restore(b, waiting{}, nil); err != nil {
		t.Fatal(err)
	}
	again := all[home.SetTimer](x.do(home.Started{}))
	if len(again) != 2 {
		t.Fatalf("asked for anew: %v", again)
	}
	if c := all[home.ClearTimer](x.do(home.SceneRemoved{ID: "other"})); len(c) != 1 || c[0].Timer != "scene/other/x" {
		t.Errorf("cleared %v", c)
	}
	x.pass(time.Hour)
	fired := home.Fired{Timer: "scene/s/x", Due: x.now}
	if ran := all[home.SceneRan](x.do(fired)); len(ran) != 1 {
		t.Errorf("ran %v", ran)
	}
	if ran := all[home.SceneRan](x.do(fired)); len(ran) != 0 {
		t.Errorf("one timer fired twice: %v", ran)
	}
}
