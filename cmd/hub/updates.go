package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/release"
)

// errReplaced ends the process: another program is in its place, and starts.
var errReplaced = errors.New("the hub's program was replaced")

// installed is where this program and a data directory are.
func installed(data string) release.Place {
	file, err := os.Executable()
	if err == nil {
		if whole, err := filepath.EvalSymlinks(file); err == nil {
			file = whole
		}
	}
	if abs, err := filepath.Abs(data); err == nil {
		data = abs
	}
	return release.Place{Data: data, Program: file}
}

// startReplaced starts the program that is in this one's place now, with the same arguments and process id.
func startReplaced(why error) error {
	p := installed("")
	if err := syscall.Exec(p.Program, os.Args, os.Environ()); err != nil {
		return fmt.Errorf("%w, but %s does not start: %w", why, p.Program, err)
	}
	return nil
}

// takeBack puts the hub before an update back, with the data that it had, where the newer one does not open the house.
func takeBack(o runOptions, log *slog.Logger, why error) error {
	p := installed(o.data)
	a, err := p.Before()
	if err != nil || a.Proven || a.To != version() || errors.Is(why, errInUse) {
		return why
	}
	log.Error("the newer hub does not open the house: the one before is put back", "from", a.To, "to", a.From, "err", why)
	k := backup.Keeper{Dir: o.data, Now: time.Now}
	if err := stageKept(k, a.Backup); err != nil {
		return errors.Join(why, err)
	}
	if _, err := p.Undo(); err != nil {
		return errors.Join(why, err)
	}
	return errReplaced
}

// stageKept lays a backup that is kept ready to be restored.
func stageKept(k backup.Keeper, name string) error {
	f, err := k.Open(name)
	if err != nil {
		return fmt.Errorf("the backup %s: %w", name, err)
	}
	defer f.Close()
	_, err = k.Stage(f)
	return err
}

// updateDesk is the hub's program as the HTTP side sees it.
type updateDesk struct {
	h     *house
	place release.Place
}

func newUpdateDesk(h *house) updateDesk { return updateDesk{h, installed(h.o.data)} }

func (d updateDesk) Update() api.Update {
	start := d.place.Start()
	out := api.Update{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Program: d.place.Program, Data: d.place.Data,
		Start: start.Kind, Unit: start.Unit, Writable: d.place.Writable()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				out.Revision = s.Value
			}
		}
	}
	if key, err := d.place.Key(); err == nil {
		out.Key = key.String()
	}
	if r, err := d.place.Ready(); err == nil {
		out.Ready = &api.UpdateReady{Version: r.Version, File: d.place.Next()}
	}
	if a, err := d.place.Before(); err == nil {
		out.Before = &api.UpdateApplied{From: a.From, To: a.To, At: a.At, Backup: a.Backup, File: d.place.Old()}
	}
	return out
}

func (d updateDesk) Stage(ctx context.Context, r io.Reader) error {
	_, err := d.place.Stage(ctx, r)
	return updateError(err)
}

func (d updateDesk) Discard() error { return d.place.Discard() }

// Apply lets the release open a backup made just now before it takes the program's place. Where the hub may not write
// there, everything but that is done.
func (d updateDesk) Apply(ctx context.Context) (out api.UpdateStep, err error) {
	rel, err := d.place.Ready()
	if err != nil {
		return out, updateError(err)
	}
	b, err := d.h.routine.Make(ctx)
	if err != nil {
		return out, err
	}
	out.Backup = b.Name
	if err := d.place.Rehearse(ctx, filepath.Join(d.place.Data, "backups", b.Name)); err != nil {
		return out, updateError(err)
	}
	if !d.place.Writable() {
		return out, nil
	}
	if err := d.place.Apply(release.Applied{From: version(), To: rel.Version, At: time.Now().UTC().Truncate(time.Second), Backup: b.Name}); err != nil {
		return out, updateError(err)
	}
	out.Restarts = true
	d.h.log.Warn("the hub's program was replaced", "from", version(), "to", rel.Version, "backup", b.Name)
	d.h.again(errReplaced)
	return out, nil
}

func (d updateDesk) Undo(context.Context) (out api.UpdateStep, err error) {
	a, err := d.place.Before()
	if err != nil {
		return out, updateError(err)
	}
	out.Backup = a.Backup
	if err := stageKept(d.h.keeper(), a.Backup); err != nil {
		return out, updateError(err)
	}
	if !d.place.Writable() {
		return out, nil // the data lies ready for whichever program starts next
	}
	if _, err := d.place.Undo(); err != nil {
		return out, updateError(err)
	}
	out.Restarts = true
	d.h.log.Warn("the update was taken back", "from", a.To, "to", a.From, "backup", a.Backup)
	d.h.again(errReplaced)
	return out, nil
}

// updateError says in the HTTP side's terms what went wrong.
func updateError(err error) error {
	for _, known := range []error{release.ErrNoKey, release.ErrUnfit, release.ErrNone, release.ErrFixed, backup.ErrNone, backup.ErrUnfit} {
		if errors.Is(err, known) {
			return fmt.Errorf("%w: %w", httpapi.ErrUpdateRefused, err)
		}
	}
	return err
}
