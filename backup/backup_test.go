package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/store"
	"github.com/google/go-cmp/cmp"
)

var made = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func put(t *testing.T, s *store.Store, key, val string) {
	t.Helper()
	if err := s.Put(t.Context(), "settings", key, []byte(val)); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// house is a data directory with a store that is open, and a keeper of its backups.
func house(t *testing.T) (string, *store.Store, backup.Keeper) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, "name", "before")
	file(t, filepath.Join(dir, "scenes", "evening.yaml"), "name: Evening")
	file(t, filepath.Join(dir, "secrets.key"), "key")
	file(t, filepath.Join(dir, "token"), "of this machine")
	return dir, s, backup.Keeper{Dir: dir, Store: s, Version: "test", Now: func() time.Time { return made }}
}

func TestABackupRestoresTheHouseAsItWas(t *testing.T) {
	dir, s, k := house(t)
	b, err := k.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := k.List()
	if err != nil || len(all) != 1 || !cmp.Equal(all[0], b) {
		t.Fatalf("List() = %v, %v; want %v", all, err, b)
	}
	put(t, s, "name", "after")
	file(t, filepath.Join(dir, "scenes", "evening.yaml"), "name: Changed")
	file(t, filepath.Join(dir, "scenes", "new.yaml"), "name: New")

	f, err := k.Open(b.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := k.Stage(f); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m, err := backup.Apply(dir)
	if err != nil || m == nil || !m.Made.Equal(made) {
		t.Fatalf("Apply = %v, %v", m, err)
	}
	got, err := open(t, dir).Get(t.Context(), "settings", "name")
	if err != nil || string(got) != "before" {
		t.Errorf("the database holds %q, %v; want before", got, err)
	}
	if text := read(t, filepath.Join(dir, "scenes", "evening.yaml")); text != "name: Evening" {
		t.Errorf("the scene is %q", text)
	}
	if _, err := os.Stat(filepath.Join(dir, "scenes", "new.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a scene made after the backup is still there: %v", err)
	}
	if text := read(t, filepath.Join(dir, "token")); text != "of this machine" {
		t.Errorf("the machine's token is %q", text)
	}
	if text := read(t, filepath.Join(dir, "before-restore-20260501T120000Z", "scenes", "new.yaml")); text != "name: New" {
		t.Errorf("what was there is kept as %q", text)
	}
	if m, err := backup.Apply(dir); m != nil || err != nil {
		t.Errorf("a second Apply = %v, %v; want nothing", m, err)
	}
}

func TestARestoreThatWasCutOffGoesOn(t *testing.T) {
	dir, s, k := house(t)
	b, err := k.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := k.Open(b.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := k.Stage(f); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// It ended after what was there had been moved away, and one of the new files was in place.
	before := filepath.Join(dir, "before-restore-20260501T120000Z")
	if err := os.MkdirAll(filepath.Join(dir, ".restoring"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hub.db", "hub.db-wal", "hub.db-shm", "scenes", "secrets.key"} {
		if err := os.MkdirAll(before, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(before, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	file(t, filepath.Join(before, ".moved"), "")
	file(t, filepath.Join(dir, "hub.db"), "new")
	file(t, filepath.Join(dir, ".restoring", "secrets.key"), "key")
	if _, err := backup.Apply(dir); err != nil {
		t.Fatal(err)
	}
	if text := read(t, filepath.Join(dir, "hub.db")); text != "new" {
		t.Errorf("the file already in place was moved away: %q", text)
	}
	if text := read(t, filepath.Join(dir, "secrets.key")); text != "key" {
		t.Errorf("secrets.key = %q", text)
	}
}

// packed makes a file in the form of a backup.
func packed(t testing.TB, m backup.Manifest, files map[string]string) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	head, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, body []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	add("manifest.json", head)
	for _, x := range m.Files {
		add(x.Name, []byte(files[x.Name]))
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAFileThatIsNoSoundBackupIsRefusedAndChangesNothing(t *testing.T) {
	dir, s, k := house(t)
	b, err := k.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "backups", b.Name))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 0xff
	one := func(name, text string) []byte {
		return packed(t, backup.Manifest{Format: 1, Files: []backup.File{{Name: name, Size: int64(len(text)), SHA256: "00"}}}, map[string]string{name: text})
	}
	for name, body := range map[string][]byte{
		"no archive":        []byte("hello"),
		"cut short":         whole[:len(whole)/2],
		"damaged":           flipped,
		"another format":    packed(t, backup.Manifest{Format: 2}, nil),
		"without database":  packed(t, backup.Manifest{Format: 1}, nil),
		"outside":           one("../hub.db", "x"),
		"another's token":   one("token", "x"),
		"with a wrong sum":  one("hub.db", "x"),
		"a hidden file":     one(".restoring/hub.db", "x"),
		"an absolute name":  one("/hub.db", "x"),
		"a backup of yours": one("backups/x", "x"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := k.Stage(bytes.NewReader(body)); !errors.Is(err, backup.ErrUnfit) {
				t.Errorf("Stage = %v, want ErrUnfit", err)
			}
			if _, err := os.Stat(filepath.Join(dir, "restore.tar.gz")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it lies ready nevertheless: %v", err)
			}
		})
	}
	// One that is damaged after it was laid ready is set aside.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "restore.tar.gz"), flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Apply(dir); !errors.Is(err, backup.ErrUnfit) {
		t.Errorf("Apply = %v, want ErrUnfit", err)
	}
	if got, err := open(t, dir).Get(t.Context(), "settings", "name"); string(got) != "before" {
		t.Errorf("the house was changed: %q, %v", got, err)
	}
}

func TestOnlyBackupsAreOpenedOrRemoved(t *testing.T) {
	dir, _, k := house(t)
	for _, name := range []string{"../secrets.key", "secrets.key", "", ".", "..", "/etc/passwd", "no.tar.gz", ".x.tar.gz"} {
		if _, err := k.Open(name); !errors.Is(err, backup.ErrNone) {
			t.Errorf("Open(%q) = %v", name, err)
		}
		if err := k.Remove(name); !errors.Is(err, backup.ErrNone) {
			t.Errorf("Remove(%q) = %v", name, err)
		}
	}
	read(t, filepath.Join(dir, "secrets.key"))
}

func TestWhatWasCutOffIsSweptAndAKeptBackupIsProvenAgain(t *testing.T) {
	dir, _, k := house(t)
	b, err := k.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file(t, filepath.Join(dir, "backups", ".making-1", "part"), "half of one")
	file(t, filepath.Join(dir, "backups", ".staging-1", "part"), "half of one")
	if err := k.Sweep(); err != nil {
		t.Fatal(err)
	}
	if m, err := k.Verify(b.Name); err != nil || m.LastFact != b.Manifest.LastFact {
		t.Errorf("Verify = %v, %v", m, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "backups", "*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	file(t, filepath.Join(dir, "backups", "concord-bad.tar.gz"), "damaged")
	if _, err := k.Verify("concord-bad.tar.gz"); !errors.Is(err, backup.ErrUnfit) {
		t.Errorf("a damaged one: %v", err)
	}
}

func FuzzStage(f *testing.F) {
	f.Add(packed(f, backup.Manifest{Format: 1, Files: []backup.File{{Name: "hub.db", Size: 1, SHA256: "00"}}}, map[string]string{"hub.db": "x"}))
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, body []byte) {
		dir := t.TempDir()
		k := backup.Keeper{Dir: dir, Now: func() time.Time { return made }}
		if _, err := k.Stage(io.LimitReader(bytes.NewReader(body), 1<<20)); err == nil {
			t.Skip("a sound backup")
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 { // the folder of backups
			t.Errorf("left behind: %v", left)
		}
	})
}
