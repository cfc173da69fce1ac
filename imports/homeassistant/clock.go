package homeassistant

import (
	"fmt"
	"strings"
	"time"
)

// span is a duration as a document here writes it; "" for none.
func span(where string, x any) (string, *untaken) {
	var d time.Duration
	switch x := x.(type) {
	case nil:
		return "", nil
	case float64:
		d = time.Duration(x * float64(time.Second))
	case string:
		var ok bool
		if d, ok = parseSpan(x); !ok {
			return "", cannot(where, "import.span", x)
		}
	case map[string]any:
		for unit, length := range map[string]time.Duration{"days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second, "milliseconds": time.Millisecond} {
			if x[unit] == nil {
				continue
			}
			n, ok := asNumber(x[unit])
			if !ok {
				return "", cannot(where, "import.span", text(x[unit]))
			}
			d += time.Duration(n * float64(length))
		}
	default:
		return "", cannot(where, "import.span", "")
	}
	if d == 0 {
		return "", nil
	}
	return d.Round(time.Second).String(), nil
}

// parseSpan reads "HH:MM", "HH:MM:SS" or a number of seconds, each with a sign.
func parseSpan(s string) (time.Duration, bool) {
	sign := time.Duration(1)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = -1, rest
	}
	s = strings.TrimPrefix(s, "+")
	if f, ok := asNumber(s); ok {
		return sign * time.Duration(f*float64(time.Second)), true
	}
	var h, m, sec int
	n, err := fmt.Sscanf(s, "%d:%d:%d", &h, &m, &sec)
	if err != nil && n != 2 || h < 0 || m < 0 || sec < 0 || h > 1000 || m > 59 || sec > 59 {
		return 0, false
	}
	return sign * (time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second), true
}

// clock is a time of day; one that a helper or sensor holds is none.
func clock(x any) (string, bool) {
	s := text(x)
	for _, layout := range []string{"15:04:05", "15:04"} {
		if at, err := time.Parse(layout, s); err == nil {
			return strings.TrimSuffix(at.Format("15:04:05"), ":00"), true
		}
	}
	return "", false
}

func days(x any) []any {
	var out []any
	for _, d := range texts(x) {
		out = append(out, strings.ToLower(d))
	}
	return out
}
