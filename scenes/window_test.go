package scenes

import (
	"testing"
	"time"

	"github.com/concord-home/hub/home"
)

func TestAWindowMayBeginAndEndByTheSun(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	place := &home.Place{Latitude: 52.52, Longitude: 13.4}
	june := func(h, m int) time.Time { return time.Date(2026, 6, 21, h, m, 0, 0, berlin) } // the sun is up from 4:43 to 21:33
	edgeOf := func(s string) *edge {
		e, ok := parseEdge(s)
		if !ok {
			t.Fatalf("%q is not read", s)
		}
		return &e
	}
	tests := []struct {
		from, to string
		at       time.Time
		place    *home.Place
		want     home.Verdict
	}{
		{"sunset", "sunrise", june(22, 0), place, home.True},
		{"sunset", "sunrise", june(3, 0), place, home.True},
		{"sunset", "sunrise", june(12, 0), place, home.False},
		{"sunset", "sunrise", june(21, 20), place, home.False},
		{"sunset-30m", "sunrise", june(21, 20), place, home.True},
		{"sunrise+1h", "12:00", june(5, 30), place, home.False},
		{"sunrise+1h", "12:00", june(6, 0), place, home.True},
		{"sunset", "sunrise", june(22, 0), nil, home.Unknown},
		{"sunset", "sunrise", june(22, 0), &home.Place{Latitude: 78.2, Longitude: 15.6}, home.Unknown}, // the sun does not set
	}
	for _, tt := range tests {
		w := &window{from: edgeOf(tt.from), to: edgeOf(tt.to)}
		if got := w.within(tt.at, tt.place); got != tt.want {
			t.Errorf("%s at %s: %v, want %v", w.text(), tt.at.Format("15:04"), got, tt.want)
		}
	}
	w := &window{from: edgeOf("sunset-30m"), to: edgeOf("sunrise")}
	if next := w.next(june(12, 0), berlin, place).In(berlin); next.Hour() != 21 || next.Minute() > 10 {
		t.Errorf("the next change is at %s", next.Format("15:04"))
	}
	for _, bad := range []string{"", "moonrise", "sunset-", "sunset-13h", "25:00", "sunset 30m"} {
		if _, ok := parseEdge(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}
