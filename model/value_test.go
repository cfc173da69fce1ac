package model_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concord-home/hub/model"
)

// anyValue draws a value of any kind that JSON can carry back as it was; times come back as text.
func anyValue() *rapid.Generator[model.Value] {
	return rapid.OneOf(
		rapid.Just(model.Value{}),
		rapid.Map(rapid.Bool(), model.Bool),
		rapid.Map(rapid.Float64(), model.Number),
		rapid.Map(rapid.String(), model.String),
		rapid.Map(rapid.SliceOf(rapid.String()), func(m []string) model.Value { return model.Set(m...) }),
		rapid.Map(rapid.MapOf(rapid.String(), rapid.Float64Range(-1e9, 1e9)), object),
		rapid.Map(rapid.SliceOf(rapid.Bool()), object),
	)
}

func object[T any](v T) model.Value {
	o, err := model.Object(v)
	if err != nil {
		panic(err) // the generators draw nothing that JSON cannot carry
	}
	return o
}

func TestValueSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue().Draw(t, "value")
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("marshal %v: %v", v, err)
		}
		var back model.Value
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("unmarshal %s: %v", b, err)
		}
		if back != v {
			t.Fatalf("%s: got %#v, want %#v", b, back, v)
		}
	})
}

func TestTimeSurvivesJSONThroughItsProperty(t *testing.T) {
	p := &model.Property{Attribute: "health.last_seen", Type: model.TypeTime}
	rapid.Check(t, func(t *rapid.T) {
		v := model.Time(time.UnixMilli(rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "ms")))
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var text model.Value
		if err := json.Unmarshal(b, &text); err != nil {
			t.Fatal(err)
		}
		if back, err := p.Check(text); err != nil || back != v {
			t.Fatalf("%s: got %v, %v", b, back, err)
		}
	})
}

func TestAppendJSONIsMarshalJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue().Draw(t, "value")
		marshalled, _ := v.MarshalJSON()
		if appended := v.AppendJSON([]byte("x")); string(appended) != "x"+string(marshalled) {
			t.Fatalf("appended %s, marshalled %s", appended, marshalled)
		}
	})
}

func TestNumbersThatAreNoMeasurementsAreUnknown(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if v := model.Number(f); !v.IsUnknown() {
			t.Errorf("Number(%v) = %v, want unknown", f, v)
		}
	}
	if model.Number(math.Copysign(0, -1)) != model.Number(0) {
		t.Error("-0 and 0 are different values")
	}
}

func TestSetIsSortedWithoutRepetition(t *testing.T) {
	if model.Set("b", "a", "b") != model.Set("a", "b") {
		t.Error("order or repetition makes a difference")
	}
	if got := model.Set().String(); got != "[]" {
		t.Errorf("the empty set is %s", got)
	}
	members, ok := model.Set("heat", "fan").Members()
	if !ok || !slices.Equal(members, []string{"fan", "heat"}) {
		t.Errorf("members %q, %t", members, ok)
	}
}

func TestAccessorsRefuseOtherKinds(t *testing.T) {
	now := time.UnixMilli(1700000000123).UTC()
	list, err := model.Object([]int{1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		v    model.Value
		kind model.Kind
		text string
	}{
		{"unknown", model.Value{}, model.KindUnknown, "unknown"},
		{"bool", model.Bool(true), model.KindBool, "true"},
		{"number", model.Number(21.5), model.KindNumber, "21.5"},
		{"large number", model.Number(1e21), model.KindNumber, "1000000000000000000000"},
		{"string", model.String("heat"), model.KindString, "heat"},
		{"time", model.Time(now), model.KindTime, "2023-11-14T22:13:20.123Z"},
		{"list", list, model.KindList, "[1]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, isBool := tt.v.Bool()
			_, isNumber := tt.v.Number()
			_, isText := tt.v.Text()
			_, isTime := tt.v.Moment()
			got := []bool{isBool, isNumber, isText, isTime}
			want := []bool{tt.kind == model.KindBool, tt.kind == model.KindNumber, tt.kind == model.KindString, tt.kind == model.KindTime}
			if tt.v.Kind() != tt.kind || !slices.Equal(got, want) {
				t.Errorf("kind %d, accessors %v; want kind %d, %v", tt.v.Kind(), got, tt.kind, want)
			}
			if _, ok := tt.v.Members(); ok {
				t.Error("has members, and is no list of strings")
			}
			if tt.v.String() != tt.text {
				t.Errorf("String() = %q, want %q", tt.v.String(), tt.text)
			}
		})
	}
}

func TestObjectRefusesWhatJSONCannotCarry(t *testing.T) {
	if _, err := model.Object(func() {}); err == nil {
		t.Error("a function became a value")
	}
}

// FuzzValueJSON holds that reading never panics, and what was read is written in one canonical form.
func FuzzValueJSON(f *testing.F) {
	for _, s := range []string{
		`null`, `true`, `0`, `-0`, `1e400`, `21.5`, `"heat"`, `"\ud800"`, `"<&>"`, `["b","a"]`, `[-0,1e20]`,
		`{"on":true,"until":"2026-01-31T18:30:00Z"}`, `{"a":{"b":[null]}}`, `[`, ``, "\"\xff\"",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v model.Value
		if json.Unmarshal(b, &v) != nil {
			return
		}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", b, err)
		}
		var again model.Value
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%q was written as %q, which cannot be read: %v", b, written, err)
		}
		if again != v {
			t.Fatalf("%q reads as %#v, written and read again as %#v", b, v, again)
		}
	})
}
