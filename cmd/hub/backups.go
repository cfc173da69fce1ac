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

// backupDesk is the backups as the HTTP side sees them.
type backupDesk struct{ h *house }

func (d backupDesk) keeper() backup.Keeper {
	return backup.Keeper{Dir: d.h.o.data, Store: d.h.store, Version: version(), Now: time.Now}
}

func apiBackup(b backup.Backup) api.Backup {
	return api.Backup{Name: b.Name, Made: b.Manifest.Made, Version: b.Manifest.Version, Bytes: b.Bytes, Files: len(b.Manifest.Files), Facts: b.Manifest.LastFact}
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
	b, err := d.keeper().Make(ctx)
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
	select {
	case d.h.anew <- struct{}{}:
	default: // it is about to, already
	}
	return nil
}

// backupError says in the HTTP side's terms what went wrong.
func backupError(err error) error {
	switch {
	case errors.Is(err, backup.ErrNone):
		return fmt.Errorf("%w: %w", httpapi.ErrNoBackup, err)
	case errors.Is(err, backup.ErrUnfit):
		return fmt.Errorf("%w: %w", httpapi.ErrBackupUnfit, err)
	}
	return err
}
