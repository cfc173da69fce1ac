package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/concord-home/hub/release"
)

// hub is a program that says its version, and opens a copy of a house whose backup says "fine".
const hub = `#!/bin/sh
case "$1" in
version) echo '{"version": "v2.0.0"}' ;;
backup) read -r first <"$3"; [ "$first" = fine ] || { echo "the database is of a newer hub" >&2; exit 1; } ;;
esac
`

var here = runtime.GOOS + "/" + runtime.GOARCH

type entry struct{ name, text string }

func packed(t testing.TB, entries ...entry) *bytes.Buffer {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o755, Size: int64(len(e.text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return &out
}

func signed(t testing.TB, key minisign.PrivateKey, program, comment string) *bytes.Buffer {
	m := minisign.NewReader(strings.NewReader(program))
	if _, err := io.Copy(io.Discard, m); err != nil {
		t.Fatal(err)
	}
	return packed(t, entry{"hub", program}, entry{"hub.minisig", string(m.SignWithComments(key, comment, "a release"))})
}

// place is a hub's, with a pinned key.
func place(t *testing.T) (release.Place, minisign.PrivateKey) {
	t.Helper()
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := release.Place{Data: t.TempDir(), Program: filepath.Join(t.TempDir(), "concord")}
	write(t, p.Program, "the old one")
	if _, err := p.Stage(t.Context(), signed(t, private, hub, "concord v2.0.0 "+here)); !errors.Is(err, release.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := p.Pin("untrusted comment: of the project\n" + public.String()); err != nil {
		t.Fatal(err)
	}
	return p, private
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
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

func TestAReleaseIsCheckedRehearsedPutInPlaceAndTakenBack(t *testing.T) {
	p, key := place(t)
	rel, err := p.Stage(t.Context(), signed(t, key, hub, "concord v2.0.0 "+here))
	if err != nil || rel.Version != "v2.0.0" {
		t.Fatalf("Stage = %v, %v", rel, err)
	}
	sound, other := filepath.Join(p.Data, "sound"), filepath.Join(p.Data, "other")
	write(t, sound, "fine\n")
	write(t, other, "strange\n")
	if err := p.Rehearse(t.Context(), other); !errors.Is(err, release.ErrUnfit) || !strings.Contains(err.Error(), "of a newer hub") {
		t.Errorf("a house that it does not open: %v", err)
	}
	if err := p.Rehearse(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p.Program); got != "the old one" {
		t.Errorf("before it was applied the program is %q", got)
	}
	if err := p.Apply(release.Applied{From: "v1.0.0", To: rel.Version, At: time.Now(), Backup: "concord-1.tar.gz"}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p.Program); got != hub {
		t.Errorf("the program is %q", got)
	}
	if _, err := p.Ready(); !errors.Is(err, release.ErrNone) {
		t.Errorf("it lies ready still: %v", err)
	}
	if err := p.Prove(); err != nil {
		t.Fatal(err)
	}
	if a, err := p.Before(); err != nil || !a.Proven || a.From != "v1.0.0" {
		t.Errorf("Before = %+v, %v", a, err)
	}
	a, err := p.Undo()
	if err != nil || a.Backup != "concord-1.tar.gz" {
		t.Fatalf("Undo = %+v, %v", a, err)
	}
	if got := read(t, p.Program); got != "the old one" {
		t.Errorf("taken back, the program is %q", got)
	}
	if _, err := p.Undo(); !errors.Is(err, release.ErrNone) {
		t.Errorf("a second Undo: %v", err)
	}
}

func TestAReleaseThatIsNotAsSignedIsRefusedAndNothingLiesReady(t *testing.T) {
	p, key := place(t)
	_, stranger, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := "concord v2.0.0 " + here
	changed := func() io.Reader {
		z, _ := gzip.NewReader(signed(t, key, hub, good))
		b, _ := io.ReadAll(z)
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(bytes.Replace(b, []byte("v2.0.0"), []byte("v3.0.0"), 1)) // in the program
		_ = w.Close()
		return &out
	}
	for name, r := range map[string]io.Reader{
		"no archive":               strings.NewReader("hello"),
		"a stranger's":             signed(t, stranger, hub, good),
		"changed":                  changed(),
		"for another machine":      signed(t, key, hub, "concord v2.0.0 plan9/mips"),
		"another product":          signed(t, key, hub, "elsewhere v2.0.0 "+here),
		"another version":          signed(t, key, hub, "concord v9.0.0 "+here),
		"one that does not start":  signed(t, key, "#!/bin/sh\nexit 7\n", good),
		"one without a signature":  packed(t, entry{"hub", hub}),
		"one with a file too many": packed(t, entry{"hub", hub}, entry{"../hub", hub}),
		"an endless signature":     packed(t, entry{"hub.minisig", strings.Repeat("x", 5000)}, entry{"hub", hub}),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := p.Stage(t.Context(), r); !errors.Is(err, release.ErrUnfit) {
				t.Errorf("Stage = %v, want ErrUnfit", err)
			}
			if left, _ := filepath.Glob(filepath.Join(p.Data, "update", "*")); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
	if _, err := p.Pin("no key"); err == nil {
		t.Error("a key that is none was pinned")
	}
}

func TestWhatLiesReadyIsCheckedAgainBeforeItIsUsed(t *testing.T) {
	p, key := place(t)
	if _, err := p.Stage(t.Context(), signed(t, key, hub, "concord v2.0.0 "+here)); err != nil {
		t.Fatal(err)
	}
	write(t, p.Next(), hub+"# and more")
	if err := p.Apply(release.Applied{}); !errors.Is(err, release.ErrUnfit) {
		t.Errorf("Apply = %v, want ErrUnfit", err)
	}
	if got := read(t, p.Program); got != "the old one" {
		t.Errorf("the program is %q", got)
	}
}

func FuzzStage(f *testing.F) {
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	_, stranger, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	_ = private // what it signs is run, so no seed is of it
	f.Add(signed(f, stranger, "#!/bin/sh\n", "concord v2.0.0 "+here).Bytes())
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := release.Place{Data: t.TempDir(), Program: "none"}
		if _, err := p.Pin(public.String()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Stage(t.Context(), io.LimitReader(bytes.NewReader(b), 1<<20)); err == nil {
			t.Error("what nobody signed was taken")
		}
	})
}
