package main

import (
	"fmt"

	"github.com/concord-home/hub/cmd/hub/internal/shorthand"
	"github.com/concord-home/hub/messages"
)

// phrase puts what a part of the hub says in English in the language asked for.
func (c *cli) phrase(english string) string { return messages.Phrase(c.lang, english) }

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
