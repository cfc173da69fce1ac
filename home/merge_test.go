package home_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// TestWhateverIsMergedSplittingGivesEachDeviceBack merges devices at random and splits every source
// again: each source is the device that it was, with its name, room and roles.
func TestWhateverIsMergedSplittingGivesEachDeviceBack(t *testing.T) {
	sources := []string{"zigbee/1", "hue/1", "homekit/1", "matter/1"}
	rapid.Check(t, func(rt *rapid.T) {
		x := newHouse(t)
		x.do(home.RoomSet{Room: home.Room{ID: "r", Names: map[string]string{"": "Hall"}}})
		ids := map[string]model.DeviceID{}
		for _, s := range sources {
			x.do(lamp(s))
			ids[s] = x.deviceOf(s)
			x.do(home.Named{Device: ids[s], Name: "lamp of " + s})
			x.do(home.Assigned{Device: ids[s], Roles: []string{s}})
			x.do(home.Placed{Device: ids[s], Room: "r"})
		}
		for range 3 {
			a, b := rapid.SampledFrom(sources).Draw(rt, "into"), rapid.SampledFrom(sources).Draw(rt, "from")
			_, _ = x.try(home.Merged{Into: x.deviceOf(a), From: x.deviceOf(b)})
		}
		for _, s := range rapid.Permutation(sources).Draw(rt, "split") {
			_, _ = x.try(home.Split{Source: model.SourceID(s)}) // refused where it is alone by then
		}
		for _, s := range sources {
			d := x.device(x.deviceOf(s))
			if d.ID != ids[s] || d.Name("") != "lamp of "+s || !slices.Equal(d.Roles, []string{s}) || len(d.Sources) != 1 {
				rt.Errorf("%s is %s %q %v, want %s", s, d.ID, d.Name(""), d.Roles, ids[s])
			}
		}
	})
}

func TestSwappingTwiceUndoesIt(t *testing.T) {
	x := newHouse(t)
	for n, s := range []string{"zigbee/1", "hue/1", "zigbee/2"} {
		x.do(lamp(s))
		x.report(s, "energy_meter.imported_kwh", model.Number(float64(100*n+10)))
		x.report(s, "level.level", model.Number(float64(10*n)))
	}
	a, b := x.deviceOf("zigbee/1"), x.deviceOf("zigbee/2")
	x.do(home.Merged{Into: a, From: x.deviceOf("hue/1")})
	x.do(home.Swapped{Old: a, New: b})
	x.report("zigbee/2", "energy_meter.imported_kwh", model.Number(211))
	if got := x.state("zigbee/2", "energy_meter.imported_kwh").Value; got != model.Number(11) {
		t.Errorf("the total of the device that was swapped is %v, want 11", got)
	}
	if got := x.state("zigbee/1", "level.level").Value; got != model.Number(0) {
		t.Errorf("level %v, want the thing's own", got)
	}
	x.restart()
	x.do(home.Swapped{Old: a, New: b})
	if x.deviceOf("zigbee/1") != a || x.deviceOf("hue/1") != a || x.deviceOf("zigbee/2") != b {
		t.Fatal("swapped back, things are in the wrong places")
	}
	if got := x.state("zigbee/1", "energy_meter.imported_kwh").Value; got != model.Number(11) {
		t.Errorf("swapped back, the total is %v, want 11", got)
	}
}

func TestACounterIsResetOncePerSourceAndNeverRunsBackwardsBetweenThem(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	both := func(f float64) {
		x.report("zigbee/1", "energy_meter.imported_kwh", model.Number(f))
		x.report("hue/1", "energy_meter.imported_kwh", model.Number(f))
	}
	both(100)
	for range 3 {
		both(0)
	}
	both(1)
	if got := x.state("zigbee/1", "energy_meter.imported_kwh").Value; got != model.Number(101) {
		t.Errorf("the total is %v, want 101: one reset, told by two", got)
	}
	x.report("zigbee/1", "energy_meter.imported_kwh", model.Number(2))
	if n := len(all[home.Changed](x.report("hue/1", "energy_meter.imported_kwh", model.Number(1.5)))); n != 0 {
		t.Error("a slower source turned the counter back")
	}
}

