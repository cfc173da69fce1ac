package home_test

import (
	"errors"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// fire passes the time to a timer and fires it, if the house still wishes it.
func (x *house) fire(after time.Duration, timer string) []home.Effect {
	x.pass(after)
	return x.do(home.Fired{Timer: timer})
}

func answer(id string, s model.Status, detail string) home.Answered {
	return home.Answered{Command: model.CommandID(id), Outcome: model.Outcome{Status: s, Reason: model.Reason{Code: model.ReasonDeviceError, Detail: detail}}}
}

func TestTheLifeOfACommand(t *testing.T) {
	on := model.Bool(true)
	for _, tc := range []struct {
		name   string
		then   func(x *house)
		status model.Status
		code   model.ReasonCode
	}{
		{"confirmed by a real report", func(x *house) {
			x.do(answer("c", model.Acked, ""))
			x.report("zigbee/1", "on_off.on", on)
		}, model.Confirmed, ""},
		{"an echo is no confirmation", func(x *house) { x.report("zigbee/1", "on_off.on", on, model.Assumed) }, model.Acked, ""},
		{"an echo, then a report", func(x *house) {
			x.report("zigbee/1", "on_off.on", on, model.Assumed)
			x.report("zigbee/1", "on_off.on", on)
		}, model.Confirmed, ""},
		{"no answer", func(x *house) { x.fire(time.Minute, "deadline/c") }, model.TimedOut, model.ReasonNoAnswer},
		{"no answer of what is unreachable", func(x *house) {
			x.do(home.Reached{Source: "zigbee/1", Why: "no power"})
			x.fire(time.Minute, "deadline/c")
		}, model.TimedOut, model.ReasonUnreachable},
		{"refused by the only path", func(x *house) { x.do(answer("c", model.Rejected, "locked")) }, model.Rejected, model.ReasonDeviceError},
		{"the reason comes after the deadline", func(x *house) {
			x.fire(time.Minute, "deadline/c")
			x.do(answer("c", model.TimedOut, "Delivery failed"))
		}, model.TimedOut, model.ReasonDeviceError},
		{"taken, but the device reports otherwise", func(x *house) {
			x.do(answer("c", model.Acked, ""))
			x.report("zigbee/1", "on_off.on", model.Bool(false))
			x.fire(time.Minute, "deadline/c")
		}, model.Contradicted, model.ReasonMismatch},
		{"taken, and the device never reports", func(x *house) {
			x.do(answer("c", model.Acked, ""))
			x.fire(time.Minute, "deadline/c")
		}, model.Acked, ""},
		{"a newer command", func(x *house) { x.set("d", "zigbee/1", "on_off.on", model.Bool(false)) }, model.Superseded, model.ReasonNewer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := newHouse(t)
			x.do(lamp("zigbee/1"))
			x.report("zigbee/1", "on_off.on", model.Bool(false))
			x.set("c", "zigbee/1", "on_off.on", on)
			tc.then(x)
			c := x.command("c")
			if c.Status != tc.status || c.Reason.Code != tc.code {
				t.Errorf("%s (%s %q), want %s (%s)", c.Status, c.Reason.Code, c.Reason.Detail, tc.status, tc.code)
			}
			if desired := x.state("zigbee/1", "on_off.on").Desired; c.Status.Done() && tc.code != model.ReasonNewer && !desired.IsUnknown() {
				t.Errorf("the end left %v desired", desired)
			}
		})
	}
}

func TestACommandFailsOverToTheNextPathWithinItsDeadline(t *testing.T) {
	for _, tc := range []struct {
		name string
		fail func(x *house) []home.Effect
	}{
		{"when the first refuses", func(x *house) []home.Effect { return x.do(answer("c", model.Rejected, "busy")) }},
		{"when the first is silent", func(x *house) []home.Effect { return x.fire(3*time.Second, "attempt/c") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := newHouse(t)
			x.do(lamp("zigbee/1", mac("001788010aaa")))
			x.do(lamp("hue/1", mac("001788010aaa")))
			sent := all[home.Send](x.set("c", "zigbee/1", "on_off.on", model.Bool(true)))
			if len(sent) != 1 || sent[0].Command.Source != "zigbee/1" {
				t.Fatalf("first sent %v", sent)
			}
			sent = all[home.Send](tc.fail(x))
			if len(sent) != 1 || sent[0].Command.Source != "hue/1" {
				t.Fatalf("then sent %v", sent)
			}
			x.report("hue/1", "on_off.on", model.Bool(true))
			if c := x.command("c"); c.Status != model.Confirmed {
				t.Errorf("status %s", c.Status)
			}
		})
	}
}

