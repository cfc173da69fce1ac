package homekit

import (
	"github.com/brutella/hap/accessory"
	"github.com/brutella/hap/characteristic"
	"github.com/brutella/hap/service"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// maxModes bounds the switches of one accessory, which may have 100 services.
const maxModes = 64

// modeSwitch is one of several of which exactly one is on.
type modeSwitch struct {
	key, name string
	point     *point
}

// addModes shows a choice as linked switches, one an option: HAP has no other word for it.
func addModes(b *builder, all []modeSwitch) {
	var first *service.S
	for _, m := range all {
		s := b.compose(m.key, service.TypeSwitch, []*point{title(clean(m.name)), m.point})
		if first == nil {
			first = s
		} else {
			first.AddS(s)
		}
	}
}

// houseModes shows the modes of the house. Switching off the one that is on begins the first, which is the usual one.
func houseModes(h House, into *catalogue, n *number, v *home.View, name string, called func(mode string) string) {
	b := begin(h, into, n, accessory.Info{Name: clean(name), Manufacturer: "Concord", Model: "Mode", SerialNumber: "house-mode", Firmware: "1"})
	modes := v.Surroundings().Modes
	var all []modeSwitch
	for _, m := range modes {
		p := &point{c: pattern(characteristic.NewOn().C), house: true}
		p.read = func(v *home.View) (any, int) { return v.Surroundings().Mode.Name == m, statusOK }
		p.write = func(v *home.View, val any) (ask, int) {
			switch on := val == true; {
			case on:
				return ask{mode: m}, statusOK
			case v.Surroundings().Mode.Name != m:
				return ask{}, statusOK
			case m == modes[0]:
				return ask{}, statusInvalid // it is left by beginning another
			}
			return ask{mode: modes[0]}, statusOK
		}
		all = append(all, modeSwitch{"mode/" + service.TypeSwitch + "/" + m, called(m), p})
	}
	addModes(b, all)
}

// programmes are the endpoints of a device that has modes of its own to choose from.
func programmes(d *home.Device) []*model.EndpointDescription {
	var out []*model.EndpointDescription
	for i := range d.Endpoints() {
		e := &d.Endpoints()[i]
		n := now{d, e.ID}
		if d.Property(home.Slot{Endpoint: e.ID, Attribute: "mode.current"}) != nil && n.writable("mode.current") && len(n.options("mode.current")) > 1 {
			out = append(out, e)
		}
	}
	return out
}

// deviceModes shows the programmes of a device. One is left by choosing another.
func deviceModes(h House, into *catalogue, n *number, d *home.Device, name string) {
	b := begin(h, into, n, accessory.Info{Name: name, Manufacturer: "Concord", Model: "Mode", SerialNumber: "mode-" + string(d.ID), Firmware: "1"})
	b.device = d
	var all []modeSwitch
	for _, e := range programmes(d) {
		labels := modeLabels(now{d, e.ID})
		for _, option := range (now{d, e.ID}).options("mode.current") {
			if len(all) == maxModes {
				break
			}
			p := b.point(d, e.ID, charMap{c: characteristic.NewOn().C, attr: "mode.current", conversion: oneMode(option)})
			label := labels[option]
			if label == "" {
				label = option
			}
			if len(programmes(d)) > 1 {
				label = b.partName(d, e) + " " + label
			}
			all = append(all, modeSwitch{string(e.ID) + "/mode/" + option, label, p})
		}
	}
	addModes(b, all)
}

// modeLabels are what a device calls its modes.
func modeLabels(n now) map[string]string {
	var listed []struct{ ID, Label string }
	decode(n.value("mode.supported"), &listed)
	out := map[string]string{}
	for _, x := range listed {
		out[x.ID] = x.Label
	}
	return out
}

func oneMode(option string) conversion {
	return conversion{
		read: func(n now) (any, bool) { s, ok := n.text("mode.current"); return s == option, ok },
		write: func(n now, v any) (change, bool) {
			on, ok := asBool(v)
			if s, _ := n.text("mode.current"); ok && !on && s != option {
				return change{}, true // it is off already
			}
			return set("mode.current", model.String(option)), ok && on
		},
	}
}
