package converse

import (
	"slices"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// readings are what a question about the air or the power asks for. How good the air is as a whole is told by what is in it.
var readings = map[string][]model.Attribute{
	"power": {"power_meter.watts"}, "energy": {"energy_meter.imported_kwh"}, "co2": {"concentration.co2_ppm"},
	"pm25": {"concentration.pm25_ugm3"}, "air_quality": {"air_quality.aqi", "concentration.co2_ppm", "concentration.pm25_ugm3"},
}

var substances = map[model.Attribute]string{"concentration.pm25_ugm3": "PM2.5", "concentration.co2_ppm": "CO₂"}

// measure tells what is measured where it was asked for.
func (t *turn) measure(c *grammar.Clause, what string, attrs ...model.Attribute) {
	has := func(d *home.Device) bool {
		return slices.ContainsFunc(attrs, func(a model.Attribute) bool { _, ok := t.valueOf(d, a); return ok && t.caller.May(a) })
	}
	f := t.devices(c, "", has)
	if f.missing != "" {
		t.fail("no_valid_targets", "nothing_measures")
		return
	}
	if len(f.options) > 0 {
		f.devices = f.options
	}
	if len(f.rooms) > 0 { // nobody said where: tell of every room
		for _, d := range t.view.Devices() {
			if has(d) && t.caller.Sees(d) {
				f.devices = append(f.devices, d)
			}
		}
	}
	said := map[string]bool{}
	for _, a := range slices.Backward(attrs) { // a sensor of the room knows better than the radiator
		for _, d := range f.devices {
			v, ok := t.valueOf(d, a)
			where := t.name(d)
			if r, has := t.view.Room(d.Room); has && len(c.Names) == 0 {
				where = t.roomName(r)
			}
			if substance, is := substances[a]; is && what == "air_quality" {
				v = substance + " " + v
			}
			if !ok || said[where] || len(said) >= 6 {
				continue
			}
			said[where] = true
			if what == "air_quality" {
				t.tell("reads", where, v)
				continue
			}
			t.tell("measured", where, phrase(t.lang, what), v)
		}
	}
	if len(said) == 0 {
		t.fail("no_valid_targets", "nothing_measures")
	}
}
