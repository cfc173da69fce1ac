package scenefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// write brings the house's document into the file.
func (f *Folder) write(id string, text []byte, doc json.RawMessage, names Names) error {
	if !validID(id) {
		return nil // one that no file can be named after lives in the house alone
	}
	text, err := Patch(text, doc, names)
	if err != nil {
		return fmt.Errorf("scene %s: %w", id, err)
	}
	return f.keep(id, text, string(doc))
}

// keep writes a file whole or not at all, and remembers both sides as they are.
func (f *Folder) keep(id string, text []byte, doc string) error {
	if err := writeFile(f.path(id), text); err != nil {
		return fmt.Errorf("scene %s: %w", id, err)
	}
	info, err := os.Stat(f.path(id))
	if err != nil {
		return fmt.Errorf("scene %s: %w", id, err)
	}
	f.known[id] = &entry{text: text, stamp: stamp{info.Size(), info.ModTime()}, doc: doc}
	return nil
}

func writeFile(path string, text []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	_, err = part.Write(text)
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		_ = os.Remove(part.Name()) // the first error says what is wrong
	}
	return err
}

// remember writes down which files there are.
func (f *Folder) remember() error {
	var ids []string
	for id, e := range f.known {
		if e.text != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	want := []byte(strings.Join(ids, "\n"))
	path := filepath.Join(f.dir, knownFile)
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, want) {
		return nil
	}
	return writeFile(path, want)
}
