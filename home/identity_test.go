package home_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
)

func (x *house) device(id model.DeviceID) *home.Device {
	x.t.Helper()
	d := x.h.View().Device(id)
	if d == nil {
		x.t.Fatalf("no device %s", id)
	}
	return d
}

func (x *house) restart() {
	x.t.Helper()
	b, err := x.h.View().Encode()
	if err != nil {
		x.t.Fatal(err)
	}
	if x.h, err = home.Restore(b, scenes.New(), nil); err != nil {
		x.t.Fatal(err)
	}
}

func TestAThingThatReturnsAfterASwapAndAForgettingIsADeviceOfItsOwn(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/old"))
	x.do(lamp("zigbee/new"))
	old := x.deviceOf("zigbee/old")
	x.do(home.Swapped{Old: old, New: x.deviceOf("zigbee/new")})
	x.do(home.Left{Source: "zigbee/old"})
	x.do(home.Forgotten{Device: x.deviceOf("zigbee/old")})
	x.do(lamp("zigbee/old"))
	if x.deviceOf("zigbee/old") == x.deviceOf("zigbee/new") || len(x.h.View().Devices()) != 2 || x.device(old).Sources[0] != "zigbee/new" {
		t.Error("the repaired thing took the id of the one that replaced it")
	}
}

func TestASplitAfterASwapGivesBackTheMergedDevice(t *testing.T) {
	x := newHouse(t)
	for _, s := range []string{"zigbee/x", "hue/y", "homekit/z"} {
		x.do(lamp(s))
	}
	desk, into := x.deviceOf("zigbee/x"), x.deviceOf("homekit/z")
	x.do(home.Swapped{Old: desk, New: x.deviceOf("hue/y")})
	x.do(home.Named{Device: desk, Name: "desk"})
	x.do(home.Merged{Into: into, From: desk})
	x.do(home.Split{Source: "hue/y"})
	if d := x.device(x.deviceOf("hue/y")); d.ID != desk || d.Name("") != "desk" {
		t.Errorf("split gave back %s %q, want %s desk", d.ID, d.Name(""), desk)
	}
}

func TestASplitGivesBackTheCountersTotal(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.do(lamp("hue/1"))
	kwh := func(f float64) { x.report("hue/1", "energy_meter.imported_kwh", model.Number(f)) }
	kwh(100)
	for range 3 {
		kwh(0)
	}
	id := x.deviceOf("hue/1")
	x.do(home.Merged{Into: x.deviceOf("zigbee/1"), From: id})
	x.restart()
	x.do(home.Split{Source: "hue/1"})
	if got := x.state("hue/1", "energy_meter.imported_kwh").Value; got != model.Number(100) {
		t.Errorf("the total is %v, want 100", got)
	}
}

func TestASplitLeavesNeitherWithWhatTheOtherSaid(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	x.report("zigbee/1", "level.level", model.Number(10))
	x.pass(time.Minute)
	x.report("hue/1", "level.level", model.Number(90))
	x.report("hue/1", "on_off.on", model.Bool(true))
	x.do(home.Split{Source: "hue/1"})
	if got := x.state("zigbee/1", "level.level").Value; got != model.Number(10) {
		t.Errorf("level %v, want what the source itself last said", got)
	}
	if got := x.state("zigbee/1", "on_off.on").Value; !got.IsUnknown() {
		t.Errorf("on is %v, want unknown: it never said", got)
	}
}

func TestAnIdentityLearntLaterMergesAsOneKnownFromTheStart(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1"))
	x.do(lamp("hue/1", mac("001788010aaa")))
	if x.deviceOf("zigbee/1") != x.deviceOf("hue/1") {
		t.Error("two devices with one MAC")
	}
}

