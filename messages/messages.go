// Package messages is the one place for the hub's own words: what a household reads in
// the command line, the web app and spoken answers, in every language the hub speaks.
// Words of the capability catalogue (labels, enum members) are in package model; this
// package puts both together.
//
// Use: lang := Language(header); Text(lang, "ago.past", "3 min"); Value(lang, property, value).
// A language is "en" or "zh"; any other reads as English. Messages live in catalogue.yaml,
// one line a message, so that a translator sees all languages side by side.
package messages

//go:generate go run ./gen

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Languages are those that every message has.
var Languages = []string{"en", "zh"}

//go:embed catalogue.yaml
var source []byte

var catalogue = mustParse(source)

func mustParse(b []byte) map[string]map[string]string {
	var all map[string]map[string]string
	if err := yaml.Unmarshal(b, &all); err != nil {
		panic(fmt.Sprintf("messages/catalogue.yaml: %v", err)) // embedded: a test would have caught it
	}
	return all
}

// Keys are those of all messages, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(catalogue)) }

// Has reports whether there is a message of this key.
func Has(key string) bool { _, ok := catalogue[key]; return ok }

// Text is a message in a language, with {1}, {2}... replaced by the arguments. With a first
// argument of 1 the message KEY.one is preferred where there is one. A key that does not
// exist reads as itself, so that a mistake is visible and breaks nothing.
func Text(lang, key string, args ...any) string {
	if len(args) > 0 && fmt.Sprint(args[0]) == "1" && Has(key+".one") {
		key += ".one"
	}
	texts, ok := catalogue[key]
	if !ok {
		return key
	}
	text := texts[base(lang)]
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", fmt.Sprint(a))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// hole is what varies in an English sentence of the hub's parts: something quoted, and a word that begins with a digit
// (12, 2.14.1, 10s, 2026-01-31T18:30:00Z).
var hole = regexp.MustCompile(`"[^"]*"|\b\d[\w.:-]*\b`)

// Phrase puts what a part of the hub says in English ("3 facts wait to be applied") in a language, by the message of its
// sentence with holes ("phrase.{1} facts wait to be applied"). A sentence that has none is tried without what is before
// a colon, and piece by piece; what nobody has translated stays as it is. A sentence in which more varies is found by its
// pattern ("pattern.one of {1}").
func Phrase(lang, english string) string {
	if text, ok := translated(lang, english); ok {
		return text
	}
	pieces, found := strings.Split(english, ": "), false
	for i := 0; i < len(pieces); i++ {
		if rest, ok := translated(lang, strings.Join(pieces[i:], ": ")); ok {
			pieces, found = append(pieces[:i], rest), true
			break
		}
		piece, ok := translated(lang, pieces[i])
		pieces[i], found = piece, found || ok
	}
	if !found {
		return english
	}
	return strings.Join(pieces, Text(lang, "colon"))
}

func translated(lang, english string) (text string, ok bool) {
	var args []any
	key := "phrase." + hole.ReplaceAllStringFunc(english, func(s string) string {
		args = append(args, s)
		return "{" + strconv.Itoa(len(args)) + "}"
	})
	if !Has(key) {
		return byPattern(lang, english)
	}
	return Text(lang, key, args...), true
}

// Known is the message of stem.name where there is one, else the name itself: for open
// lists such as adapters and bridges.
func Known(lang, stem, name string) string {
	if key := stem + "." + name; Has(key) {
		return Text(lang, key)
	}
	return name
}
