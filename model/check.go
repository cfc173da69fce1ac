package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// ValueError says why a value does not fit an attribute: which one, what came, what was expected.
type ValueError struct {
	Attribute Attribute
	Value     string
	Expected  string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s: got %s, expected %s", e.Attribute, e.Value, e.Expected)
}

// Check returns the value as the property's type has it (a time from its text, a set in
// order), or a *ValueError. Unknown always fits; of a list or object only the kind is checked.
func (p *Property) Check(v Value) (Value, error) {
	if v.IsUnknown() {
		return v, nil
	}
	switch p.Type {
	case TypeBool:
		if v.kind == KindBool {
			return v, nil
		}
	case TypeInt, TypeFloat:
		if v.kind == KindNumber && p.inRange(v.num) && (p.Type == TypeFloat || v.num == math.Trunc(v.num)) {
			return v, nil
		}
	case TypeEnum:
		if v.kind == KindString && (len(p.Options) == 0 || slices.Contains(p.Options, v.str)) {
			return v, nil
		}
	case TypeString:
		if v.kind == KindString {
			return v, nil
		}
	case TypeTime:
		if v.kind == KindTime {
			return v, nil
		}
		if t, err := time.Parse(time.RFC3339Nano, v.str); err == nil && v.kind == KindString {
			return Time(t), nil
		}
	case TypeSet:
		if v.kind == KindList && p.allMembers(v) {
			m, _ := v.Members()
			return Set(m...), nil
		}
	case TypeList:
		if v.kind == KindList {
			return v, nil
		}
	case TypeObject:
		if v.kind == KindObject {
			return v, nil
		}
	}
	return Value{}, &ValueError{Attribute: p.Attribute, Value: v.quoted(), Expected: p.Expected()}
}

func (p *Property) inRange(f float64) bool {
	return (p.Min == nil || f >= *p.Min) && (p.Max == nil || f <= *p.Max)
}

func (p *Property) allMembers(v Value) bool {
	m, ok := v.Members()
	if !ok {
		return false
	}
	return len(p.Options) == 0 || !slices.ContainsFunc(m, func(s string) bool { return !slices.Contains(p.Options, s) })
}

// Expected says in words what the property takes: "a number from 0 to 100 %".
func (p *Property) Expected() string {
	switch p.Type {
	case TypeBool:
		return "true or false"
	case TypeInt, TypeFloat:
		s := map[Type]string{TypeInt: "a whole number", TypeFloat: "a number"}[p.Type]
		switch {
		case p.Min != nil && p.Max != nil:
			s += fmt.Sprintf(" from %v to %v", *p.Min, *p.Max)
		case p.Min != nil:
			s += fmt.Sprintf(" of at least %v", *p.Min)
		case p.Max != nil:
			s += fmt.Sprintf(" of at most %v", *p.Max)
		}
		return strings.TrimSpace(s + " " + p.Unit)
	case TypeEnum:
		return "one of " + strings.Join(p.Options, ", ")
	case TypeSet:
		return "any of " + strings.Join(p.Options, ", ")
	case TypeTime:
		return "a time such as 2026-01-31T18:30:00Z"
	}
	return map[Type]string{TypeString: "a text", TypeList: "a list", TypeObject: "an object"}[p.Type]
}

func (v Value) quoted() string {
	if v.kind == KindString {
		return fmt.Sprintf("%q", v.str)
	}
	return v.String()
}
