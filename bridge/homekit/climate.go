package homekit

import (
	"math"
	"slices"

	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/model"
)

// The attributes of a thermostat.
const (
	modeAttr = model.Attribute("thermostat.mode")
	heatAttr = model.Attribute("thermostat.heat_setpoint")
	coolAttr = model.Attribute("thermostat.cool_setpoint")
)

// hapModes are the modes of a HAP thermostat in its own numbers; those of the model that it lacks show as the nearest.
var hapModes = []string{"off", "heat", "cool", "auto"}

var nearestMode = map[string]string{"emergency_heat": "heat", "precooling": "cool", "fan_only": "auto", "dry": "auto", "sleep": "auto"}

// modesOf are the HAP modes that a device has. One that cannot be told its mode has the one that its setpoint is for.
func modesOf(n now) []string {
	var out []string
	for _, m := range hapModes {
		if slices.Contains(n.options(modeAttr), m) {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		out = []string{"heat"}
		if !n.has(heatAttr) && n.has(coolAttr) {
			out = []string{"cool"}
		}
	}
	return out
}

// hapMode is the mode that shows.
func hapMode(n now) (string, bool) {
	can := modesOf(n)
	if !n.has(modeAttr) {
		return can[0], true
	}
	m, ok := n.text(modeAttr)
	if !slices.Contains(can, m) {
		m = nearestMode[m]
	}
	if !slices.Contains(can, m) {
		m = can[len(can)-1]
	}
	return m, ok
}

// thermostatMode is TargetHeatingCoolingState.
var thermostatMode = conversion{
	read: func(n now) (any, bool) { m, ok := hapMode(n); return slices.Index(hapModes, m), ok },
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok || f < 0 || int(f) >= len(hapModes) || !slices.Contains(modesOf(n), hapModes[int(f)]) {
			return change{}, false
		}
		if !n.writable(modeAttr) {
			return change{}, true // the only mode it has
		}
		return set(modeAttr, model.String(hapModes[int(f)])), true
	},
	limit: func(c *characteristic.C, n now) { only(c, modesOf(n), hapModes...) },
}

// coolerModes are those of a HeaterCooler, whose off is Active 0.
var coolerModes = []string{"auto", "heat", "cool"}

var coolerMode = conversion{
	read: func(n now) (any, bool) {
		m, ok := hapMode(n)
		if m == "off" { // Active says so; the mode it will have again is unknown
			m = coolerModesOf(n)[0]
		}
		return slices.Index(coolerModes, m), ok
	},
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		if !ok || f < 0 || int(f) >= len(coolerModes) {
			return change{}, false
		}
		return set(modeAttr, model.String(coolerModes[int(f)])), slices.Contains(coolerModesOf(n), coolerModes[int(f)])
	},
	limit: func(c *characteristic.C, n now) { only(c, coolerModesOf(n), coolerModes...) },
}

func coolerModesOf(n now) []string {
	out := slices.DeleteFunc(modesOf(n), func(m string) bool { return m == "off" })
	if len(out) == 0 {
		out = []string{"auto"}
	}
	return out
}

// runs tells what a climate device does at the moment: idle, heating, cooling, as numbers of names.
func runs(idle, heating, cooling int, inactive ...int) conversion {
	return conversion{read: func(n now) (any, bool) {
		if on, ok := n.bool("on_off.on"); ok && !on && len(inactive) > 0 {
			return inactive[0], true
		}
		if m, ok := n.value("thermostat.running").Members(); ok {
			switch {
			case slices.Contains(m, "heat") || slices.Contains(m, "heat2"):
				return heating, true
			case slices.Contains(m, "cool") || slices.Contains(m, "cool2"):
				return cooling, true
			}
			return idle, true
		}
		mode, ok := hapMode(n)
		if d, known := n.number("thermostat.demand_pct"); known && d > 0 {
			return heating, true
		}
		switch { // what does not say shows as doing what it is set to
		case !n.has("thermostat.running") && !n.has("thermostat.demand_pct") && mode == "heat":
			return heating, ok
		case !n.has("thermostat.running") && !n.has("thermostat.demand_pct") && mode == "cool":
			return cooling, ok
		}
		return idle, ok
	}}
}

// roomTemperature is what the device measures; an infrared air conditioner, which measures nothing, shows its setpoint.
var roomTemperature = conversion{
	read: func(n now) (any, bool) {
		for _, a := range []model.Attribute{"thermostat.local_temperature", "temperature.celsius"} {
			if n.has(a) {
				f, ok := n.number(a)
				return f, ok
			}
		}
		return targetNow(n)
	},
	limit: func(c *characteristic.C, _ now) { c.MinVal, c.MaxVal = -100.0, 200.0 },
}

// setpointFor is the setpoint that TargetTemperature stands for in the present mode.
func setpointFor(n now) model.Attribute {
	m, _ := hapMode(n)
	if (m == "cool" || !n.has(heatAttr)) && n.has(coolAttr) {
		return coolAttr
	}
	return heatAttr
}

func targetNow(n now) (any, bool) { f, ok := n.number(setpointFor(n)); return f, ok }

var targetTemperature = conversion{
	read: targetNow,
	write: func(n now, v any) (change, bool) {
		f, ok := v.(float64)
		m, _ := hapMode(n)
		if m == "auto" && n.writable(heatAttr) && n.writable(coolAttr) { // one number for both
			return change{writes: []model.Write{{Attribute: heatAttr, Value: model.Number(f)}, {Attribute: coolAttr, Value: model.Number(f)}}}, ok
		}
		return set(setpointFor(n), model.Number(f)), ok
	},
	limit: func(c *characteristic.C, n now) {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, a := range []model.Attribute{heatAttr, coolAttr} {
			if p := n.property(a); p != nil {
				x, y := celsiusRange(p)
				lo, hi = min(lo, x), max(hi, y)
				c.StepVal = celsiusStep(p)
			}
		}
		c.MinVal, c.MaxVal = lo, hi
	},
}

// threshold is a setpoint of its own, in the device's range instead of Apple's 0 to 25 °C.
func threshold(a model.Attribute) conversion {
	c := amount(a)
	c.limit = func(c *characteristic.C, n now) {
		p := n.property(a)
		c.MinVal, c.MaxVal = celsiusRange(p)
		c.StepVal = celsiusStep(p)
	}
	return c
}

// celsiusRange is a setpoint's range. The catalogue's own is no device's: then it is what rooms need.
func celsiusRange(p *model.Property) (lo, hi float64) {
	lo, hi = 5, 35
	if p.Min != nil && *p.Min > -50 {
		lo = *p.Min
	}
	if p.Max != nil && *p.Max < 120 {
		hi = *p.Max
	}
	return lo, max(hi, lo)
}

func celsiusStep(p *model.Property) float64 {
	if p.Step > 0 {
		return p.Step
	}
	return 0.1
}
