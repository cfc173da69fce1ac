package template

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func equal(a, b any) bool {
	if isNumber(a) && isNumber(b) {
		x, _ := toNumber(a)
		y, _ := toNumber(b)
		return x == y
	}
	switch a.(type) {
	case []any, map[string]any, map[any]any:
		return kind(a) == kind(b) && repr(a, 0) == repr(b, 0)
	}
	switch b.(type) {
	case []any, map[string]any, map[any]any:
		return false
	}
	if _, ok := a.(undefined); ok {
		_, both := b.(undefined)
		return both
	}
	if _, ok := b.(undefined); ok {
		return false
	}
	return a == b
}

func compare(op string, a, b any) (any, error) {
	var c int
	switch {
	case isNumber(a) && isNumber(b):
		x, _ := toNumber(a)
		y, _ := toNumber(b)
		c = cmp.Compare(x, y)
	case kind(a) == "a string" && kind(b) == "a string":
		c = strings.Compare(a.(string), b.(string))
	default:
		return nil, fmt.Errorf("%s and %s cannot be compared", kind(a), kind(b))
	}
	switch op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	}
	return c >= 0, nil
}

func contains(in, what any) (bool, error) {
	switch in := in.(type) {
	case string:
		return strings.Contains(in, str(what)), nil
	case []any:
		return slices.ContainsFunc(in, func(x any) bool { return equal(x, what) }), nil
	case map[string]any, map[any]any:
		_, missing := lookup(in, what).(undefined)
		return !missing, nil
	case undefined, nil:
		return false, nil
	}
	return false, fmt.Errorf("in %s nothing can be found", kind(in))
}

// elements lists what a loop goes over.
func elements(v any) ([]any, error) {
	switch v := v.(type) {
	case []any:
		return v, nil
	case map[string]any:
		var out []any
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, k)
		}
		return out, nil
	case map[any]any:
		var out []any
		for k := range v {
			out = append(out, k)
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(str(a), str(b)) })
		return out, nil
	case string:
		var out []any
		for _, r := range v {
			out = append(out, string(r))
		}
		return out, nil
	case undefined:
		return nil, nil
	}
	return nil, fmt.Errorf("%s has no elements", kind(v))
}
