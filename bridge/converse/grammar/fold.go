package grammar

import (
	_ "embed"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/simplified.txt
var simplifiedPairs string

// simplified maps traditional characters to the simplified ones in which the Chinese words are written down.
var simplified = func() map[rune]rune {
	m := map[rune]rune{}
	for _, pair := range strings.Fields(simplifiedPairs) {
		if r := []rune(pair); len(r) == 2 {
			m[r[0]] = r[1]
		}
	}
	return m
}()

// latin maps Latin and Greek letters with marks to the bare letter, so that "Küche" and "Kuche" are one.
var latin = func() (t [0x250]rune) {
	for r := range rune(len(t)) {
		t[r] = []rune(norm.NFD.String(string(unicode.ToLower(r))))[0]
	}
	t['ß'], t['œ'], t['Œ'], t['æ'], t['Æ'], t['ø'], t['Ø'] = 's', 'o', 'o', 'a', 'a', 'o', 'o'
	return t
}()

// fold brings a character to the one form in which words are compared. One character in, one out.
func fold(r rune) rune {
	switch {
	case r < rune(len(latin)):
		if r == '\'' || r == '`' || r == '´' {
			return ' '
		}
		return latin[r]
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return latin[r-0xFEE0]
	case r == 'ё' || r == 'Ё':
		return 'е'
	case r == 0x3000 || r == '’' || r == '‘':
		return ' '
	case r == '℃' || r == '℉' || r == '˚' || r == 'º':
		return '°'
	case r == '％':
		return '%'
	}
	if s, ok := simplified[r]; ok {
		return s
	}
	return unicode.ToLower(r)
}

// kind of a character decides where a word may begin and end.
type kind uint8

const (
	space kind = iota
	letter
	digit
	symbol // % and °
	ideograph
)

func kindOf(r rune) kind {
	switch {
	case r >= '0' && r <= '9':
		return digit
	case r == '%' || r == '°':
		return symbol
	case r < 0x250:
		if unicode.IsLetter(r) {
			return letter
		}
		return space
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー' || r == '々':
		return ideograph
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r):
		return letter
	}
	return space
}

// sentence is a text made ready for matching.
type sentence struct {
	text []rune // folded, with single spaces (or none, where the script does not separate words)
	kind []kind
	orig []rune
	at   []int // where each folded character was in orig

	chart *chart // how it is cut up, once that was asked for
}

// maxRunes bounds what is looked at: nobody says more in one breath.
const maxRunes = 400

// prepare folds a text. Signs between digits that make a number stay: 20.5, 20,5, 10:30; so does a minus before a digit.
func prepare(text string, spaced bool) sentence {
	orig := []rune(text)
	if len(orig) > maxRunes {
		orig = orig[:maxRunes]
	}
	s := sentence{orig: orig, text: make([]rune, 0, len(orig)), kind: make([]kind, 0, len(orig)), at: make([]int, 0, len(orig))}
	isDigit := func(i int) bool { return i >= 0 && i < len(orig) && kindOf(fold(orig[i])) == digit }
	for i, r := range orig {
		f := fold(r)
		k := kindOf(f)
		if (f == '.' || f == ',' || f == ':') && isDigit(i-1) && isDigit(i+1) || f == '-' && isDigit(i+1) && !isDigit(i-1) && (i == 0 || orig[i-1] == ' ') {
			k = digit
		}
		if k == space {
			if isClauseMark(f) && len(s.text) > 0 {
				f = ','
			} else {
				f = ' '
			}
			if f == ' ' && (len(s.text) == 0 || s.text[len(s.text)-1] == ' ') || f == ' ' && !spaced && !betweenLetters(orig, i) {
				continue
			}
			if f == ',' { // a comma swallows the space before it and stands alone
				if n := len(s.text); n > 0 && s.text[n-1] == ' ' {
					s.text, s.kind, s.at = s.text[:n-1], s.kind[:n-1], s.at[:n-1]
				}
			}
		}
		s.text, s.kind, s.at = append(s.text, f), append(s.kind, k), append(s.at, i)
	}
	for n := len(s.text); n > 0 && s.kind[n-1] == space; n-- {
		s.text, s.kind, s.at = s.text[:n-1], s.kind[:n-1], s.at[:n-1]
	}
	return s
}

func isClauseMark(r rune) bool {
	switch r {
	case ',', ';', '、', '。', '，', '；', '!', '！', '?', '？', ':', '：', '.':
		return true
	}
	return false
}

func betweenLetters(orig []rune, i int) bool {
	if i == 0 || i+1 >= len(orig) {
		return false
	}
	wordy := func(r rune) bool { k := kindOf(fold(r)); return k == letter || k == digit }
	return wordy(orig[i-1]) && wordy(orig[i+1])
}

// original is the text of the folded span as it was said.
func (s *sentence) original(from, to int) string {
	if from >= to {
		return ""
	}
	return strings.TrimFunc(string(s.orig[s.at[from]:s.at[to-1]+1]), func(r rune) bool { return unicode.IsSpace(r) || isClauseMark(r) })
}

// startsWord reports whether a word may begin at i: not within a run of letters or of digits.
func (s *sentence) startsWord(i int) bool {
	return i == 0 || i >= len(s.text) || s.kind[i] != s.kind[i-1] || s.kind[i] == ideograph || s.kind[i] == symbol || s.kind[i] == space
}

// foldPhrase brings a word of a language file or a name of the house to the form of a sentence.
func foldPhrase(text string, spaced bool) string {
	s := prepare(text, spaced)
	out := strings.TrimSpace(string(s.text))
	return strings.ReplaceAll(out, ",", " ")
}
