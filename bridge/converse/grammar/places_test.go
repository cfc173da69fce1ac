package grammar

import (
	"slices"
	"testing"
)

func TestAPlaceNamedInOneLanguageIsUnderstoodInEveryOther(t *testing.T) {
	english := House{
		Areas:  []Place{{ID: "kitchen", Name: "Kitchen", Floor: "g"}, {ID: "bed", Name: "Bedroom", Floor: "u"}, {ID: "kids", Name: "Kids Room", Floor: "u"}},
		Floors: []Place{{ID: "g", Name: "Ground Floor"}, {ID: "u", Name: "Upstairs"}},
	}
	british := House{Floors: []Place{{ID: "g", Name: "Ground floor"}, {ID: "u", Name: "First floor"}, {ID: "t", Name: "Second floor"}}}
	american := House{Floors: []Place{{ID: "g", Name: "First floor"}, {ID: "u", Name: "Second floor"}}}
	chinese := House{Areas: []Place{{ID: "kitchen", Name: "厨房"}, {ID: "bed", Name: "主卧"}}, Floors: []Place{{ID: "g", Name: "一楼"}, {ID: "u", Name: "二楼"}}}
	for _, c := range []struct {
		house     House
		lang, say string
		place     string
	}{
		{english, "zh-CN", "关掉楼上的灯", "u"}, {english, "zh-CN", "把一楼的灯关了", "g"}, {english, "zh-TW", "把樓下的燈關掉", "g"}, {english, "zh-HK", "熄咗樓上啲燈", "u"},
		{english, "zh-CN", "打开厨房的灯", "kitchen"}, {english, "zh-CN", "打开主卧的灯", "bed"}, {english, "zh-HK", "開細路房啲燈", "kids"},
		{english, "ja", "二階の電気を消して", "u"}, {english, "ja", "キッチンの電気を消して", "kitchen"}, {english, "ko", "위층 불 꺼줘", "u"}, {english, "ko", "주방 불 꺼줘", "kitchen"},
		{english, "de", "mach das Licht in der Küche aus", "kitchen"}, {english, "fr", "éteins la lumière de la cuisine", "kitchen"},
		{british, "zh-CN", "关掉一楼的灯", "g"}, {british, "zh-CN", "关掉二楼的灯", "u"}, {british, "zh-CN", "关掉三楼的灯", "t"},
		{american, "zh-CN", "关掉一楼的灯", "g"}, {american, "zh-CN", "关掉楼上的灯", "u"},
		{chinese, "en", "turn off the lights upstairs", "u"}, {chinese, "en", "turn off the kitchen lights", "kitchen"}, {chinese, "en", "turn off the bedroom lights", "bed"},
		{chinese, "ja", "一階の電気を消して", "g"}, {chinese, "es", "apaga las luces de la cocina", "kitchen"},
	} {
		l, err := Load(c.lang)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := Compile(l, c.house).Parse(c.say)
		if len(m.Clauses) != 1 {
			t.Errorf("%s: %d commands", c.say, len(m.Clauses))
			continue
		}
		var got []string
		for _, p := range append(slices.Clone(m.Clauses[0].Areas), m.Clauses[0].Floors...) {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, []string{c.place}) {
			t.Errorf("%s: %v, want %s", c.say, got, c.place)
		}
	}
}
