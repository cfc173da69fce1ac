package scenefile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
)

// House is the running house as a folder of scenes needs it.
type House interface {
	View() *home.View
	Do(ctx context.Context, body home.Body) error
}

// Folder keeps a directory of scene files and a house's scenes the same. A file is the truth: what somebody edits is
// taken by the house, or refused and told of, and then the house keeps the scene as it was. What the house is told
// through its API is patched into the file.
type Folder struct {
	dir   string
	house House
	log   *slog.Logger

	mu    sync.Mutex
	known map[string]*entry // by scene id; also those that were there when the hub last ran
}

// entry is what was last seen of one scene on both sides.
type entry struct {
	text    []byte
	stamp   stamp
	doc     string // the house's document; empty when it has none
	problem error  // why the file as it is now is not taken
	devices int    // in the house when it was refused: with others it may fit
}

type stamp struct {
	size  int64
	mtime time.Time
}

// moment is the house as a Sync sees it.
type moment struct {
	names   Names
	devices int
}

const (
	ending    = ".yaml"
	knownFile = ".known" // the ids of files that were there: one that is not any more was deleted by hand
)

// NewFolder makes a folder; the directory is made when it is missing. Call Sync once before Run.
func NewFolder(dir string, house House, log *slog.Logger) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the directory of scenes: %w", err)
	}
	f := &Folder{dir: dir, house: house, log: log, known: map[string]*entry{}}
	b, err := os.ReadFile(filepath.Join(dir, knownFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the directory of scenes: %w", err)
	}
	for _, id := range strings.Fields(string(b)) {
		f.known[id] = &entry{}
	}
	return f, nil
}

// leisure is how many times longer than a look at the files took the next one is away, so that thousands of
// files don't keep a small machine busy.
const leisure = 500

// Run looks for edits until the context ends, that often or, where there are many files, more seldom.
func (f *Folder) Run(ctx context.Context, every time.Duration) error {
	next := time.NewTimer(every)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
			began := time.Now()
			if err := f.Sync(ctx); err != nil && ctx.Err() == nil {
				f.log.Warn("scene files", "err", err)
			}
			next.Reset(max(every, min(leisure*time.Since(began), 15*time.Second)))
		}
	}
}

// Sync brings files and house together once. What is wrong with single files is in Problems.
func (f *Folder) Sync(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	files, err := f.list()
	if err != nil {
		return err
	}
	v := f.house.View()
	docs := map[string]json.RawMessage{}
	for _, rec := range v.Scenes() {
		docs[rec.ID] = rec.Document
	}
	m := moment{NamesOf(v), len(v.Devices())}
	var errs []error
	for _, id := range sorted(files, docs) {
		if err := f.one(ctx, id, files, docs, m); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, f.remember())...)
}

func (f *Folder) list() (map[string]stamp, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("the directory of scenes: %w", err)
	}
	out := map[string]stamp{}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ending)
		info, err := e.Info()
		if ok && err == nil && info.Mode().IsRegular() && validID(id) {
			out[id] = stamp{info.Size(), info.ModTime()}
		}
	}
	return out, nil
}

// validID tells whether an id can be a file's name and a path of the API.
func validID(id string) bool {
	return id != "" && len(id) <= 64 && id[0] != '.' && !strings.ContainsAny(id, "/\\:*?\"<>| \t\n")
}

