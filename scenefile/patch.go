package scenefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Patch is a text changed so that it says what a document says. What did not change stays as it was written, with
// comments and order: keys at the top keep their very bytes, within a changed key the parts that are the same.
// An empty text is written anew.
func Patch(text []byte, doc json.RawMessage, names Names) ([]byte, error) {
	want, err := tree(doc)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	p := patcher{names: names}
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return encode(p.fresh(want, scope{}))
	}
	top := root.Content[0]
	if p.says(top, want, scope{}) {
		return text, nil
	}
	if top.Style&yaml.FlowStyle != 0 || !bytes.Contains(text, []byte("\n")) {
		p.merge(top, want, scope{})
		return encode(top)
	}
	return p.splice(text, top, want)
}

// tree reads JSON as nodes, which keep the order of members.
func tree(doc json.RawMessage) (*yaml.Node, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(doc, &n); err != nil || len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the scene's document is no JSON object: %w", err)
	}
	return n.Content[0], nil
}

func encode(n *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("the scene's text cannot be written: %w", err)
	}
	return out.Bytes(), nil
}

type patcher struct{ names Names }

// splice writes the text anew key by key: those that say the same keep their lines.
func (p patcher) splice(text []byte, top, want *yaml.Node) ([]byte, error) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	starts := make([]int, 0, len(top.Content)/2+1)
	for i := 0; i < len(top.Content); i += 2 {
		starts = append(starts, firstLine(lines, top.Content[i].Line-1))
	}
	starts = append(starts, len(lines))
	var out bytes.Buffer
	for _, l := range lines[:min(starts[0], len(lines))] {
		out.Write(l)
	}
	done := map[string]bool{}
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		target := child(want, key.Value)
		if target == nil {
			continue
		}
		done[key.Value] = true
		block := lines[starts[i/2]:starts[i/2+1]]
		if p.says(value, target, below(scope{}, top, key.Value)) {
			for _, l := range block {
				out.Write(l)
			}
			continue
		}
		p.merge(value, target, below(scope{}, top, key.Value))
		if err := p.write(&out, key, value); err != nil {
			return nil, err
		}
	}
	for i := 0; i < len(want.Content); i += 2 {
		if key := want.Content[i]; !done[key.Value] {
			if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
				out.WriteByte('\n')
			}
			if err := p.write(&out, plain(key.Value), p.fresh(want.Content[i+1], below(scope{}, want, key.Value))); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}

// firstLine is the first of the comment lines directly above a key's line: they belong to it.
func firstLine(lines [][]byte, at int) int {
	for at > 0 && bytes.HasPrefix(lines[at-1], []byte("#")) {
		at--
	}
	return at
}

func (p patcher) write(out *bytes.Buffer, key, value *yaml.Node) error {
	b, err := encode(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, value}})
	out.Write(b)
	return err
}

// below is the scope of a mapping's member, as reading has it.
func below(c scope, n *yaml.Node, key string) scope {
	in := scope{raw: c.raw}
	ref, isRef := references[key]
	switch {
	case c.raw:
	case key == "set", key == "args", key == "names", key == "notify":
		in.raw = true
	case key == "to" && child(n, "notify") != nil:
		in.kind = "person"
	case isRef:
		in.kind, in.also = ref.kind, ref.also
	}
	return in
}

// says tells whether a node, as it is read, is what the document has.
func (p patcher) says(n, want *yaml.Node, c scope) bool {
	return p.canonical(n, c) == p.canonical(want, scope{raw: true, path: "id"})
}

