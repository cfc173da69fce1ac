package scenes_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

// line is a house with a clock: timers fire when their time comes, devices obey, and what was sent is written down.
type line struct {
	*house
	timers map[string]time.Time
	log    []string // "08:00:00 lamp main on_off.on=true"
	loc    *time.Location
	deaf   bool // devices do not answer
}

func newLine(t testing.TB) *line {
	x := &line{house: newHouse(t), timers: map[string]time.Time{}, loc: time.UTC}
	for _, name := range []string{"lamp", "plug"} {
		x.say(name, "on_off.on", model.Bool(false))
	}
	x.say("motion", "occupancy.occupied", model.Bool(false))
	return x
}

func (x *line) do(b home.Body) {
	x.t.Helper()
	x.take(x.must(b))
}

func (x *line) say(name string, a model.Attribute, v model.Value) {
	x.t.Helper()
	x.do(home.Reported{Source: model.SourceID("test/" + name), Readings: []model.Reading{{Endpoint: "main", Attribute: a, Value: v}}})
}

func (x *line) put(id, doc string) {
	x.t.Helper()
	x.do(home.SceneSet{ID: id, Document: x.document(doc)})
}

func (x *line) take(effects []home.Effect) {
	x.t.Helper()
	effects = slices.Clone(effects)
	for _, s := range sent(effects) {
		x.log = append(x.log, x.now.In(x.loc).Format("15:04:05 ")+s)
	}
	for _, e := range effects {
		switch e := e.(type) {
		case home.SetTimer:
			x.timers[e.Timer] = e.At
		case home.ClearTimer:
			delete(x.timers, e.Timer)
		case home.Notified:
			x.log = append(x.log, x.now.In(x.loc).Format("15:04:05 ")+"notice "+e.Notice.Texts[""])
		}
	}
	for _, e := range effects {
		s, ok := e.(home.Send)
		if !ok || x.deaf {
			continue
		}
		if s.Command.Action != "" {
			x.do(home.Answered{Command: s.Command.ID, Outcome: model.Outcome{Status: model.Acked}})
			continue
		}
		var readings []model.Reading
		for _, w := range s.Command.Writes {
			readings = append(readings, model.Reading{Endpoint: s.Command.Endpoint, Attribute: w.Attribute, Value: w.Value})
		}
		x.do(home.Reported{Source: s.Command.Source, Readings: readings})
	}
}

// until lets time pass; timers fire in the order of their time.
func (x *line) until(at time.Time) {
	x.t.Helper()
	for n := 0; ; n++ {
		if n > 100_000 {
			x.t.Fatal("the timers never end")
		}
		next := ""
		for _, id := range slices.Sorted(maps.Keys(x.timers)) {
			if !x.timers[id].After(at) && (next == "" || cmp.Compare(x.timers[id].UnixNano(), x.timers[next].UnixNano()) < 0) {
				next = id
			}
		}
		if next == "" {
			break
		}
		if x.timers[next].After(x.now) {
			x.now = x.timers[next]
		}
		delete(x.timers, next)
		x.do(home.Fired{Timer: next})
	}
	x.now = at
}

func (x *line) pass(d time.Duration) {
	x.t.Helper()
	x.until(x.now.Add(d))
}

// reboot is a kill and a new start from the snapshot: the process's own timers are lost.
func (x *line) reboot(away time.Duration) {
	x.t.Helper()
	b, err := x.h.View().Encode()
	if err != nil {
		x.t.Fatal(err)
	}
	if x.h, err = home.Restore(b, scenes.New(scenes.Zones(time.LoadLocation)), presence.New()); err != nil {
		x.t.Fatal(err)
	}
	clear(x.timers)
	x.now = x.now.Add(away)
	x.do(home.Started{})
}

func (x *line) took() []string {
	out := x.log
	x.log = nil
	return out
}

func (x *line) outcome(scene string) string {
	all := x.h.View().Evaluations(scene)
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprint(all[len(all)-1].Outcome)
}
