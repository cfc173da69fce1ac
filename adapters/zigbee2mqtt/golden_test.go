package zigbee2mqtt

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestGoldenTranslations(t *testing.T) {
	in, err := os.Open("testdata/definitions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var got bytes.Buffer
	if _, err := TranslateFile(in, &got); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/definitions.golden"
	short := shorten(t, got.Bytes())
	if *update {
		if err := os.WriteFile(golden, []byte(short), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), short); diff != "" {
		t.Errorf("translations changed (-want +got); go test -update accepts them:\n%s", diff)
	}
}

// shorten renders translations so that a person can review them: one line a property.
func shorten(t *testing.T, lines []byte) string {
	t.Helper()
	var b strings.Builder
	for line := range bytes.Lines(lines) {
		var x Translated
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		d := x.Description
		b.WriteString(d.Vendor + " " + d.Model + " | " + d.Product + " | " + string(d.Type) + "\n")
		for _, e := range d.Endpoints {
			b.WriteString("  " + string(e.ID) + " " + string(e.Type) + "\n")
			for _, p := range e.Properties {
				b.WriteString("    " + strings.TrimSpace(string(p.Attribute)+" "+string(p.Access)+" "+p.Expected()))
				if !p.Value.IsUnknown() {
					b.WriteString(" = " + p.Value.String())
				}
				b.WriteString("\n")
			}
			for _, a := range e.Actions {
				b.WriteString("    " + string(a) + "()\n")
			}
			for _, i := range e.Events {
				b.WriteString("    " + string(i.Event) + " ! " + strings.Join(i.Options, " ") + "\n")
			}
		}
	}
	return b.String()
}
