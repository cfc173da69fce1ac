package backup

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	beforeFolder = "before-restore"
	readyFolder  = ".restoring"
	movedMark    = ".moved" // in the folder of what was there: all of it is
	maxManifest  = 4 << 20
	maxFiles     = 100_000
)

// ErrUnfit says that a file is no backup of a hub, is damaged, or is of a newer hub.
var ErrUnfit = errors.New("this file cannot be restored")

func readManifest(r io.Reader) (m Manifest, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	return manifestOf(tar.NewReader(z))
}

func manifestOf(t *tar.Reader) (m Manifest, err error) {
	h, err := t.Next()
	if err != nil || h.Name != manifestName || h.Size > maxManifest {
		return m, fmt.Errorf("%w: it does not begin with a list of what it holds", ErrUnfit)
	}
	if err := json.NewDecoder(io.LimitReader(t, maxManifest)).Decode(&m); err != nil {
		return m, fmt.Errorf("%w: its list of what it holds: %w", ErrUnfit, err)
	}
	if m.Format != format || len(m.Files) > maxFiles {
		return m, fmt.Errorf("%w: format %d, but this hub reads %d", ErrUnfit, m.Format, format)
	}
	return m, nil
}

// unpack writes the files of a backup below dir and checks each against the list. Nothing but what is listed, regular files
// of local names in the order of the list, is taken.
func unpack(path, dir string) (m Manifest, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	t := tar.NewReader(z)
	if m, err = manifestOf(t); err != nil {
		return m, err
	}
	found := false
	for _, want := range m.Files {
		name := filepath.FromSlash(want.Name)
		top, _, _ := strings.Cut(want.Name, "/")
		if !filepath.IsLocal(name) || isTransient(top) && want.Name != database {
			return m, fmt.Errorf("%w: it holds %q, which no backup does", ErrUnfit, want.Name)
		}
		h, err := t.Next()
		if err != nil || h.Name != want.Name || h.Typeflag != tar.TypeReg || h.Size != want.Size {
			return m, fmt.Errorf("%w: %q is missing or cut short", ErrUnfit, want.Name)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return m, fmt.Errorf("backup: %w", err)
		}
		if err := write(to, t); err != nil {
			return m, fmt.Errorf("%w: %q: %w", ErrUnfit, want.Name, err)
		}
		got, err := sum(to)
		if got.Name = want.Name; err != nil || got != want {
			return m, fmt.Errorf("%w: %q is damaged", ErrUnfit, want.Name)
		}
		found = found || want.Name == database
	}
	if !found {
		return m, fmt.Errorf("%w: it holds no database", ErrUnfit)
	}
	return m, nil
}

// Apply restores the backup that lies ready in a data directory, if there is one; restored tells which. What was there is
// kept in a folder beside it. It is called with the directory locked and the store closed, and goes on where an earlier
// call was cut off. A file that proves unfit is set aside, and everything stays as it was.
func Apply(dir string) (restored *Manifest, err error) {
	archive, ready := filepath.Join(dir, staged), filepath.Join(dir, readyFolder)
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		return nil, os.RemoveAll(ready) // left from an end in the middle
	}
	f, err := os.Open(archive)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	m, err := readManifest(f)
	f.Close()
	before := filepath.Join(dir, beforeFolder+"-"+m.Made.Format("20060102T150405Z"))
	moved := filepath.Join(before, movedMark)
	if _, statErr := os.Stat(moved); err == nil && errors.Is(statErr, fs.ErrNotExist) {
		if err = os.RemoveAll(ready); err == nil {
			_, err = unpack(archive, ready)
		}
		if err == nil {
			err = setAside(dir, before, moved)
		}
	}
	if errors.Is(err, ErrUnfit) {
		return nil, errors.Join(err, os.Rename(archive, archive+".unfit"), os.RemoveAll(ready))
	}
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := moveAll(ready, dir, func(string) bool { return true }); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return &m, errors.Join(os.Remove(archive), os.Remove(moved), os.RemoveAll(ready))
}

// setAside moves what is there into the folder before, and marks that all of it is.
func setAside(dir, before, moved string) error {
	if err := os.MkdirAll(before, 0o700); err != nil {
		return err
	}
	belongs := func(name string) bool { return !isTransient(name) || strings.HasPrefix(name, database) }
	if err := moveAll(dir, before, belongs); err != nil {
		return err
	}
	return os.WriteFile(moved, nil, 0o600)
}

func moveAll(from, to string, which func(name string) bool) error {
	entries, err := os.ReadDir(from)
	for _, e := range entries {
		if err != nil {
			break
		}
		if which(e.Name()) {
			target := filepath.Join(to, e.Name())
			err = errors.Join(os.RemoveAll(target), os.Rename(filepath.Join(from, e.Name()), target))
		}
	}
	return err
}