func sorted(files map[string]stamp, docs map[string]json.RawMessage) []string {
	var out []string
	for id := range files {
		out = append(out, id)
	}
	for id := range docs {
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (f *Folder) one(ctx context.Context, id string, files map[string]stamp, docs map[string]json.RawMessage, m moment) error {
	e, known := f.known[id]
	at, isFile := files[id]
	doc, isScene := docs[id]
	switch {
	case !isFile && known && (e.text != nil || isScene && e.doc == ""): // deleted by hand, now or while the hub was down
		delete(f.known, id)
		if !isScene {
			return nil
		}
		return f.house.Do(ctx, home.SceneRemoved{ID: id})
	case !isFile && isScene:
		return f.write(id, nil, doc, m.names)
	case !isFile:
		delete(f.known, id)
		return nil
	}
	if !known {
		e = &entry{}
		f.known[id] = e
	}
	if e.text == nil || e.stamp != at || e.problem != nil && e.devices != m.devices {
		return f.take(ctx, id, e, at, doc, m)
	}
	switch {
	case e.doc != "" && !isScene: // removed through the API
		delete(f.known, id)
		return os.Remove(f.path(id))
	case isScene && e.doc != string(doc):
		return f.write(id, e.text, doc, m.names)
	}
	return nil
}

func (f *Folder) path(id string) string { return filepath.Join(f.dir, id+ending) }

// take reads a file that is new or was edited.
func (f *Folder) take(ctx context.Context, id string, e *entry, at stamp, doc json.RawMessage, m moment) error {
	text, err := os.ReadFile(f.path(id))
	if err != nil {
		return err
	}
	first := e.problem == nil || !bytes.Equal(text, e.text)
	e.text, e.stamp, e.devices, e.doc = text, at, m.devices, string(doc)
	e.problem = f.apply(ctx, id, text, doc, m.names)
	if e.problem != nil {
		if first {
			f.log.Warn("a scene file is not taken; the scene stays as it was", "scene", id, "err", e.problem)
		}
		return nil
	}
	e.doc = f.document(id)
	return nil
}

// apply gives a text to the house, unless the house has it already.
func (f *Folder) apply(ctx context.Context, id string, text []byte, doc json.RawMessage, names Names) error {
	file, err := Parse(text, names)
	if err != nil || same(file.Document, doc) {
		return err
	}
	return file.Locate(f.house.Do(ctx, home.SceneSet{ID: id, Document: file.Document}))
}

// document is the house's; "" when there is none.
func (f *Folder) document(id string) string {
	rec, _ := f.house.View().Scene(id)
	return string(rec.Document)
}

func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return len(b) > 0 && json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// Text is a scene's text as it stands in its file. Problems say whether the house has taken it so.
func (f *Folder) Text(id string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !validID(id) {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(f.path(id))
}

// SetText gives a text to the house and, when it is taken, writes the file. The error joins [*Error]s.
func (f *Folder) SetText(ctx context.Context, id string, text []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !validID(id) {
		return &Error{Position{1, 1}, "", fmt.Sprintf("a scene cannot be called %q", id), "a name that a file can have, of at most 64 bytes"}
	}
	if err := f.apply(ctx, id, text, nil, NamesOf(f.house.View())); err != nil {
		return err
	}
	return errors.Join(f.keep(id, text, f.document(id)), f.remember())
}

// SetDocument gives a document with ids to the house and patches it into the scene's file.
func (f *Folder) SetDocument(ctx context.Context, id string, doc json.RawMessage) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.house.Do(ctx, home.SceneSet{ID: id, Document: doc}); err != nil {
		return err
	}
	var text []byte
	if validID(id) {
		text, _ = os.ReadFile(f.path(id)) // one that cannot be read is written anew
	}
	return errors.Join(f.write(id, text, doc, NamesOf(f.house.View())), f.remember())
}

// Remove deletes a scene and its file.
func (f *Folder) Remove(ctx context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.house.Do(ctx, home.SceneRemoved{ID: id}); err != nil {
		return err
	}
	delete(f.known, id)
	if validID(id) {
		if err := os.Remove(f.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("scene %s is removed, its file is not: %w", id, err)
		}
	}
	return f.remember()
}

// Problems are the files that are not taken as they are, and why.
func (f *Folder) Problems() map[string]error {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]error{}
	for id, e := range f.known {
		if e.problem != nil {
			out[id] = e.problem
		}
	}
	return out
}
