package homekit

import (
	"math"
	"slices"

	"github.com/brutella/hap/characteristic"

	"github.com/concord-home/hub/model"
)

// truth is a bool attribute.
func truth(a model.Attribute) conversion {
	return conversion{
		read:  func(n now) (any, bool) { return n.bool(a) },
		write: func(n now, v any) (change, bool) { b, ok := asBool(v); return set(a, model.Bool(b)), ok },
	}
}

// digit is a bool attribute as 0 and 1.
func digit(a model.Attribute) conversion {
	return conversion{
		read: func(n now) (any, bool) {
			b, ok := n.bool(a)
			return map[bool]int{true: 1}[b], ok
		},
		write: func(n now, v any) (change, bool) { b, ok := asBool(v); return set(a, model.Bool(b)), ok },
	}
}

func asBool(v any) (b, ok bool) {
	switch x := v.(type) {
	case bool:
		return x, true
	case float64:
		return x != 0, x == 0 || x == 1
	}
	return false, false
}

// amount is a number in the attribute's own unit, with the device's range.
func amount(a model.Attribute) conversion {
	return conversion{
		read: func(n now) (any, bool) { f, ok := n.number(a); return f, ok },
		write: func(n now, v any) (change, bool) {
			f, ok := v.(float64)
			return set(a, model.Number(f)), ok
		},
		limit: func(c *characteristic.C, n now) { bounds(c, n.property(a)) },
	}
}

// bounds narrows, and where the device has more than Apple's default widens, a characteristic's range.
func bounds(c *characteristic.C, p *model.Property) {
	if p == nil {
		return
	}
	if c.Format == characteristic.FormatFloat {
		if p.Min != nil {
			c.MinVal = *p.Min
		}
		if p.Max != nil {
			c.MaxVal = *p.Max
		}
		if p.Step > 0 {
			c.StepVal = p.Step
		}
		return
	}
	if p.Min != nil {
		c.MinVal = int(math.Ceil(*p.Min))
	}
	if p.Max != nil {
		c.MaxVal = int(math.Floor(*p.Max))
	}
}

// capped is a number within Apple's own range: what is beyond it shows as its end.
func capped(a model.Attribute, factor float64) conversion {
	return conversion{read: func(n now) (any, bool) { f, ok := n.number(a); return f * factor, ok }}
}

// members are the numbers of an enum's members in HAP, in Apple's order; "" has none.
func member(a model.Attribute, names ...string) conversion {
	return conversion{
		read: func(n now) (any, bool) {
			s, _ := n.text(a)
			i := slices.Index(names, s)
			return i, i >= 0 && s != ""
		},
		write: func(n now, v any) (change, bool) {
			f, ok := v.(float64)
			if !ok || f < 0 || int(f) >= len(names) || names[int(f)] == "" {
				return change{}, false
			}
			return set(a, model.String(names[int(f)])), true
		},
		limit: func(c *characteristic.C, n now) { only(c, n.options(a), names...) },
	}
}

// only lets a characteristic take the numbers of those names that the device has.
func only(c *characteristic.C, have []string, names ...string) {
	if len(have) == 0 {
		return
	}
	c.ValidVals = nil
	for i, name := range names {
		if slices.Contains(have, name) {
			c.ValidVals = append(c.ValidVals, i)
		}
	}
}

// alarm is whether an enum's member is another than the quiet ones.
func alarm(a model.Attribute, quiet ...string) conversion {
	return conversion{read: func(n now) (any, bool) {
		s, ok := n.text(a)
		return map[bool]int{true: 1}[!slices.Contains(quiet, s)], ok
	}}
}

// slowly marks what is written as something that takes its time.
func slowly(c conversion) conversion {
	write := c.write
	c.write = func(n now, v any) (change, bool) {
		x, ok := write(n, v)
		x.slow = true
		return x, ok
	}
	return c
}

// readOnly takes the write away.
func readOnly(c conversion) conversion { c.write = nil; return c }

// constant is always the same.
func constant(v any) conversion { return conversion{read: func(now) (any, bool) { return v, true }} }

