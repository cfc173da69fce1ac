package converse

import (
	"slices"

	"github.com/concord-home/hub/bridge/converse/grammar"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

const (
	attrBattery      = model.Attribute("power_source.battery_pct")
	attrBatteryLevel = model.Attribute("power_source.battery_level")
	// lowBattery is the charge, in percent, from which on a battery wants to be changed.
	lowBattery = 20.0
)

// batteries tells whose battery is low, or which comes next.
func (t *turn) batteries(c *grammar.Clause) {
	var low []string
	var lowest *home.Device
	least := 101.0
	for _, d := range t.view.Devices() {
		if !t.caller.Sees(d) || len(c.Areas) > 0 && !slices.ContainsFunc(c.Areas, func(p grammar.Place) bool { return p.ID == string(d.Room) }) {
			continue
		}
		pct, known := number(d, attrBattery)
		if level := text(d, attrBatteryLevel); known && pct <= lowBattery || level == "warning" || level == "critical" {
			low = append(low, t.name(d))
		}
		if known && pct < least {
			least, lowest = pct, d
		}
	}
	t.kind(KindAnswer)
	switch {
	case len(low) > 0:
		t.say("batteries_low", t.list(low))
	case lowest == nil:
		t.fail("no_valid_targets", "batteries_none")
	default:
		t.say("batteries_fine", t.name(lowest), amount(t.lang, least, "%"))
	}
}
