// Package plot draws the history of an attribute in a terminal: a number as a line of
// braille dots with axes ([Line]), a truth or an enum as a timeline ([Timeline]).
//
// A value holds until the next is heard: lines are steps, never slopes that nobody measured.
// Everything is text and nothing but text; widths and heights are in characters.
package plot

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/concord-home/hub/cmd/hub/internal/table"
)

// Point is one bucket of a graph.
type Point struct {
	At             time.Time
	Min, Mean, Max float64
	Count          int // samples in the bucket, at least 1
}

// Frame is what a plot is drawn into.
type Frame struct {
	From, To time.Time
	Width    int // of the whole plot with its axis, at least 24
	Height   int // of the plot alone, at least 3
	// Format writes a number for the axis, with its unit; nil writes it bare.
	Format func(float64) string
	Zone   *time.Location // of the labels; nil is local
}

// minimum sizes below which nothing can be read.
const (
	minWidth  = 24
	minHeight = 3
)

func (f Frame) normal() Frame {
	f.Width, f.Height = max(f.Width, minWidth), max(f.Height, minHeight)
	if f.Format == nil {
		f.Format = func(v float64) string { return fmt.Sprintf("%.4g", v) }
	}
	if f.Zone == nil {
		f.Zone = time.Local
	}
	return f
}

// Summary is what a graph comes to: the least, the greatest, and the mean over time, in
// which a value counts as long as it held.
type Summary struct{ Min, Mean, Max float64 }

// Summarize sums up points until to; ok is false when there are none.
func Summarize(points []Point, to time.Time) (s Summary, ok bool) {
	if len(points) == 0 {
		return s, false
	}
	s = Summary{Min: math.Inf(1), Max: math.Inf(-1)}
	var weighed, whole, plain float64
	for i, p := range points {
		end := to
		if i+1 < len(points) {
			end = points[i+1].At
		}
		held := max(0, end.Sub(p.At).Seconds())
		s.Min, s.Max = min(s.Min, p.Min), max(s.Max, p.Max)
		weighed, whole, plain = weighed+p.Mean*held, whole+held, plain+p.Mean
	}
	s.Mean = plain / float64(len(points))
	if whole > 0 {
		s.Mean = weighed / whole
	}
	return s, true
}

// Line draws points in order of time. It returns lines that end with \n; without
// points, the empty axes.
func Line(points []Point, f Frame) string {
	f = f.normal()
	low, high := span(points)
	labels := axis(low, high, f)
	left := 0
	for _, l := range labels {
		left = max(left, table.Width(l))
	}
	c := newCanvas(max(1, f.Width-left-2), f.Height)
	c.steps(points, f, low, high)
	var b strings.Builder
	for row, line := range c.lines() {
		tick := "│"
		if labels[row] != "" {
			tick = "┤"
		}
		pad := strings.Repeat(" ", left-table.Width(labels[row]))
		b.WriteString(strings.TrimRight(pad+labels[row]+" "+tick+line, " ") + "\n")
	}
	b.WriteString(strings.Repeat(" ", left+1) + "└" + strings.Repeat("─", c.columns) + "\n")
	b.WriteString(strings.Repeat(" ", left+2) + timeAxis(f, c.columns) + "\n")
	return b.String()
}

// span is the range of values with some room, never empty.
func span(points []Point) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range points {
		low, high = min(low, p.Min), max(high, p.Max)
	}
	switch {
	case low > high:
		return 0, 1
	case low == high:
		room := max(math.Abs(low)*0.05, 0.5)
		return low - room, high + room
	}
	return low, high
}

// axis labels the first, the middle and the last row.
func axis(low, high float64, f Frame) []string {
	labels := make([]string, f.Height)
	labels[0], labels[f.Height-1] = f.Format(high), f.Format(low)
	if f.Height >= 5 {
		middle := f.Height / 2
		labels[middle] = f.Format(high - (high-low)*(float64(middle)+0.5)/float64(f.Height))
	}
	return labels
}

// timeAxis writes as many moments under the plot as fit, the first and last always where there is room for two.
func timeAxis(f Frame, columns int) string {
	layout := "15:04"
	switch d := f.To.Sub(f.From); {
	case d > 2*365*24*time.Hour:
		layout = "2006-01"
	case d > 20*24*time.Hour:
		layout = "01-02"
	case d > 24*time.Hour:
		layout = "01-02 15:04"
	}
	ticks := max(1, min(4, (columns+3)/(len(layout)+3)-1))
	if columns < 2*len(layout)+1 {
		return f.From.In(f.Zone).Format(layout)
	}
	line := []byte(strings.Repeat(" ", columns))
	for i := range ticks + 1 {
		at := f.From.Add(time.Duration(float64(f.To.Sub(f.From)) * float64(i) / float64(ticks)))
		copy(line[(columns-len(layout))*i/ticks:], at.In(f.Zone).Format(layout))
	}
	return strings.TrimRight(string(line), " ")
}

// canvas is a grid of braille cells, each 2 dots wide and 4 high.
type canvas struct {
	columns, rows int
	cells         []rune // bits of the dots
}

func newCanvas(columns, rows int) *canvas {
	return &canvas{columns, rows, make([]rune, columns*rows)}
}

// dotBits are the bits of a braille cell by column and row of the dot.
var dotBits = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

func (c *canvas) dot(x, y int) {
	if x < 0 || y < 0 || x >= 2*c.columns || y >= 4*c.rows {
		return
	}
	c.cells[y/4*c.columns+x/2] |= dotBits[x%2][y%4]
}

// upright draws from y to y.
func (c *canvas) upright(x, from, to int) {
	for y := min(from, to); y <= max(from, to); y++ {
		c.dot(x, y)
	}
}

// steps draws what each bucket spans, and holds its mean until the next.
func (c *canvas) steps(points []Point, f Frame, low, high float64) {
	wide, tall := 2*c.columns-1, 4*c.rows-1
	x := func(t time.Time) int {
		return int(math.Round(float64(t.Sub(f.From)) / float64(max(1, f.To.Sub(f.From))) * float64(wide)))
	}
	y := func(v float64) int { return int(math.Round((high - v) / (high - low) * float64(tall))) }
	for i, p := range points {
		end := wide
		if i+1 < len(points) {
			end = x(points[i+1].At)
		}
		if i > 0 {
			c.upright(x(p.At), y(points[i-1].Mean), y(p.Mean))
		}
		c.upright(x(p.At), y(p.Min), y(p.Max))
		for dx := max(0, x(p.At)); dx <= min(end, wide); dx++ {
			c.dot(dx, y(p.Mean))
		}
	}
}

func (c *canvas) lines() []string {
	out := make([]string, c.rows)
	for row := range out {
		var b strings.Builder
		for _, bits := range c.cells[row*c.columns : (row+1)*c.columns] {
			if bits == 0 {
				b.WriteByte(' ')
				continue
			}
			b.WriteRune(0x2800 + bits)
		}
		out[row] = b.String()
	}
	return out
}
