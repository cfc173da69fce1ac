package grammar

import (
	"testing"
)

func TestAnOrderIsFoundBesideWhatIsToldWithIt(t *testing.T) {
	house := House{Areas: []Place{{ID: "living", Name: "Living room", Aliases: []string{"客厅"}}},
		Things: []Thing{{ID: "door", Name: "Front door", Aliases: []string{"大门"}, Kind: "lock"}, {ID: "lamp", Name: "Night light", Aliases: []string{"小夜灯"}, Kind: "light", Area: "living"}}}
	for _, c := range []struct {
		lang, say string
		want      Intent
	}{
		{"en", "unlock the front door grandma's here", "Unlock"},
		{"en", "turn off the night light we have noisy visitors", "TurnOff"},
		{"en", "my book is too thrilling so turn the night light on", "TurnOn"},
		{"zh-CN", "我怕黑，把小夜灯打开", "TurnOn"},
		{"zh-CN", "打开客厅的灯我要看书", "TurnOn"},
		{"en", "she told me to turn on the night light", ""},
		{"en", "i'm afraid of thieves so don't unlock the front door", ""},
		{"zh-CN", "昨天我妈说，打开小夜灯", ""},
	} {
		l, err := Load(c.lang)
		if err != nil {
			t.Fatal(err)
		}
		var got Intent
		if m, ok := Compile(l, house).Parse(c.say); ok {
			got = m.Clauses[0].Intent
		}
		if got != c.want {
			t.Errorf("%s: is %q, want %q", c.say, got, c.want)
		}
	}
}
