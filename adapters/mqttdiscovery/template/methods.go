package template

import (
	"slices"
	"strings"
)

// tests are what may follow "is".
var tests = map[string]func(any) bool{
	"defined":   func(v any) bool { return kind(v) != "something missing" },
	"undefined": func(v any) bool { return kind(v) == "something missing" },
	"none":      func(v any) bool { return v == nil },
	"number":    isNumber,
	"string":    func(v any) bool { return kind(v) == "a string" },
	"mapping":   func(v any) bool { return kind(v) == "a mapping" },
	"sequence":  func(v any) bool { return kind(v) == "a list" || kind(v) == "a string" },
	"iterable":  func(v any) bool { _, err := elements(v); return err == nil },
	"boolean":   func(v any) bool { return kind(v) == "a truth value" },
	"true":      func(v any) bool { return v == true },
	"false":     func(v any) bool { return v == false },
}

// methods are those of strings and mappings.
var methods = map[string]filterFunc{
	"lower":      func(v any, _ []any) (any, error) { return strings.ToLower(str(v)), nil },
	"upper":      func(v any, _ []any) (any, error) { return strings.ToUpper(str(v)), nil },
	"strip":      func(v any, _ []any) (any, error) { return strings.TrimSpace(str(v)), nil },
	"title":      func(v any, _ []any) (any, error) { return title(str(v)), nil },
	"capitalize": func(v any, _ []any) (any, error) { return capitalize(str(v)), nil },
	"replace":    replace,
	"split": func(v any, args []any) (any, error) {
		parts := strings.Fields(str(v))
		if by := str(arg(args, 0, "")); by != "" {
			parts = strings.Split(str(v), by)
		}
		out := make([]any, len(parts))
		for i := range parts {
			out[i] = parts[i]
		}
		return out, nil
	},
	"startswith": func(v any, args []any) (any, error) { return strings.HasPrefix(str(v), str(arg(args, 0, ""))), nil },
	"endswith":   func(v any, args []any) (any, error) { return strings.HasSuffix(str(v), str(arg(args, 0, ""))), nil },
	"find":       func(v any, args []any) (any, error) { return int64(strings.Index(str(v), str(arg(args, 0, "")))), nil },
	"get": func(v any, args []any) (any, error) {
		m := lookup(v, arg(args, 0, ""))
		if _, missing := m.(undefined); missing {
			return arg(args, 1, nil), nil
		}
		return m, nil
	},
	"keys": func(v any, _ []any) (any, error) { return elements(v) },
	"values": func(v any, _ []any) (any, error) {
		keys, err := elements(v)
		out := slices.Clone(keys)
		for i, k := range keys {
			out[i] = lookup(v, k)
		}
		return out, err
	},
	"items": items,
}
