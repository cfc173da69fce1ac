package yardstick

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

//go:embed testdata/probes.txt
var probes string

func TestWhatAHouseholdSaysEveryDay(t *testing.T) {
	all := 0
	for line := range strings.Lines(probes) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			continue
		}
		all++
		t.Run(fields[1], func(t *testing.T) {
			v := vocabulary(t, fields[0])
			m, _ := v.Parse(fields[1])
			wants := strings.Split(fields[2], " & ")
			if len(m.Clauses) != len(wants) {
				t.Fatalf("%d commands, want %s", len(m.Clauses), fields[2])
			}
			for i, want := range wants {
				intent, rest, _ := strings.Cut(want, " ")
				got := told(v, &m.Clauses[i])
				if !slices.Contains(got, intent) {
					t.Errorf("is %v, want %s", got, want)
				}
				for _, w := range meant(rest) {
					if !slices.Contains(got, w) {
						t.Errorf("%v lacks %s", got, w)
					}
				}
			}
		})
	}
	if all < 92 {
		t.Errorf("only %d sentences", all)
	}
}

// meant parts "name=Floor lamp state=on" at the words before "=".
func meant(text string) []string {
	var out []string
	for _, w := range strings.Fields(text) {
		if strings.Contains(w, "=") {
			out = append(out, w)
		} else {
			out[len(out)-1] += " " + w
		}
	}
	return out
}

// told is all that a clause says, as key=value.
func told(v *grammar.Vocabulary, c *grammar.Clause) []string {
	out := []string{string(c.Intent)}
	if t, ok := c.Name(); ok {
		out = append(out, "name="+t.Name)
	}
	for key, value := range v.Slots(c) {
		out = append(out, fmt.Sprint(key, "=", value))
	}
	for key, value := range c.Words {
		out = append(out, key+"="+value)
	}
	for _, x := range c.Except {
		out = append(out, "except="+x.Things[0].Name)
	}
	for _, x := range c.ExceptAreas {
		out = append(out, "except="+x.Name)
	}
	return append(out, fmt.Sprint("value=", c.Value), fmt.Sprint("delay=", c.Delay.Total()), "at="+c.At.String())
}
