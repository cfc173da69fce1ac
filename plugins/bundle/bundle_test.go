package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/concord-home/hub/plugins/bundle"
)

const plugin = `{"name":"acme","version":"1.0.0","title":{"en":"Acme","zh":"艾克美"},"vendor":{"name":"Acme"},"protocol":{"min":1,"max":1},"run":{"python":"main.py"},"capabilities":["on_off"]}`

func packed(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"plugin.json": plugin, "main.py": "print()", "testdata/x.test": "x", ".git/config": "x", "vendor.key": "secret", "lib/a.py": "a"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := bundle.Pack(dir, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func keys(t *testing.T) (minisign.PublicKey, minisign.PrivateKey) {
	t.Helper()
	pub, priv, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pub, priv
}

func TestABundleIsPackedSignedReadAndUnpacked(t *testing.T) {
	b := packed(t)
	p, err := bundle.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Signer(); !errors.Is(err, bundle.ErrUnsigned) {
		t.Errorf("%v", err)
	}
	pub, priv := keys(t)
	signed, err := bundle.Sign(b, priv)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = bundle.Open(signed); err != nil {
		t.Fatal(err)
	}
	if who, err := p.Signer(); err != nil || who != pub.String() {
		t.Errorf("%s, %v", who, err)
	}
	dir := filepath.Join(t.TempDir(), "x")
	if err := p.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	var names []string
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		if !d.IsDir() {
			names = append(names, filepath.Base(path))
		}
		return nil
	})
	if got := strings.Join(names, " "); got != "SHA256SUMS SHA256SUMS.minisig a.py main.py minisign.pub plugin.json" {
		t.Error(got)
	}
	if tool, err := exec.LookPath("minisign"); err == nil { // the format is not ours alone
		if out, err := exec.Command(tool, "-V", "-p", filepath.Join(dir, "minisign.pub"), "-m", filepath.Join(dir, "SHA256SUMS")).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// rewrite makes the same zip with changed files.
func rewrite(t *testing.T, b []byte, change map[string]string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	add := func(name string, text []byte) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(text)
	}
	for _, f := range r.File {
		if _, changed := change[f.Name]; changed {
			continue
		}
		in, _ := f.Open()
		var text bytes.Buffer
		_, _ = text.ReadFrom(in)
		add(f.Name, text.Bytes())
	}
	for name, text := range change {
		if text != "" {
			add(name, []byte(text))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatWasChangedIsRefused(t *testing.T) {
	_, priv := keys(t)
	signed, err := bundle.Sign(packed(t), priv)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := keys(t)
	for _, tt := range []struct {
		name   string
		change map[string]string
		want   string
	}{
		{"a file", map[string]string{"main.py": "evil"}, "main.py is not what"},
		{"a file more", map[string]string{"evil.py": "x"}, "evil.py is not what"},
		{"a file less", map[string]string{"lib/a.py": ""}, "lib/a.py is missing"},
		{"a file outside", map[string]string{"../evil": "x"}, "no ordinary file"},
		{"no sums", map[string]string{"SHA256SUMS": ""}, "no SHA256SUMS"},
		{"another key", map[string]string{"minisign.pub": other.String()}, "signature of the package is wrong"},
		{"no key", map[string]string{"minisign.pub": "x"}, "no minisign public key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := bundle.Open(rewrite(t, signed, tt.change))
			if err == nil {
				_, err = p.Signer()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzOpen holds that no file makes the reader panic.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := bundle.Open(b); err == nil {
			_, _ = p.Signer()
		}
	})
}
