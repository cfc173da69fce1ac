package template

import (
	"errors"
	"fmt"
	"math"
)

func (x member) eval(e *env) (any, error) {
	v, err := e.value(x.x)
	if err != nil {
		return nil, err
	}
	key, err := x.key.eval(e)
	if err != nil {
		return nil, err
	}
	return lookup(v, key), nil
}

// lookup finds a member. Below what is missing all is missing: devices send parts of their state, and that is no error.
func lookup(v, key any) any {
	switch v := v.(type) {
	case map[string]any:
		if s, ok := key.(string); ok {
			if m, ok := v[s]; ok {
				return m
			}
		}
	case map[any]any:
		if m, ok := v[mapKey(key)]; ok {
			return m
		}
	case []any:
		if i, ok := position(key, len(v)); ok {
			return v[i]
		}
	case string:
		r := []rune(v)
		if i, ok := position(key, len(r)); ok {
			return string(r[i])
		}
	}
	return undefined{str(key)}
}

// mapKey makes keys comparable: undefined is looked up as none is.
func mapKey(key any) any {
	switch k := key.(type) {
	case bool, int64, string, nil:
		return k
	case float64:
		if k == math.Trunc(k) && math.Abs(k) < 1<<53 {
			return int64(k)
		}
		return k
	case undefined:
		return nil
	}
	return str(key)
}

func position(key any, n int) (int, bool) {
	i, ok := key.(int64)
	if s, isText := key.(string); isText { // value_json.list.0
		f, err := number(s)
		if err != nil {
			return 0, false
		}
		i, ok = int64(f), true
	}
	if i < 0 {
		i += int64(n)
	}
	return int(i), ok && i >= 0 && i < int64(n)
}

func (x slice) eval(e *env) (any, error) {
	v, err := e.value(x.x)
	if err != nil {
		return nil, err
	}
	if s, ok := v.(string); ok {
		r := []rune(s)
		from, to, err := x.bounds(e, len(r))
		return string(r[from:to]), err
	}
	l, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("a part of %s cannot be taken", kind(v))
	}
	from, to, err := x.bounds(e, len(l))
	return l[from:to], err
}

func (x slice) bounds(e *env, n int) (from, to int, err error) {
	bound := func(x expr, otherwise int) (int, error) {
		if x == nil {
			return otherwise, nil
		}
		v, err := x.eval(e)
		if err != nil {
			return 0, err
		}
		i, ok := v.(int64)
		if !ok {
			return 0, errors.New("the bound of a part is not a whole number")
		}
		if i < 0 {
			i += int64(n)
		}
		return int(max(0, min(i, int64(n)))), nil
	}
	if from, err = bound(x.from, 0); err != nil {
		return 0, 0, err
	}
	if to, err = bound(x.to, n); err != nil {
		return 0, 0, err
	}
	return from, max(from, to), nil
}
