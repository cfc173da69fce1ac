package grammar

import (
	"testing"
	"time"
)

var lampHouse = House{Things: []Thing{
	{ID: "lamp", Name: "Lamp", Aliases: []string{"台灯", "檯燈", "Lampe", "lámpara azul", "lampada", "лампу", "ランプ", "스탠드"}, Kind: "light"},
	{ID: "heater", Name: "Heater", Aliases: []string{"Heizlüfter"}, Kind: "switch"},
}}

func TestATimeOfDayPutsACommandOff(t *testing.T) {
	known := map[string]*Vocabulary{}
	for _, c := range []struct{ lang, say, at, command string }{
		{"en", "turn on the heater at half past seven", "7:30", "turn on the heater"},
		{"en", "turn on the lamp tomorrow at 7", "7:00 +1", "turn on the lamp"},
		{"en", "turn off the lamp at 11 pm", "11:00pm", "turn off the lamp"},
		{"en", "tomorrow morning at quarter to eight turn on the lamp", "7:45am +1", "turn on the lamp"},
		{"en", "at 22:15 turn off the lamp", "22:15", "turn off the lamp"},
		{"en", "turn off all the lights at ten thirty tonight", "10:30pm +0", "turn off all the lights"},
		{"en", "turn off the lamp at midnight", "0:00", "turn off the lamp"},
		{"en", "turn on the lamp at seven o'clock", "7:00", "turn on the lamp"},
		{"en", "turn on the lamp at ten past six", "6:10", "turn on the lamp"},
		{"zh-CN", "晚上八点半关灯", "8:30pm", "关灯"},
		{"zh-CN", "明早七点打开台灯", "7:00am +1", "打开台灯"},
		{"zh-CN", "今晚十点一刻关掉台灯", "10:15pm +0", "关掉台灯"},
		{"zh-CN", "下午3点15分打开台灯", "3:15pm", "打开台灯"},
		{"zh-TW", "明天早上七點打開檯燈", "7:00am +1", "打開檯燈"},
		{"zh-HK", "聽日朝早七點半開檯燈", "7:30am +1", "開檯燈"},
		{"de", "mach um halb acht die Lampe an", "7:30", "die Lampe an"},
		{"de", "schalte morgen früh um 7 Uhr 15 die Lampe ein", "7:15am +1", "die Lampe ein"},
		{"de", "Viertel nach neun Lampe aus", "9:15", "Lampe aus"},
		{"fr", "allume la lampe à sept heures et demie", "7:30", "allume la lampe"},
		{"fr", "éteins la lampe ce soir à 22h30", "22:30pm +0", "éteins la lampe"},
		{"es", "enciende la lámpara azul a las siete y media", "7:30", "enciende la lámpara azul"},
		{"es", "apaga la lámpara azul a las ocho menos cuarto", "7:45", "apaga la lámpara azul"},
		{"it", "accendi la lampada domani alle 7 e mezza", "7:30 +1", "accendi la lampada"},
		{"ru", "включи лампу завтра в семь тридцать", "7:30 +1", "включи лампу"},
		{"ru", "включи лампу в половине восьмого", "7:30", "включи лампу"},
		{"ja", "明日の朝7時にランプをつけて", "7:00am +1", "ランプをつけて"},
		{"ko", "저녁 여덟 시 반에 스탠드 꺼줘", "8:30pm", "스탠드 꺼줘"},
	} {
		if known[c.lang] == nil {
			l, err := Load(c.lang)
			if err != nil {
				t.Fatal(err)
			}
			known[c.lang] = Compile(l, lampHouse)
		}
		m, ok := known[c.lang].Parse(c.say)
		if !ok || len(m.Clauses) != 1 {
			t.Errorf("%s: not understood", c.say)
			continue
		}
		if got := m.Clauses[0]; got.At.String() != c.at || got.Command != c.command {
			t.Errorf("%s: at %q %q, want %q %q", c.say, got.At, got.Command, c.at, c.command)
		}
	}
}

func TestANumberIsNoTimeOfDayWhereNothingIsPutOff(t *testing.T) {
	l, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	v := Compile(l, lampHouse)
	for _, say := range []string{"set the lamp to 7", "set the lamp at 50 percent", "turn on the lamp", "set a timer for 7 minutes", "what time is it", "dim the lamp to 10"} {
		if m, ok := v.Parse(say); !ok || !m.Clauses[0].At.IsZero() {
			t.Errorf("%s: understood %v, at %q", say, ok, m.Clauses[0].At)
		}
	}
}

func TestTheNextMomentOfATimeOfDay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("this machine knows no time zones")
	}
	at := func(text string) time.Time {
		tm, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	said := func(h, m, day int, part string, exact bool) Clock {
		return Clock{Hour: h, Minute: m, Day: day, Part: part, exact: exact, said: true}
	}
	for name, c := range map[string]struct {
		now  string
		say  Clock
		want time.Time
	}{
		"the evening is nearer":         {"2026-05-04 18:00", said(7, 30, -1, "", false), at("2026-05-04 19:30")},
		"the morning is nearer":         {"2026-05-04 21:00", said(7, 30, -1, "", false), at("2026-05-05 07:30")},
		"07:30 is the morning":          {"2026-05-04 18:00", said(7, 30, -1, "", true), at("2026-05-05 07:30")},
		"tomorrow at 7 is the morning":  {"2026-05-04 06:00", said(7, 0, 1, "", false), at("2026-05-05 07:00")},
		"today at 7, after breakfast":   {"2026-05-04 10:00", said(7, 0, 0, "", false), at("2026-05-04 19:00")},
		"noon":                          {"2026-05-04 10:00", said(12, 0, -1, "pm", true), at("2026-05-04 12:00")},
		"midnight":                      {"2026-05-04 10:00", said(0, 0, -1, "", true), at("2026-05-05 00:00")},
		"12 am":                         {"2026-05-04 10:00", said(12, 0, -1, "am", false), at("2026-05-05 00:00")},
		"spring: 2:30 is not there":     {"2026-03-28 20:00", said(2, 30, 1, "", true), at("2026-03-29 03:30")},
		"spring: 7:00 is 10 h away":     {"2026-03-28 20:00", said(7, 0, 1, "", false), at("2026-03-28 20:00").Add(10 * time.Hour)},
		"autumn: 7:00 is 12 h away":     {"2026-10-24 20:00", said(7, 0, 1, "", false), at("2026-10-24 20:00").Add(12 * time.Hour)},
		"autumn: the first of two 2:30": {"2026-10-24 20:00", said(2, 30, 1, "", true), at("2026-10-24 20:00").Add(6*time.Hour + 30*time.Minute)},
	} {
		if got := c.say.Next(at(c.now)); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
