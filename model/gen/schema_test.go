package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/concord-home/hub/model"
)

// compile reads a capability's schema as a vendor would; part is "" for the state, "command" or "event".
func compile(t *testing.T, c *model.CapabilitySpec, part string) *jsonschema.Schema {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, schemaDir, string(c.ID)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const url = "urn:test:capability"
	if err := compiler.AddResource(url, doc); err != nil {
		t.Fatal(err)
	}
	where := url
	if part != "" {
		where += "#/$defs/" + part
	}
	s, err := compiler.Compile(where)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return s
}

// accepts asks a schema about a document built from Go values.
func accepts(t *testing.T, s *jsonschema.Schema, doc any) error {
	t.Helper()
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(instance)
}

// probes are values of all kinds, some of which fit any attribute.
func probes(p *model.Property) []model.Value {
	out := []model.Value{{}, model.Bool(true), model.Number(0.5), model.Number(7), model.Number(-1e7), model.Number(1e7),
		model.String("no such member"), model.String("2026-01-31T18:30:00Z"), model.Set(), model.Set("no such member")}
	for _, o := range p.Options {
		out = append(out, model.String(o), model.Set(o))
	}
	for _, limit := range []*float64{p.Min, p.Max} {
		if limit != nil {
			out = append(out, model.Number(*limit))
		}
	}
	if o, err := model.Object(map[string]bool{"x": true}); err == nil {
		out = append(out, o)
	}
	return out
}

func TestSchemaAndCheckAgreeOnEveryAttribute(t *testing.T) {
	for i := range model.Capabilities {
		c := &model.Capabilities[i]
		s := compile(t, c, "")
		for j := range c.Attributes {
			p := &c.Attributes[j]
			_, name := p.Attribute.Split()
			for _, v := range probes(p) {
				state := unknownState(c)
				state[name] = v
				_, refused := p.Check(v)
				err := accepts(t, s, state)
				if structured := p.Type == model.TypeList || p.Type == model.TypeObject; structured && err != nil {
					continue // the schema also looks inside, Check does not
				}
				if (err == nil) != (refused == nil) {
					t.Errorf("%s = %v: Check says %v, the schema %v", p.Attribute, v, refused, err)
				}
			}
		}
	}
}

// unknownState is a state in which nothing is known.
func unknownState(c *model.CapabilitySpec) map[string]any {
	state := map[string]any{}
	for _, a := range c.Attributes {
		_, name := a.Attribute.Split()
		state[name] = nil
	}
	return state
}

func TestStateSchemaRefusesWhatIsMissingOrForeign(t *testing.T) {
	for i := range model.Capabilities {
		c := &model.Capabilities[i]
		s := compile(t, c, "")
		foreign := unknownState(c)
		foreign["no_such_attribute"] = 1
		longTail := c.ID == model.Setting || c.ID == model.Measurement
		if err := accepts(t, s, foreign); (err == nil) != longTail {
			t.Errorf("%s: a foreign attribute: %v", c.ID, err)
		}
		for _, a := range c.Attributes {
			_, name := a.Attribute.Split()
			missing := unknownState(c)
			delete(missing, name)
			if err := accepts(t, s, missing); (err == nil) != a.Optional {
				t.Errorf("%s missing, optional %t: %v", a.Attribute, a.Optional, err)
			}
		}
	}
}

func TestMessageSchemas(t *testing.T) {
	type message = map[string]any
	for _, tt := range []struct {
		name       string
		capability model.Capability
		part       string
		message    message
		ok         bool
	}{
		{"command without arguments", model.CapOnOff, "command", message{"command": "toggle"}, true},
		{"command with arguments", model.CapLevel, "command", message{"command": "set_level", "args": message{"level": 40, "transition": 2}}, true},
		{"command without a required argument", model.CapLevel, "command", message{"command": "set_level", "args": message{"transition": 2}}, false},
		{"command with an argument out of range", model.CapLevel, "command", message{"command": "set_level", "args": message{"level": 254}}, false},
		{"command with an argument of another", model.CapLevel, "command", message{"command": "stop", "args": message{"level": 40}}, false},
		{"unknown command", model.CapLevel, "command", message{"command": "explode"}, false},
		{"event", model.CapButton, "event", message{"event": "press", "args": message{"button": "left", "action": "double", "count": 2, "raw": "double_left"}}, true},
		{"event with an unknown member", model.CapButton, "event", message{"event": "press", "args": message{"button": "", "action": "press_start"}}, false},
		{"time that is none", model.CapEVCharger, "command", message{"command": "enable", "args": message{"until": "tomorrow"}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, model.LookupCapability(tt.capability), tt.part)
			if err := accepts(t, s, tt.message); (err == nil) != tt.ok {
				t.Errorf("got %v, want accepted %t", err, tt.ok)
			}
		})
	}
}
