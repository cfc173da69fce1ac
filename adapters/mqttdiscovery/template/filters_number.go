package template

import (
	"errors"
	"math"
)

// toFloat keeps what is missing missing, so that a part of a state is no error.
func toFloat(v any, args []any) (any, error) {
	f, err := toNumber(v)
	if err != nil {
		return failed(v, args, err)
	}
	return f, nil
}

func toInt(v any, args []any) (any, error) {
	f, err := toNumber(v)
	if err != nil {
		return failed(v, args, err)
	}
	return whole(math.Trunc(f))
}

func round(v any, args []any) (any, error) {
	f, err := toNumber(v)
	if err != nil {
		return failed(v, nil, err)
	}
	digits, _ := toNumber(arg(args, 0, int64(0)))
	k := math.Pow10(int(max(-15, min(15, digits))))
	switch arg(args, 1, "common") {
	case "floor":
		f = math.Floor(f*k) / k
	case "ceil":
		f = math.Ceil(f*k) / k
	default:
		f = math.RoundToEven(f*k) / k
	}
	if digits == 0 {
		return whole(f) // Home Assistant's round without digits is whole
	}
	return f, nil
}

func abs(v any, _ []any) (any, error) {
	f, err := toNumber(v)
	if err != nil {
		return failed(v, nil, err)
	}
	if _, isInt := v.(int64); isInt {
		return whole(math.Abs(f))
	}
	return math.Abs(f), nil
}

func extreme(better func(a, b float64) bool) filterFunc {
	return func(v any, args []any) (any, error) {
		list, ok := v.([]any)
		if !ok {
			list = append([]any{v}, args...)
		}
		var best any = undefined{"extreme"}
		var least float64
		for _, x := range list {
			f, err := toNumber(x)
			if err != nil {
				return nil, err
			}
			if _, none := best.(undefined); none || better(f, least) {
				best, least = x, f
			}
		}
		return best, nil
	}
}

func sum(v any, _ []any) (any, error) {
	list, err := elements(v)
	if err != nil {
		return nil, err
	}
	var total any = int64(0)
	for _, x := range list {
		if total, err = arithmetic("+", total, x); err != nil {
			return nil, err
		}
	}
	return total, nil
}

func rangeOf(v any, args []any) (any, error) {
	from, to := 0.0, 0.0
	var err error
	if to, err = toNumber(v); err == nil && len(args) > 0 {
		from = to
		to, err = toNumber(args[0])
	}
	if err != nil || to-from > 1000 || math.Abs(from) > 1e9 {
		return nil, errors.New("a range of more than 1000")
	}
	out := []any{}
	for i := int64(from); i < int64(to); i++ {
		out = append(out, i)
	}
	return out, nil
}

func isNumeric(v any, _ []any) (any, error) {
	_, err := toNumber(v)
	return err == nil, nil
}

func bitwiseAnd(v any, args []any) (any, error) {
	a, err := toNumber(v)
	if err != nil {
		return failed(v, nil, err)
	}
	b, err := toNumber(arg(args, 0, int64(0)))
	return int64(a) & int64(b), err
}
