package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/concord-home/hub/cmd/hub/internal/shorthand"
	"github.com/concord-home/hub/messages"
)

// hole is what varies in an English sentence of the hub's parts: something quoted, and a word that
// begins with a digit (12, 2.14.1, 10s, 2026-01-31T18:30:00Z).
var hole = regexp.MustCompile(`"[^"]*"|\b\d[\w.:-]*\b`)

// phrase puts what a part of the hub says in English ("3 facts wait to be applied") in the language asked for, by
// the message of its sentence with holes ("phrase.{1} facts wait to be applied"). A sentence that has none is
// tried without what is before a colon, and piece by piece; what nobody has translated stays as it is.
func (c *cli) phrase(english string) string {
	if text, ok := c.translated(english); ok {
		return text
	}
	pieces, any := strings.Split(english, ": "), false
	for i := 0; i < len(pieces); i++ {
		if rest, ok := c.translated(strings.Join(pieces[i:], ": ")); ok {
			pieces, any = append(pieces[:i], rest), true
			break
		}
		piece, ok := c.translated(pieces[i])
		pieces[i], any = piece, any || ok
	}
	if !any {
		return english
	}
	return strings.Join(pieces, messages.Text(c.lang, "colon"))
}

func (c *cli) translated(english string) (text string, ok bool) {
	var args []any
	key := "phrase." + hole.ReplaceAllStringFunc(english, func(s string) string {
		args = append(args, s)
		return "{" + strconv.Itoa(len(args)) + "}"
	})
	if !messages.Has(key) {
		return english, false
	}
	return messages.Text(c.lang, key, args...), true
}

// phrased fills in a mistake of usage: its English format, or what [sayings] has in its place.
func (c *cli) phrased(format string, args []any) string {
	if said, ok := sayings[format]; ok && c.lang == "zh" {
		format = said
	}
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = a
		if e, ok := a.(shorthand.Expectation); ok {
			words[i] = messages.Expected(c.lang, e.Property)
		}
	}
	return fmt.Sprintf(format, words...)
}