func TestAMergedAwayDevicesIDStillReachesTheThing(t *testing.T) {
	x := newHouse(t)
	x.h = home.New(scenes.New(), nil)
	for _, s := range []string{"zigbee/1", "hue/1", "homekit/1", "zigbee/lamp"} {
		x.do(lamp(s))
	}
	first, last := x.deviceOf("hue/1"), x.deviceOf("homekit/1")
	x.report("hue/1", "on_off.on", model.Bool(false))
	doc := fmt.Sprintf(`{"when":[{"device":%q,"attribute":"on_off.on","to":true}],"then":[{"device":%q,"set":{"level.level":7}}]}`, first, x.deviceOf("zigbee/lamp"))
	x.do(home.SceneSet{ID: "s", Document: json.RawMessage(doc)})
	x.do(home.Merged{Into: x.deviceOf("zigbee/1"), From: first})
	x.do(home.Merged{Into: last, From: x.deviceOf("zigbee/1")})
	x.restart()
	if d := x.device(first); d.ID != last {
		t.Errorf("the view finds %s, want %s", d.ID, last)
	}
	if s := all[home.Send](x.ask(home.Ask{ID: "c", Device: first, Command: "identify.identify"})); len(s) != 1 || x.command("c").Device != last {
		t.Errorf("sent %v", s)
	}
	x.pass(time.Minute)
	if s := all[home.Send](x.report("hue/1", "on_off.on", model.Bool(true))); len(s) != 1 || s[0].Command.Source != "zigbee/lamp" {
		t.Errorf("the scene that names the device of old sent %v", s)
	}
	x.do(home.Split{Source: "hue/1"})
	if d := x.device(first); d.ID != first {
		t.Errorf("after the split the id means %s", d.ID)
	}
}

func TestTwoReadingsOfOneReportMayRunASceneTwice(t *testing.T) {
	x := newHouse(t)
	x.h = home.New(scenes.New(), nil)
	x.do(lamp("zigbee/1"))
	x.do(lamp("zigbee/2"))
	id := x.deviceOf("zigbee/1")
	x.report("zigbee/1", "on_off.on", model.Bool(false))
	x.report("zigbee/1", "level.level", model.Number(0))
	doc := fmt.Sprintf(`{"when":[{"device":%q,"attribute":"on_off.on","to":true},{"device":%q,"attribute":"level.level","above":50}],
		"then":[{"device":%q,"command":"identify.identify"}]}`, id, id, x.deviceOf("zigbee/2"))
	x.do(home.SceneSet{ID: "s", Document: json.RawMessage(doc)})
	for _, ran := range all[home.SceneRan](x.do(home.Reported{Source: "zigbee/1", Readings: []model.Reading{
		{Endpoint: "main", Attribute: "on_off.on", Value: model.Bool(true)}, {Endpoint: "main", Attribute: "level.level", Value: model.Number(90)}}})) {
		if len(ran.Problems) > 0 {
			t.Errorf("problems %v", ran.Problems)
		}
	}
}

func TestAPressOfWhatWasUnreachableIsASignOfLife(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.do(home.Reached{Source: "zigbee/1", Why: "no answer"})
	x.do(press("zigbee/1", "single"))
	if ok, why := x.h.View().Reachable(x.device(x.deviceOf("zigbee/1"))); !ok {
		t.Errorf("still %q", why)
	}
}

func TestWhatAStrangerCanSendWithoutEndIsBounded(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	for i := range 20_000 {
		p := press("zigbee/1", "single")
		p.Happening.Key = fmt.Sprint(i)
		x.do(p)
		x.do(home.Located{Tracker: fmt.Sprint("phone/", i)})
	}
	for i := range 200 {
		x.do(lamp(fmt.Sprint("hue/a", i)))
		x.do(lamp(fmt.Sprint("homekit/", i)))
	}
	v := x.h.View()
	if len(v.Trackers()) > 1000 || len(v.Proposals()) > 1000 {
		t.Errorf("%d trackers, %d proposals", len(v.Trackers()), len(v.Proposals()))
	}
	b, err := v.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		State struct{ Events map[string]int64 }
	}
	if err := json.Unmarshal(b, &w); err != nil || len(w.State.Events) > 2000 {
		t.Errorf("%d events are remembered (%v)", len(w.State.Events), err)
	}
}

func TestFactsThatTheLogCannotHoldAreRefused(t *testing.T) {
	x := newHouse(t)
	nan := math.NaN()
	broken := lamp("zigbee/1")
	broken.Description.Endpoints[0].Properties[1].Max = &nan
	twice := lamp("zigbee/2")
	twice.Description.Endpoints = append(twice.Description.Endpoints, twice.Description.Endpoints[0])
	for _, b := range []home.Body{broken, twice, lamp("zigbee/\xff"), home.PlaceSet{Place: home.Place{Latitude: nan, RadiusM: 100}},
		home.Located{Tracker: "t", Fix: model.Fix{Latitude: nan}}} {
		if _, err := x.try(b); err == nil {
			t.Errorf("%T was taken: %+v", b, b)
		}
	}
}
