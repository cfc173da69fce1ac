// Package release puts a newer hub in the place of the one that runs, from a file that somebody brought: the hub asks nobody
// on the internet.
//
// A release is a .tar.gz of two files: hub, the program, and hub.minisig, its signature in the format of
// https://jedisct1.github.io/minisign/, whose trusted comment names what was signed, such as "concord v1.4.0 linux/amd64":
//
//	minisign -Sm hub -t 'concord v1.4.0 linux/amd64' && tar -czf concord-v1.4.0.tar.gz hub hub.minisig
//
// Use: a [Place] is a hub's program and its data directory. [Place.Pin] says whose releases it takes; that is done on the
// hub's machine alone, since whoever can do it decides what runs there. [Place.Stage] checks a release and lays it ready,
// [Place.Rehearse] lets it open a copy of the house, [Place.Apply] puts it in place and [Place.Undo] takes it back.
package release

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"aead.dev/minisign"
)

const (
	folder   = "update"      // in the data directory
	keyFile  = "release.pub" // in the data directory; never in a backup
	program  = "hub"
	suffix   = ".minisig"
	nextDir  = "next"
	oldDir   = "before"
	record   = "applied.json"
	product  = "concord"
	patience = 5 * time.Minute // for a rehearsal
	// MaxBytes is how large a release's program may be.
	MaxBytes = 256 << 20
	maxSig   = 4096
)

// The errors that are of the release or of who brings it.
var (
	ErrNoKey = errors.New("this hub does not know yet whose releases to take: run `hub update pin KEY` on its machine")
	ErrUnfit = errors.New("this release cannot be taken")
	ErrNone  = errors.New("there is no release that lies ready")
	ErrFixed = errors.New("the hub may not replace its own program")
)

// Release is a release whose signature was checked.
type Release struct {
	Version  string `json:"version"`
	Platform string `json:"platform"` // GOOS/GOARCH
}

// Applied says what was put in place, and how to take it back.
type Applied struct {
	From   string    `json:"from"` // the version before
	To     string    `json:"to"`
	At     time.Time `json:"at"`
	Backup string    `json:"backup"` // made just before, by the name of its file
	Proven bool      `json:"proven"` // the newer one has opened the house and served it
	// Program is the file that was replaced.
	Program string `json:"program"`
}

// Place is where a hub's program and its data are.
type Place struct {
	Data    string
	Program string // the running program's file, links resolved
}

func (p Place) next() string   { return filepath.Join(p.Data, folder, nextDir) }
func (p Place) before() string { return filepath.Join(p.Data, folder, oldDir) }

// Next is the file of the program that lies ready, Old that of the one before.
func (p Place) Next() string { return filepath.Join(p.next(), program) }

// Old is the file of the program that was there before the last update.
func (p Place) Old() string { return filepath.Join(p.before(), program) }

// Pin says whose releases this hub takes: a minisign public key, with or without its comment line.
func (p Place) Pin(text string) (string, error) {
	key, err := parseKey(text)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(p.Data, keyFile), []byte(key.String()+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("release: keep the key: %w", err)
	}
	return key.String(), nil
}

// Key is the pinned key; ErrNoKey where there is none.
func (p Place) Key() (key minisign.PublicKey, err error) {
	b, err := os.ReadFile(filepath.Join(p.Data, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return key, ErrNoKey
	}
	if err != nil {
		return key, fmt.Errorf("release: the key: %w", err)
	}
	return parseKey(string(b))
}

func parseKey(text string) (key minisign.PublicKey, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if err = key.UnmarshalText([]byte(strings.TrimSpace(lines[len(lines)-1]))); err != nil {
		return key, fmt.Errorf("%.80q is no minisign public key, such as RWQ...: %w", text, err)
	}
	return key, nil
}

// Stage reads a release, checks its signature with the pinned key and that it is for this machine, and lays it ready.
func (p Place) Stage(ctx context.Context, r io.Reader) (rel Release, err error) {
	key, err := p.Key()
	if err != nil {
		return rel, err
	}
	if err := os.MkdirAll(filepath.Join(p.Data, folder), 0o700); err != nil {
		return rel, fmt.Errorf("release: %w", err)
	}
	scratch, err := os.MkdirTemp(filepath.Join(p.Data, folder), ".staging-")
	if err != nil {
		return rel, fmt.Errorf("release: %w", err)
	}
	defer os.RemoveAll(scratch)
	if rel, err = unpack(r, scratch, key); err != nil {
		return rel, err
	}
	if here := runtime.GOOS + "/" + runtime.GOARCH; rel.Platform != here {
		return rel, fmt.Errorf("%w: it is for %q, but this machine is %q", ErrUnfit, rel.Platform, here)
	}
	out, err := run(ctx, scratch, filepath.Join(scratch, program), "version", "--json")
	said := Release{}
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil {
		return rel, fmt.Errorf("%w: it does not start here: %w", ErrUnfit, err)
	}
	if said.Version != rel.Version {
		return rel, fmt.Errorf("%w: it was signed as %q, but says that it is %q", ErrUnfit, rel.Version, said.Version)
	}
	b, err := json.Marshal(rel)
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(scratch, "release.json"), b, 0o600), p.Discard(), os.Rename(scratch, p.next()))
	}
	if err != nil {
		return rel, fmt.Errorf("release: lay it ready: %w", err)
	}
	return rel, nil
}

