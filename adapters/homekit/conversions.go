package homekit

import (
	"fmt"
	"math"
	"slices"

	"github.com/concord-home/hub/hap/spec"
	"github.com/concord-home/hub/model"
)

// conversion turns a characteristic's value (bool, float64 or string) into an attribute's and back.
type conversion struct {
	read  func(v any, p *part) model.Value
	write func(v model.Value, p *part) (any, error)
	// narrow adapts the catalogue's contract to the characteristic's metadata.
	narrow func(prop *model.Property, c *spec.Characteristic, p *part)
}

func num(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case bool:
		return map[bool]float64{true: 1}[x], true
	}
	return 0, false
}

// ranges carries minimum, maximum and step over through a monotonic function.
func ranges(prop *model.Property, c *spec.Characteristic, f func(float64) float64) {
	lo, hi := c.Min, c.Max
	if lo != nil && hi != nil && f(*lo) > f(*hi) {
		lo, hi = hi, lo
	}
	tighten := func(bound **float64, by *float64, worse func(a, b float64) bool) {
		if by == nil {
			return
		}
		if x := f(*by); !math.IsNaN(x) && !math.IsInf(x, 0) && (*bound == nil || !worse(x, **bound)) {
			*bound = &x
		}
	}
	tighten(&prop.Min, lo, func(a, b float64) bool { return a < b })
	tighten(&prop.Max, hi, func(a, b float64) bool { return a > b })
}

func same(x float64) float64 { return x }

// number is a number in the attribute's own unit.
var number = conversion{
	read: func(v any, _ *part) model.Value {
		if f, ok := num(v); ok {
			return model.Number(f)
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		f, ok := v.Number()
		if !ok {
			return nil, fmt.Errorf("%s is no number", v)
		}
		return f, nil
	},
	narrow: func(prop *model.Property, c *spec.Characteristic, _ *part) {
		ranges(prop, c, same)
		if c.Step != nil {
			prop.Step = *c.Step
		}
	},
}

// per is a number that is the attribute's times a factor.
func per(factor float64) conversion {
	return conversion{
		read: func(v any, _ *part) model.Value {
			if f, ok := num(v); ok {
				return model.Number(math.Round(f/factor*100) / 100)
			}
			return model.Value{}
		},
		narrow: func(prop *model.Property, c *spec.Characteristic, _ *part) {
			ranges(prop, c, func(x float64) float64 { return math.Ceil(x / factor) })
		},
	}
}

// Micrograms a cubic metre in one part per billion, at 25 °C and 1 atm (molar mass / 24.45 l).
const (
	ozoneUgPerPpb           = 48.00 / 24.45
	nitrogenDioxideUgPerPpb = 46.01 / 24.45
)

// flag is a truth, as a bool or 0 and 1.
var flag = conversion{
	read: func(v any, _ *part) model.Value {
		if f, ok := num(v); ok {
			return model.Bool(f != 0)
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		b, ok := v.Bool()
		if !ok {
			return nil, fmt.Errorf("%s is neither true nor false", v)
		}
		return b, nil
	},
}

// notFlag is a truth the other way round.
var notFlag = conversion{
	read: func(v any, p *part) model.Value {
		b, ok := flag.read(v, p).Bool()
		if !ok {
			return model.Value{}
		}
		return model.Bool(!b)
	},
	write: func(v model.Value, p *part) (any, error) {
		b, err := flag.write(v, p)
		if err != nil {
			return nil, err
		}
		return !b.(bool), nil
	},
}

// enumRead names the numbers from 0; the attribute is not set this way.
func enumRead(names ...string) conversion {
	return conversion{read: func(v any, _ *part) model.Value {
		if f, ok := num(v); ok && f >= 0 && int(f) < len(names) && names[int(f)] != "" {
			return model.String(names[int(f)])
		}
		return model.Value{}
	}}
}

// enum names the numbers from 0, both ways.
func enum(names ...string) conversion {
	c := enumRead(names...)
	c.write = func(v model.Value, _ *part) (any, error) {
		s, _ := v.Text()
		i := slices.Index(names, s)
		if i < 0 {
			return nil, fmt.Errorf("%s is none of %v", v, names)
		}
		return float64(i), nil
	}
	c.narrow = func(prop *model.Property, c *spec.Characteristic, _ *part) {
		var can []string
		for i, n := range names {
			if allowed(c, i) && !slices.Contains(can, n) {
				can = append(can, n)
			}
		}
		prop.Options = can
	}
	return c
}

// allowed reports whether the metadata lets a number be.
func allowed(c *spec.Characteristic, i int) bool {
	switch {
	case len(c.ValidValues) > 0:
		return slices.Contains(c.ValidValues, i)
	case len(c.ValidRange) == 2:
		return i >= c.ValidRange[0] && i <= c.ValidRange[1]
	}
	f := float64(i)
	return (c.Min == nil || f >= *c.Min) && (c.Max == nil || f <= *c.Max)
}

// oneOfSet names the numbers from 0 as sets of one member.
func oneOfSet(names ...string) conversion {
	read := enumRead(names...).read
	return conversion{read: func(v any, p *part) model.Value {
		if s, ok := read(v, p).Text(); ok {
			return model.Set(s)
		}
		return model.Value{}
	}}
}

// mired is 1,000,000 / K.
var mired = conversion{
	read: func(v any, _ *part) model.Value {
		if f, ok := num(v); ok && f > 0 {
			return model.Number(math.Round(1e6 / f))
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		k, ok := v.Number()
		if !ok || k <= 0 {
			return nil, fmt.Errorf("%s is no colour temperature", v)
		}
		return math.Round(1e6 / k), nil
	},
	narrow: func(prop *model.Property, c *spec.Characteristic, _ *part) {
		ranges(prop, c, func(m float64) float64 { return math.Round(1e6 / m) })
	},
}

// tilt is an angle from -90° to 90° as a percentage.
var tilt = conversion{
	read: func(v any, _ *part) model.Value {
		if f, ok := num(v); ok {
			return model.Number(math.Round((f+90)/180*1000) / 10)
		}
		return model.Value{}
	},
	write: func(v model.Value, _ *part) (any, error) {
		f, ok := v.Number()
		if !ok {
			return nil, fmt.Errorf("%s is no percentage", v)
		}
		return math.Round(f/100*180 - 90), nil
	},
}

// swing is whether air goes to and fro; HAP does not say which way.
var swing = conversion{
	read: func(v any, _ *part) model.Value {
		f, ok := num(v)
		switch {
		case !ok:
			return model.Value{}
		case f != 0:
			return model.Set("left_right")
		}
		return model.Set()
	},
	write: func(v model.Value, _ *part) (any, error) {
		m, ok := v.Members()
		if !ok {
			return nil, fmt.Errorf("%s is no set", v)
		}
		return len(m) > 0, nil
	},
	narrow: func(prop *model.Property, _ *spec.Characteristic, _ *part) { prop.Options = []string{"left_right"} },
}

// valveState follows from whether water is asked for and whether it flows.
var valveState = conversion{read: func(v any, p *part) model.Value {
	asked, ok := num(v)
	flows, ok2 := num(p.value("InUse"))
	switch {
	case !ok:
		return model.Value{}
	case !ok2:
		flows = asked
	}
	switch {
	case flows != 0:
		return model.String("open")
	case asked != 0:
		return model.String("transitioning")
	}
	return model.String("closed")
}}
