package homekit

import (
	"fmt"
	"math"
	"strconv"

	"github.com/concord-home/hub/hap/spec"
)

// encode writes a value as a characteristic's format has it, within its step.
func encode(c *spec.Characteristic, v any) (string, error) {
	switch x := v.(type) {
	case bool:
		if spec.Numeric(c.Format) {
			return map[bool]string{true: "1", false: "0"}[x], nil
		}
		return strconv.FormatBool(x), nil
	case string:
		return strconv.Quote(x), nil
	case float64:
		if c.Step != nil && *c.Step > 0 {
			base := 0.0
			if c.Min != nil {
				base = *c.Min
			}
			x = base + math.Round((x-base)/(*c.Step))*(*c.Step)
			x = math.Round(x*1e6) / 1e6 // what the step's own binary fraction adds
		}
		if c.Format != "float" {
			x = math.Round(x)
		}
		if c.Min != nil && x < *c.Min || c.Max != nil && x > *c.Max {
			return "", fmt.Errorf("%v is outside of what the accessory takes", x)
		}
		if c.Format == "bool" {
			return strconv.FormatBool(x != 0), nil
		}
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("%v cannot be sent", v)
}
