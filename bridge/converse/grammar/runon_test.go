package grammar

import "testing"

// A run of verbs that nothing parts can be cut in very many ways: the work must not grow with them.
func BenchmarkRunOn(b *testing.B) {
	l, err := Load("zh-CN")
	if err != nil {
		b.Fatal(err)
	}
	v := Compile(l, House{})
	for b.Loop() {
		v.Parse("开关开关开关开关开关开关开关开关")
		v.Parse("关灯拉窗帘开电视关空调开风扇锁门")
	}
}
