// Package backup keeps all that a hub remembers in one file, and puts it back.
//
// Use: a [Keeper] makes backups while the hub runs, each proven before it counts: the database is copied and compared table
// by table, the file is unpacked again, every sum is checked and the database is opened. [Keeper.Stage] checks a file that is
// to be restored and lays it ready; [Apply] puts it in place when the hub starts next, before it opens its store, and keeps
// what was there beside it. A [Routine] makes backups by a [Schedule] and removes those that it needs no more.
//
// A backup holds what the hub must not lose, the key that seals its secrets included: whoever has the file has the house.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/store"
)

// The names within a data directory and within a backup.
const (
	folder       = "backups"
	staged       = "restore.tar.gz"
	database     = "hub.db"
	manifestName = "manifest.json"
	suffix       = ".tar.gz"
	making       = ".making-"
	staging      = ".staging-"
	format       = 1
)

// transient are the entries of a data directory that are of one run or of one machine only, or that the store copies itself.
var transient = []string{"lock", "address", "token", "release.pub", "update", folder, staged, database, database + "-wal", database + "-shm"}

func isTransient(name string) bool {
	return slices.Contains(transient, name) || strings.HasPrefix(name, beforeFolder) || strings.HasPrefix(name, ".")
}

// Source is the store that is copied.
type Source interface {
	Backup(ctx context.Context, path string) error
}

// Keeper makes backups of a data directory and looks after them.
type Keeper struct {
	Dir     string // the data directory
	Store   Source
	Version string // of the hub
	Now     func() time.Time
}

// Manifest says what a backup holds. It is the file's first entry.
type Manifest struct {
	Format   int       `json:"format"`
	Made     time.Time `json:"made"`
	Routine  bool      `json:"routine,omitempty"` // by the schedule, which may also remove it again
	Version  string    `json:"version"`
	LastFact uint64    `json:"last_fact"`
	Files    []File    `json:"files"`
}

// File is one file of a backup, by its slash-separated path within the data directory.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Backup is a backup that was proven.
type Backup struct {
	Name     string // of the file in the folder of backups
	Bytes    int64
	Manifest Manifest
}

// Make makes a backup and proves it.
func (k Keeper) Make(ctx context.Context) (Backup, error) { return k.make(ctx, false) }

// MakeRoutine makes one that the schedule may remove again.
func (k Keeper) MakeRoutine(ctx context.Context) (Backup, error) { return k.make(ctx, true) }

func (k Keeper) make(ctx context.Context, routine bool) (b Backup, err error) {
	dir := filepath.Join(k.Dir, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return b, fmt.Errorf("backup: the folder for backups: %w", err)
	}
	scratch, err := os.MkdirTemp(dir, making+"*")
	if err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(scratch)
	files := filepath.Join(scratch, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	if err := k.Store.Backup(ctx, filepath.Join(files, database)); err != nil {
		return b, err
	}
	if err := copyTree(k.Dir, files); err != nil {
		return b, fmt.Errorf("backup: copy the files: %w", err)
	}
	m := Manifest{Format: format, Made: k.Now().UTC().Truncate(time.Second), Version: k.Version, Routine: routine}
	if m.LastFact, err = lastFact(files); err != nil {
		return b, err
	}
	if m.Files, err = list(files); err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	part := filepath.Join(scratch, "part")
	if err := pack(part, files, m); err != nil {
		return b, fmt.Errorf("backup: write the file: %w", err)
	}
	proven, err := Check(part, scratch)
	if err != nil {
		return b, err
	}
	if proven.LastFact != m.LastFact || !slices.Equal(proven.Files, m.Files) {
		return b, errors.New("backup: what the file holds is not what was put in")
	}
	name := "concord-" + m.Made.Format("20060102T150405Z") + suffix
	if err := os.Rename(part, filepath.Join(dir, name)); err != nil {
		return b, fmt.Errorf("backup: keep the file: %w", err)
	}
	return k.describe(name, m)
}

func (k Keeper) describe(name string, m Manifest) (Backup, error) {
	info, err := os.Stat(filepath.Join(k.Dir, folder, name))
	if err != nil {
		return Backup{}, fmt.Errorf("backup: %w", err)
	}
	return Backup{Name: name, Bytes: info.Size(), Manifest: m}, nil
}

// List lists the backups, the newest first. A file that is none is left out.
func (k Keeper) List() ([]Backup, error) {
	entries, err := os.ReadDir(filepath.Join(k.Dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	var out []Backup
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		f, err := k.Open(e.Name())
		if err != nil {
			return nil, err
		}
		m, err := readManifest(f)
		f.Close()
		if err != nil {
			continue
		}
		b, err := k.describe(e.Name(), m)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b Backup) int { return strings.Compare(b.Name, a.Name) })
	return out, nil
}

// ErrNone says that there is no such backup.
var ErrNone = errors.New("there is no such backup")

// Open opens a backup to read.
func (k Keeper) Open(name string) (*os.File, error) {
	if name != filepath.Base(name) || !strings.HasSuffix(name, suffix) || strings.HasPrefix(name, ".") {
		return nil, ErrNone
	}
	f, err := os.Open(filepath.Join(k.Dir, folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	return f, err
}

// Remove deletes a backup.
func (k Keeper) Remove(name string) error {
	f, err := k.Open(name)
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(filepath.Join(k.Dir, folder, name))
}

// Stage checks a backup and lays it ready for [Apply]. Its error is ErrUnfit where the file cannot be restored.
func (k Keeper) Stage(r io.Reader) (Manifest, error) {
	dir := filepath.Join(k.Dir, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	scratch, err := os.MkdirTemp(dir, staging+"*")
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(scratch)
	part := filepath.Join(scratch, "part")
	if err := write(part, r); err != nil {
		return Manifest{}, fmt.Errorf("backup: keep the file: %w", err)
	}
	m, err := Check(part, scratch)
	if err != nil {
		return m, err
	}
	if err := os.Rename(part, filepath.Join(k.Dir, staged)); err != nil {
		return m, fmt.Errorf("backup: lay the file ready: %w", err)
	}
	return m, nil
}

// Sweep removes what a backup or a restore that was cut off left behind. It is called before either can be under way.
func (k Keeper) Sweep() error {
	var errs []error
	for _, begin := range []string{making, staging} {
		left, _ := filepath.Glob(filepath.Join(k.Dir, folder, begin+"*")) // the pattern is sound
		for _, path := range left {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

// Verify proves once more a backup that is kept.
func (k Keeper) Verify(name string) (Manifest, error) {
	f, err := k.Open(name)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	scratch, err := os.MkdirTemp(filepath.Join(k.Dir, folder), making+"*")
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(scratch)
	return Check(f.Name(), scratch)
}

// Check unpacks a backup into a scratch directory, which it removes again, checks the sum of every file, opens the
// database and reads its last fact.
func Check(path, scratch string) (m Manifest, err error) {
	dir, err := os.MkdirTemp(scratch, ".checking-")
	if err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(dir)
	if m, err = unpack(path, dir); err != nil {
		return m, err
	}
	last, err := lastFact(dir)
	if err != nil {
		return m, fmt.Errorf("%w: its database does not open: %w", ErrUnfit, err)
	}
	if last != m.LastFact {
		return m, fmt.Errorf("%w: its database ends with fact %d, but should with %d", ErrUnfit, last, m.LastFact)
	}
	return m, nil
}

// lastFact opens a copy of the database as the hub would.
func lastFact(dir string) (uint64, error) {
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		return 0, err
	}
	last := s.LastSeq()
	return last, s.Close()
}
