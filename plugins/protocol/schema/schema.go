// Package schema holds the JSON Schemas of the plugin protocol's messages, one file each, for vendors
// in any language, and checks messages against them, for the conformance kit. The files
// are made from the types of package protocol by `go generate ./plugins/protocol`.
//
// Use: Load once, then Check each message.
package schema

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/concord-home/hub/plugins/protocol"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Files are the schemas: device-put.json, state-report.json, initialize-result.json...
//
//go:embed *.json
var Files embed.FS

// Set is the compiled schemas.
type Set struct{ byFile map[string]*jsonschema.Schema }

// Load compiles all schemas.
func Load() (*Set, error) {
	c := jsonschema.NewCompiler()
	names, err := fs.Glob(Files, "*.json")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		b, err := Files.ReadFile(n)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		if err := c.AddResource(n, doc); err != nil {
			return nil, err
		}
	}
	s := &Set{map[string]*jsonschema.Schema{}}
	for _, n := range names {
		if s.byFile[n], err = c.Compile(n); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
	}
	return s, nil
}

func file(method string) string { return strings.ReplaceAll(method, "/", "-") + ".json" }

// Params checks the parameters of a message, Result those of an answer to method; the error says what and where.
func (s *Set) Params(method string, params json.RawMessage) error { return s.check(method, params) }

// Result checks the answer to method.
func (s *Set) Result(method string, result json.RawMessage) error {
	return s.check(method+"-result", result)
}

func (s *Set) check(name string, raw json.RawMessage) error {
	c, ok := s.byFile[file(name)]
	if !ok {
		return fmt.Errorf("protocol %d has no %q", protocol.Version, name)
	}
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return Explain(name, c.Validate(v))
}

var printer = message.NewPrinter(language.English)

// Explain puts a validation's error in one line: where, and what was expected there.
func Explain(name string, err error) error {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	where := name
	if len(v.InstanceLocation) > 0 {
		where += " " + strings.Join(v.InstanceLocation, ".")
	}
	if r, ok := v.ErrorKind.(*kind.Required); ok {
		return fmt.Errorf("%s: lacks %s", where, strings.Join(r.Missing, ", "))
	}
	return fmt.Errorf("%s: %s", where, v.ErrorKind.LocalizedString(printer))
}
