package homekit

import (
	"math"
	"slices"

	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/model"
)

// stuffyPpm is the carbon dioxide at which air counts as bad: twice the 1,000 ppm at which to open a window (DIN EN 13779, IDA 4).
const stuffyPpm = 2000

// wholePercent is a percentage without fraction.
func wholePercent(a model.Attribute) conversion {
	c := amount(a)
	c.read = func(n now) (any, bool) { f, ok := n.number(a); return math.Round(f), ok }
	c.limit = nil
	return c
}

// percent is one that is set in whole steps and shows from 0 to 100, whatever the device's range.
func percent(a model.Attribute) conversion {
	c := wholePercent(a)
	c.write = func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if p := n.property(a); p != nil && p.Min != nil {
			f = max(f, *p.Min)
		}
		return set(a, model.Number(f)), ok
	}
	return c
}

// readable keeps Apple's own range.
func readable(c conversion) conversion { c.limit = nil; return c }

// noLimit keeps Apple's own members.
func noLimit(c conversion) conversion { c.limit = nil; return c }

// orElse shows something fixed where the device does not have the attribute at all.
func orElse(a model.Attribute, c conversion, fixed any) conversion {
	return conversion{
		read: func(n now) (any, bool) {
			if !n.has(a) {
				return fixed, true
			}
			return c.read(n)
		},
		write: func(n now, v any) (change, bool) {
			if !n.has(a) || c.write == nil {
				return change{}, false
			}
			return c.write(n, v)
		},
		limit: func(k *characteristic.C, n now) {
			if n.has(a) && c.limit != nil {
				c.limit(k, n)
			} else if !n.writable(a) {
				k.Permissions = slices.DeleteFunc(slices.Clone(k.Permissions), func(p string) bool { return p == characteristic.PermissionWrite })
			}
		},
	}
}

// absent is set as a characteristic's type by a limit that says that the device has none such.
const absent = ""

// both leaves a threshold out unless the device heats and cools.
func both(c conversion) conversion {
	limit := c.limit
	c.limit = func(k *characteristic.C, n now) {
		if !n.has(heatAttr) || !n.has(coolAttr) {
			k.Type = absent
			return
		}
		limit(k, n)
	}
	return c
}

func ifType(t model.DeviceType, c conversion) conversion {
	limit := c.limit
	c.limit = func(k *characteristic.C, n now) {
		if n.d.Type() != t {
			k.Type = absent
			return
		}
		limit(k, n)
	}
	return c
}

func unlessType(t model.DeviceType, c conversion) conversion {
	limit := c.limit
	c.limit = func(k *characteristic.C, n now) {
		if n.d.Type() == t {
			k.Type = absent
			return
		}
		limit(k, n)
	}
	return c
}

// outletInUse is whether something runs: by its power where the plug measures it, else by its switch.
var outletInUse = conversion{read: func(n now) (any, bool) {
	on, ok := n.bool("on_off.on")
	if w, measured := n.number("power_meter.watts"); measured {
		return on && w > 1, ok
	}
	return on, ok
}}

// targetPosition is what was asked for, else where it is.
var targetPosition = conversion{
	read: func(n now) (any, bool) {
		f, ok := n.wanted("window_covering.open_pct").Number()
		return math.Round(f), ok
	},
	write: slowly(amount("window_covering.open_pct")).write,
}

// doorState: 0 open, 1 closed, 2 opening, 3 closing, 4 stopped.
var doorState = conversion{read: func(n now) (any, bool) {
	s, ok := n.text("closure.state")
	switch s {
	case "closed":
		return 1, ok
	case "open":
		return 0, ok
	case "moving":
		if t, _ := n.wanted("closure.target").Text(); t == "closed" {
			return 3, ok
		}
		return 2, ok
	}
	return 4, ok
}}

// doorTarget: 0 open, 1 closed. A door that cannot be told shows where it is.
var doorTarget = conversion{
	read: func(n now) (any, bool) {
		t, ok := n.wanted("closure.target").Text()
		if !ok {
			t, ok = n.text("closure.state")
		}
		return map[bool]int{true: 1}[t == "closed"], ok
	},
	write: func(n now, v any) (change, bool) {
		closed, ok := asBool(v)
		x := set("closure.target", model.String(map[bool]string{true: "closed", false: "open"}[closed]))
		x.slow = true
		return x, ok && n.writable("closure.target")
	},
}

