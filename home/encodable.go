package home

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/concord-home/hub/model"
)

var (
	timeType  = reflect.TypeFor[time.Time]()
	valueType = reflect.TypeFor[model.Value]()
	rawType   = reflect.TypeFor[json.RawMessage]()
)

// encodable refuses a fact that the log could not give back as it came: JSON knows no NaN, no
// infinity, no text that is not UTF-8 and no year beyond 9999. After a restart it would be
// another fact. Reports, which are many, are checked value by value instead: see [asLogged].
func encodable(v reflect.Value, field string) error {
	if !v.IsValid() {
		return nil
	}
	switch v.Type() {
	case timeType:
		return encodableTime(v.Interface().(time.Time), field)
	case valueType:
		x := v.Interface().(model.Value)
		if t, ok := x.Moment(); ok {
			return encodableTime(t, field)
		}
		return encodableText(x.String(), field)
	case rawType:
		return encodableText(string(v.Bytes()), field) // that it is JSON at all, who reads it says better
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return refuse(field, fmt.Sprint(f), "a finite number")
		}
	case reflect.String:
		return encodableText(v.String(), field)
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return encodable(v.Elem(), field)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := encodable(v.Index(i), field); err != nil {
				return err
			}
		}
	case reflect.Map:
		return encodableMap(v, field)
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if err := encodable(v.Field(i), name); err != nil {
				return err
			}
		}
	}
	return nil
}

func encodableMap(v reflect.Value, field string) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, k := range keys {
		if err := encodableText(k.String(), field); err != nil {
			return err
		}
		if err := encodable(v.MapIndex(k), k.String()); err != nil {
			return err
		}
	}
	return nil
}

func encodableText(s, field string) error {
	if !utf8.ValidString(s) {
		return refuse(field, fmt.Sprintf("%.40q", s), "text in UTF-8")
	}
	return nil
}

func encodableTime(t time.Time, field string) error {
	if y := t.Year(); y < 0 || y > 9999 {
		return refuse(field, fmt.Sprint("the year ", y), "a time within the years 0 to 9999")
	}
	return nil
}

// asLogged is a text as the log gives it back: what is not UTF-8 is replaced.
func asLogged(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b, _ := json.Marshal(s)
	_ = json.Unmarshal(b, &s)
	return s
}

// check is [model.Property.Check] of a value as the log gives it back, so that a fact means the same
// today and after a restart: a time is a text there until its attribute makes it a time again.
func check(p *model.Property, v model.Value) (model.Value, error) {
	switch v.Kind() {
	case model.KindTime:
		if t, _ := v.Moment(); p.Type != model.TypeTime || t.Year() < 0 || t.Year() > 9999 {
			v = model.String(v.String())
		}
	case model.KindString:
		if s, _ := v.Text(); !utf8.ValidString(s) {
			v = model.String(asLogged(s))
		}
	}
	return p.Check(v)
}
