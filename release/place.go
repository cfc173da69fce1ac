package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Apply puts the release that lies ready in the program's place and keeps the old one. ErrFixed where the program's
// folder cannot be written. The hub then has to start anew.
func (p Place) Apply(a Applied) error {
	if _, err := p.Ready(); err != nil {
		return err
	}
	if !p.Writable() {
		return fmt.Errorf("%w: the folder of %s cannot be written", ErrFixed, p.Program)
	}
	if err := errors.Join(os.RemoveAll(p.before()), os.MkdirAll(p.before(), 0o700)); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	if err := copyFile(p.Program, p.Old()); err != nil {
		return fmt.Errorf("release: keep the program that is there: %w", err)
	}
	a.Program = p.Program
	if err := p.keep(a); err != nil {
		return err
	}
	if err := p.put(p.Next()); err != nil {
		return err
	}
	return p.Discard()
}

// put replaces the program by a file, at once or not at all.
func (p Place) put(file string) error {
	part := p.Program + ".new"
	err := errors.Join(ignoreMissing(os.Remove(part)), copyFile(file, part))
	if err == nil {
		err = os.Rename(part, p.Program)
	}
	if err != nil {
		return fmt.Errorf("release: replace %s: %w", p.Program, err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// copyFile copies a program. Its mode is that of a program, whatever the umask.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := write(to, in); err != nil {
		return err
	}
	return os.Chmod(to, 0o755)
}

func (p Place) keep(a Applied) error {
	b, err := json.Marshal(a)
	if err == nil {
		err = os.WriteFile(filepath.Join(p.before(), record), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("release: keep what was done: %w", err)
	}
	return nil
}

// Before says what the last update replaced; ErrNone where there was none, or where it was taken back.
func (p Place) Before() (a Applied, err error) {
	b, err := os.ReadFile(filepath.Join(p.before(), record))
	if errors.Is(err, fs.ErrNotExist) {
		return a, ErrNone
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err != nil {
		return a, fmt.Errorf("release: what was done: %w", err)
	}
	return a, nil
}

// Prove notes that the hub which runs has opened the house and serves it.
func (p Place) Prove() error {
	a, err := p.Before()
	if err != nil || a.Proven {
		return ignoreNone(err)
	}
	a.Proven = true
	return p.keep(a)
}

func ignoreNone(err error) error {
	if errors.Is(err, ErrNone) {
		return nil
	}
	return err
}

// Undo puts the program before the last update back, and says what was taken back. The data is another matter: it stays.
func (p Place) Undo() (a Applied, err error) {
	if a, err = p.Before(); err != nil {
		return a, err
	}
	if !p.Writable() {
		return a, fmt.Errorf("%w: the folder of %s cannot be written", ErrFixed, p.Program)
	}
	if err := p.put(p.Old()); err != nil {
		return a, err
	}
	return a, os.RemoveAll(p.before())
}

// Writable tells whether the program can be replaced: its folder can be written, and is of an installation.
func (p Place) Writable() bool {
	if p.Start().Kind == Source || p.Start().Kind == Container {
		return false
	}
	f, err := os.CreateTemp(filepath.Dir(p.Program), ".hub-*")
	if err != nil {
		return false
	}
	return errors.Join(f.Close(), os.Remove(f.Name())) == nil
}

// The kinds of start.
const (
	Source    = "source"    // built for this run alone, by `go run`
	Container = "container" // the program is the image's
	Systemd   = "systemd"   // a unit starts it
	Shell     = "shell"     // anything else
)

// Start is how the hub was started.
type Start struct {
	Kind string
	Unit string // of systemd
}

var unit = regexp.MustCompile(`/([^/]+\.service)$`)

// Start looks at this process: it is of the hub that runs.
func (p Place) Start() Start {
	if strings.Contains(p.Program, string(filepath.Separator)+"go-build") {
		return Start{Kind: Source}
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil && (os.Getpid() == 1 || os.Getppid() == 1) { // what the container is there for, under an init or not
			return Start{Kind: Container}
		}
	}
	if os.Getenv("INVOCATION_ID") != "" {
		b, _ := os.ReadFile("/proc/self/cgroup") // none on other systems
		if m := unit.FindStringSubmatch(strings.TrimSpace(string(b))); m != nil {
			return Start{Kind: Systemd, Unit: m[1]}
		}
	}
	return Start{Kind: Shell}
}
