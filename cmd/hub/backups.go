package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/bridge/http"
	"github.com/concord-home/hub/bridge/http/api"
)

// restore puts a backup in place that lies ready. One that proves unfit leaves the house as it was.
func (h *house) restore() {
	m, err := backup.Apply(h.o.data)
	if err != nil {
		h.log.Error("the backup was not restored; the house is as it was", "err", err)
	}
	if m != nil {
		h.log.Warn("a backup was restored", "made", m.Made, "last_fact", m.LastFact)
	}
}

func (h *house) keeper() backup.Keeper {
	return backup.Keeper{Dir: h.o.data, Store: h.store, Version: version(), Now: time.Now}
}

func (h *house) sweepBackups() error { return h.keeper().Sweep() }

// openBackups makes the routine of backups, and what updates need of them.
func (h *house) openBackups(ctx context.Context) (err error) {
	h.routine, err = backup.OpenRoutine(ctx, h.keeper(), h.store, h.zone, time.Now, func(err error) {
		h.log.Error("the backup failed", "err", err)
		h.tell("notice.backup_failed", err)
	})
	h.updates = newUpdateDesk(h)
	return err
}

// zone is the time zone that the house lives by.
func (h *house) zone() *time.Location {
	if name := h.hub.View().Surroundings().Zone; name != "" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return time.Local
}

// backupDesk is the backups as the HTTP side sees them.
type backupDesk struct{ h *house }

func (d backupDesk) keeper() backup.Keeper { return d.h.keeper() }

func apiBackup(b backup.Backup) api.Backup {
	return api.Backup{Name: b.Name, Made: b.Manifest.Made, Version: b.Manifest.Version, Bytes: b.Bytes, Files: len(b.Manifest.Files), Facts: b.Manifest.LastFact,
		Routine: b.Manifest.Routine}
}

func (d backupDesk) List() ([]api.Backup, error) {
	all, err := d.keeper().List()
	var out []api.Backup
	for _, b := range all {
		out = append(out, apiBackup(b))
	}
	return out, err
}

func (d backupDesk) Make(ctx context.Context) (api.Backup, error) {
	b, err := d.h.routine.Make(ctx)
	return apiBackup(b), err
}

func (d backupDesk) Open(name string) (*os.File, error) {
	f, err := d.keeper().Open(name)
	return f, backupError(err)
}

func (d backupDesk) Remove(name string) error { return backupError(d.keeper().Remove(name)) }

func (d backupDesk) Restore(r io.Reader) error {
	if _, err := d.keeper().Stage(r); err != nil {
		return backupError(err)
	}
	d.h.again(errAnew)
	return nil
}

// again ends the house so that it is opened anew, by this program or by another.
func (h *house) again(how error) {
	select {
	case h.anew <- how:
	default: // it is about to, already
	}
}

func (d backupDesk) Verify(name string) error {
	_, err := d.keeper().Verify(name)
	return backupError(err)
}

func (d backupDesk) Routine() api.BackupRoutine {
	s := d.h.routine.State()
	out := api.BackupRoutine{Schedule: api.BackupSchedule(s.Schedule), Problem: s.Problem}
	if !s.Last.IsZero() {
		out.Last = &s.Last
	}
	if !s.Next.IsZero() {
		out.Next = &s.Next
	}
	return out
}

func (d backupDesk) Schedule(ctx context.Context, s api.BackupSchedule) error {
	return backupError(d.h.routine.Set(ctx, backup.Schedule(s)))
}

// backupError says in the HTTP side's terms what went wrong.
func backupError(err error) error {
	switch {
	case errors.Is(err, backup.ErrNone):
		return fmt.Errorf("%w: %w", httpapi.ErrNoBackup, err)
	case errors.Is(err, backup.ErrUnfit):
		return fmt.Errorf("%w: %w", httpapi.ErrBackupUnfit, err)
	case errors.Is(err, backup.ErrSchedule):
		return fmt.Errorf("%w: %w", httpapi.ErrSchedule, err)
	}
	return err
}
