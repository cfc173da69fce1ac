// Command gen makes a JSON Schema of each message of the plugin protocol, from the Go types, and the tables of
// docs/plugins.md. `go generate ./plugins/protocol` runs it in that package's folder.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/conformance"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/danielgtaylor/huma/v2"
)

func main() {
	log.SetFlags(0)
	if err := schemas("schema"); err != nil {
		log.Fatal(err)
	}
	if err := document(filepath.Join("..", "..", "docs", "plugins.md")); err != nil {
		log.Fatal(err)
	}
}

// anyJSON is the schema of whatever JSON.
type anyJSON struct{}

// Schema is that of any JSON value.
func (anyJSON) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

func schemas(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, m := range protocol.Methods {
		if err := write(dir, m.Name, m.About, m.Params); err != nil {
			return err
		}
		if m.Result != nil {
			if err := write(dir, m.Name+"-result", "the answer to "+m.Name, m.Result); err != nil {
				return err
			}
		}
	}
	return write(dir, "error", "why a request was not done", protocol.Error{})
}

// FileName is the schema's file of a method.
func fileName(method string) string { return strings.ReplaceAll(method, "/", "-") + ".json" }

func write(dir, name, about string, v any) error {
	r := huma.NewMapRegistry("#/$defs/", huma.DefaultSchemaNamer)
	for _, t := range []reflect.Type{reflect.TypeFor[model.Value](), reflect.TypeFor[json.RawMessage]()} {
		r.RegisterTypeAlias(t, reflect.TypeFor[anyJSON]())
	}
	s := r.Schema(reflect.TypeOf(v), false, "")
	doc := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, "description": about}
	if err := merge(doc, s); err != nil {
		return err
	}
	defs := map[string]any{}
	for n, d := range r.Map() {
		if n == reflect.TypeOf(v).Name() {
			continue
		}
		x := map[string]any{}
		if err := merge(x, d); err != nil {
			return err
		}
		defs[n] = x
	}
	if len(defs) > 0 {
		doc["$defs"] = defs
	}
	open(doc)
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, fileName(name)), append(b, '\n'), 0o644)
}

func merge(into map[string]any, s *huma.Schema) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, &into)
}

// open lets members through that this version does not know: either side may be newer.
func open(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["additionalProperties"] == false {
			delete(v, "additionalProperties")
		}
		for _, x := range v {
			open(x)
		}
	case []any:
		for _, x := range v {
			open(x)
		}
	}
}

// document puts the tables between the marks of the guide.
func document(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for name, text := range map[string]string{"methods": methods(), "codes": codes(), "limits": limits(), "checks": tiers()} {
		begin, end := []byte("<!-- begin "+name+" -->\n"), []byte("<!-- end "+name+" -->")
		i, j := bytes.Index(b, begin), bytes.Index(b, end)
		if i < 0 || j < i {
			return fmt.Errorf("%s has no place for %s", path, name)
		}
		b = append(append(append([]byte{}, b[:i+len(begin)]...), text...), b[j:]...)
	}
	return os.WriteFile(path, b, 0o644)
}

func methods() string {
	var s strings.Builder
	s.WriteString("| method | who | kind | what for | members |\n|---|---|---|---|---|\n")
	for _, m := range protocol.Methods {
		who, kind := "hub", "notification"
		if m.ByPlugin {
			who = "plugin"
		}
		if m.Result != nil {
			kind = "request"
		}
		if m.Optional && !m.ByPlugin && m.Result != nil {
			kind += ", may be −32601"
		}
		fmt.Fprintf(&s, "| [`%s`](../plugins/protocol/schema/%s) | %s | %s | %s | %s |\n", m.Name, fileName(m.Name), who, kind, m.About, members(m.Params))
	}
	return s.String()
}

func members(v any) string {
	var out []string
	t := reflect.TypeOf(v)
	for i := range t.NumField() {
		name, opt, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if opt == "omitempty" {
			name += "?"
		}
		out = append(out, "`"+name+"`")
	}
	return strings.Join(out, " ")
}

func codes() string {
	var s strings.Builder
	s.WriteString("| code | name | when |\n|---|---|---|\n")
	for _, c := range protocol.Codes {
		fmt.Fprintf(&s, "| %d | %s | %s |\n", c.Code, c.Name, c.Meaning)
	}
	return s.String()
}

func tiers() string {
	var s strings.Builder
	s.WriteString("| tier | check | what it holds | |\n|---|---|---|---|\n")
	for _, f := range conformance.Checks() {
		fmt.Fprintf(&s, "| %s | `%s` | %s | %s |\n", f.Tier, f.ID, f.Title.En, f.Title.Zh)
	}
	return s.String()
}

func limits() string {
	var s strings.Builder
	s.WriteString("| limit | default | |\n|---|---|---|\n")
	v := reflect.ValueOf(protocol.DefaultLimits)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		fmt.Fprintf(&s, "| `%s` | %d | %s |\n", f.Tag.Get("json"), v.Field(i).Int(), f.Tag.Get("doc"))
	}
	return s.String()
}
