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

// form is how a sentence agrees with what it speaks of.
type form struct {
	n   int  // how many; 0 is one
	fem bool // of feminine gender, where the language knows that
}

// pick chooses among what a phrase offers: {one|several}, {one|few|many} as Russian counts, or
// {masculine|feminine|several masculine|several feminine}.
func (f form) pick(options []string) string {
	n := max(f.n, 1)
	switch len(options) {
	case 3:
		switch {
		case n%10 == 1 && n%100 != 11:
			return options[0]
		case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
			return options[1]
		}
		return options[2]
	case 4:
		i := 0
		if f.fem {
			i++
		}
		if n > 1 {
			i += 2
		}
		return options[i]
	}
	return options[min(n, 2)-1]
}

// phrase is a sentence of the catalogue about one thing, with {1}, {2}… replaced. What no one has put into a language is said in English.
func phrase(lang, key string, args ...string) string { return phraseOf(lang, key, form{}, args...) }

// phraseOf is a sentence of the catalogue about things of a form.
func phraseOf(lang, key string, f form, args ...string) string {
	texts := phrases[key]
	text, ok := texts[phraseLang(lang)]
	if !ok {
		if text, ok = texts["en"]; !ok {
			return strings.TrimPrefix(key[strings.LastIndexByte(key, '.')+1:], "_")
		}
	}
	var out strings.Builder
	for {
		before, rest, opened := strings.Cut(text, "{")
		out.WriteString(before)
		inside, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return out.String()
		}
		text = after
		if options := strings.Split(inside, "|"); len(options) > 1 {
			out.WriteString(f.pick(options))
		} else if i, err := strconv.Atoi(inside); err == nil && i >= 1 && i <= len(args) {
			out.WriteString(args[i-1])
		}
	}
}

// formOf is the form of what bears these names: how many they are, and their gender, as far as the language's words tell it.
func formOf(lang string, names ...string) form {
	f := form{n: len(names), fem: len(names) > 0}
	for _, name := range names {
		words := strings.Fields(strings.ToLower(name))
		if len(words) == 0 {
			f.fem = false
			continue
		}
		head := words[len(words)-1]
		if phrase(lang, "head_word") == "first" {
			head = words[0]
		}
		f.fem = f.fem && listed(phrase(lang, "feminine_words"), head)
		if len(names) == 1 && listed(phrase(lang, "plural_words"), head) {
			f.n = 2
		}
	}
	return f
}

// listed reports whether a word is in a list: by itself, or by its ending (-s); those with ! are not.
func listed(list, word string) bool {
	found := false
	for entry := range strings.SplitSeq(list, ",") {
		not := strings.HasPrefix(entry, "!")
		entry = strings.TrimPrefix(entry, "!")
		ending, isEnding := strings.CutPrefix(entry, "-")
		if entry == "" || word != entry && !(isEnding && strings.HasSuffix(word, ending)) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}
