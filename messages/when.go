package messages

import (
	"regexp"
	"strings"
	"time"
)

// whenWord is a word or a span of a scene's time, as package scenes writes them.
var whenWord = regexp.MustCompile(`every |[A-Za-z]+| ?[+-]?\b(?:\d+(?:\.\d+)?[dhms])+`)

// When is a scene's time as a person reads it: "Mon 08:00", "sunset-30m", "20:00–24:00 sat sun", "every 5m".
func When(lang, text string) string {
	if words := Phrase(lang, text); words != text {
		return words
	}
	return whenWord.ReplaceAllStringFunc(text, func(word string) string {
		if key := "when." + strings.ToLower(strings.TrimSpace(word)); Has(key) {
			return Text(lang, key)
		}
		span := strings.TrimSpace(word)
		d, ok := spanOf(strings.TrimLeft(span, "+-"))
		switch {
		case !ok:
			return word
		case strings.HasPrefix(span, "-"):
			return Text(lang, "when.before", Span(lang, d))
		case strings.HasPrefix(span, "+"), strings.HasPrefix(word, " "):
			return Text(lang, "when.after", Span(lang, d))
		}
		return Span(lang, d)
	})
}

// spanOf reads a span of a scene's document, with days before the rest: "1d12h".
func spanOf(s string) (time.Duration, bool) {
	days, rest, has := strings.Cut(s, "d")
	if !has {
		days, rest = "0", s
	}
	n, err := time.ParseDuration(days + "h")
	if err != nil || rest == "" {
		return 24 * n, err == nil
	}
	more, err := time.ParseDuration(rest)
	return 24*n + more, err == nil
}
