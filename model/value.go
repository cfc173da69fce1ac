package model

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Kind says what a Value holds.
type Kind uint8

// The kinds of value. KindUnknown is the zero value: nobody has said yet.
const (
	KindUnknown Kind = iota
	KindBool
	KindNumber
	KindString
	KindTime
	KindList
	KindObject
)

// Value is one attribute's value without its circumstances: comparable with
// ==, immutable, and unknown when zero. Unknown is never shown as off, closed or 0.
type Value struct {
	kind Kind
	num  float64 // bool 0/1, number, or Unix milliseconds
	str  string  // string, or the canonical JSON of a list or object
}

// Bool makes a truth value.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, num: 1}
	}
	return Value{kind: KindBool}
}

// Number makes a number. NaN and infinities are no measurements: they become unknown.
func Number(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return Value{kind: KindNumber, num: f + 0} // -0 becomes 0, so that == means equal
}

// String makes a string or the member of an enum.
func String(s string) Value { return Value{kind: KindString, str: s} }

// Time makes a moment, to the millisecond.
func Time(t time.Time) Value { return Value{kind: KindTime, num: float64(t.UnixMilli())} }

// Set makes a set of strings: sorted, without repetition.
func Set(members ...string) Value {
	sorted := slices.Compact(slices.Sorted(slices.Values(members)))
	if sorted == nil {
		sorted = []string{}
	}
	b, _ := json.Marshal(sorted)
	return Value{kind: KindList, str: string(b)}
}

// Object makes a structured value (a list of records, a record) from anything that marshals to JSON.
func Object(v any) (Value, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return Value{}, fmt.Errorf("a structured value that JSON cannot carry: %w", err)
	}
	return fromRaw(b)
}

// Kind tells what the value holds.
func (v Value) Kind() Kind { return v.kind }

// IsUnknown reports that nothing is known.
func (v Value) IsUnknown() bool { return v.kind == KindUnknown }

// Bool returns the truth value; ok is false when the value is of another kind.
func (v Value) Bool() (b, ok bool) { return v.num == 1, v.kind == KindBool }

// Number returns the number; ok is false when the value is of another kind.
func (v Value) Number() (f float64, ok bool) { return v.num, v.kind == KindNumber }

// Text returns the string or enum member; ok is false when the value is of another kind.
func (v Value) Text() (s string, ok bool) { return v.str, v.kind == KindString }

// Moment returns the time; ok is false when the value is of another kind.
func (v Value) Moment() (t time.Time, ok bool) {
	return time.UnixMilli(int64(v.num)).UTC(), v.kind == KindTime
}

// Members returns the members of a list of strings; ok is false when the value is of another kind.
func (v Value) Members() (m []string, ok bool) {
	if v.kind != KindList {
		return nil, false
	}
	ok = json.Unmarshal([]byte(v.str), &m) == nil
	return m, ok
}

// String renders the value for a person or a log line, without unit. Unknown renders as "unknown".
func (v Value) String() string {
	switch v.kind {
	case KindBool:
		return strconv.FormatBool(v.num == 1)
	case KindNumber:
		return strconv.FormatFloat(v.num, 'f', -1, 64)
	case KindTime:
		t, _ := v.Moment()
		return t.Format(time.RFC3339Nano)
	case KindString, KindList, KindObject:
		return v.str
	}
	return "unknown"
}

// MarshalJSON writes the natural JSON of the value: null for unknown, RFC 3339 for a time.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON writes to b.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case KindBool:
		return strconv.AppendBool(b, v.num == 1)
	case KindNumber:
		return strconv.AppendFloat(b, v.num, 'g', -1, 64)
	case KindString:
		q, _ := json.Marshal(v.str)
		return append(b, q...)
	case KindTime:
		t, _ := v.Moment()
		return append(append(append(b, '"'), t.Format(time.RFC3339Nano)...), '"')
	case KindList, KindObject:
		return append(b, v.str...)
	}
	return append(b, "null"...)
}

// UnmarshalJSON reads natural JSON. A time arrives as a string: [Property.Check] turns
// it into a time where the attribute is one.
func (v *Value) UnmarshalJSON(b []byte) error {
	var err error
	*v, err = fromRaw(b)
	return err
}

func fromRaw(b []byte) (Value, error) {
	var x any
	if err := json.Unmarshal(b, &x); err != nil {
		return Value{}, fmt.Errorf("value %.40q is not JSON: %w", b, err)
	}
	switch t := x.(type) {
	case nil:
		return Value{}, nil
	case bool:
		return Bool(t), nil
	case float64:
		return Number(t), nil
	case string:
		return String(t), nil
	case []any:
		canonical, err := json.Marshal(t)
		return Value{kind: KindList, str: string(canonical)}, err
	default:
		canonical, err := json.Marshal(t)
		return Value{kind: KindObject, str: string(canonical)}, err
	}
}
