package plot

import (
	"strings"
	"time"

	"github.com/concord-home/hub/cmd/hub/internal/table"
)

// Span is a stretch of time in which an attribute had one value.
type Span struct {
	From, To time.Time
	Label    string // the value as a person reads it
}

// Spans turns samples, in order of time, into spans that last until the next sample,
// the last until the end. Equal neighbours become one.
func Spans(at []time.Time, labels []string, end time.Time) []Span {
	var out []Span
	for i := range at {
		if n := len(out); n > 0 {
			out[n-1].To = at[i]
			if out[n-1].Label == labels[i] {
				continue
			}
		}
		out = append(out, Span{From: at[i], Label: labels[i]})
	}
	if n := len(out); n > 0 {
		out[n-1].To = end
	}
	return out
}

// Held is how long a label held within the frame.
type Held struct {
	Label string
	For   time.Duration
}

// Totals sums up how long each label held between from and to, in the order in which they appear.
func Totals(spans []Span, from, to time.Time) []Held {
	var out []Held
	index := map[string]int{}
	for _, s := range spans {
		i, known := index[s.Label]
		if !known {
			i = len(out)
			index[s.Label], out = i, append(out, Held{Label: s.Label})
		}
		out[i].For += overlap(s, from, to)
	}
	return out
}

func overlap(s Span, from, to time.Time) time.Duration {
	if s.From.After(from) {
		from = s.From
	}
	if s.To.Before(to) {
		to = s.To
	}
	return max(0, to.Sub(from))
}

// Timeline draws one row a label, filled while it held. A cell is full when the label held for at
// least half of it, light when for less, empty when not at all: time before the first sample is
// in no row.
func Timeline(spans []Span, f Frame) string {
	f = f.normal()
	totals := Totals(spans, f.From, f.To)
	left := 0
	for _, h := range totals {
		left = max(left, table.Width(h.Label))
	}
	left = min(left, f.Width/2)
	columns := f.Width - left - 2
	var b strings.Builder
	for _, h := range totals {
		name := table.Pad(table.Cut(h.Label, left), left)
		b.WriteString(strings.TrimRight(name+" │"+lane(spans, h.Label, f, columns), " ") + "\n")
	}
	b.WriteString(strings.Repeat(" ", left+1) + "└" + strings.Repeat("─", columns) + "\n")
	b.WriteString(strings.Repeat(" ", left+2) + timeAxis(f, columns) + "\n")
	return b.String()
}

func lane(spans []Span, label string, f Frame, columns int) string {
	held := make([]time.Duration, columns)
	whole := f.To.Sub(f.From)
	edge := func(i int) time.Time {
		return f.From.Add(time.Duration(float64(whole) * float64(i) / float64(columns)))
	}
	for _, s := range spans {
		if s.Label != label {
			continue
		}
		first := int(float64(s.From.Sub(f.From)) / float64(max(1, whole)) * float64(columns))
		for i := max(0, first-1); i < columns && edge(i).Before(s.To); i++ {
			held[i] += overlap(s, edge(i), edge(i+1))
		}
	}
	var b strings.Builder
	for i, d := range held {
		switch {
		case d == 0:
			b.WriteByte(' ')
		case 2*d < edge(i+1).Sub(edge(i)):
			b.WriteRune('░')
		default:
			b.WriteRune('█')
		}
	}
	return b.String()
}
