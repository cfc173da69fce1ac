package messages

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A pattern is a message whose holes are any text: "pattern.one of {1}". Refusals of scenes' documents and of requests are
// made of what their writer wrote, so that nothing else tells what varies in them.
type pattern struct {
	key     string
	says    *regexp.Regexp
	holes   []int // the number of each hole, from the left
	literal int   // how much of it is not hole: the more, the better it fits
}

var (
	patterns = sync.OnceValue(func() []pattern {
		var all []pattern
		for _, key := range Keys() {
			if text, ok := strings.CutPrefix(key, "pattern."); ok {
				all = append(all, patternOf(key, text))
			}
		}
		return all
	})
	numbered = regexp.MustCompile(`\{(\d)\}`)
)

func patternOf(key, text string) pattern {
	p := pattern{key: key}
	says, from := "(?s)^", 0
	for _, at := range numbered.FindAllStringSubmatchIndex(text, -1) {
		says += regexp.QuoteMeta(text[from:at[0]]) + "(.+)"
		p.literal += at[0] - from
		n, _ := strconv.Atoi(text[at[2]:at[3]])
		p.holes, from = append(p.holes, n), at[1]
	}
	p.literal += len(text) - from
	p.says = regexp.MustCompile(says + regexp.QuoteMeta(text[from:]) + "$")
	return p
}

// byPattern is a sentence in a language by the pattern that fits it best; what stands in its holes is put in the language, too,
// where it can be.
func byPattern(lang, english string) (text string, ok bool) {
	best, found := pattern{literal: -1}, []string(nil)
	for _, p := range patterns() {
		if p.literal <= best.literal {
			continue
		}
		if m := p.says.FindStringSubmatch(english); m != nil {
			best, found = p, m[1:]
		}
	}
	if found == nil {
		return english, false
	}
	args := make([]any, len(found))
	for i, n := range best.holes {
		args[n-1] = found[i]
		if inner, ok := translated(lang, found[i]); ok {
			args[n-1] = inner
		}
	}
	return Text(lang, best.key, args...), true
}
