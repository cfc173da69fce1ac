package messages

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// Value is a value as a person reads it: "21.5 °C", "on", "unknown"; enum members by their
// labels, spans of time in words, times of day in the value's own zone.
func Value(lang string, p *model.Property, v model.Value) string {
	switch v.Kind() {
	case model.KindUnknown:
		return Text(lang, "unknown")
	case model.KindBool:
		return truth(lang, p, v)
	case model.KindNumber:
		return number(lang, p, v)
	case model.KindString:
		s, _ := v.Text()
		return option(lang, p, s)
	case model.KindTime:
		t, _ := v.Moment()
		return t.Local().Format("2006-01-02 15:04")
	case model.KindList:
		return members(lang, p, v)
	}
	return v.String()
}

func truth(lang string, p *model.Property, v model.Value) string {
	if p != nil {
		if key := wordKey(p, v); Has(key) {
			return Text(lang, key)
		}
	}
	return Text(lang, "value."+v.String())
}

// wordKey is the message of a value that has a word of its own.
func wordKey(p *model.Property, v model.Value) string {
	return "value." + string(p.Attribute) + "." + v.String()
}

func number(lang string, p *model.Property, v model.Value) string {
	f, _ := v.Number()
	if p == nil {
		return v.String()
	}
	if key := wordKey(p, v); Has(key) {
		return Text(lang, key)
	}
	if p.Unit == "s" && math.Abs(f) >= 60 {
		return Span(lang, time.Duration(f*float64(time.Second)))
	}
	return withUnit(lang, digits(p, f), p.Unit)
}

func withUnit(lang, n, unit string) string {
	switch {
	case unit == "":
		return n
	case unit == "°", unit == "%" && base(lang) == "zh":
		return n + unit
	}
	return n + " " + unit
}

// digits writes a number as exactly as its step, or, without one, as its size asks for.
func digits(p *model.Property, f float64) string {
	places := 3
	switch abs := math.Abs(f); {
	case p.Type == model.TypeInt:
		places = 0
	case p.Step > 0 && p.Step < 1:
		places = min(4, int(math.Ceil(-math.Log10(p.Step)-1e-9)))
	case abs >= 100:
		places = 1
	case abs >= 1:
		places = 2
	}
	s := strconv.FormatFloat(f, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

func option(lang string, p *model.Property, s string) string {
	if p == nil || (p.Type != model.TypeEnum && p.Type != model.TypeSet) {
		return s
	}
	return model.OptionLabel(p.Attribute, s).In(base(lang))
}

func members(lang string, p *model.Property, v model.Value) string {
	m, ok := v.Members()
	if !ok {
		return v.String()
	}
	if len(m) == 0 {
		return Text(lang, "none")
	}
	for i := range m {
		m[i] = option(lang, p, m[i])
	}
	return strings.Join(m, Text(lang, "list.comma"))
}

// Expected says what a property takes: "a number from 0 to 100 %".
func Expected(lang string, p *model.Property) string {
	key := "expected." + string(p.Type)
	switch p.Type {
	case model.TypeInt, model.TypeFloat:
		return expectedNumber(lang, p, Text(lang, key))
	case model.TypeEnum, model.TypeSet:
		if len(p.Options) == 0 {
			return Text(lang, "expected.string")
		}
		return Text(lang, key, strings.Join(p.Options, Text(lang, "list.comma")))
	}
	return Text(lang, key)
}

func expectedNumber(lang string, p *model.Property, kind string) string {
	bound := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	upper := func(f float64) string { return withUnit(lang, bound(f), p.Unit) }
	switch {
	case p.Min != nil && p.Max != nil:
		return Text(lang, "expected.between", kind, bound(*p.Min), upper(*p.Max))
	case p.Min != nil:
		return Text(lang, "expected.least", kind, upper(*p.Min))
	case p.Max != nil:
		return Text(lang, "expected.most", kind, upper(*p.Max))
	case p.Unit != "":
		return kind + " (" + p.Unit + ")"
	}
	return kind
}

// Label is what an attribute is called: by its property, else the catalogue, else its own key in plain words.
func Label(lang string, p *model.Property) string {
	if s := p.Label.In(base(lang)); s != "" {
		return s
	}
	if c := model.LookupAttribute(p.Attribute); c != nil {
		if s := c.Label.In(base(lang)); s != "" {
			return s
		}
	}
	_, name := p.Attribute.Split()
	return strings.ReplaceAll(name, "_", " ")
}

// Type is what a device type is called; one that the catalogue does not have is called what it is.
func Type(lang string, t model.DeviceType) string {
	if spec := model.LookupDeviceType(t); spec != nil {
		return spec.Label.In(base(lang))
	}
	return strings.ReplaceAll(string(t), "_", " ")
}
