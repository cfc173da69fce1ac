package homekit

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/brutella/hap/characteristic"
)

// resting is what /accessories shows of a value that nobody knows: the format demands one.
func resting(c *characteristic.C) any {
	switch {
	case c.Format == characteristic.FormatString:
		return ""
	case c.Format == characteristic.FormatBool:
		return false
	case len(c.ValidVals) > 0:
		return c.ValidVals[0]
	}
	return fit(c, 0.0)
}

func bound(x any) (float64, bool) {
	switch v := x.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}

// fit brings a value to a characteristic's format and range: controllers discard a whole accessory for one number beyond it.
func fit(c *characteristic.C, x any) any {
	switch c.Format {
	case characteristic.FormatBool:
		if b, ok := asBool(x); ok {
			return b
		}
		f, _ := bound(x)
		return f != 0
	case characteristic.FormatString:
		return x
	}
	f, isNumber := bound(x)
	if b, ok := x.(bool); ok && !isNumber {
		f = map[bool]float64{true: 1}[b]
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	if lo, ok := bound(c.MinVal); ok {
		f = max(f, lo)
	}
	if hi, ok := bound(c.MaxVal); ok {
		f = min(f, hi)
	}
	if c.Format == characteristic.FormatFloat {
		return math.Round(f*1e4) / 1e4
	}
	return int64(math.Round(f))
}

// How long what a controller writes may be: a text (6.3.3), and TLV8 or data in base64, such as a stream's keys.
const (
	maxString = 256
	maxText   = 4096
)

// parse reads what a controller writes; a value that does not fit is refused, never bent.
func parse(c *characteristic.C, raw json.RawMessage) (any, int) {
	var x any
	if len(raw) == 0 || json.Unmarshal(raw, &x) != nil {
		return nil, statusInvalid
	}
	switch c.Format {
	case characteristic.FormatBool:
		b, ok := asBool(x)
		if !ok {
			return nil, statusInvalid
		}
		return b, statusOK
	case characteristic.FormatString, characteristic.FormatTLV8, characteristic.FormatData:
		s, ok := x.(string)
		if !ok || len(s) > maxText || c.Format == characteristic.FormatString && len(s) > maxString {
			return nil, statusInvalid
		}
		return s, statusOK
	}
	f, ok := x.(float64)
	if b, isBool := x.(bool); isBool {
		f, ok = map[bool]float64{true: 1}[b], true
	}
	if !ok || c.Format != characteristic.FormatFloat && f != math.Trunc(f) {
		return nil, statusInvalid
	}
	if lo, has := bound(c.MinVal); has && f < lo {
		return nil, statusInvalid
	}
	if hi, has := bound(c.MaxVal); has && f > hi {
		return nil, statusInvalid
	}
	if len(c.ValidVals) > 0 && !slices.Contains(c.ValidVals, int(f)) {
		return nil, statusInvalid
	}
	return f, statusOK
}
