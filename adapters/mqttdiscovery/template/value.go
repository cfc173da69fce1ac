package template

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// str renders a value as Python does.
func str(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case undefined:
		return ""
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return float(v)
	}
	return repr(v, 0)
}

// float renders a number with a point, as Python does.
func float(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if a := math.Abs(f); a == 0 || a >= 1e-4 && a < 1e16 {
		s = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if !strings.ContainsAny(s, ".eIN") {
		s += ".0"
	}
	return s
}

// repr renders a value within a list or mapping.
func repr(v any, depth int) string {
	if depth > maxDepth {
		return "..."
	}
	switch v := v.(type) {
	case string:
		return "'" + strings.ReplaceAll(v, "'", "\\'") + "'"
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, repr(x, depth+1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, repr(k, depth)+": "+repr(v[k], depth+1))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case map[any]any:
		var parts []string
		for k, x := range v {
			parts = append(parts, repr(k, depth)+": "+repr(x, depth+1))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return str(v)
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	case map[any]any:
		return len(v) > 0
	}
	return true
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "none"
	case undefined:
		return "something missing"
	case bool:
		return "a truth value"
	case string:
		return "a string"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	}
	return "a mapping"
}

// number reads a number from text, as Python's float() does.
func number(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%.20q is not a number", s)
	}
	return f, nil
}

// toNumber converts to a number, like the filter float.
func toNumber(v any) (float64, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case string:
		return number(v)
	}
	return 0, fmt.Errorf("%s is not a number", kind(v))
}

// whole makes an int64 of a number, when it can be one.
func whole(f float64) (any, error) {
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return nil, errors.New("a number too large")
	}
	return int64(f), nil
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64, bool:
		return true
	}
	return false
}

func joined(a, b string) (any, error) {
	if len(a)+len(b) > maxOutput {
		return nil, errors.New("a text too long")
	}
	return a + b, nil
}

func arithmetic(op string, a, b any) (any, error) {
	if s, ok := a.(string); ok && op == "+" {
		if t, ok := b.(string); ok {
			return joined(s, t)
		}
	}
	if l, ok := a.([]any); ok && op == "+" {
		if m, ok := b.([]any); ok && len(l)+len(m) <= maxSteps {
			return slices.Concat(l, m), nil
		}
	}
	if !isNumber(a) || !isNumber(b) {
		return nil, fmt.Errorf("%s %s %s cannot be worked out", kind(a), op, kind(b))
	}
	x, _ := toNumber(a)
	y, _ := toNumber(b)
	_, fa := a.(float64)
	_, fb := b.(float64)
	var f float64
	switch op {
	case "+":
		f = x + y
	case "-":
		f = x - y
	case "*":
		f = x * y
	case "**":
		f = math.Pow(x, y)
	case "/", "//", "%":
		if y == 0 {
			return nil, errors.New("division by zero")
		}
		switch op {
		case "/":
			return x / y, nil
		case "//":
			f = math.Floor(x / y)
		default:
			f = x - y*math.Floor(x/y)
		}
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("a number too large")
	}
	if fa || fb || f != math.Trunc(f) {
		return f, nil
	}
	return whole(f)
}
