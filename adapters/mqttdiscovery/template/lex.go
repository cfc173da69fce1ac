package template

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one word of an expression.
type token struct {
	kind byte // 'n'ame, '#' number, 's'tring, 'o'perator, 0 at the end
	text string
}

// operators, the longest first.
var operators = []string{"**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "|", "(", ")", "[", "]", "{", "}", ".", ",", ":", "<", ">", "="}

// lex splits an expression into tokens.
func lex(s string) ([]token, error) {
	var out []token
	for s = strings.TrimLeftFunc(s, unicode.IsSpace); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		t, rest, err := next(s)
		if err != nil {
			return nil, err
		}
		out, s = append(out, t), rest
	}
	return append(out, token{}), nil
}

func next(s string) (token, string, error) {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case r == '_' || unicode.IsLetter(r):
		return word(s)
	case r >= '0' && r <= '9':
		n := 0
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' && n+1 < len(s) && s[n+1] >= '0' && s[n+1] <= '9' || s[n] == '_') {
			n++
		}
		if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
			n++
			for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '-' || s[n] == '+') {
				n++
			}
		}
		return token{'#', strings.ReplaceAll(s[:n], "_", "")}, s[n:], nil
	case r == '"' || r == '\'':
		return quoted(s)
	}
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return token{'o', op}, s[len(op):], nil
		}
	}
	return token{}, "", fmt.Errorf("%q is not understood", string(r))
}

func word(s string) (token, string, error) {
	n := strings.IndexFunc(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if n < 0 {
		n = len(s)
	}
	return token{'n', s[:n]}, s[n:], nil
}

func quoted(s string) (token, string, error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == s[0]:
			return token{'s', b.String()}, s[i+1:], nil
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteString(unescape(s[i]))
		default:
			b.WriteByte(c)
		}
	}
	return token{}, "", fmt.Errorf("the string %.20s does not end", s)
}

func unescape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case '\\', '\'', '"':
		return string(c)
	}
	return "\\" + string(c)
}