func TestTwoSourcesThatAPersonSplitStayApartWhateverJoins(t *testing.T) {
	x := newHouse(t)
	id := mac("001788010aaa")
	x.do(lamp("zigbee/1", id))
	x.do(lamp("hue/1", id))
	x.do(home.Split{Source: "hue/1"})
	x.do(lamp("homekit/1", id))
	x.do(lamp("hue/1", id))
	if x.deviceOf("zigbee/1") == x.deviceOf("hue/1") || len(x.h.View().Proposals()) != 0 {
		t.Errorf("merged or proposed (%v) against the person's will", x.h.View().Proposals())
	}
}

func TestADescriptionThatSaysNothingNewIsNoEvent(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("00:17:88:01:0A:AA")))
	if e := x.do(lamp("zigbee/1", mac("00:17:88:01:0A:AA"))); len(e) != 0 {
		t.Errorf("effects %v", e)
	}
	x.restart()
	if e := x.do(lamp("zigbee/1", mac("00:17:88:01:0A:AA"))); len(e) != 0 {
		t.Errorf("effects after a restart %v", e)
	}
}

func TestWhatLeavesTwiceIsOneEvent(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.do(home.Left{Source: "zigbee/1"})
	if e := x.do(home.Left{Source: "zigbee/1"}); len(e) != 0 {
		t.Errorf("effects %v", e)
	}
}

func TestAnEventWithAKeyAndItsTwinWithoutAreOne(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	n := 0
	for i := range 2 { // two presses in quick succession, each told by both
		p := press("zigbee/1", "single")
		p.Happening.Key = fmt.Sprint("seq ", i)
		n += len(all[home.Occurred](x.do(p)))
		n += len(all[home.Occurred](x.do(p))) // a retransmission
		x.pass(50 * time.Millisecond)
		n += len(all[home.Occurred](x.do(press("hue/1", "single"))))
		x.pass(50 * time.Millisecond)
	}
	if n != 2 {
		t.Errorf("two presses came %d times", n)
	}
}

func TestTheSameEndpointOfAnotherNameIsNotMistaken(t *testing.T) {
	x := newHouse(t)
	part := func(id model.EndpointID, kind model.DeviceType, attrs ...string) model.EndpointDescription {
		e := model.EndpointDescription{ID: id, Type: kind}
		for _, a := range attrs {
			e.Properties = append(e.Properties, prop(a))
		}
		return e
	}
	x.do(home.Described{Description: model.Description{Source: "zigbee/1", Name: "switch", Type: "wall_switch", Identities: []model.Identity{mac("001788010aaa")},
		Endpoints: []model.EndpointDescription{part("main", "", "level.level"), part("left", "wall_switch", "on_off.on")}}})
	x.do(home.Described{Description: model.Description{Source: "hue/1", Name: "switch", Type: "wall_switch", Identities: []model.Identity{mac("001788010aaa")}, Rank: -1,
		Endpoints: []model.EndpointDescription{part("main", "wall_switch", "on_off.on", "level.level")}}})
	id := x.deviceOf("zigbee/1")
	e := x.ask(home.Ask{ID: "c", Device: id, Endpoint: "main", Writes: []model.Write{{Attribute: "level.level", Value: model.Number(1)}}})
	if s := all[home.Send](e); s[0].Command.Source != "zigbee/1" {
		t.Errorf("main of %s is the gang that the device calls left", s[0].Command.Source)
	}
	e = x.ask(home.Ask{ID: "d", Device: id, Endpoint: "left", Writes: []model.Write{{Attribute: "on_off.on", Value: model.Bool(true)}}})
	if s := all[home.Send](e); s[0].Command.Source != "hue/1" || s[0].Command.Endpoint != "main" {
		t.Errorf("sent %+v, want the best path in its own words", s[0].Command)
	}
}
