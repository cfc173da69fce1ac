package home_test

import (
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
	var got []string
	for _, s := range all[home.SetTimer](x.do(home.Started{})) {
		got = append(got, s.Timer)
	}
	if strings.Join(got, " ") != "deadline/c deadline/a deadline/b" {
		t.Errorf("order %v", got)
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
