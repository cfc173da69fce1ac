package home_test

import (
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func TestQualityAfterOneReportAndAnother(t *testing.T) {
	on, off := model.Bool(true), model.Bool(false)
	for _, tc := range []struct {
		name  string
		first model.Quality
		then  model.Quality
		value model.Value
		want  model.Quality
		is    model.Value
	}{
		{"a memory does not replace what was heard", model.Good, model.Restored, off, model.Good, on},
		{"a memory is better than nothing heard since", model.Restored, model.Restored, off, model.Restored, off},
		{"an echo of what is known takes nothing from it", model.Good, model.Assumed, on, model.Good, on},
		{"an echo of something else is assumed", model.Good, model.Assumed, off, model.Assumed, off},
		{"a report ends an assumption", model.Assumed, model.Good, on, model.Good, on},
		{"a report ends a memory", model.Restored, model.Good, on, model.Good, on},
		{"a quality that is none is refused", model.Good, "excellent", off, model.Good, on},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := newHouse(t)
			x.do(lamp("zigbee/1"))
			x.report("zigbee/1", "on_off.on", on, tc.first)
			x.report("zigbee/1", "on_off.on", tc.value, tc.then)
			if st := x.state("zigbee/1", "on_off.on"); st.Quality != tc.want || st.Value != tc.is {
				t.Errorf("%v, %s, want %v, %s", st.Value, st.Quality, tc.is, tc.want)
			}
		})
	}
}

func TestNothingStaysAssumedBecauseOfACommandThatFailed(t *testing.T) {
	for _, reported := range []bool{true, false} {
		x := newHouse(t)
		x.do(lamp("zigbee/1"))
		want := home.State{}
		if reported {
			x.report("zigbee/1", "on_off.on", model.Bool(false))
			want = x.state("zigbee/1", "on_off.on")
		}
		x.set("c", "zigbee/1", "on_off.on", model.Bool(true))
		x.report("zigbee/1", "on_off.on", model.Bool(true), model.Assumed)
		changed := all[home.Changed](x.do(answer("c", model.Rejected, "delivery failed")))
		if st := x.state("zigbee/1", "on_off.on"); st.Value != want.Value || st.Quality != want.Quality || !st.Desired.IsUnknown() {
			t.Errorf("reported %v: left %v %s", reported, st.Value, st.Quality)
		}
		if len(changed) != 1 || changed[0].From != model.Bool(true) {
			t.Errorf("told %+v", changed)
		}
	}
}

func TestAnEchoOfAnotherCommandContradictsNothing(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	x.set("c", "zigbee/1", "level.level", model.Number(80))
	x.report("zigbee/1", "level.level", model.Number(20), model.Assumed)
	x.fire(time.Minute, "deadline/c")
	if c := x.command("c"); c.Status != model.TimedOut {
		t.Errorf("status %s", c.Status)
	}
}

func TestAnotherSourceThatSaysTheSameKeepsTheValueGood(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1", mac("001788010aaa")))
	x.do(lamp("hue/1", mac("001788010aaa")))
	x.report("hue/1", "on_off.on", model.Bool(true))
	x.report("zigbee/1", "on_off.on", model.Bool(true))
	x.report("zigbee/1", "level.level", model.Number(40))
	if n := len(all[home.Changed](x.do(home.Reached{Source: "zigbee/1", Why: "no answer"}))); n != 1 {
		t.Errorf("%d changes, want that of the level alone", n)
	}
	if st := x.state("hue/1", "on_off.on"); st.Quality != model.Good || st.Source != "hue/1" {
		t.Errorf("on is %s by %s", st.Quality, st.Source)
	}
	if st := x.state("hue/1", "level.level"); st.Quality != model.Stale {
		t.Errorf("level is %s", st.Quality)
	}
}

func TestAfterARestartTheFirstWhoSpeaksIsBelieved(t *testing.T) {
	x := newHouse(t)
	zigbee, hue := lamp("zigbee/1", mac("001788010aaa")), lamp("hue/1", mac("001788010aaa"))
	x.do(zigbee)
	x.do(hue)
	x.report("hue/1", "on_off.on", model.Bool(false))
	x.report("zigbee/1", "on_off.on", model.Bool(true))
	x.restart()
	x.do(home.Started{})
	x.do(zigbee)
	x.do(hue)
	x.report("hue/1", "on_off.on", model.Bool(false))
	if st := x.state("hue/1", "on_off.on"); st.Value != model.Bool(false) || st.Quality != model.Good {
		t.Errorf("%v %s: a memory outweighs what is heard", st.Value, st.Quality)
	}
}

func TestATimeIsATimeAfterARestartToo(t *testing.T) {
	at := model.Time(time.UnixMilli(1767600000123))
	x := newHouse(t)
	start := prop("health.last_seen", func(p *model.Property) { p.Attribute, p.Access = "setting.start", model.AccessWrite })
	x.do(home.Described{Description: model.Description{Source: "zigbee/1", Name: "washer", Type: "laundry_washer",
		Endpoints: []model.EndpointDescription{{ID: model.MainEndpoint, Type: "laundry_washer", Properties: []model.Property{start}}}}})
	x.set("c", "zigbee/1", "setting.start", at)
	x.restart()
	x.report("zigbee/1", "setting.start", at)
	if c := x.command("c"); c.Status != model.Confirmed {
		t.Errorf("status %s", c.Status)
	}
	if st := x.state("zigbee/1", "setting.start"); !st.Desired.IsUnknown() {
		t.Errorf("still desired: %v", st.Desired)
	}
}

func TestWhatAStrangerWritesIsNotQuotedWithoutEnd(t *testing.T) {
	x := newHouse(t)
	x.do(lamp("zigbee/1"))
	r := all[home.Refused](x.report("zigbee/1", "on_off.on", model.String(strings.Repeat("灯", 10_000))))
	if len(r) != 1 || len(r[0].Why) > 500 {
		t.Errorf("refused in %d bytes", len(r[0].Why))
	}
	if _, err := x.try(home.Located{Tracker: strings.Repeat("t", 1000)}); err == nil {
		t.Error("a tracker's endless name was taken")
	}
}

func TestAPersonWithoutATrackerIsNowhere(t *testing.T) {
	x := newHouse(t)
	x.h = newFull()
	x.do(home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 100}})
	li := home.Person{ID: "li", Name: "Li", Role: "adult", Trackers: []string{"phone/li"}}
	x.do(home.PersonSet{Person: li})
	x.do(home.Located{Tracker: "phone/li", Fix: model.Fix{At: x.now, Latitude: 52.5, Longitude: 13.4, AccuracyM: 10}})
	if p := x.h.View().Presence("li"); p.State != "home" {
		t.Fatalf("presence %q", p.State)
	}
	li.Trackers = nil
	if n := len(all[home.PresenceMoved](x.do(home.PersonSet{Person: li}))); n != 1 || x.h.View().Presence("li").State != "" {
		t.Error("without a phone the person is home for ever")
	}
}
