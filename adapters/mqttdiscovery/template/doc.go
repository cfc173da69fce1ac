// Package template evaluates the part of the Jinja language that MQTT discovery messages use: output, if, for
// and set, expressions, filters and the methods of strings and mappings. It is bounded in steps, memory and
// nesting, since what it evaluates comes from the network, and it reaches nothing but what it is given:
// no clock, no states of other devices, no files.
//
// Use: Parse a text once, then Render it for each message:
//
//	t, err := template.Parse(`{{ value_json.temperature | float(0) / 10 }}`)
//	out, err := t.Render(template.Vars{"value": payload, "value_json": template.FromJSON(payload)})
//
// What a text uses beyond the subset is an error of Parse, so that a device's property can be left out with a reason.
//
// Language: https://jinja.palletsprojects.com/en/stable/templates/; the filters beyond it are Home Assistant's,
// https://www.home-assistant.io/docs/configuration/templating/.
package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Vars are the variables that a template sees: nil, bool, int64, float64, string, []any and map[string]any, as [FromJSON] makes them.
type Vars map[string]any

// Limits of one rendering.
const (
	maxSource = 16 << 10
	maxSteps  = 20_000
	maxOutput = 64 << 10
	maxDepth  = 64
)

// ErrMissing says that the text of a template came out empty because something that it shows is not in the message.
var ErrMissing = errors.New("what the template shows is not in the message")

// Template is a parsed text, safe for use from several goroutines.
type Template struct {
	source string
	nodes  []node
	plain  bool // no expressions: the text is the output
}

// Parse reads a template.
func Parse(source string) (*Template, error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("a template of %d bytes; at most %d", len(source), maxSource)
	}
	p := &parser{}
	nodes, err := p.document(source)
	if err != nil {
		return nil, fmt.Errorf("template %.80q: %w", source, err)
	}
	return &Template{source: source, nodes: nodes, plain: !strings.Contains(source, "{{") && !strings.Contains(source, "{%")}, nil
}

// String returns the template's text.
func (t *Template) String() string { return t.source }

// Render evaluates the template. White space around the result is trimmed, as Home Assistant does.
func (t *Template) Render(vars Vars) (string, error) {
	if t.plain {
		return strings.TrimSpace(t.source), nil
	}
	e := &env{vars: vars, local: map[string]any{}}
	if err := e.run(t.nodes); err != nil {
		return "", fmt.Errorf("template %.80q: %w", t.source, err)
	}
	out := strings.TrimSpace(e.out.String())
	if out == "" && e.missing {
		return "", ErrMissing
	}
	return out, nil
}

// Path returns the keys below value_json when the template is nothing but such a path
// ("{{ value_json.update['state'] }}", with or without filters), else nil.
func (t *Template) Path() []string {
	var out *show
	for _, n := range t.nodes {
		switch n := n.(type) {
		case text:
			if strings.TrimSpace(string(n)) != "" {
				return nil
			}
		case show:
			if out != nil {
				return nil
			}
			out = &n
		default:
			return nil
		}
	}
	if out == nil {
		return nil
	}
	return pathOf(out.x)
}

func pathOf(x expr) []string {
	switch x := x.(type) {
	case filter:
		return pathOf(x.x)
	case member:
		key, ok := x.key.(literal)
		s, isString := key.v.(string)
		if !ok || !isString {
			return nil
		}
		if n, ok := x.x.(name); ok && n == "value_json" {
			return []string{s}
		}
		if up := pathOf(x.x); up != nil {
			return append(up, s)
		}
	}
	return nil
}

// FromJSON decodes JSON for a template: whole numbers stay whole. What is no JSON is nil.
func FromJSON(b []byte) any {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	return numbers(v)
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil {
			return nil
		}
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}
