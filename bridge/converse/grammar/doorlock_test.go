package grammar

import "testing"

// A lock is meant by "the front door locked" whatever the house calls it, and nothing is opened for the word 大 in 大门.
func TestDoorOfAnotherNameIsAskedOfItsLock(t *testing.T) {
	l, err := Load("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	v := Compile(l, House{Things: []Thing{
		{ID: "lock", Name: "入户门锁", Kind: "lock"},
		{ID: "contact", Name: "入户门", Kind: "binary", Class: "door"},
		{ID: "blind", Name: "百叶帘", Kind: "cover", Class: "blind"},
	}})
	for _, say := range []string{"前门锁了吗", "大门锁了吗", "门锁了吗", "大门锁好了没", "后门锁上了没", "家门锁好没", "大門鎖咗未", "大门开着吗"} {
		m, ok := v.Parse(say)
		if !ok || len(m.Clauses) != 1 || m.Clauses[0].Intent != "GetState" {
			t.Errorf("%s: %+v", say, m.Clauses)
			continue
		}
		if slots := v.Slots(&m.Clauses[0]); say != "大门开着吗" && slots["domain"] != "lock" {
			t.Errorf("%s asks for %v", say, slots)
		}
	}
}
