package yardstick

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// everyday is a house of usual names.
func everyday() grammar.House {
	var h grammar.House
	for _, a := range [][2]string{{"living", "客厅"}, {"bedroom", "主卧"}, {"kitchen", "厨房"}, {"study", "书房"}} {
		en := map[string]string{"living": "Living room", "bedroom": "Bedroom", "kitchen": "Kitchen", "study": "Study"}[a[0]]
		h.Areas = append(h.Areas, grammar.Place{ID: a[0], Name: en, Aliases: []string{a[1]}})
	}
	add := func(kind, class, area, en, zh string) {
		h.Things = append(h.Things, grammar.Thing{ID: en, Name: en, Aliases: []string{zh}, Kind: kind, Class: class, Area: area})
	}
	add("light", "", "living", "Floor lamp", "落地灯")
	add("light", "", "bedroom", "Bedside lamp", "床头灯")
	add("climate", "", "bedroom", "Bedroom AC", "主卧空调")
	add("cover", "curtain", "living", "Living room curtain", "客厅窗帘")
	add("lock", "", "", "Front door", "大门")
	add("fan", "", "study", "Ceiling fan", "吊扇")
	add("media", "", "living", "TV", "电视")
	add("vacuum", "", "", "Rover", "小石头")
	add("scene", "", "", "Movie night", "观影")
	add("person", "", "", "Jane", "小明")
	return h
}

// known are the vocabularies that were made already: a language is worth some milliseconds.
var known = map[string]*grammar.Vocabulary{}

func vocabulary(t testing.TB, lang string) *grammar.Vocabulary {
	t.Helper()
	if v := known[lang]; v != nil {
		return v
	}
	l, err := grammar.Load(lang)
	if err != nil {
		t.Fatal(err)
	}
	known[lang] = grammar.Compile(l, everyday())
	return known[lang]
}

func TestEverydaySentences(t *testing.T) {
	for _, c := range [][3]string{
		{"zh-CN", "打开主卧空调", "TurnOn"}, {"zh-CN", "关闭主卧空调", "TurnOff"}, {"zh-CN", "主卧空调开到26度", "ClimateSetTemperature"},
		{"zh-CN", "把空调温度调高两度", "ClimateAdjust"}, {"zh-CN", "主卧空调调到制热", "ClimateSetMode"}, {"zh-CN", "空调风速调到高", "FanSetSpeed"},
		{"zh-CN", "客厅灯调暗一点", "LightAdjust"}, {"zh-CN", "客厅灯调成暖光", "LightSet"}, {"zh-CN", "色温4000K", "LightSet"}, {"zh-CN", "落地灯色温调到4000K", "LightSet"},
		{"zh-CN", "我回来了", "ImHome"}, {"zh-CN", "我出门了", "ImLeaving"}, {"zh-CN", "客厅热不热", "ClimateGetTemperature"}, {"zh-CN", "开锁", "Unlock"},
		{"zh-CN", "把所有窗帘拉上", "Close"}, {"zh-CN", "客厅太亮了", "LightAdjust"}, {"zh-CN", "亮度百分之三十", "LightSet"}, {"zh-CN", "四十分钟后到家", "ImArriving"},
		{"zh-CN", "我四十分钟后到家", "ImArriving"}, {"zh-CN", "有什么开着吗", "GetState"}, {"zh-CN", "谁在家", "WhoIsHome"}, {"zh-CN", "客厅为什么这么冷", "WhyCold"},
		{"zh-CN", "撤销", "Undo"}, {"zh-CN", "我有点冷", "ClimateAdjust"}, {"zh-CN", "太热了", "ClimateAdjust"}, {"zh-CN", "晚安", "HouseMode"}, {"zh-CN", "离家模式", "HouseMode"},
		{"zh-CN", "打开观影", "Scene"}, {"zh-CN", "让小石头去扫地", "VacuumStart"}, {"zh-CN", "空调开启摆风", "ClimateSwing"}, {"zh-CN", "主卧空调调到二十六度", "ClimateSetTemperature"},
		{"zh-CN", "关掉所有的灯", "TurnOff"}, {"zh-CN", "把窗帘打开一半", "SetPosition"}, {"zh-CN", "电视声音小一点", "SetVolumeRelative"}, {"zh-CN", "大门锁了吗", "GetState"},
		{"zh-CN", "现在室内温度多少", "ClimateGetTemperature"}, {"zh-CN", "湿度多少", "GetHumidity"}, {"zh-CN", "打开除湿模式", "ClimateSetMode"}, {"zh-CN", "调高一点温度", "ClimateAdjust"},
		{"zh-CN", "窗户关了没有", "GetState"}, {"zh-CN", "把灯调亮", "LightAdjust"}, {"zh-CN", "灯光调到最亮", "LightSet"}, {"zh-CN", "十分钟后关灯", "TurnOff"},
		{"en", "set the ac to cool", "ClimateSetMode"}, {"en", "turn the heat up two degrees", "ClimateAdjust"}, {"en", "heat up two degrees", "ClimateAdjust"}, {"en", "make it warmer", "ClimateAdjust"},
		{"en", "set the fan to high", "FanSetSpeed"}, {"en", "fan to high", "FanSetSpeed"}, {"en", "dim the lights a bit", "LightAdjust"}, {"en", "make the lights warm white", "LightSet"},
		{"en", "i am home", "ImHome"}, {"en", "i'm leaving", "ImLeaving"}, {"en", "close all the curtains", "Close"}, {"en", "i'll be home in 40 minutes", "ImArriving"},
		{"en", "a bit brighter", "LightAdjust"}, {"en", "is anything open", "GetState"}, {"en", "who is home", "WhoIsHome"}, {"en", "why is it cold", "WhyCold"}, {"en", "undo", "Undo"},
		{"en", "unlock the front door", "Unlock"}, {"en", "good night", "HouseMode"}, {"en", "it's too bright in here", "LightAdjust"}, {"en", "i'm cold", "ClimateAdjust"},
		{"en", "turn off everything", "TurnOff"}, {"en", "turn off all the lights", "TurnOff"}, {"en", "set the bedroom ac to twenty two degrees", "ClimateSetTemperature"},
		{"en", "open the curtains halfway", "SetPosition"}, {"en", "turn on movie night", "Scene"}, {"en", "turn it off", "TurnOff"}, {"en", "lock the front door", "Lock"},
		{"en", "where is jane", "WhereIs"}, {"en", "start rover", "VacuumStart"}, {"en", "turn off the ac in 30 minutes", "TurnOff"}, {"en", "set brightness to 40 percent", "LightSet"},
	} {
		m, ok := vocabulary(t, c[0]).Parse(c[1])
		if !ok || string(m.Clauses[0].Intent) != c[2] {
			got := "nothing"
			if ok {
				got = string(m.Clauses[0].Intent)
			}
			t.Errorf("%s: is %s, want %s", c[1], got, c[2])
		}
	}
}

