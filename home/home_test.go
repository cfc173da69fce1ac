package home_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func TestSourcesOfOneThingBecomeOneDevice(t *testing.T) {
	for _, tc := range []struct {
		name string
		a, b []model.Identity
		want bool
	}{
		{"equal MAC in two spellings", []model.Identity{mac("00:17:88:01:0A:AA")}, []model.Identity{mac("001788010aaa")}, true},
		{"another MAC", []model.Identity{mac("00:17:88:01:0A:AA")}, []model.Identity{mac("00:17:88:01:0A:AB")}, false},
		{"equal value of another kind", []model.Identity{mac("001788010aaa")}, []model.Identity{{Kind: model.IdentityHAP, Value: "00:17:88:01:0a:aa"}}, false},
		{"a MAC of zeros identifies nothing", []model.Identity{mac("00:00:00:00:00:00")}, []model.Identity{mac("00:00:00:00:00:00")}, false},
		{"serial without vendor identifies nothing", []model.Identity{{Kind: model.IdentitySerial, Value: "1"}}, []model.Identity{{Kind: model.IdentitySerial, Value: "1"}}, false},
		{"serial with vendor", []model.Identity{{Kind: model.IdentitySerial, Value: "Acme/1"}}, []model.Identity{{Kind: model.IdentitySerial, Value: "acme/1"}}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := newHouse(t)
			x.do(lamp("zigbee/1", tc.a...))
			x.do(lamp("homekit/1", tc.b...))
			if got := x.deviceOf("zigbee/1") == x.deviceOf("homekit/1"); got != tc.want {
				t.Errorf("merged = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestALikelyTwinIsProposedWithItsEvidenceAndNotMerged(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.do(lamp("homekit/1"))
	ps := x.h.View().Proposals()
	if len(ps) != 1 || len(ps[0].Evidence) < 2 || len(x.h.View().Devices()) != 2 {
		t.Fatalf("proposals %v, devices %d", ps, len(x.h.View().Devices()))
	}
	x.do(home.Settled{Proposal: ps[0].ID, Accept: true})
	if len(x.h.View().Devices()) != 1 || len(x.h.View().Proposals()) != 0 {
		t.Error("an accepted proposal must merge")
	}
}

func TestOneEventPerChangeThoughTwoSourcesReportIt(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("homekit/1", mac("001788010aaa")))
	x.report("zigbee/1", "on_off.on", model.Bool(false))
	x.report("homekit/1", "on_off.on", model.Bool(false))
	x.pass(time.Minute)
	changes := 0
	for _, step := range []struct {
		source string
		on     bool
		after  time.Duration
	}{
		{"zigbee/1", true, 0},                        // the change
		{"homekit/1", false, 100 * time.Millisecond}, // a poll that is late
		{"homekit/1", true, time.Second},             // the slower source follows
		{"zigbee/1", false, time.Second},             // the next change
		{"homekit/1", true, 50 * time.Millisecond},   // late again
		{"homekit/1", false, time.Second},
	} {
		x.pass(step.after)
		changes += len(all[home.Changed](x.report(step.source, "on_off.on", model.Bool(step.on))))
	}
	if changes != 2 {
		t.Errorf("%d changes, want 2", changes)
	}
	presses := len(all[home.Occurred](x.do(press("zigbee/1", "single"))))
	presses += len(all[home.Occurred](x.do(press("homekit/1", "single"))))
	if presses != 1 {
		t.Errorf("one press came %d times", presses)
	}
	x.pass(time.Second)
	if len(all[home.Occurred](x.do(press("zigbee/1", "single")))) != 1 {
		t.Error("a second press a second later is another")
	}
}

func TestSplitGivesBackWhatAMergeTook(t *testing.T) {
	x := newHouse(t)
	x.do(home.RoomSet{Room: home.Room{ID: "r1", Names: map[string]string{"": "Hall"}}})
	x.do(lamp("zigbee/1"))
	x.do(lamp("hue/1"))
	a, b := x.deviceOf("zigbee/1"), x.deviceOf("hue/1")
	x.do(home.Named{Device: b, Name: "门厅灯"})
	x.do(home.Placed{Device: b, Room: "r1"})
	x.report("hue/1", "level.level", model.Number(40))
	x.do(home.Merged{Into: a, From: b})
	if got := x.state("zigbee/1", "level.level").Value; got != model.Number(40) {
		t.Errorf("the merged device knows level %v, want 40", got)
	}
	x.do(home.Split{Source: "hue/1"})
	d := x.h.View().Device(b)
	if d == nil || d.Name("") != "门厅灯" || d.Room != "r1" {
		t.Fatalf("after the split: %+v", d)
	}
	if got := x.state("hue/1", "level.level").Value; got != model.Number(40) {
		t.Errorf("level %v after the split, want 40", got)
	}
}

func TestSourcesThatAPersonSplitAreNotMergedAgain(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	x.do(home.Split{Source: "hue/1"})
	x.do(lamp("hue/1", mac("001788010aaa")))
	if x.deviceOf("zigbee/1") == x.deviceOf("hue/1") {
		t.Error("described again, they merged against the person's will")
	}
}

func TestSwapKeepsIDNameRoomAndTheEnergyTotal(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/old"))
	old := x.deviceOf("zigbee/old")
	x.do(home.Named{Device: old, Name: "desk"})
	x.report("zigbee/old", "energy_meter.imported_kwh", model.Number(120))
	x.do(lamp("zigbee/new"))
	x.report("zigbee/new", "energy_meter.imported_kwh", model.Number(1))
	x.do(home.Swapped{Old: old, New: x.deviceOf("zigbee/new")})
	if x.deviceOf("zigbee/new") != old || x.h.View().Device(old).Name("") != "desk" {
		t.Fatal("the new thing must be the old device")
	}
	x.report("zigbee/new", "energy_meter.imported_kwh", model.Number(1.5))
	if got := x.state("zigbee/new", "energy_meter.imported_kwh").Value; got != model.Number(120.5) {
		t.Errorf("total %v, want 120.5", got)
	}
}

func TestWhatDoesNotFitIsRefusedAndTheRestLands(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	got := x.do(home.Reported{Source: "zigbee/1", Readings: []model.Reading{
		{Endpoint: "main", Attribute: "level.level", Value: model.Number(400)},
		{Endpoint: "main", Attribute: "color.hue", Value: model.Number(4)},
		{Endpoint: "main", Attribute: "on_off.on", Value: model.String("ON")},
		{Endpoint: "main", Attribute: "energy_meter.imported_kwh", Value: model.Number(3)},
	}})
	if n := len(all[home.Refused](got)); n != 3 {
		t.Errorf("%d refusals, want 3", n)
	}
	if v := x.state("zigbee/1", "energy_meter.imported_kwh").Value; v != model.Number(3) {
		t.Errorf("the good reading is %v, want 3", v)
	}
	if v := x.state("zigbee/1", "level.level").Value; !v.IsUnknown() {
		t.Errorf("level is %v, want unknown", v)
	}
}

func TestACounterThatGlitchesIsRefusedAndOneThatWasResetGoesOn(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	kwh := func(f float64) []home.Effect {
		return x.report("zigbee/1", "energy_meter.imported_kwh", model.Number(f))
	}
	kwh(10)
	if len(all[home.Refused](kwh(0))) != 1 {
		t.Error("a counter that runs backwards must be refused")
	}
	kwh(11)
	for _, f := range []float64{0, 0.1, 0.2} {
		kwh(f)
	}
	if got, _ := x.state("zigbee/1", "energy_meter.imported_kwh").Value.Number(); got < 11 || got > 11.3 {
		t.Errorf("after a reset the total is %v, want about 11.2", got)
	}
}

func TestAfterARestartNothingRememberedTriggersOrCountsAsHeard(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.report("zigbee/1", "on_off.on", model.Bool(true))
	b, err := x.h.View().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if x.h, err = home.Restore(b, nil, nil); err != nil {
		t.Fatal(err)
	}
	x.do(home.Started{})
	if st := x.state("zigbee/1", "on_off.on"); st.Quality != model.Restored || st.Value != model.Bool(true) {
		t.Errorf("state %+v, want true, restored", st)
	}
	if ok, why := x.h.View().Reachable(x.h.View().Devices()[0]); ok || why == "" {
		t.Error("nothing is reachable before it is heard")
	}
	x.report("zigbee/1", "on_off.on", model.Bool(true))
	if ok, _ := x.h.View().Reachable(x.h.View().Devices()[0]); !ok {
		t.Error("what reports can be reached")
	}
}

func TestUnreachableKeepsTheValueAsStale(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.report("zigbee/1", "level.level", model.Number(40))
	x.do(home.Reached{Source: "zigbee/1", Why: "no answer to pings"})
	if st := x.state("zigbee/1", "level.level"); st.Quality != model.Stale || st.Value != model.Number(40) {
		t.Errorf("state %+v", st)
	}
}

func TestBadFactsAreRefusedWithFieldValueAndExpectation(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	for _, b := range []home.Body{
		home.Described{Description: model.Description{Source: "nameless"}},
		home.Named{Device: "nobody", Name: "x"},
		home.Placed{Device: x.deviceOf("zigbee/1"), Room: "nowhere"},
		home.PersonSet{Person: home.Person{ID: "p", Name: "Li", Role: "king"}},
		home.PlaceSet{Place: home.Place{Latitude: 91, RadiusM: 100}},
		home.Split{Source: "zigbee/1"},
		home.Forgotten{Device: x.deviceOf("zigbee/1")},
		home.SceneAsked{ID: "none"},
	} {
		effects, err := x.try(b)
		var refusal *home.RefusalError
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "expected") || len(effects) != 0 {
			t.Errorf("%T: err %v, effects %v", b, err, effects)
		}
	}
}

func TestAViewDoesNotChangeWhenTheHouseDoes(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.report("zigbee/1", "level.level", model.Number(40))
	before := x.h.View()
	id := x.deviceOf("zigbee/1")
	x.report("zigbee/1", "level.level", model.Number(50))
	x.do(lamp("zigbee/2"))
	x.do(home.Named{Device: id, Name: "other"})
	st, _ := before.Device(id).State(home.Slot{Endpoint: "main", Attribute: "level.level"})
	if st.Value != model.Number(40) || len(before.Devices()) != 1 || before.Device(id).Name("") != "lamp" || before.Source("zigbee/2") != nil {
		t.Errorf("the old view shows %v, %d devices", st.Value, len(before.Devices()))
	}
}

func TestANameFollowsItsSourceUntilTheHouseholdGivesOne(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	id := x.deviceOf("zigbee/1")
	renamed := lamp("zigbee/1")
	renamed.Description.Name = "desk"
	x.do(renamed)
	if got := x.h.View().Device(id).Name(""); got != "desk" {
		t.Errorf("the device is %q, want the source's new name", got)
	}
	x.do(home.Named{Device: id, Name: "书桌灯"})
	x.do(lamp("zigbee/1"))
	if got := x.h.View().Device(id).Name(""); got != "书桌灯" {
		t.Errorf("the device is %q, want the household's own name", got)
	}
}
