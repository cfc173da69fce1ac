package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

type filterFunc func(v any, args []any) (any, error)

// functions maps functions to the filter that does the same with their first argument.
var functions = map[string]string{
	"float": "float", "int": "int", "bool": "bool", "iif": "iif", "is_number": "is_number", "min": "min", "max": "max",
	"range": "range", "round": "round", "abs": "abs", "str": "string", "len": "length",
}

// filters are filled in by init, since some call others.
var filters map[string]filterFunc

func init() {
	filters = map[string]filterFunc{
		"default": orDefault, "d": orDefault,
		"int": toInt, "float": toFloat, "round": round, "abs": abs, "bool": toBool, "string": text1(func(s string) string { return s }),
		"lower": text1(strings.ToLower), "upper": text1(strings.ToUpper), "trim": text1(strings.TrimSpace),
		"capitalize": text1(capitalize), "title": text1(title),
		"replace": replace, "regex_replace": regexReplace, "truncate": truncate, "join": join, "length": length, "count": length,
		"first": func(v any, _ []any) (any, error) { return lookup(v, int64(0)), nil },
		"last":  func(v any, _ []any) (any, error) { return lookup(v, int64(-1)), nil },
		"list":  func(v any, _ []any) (any, error) { return elements(v) },
		"min":   extreme(func(a, b float64) bool { return a < b }), "max": extreme(func(a, b float64) bool { return a > b }),
		"sum": sum, "range": rangeOf, "iif": iif, "is_number": isNumeric, "is_defined": same,
		"tojson": toJSON, "to_json": toJSON, "from_json": fromJSON,
		"multiply": pair("*"), "add": pair("+"), "bitwise_and": bitwiseAnd, "items": items, "safe": same,
	}
}

func same(v any, _ []any) (any, error) { return v, nil }

func arg(args []any, i int, otherwise any) any {
	if i < len(args) {
		return args[i]
	}
	return otherwise
}

func orDefault(v any, args []any) (any, error) {
	if _, missing := v.(undefined); missing || truth(arg(args, 1, false)) && !truth(v) {
		return arg(args, 0, ""), nil
	}
	return v, nil
}

// failed is what a conversion gives: its default, or missing for what is missing.
func failed(v any, args []any, err error) (any, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	if u, ok := v.(undefined); ok {
		return u, nil
	}
	return nil, err
}

func toBool(v any, args []any) (any, error) {
	switch strings.ToLower(str(v)) {
	case "true", "yes", "on", "enable", "1", "1.0":
		return true, nil
	case "false", "no", "off", "disable", "0", "0.0":
		return false, nil
	}
	return failed(v, args, fmt.Errorf("%.20q is neither true nor false", str(v)))
}

func text1(f func(string) string) filterFunc {
	return func(v any, _ []any) (any, error) {
		if u, ok := v.(undefined); ok {
			return u, nil
		}
		return f(str(v)), nil
	}
}

func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + strings.ToLower(s[n:])
}

func title(s string) string {
	words := strings.Fields(s)
	for i := range words {
		words[i] = capitalize(words[i])
	}
	return strings.Join(words, " ")
}

func replace(v any, args []any) (any, error) {
	if u, ok := v.(undefined); ok {
		return u, nil
	}
	from, to := str(arg(args, 0, "")), str(arg(args, 1, ""))
	s := str(v)
	if from == "" || len(s)+strings.Count(s, from)*len(to) > maxOutput {
		return s, nil
	}
	return strings.ReplaceAll(s, from, to), nil
}

func regexReplace(v any, args []any) (any, error) {
	if u, ok := v.(undefined); ok {
		return u, nil
	}
	pattern := str(arg(args, 0, ""))
	if len(pattern) > 256 {
		return nil, errors.New("a pattern too long")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern %.40q: %w", pattern, err)
	}
	out := re.ReplaceAllString(str(v), strings.ReplaceAll(str(arg(args, 1, "")), `\`, "$"))
	return joined(out, "")
}

func truncate(v any, args []any) (any, error) {
	if u, ok := v.(undefined); ok {
		return u, nil
	}
	r := []rune(str(v))
	n, _ := toNumber(arg(args, 0, int64(255)))
	if n < 0 || float64(len(r)) <= n {
		return string(r), nil
	}
	return string(r[:int(n)]) + str(arg(args, 2, "...")), nil
}

func join(v any, args []any) (any, error) {
	list, err := elements(v)
	if err != nil {
		return nil, err
	}
	out, by := "", str(arg(args, 0, ""))
	for i, x := range list {
		if i > 0 {
			out += by
		}
		out += str(x)
		if len(out) > maxOutput {
			return nil, errors.New("a text too long")
		}
	}
	return out, nil
}

func length(v any, _ []any) (any, error) {
	list, err := elements(v)
	return int64(len(list)), err
}

func iif(v any, args []any) (any, error) {
	if truth(v) {
		return arg(args, 0, true), nil
	}
	if v == nil && len(args) > 2 {
		return args[2], nil
	}
	return arg(args, 1, false), nil
}

func toJSON(v any, _ []any) (any, error) {
	b, err := json.Marshal(plain(v, 0))
	return string(b), err
}

// plain makes a value that JSON carries.
func plain(v any, depth int) any {
	if depth > maxDepth {
		return nil
	}
	switch v := v.(type) {
	case undefined:
		return nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i], depth+1)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = plain(x, depth+1)
		}
		return out
	case map[any]any:
		out := map[string]any{}
		for k, x := range v {
			out[str(k)] = plain(x, depth+1)
		}
		return out
	}
	return v
}

func fromJSON(v any, _ []any) (any, error) { return FromJSON([]byte(str(v))), nil }

func pair(op string) filterFunc {
	return func(v any, args []any) (any, error) {
		f, err := toNumber(v)
		if err != nil {
			return failed(v, nil, err)
		}
		return arithmetic(op, f, arg(args, 0, int64(0)))
	}
}

func items(v any, _ []any) (any, error) {
	keys, err := elements(v)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = []any{k, lookup(v, k)}
	}
	return out, nil
}