// mired is 1,000,000 / K; Apple's default of 140 to 500 becomes the bulb's own range.
func mired(a model.Attribute) conversion {
	return conversion{
		read: func(n now) (any, bool) {
			k, ok := n.number(a)
			return math.Round(1e6 / max(k, 1)), ok
		},
		write: func(n now, v any) (change, bool) {
			m, ok := v.(float64)
			if !ok || m <= 0 {
				return change{}, false
			}
			k := math.Round(1e6 / m)
			if p := n.property(a); p != nil { // rounding must not leave the device's range
				if p.Min != nil {
					k = max(k, *p.Min)
				}
				if p.Max != nil {
					k = min(k, *p.Max)
				}
			}
			return set(a, model.Number(k)), true
		},
		limit: func(c *characteristic.C, n now) {
			if p := n.property(a); p != nil && p.Min != nil && p.Max != nil && *p.Min > 0 {
				c.MinVal, c.MaxVal = int(math.Round(1e6 / *p.Max)), int(math.Round(1e6 / *p.Min))
			}
		},
	}
}

// tilt is a percentage as an angle from -90° to 90°.
func tilt(of func(now) (float64, bool)) conversion {
	return conversion{
		read: func(n now) (any, bool) { f, ok := of(n); return math.Round(f/100*180 - 90), ok },
		write: func(n now, v any) (change, bool) {
			f, ok := v.(float64)
			return change{writes: []model.Write{{Attribute: "window_covering.tilt_pct", Value: model.Number(math.Round((f+90)/180*1000) / 10)}}, slow: true}, ok
		},
	}
}

// swing is whether air goes to and fro: all ways that the device has, or none.
func swing() conversion {
	const a = model.Attribute("fan.swing")
	return conversion{
		read: func(n now) (any, bool) {
			m, ok := n.value(a).Members()
			return map[bool]int{true: 1}[len(m) > 0], ok
		},
		write: func(n now, v any) (change, bool) {
			on, ok := asBool(v)
			if !on {
				return set(a, model.Set()), ok
			}
			return set(a, model.Set(n.options(a)...)), ok
		},
	}
}

// active is whether a device with or without a switch of its own works.
func active(mode model.Attribute, off string) conversion {
	return conversion{
		read: func(n now) (any, bool) {
			if n.has("on_off.on") {
				b, ok := n.bool("on_off.on")
				return map[bool]int{true: 1}[b], ok
			}
			if n.has(mode) {
				s, ok := n.text(mode)
				return map[bool]int{true: 1}[s != off], ok
			}
			f, ok := n.number("fan.speed_pct")
			return map[bool]int{true: 1}[f > 0], ok
		},
		write: func(n now, v any) (change, bool) {
			on, ok := asBool(v)
			switch {
			case !ok:
				return change{}, false
			case n.writable("on_off.on"):
				return set("on_off.on", model.Bool(on)), true
			case n.writable(mode) && !on && slices.Contains(n.options(mode), off):
				return set(mode, model.String(off)), true
			case n.writable(mode) && on:
				for _, m := range n.options(mode) {
					if m != off {
						return set(mode, model.String(m)), true
					}
				}
			case n.writable("fan.speed_pct"):
				return set("fan.speed_pct", model.Number(map[bool]float64{true: 100}[on])), true
			}
			return change{}, false
		},
	}
}

// auto is whether a fan chooses its speed by itself: 1, else 0.
func auto() conversion {
	const a = model.Attribute("fan.mode")
	return conversion{
		read: func(n now) (any, bool) {
			s, ok := n.text(a)
			return map[bool]int{true: 1}[s == "auto" || s == "smart"], ok
		},
		write: func(n now, v any) (change, bool) {
			on, ok := asBool(v)
			if on {
				return set(a, model.String("auto")), ok && slices.Contains(n.options(a), "auto")
			}
			for _, m := range []string{"on", "medium", "low", "high"} {
				if slices.Contains(n.options(a), m) {
					return set(a, model.String(m)), ok
				}
			}
			return change{}, false
		},
		limit: func(c *characteristic.C, n now) {
			if !slices.Contains(n.options(a), "auto") {
				c.ValidVals = []int{0}
			}
		},
	}
}