// lockState: 0 unsecured, 1 secured, 2 jammed, 3 unknown.
var lockState = conversion{read: func(n now) (any, bool) {
	s, ok := n.text("door_lock.lock")
	i := slices.Index([]string{"unlocked", "locked", "not_fully_locked"}, s)
	switch {
	case !ok:
		return 3, true // Apple has a number for what nobody knows
	case s == "unlatched":
		return 0, true
	case i < 0:
		return 3, true
	}
	return i, true
}}

var lockTarget = conversion{
	read: func(n now) (any, bool) {
		t, ok := n.wanted("door_lock.target").Text()
		if !ok {
			t, ok = n.text("door_lock.lock")
		}
		return map[bool]int{true: 1}[t == "locked"], ok
	},
	write: func(n now, v any) (change, bool) {
		locked, ok := asBool(v)
		return set("door_lock.target", model.String(map[bool]string{true: "locked", false: "unlocked"}[locked])), ok && n.writable("door_lock.target")
	},
}

// panelNames are Apple's numbers; 4, triggered, is no target.
var panelNames = []string{"armed_home", "armed_away", "armed_night", "disarmed"}

var panelState = conversion{read: func(n now) (any, bool) {
	s, ok := n.text("security_panel.state")
	switch s {
	case "triggered", "pending":
		return 4, ok
	case "arming":
		return 3, ok
	}
	i := slices.Index(panelNames, s)
	return i, ok && i >= 0
}}

var panelTarget = conversion{
	read: func(n now) (any, bool) {
		t, ok := n.wanted("security_panel.target").Text()
		if !ok {
			t, ok = n.text("security_panel.state")
		}
		i := slices.Index(panelNames, t)
		return i, ok && i >= 0
	},
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok || f < 0 || int(f) >= len(panelNames) {
			return change{}, false
		}
		name := panelNames[int(f)]
		switch {
		case n.writable("security_panel.target"):
			return change{writes: []model.Write{{Attribute: "security_panel.target", Value: model.String(name)}}, slow: true}, true
		case name == "disarmed":
			return change{action: "security_panel.disarm"}, n.d.HasAction(n.endpoint, "security_panel.disarm")
		}
		return change{action: "security_panel.arm", args: map[string]model.Value{"level": model.String(name)}}, n.d.HasAction(n.endpoint, "security_panel.arm")
	},
	limit: func(c *characteristic.C, n now) { only(c, n.options("security_panel.target"), panelNames...) },
}

var valveTarget = conversion{
	read: func(n now) (any, bool) {
		t, ok := n.wanted("valve.target").Text()
		if !ok {
			t, ok = n.text("valve.state")
		}
		return map[bool]int{true: 1}[t == "open" || t == "transitioning"], ok
	},
	write: func(n now, v any) (change, bool) {
		open, ok := asBool(v)
		return set("valve.target", model.String(map[bool]string{true: "open", false: "closed"}[open])), ok && n.writable("valve.target")
	},
}

var valveInUse = conversion{read: func(n now) (any, bool) {
	s, ok := n.text("valve.state")
	if !ok {
		return valveTarget.read(n)
	}
	return map[bool]int{true: 1}[s == "open"], ok
}}

var filterChange = conversion{read: func(n now) (any, bool) {
	if s, ok := n.text("filter.change"); ok {
		return map[bool]int{true: 1}[s != "ok"], true
	}
	f, ok := n.number("filter.life_pct")
	return map[bool]int{true: 1}[f <= 5], ok
}}

// charging: 0 not, 1 charging, 2 cannot be charged.
var charging = conversion{read: func(n now) (any, bool) {
	if !n.has("power_source.charge_state") {
		return 2, true
	}
	s, ok := n.text("power_source.charge_state")
	return map[bool]int{true: 1}[s == "charging"], ok
}}

// lowBatteryPct is the charge at which a battery counts as low where the device does not say.
const lowBatteryPct = 15

var lowBattery = conversion{read: func(n now) (any, bool) {
	if s, ok := n.text("power_source.battery_level"); ok {
		return map[bool]int{true: 1}[s != "ok"], true
	}
	f, ok := n.number("power_source.battery_pct")
	return map[bool]int{true: 1}[f <= lowBatteryPct], ok
}}
