package template

import (
	"errors"
	"strings"
)

// expr is a parsed expression.
type expr interface {
	eval(e *env) (any, error)
}

type (
	literal struct{ v any }
	name    string
	member  struct{ x, key expr }
	slice   struct{ x, from, to expr }
	method  struct {
		x    expr
		name string
		args []expr
	}
	filter struct {
		x    expr
		name string
		args []expr
	}
	operation struct {
		op   string
		x, y expr
	}
	negation struct{ x expr }
	check    struct {
		name string
		x    expr
	}
	choice    struct{ when, then, otherwise expr }
	listOf    struct{ items []expr }
	mappingOf struct{ keys, values []expr }
)

// undefined is the value of what is not there.
type undefined struct{ what string }

// env is one rendering.
type env struct {
	vars    Vars
	local   map[string]any
	out     strings.Builder
	steps   int
	missing bool
}

var errTooMuch = errors.New("it takes too many steps")

func (e *env) step() error {
	if e.steps++; e.steps > maxSteps {
		return errTooMuch
	}
	return nil
}

func (e *env) run(nodes []node) error {
	for _, n := range nodes {
		if err := e.step(); err != nil {
			return err
		}
		var err error
		switch n := n.(type) {
		case text:
			err = e.write(string(n))
		case show:
			var v any
			if v, err = n.x.eval(e); err != nil {
				return err
			}
			if _, missing := v.(undefined); missing {
				e.missing = true
			}
			err = e.write(str(v))
		case assign:
			e.local[n.name], err = n.x.eval(e)
		case branch:
			err = e.branch(n)
		case loop:
			err = e.loop(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *env) write(s string) error {
	if e.out.Len()+len(s) > maxOutput {
		return errors.New("its result is too long")
	}
	e.out.WriteString(s)
	return nil
}

func (e *env) branch(b branch) error {
	for i, when := range b.when {
		if when != nil {
			v, err := when.eval(e)
			if err != nil {
				return err
			}
			if !truth(v) {
				if _, missing := v.(undefined); missing {
					e.missing = true
				}
				continue
			}
		}
		return e.run(b.then[i])
	}
	return nil
}

func (e *env) loop(l loop) error {
	v, err := l.over.eval(e)
	if err != nil {
		return err
	}
	items, err := elements(v)
	if err != nil {
		return err
	}
	for _, item := range items {
		if len(l.names) == 1 {
			e.local[l.names[0]] = item
		} else {
			pair, ok := item.([]any)
			if !ok || len(pair) != len(l.names) {
				return errors.New("a loop over what is no list of pairs")
			}
			for i, n := range l.names {
				e.local[n] = pair[i]
			}
		}
		if err := e.run(l.body); err != nil {
			return err
		}
	}
	return nil
}

func (x literal) eval(*env) (any, error) { return x.v, nil }

func (x name) eval(e *env) (any, error) {
	if v, ok := e.local[string(x)]; ok {
		return v, nil
	}
	if v, ok := e.vars[string(x)]; ok {
		return v, nil
	}
	return undefined{string(x)}, nil
}

// value evaluates and counts a step.
func (e *env) value(x expr) (any, error) {
	if err := e.step(); err != nil {
		return nil, err
	}
	return x.eval(e)
}

func (e *env) values(xs []expr) ([]any, error) {
	out := make([]any, len(xs))
	for i, x := range xs {
		var err error
		if out[i], err = e.value(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (x method) eval(e *env) (any, error) {
	v, err := e.value(x.x)
	if err != nil {
		return nil, err
	}
	args, err := e.values(x.args)
	if err != nil {
		return nil, err
	}
	if u, ok := v.(undefined); ok {
		return u, nil
	}
	return methods[x.name](v, args)
}

func (x filter) eval(e *env) (any, error) {
	v, err := e.value(x.x)
	if err != nil {
		return nil, err
	}
	args, err := e.values(x.args)
	if err != nil {
		return nil, err
	}
	return filters[x.name](v, args)
}

func (x negation) eval(e *env) (any, error) {
	v, err := e.value(x.x)
	return !truth(v), err
}

func (x check) eval(e *env) (any, error) {
	v, err := e.value(x.x)
	if err != nil {
		return nil, err
	}
	return tests[x.name](v), nil
}

func (x choice) eval(e *env) (any, error) {
	v, err := e.value(x.when)
	if err != nil {
		return nil, err
	}
	if truth(v) {
		return x.then.eval(e)
	}
	if x.otherwise == nil {
		return undefined{"else"}, nil
	}
	return x.otherwise.eval(e)
}

func (x listOf) eval(e *env) (any, error) { return e.values(x.items) }

func (x mappingOf) eval(e *env) (any, error) {
	out := make(map[any]any, len(x.keys))
	for i := range x.keys {
		k, err := e.value(x.keys[i])
		if err != nil {
			return nil, err
		}
		if out[mapKey(k)], err = e.value(x.values[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (x operation) eval(e *env) (any, error) {
	a, err := e.value(x.x)
	if err != nil {
		return nil, err
	}
	switch x.op {
	case "and":
		if !truth(a) {
			return a, nil
		}
		return e.value(x.y)
	case "or":
		if truth(a) {
			return a, nil
		}
		return e.value(x.y)
	}
	b, err := e.value(x.y)
	if err != nil {
		return nil, err
	}
	switch x.op {
	case "==":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "in", "not in":
		in, err := contains(b, a)
		return in == (x.op == "in"), err
	case "<", "<=", ">", ">=":
		return compare(x.op, a, b)
	case "~":
		return joined(str(a), str(b))
	}
	return arithmetic(x.op, a, b)
}
