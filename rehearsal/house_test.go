package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// recorder is a house that keeps a log of its facts, as a hub does.
type recorder struct {
	t     testing.TB
	h     *home.Home
	now   time.Time
	facts []home.Fact
	ids   map[string]string
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{t: t, h: home.New(scenes.New(scenes.Zones(time.LoadLocation)), presence.New()), now: monday, ids: map[string]string{}}
}

func (x *recorder) do(b home.Body) {
	x.t.Helper()
	f := home.Fact{Seq: x.h.Seq() + 1, At: x.now, Body: b}
	if _, err := x.h.Apply(f); err != nil {
		x.t.Fatal(err)
	}
	x.facts = append(x.facts, f)
}

func (x *recorder) add(name, room string, attributes ...model.Attribute) {
	e := model.EndpointDescription{ID: "main"}
	for _, a := range attributes {
		e.Properties = append(e.Properties, *model.LookupAttribute(a))
	}
	source := model.SourceID("test/" + name)
	x.do(home.RoomSet{Room: home.Room{ID: home.RoomID(room), Names: map[string]string{"": room}}})
	x.do(home.Described{Description: model.Description{Source: source, Name: name, Endpoints: []model.EndpointDescription{e}}})
	x.ids[name] = string(x.h.View().Source(source).Device)
	x.do(home.Placed{Device: model.DeviceID(x.ids[name]), Room: home.RoomID(room)})
}

func (x *recorder) say(name string, a model.Attribute, v model.Value) {
	x.do(home.Reported{Source: model.SourceID("test/" + name), Readings: []model.Reading{{Endpoint: "main", Attribute: a, Value: v}}})
}

func (x *recorder) scene(doc string) json.RawMessage {
	for name, id := range x.ids {
		doc = strings.ReplaceAll(doc, "$"+name+`"`, id+`"`)
	}
	return json.RawMessage(doc)
}

// week records a week of a house of a hundred devices: half of them sensors that tell of something every ten minutes.
func week(t testing.TB) *recorder {
	x := newRecorder(t)
	x.do(home.ZoneSet{Zone: "Europe/Berlin"})
	for i := range 25 {
		x.add(fmt.Sprintf("motion%d", i), "hall", "occupancy.occupied", "illuminance.lux")
		x.add(fmt.Sprintf("air%d", i), "hall", "temperature.celsius", "humidity.percent")
		x.add(fmt.Sprintf("lamp%d", i), "hall", "on_off.on", "level.level")
		x.add(fmt.Sprintf("plug%d", i), "hall", "on_off.on", "power_meter.watts")
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for x.now.Before(monday.AddDate(0, 0, 7)) {
		x.now = x.now.Add(12 * time.Second)
		n := dice.IntN(25)
		switch dice.IntN(4) {
		case 0:
			x.say(fmt.Sprintf("motion%d", n), "occupancy.occupied", model.Bool(dice.IntN(2) == 0))
		case 1:
			x.say(fmt.Sprintf("air%d", n), "temperature.celsius", model.Number(float64(180+dice.IntN(60))/10))
		case 2:
			x.say(fmt.Sprintf("lamp%d", n), "on_off.on", model.Bool(dice.IntN(2) == 0))
		case 3:
			x.say(fmt.Sprintf("plug%d", n), "power_meter.watts", model.Number(float64(dice.IntN(2000))))
		}
	}
	return x
}
