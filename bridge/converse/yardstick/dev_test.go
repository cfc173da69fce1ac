package yardstick

import (
	"hash/crc32"
	"os"
	"testing"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

func TestDev(t *testing.T) {
	only := os.Getenv("LANGS")
	for _, lang := range grammar.Tags() {
		if only != "" && only != lang {
			continue
		}
		l, err := grammar.Load(lang)
		if err != nil {
			t.Error(err)
			continue
		}
		f, err := os.Open("/work/shared/voice/intents-dev/" + lang + ".jsonl")
		if err != nil {
			t.Skip(err)
		}
		cases, err := Read(f)
		if err != nil {
			t.Fatal(err)
		}
		var right, all, hright, hall int
		for i := range cases {
			c := &cases[i]
			held := crc32.ChecksumIEEE([]byte(c.Sentence+c.Combo))%3 == 0
			bad := c.Check(grammar.Compile(l, c.House()))
			if held {
				hall++
				if bad == "" {
					hright++
				}
				continue
			}
			all++
			if bad == "" {
				right++
			} else if os.Getenv("V") != "" {
				t.Logf("%s/%s | %s | %v | %s", c.Intent[4:], c.Combo, c.Sentence, c.Slots, bad)
			}
		}
		t.Logf("%s: dev %d/%d %.1f %%, held out %d/%d %.1f %%", lang, right, all, 100*float64(right)/float64(all), hright, hall, 100*float64(hright)/float64(hall))
	}
}
