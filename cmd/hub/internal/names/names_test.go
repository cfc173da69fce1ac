package names

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var house = []Thing{
	{ID: "a1", Names: []string{"Lamp", "台灯"}, Hint: "Bedroom"},
	{ID: "a2", Names: []string{"Ceiling lamp", "吸顶灯"}},
	{ID: "a3", Names: []string{"Hall/Motion"}},
	{ID: "a4", Names: []string{"Radiator"}, Hint: "Bedroom"},
	{ID: "a5", Names: []string{"radiator"}, Hint: "Kitchen"},
	{ID: "a6", Names: []string{"Wohnzimmer Stehlampe ß"}},
}

func TestANameFindsTheOneThingMeant(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"id", "a5", "a5"},
		{"exact name wins over the longer one that contains it", "lamp", "a1"},
		{"Chinese name", "台灯", "a1"},
		{"part of a Chinese name", "吸顶", "a2"},
		{"name with a slash", "hall/motion", "a3"},
		{"prefix", "ceil", "a2"},
		{"substring", "stehl", "a6"},
		{"spaces make no difference", "  ceiling   LAMP ", "a2"},
		{"full-width letters", "Ｌａｍｐ", "a1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i, err := Find(house, tt.query)
			if err != nil || house[i].ID != tt.want {
				t.Fatalf("Find(%q) = %d, %v; want %s", tt.query, i, err, tt.want)
			}
		})
	}
}

func TestAnAmbiguousNameListsItsCandidates(t *testing.T) {
	_, err := Find(house, "radiator")
	var e *AmbiguousError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an AmbiguousError", err)
	}
	if diff := cmp.Diff(`"radiator" may be Radiator (Bedroom) [a4], radiator (Kitchen) [a5]`, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestAnUnknownNameSuggestsNearOnes(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"radaitor", `nothing is called "radaitor"; did you mean Radiator (Bedroom), radiator (Kitchen)?`},
		{"ceilingglamp", `nothing is called "ceilingglamp"; did you mean Ceiling lamp?`},
		{"dishwasher", `nothing is called "dishwasher"`},
		{"台灰", `nothing is called "台灰"; did you mean Lamp (Bedroom)?`},
		{"", `nothing is called ""`},
	} {
		_, err := Find(house, tt.query)
		if err == nil || err.Error() != tt.want {
			t.Errorf("Find(%q): got %v, want %s", tt.query, err, tt.want)
		}
	}
}

func TestDistanceIsAMeasure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		d := Distance(a, b)
		if d != Distance(b, a) {
			t.Fatal("not symmetric")
		}
		if (d == 0) != (string([]rune(a)) == string([]rune(b))) {
			t.Fatal("0 for what differs")
		}
		if d > max(len([]rune(a)), len([]rune(b))) {
			t.Fatal("more than replacing all")
		}
	})
}

func FuzzFindNeverPanicsAndFindsByID(f *testing.F) {
	f.Add("lamp", "台灯")
	f.Fuzz(func(t *testing.T, query, name string) {
		things := []Thing{{ID: "x", Names: []string{name}}, {ID: "y"}}
		if i, err := Find(things, query); err == nil && i < 0 {
			t.Fatal("neither a thing nor an error")
		}
		if i, _ := Find(things, "x"); i != 0 {
			t.Fatal("an id is not found")
		}
	})
}
