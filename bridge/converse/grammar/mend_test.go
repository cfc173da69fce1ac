package grammar

import "testing"

func TestASpeakerCorrectsHimself(t *testing.T) {
	house := House{Areas: []Place{{ID: "kitchen", Name: "Kitchen", Aliases: []string{"Küche", "Cocina"}}, {ID: "hall", Name: "Hall", Aliases: []string{"Flur", "Pasillo"}}},
		Things: []Thing{{ID: "lamp", Name: "Lamp", Kind: "light", Area: "hall"}}}
	for _, c := range []struct {
		lang, say string
		want      Intent
		area      string
		value     float64
	}{
		{"en", "turn on the kitchen light no wait the hall light", "TurnOn", "hall", 0},
		{"en", "set the kitchen to 20, no, 21 degrees", "ClimateSetTemperature", "kitchen", 21},
		{"en", "turn the kitchen light on, sorry, off", "TurnOff", "kitchen", 0},
		{"en", "not the kitchen but the hall", "Correct", "hall", 0},
		{"en", "the kitchen light off, not the hall light", "TurnOff", "kitchen", 0},
		{"en", "no turn it off", "TurnOff", "", 0},
		{"de", "mach das Licht in der Küche an nein im Flur", "TurnOn", "hall", 0},
		{"es", "enciende la luz de la cocina no la del pasillo", "TurnOn", "hall", 0},
	} {
		l, err := Load(c.lang)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := Compile(l, house).Parse(c.say)
		if len(m.Clauses) != 1 || m.Clauses[0].Intent != c.want || m.Clauses[0].Value != c.value {
			t.Errorf("%s: is %+v", c.say, m.Clauses)
			continue
		}
		area := ""
		if a := m.Clauses[0].Areas; len(a) > 0 {
			area = a[0].ID
		}
		if area != c.area {
			t.Errorf("%s: is done in %q, want %q", c.say, area, c.area)
		}
	}
}

func TestWhatSomebodyDoesNotWantIsUndoneButNoVerbIs(t *testing.T) {
	house := House{Things: []Thing{{ID: "lamp", Name: "Desk lamp", Kind: "light"}, {ID: "anna", Name: "Anna", Kind: "person"}}}
	l, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	v := Compile(l, house)
	for say, want := range map[string]Intent{
		"i don't want the desk lamp on":         "TurnOff",
		"nobody needs the desk lamp":            "TurnOff",
		"keep the desk lamp on":                 "TurnOn",
		"i don't want to turn on the desk lamp": "",
		"there's no need to turn it off":        "",
		"anna is cold":                          "ClimateAdjust",
		"is anna cold":                          "GetState",
	} {
		var got Intent
		if m, ok := v.Parse(say); ok {
			got = m.Clauses[0].Intent
		}
		if got != want {
			t.Errorf("%s: is %q, want %q", say, got, want)
		}
	}
}
