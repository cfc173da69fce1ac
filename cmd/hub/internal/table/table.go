// Package table writes columns that line up in a terminal whatever the script: a Chinese
// character takes two columns, a combining mark none.
//
// Use: Write(w, header, rows, width) for a table; [Width], [Pad] and [Cut] for a line of one's own;
// [Safe] wraps a terminal so that names from outside cannot steer it.
package table

import (
	"io"
	"strings"
	"unicode"
)

// wide are the ranges of code points that take two columns (Unicode's East_Asian_Width W
// and F, runs joined over unassigned gaps).
var wide = []struct{ from, to rune }{
	{0x1100, 0x115F}, {0x231A, 0x231B}, {0x23E9, 0x23EC}, {0x23F0, 0x23F0}, {0x23F3, 0x23F3},
	{0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267F, 0x267F}, {0x2693, 0x2693},
	{0x26A1, 0x26A1}, {0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x26C4, 0x26C5}, {0x26CE, 0x26CE},
	{0x26D4, 0x26D4}, {0x26EA, 0x26EA}, {0x26F2, 0x26F3}, {0x26F5, 0x26F5}, {0x26FA, 0x26FA},
	{0x26FD, 0x26FD}, {0x2705, 0x2705}, {0x270A, 0x270B}, {0x2728, 0x2728}, {0x274C, 0x274C},
	{0x274E, 0x274E}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797}, {0x27B0, 0x27B0},
	{0x27BF, 0x27BF}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55}, {0x2E80, 0x303E},
	{0x3041, 0x33FF}, {0x3400, 0x4DBF}, {0x4E00, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
	{0xF900, 0xFAFF}, {0xFE10, 0xFE19}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6},
	{0x16FE0, 0x18DFF}, {0x1AFF0, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E},
	{0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393},
	{0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E},
	{0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F567}, {0x1F57A, 0x1F57A},
	{0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC},
	{0x1F6D0, 0x1F6DF}, {0x1F6EB, 0x1F6EC}, {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F9FF},
	{0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
}

// Rune is how many columns a rune takes: 0, 1 or 2.
func Rune(r rune) int {
	switch {
	case r < 0x20 || r >= 0x7F && r < 0xA0:
		return 0
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	for lo, hi := 0, len(wide); lo < hi; {
		mid := (lo + hi) / 2
		switch {
		case r < wide[mid].from:
			hi = mid
		case r > wide[mid].to:
			lo = mid + 1
		default:
			return 2
		}
	}
	return 1
}

// Width is how many columns a text takes.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += Rune(r)
	}
	return n
}

// Pad fills a text up with spaces to so many columns; a wider one stays as it is.
func Pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-Width(s)))
}

// Cut shortens a text to so many columns, with … at its end when something is missing.
func Cut(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	n := 0
	for i, r := range s {
		if n += Rune(r); n > columns-1 {
			return s[:i] + strings.Repeat("…", min(1, columns))
		}
	}
	return s
}

const gap = "  "

// Write writes a header and rows in columns. With a width above 0 the widest columns are cut
// until the lines fit. The last column is not padded, lines end without spaces.
func Write(w io.Writer, header []string, rows [][]string, width int) error {
	columns := measure(header, rows)
	if width > 0 {
		shrink(columns, width)
	}
	var b strings.Builder
	for _, row := range append([][]string{header}, rows...) {
		if len(row) == 0 {
			continue
		}
		cells := make([]string, len(row))
		for i, s := range row {
			cells[i] = Pad(Cut(oneLine(s), columns[i]), columns[i])
		}
		b.WriteString(strings.TrimRight(strings.Join(cells, gap), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\t", " ").Replace(s) }

func measure(header []string, rows [][]string) []int {
	columns := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, s := range row {
			if i == len(columns) {
				columns = append(columns, 0)
			}
			columns[i] = max(columns[i], Width(oneLine(s)))
		}
	}
	return columns
}

// least is how narrow a column may become.
const least = 6

func shrink(columns []int, width int) {
	total := len(gap) * (len(columns) - 1)
	for _, c := range columns {
		total += c
	}
	for ; total > width; total-- {
		widest := 0
		for i, c := range columns {
			if c > columns[widest] {
				widest = i
			}
		}
		if columns[widest] <= least {
			return
		}
		columns[widest]--
	}
}

// Safe returns a writer that drops what would steer a terminal: control characters but for
// the end of line and tab, and the marks that turn the direction of writing.
// Names come from devices, and devices from anywhere.
func Safe(w io.Writer) io.Writer { return safe{w} }

type safe struct{ w io.Writer }

func (s safe) Write(p []byte) (int, error) {
	clean := strings.Map(func(r rune) rune {
		steers := unicode.IsControl(r) && r != '\n' && r != '\t'
		turns := r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
		if steers || turns {
			return -1
		}
		return r
	}, string(p))
	if _, err := io.WriteString(s.w, clean); err != nil {
		return 0, err
	}
	return len(p), nil
}
