package grammar

import (
	"cmp"
	"slices"
)

// anyEnding in a phrase stands for up to maxEnding more letters of the same word: "ламп~".
const anyEnding = '~'

const maxEnding = 4

// trie finds all phrases that begin at a place of a sentence. It is flat and immutable: two
// slices without pointers, cheap to keep and to walk.
type trie struct {
	nodes []trieNode
	edges []trieEdge
	tags  []tag
}

type trieNode struct {
	firstEdge, edges uint32
	firstTag, tags   uint32
}

type trieEdge struct {
	r  rune
	to uint32
}

// tag is one thing that a phrase may stand for.
type tag struct {
	concept concept
	value   string // of the concept: "red" of color; empty for most
	thing   int32  // index into the house's names, areas…; -1 when it is a word of the language
}

// builder collects phrases for a trie.
type builder struct {
	root *buildNode
	n    int
}

type buildNode struct {
	next map[rune]*buildNode
	tags []tag
}

func newBuilder() *builder { return &builder{root: &buildNode{}} }

func (b *builder) add(phrase string, t tag) {
	if phrase == "" {
		return
	}
	n := b.root
	for _, r := range phrase {
		if n.next == nil {
			n.next = map[rune]*buildNode{}
		}
		if n.next[r] == nil {
			n.next[r] = &buildNode{}
			b.n++
		}
		n = n.next[r]
	}
	if !slices.Contains(n.tags, t) {
		n.tags = append(n.tags, t)
	}
}

func (b *builder) build() *trie {
	t := &trie{nodes: make([]trieNode, 1, b.n+1)}
	type pending struct {
		node *buildNode
		id   uint32
	}
	queue := []pending{{b.root, 0}}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		n := trieNode{firstEdge: uint32(len(t.edges)), edges: uint32(len(p.node.next)), firstTag: uint32(len(t.tags)), tags: uint32(len(p.node.tags))}
		t.tags = append(t.tags, p.node.tags...)
		for r, child := range p.node.next {
			id := uint32(len(t.nodes))
			t.nodes = append(t.nodes, trieNode{})
			t.edges = append(t.edges, trieEdge{r, id})
			queue = append(queue, pending{child, id})
		}
		slices.SortFunc(t.edges[n.firstEdge:], func(a, b trieEdge) int { return cmp.Compare(a.r, b.r) })
		t.nodes[p.id] = n
	}
	return t
}

func (t *trie) child(node uint32, r rune) (uint32, bool) {
	n := t.nodes[node]
	es := t.edges[n.firstEdge : n.firstEdge+n.edges]
	if len(es) < 8 {
		for _, e := range es {
			if e.r == r {
				return e.to, true
			}
		}
		return 0, false
	}
	i, ok := slices.BinarySearchFunc(es, r, func(e trieEdge, r rune) int { return cmp.Compare(e.r, r) })
	if !ok {
		return 0, false
	}
	return es[i].to, true
}

func (t *trie) tagsOf(node uint32) []tag {
	n := t.nodes[node]
	return t.tags[n.firstTag : n.firstTag+n.tags]
}

// bytes is the memory that the trie holds.
func (t *trie) bytes() int { return len(t.nodes)*16 + len(t.edges)*8 + len(t.tags)*32 }

// walk calls found for every phrase that begins at from. With spaced, a space of the sentence must
// be a space of the phrase; else both were left out already.
func (t *trie) walk(s *sentence, from int, found func(to int, tags []tag)) {
	t.step(s, 0, from, found)
}

func (t *trie) step(s *sentence, node uint32, i int, found func(to int, tags []tag)) {
	for {
		if n := t.nodes[node]; n.tags > 0 {
			found(i, t.tagsOf(node))
		}
		if tail, ok := t.child(node, anyEnding); ok {
			for k := 0; k <= maxEnding; k++ {
				if s.startsWord(i + k) {
					t.step(s, tail, i+k, found)
					break
				}
			}
		}
		if i >= len(s.text) {
			return
		}
		next, ok := t.child(node, s.text[i])
		if !ok {
			return
		}
		node = next
		i++
	}
}
