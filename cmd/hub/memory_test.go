package main

import (
	"testing"
	"time"
)

func TestTheCollectorIsLeftAloneWhenBusyAndLeanWhenQuiet(t *testing.T) {
	for _, tt := range []struct {
		name        string
		percent     int
		collections uint64
		want        int
	}{
		{"quiet stays lean", leanPercent, 0, leanPercent},
		{"a few are well", leanPercent, 2, leanPercent},
		{"busy gets room in proportion", leanPercent, 6, 150},
		{"a flood gets no more than the most", leanPercent, 1000, busyPercent},
		{"what suits stays", 150, 2, 150},
		{"quiet again goes back by halves", 150, 0, 75},
		{"and not below lean", 75, 0, leanPercent},
	} {
		if got := gcPercent(tt.percent, tt.collections, 2*time.Second); got != tt.want {
			t.Errorf("%s: %d%% after %d collections at %d%%, want %d%%", tt.name, got, tt.collections, tt.percent, tt.want)
		}
	}
}
