package home_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// drawFact draws any fact, sensible or not, about a small world, so that they meet.
func drawFact(t *rapid.T) home.Body {
	source := func() model.SourceID {
		return model.SourceID(rapid.SampledFrom([]string{"zigbee/1", "zigbee/2", "hue/1", "hue/2", "homekit/1"}).Draw(t, "source"))
	}
	device := func() model.DeviceID { // ids are hashes of source ids
		return idOf(source())
	}
	attr := func() model.Attribute {
		return model.Attribute(rapid.SampledFrom([]string{"on_off.on", "level.level", "energy_meter.imported_kwh", "health.last_seen", "color.hue"}).Draw(t, "attr"))
	}
	value := func() model.Value {
		return rapid.SampledFrom([]model.Value{model.Bool(true), model.Bool(false), model.Number(1), model.Number(40), model.Number(120), {},
			model.String("x"), model.Time(time.UnixMilli(1767600000123)), model.String("2026-01-05T18:00:00Z")}).Draw(t, "value")
	}
	said := func() model.Value { // by a device, which may not even write UTF-8
		if rapid.IntRange(0, 9).Draw(t, "garbled") == 0 {
			return model.String("\xff\xfe")
		}
		return value()
	}
	id := func() model.CommandID {
		return model.CommandID(fmt.Sprint("c", rapid.IntRange(0, 30).Draw(t, "command")))
	}
	quality := func() model.Quality {
		return rapid.SampledFrom([]model.Quality{"", model.Good, model.Assumed, model.Restored}).Draw(t, "quality")
	}
	switch rapid.IntRange(0, 19).Draw(t, "fact") {
	case 0, 1, 2:
		var ids []model.Identity
		if rapid.Bool().Draw(t, "identified") {
			ids = append(ids, mac(rapid.SampledFrom([]string{"001788010aaa", "001788010aab"}).Draw(t, "mac")))
		}
		d := lamp(string(source()), ids...)
		d.Description.Rank = rapid.IntRange(-1, 1).Draw(t, "rank")
		if rapid.Bool().Draw(t, "other endpoint") {
			d.Description.Endpoints[0].ID = "left"
		}
		return d
	case 3, 4, 5, 6, 7:
		ep := model.EndpointID(rapid.SampledFrom([]string{"main", "left"}).Draw(t, "endpoint"))
		return home.Reported{Source: source(), Readings: []model.Reading{
			{Endpoint: ep, Attribute: attr(), Value: said(), Quality: quality(), CaughtUp: rapid.Bool().Draw(t, "caught up")},
			{Endpoint: ep, Attribute: attr(), Value: value(), Quality: quality()}}}
	case 8:
		return press(string(source()), rapid.SampledFrom([]string{"single", "double"}).Draw(t, "action"))
	case 9:
		return home.Reached{Source: source(), Reachable: rapid.Bool().Draw(t, "reachable"), Why: "because"}
	case 10:
		return home.Left{Source: source()}
	case 11, 12, 13:
		return home.Asked{Ask: home.Ask{ID: id(), Device: device(), Writes: []model.Write{{Attribute: attr(), Value: value()}, {Attribute: attr(), Value: value()}},
			Transition: rapid.SampledFrom([]float64{0, 2.5}).Draw(t, "transition")}}
	case 14:
		s := rapid.SampledFrom([]model.Status{model.Acked, model.Rejected, model.TimedOut}).Draw(t, "outcome")
		return home.Answered{Command: id(), Adapter: rapid.SampledFrom([]string{"", "zigbee", "hue"}).Draw(t, "adapter"), Outcome: model.Outcome{Status: s}}
	case 15:
		return home.Fired{Timer: rapid.SampledFrom([]string{"attempt/", "deadline/"}).Draw(t, "timer") + string(id())}
	case 16:
		return home.Merged{Into: device(), From: device()}
	case 17:
		return home.Split{Source: source()}
	case 18:
		return home.Swapped{Old: device(), New: device()}
	}
	return rapid.SampledFrom([]home.Body{home.Started{}, home.Forgotten{Device: device()}, home.Named{Device: device(), Name: "灯"},
		home.RoomSet{Room: home.Room{ID: "r", Names: map[string]string{"": "Hall"}}}, home.Placed{Device: device(), Room: "r"}}).Draw(t, "household")
}

func idOf(s model.SourceID) model.DeviceID {
	h := home.New(nil, nil)
	_, _ = h.Apply(home.Fact{Seq: 1, Body: lamp(string(s))})
	return h.View().Source(s).Device
}

// run applies facts and writes down all that can be seen of it.
func run(t *rapid.T, h *home.Home, facts []home.Fact) []string {
	var out []string
	for _, f := range facts {
		effects, err := h.Apply(f)
		for _, e := range effects {
			b, jerr := json.Marshal(e)
			if jerr != nil {
				t.Fatal(jerr)
			}
			out = append(out, fmt.Sprintf("%d %T %s", f.Seq, e, b))
		}
		if err != nil {
			out = append(out, fmt.Sprintf("%d refused: %v", f.Seq, err))
		}
	}
	return out
}

func TestAnySequenceOfFactsCutAnywhereAndResumedGivesTheSameStateAndEffects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)
		var facts []home.Fact
		for i := range rapid.IntRange(1, 80).Draw(t, "facts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond)
			f := home.Fact{Seq: uint64(i + 1), At: at, Body: drawFact(t)}
			b, err := f.Encode() // through the log, as after a restart
			if err != nil {
				t.Fatal(err)
			}
			if f, err = home.DecodeFact(b); err != nil {
				t.Fatal(err)
			}
			facts = append(facts, f)
		}
		cut := rapid.IntRange(0, len(facts)).Draw(t, "cut")

		whole := home.New(nil, nil)
		want := run(t, whole, facts)

		first := home.New(nil, nil)
		got := run(t, first, facts[:cut])
		b, err := first.View().Encode()
		if err != nil {
			t.Fatal(err)
		}
		second, err := home.Restore(b, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, run(t, second, facts[cut:])...)

		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("effects differ when cut at %d:\n%s", cut, d)
		}
		wantState, _ := whole.View().Encode()
		gotState, _ := second.View().Encode()
		if d := cmp.Diff(string(wantState), string(gotState)); d != "" {
			t.Fatalf("state differs when cut at %d:\n%s", cut, d)
		}
	})
}
