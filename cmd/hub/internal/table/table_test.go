package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWidthCountsColumnsNotLetters(t *testing.T) {
	for s, want := range map[string]int{
		"":         0,
		"lamp":     4,
		"台灯":       4,
		"客厅 Lamp":  9,
		"é":        1, // e and a combining accent
		"21.5 °C":  7,
		"ﾗﾝﾌﾟ":     4, // half-width katakana
		"ランプ":      6,
		"램프":       4,
		"💡":        2,
		"a\u200db": 2,
		"！":        2,
		"…":        1,
	} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestCutKeepsWithinTheColumns(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"living room", 6, "livin…"},
		{"living room", 11, "living room"},
		{"客厅的灯", 6, "客厅…"},
		{"客厅的灯", 5, "客厅…"},
		{"客厅的灯", 1, "…"},
		{"abc", 0, ""},
	} {
		if got := Cut(tt.s, tt.n); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestColumnsLineUpInAnyScript(t *testing.T) {
	var b strings.Builder
	rows := [][]string{{"Lamp", "Bedroom", "on"}, {"台灯", "卧室", "开"}, {"x", "", "first\nsecond"}}
	if err := Write(&b, []string{"NAME", "ROOM", "STATE"}, rows, 0); err != nil {
		t.Fatal(err)
	}
	want := "NAME  ROOM     STATE\nLamp  Bedroom  on\n台灯  卧室     开\nx              first second\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestATableFitsTheTerminal(t *testing.T) {
	var b strings.Builder
	rows := [][]string{{"A lamp with a very long name", "Bedroom upstairs", "on 40 % 2700 K"}}
	if err := Write(&b, []string{"NAME", "ROOM", "STATE"}, rows, 40); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if w := Width(strings.TrimSuffix(line, "\n")); w > 40 {
			t.Errorf("%q takes %d columns", line, w)
		}
	}
}

func TestANameCannotSteerTheTerminal(t *testing.T) {
	var b strings.Builder
	const name = "lamp\x1b[2J\x07\u009b31m\u202eevil\tok\n"
	if n, err := fmt.Fprint(Safe(&b), name); err != nil || n != len(name) {
		t.Fatal(n, err)
	}
	if got, want := b.String(), "lamp[2J31mevil\tok\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzCutNeverExceeds(f *testing.F) {
	f.Add("客厅的灯 lamp", 5)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 0), 200)
		if w := Width(Cut(s, n)); w > n {
			t.Fatalf("Cut(%q, %d) takes %d columns", s, n, w)
		}
	})
}
