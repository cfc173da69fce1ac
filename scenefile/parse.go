// Package scenefile is scenes as text: the YAML that a household writes, kept as it was written.
//
// Use: [Parse] turns text into the canonical JSON document that package home stores, with names of devices, rooms
// and people replaced by their ids, and knows the line and column of every part, so that a refusal can point at it.
// [Patch] brings an edit of the document back into the text and leaves alone what did not change, comments and
// order with it. [Folder] keeps the files of a data directory and the house's scenes the same, from either side.
package scenefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/scenes"
)

// Position is a place in a text; both count from 1.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Error is one thing wrong with a scene's text.
type Error struct {
	Position
	Path     string // in the document: then[0].device; empty for the whole
	Problem  string
	Expected string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Path != "" {
		s += e.Path + ": "
	}
	s += e.Problem
	if e.Expected != "" {
		s += "; expected " + e.Expected
	}
	return s
}

// Wrong lists what is wrong with a scene, from the error of its text or of its document (which has no lines); of another
// error it is empty.
func Wrong(err error) []*Error {
	var (
		many interface{ Unwrap() []error }
		text *Error
		doc  *scenes.DocumentError
		out  []*Error
	)
	switch {
	case errors.As(err, &many):
		for _, e := range many.Unwrap() {
			out = append(out, Wrong(e)...)
		}
	case errors.As(err, &text):
		out = append(out, text)
	case errors.As(err, &doc):
		out = append(out, &Error{Path: doc.Path, Problem: doc.Problem, Expected: doc.Expected})
	}
	return out
}

// Names turns what people call things into ids, and back. Kinds are device, room and person.
type Names interface {
	// ID finds the one thing of that name or id; near are names that are like it, when there is none.
	ID(kind, word string) (id string, near []string, ok bool)
	// Name is what a thing is called when nothing else of its kind is called so, else its id.
	Name(kind, id string) string
}

// File is a scene's text as read.
type File struct {
	// Document is canonical JSON with ids.
	Document json.RawMessage
	lines    map[string]Position
}

// Bounds of a text: a household's longest scene is far below.
const (
	maxText  = 256 << 10 // bytes
	maxNodes = 20_000    // aliases count as what they stand for
)

// Parse reads a scene's text: YAML, of which JSON is a part. Its error joins [*Error]s.
func Parse(text []byte, names Names) (*File, error) {
	if len(text) > maxText {
		return nil, &Error{Position{1, 1}, "", fmt.Sprintf("the scene has %d bytes", len(text)), fmt.Sprintf("at most %d", maxText)}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, &Error{Position{yamlLine(err), 1}, "", "the scene is neither YAML nor JSON: " + strings.TrimPrefix(err.Error(), "yaml: "), ""}
	}
	if len(root.Content) == 0 {
		return nil, &Error{Position{1, 1}, "", "the scene is empty", "steps under then, or arrival"}
	}
	r := reader{names: names, lines: map[string]Position{}}
	var out bytes.Buffer
	r.node(&out, root.Content[0], scope{})
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return &File{Document: out.Bytes(), lines: r.lines}, nil
}

// yamlLine is the line that a YAML error names: "yaml: line 3: ...".
func yamlLine(err error) int {
	_, rest, _ := strings.Cut(err.Error(), "line ")
	digits, _, _ := strings.Cut(rest, ":")
	if n, err := strconv.Atoi(digits); err == nil {
		return n
	}
	return 1
}

// Locate says of what is wrong with the document where in the text that is.
func (f *File) Locate(err error) error {
	var many interface{ Unwrap() []error }
	var one *scenes.DocumentError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		var out []error
		for _, e := range many.Unwrap() {
			out = append(out, f.Locate(e))
		}
		return errors.Join(out...)
	case errors.As(err, &one):
		return &Error{f.At(one.Path), one.Path, one.Problem, one.Expected}
	}
	return err
}