func TestTheBestPathIsAReachableOneThenTheLowestRank(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	better := lamp("hue/1", mac("001788010aaa"))
	better.Description.Rank = -1
	x.do(better)
	if s := all[home.Send](x.set("c1", "hue/1", "on_off.on", model.Bool(true))); s[0].Command.Source != "hue/1" {
		t.Errorf("sent over %s, want the lowest rank", s[0].Command.Source)
	}
	x.do(home.Reached{Source: "hue/1", Why: "bridge unplugged"})
	if s := all[home.Send](x.set("c2", "hue/1", "on_off.on", model.Bool(false))); s[0].Command.Source != "zigbee/1" {
		t.Errorf("sent over %s, want the reachable one", s[0].Command.Source)
	}
}

func TestACommandThatCannotBeIsRefusedBeforeItIsSent(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	id := x.deviceOf("zigbee/1")
	for _, tc := range []struct {
		name string
		ask  home.Ask
		code model.ReasonCode
	}{
		{"no device", home.Ask{ID: "1", Device: "none"}, model.ReasonUnknownDevice},
		{"nothing asked", home.Ask{ID: "2", Device: id}, model.ReasonInvalidValue},
		{"out of range", home.Ask{ID: "3", Device: id, Writes: []model.Write{{Attribute: "level.level", Value: model.Number(101)}}}, model.ReasonInvalidValue},
		{"no such attribute", home.Ask{ID: "4", Device: id, Writes: []model.Write{{Attribute: "color.hue", Value: model.Number(1)}}}, model.ReasonUnsupported},
		{"read only", home.Ask{ID: "5", Device: id, Writes: []model.Write{{Attribute: "energy_meter.imported_kwh", Value: model.Number(1)}}}, model.ReasonReadOnly},
		{"toggle of the unknown", home.Ask{ID: "6", Device: id, Command: "on_off.toggle"}, model.ReasonUnknownState},
		{"no such command", home.Ask{ID: "7", Device: id, Command: "on_off.explode"}, model.ReasonUnsupported},
		{"missing argument", home.Ask{ID: "8", Device: id, Command: "level.set_level"}, model.ReasonInvalidValue},
	} {
		t.Run(tc.name, func(t *testing.T) {
			effects, err := x.try(home.Asked{Ask: tc.ask})
			var refused *home.CommandError
			if !errors.As(err, &refused) || refused.Reason.Code != tc.code || len(effects) != 0 {
				t.Errorf("err %v, effects %v, want %s", err, effects, tc.code)
			}
		})
	}
}

func TestTwoTogglesInARowInvertWhatIsDesired(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.report("zigbee/1", "on_off.on", model.Bool(false))
	var got []bool
	for _, id := range []model.CommandID{"a", "b"} {
		e := x.do(home.Asked{Ask: home.Ask{ID: id, Device: x.deviceOf("zigbee/1"), Command: "on_off.toggle"}})
		b, _ := all[home.Send](e)[0].Command.Writes[0].Value.Bool()
		got = append(got, b)
	}
	if got[0] != true || got[1] != false {
		t.Errorf("toggles sent %v, want true then false", got)
	}
}

func TestAReportedChangeCarriesTheCauseOfTheCommandThatAskedForIt(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.report("zigbee/1", "on_off.on", model.Bool(false))
	x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
	x.report("zigbee/1", "on_off.on", model.Bool(true))
	if c := x.state("zigbee/1", "on_off.on").Cause; c == nil || c.Kind != model.CausePerson || c.Who != "li" || c.Fact == 0 {
		t.Errorf("cause %+v, want li", c)
	}
	x.report("zigbee/1", "on_off.on", model.Bool(false))
	if c := x.state("zigbee/1", "on_off.on").Cause; c == nil || c.Kind != model.CausePhysical || c.Via != "zigbee" {
		t.Errorf("cause %+v, want physical", c)
	}
}

func TestATargetIsConfirmedByWhatReallyIs(t *testing.T) {
	x := newHouse(t)
	x.do(home.Described{Description: model.Description{Source: "zigbee/lock", Name: "lock", Type: "door_lock",
		Endpoints: []model.EndpointDescription{{ID: "main", Type: "door_lock", Properties: []model.Property{prop("door_lock.lock"), prop("door_lock.target")}}}}})
	x.report("zigbee/lock", "door_lock.lock", model.String("locked"))
	x.set("c", "zigbee/lock", "door_lock.target", model.String("unlocked"))
	x.report("zigbee/lock", "door_lock.target", model.String("unlocked"), model.Assumed)
	if c := x.command("c"); c.Status != model.Acked {
		t.Errorf("after the echo: %s", c.Status)
	}
	x.report("zigbee/lock", "door_lock.lock", model.String("not_fully_locked"))
	x.report("zigbee/lock", "door_lock.lock", model.String("unlocked"))
	if c := x.command("c"); c.Status != model.Confirmed {
		t.Errorf("once the lock is open: %s", c.Status)
	}
	if c := x.state("zigbee/lock", "door_lock.lock").Cause; c.Kind != model.CausePerson {
		t.Errorf("cause %+v", c)
	}
}
