package grammar

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// soundIndex finds names by how they sound: a recogniser writes 书房 as 梳妆 or 主卧 as 主我. Names are
// kept by their syllables without tones, with the pairs that people and recognisers mix up made one (zh/z, n/l, ing/in).
type soundIndex struct {
	spaced bool
	nodes  []map[string]int32
	tags   [][]tag
}

type soundBuilder struct {
	ix   *soundIndex
	used bool
}

func newSoundBuilder(l *Language) *soundBuilder {
	return &soundBuilder{&soundIndex{nodes: []map[string]int32{nil}, tags: [][]tag{nil}}, strings.HasPrefix(l.Tag, "zh")}
}

func (b *soundBuilder) add(name string, t tag) {
	syllables := soundsOf([]rune(name))
	if !b.used || len(syllables) < 2 {
		return
	}
	for _, s := range syllables {
		if s == "" {
			return // not Chinese throughout
		}
	}
	node := int32(0)
	for _, s := range syllables {
		next, ok := b.ix.nodes[node][s]
		if !ok {
			next = int32(len(b.ix.nodes))
			b.ix.nodes, b.ix.tags = append(b.ix.nodes, nil), append(b.ix.tags, nil)
			if b.ix.nodes[node] == nil {
				b.ix.nodes[node] = map[string]int32{}
			}
			b.ix.nodes[node][s] = next
		}
		node = next
	}
	b.ix.tags[node] = append(b.ix.tags[node], t)
}

func (b *soundBuilder) build() *soundIndex { return b.ix }

func (x *soundIndex) bytes() int {
	n := 0
	for i := range x.nodes {
		n += 8 + 24 + len(x.nodes[i])*40 + len(x.tags[i])*32
	}
	return n
}

// match finds the names that sound like a stretch of the sentence.
func (x *soundIndex) match(s *sentence) []piece {
	if len(x.nodes) < 2 {
		return nil
	}
	syllables := soundsOf(s.text)
	var out []piece
	for from := range syllables {
		node := int32(0)
		for to := from; to < len(syllables) && syllables[to] != ""; to++ {
			next, ok := x.nodes[node][syllables[to]]
			if !ok {
				break
			}
			node = next
			if tags := x.tags[node]; len(tags) > 0 {
				out = append(out, piece{from, to + 1, tags})
			}
		}
	}
	return out
}

var mixedUp = strings.NewReplacer("zh", "z", "ch", "c", "sh", "s", "ing", "in", "eng", "en", "ang", "an")

// soundsOf is the toneless syllable of each character, "" for what is none.
func soundsOf(text []rune) []string {
	out := make([]string, len(text))
	for i, r := range text {
		readings, ok := pinyin.PinyinDict[int(r)]
		if !ok {
			continue
		}
		first, _, _ := strings.Cut(readings, ",")
		syllable := make([]rune, 0, 6)
		for _, c := range first {
			syllable = append(syllable, fold(c))
		}
		s := mixedUp.Replace(string(syllable))
		if s != "" && (s[0] == 'l' || s[0] == 'n') && len(s) > 1 {
			s = "n" + s[1:]
		}
		out[i] = s
	}
	return out
}
