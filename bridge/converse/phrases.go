package converse

import (
	_ "embed"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed phrases.yaml
var phraseSource []byte

// phrases are what the house answers, by key and language. The order of the languages is in the file.
var phrases = mustPhrases(phraseSource)

func mustPhrases(b []byte) map[string]map[string]string {
	out, err := readPhrases(b)
	if err != nil {
		panic("bridge/converse/phrases.yaml: " + err.Error()) // embedded: a test would have caught it
	}
	return out
}

func readPhrases(b []byte) (map[string]map[string]string, error) {
	var byLang map[string]map[string]string
	if err := yaml.Unmarshal(b, &byLang); err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for lang, texts := range byLang {
		for key, text := range texts {
			if out[key] == nil {
				out[key] = map[string]string{}
			}
			out[key][lang] = text
		}
	}
	return out, nil
}

// phraseLang is the language of the catalogue that serves a language.
func phraseLang(lang string) string {
	switch lang {
	case "zh-TW", "zh-HK":
		return "zht"
	}
	base, _, _ := strings.Cut(lang, "-")
	return base
}

func hasPhrase(key string) bool { return phrases[key] != nil }

// phrase is a sentence of the catalogue, with {1}, {2}… replaced. What no one has put into a language is said in English.
func phrase(lang, key string, args ...string) string {
	texts := phrases[key]
	text, ok := texts[phraseLang(lang)]
	if !ok {
		if text, ok = texts["en"]; !ok {
			return strings.TrimPrefix(key[strings.LastIndexByte(key, '.')+1:], "_")
		}
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", a)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
