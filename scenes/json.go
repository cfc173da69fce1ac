package scenes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// DocumentError is one thing wrong with a scene's document. Check returns all of them, joined.
type DocumentError struct {
	Path     string // where: then[0].set["level.level"]
	Problem  string // what is wrong
	Expected string // what would be right
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("%s: %s; expected %s", e.Path, e.Problem, e.Expected)
}

// problems collects what is wrong with a document.
type problems []error

const (
	maxDocument = 256 << 10 // bytes
	maxProblems = 20        // nobody reads more
)

func (p *problems) add(path, expected, format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, &DocumentError{Path: path, Problem: fmt.Sprintf(format, args...), Expected: expected})
	}
}

func (p problems) err() error { return errors.Join(p...) }

// member is one member of an object, in the document's order.
type member struct {
	key  string
	path string
	raw  json.RawMessage
}

// object reads an object's members. encoding/json would take unknown, repeated and differently cased
// members in silence; here each is for the caller to know.
func (p *problems) object(path string, raw json.RawMessage) []member {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		p.add(orTop(path), "an object", "got %s", brief(raw))
		return nil
	}
	var out []member
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		m := member{}
		if err == nil {
			m.key, _ = key.(string)
			err = dec.Decode(&m.raw)
		}
		if err != nil {
			p.add(orTop(path), "JSON", "it cannot be read at byte %d: %v", dec.InputOffset(), err)
			return nil
		}
		m.path = Join(path, m.key)
		if seen[m.key] {
			p.add(m.path, "each member once", "it is there twice")
			continue
		}
		seen[m.key] = true
		out = append(out, m)
	}
	return out
}

// readers reads an object whose members are known by name. All others are refused.
type readers map[string]func(member)

func (p *problems) fields(path string, raw json.RawMessage, names string, known readers) {
	for _, m := range p.object(path, raw) {
		if read := known[m.key]; read != nil {
			read(m)
			continue
		}
		p.add(m.path, "one of "+names, "there is no such member")
	}
}

// into reads a member whose JSON must be of v's type.
func (p *problems) into(v any, expected string) func(member) {
	return func(m member) {
		if bytes.Equal(m.raw, []byte("null")) || json.Unmarshal(m.raw, v) != nil {
			p.add(m.path, expected, "got %s", brief(m.raw))
		}
	}
}

// list reads an array's elements.
func (p *problems) list(m member, each func(path string, raw json.RawMessage)) {
	var elements []json.RawMessage
	if err := json.Unmarshal(m.raw, &elements); err != nil || elements == nil {
		p.add(m.path, "a list", "got %s", brief(m.raw))
		return
	}
	for i, raw := range elements {
		each(fmt.Sprintf("%s[%d]", m.path, i), raw)
	}
}

// valid tells whether the whole is one JSON value of bearable size.
func (p *problems) valid(doc json.RawMessage) bool {
	if len(doc) > maxDocument {
		p.add("the document", fmt.Sprintf("at most %d bytes", maxDocument), "it has %d bytes", len(doc))
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	var whole json.RawMessage
	err := dec.Decode(&whole)
	if err == nil {
		if _, more := dec.Token(); more == io.EOF {
			return true
		}
		err = errors.New("something follows the document")
	}
	p.add("the document", "JSON", "it cannot be read at byte %d: %v", dec.InputOffset(), err)
	return false
}

// Join is the path of a member below a path, as [DocumentError] has it: then[0].set["level.level"].
func Join(path, key string) string {
	switch {
	case strings.ContainsAny(key, ".[]\" ") || key == "":
		return fmt.Sprintf("%s[%q]", path, key)
	case path == "":
		return key
	}
	return path + "." + key
}

func orTop(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

// brief shows JSON in an error without filling the screen.
func brief(raw json.RawMessage) string {
	const most = 60
	s := strings.ToValidUTF8(string(raw), "?")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}