// unpack writes the two files of a release into a directory and checks the signature.
func unpack(r io.Reader, dir string, key minisign.PublicKey) (rel Release, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return rel, fmt.Errorf("%w: it is no .tar.gz: %w", ErrUnfit, err)
	}
	t := tar.NewReader(z)
	limits := map[string]int64{program: MaxBytes, program + suffix: maxSig}
	for range limits {
		h, err := t.Next()
		if err != nil {
			return rel, fmt.Errorf("%w: it holds no program with its signature: %w", ErrUnfit, err)
		}
		name := strings.TrimPrefix(h.Name, "./")
		limit, expected := limits[name]
		if !expected || h.Typeflag != tar.TypeReg || h.Size > limit {
			return rel, fmt.Errorf("%w: it holds %q of %d bytes, but should hold %s and %s%s alone", ErrUnfit, h.Name, h.Size, program, program, suffix)
		}
		if err := write(filepath.Join(dir, name), t); err != nil {
			return rel, fmt.Errorf("%w: %s: %w", ErrUnfit, name, err)
		}
	}
	return verify(dir, key)
}

// verify checks the signature of the program in a directory, and reads from it what was signed.
func verify(dir string, key minisign.PublicKey) (rel Release, err error) {
	text, err := os.ReadFile(filepath.Join(dir, program+suffix))
	if err != nil {
		return rel, fmt.Errorf("%w: its signature: %w", ErrUnfit, err)
	}
	f, err := os.Open(filepath.Join(dir, program))
	if err != nil {
		return rel, fmt.Errorf("%w: its program: %w", ErrUnfit, err)
	}
	defer f.Close()
	m := minisign.NewReader(f)
	if _, err := io.Copy(io.Discard, m); err != nil {
		return rel, fmt.Errorf("release: %w", err)
	}
	if !m.Verify(key, text) {
		return rel, fmt.Errorf("%w: it is not signed with the key that this hub takes releases of (%q), or was changed since", ErrUnfit, key)
	}
	var sig minisign.Signature
	if err := sig.UnmarshalText(text); err != nil {
		return rel, fmt.Errorf("%w: its signature: %w", ErrUnfit, err)
	}
	words := strings.Fields(sig.TrustedComment)
	if len(words) != 3 || words[0] != product {
		return rel, fmt.Errorf("%w: what was signed is called %q, but should be like \"%s v1.4.0 linux/amd64\"", ErrUnfit, sig.TrustedComment, product)
	}
	return Release{Version: words[1], Platform: words[2]}, nil
}

func write(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// run runs a program with nothing of the hub's environment.
func run(ctx context.Context, home, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for try := 0; ; try++ {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "TMPDIR=" + home, "LANG=C.UTF-8"}
		var problem strings.Builder
		cmd.Stderr = &problem
		out, err := cmd.Output()
		if errors.Is(err, syscall.ETXTBSY) && try < 100 { // a process that was forked meanwhile has the file open, until it is another program
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if err != nil {
			err = fmt.Errorf("%w: %.500s", err, strings.TrimSpace(problem.String()))
		}
		return out, err
	}
}

// Ready is the release that lies ready, its signature checked once more; ErrNone where there is none.
func (p Place) Ready() (rel Release, err error) {
	if _, err := os.Stat(p.Next()); errors.Is(err, fs.ErrNotExist) {
		return rel, ErrNone
	}
	key, err := p.Key()
	if err != nil {
		return rel, err
	}
	return verify(p.next(), key)
}

// Discard takes away the release that lies ready.
func (p Place) Discard() error { return os.RemoveAll(p.next()) }

// Rehearse lets the release that lies ready open a copy of the house: a backup, which it unpacks and whose database it opens.
func (p Place) Rehearse(ctx context.Context, backup string) error {
	if _, err := p.Ready(); err != nil {
		return err
	}
	if _, err := run(ctx, p.next(), p.Next(), "backup", "verify", backup); err != nil {
		return fmt.Errorf("%w: it does not open a copy of this house: %w", ErrUnfit, err)
	}
	return nil
}