// canonical is a node as JSON; within the text, names are ids.
func (p patcher) canonical(n *yaml.Node, c scope) string {
	r := reader{lines: map[string]Position{}}
	if c.path != "id" {
		r.names = p.names
	}
	c.path = ""
	var out bytes.Buffer
	r.node(&out, n, c)
	var v any
	if json.Unmarshal(out.Bytes(), &v) != nil {
		return out.String()
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// merge changes a node into what the document has, and leaves what is the same.
func (p patcher) merge(n, want *yaml.Node, c scope) {
	switch {
	case p.says(n, want, c):
	case n.Kind == yaml.MappingNode && want.Kind == yaml.MappingNode:
		p.mergeMapping(n, want, c)
	case n.Kind == yaml.SequenceNode && want.Kind == yaml.SequenceNode:
		p.mergeList(n, want, c)
	default:
		x := p.fresh(want, c)
		x.HeadComment, x.LineComment, x.FootComment = n.HeadComment, n.LineComment, n.FootComment
		*n = *x
	}
}

func (p patcher) mergeMapping(n, want *yaml.Node, c scope) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if target := child(want, n.Content[i].Value); target != nil {
			p.merge(n.Content[i+1], target, below(c, n, n.Content[i].Value))
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	for i := 0; i+1 < len(want.Content); i += 2 {
		if key := want.Content[i].Value; child(n, key) == nil {
			kept = append(kept, plain(key), p.fresh(want.Content[i+1], below(c, want, key)))
		}
	}
	n.Content = kept
}

// mergeList matches what is the same first, so that an element put in between moves no comments.
func (p patcher) mergeList(n, want *yaml.Node, c scope) {
	old := n.Content
	var out []*yaml.Node
	next := 0
	for i, w := range want.Content {
		at := -1
		for j := next; j < len(old); j++ {
			if p.says(old[j], w, c) {
				at = j
				break
			}
		}
		switch {
		case at >= 0:
			out, next = append(out, old[at]), at+1
		case next < len(old) && !p.comesLater(old[next], want.Content[i+1:], c):
			p.merge(old[next], w, c)
			out = append(out, old[next])
			next++
		default:
			out = append(out, p.fresh(w, c))
		}
	}
	n.Content = out
}

func (p patcher) comesLater(n *yaml.Node, want []*yaml.Node, c scope) bool {
	return slices.ContainsFunc(want, func(w *yaml.Node) bool { return p.says(n, w, c) })
}

// fresh is a part of a document as a household would write it: block style, names for ids.
func (p patcher) fresh(want *yaml.Node, c scope) *yaml.Node {
	n := &yaml.Node{Kind: want.Kind, Tag: want.Tag, Value: want.Value}
	switch want.Kind {
	case yaml.MappingNode:
		if len(want.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		for i := 0; i+1 < len(want.Content); i += 2 {
			key := want.Content[i].Value
			n.Content = append(n.Content, plain(key), p.fresh(want.Content[i+1], below(c, want, key)))
		}
	case yaml.SequenceNode:
		if len(want.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, x := range want.Content {
			n.Content = append(n.Content, p.fresh(x, c))
		}
	default:
		if c.kind != "" && p.names != nil && want.Tag == "!!str" && !slices.Contains(c.also, want.Value) {
			n.Value = p.names.Name(c.kind, want.Value)
		}
		if want.Tag == "!!str" && needsQuotes(n.Value) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

// needsQuotes tells whether a reader, or another YAML, could take a text for something else.
func needsQuotes(s string) bool {
	_, truth := truths[strings.ToLower(s)]
	return truth || s == "" || strings.Contains(s, ":")
}

func plain(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if s == "" {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// Switch is a document with "enabled" as wished; its other members keep their order.
func Switch(doc json.RawMessage, on bool) (json.RawMessage, error) {
	want, err := tree(doc)
	if err != nil {
		return nil, err
	}
	value := child(want, "enabled")
	if value == nil {
		value = &yaml.Node{}
		want.Content = append([]*yaml.Node{plain("enabled"), value}, want.Content...)
	}
	*value = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(on)}
	r := reader{lines: map[string]Position{}}
	var out bytes.Buffer
	r.node(&out, want, scope{raw: true})
	return out.Bytes(), nil
}
