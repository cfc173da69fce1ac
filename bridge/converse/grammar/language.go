package grammar

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed data
var data embed.FS

// Language is the words of one language, compiled.
type Language struct {
	Tag        string
	Compound   bool // words are written together: Wohnzimmerlampe
	spaced     bool // words are separated by spaces
	unitsFirst bool
	digitwise  bool
	spanAfter  bool
	toAfter    bool
	endings    []string
	same       [][]string // names of one and the same place: upstairs, first floor
	turned     []string   // other orders of a name's words: "{kind} on the {rest}"
	feels      []string   // what says how one of the household feels: "{name} is"
	verbLast   bool
	words      *trie
}

// languageFile is data/<tag>.yaml.
type languageFile struct {
	Include    []string             `yaml:"include"` // files whose words are added
	Spaced     bool                 `yaml:"spaced"`
	Compound   bool                 `yaml:"compound"`
	UnitsFirst bool                 `yaml:"units_first"` // fünfundzwanzig
	Digitwise  bool                 `yaml:"digitwise"`   // 二五 is 25
	SpanAfter  bool                 `yaml:"span_after"`  // the length of a timer stands after it, whatever stands before
	ToAfter    bool                 `yaml:"to_after"`    // 23도로: "to" stands after the number
	Endings    []string             `yaml:"endings"`     // of words that change them: a name is known with any of them
	Same       [][]string           `yaml:"same"`        // names of the same place: a house that calls a room or floor so is understood by the others, too
	Turned     []string             `yaml:"turned"`      // other orders of a name that ends with a kind of thing: {kind} and {rest}, written as words are
	Feels      []string             `yaml:"feels"`       // what is said before how one of the household feels: {name} and words
	VerbLast   bool                 `yaml:"verb_last"`   // a clause ends with its verb, so that the next one begins after it
	Words      map[string]yaml.Node `yaml:"words"`
}

// Tags lists the languages that can be loaded, the most complete first.
func Tags() []string {
	return []string{"en", "zh-CN", "zh-TW", "zh-HK", "de", "es", "fr", "ja", "it", "ru", "ko"}
}

// ErrNoLanguage says that a language is not served.
var ErrNoLanguage = errors.New("this language is not served")

// Match finds the language that serves a tag such as "en-GB", "zh" or "zh-Hant-TW".
func Match(tag string) (string, bool) {
	tag = strings.ReplaceAll(tag, "_", "-")
	for _, t := range Tags() {
		if strings.EqualFold(t, tag) {
			return t, true
		}
	}
	low := strings.ToLower(tag)
	if strings.HasPrefix(low, "zh") || strings.HasPrefix(low, "yue") || strings.HasPrefix(low, "cmn") {
		switch {
		case strings.Contains(low, "hk"), strings.Contains(low, "mo"), strings.HasPrefix(low, "yue"):
			return "zh-HK", true
		case strings.Contains(low, "tw"), strings.Contains(low, "hant"):
			return "zh-TW", true
		}
		return "zh-CN", true
	}
	base, _, _ := strings.Cut(low, "-")
	return base, slices.Contains(Tags(), base)
}

// languages are those that were loaded, by tag.
var languages sync.Map

// Load gives the words of a language of [Tags], which do not change; they are compiled once.
func Load(tag string) (*Language, error) {
	if l, known := languages.Load(tag); known {
		return l.(*Language), nil
	}
	l := &Language{Tag: tag}
	b := newBuilder()
	if err := l.read(tag, b, true); err != nil {
		return nil, err
	}
	l.words = b.build()
	languages.Store(tag, l)
	return l, nil
}

func (l *Language) read(name string, b *builder, own bool) error {
	raw, err := data.ReadFile("data/" + name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %q; there are %s", ErrNoLanguage, name, strings.Join(Tags(), ", "))
	}
	if err != nil {
		return err
	}
	var f languageFile
	if err := yaml.Unmarshal(raw, &f); err != nil {
		return fmt.Errorf("the words of %s: %w", name, err)
	}
	if own {
		l.spaced, l.Compound, l.unitsFirst, l.digitwise, l.endings, l.spanAfter, l.toAfter = f.Spaced, f.Compound, f.UnitsFirst, f.Digitwise, f.Endings, f.SpanAfter, f.ToAfter
	}
	l.same, l.verbLast = append(l.same, f.Same...), l.verbLast || f.VerbLast
	for _, p := range []struct {
		to   *[]string
		from []string
	}{{&l.turned, f.Turned}, {&l.feels, f.Feels}} {
		for _, t := range p.from {
			all, err := expand(t)
			if err != nil {
				return err
			}
			*p.to = append(*p.to, all...)
		}
	}
	for _, other := range f.Include {
		if err := l.read(other, b, false); err != nil {
			return err
		}
	}
	for key, node := range f.Words {
		if err := l.word(b, key, node); err != nil {
			return fmt.Errorf("the words of %s: %s: %w", name, key, err)
		}
	}
	return nil
}

// word adds the phrases of one concept, given as a list, or by value.
func (l *Language) word(b *builder, key string, node yaml.Node) error {
	c, ok := conceptOf(key)
	if !ok {
		return errors.New("no frame knows this concept")
	}
	if node.Kind == yaml.SequenceNode {
		var phrases []string
		if err := node.Decode(&phrases); err != nil {
			return err
		}
		return l.phrases(b, tag{concept: c, thing: -1}, phrases)
	}
	byValue := map[string][]string{}
	if err := node.Decode(&byValue); err != nil {
		return err
	}
	for value, phrases := range byValue {
		if err := l.phrases(b, tag{concept: c, value: value, thing: -1}, phrases); err != nil {
			return err
		}
	}
	return nil
}

func (l *Language) phrases(b *builder, t tag, phrases []string) error {
	for _, p := range phrases {
		all, err := expand(p)
		if err != nil {
			return err
		}
		for _, one := range all {
			b.add(foldKeepingEndings(one, l.spaced), t)
		}
	}
	return nil
}

// foldKeepingEndings folds a phrase in which "~" stands for any ending.
func foldKeepingEndings(p string, spaced bool) string {
	parts := strings.Split(p, string(anyEnding))
	for i, part := range parts {
		lead := i > 0 && strings.HasPrefix(part, " ") && spaced
		parts[i] = foldPhrase(part, spaced)
		if lead && parts[i] != "" {
			parts[i] = " " + parts[i]
		}
	}
	return strings.Join(parts, string(anyEnding))
}

// expand writes out "(a|b) [c] d": one of, perhaps, always.
func expand(p string) ([]string, error) {
	i := strings.IndexAny(p, "([")
	if i < 0 {
		return []string{strings.Join(strings.Fields(p), " ")}, nil
	}
	depth, end := 0, -1
	var bars []int
	for j := i; j < len(p); j++ {
		switch p[j] {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				end = j
			}
		case '|':
			if depth == 1 {
				bars = append(bars, j)
			}
		}
		if end >= 0 {
			break
		}
	}
	if end < 0 {
		return nil, fmt.Errorf("%q: a bracket is not closed", p)
	}
	var options []string
	from := i + 1
	for _, bar := range append(bars, end) {
		options = append(options, p[from:bar])
		from = bar + 1
	}
	if p[i] == '[' {
		options = append(options, "")
	}
	var out []string
	for _, o := range options {
		more, err := expand(p[:i] + o + p[end+1:])
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}