func TestTwoCommandsInOneSentence(t *testing.T) {
	for _, c := range []struct {
		lang, say string
		want      []grammar.Intent
	}{
		{"zh-CN", "打开主卧的空调和灯", []grammar.Intent{"TurnOn", "TurnOn"}},
		{"zh-CN", "关掉客厅灯然后把窗帘拉上", []grammar.Intent{"TurnOff", "Close"}},
		{"en", "turn on the floor lamp and close the living room curtain", []grammar.Intent{"TurnOn", "Close"}},
		{"en", "turn off the floor lamp and the bedside lamp", []grammar.Intent{"TurnOff", "TurnOff"}},
		{"de", "mach das Licht an und die Vorhänge zu", []grammar.Intent{"TurnOn", "Close"}},
	} {
		m, _ := vocabulary(t, c.lang).Parse(c.say)
		var got []grammar.Intent
		for _, x := range m.Clauses {
			got = append(got, x.Intent)
		}
		if len(got) != len(c.want) || got[0] != c.want[0] || got[1] != c.want[1] {
			t.Errorf("%s: %v, want %v", c.say, got, c.want)
		}
	}
}

//go:embed testdata/unrelated.txt
var unrelated string

// harmless are the intents that change nothing in the house.
func harmless(i grammar.Intent) bool {
	switch i {
	case "Respond", "Nevermind", "Conditional", "Yes", "No", "GetWeather", "GetCurrentTime", "GetCurrentDate", "GetState", "WhoIsHome", "WhyCold", "GetReading", "GetHumidity", "ClimateGetTemperature", "WhereIs", "WhyState", "Remark", "TimerStatus":
		return true
	}
	return false
}

//go:embed testdata/nearmiss.txt
var nearMisses string

func TestUnrelatedSentencesDoNothing(t *testing.T) {
	if wrong, all := misled(t, unrelated, vocabulary); all != 650 || wrong*200 >= all {
		t.Errorf("%d of %d unrelated sentences do something", wrong, all)
	}
}

// Talk, news and songs in which the words of a house stand, in a house that has them all.
func TestNearMissesDoNothing(t *testing.T) {
	if wrong, all := misled(t, nearMisses, householdVocabulary); all < 100 || wrong*25 > all {
		t.Errorf("%d of %d sentences that only sound like orders do something", wrong, all)
	}
}

// misled counts the sentences, "language, tab, text", that would move something in the house.
func misled(t *testing.T, lines string, vocabulary func(testing.TB, string) *grammar.Vocabulary) (wrong, all int) {
	t.Helper()
	byLang := map[string]*grammar.Vocabulary{}
	for line := range strings.Lines(lines) {
		lang, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		if byLang[lang] == nil {
			byLang[lang] = vocabulary(t, lang)
		}
		all++
		if m, ok := byLang[lang].Parse(text); ok && !harmless(m.Clauses[0].Intent) {
			wrong++
			t.Logf("%s: %s", text, m.Clauses[0].Intent)
		}
	}
	t.Logf("%d of %d sentences do something", wrong, all)
	return wrong, all
}

func BenchmarkParse2000(b *testing.B) {
	for _, lang := range []string{"en", "zh-CN"} {
		l, err := grammar.Load(lang)
		if err != nil {
			b.Fatal(err)
		}
		var c Case
		seed := everyday()
		h := grammar.House{Areas: seed.Areas}
		for i := range Entities {
			x := seed.Things[i%len(seed.Things)]
			x.Name += " " + strings.Repeat("x", i%7) + string(rune('a'+i%26))
			h.Things = append(h.Things, x)
		}
		_ = c
		v := grammar.Compile(l, h)
		for name, text := range map[string]string{"match": map[string]string{"en": "turn on the lights in the kitchen", "zh-CN": "把厨房的灯打开"}[lang], "nomatch": map[string]string{"en": "the quick brown fox jumps over the lazy dog", "zh-CN": "今天晚上我们一起去看电影好不好"}[lang]} {
			b.Run(lang+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					v.Parse(text)
				}
				b.ReportMetric(float64(v.Bytes())/(1<<20), "grammar-MB")
			})
		}
	}
}
