package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// schemaDir is where the schemas go, below the root of the repository.
const schemaDir = "model/schemas"

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// schema writes a capability's JSON Schema: the document describes the state (own
// names of attributes to values, null for unknown), $defs/command and $defs/event
// what is sent to and comes from a device.
func schema(c capability) ([]byte, error) {
	defs := object{"state": stateSchema(c)}
	var commands, events []any
	for _, k := range c.Commands {
		commands = append(commands, messageSchema("command", k.Name, k.Label, k.Args))
	}
	for _, e := range c.Events {
		events = append(events, messageSchema("event", e.Name, e.Label, e.Args))
	}
	if commands != nil {
		defs["command"] = object{"oneOf": commands}
	}
	if events != nil {
		defs["event"] = object{"oneOf": events}
	}
	doc := object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         fmt.Sprintf("urn:concord:capability:%s:%d", c.ID, c.Version),
		"title":       c.Label[0],
		"description": c.About[0],
		"$ref":        "#/$defs/state",
		"$defs":       defs,
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", c.ID, err)
	}
	return b.Bytes(), nil
}

func stateSchema(c capability) object {
	properties, required := object{}, []string{}
	for _, a := range c.Attributes {
		if a.Access == "write_only" {
			continue
		}
		properties[a.Name] = propertySchema(a, true)
		if !a.Optional {
			required = append(required, a.Name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": longTail[c.ID]}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// messageSchema describes {"command": NAME, "args": {...}} or the same with "event".
func messageSchema(kind, name string, label words, args []property) object {
	properties, required := object{}, []string{}
	for _, a := range args {
		properties[a.Name] = propertySchema(a, false)
		if !a.Optional {
			required = append(required, a.Name)
		}
	}
	argsSchema := object{"type": "object", "properties": properties, "additionalProperties": false}
	outer := []string{kind}
	if len(required) > 0 {
		argsSchema["required"] = required
		outer = append(outer, "args")
	}
	return object{
		"title":                label[0],
		"type":                 "object",
		"properties":           object{kind: object{"const": name}, "args": argsSchema},
		"required":             outer,
		"additionalProperties": false,
	}
}

// propertySchema describes a value; nullable ones may be unknown. Unit, access and
// counter have no keyword of their own in JSON Schema: they are annotations with an x.
func propertySchema(p property, nullable bool) object {
	out := typeSchema(p.Type)
	out["title"] = p.Label[0]
	out["x-title-zh"] = p.Label[1]
	low, high := p.limits()
	bound(out, "minimum", low)
	bound(out, "maximum", high)
	if p.Unit != "" {
		out["x-unit"] = p.Unit
	}
	if p.Counter {
		out["x-counter"] = true
	}
	if nullable {
		out["type"] = []any{out["type"], "null"}
		out["x-access"] = p.Access
	}
	addOptions(out, p, nullable)
	addFields(out, p)
	return out
}

func typeSchema(t string) object {
	switch t {
	case "bool":
		return object{"type": "boolean"}
	case "int":
		return object{"type": "integer"}
	case "float":
		return object{"type": "number"}
	case "time":
		return object{"type": "string", "format": "date-time"}
	case "set":
		return object{"type": "array", "uniqueItems": true}
	case "list":
		return object{"type": "array"}
	case "object":
		return object{"type": "object"}
	}
	return object{"type": "string"}
}

func bound(out object, keyword string, f *float64) {
	if f != nil {
		out[keyword] = *f
	}
}

func addOptions(out object, p property, nullable bool) {
	members := []any{}
	for _, o := range p.Options {
		members = append(members, o)
	}
	switch {
	case p.Type == "set" && p.Open:
		out["items"] = object{"type": "string"}
	case p.Type == "set":
		out["items"] = object{"enum": members}
	case len(members) > 0 && nullable:
		out["enum"] = append(members, nil)
	case len(members) > 0:
		out["enum"] = members
	}
}

func addFields(out object, p property) {
	fields := object{}
	for _, f := range p.fieldPairs() {
		fields[f[0]] = typeSchema(f[1])
	}
	switch {
	case len(fields) == 0:
	case p.Type == "list":
		out["items"] = object{"type": "object", "properties": fields}
	default:
		out["properties"] = fields
	}
}
