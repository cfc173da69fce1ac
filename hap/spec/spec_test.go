package spec

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestTypesInShortForm(t *testing.T) {
	for in, want := range map[string]string{
		"00000025-0000-1000-8000-0026BB765291": "25", "25": "25", "0000008a-0000-1000-8000-0026bb765291": "8A", "8a": "8A",
		"E863F10D-079E-48FF-8F27-9C2605A29F52": "E863F10D-079E-48FF-8F27-9C2605A29F52", "00000000-0000-1000-8000-0026BB765291": "0",
	} {
		if got := Short(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if ServiceType("Lightbulb") != "43" || CharacteristicType("On") != "25" || ServiceName("8C") != "WindowCovering" || !Infrastructure("3E") || Vendor("25") {
		t.Error("the tables do not fit")
	}
}

func TestValuesAsTheirFormatHasThem(t *testing.T) {
	for _, c := range []struct {
		format, raw string
		want        any
		ok          bool
	}{
		{"bool", "1", true, true}, {"bool", "0", false, true}, {"bool", "true", true, true}, {"bool", "2", true, false}, {"uint8", "true", 1.0, true},
		{"int", "-45", -45.0, true}, {"float", "21.5", 21.5, true}, {"uint64", "18446744073709551615", 18446744073709551615.0, true}, {"string", "\"灯\"", "灯", true},
		{"uint8", "null", nil, true}, {"uint8", "\"abc\"", "abc", false}, {"uint8", "", nil, false}, {"uint8", "[1]", nil, false}, {"uint8", "{", nil, false},
	} {
		got, ok := (&Characteristic{Format: c.format}).Decode(json.RawMessage(c.raw))
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s %s: %v %v", c.format, c.raw, got, ok)
		}
	}
}

func TestDatabasesOfNoUseAreRefused(t *testing.T) {
	for _, b := range []string{"", "{}", "[]", `{"accessories":[{"aid":0}]}`, `{"accessories":[{"aid":1},{"aid":1}]}`, `{"accessories":[{"aid":"x"}]}`} {
		if _, err := ParseAccessories([]byte(b)); !errors.Is(err, ErrDatabase) {
			t.Errorf("%s: %v", b, err)
		}
	}
}

func FuzzParseAccessories(f *testing.F) {
	f.Add([]byte(`{"accessories":[{"aid":1,"services":[{"iid":1,"type":"3E","characteristics":[{"iid":2,"type":"14","perms":["pw"],"format":"bool","value":null}]},null]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		db, err := ParseAccessories(b)
		if err != nil {
			return
		}
		for _, a := range db {
			for _, s := range a.Services {
				for _, c := range s.Characteristics {
					_, _ = c.Decode(c.Value)
				}
			}
		}
	})
}
