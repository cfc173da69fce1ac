package yardstick

import (
	"os"
	"testing"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

func TestSay(t *testing.T) {
	lang, text := os.Getenv("LANGS"), os.Getenv("S")
	if text == "" {
		t.Skip()
	}
	l, err := grammar.Load(lang)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := os.Open("/work/shared/voice/intents-dev/" + lang + ".jsonl")
	cases, _ := Read(f)
	h := grammar.House{}
	for i := range cases {
		if cases[i].Sentence == text {
			h = cases[i].House()
		}
	}
	v := grammar.Compile(l, h)
	for _, p := range v.Explain(text) {
		t.Logf("%+v", p)
	}
	m, ok := v.Parse(text)
	t.Log(ok, m.Cost)
	for i := range m.Clauses {
		t.Logf("%+v %v", m.Clauses[i], v.Slots(&m.Clauses[i]))
	}
}
