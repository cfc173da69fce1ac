// Command gen makes everything that follows from the capability catalogue in
// model/spec: model/catalogue_gen.go, the JSON Schemas in model/schemas and
// docs/capabilities.md. Run it with `go generate ./model`; what it writes depends
// on the spec alone. An error in the spec is reported with its file and line.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	// go generate runs in model, one below the root of the repository.
	if err := run(os.DirFS("spec"), ".."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run generates from the spec folder and writes below the root of the repository.
func run(dir fs.FS, root string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, name), content, 0o644); err != nil {
			return fmt.Errorf("write what was generated: %w", err)
		}
	}
	return removeStale(root, files)
}

// removeStale deletes the schemas of capabilities that are no more.
func removeStale(root string, files map[string][]byte) error {
	schemas, err := fs.Glob(os.DirFS(root), schemaDir+"/*.json")
	if err != nil {
		return fmt.Errorf("list the schemas: %w", err)
	}
	for _, name := range schemas {
		if _, wanted := files[name]; wanted {
			continue
		}
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			return fmt.Errorf("remove a schema without a capability: %w", err)
		}
	}
	return nil
}

// generate returns the content of every generated file by its path in the repository.
func generate(dir fs.FS) (map[string][]byte, error) {
	s, err := load(dir)
	if err != nil {
		return nil, err
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	code, err := goCode(s)
	if err != nil {
		return nil, fmt.Errorf("the generated Go code does not parse: %w", err)
	}
	files := map[string][]byte{
		"model/catalogue_gen.go": code,
		"docs/capabilities.md":   handbook(s),
	}
	for _, c := range s.capabilities {
		if files[schemaDir+"/"+c.ID+".json"], err = schema(c); err != nil {
			return nil, err
		}
	}
	return files, nil
}
