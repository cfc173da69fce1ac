// Package bundle is the form in which a plugin travels: NAME-VERSION.hubplugin, a zip file that holds the plugin's
// files, SHA256SUMS of all of them, and, once signed, SHA256SUMS.minisig and minisign.pub (Ed25519, in the format of
// https://jedisct1.github.io/minisign/, so that `minisign -V` can check them, too).
//
// Use: [Pack] a folder, [Sign] the file; [Open] reads and checks one, [Package.Signer] says who signed it, [Package.Unpack] writes its files.
// Whoever installs pins the signer's key: later versions must carry the same.
package bundle

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"aead.dev/minisign"

	"github.com/concord-home/hub/plugins/manifest"
)

// The names of what a bundle holds beside the plugin.
const (
	sums      = "SHA256SUMS"
	signature = "SHA256SUMS.minisig"
	publicKey = "minisign.pub"
	// Ext is how a bundle's name ends.
	Ext = ".hubplugin"
)

// The limits of a bundle.
const (
	MaxBytes = 128 << 20 // of the file, and of what is in it unpacked
	maxFiles = 2000
)

// Pack makes a bundle of a plugin's folder, without what is there for development only (sources of compiled
// programs, testdata, hidden files). Equal folders make equal bundles.
func Pack(dir string, w io.Writer) (*manifest.Manifest, error) {
	folder := os.DirFS(dir)
	m, err := manifest.Load(folder)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	total := 0
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if skipped(name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is no ordinary file: a bundle holds no links", name)
		}
		b, err := fs.ReadFile(folder, name)
		if total += len(b); err == nil && (total > MaxBytes || len(files) >= maxFiles) {
			err = fmt.Errorf("the plugin is larger than %d MiB or has more than %d files", MaxBytes>>20, maxFiles)
		}
		files[name] = b
		return err
	})
	if err != nil {
		return nil, err
	}
	for platform, f := range m.Run.Exec {
		if files[path.Clean(f)] == nil {
			return nil, fmt.Errorf("the program for %s, %s, is missing: build it first", platform, f)
		}
	}
	files[sums] = sumsOf(files)
	return m, write(files, executables(m), w)
}

// FileName is what a plugin's bundle is called.
func FileName(m *manifest.Manifest) string { return m.Name + "-" + m.Version + Ext }

var developmentOnly = []string{"*.go", "go.mod", "go.sum", "go.work", "go.work.sum", "*" + Ext, "*.pyc", "*.key", "testdata", "__pycache__", ".*", signature, publicKey, sums}

func skipped(name string) bool {
	return slices.ContainsFunc(developmentOnly, func(pattern string) bool { ok, _ := path.Match(pattern, path.Base(name)); return ok })
}

func executables(m *manifest.Manifest) map[string]bool {
	out := map[string]bool{}
	for _, f := range m.Run.Exec {
		out[path.Clean(f)] = true
	}
	return out
}

func sumsOf(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return b.Bytes()
}

func write(files map[string][]byte, executable map[string]bool, w io.Writer) error {
	z := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(0o644)
		if executable[name] {
			h.SetMode(0o755)
		}
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// Package is a bundle that was read: each of its files is what SHA256SUMS says.
type Package struct {
	Manifest *manifest.Manifest
	files    map[string][]byte
}

// ErrUnsigned says that a bundle carries no signature.
var ErrUnsigned = errors.New("the package is not signed")

// Open reads a bundle and checks all but its signature.
func Open(b []byte) (*Package, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("the package is larger than %d MiB", MaxBytes>>20)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("this is no plugin package: %w", err)
	}
	p := &Package{files: map[string][]byte{}}
	left := int64(MaxBytes)
	for _, f := range z.File {
		switch {
		case strings.HasSuffix(f.Name, "/") && f.FileInfo().IsDir():
			continue
		case !fs.ValidPath(f.Name) || strings.ContainsAny(f.Name, "\\\n") || !f.Mode().IsRegular():
			return nil, fmt.Errorf("the package holds %q, which is no ordinary file below it", f.Name)
		case p.files[f.Name] != nil:
			return nil, fmt.Errorf("the package holds %s twice", f.Name)
		case len(p.files) >= maxFiles+3:
			return nil, fmt.Errorf("the package holds more than %d files", maxFiles)
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(r, left+1))
		_ = r.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, fmt.Errorf("the package unpacks to more than %d MiB", MaxBytes>>20)
		}
		p.files[f.Name] = append([]byte{}, text...)
	}
	if err := p.checkSums(); err != nil {
		return nil, err
	}
	folder := memory{}
	for name, b := range p.files {
		folder[name] = b
	}
	p.Manifest, err = manifest.Load(folder)
	return p, err
}

func (p *Package) checkSums() error {
	listed, ok := p.files[sums]
	if !ok {
		return errors.New("this is no plugin package: it has no " + sums)
	}
	want := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(listed)); s.Scan(); {
		sum, name, ok := strings.Cut(s.Text(), "  ")
		if !ok {
			return fmt.Errorf("%s has a line that is none: %q", sums, s.Text())
		}
		want[name] = sum
	}
	for name, b := range p.files {
		if name == sums || name == signature || name == publicKey {
			continue
		}
		sum := sha256.Sum256(b)
		if want[name] != hex.EncodeToString(sum[:]) {
			return fmt.Errorf("%s is not what %s says: the package is damaged or was changed", name, sums)
		}
		delete(want, name)
	}
	for name := range want {
		return fmt.Errorf("%s is missing from the package", name)
	}
	return nil
}

// Signer is the public key with which the package was signed, once the signature has been checked with it.
// ErrUnsigned when there is none; any other error: the signature is wrong.
func (p *Package) Signer() (string, error) {
	sig, text := p.files[signature], p.files[publicKey]
	if sig == nil && text == nil {
		return "", ErrUnsigned
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return "", err
	}
	if !hashed(p.files[sums]).Verify(key, sig) {
		return "", errors.New("the signature of the package is wrong: it was changed after it was signed")
	}
	return key.String(), nil
}

// hashed is a text in the form that minisign signs by default.
func hashed(text []byte) *minisign.Reader {
	r := minisign.NewReader(bytes.NewReader(text))
	_, _ = io.Copy(io.Discard, r) // memory does not fail
	return r
}

// ParseKey reads a public key, with or without minisign's comment line.
func ParseKey(text string) (key minisign.PublicKey, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if err = key.UnmarshalText([]byte(strings.TrimSpace(lines[len(lines)-1]))); err != nil {
		err = fmt.Errorf("%.80q is no minisign public key: %w", text, err)
	}
	return key, err
}

// Unpack writes the plugin's files below a folder that does not exist yet.
func (p *Package) Unpack(dir string) error {
	executable := executables(p.Manifest)
	for name, b := range p.files {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if executable[name] {
			mode = 0o700
		}
		if err := os.WriteFile(target, b, mode); err != nil {
			return err
		}
	}
	return nil
}

// Sign adds a signature to a bundle.
func Sign(b []byte, key minisign.PrivateKey) ([]byte, error) {
	p, err := Open(b)
	if err != nil {
		return nil, err
	}
	public := key.Public().(minisign.PublicKey)
	text, err := public.MarshalText()
	if err != nil {
		return nil, err
	}
	p.files[publicKey] = append(text, '\n')
	p.files[signature] = hashed(p.files[sums]).SignWithComments(key, p.Manifest.Name+" "+p.Manifest.Version, "signature of a hub plugin")
	var out bytes.Buffer
	err = write(p.files, executables(p.Manifest), &out)
	return out.Bytes(), err
}
