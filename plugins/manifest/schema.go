package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/protocol/schema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is what a household may set: a JSON Schema 2020-12 of an object whose properties are texts, numbers,
// truths, or lists of texts, each with a title and description in English, in Chinese under "x-zh", "x-secret" for what
// must never be shown, and "x-order" for its place. The command line's questions, the API and the web form are made from it.
type Schema struct {
	Raw      json.RawMessage
	Fields   []Field
	compiled *jsonschema.Schema
}

// Field is one thing that may be set.
type Field struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"` // string, integer, number, boolean, array (of texts)
	Title       model.Text      `json:"title"`
	Description model.Text      `json:"description,omitzero"`
	Enum        []string        `json:"enum,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Secret      bool            `json:"secret,omitempty"`
	Order       int             `json:"order,omitempty"`
}

type property struct {
	Type        string          `json:"type"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Enum        []string        `json:"enum"`
	Default     json.RawMessage `json:"default"`
	Zh          struct {
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"x-zh"`
	Secret bool `json:"x-secret"`
	Order  int  `json:"x-order"`
}

var fieldTypes = []string{"string", "integer", "number", "boolean", "array"}

// noLoader keeps a vendor's schema from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a reference outside of the schema: %s", url)
}

// ParseSchema reads a configuration's schema.
func ParseSchema(b []byte) (*Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("config.schema.json", doc); err != nil {
		return nil, err
	}
	s := &Schema{Raw: b}
	if s.compiled, err = c.Compile("config.schema.json"); err != nil {
		return nil, err
	}
	var top struct {
		Type       string              `json:"type"`
		Properties map[string]property `json:"properties"`
		Required   []string            `json:"required"`
	}
	if err := json.Unmarshal(b, &top); err != nil {
		return nil, err
	}
	if top.Type != "object" {
		return nil, fmt.Errorf("the type is %q, expected object", top.Type)
	}
	for _, name := range slices.Sorted(maps.Keys(top.Properties)) {
		p := top.Properties[name]
		if !slices.Contains(fieldTypes, p.Type) {
			return nil, fmt.Errorf("property %s is of type %q, expected one of %s", name, p.Type, strings.Join(fieldTypes, ", "))
		}
		s.Fields = append(s.Fields, Field{Name: name, Type: p.Type, Title: model.Text{En: p.Title, Zh: p.Zh.Title}, Description: model.Text{En: p.Description, Zh: p.Zh.Description},
			Enum: p.Enum, Default: p.Default, Required: slices.Contains(top.Required, name), Secret: p.Secret, Order: p.Order})
	}
	slices.SortStableFunc(s.Fields, func(a, b Field) int { return a.Order - b.Order })
	return s, nil
}

// Check validates a configuration; the error says which field is wrong and what was expected. A plugin without a
// schema takes {} only.
func (s *Schema) Check(config json.RawMessage) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return fmt.Errorf("the configuration is no JSON: %w", err)
	}
	if s == nil {
		if m, ok := v.(map[string]any); !ok || len(m) > 0 {
			return fmt.Errorf("this plugin has nothing to configure")
		}
		return nil
	}
	return schema.Explain("configuration", s.compiled.Validate(v))
}

// Fill adds the defaults of what is not set.
func (s *Schema) Fill(config json.RawMessage) (json.RawMessage, error) {
	values := map[string]json.RawMessage{}
	if len(config) > 0 {
		if err := json.Unmarshal(config, &values); err != nil {
			return nil, fmt.Errorf("the configuration is no object: %w", err)
		}
	}
	if s != nil {
		for _, f := range s.Fields {
			if _, set := values[f.Name]; !set && f.Default != nil {
				values[f.Name] = f.Default
			}
		}
	}
	return json.Marshal(values)
}

// Secrets are the values of a configuration's secret fields, by name.
func (s *Schema) Secrets(config json.RawMessage) map[string]string {
	var values map[string]any
	out := map[string]string{}
	if s == nil || json.Unmarshal(config, &values) != nil {
		return out
	}
	for _, f := range s.Fields {
		if text, ok := values[f.Name].(string); ok && f.Secret && text != "" {
			out[f.Name] = text
		}
	}
	return out
}

// Redacted is the configuration with "•••" in the place of secrets.
func (s *Schema) Redacted(config json.RawMessage) json.RawMessage {
	var values map[string]any
	if json.Unmarshal(config, &values) != nil {
		return json.RawMessage("{}")
	}
	for name := range s.Secrets(config) {
		values[name] = Mask
	}
	b, _ := json.Marshal(values)
	return b
}

// Restore puts the secrets of the old configuration in the place of each [Mask] of the new one: who edits a form
// sends back what was shown.
func (s *Schema) Restore(config, old json.RawMessage) (json.RawMessage, error) {
	var values map[string]any
	if err := json.Unmarshal(config, &values); err != nil {
		return nil, fmt.Errorf("the configuration is no object: %w", err)
	}
	before := s.Secrets(old)
	for name, v := range values {
		if v == Mask {
			values[name] = before[name]
		}
	}
	return json.Marshal(values)
}

// Mask stands for a secret wherever it would be shown.
const Mask = "•••"
