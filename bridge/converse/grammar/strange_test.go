package grammar

import "testing"

func TestWhatIsNotKnownIsNamedWhereTheRestIsAnOrder(t *testing.T) {
	house := House{Areas: []Place{{ID: "living", Name: "Living room", Aliases: []string{"客厅"}}}, Things: []Thing{{ID: "lamp", Name: "Floor lamp", Aliases: []string{"落地灯"}, Kind: "light", Area: "living"}}}
	for _, c := range [][3]string{
		{"en", "turn on the garage light", "garage"}, {"en", "set the attic to 20 degrees", "attic"}, {"en", "is the shed locked", "shed"},
		{"zh-CN", "把车库的灯打开", "车库"}, {"zh-CN", "打开阳台灯", "阳台"}, {"zh-CN", "阁楼多少度", "阁楼"},
		{"de", "schalte das Licht im Keller ein", "Keller"}, {"fr", "allume la lampe du grenier", "grenier"}, {"ru", "включи свет в подвале", "подвале"},
		{"ko", "지하실 불 켜줘", "지하실"}, {"ja", "サウナの電気をつけて", "サウナ"},
		{"en", "what is love", ""}, {"en", "the quick brown fox", ""}, {"zh-CN", "今天真开心", ""},
	} {
		l, err := Load(c[0])
		if err != nil {
			t.Fatal(err)
		}
		v := Compile(l, house)
		if m, ok := v.Parse(c[1]); ok {
			t.Errorf("%s: is understood as %s", c[1], m.Clauses[0].Intent)
		}
		if got, _ := v.Strange(c[1]); got != c[2] {
			t.Errorf("%s: not known is %q, want %q", c[1], got, c[2])
		}
	}
}