// At is where a part of the document is, else where the nearest part above it is.
func (f *File) At(path string) Position {
	for path != "" {
		if p, ok := f.lines[path]; ok {
			return p
		}
		cut := max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	if p, ok := f.lines[""]; ok {
		return p
	}
	return Position{1, 1}
}

// reader turns nodes into JSON.
type reader struct {
	names Names
	lines map[string]Position
	errs  []error
	nodes int
	depth int
}

// scope is what a node's meaning depends on.
type scope struct {
	path string
	kind string   // what a string names: device, room, person; empty: itself
	also []string // words that name nothing of their own
	// prop is the attribute whose value this is: on, off, yes and no mean truths there.
	prop *model.Property
	raw  bool // values and arguments: nothing below is a name
}

const maxProblems = 20

func (r *reader) fail(n *yaml.Node, path, problem, expected string) {
	if len(r.errs) < maxProblems {
		r.errs = append(r.errs, &Error{Position{n.Line, n.Column}, path, problem, expected})
	}
}

func (r *reader) node(out *bytes.Buffer, n *yaml.Node, c scope) {
	if r.nodes++; r.nodes > maxNodes || r.depth > 64 {
		if r.nodes == maxNodes+1 || r.depth > 64 {
			r.fail(n, c.path, "the scene is too large", fmt.Sprintf("at most %d parts, 64 levels deep", maxNodes))
		}
		out.WriteString("null")
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	if _, known := r.lines[c.path]; !known {
		r.lines[c.path] = Position{n.Line, n.Column}
	}
	switch n.Kind {
	case yaml.AliasNode:
		r.node(out, n.Alias, c)
	case yaml.MappingNode:
		r.mapping(out, n, c)
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, x := range n.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			in := c
			in.path = fmt.Sprintf("%s[%d]", c.path, i)
			r.node(out, x, in)
		}
		out.WriteByte(']')
	default:
		r.scalar(out, n, c)
	}
}

// references are the keys under which things are named, one or several, and the words that name nothing of their own.
var references = map[string]struct {
	kind string
	also []string
}{
	"device": {kind: "device"}, "devices": {kind: "device"},
	"room": {kind: "room"}, "rooms": {kind: "room"},
	"person": {kind: "person", also: []string{"anyone", "everyone", "first"}}, "people": {kind: "person"},
}

func (r *reader) mapping(out *bytes.Buffer, n *yaml.Node, c scope) {
	attribute := text(child(n, "attribute"))
	seen := map[string]bool{}
	out.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || seen[key.Value] {
			r.fail(key, c.path, fmt.Sprintf("the key %q cannot stand here, or is there twice", key.Value), "each key once, as a plain word")
			continue
		}
		if len(seen) > 0 {
			out.WriteByte(',')
		}
		seen[key.Value] = true
		in := scope{path: scenes.Join(c.path, key.Value), raw: c.raw}
		r.lines[in.path] = Position{key.Line, key.Column}
		switch ref, isRef := references[key.Value]; {
		case c.raw:
			if c.prop == nil {
				in.prop = model.LookupAttribute(model.Attribute(key.Value))
			}
		case key.Value == "set":
			in.raw = true
		case key.Value == "args", key.Value == "names", key.Value == "notify":
			in.raw, in.prop = true, &model.Property{Type: model.TypeString}
		case key.Value == "to" && child(n, "notify") != nil:
			in.kind = "person"
		case isRef:
			in.kind, in.also = ref.kind, ref.also
		case attribute != "" && slices.Contains([]string{"to", "from", "is", "is_not", "one_of"}, key.Value):
			in.prop = model.LookupAttribute(model.Attribute(attribute))
		}
		word, _ := json.Marshal(key.Value)
		out.Write(word)
		out.WriteByte(':')
		r.node(out, value, in)
	}
	out.WriteByte('}')
}

// child is the value of a key of a mapping; nil when there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}
