package backup

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// list reads the sums of all files below a directory.
func list(dir string) ([]File, error) {
	var out []File
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if rel == database+"-wal" || rel == database+"-shm" {
			return nil // of the opening just now; empty
		}
		f, err := sum(path)
		f.Name = filepath.ToSlash(rel)
		out = append(out, f)
		return err
	})
	return out, err
}

func sum(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return File{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// copyTree copies the regular files of a data directory that belong in a backup. What vanishes meanwhile is left out.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(from, path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil || relErr != nil || rel == ".":
			return errors.Join(err, relErr)
		case !strings.Contains(rel, string(filepath.Separator)) && isTransient(rel):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return os.Mkdir(filepath.Join(to, rel), 0o700)
		case !e.Type().IsRegular():
			return nil
		}
		in, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer in.Close()
		return write(filepath.Join(to, rel), in)
	})
}

func write(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

func pack(path, dir string, m Manifest) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is one there is
	t := tar.NewWriter(z)
	head, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = errors.Join(t.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(head)), ModTime: m.Made}), just(t.Write(head)))
	}
	for _, x := range m.Files {
		if err != nil {
			break
		}
		err = packFile(t, filepath.Join(dir, filepath.FromSlash(x.Name)), x, m.Made)
	}
	return errors.Join(err, t.Close(), z.Close(), f.Sync(), f.Close())
}

func packFile(t *tar.Writer, path string, x File, made time.Time) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := t.WriteHeader(&tar.Header{Name: x.Name, Mode: 0o600, Size: x.Size, ModTime: made}); err != nil {
		return err
	}
	return just(io.Copy(t, in))
}

func just[N any](_ N, err error) error { return err }
