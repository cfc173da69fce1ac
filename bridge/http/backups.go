package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Backups are the hub's backups of itself.
type Backups interface {
	List() ([]api.Backup, error)
	// Make makes one and proves it.
	Make(ctx context.Context) (api.Backup, error)
	Open(name string) (*os.File, error)
	Remove(name string) error
	// Verify proves once more one that is kept.
	Verify(name string) error
	// Restore checks what the reader holds and lays it ready; the hub then starts anew with it.
	Restore(r io.Reader) error
}

// BackupRoutine makes backups by a schedule.
type BackupRoutine interface {
	Routine() api.BackupRoutine
	Schedule(ctx context.Context, s api.BackupSchedule) error
}

// The errors of Backups that are the caller's.
var (
	ErrNoBackup    = errors.New("no such backup")
	ErrBackupUnfit = errors.New("it cannot be restored")
	ErrSchedule    = errors.New("it cannot be kept")
)

const (
	backupsPath    = "/api/backups"
	restorePath    = "/api/restore"
	maxBackupBytes = 4 << 30
	routinePath    = "/api/backup-schedule"
	backupTime     = 10 * time.Minute
)

// BackupInput names a backup. It is exported since the router fills in no other embedded input.
type BackupInput struct {
	LangInput
	Name string `path:"name" maxLength:"100"`
}

func (s *Server) backupRoutes(a huma.API) {
	add(a, admins, http.MethodGet, backupsPath, "list-backups", "The backups, newest first", s.listBackups)
	add(a, admins, http.MethodPost, backupsPath, "make-backup", "Make a backup, and prove it: it is unpacked, compared and opened before it counts", s.makeBackup)
	add(a, admins, http.MethodGet, backupsPath+"/{name}", "get-backup", "A backup as a file; it holds the house's secrets", s.getBackup)
	add(a, admins, http.MethodDelete, backupsPath+"/{name}", "remove-backup", "Delete a backup", s.removeBackup)
	add(a, admins, http.MethodPost, backupsPath+"/{name}/restore", "restore-backup", "Put the house back as it was; the hub starts anew, and keeps what was there beside", s.restoreBackup)
	add(a, admins, http.MethodPost, backupsPath+"/{name}/verify", "verify-backup", "Prove a backup once more", s.verifyBackup)
	add(a, admins, http.MethodGet, routinePath, "get-backup-schedule", "When backups are made by themselves, and how that went", s.getRoutine)
	add(a, admins, http.MethodPut, routinePath, "set-backup-schedule", "Say when backups are made by themselves", s.setRoutine)
	s.mux.HandleFunc("POST "+restorePath, s.restoreFile)
	a.OpenAPI().AddOperation(&huma.Operation{Method: http.MethodPost, Path: restorePath, OperationID: "restore-file",
		Summary:     "Put the house back from a file that is sent; the hub starts anew, and keeps what was there beside",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/gzip": {}}},
		Security:    []map[string][]string{{"token": {}}, {"session": {}}},
		Responses:   map[string]*huma.Response{"204": {Description: "It is sound, and the hub starts anew"}}})
}

func (s *Server) backups(lang string) (Backups, error) {
	if s.o.Backups == nil {
		return nil, absent(lang)
	}
	return s.o.Backups, nil
}

func (s *Server) ofBackup(lang, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoBackup):
		return notFound(lang, "backup", name, nil)
	case errors.Is(err, ErrBackupUnfit), errors.Is(err, ErrSchedule):
		return problem(lang, http.StatusUnprocessableEntity, "backup").detail(messages.Phrase(lang, err.Error())).build()
	}
	return s.failed(lang, "a backup", err)
}

func (s *Server) listBackups(ctx context.Context, _ *LangInput) (*output[[]api.Backup], error) {
	lang := callOf(ctx).lang
	k, err := s.backups(lang)
	if err != nil {
		return nil, err
	}
	all, err := k.List()
	if err != nil {
		return nil, s.ofBackup(lang, "", err)
	}
	return answer(append([]api.Backup{}, all...)), nil
}

func (s *Server) makeBackup(ctx context.Context, _ *LangInput) (*output[api.Backup], error) {
	c := callOf(ctx)
	k, err := s.backups(c.lang)
	if err != nil {
		return nil, err
	}
	c.patient(backupTime)
	b, err := k.Make(ctx)
	if err != nil {
		return nil, s.ofBackup(c.lang, "", err)
	}
	return answer(b), nil
}

func (s *Server) getBackup(ctx context.Context, in *BackupInput) (*huma.StreamResponse, error) {
	c := callOf(ctx)
	k, err := s.backups(c.lang)
	if err != nil {
		return nil, err
	}
	f, err := k.Open(in.Name)
	if err != nil {
		return nil, s.ofBackup(c.lang, in.Name, err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer f.Close()
		_, w := humago.Unwrap(hc)
		c.patient(backupTime)
		w.Header().Set("Content-Type", "application/gzip")
		w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(in.Name))
		if info, err := f.Stat(); err == nil {
			w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		}
		_, _ = io.Copy(w, f) // who has gone needs no rest
	}}, nil
}

func (s *Server) removeBackup(ctx context.Context, in *BackupInput) (*noOutput, error) {
	lang := callOf(ctx).lang
	k, err := s.backups(lang)
	if err != nil {
		return nil, err
	}
	return nil, s.ofBackup(lang, in.Name, k.Remove(in.Name))
}

func (s *Server) verifyBackup(ctx context.Context, in *BackupInput) (*noOutput, error) {
	c := callOf(ctx)
	k, err := s.backups(c.lang)
	if err != nil {
		return nil, err
	}
	c.patient(backupTime)
	return nil, s.ofBackup(c.lang, in.Name, k.Verify(in.Name))
}

func (s *Server) getRoutine(ctx context.Context, _ *LangInput) (*output[api.BackupRoutine], error) {
	if s.o.BackupRoutine == nil {
		return nil, absent(callOf(ctx).lang)
	}
	return answer(s.o.BackupRoutine.Routine()), nil
}

func (s *Server) setRoutine(ctx context.Context, in *struct {
	LangInput
	Body api.BackupSchedule
}) (*output[api.BackupRoutine], error) {
	lang := callOf(ctx).lang
	if s.o.BackupRoutine == nil {
		return nil, absent(lang)
	}
	if err := s.o.BackupRoutine.Schedule(ctx, in.Body); err != nil {
		return nil, s.ofBackup(lang, "", err)
	}
	return answer(s.o.BackupRoutine.Routine()), nil
}

func (s *Server) restoreBackup(ctx context.Context, in *BackupInput) (*noOutput, error) {
	c := callOf(ctx)
	k, err := s.backups(c.lang)
	if err != nil {
		return nil, err
	}
	f, err := k.Open(in.Name)
	if err != nil {
		return nil, s.ofBackup(c.lang, in.Name, err)
	}
	defer f.Close()
	c.patient(backupTime)
	return nil, s.ofBackup(c.lang, in.Name, k.Restore(f))
}

func (s *Server) restoreFile(w http.ResponseWriter, r *http.Request) {
	s.takeFile(w, r, func(c *call) error {
		k, err := s.backups(c.lang)
		if err == nil {
			err = s.ofBackup(c.lang, "", k.Restore(r.Body))
		}
		return err
	})
}

// takeFile lets an admin send a file that may be larger than memory: it is read as it comes.
func (s *Server) takeFile(w http.ResponseWriter, r *http.Request, take func(c *call) error) {
	c := callOf(r.Context())
	if c.who == nil || c.who.level < admins.level || c.who.limited() {
		writeProblem(w, problem(c.lang, http.StatusForbidden, "forbidden").build())
		return
	}
	c.patient(backupTime)
	err := take(c)
	var p *api.Problem
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &p):
		writeProblem(w, p)
	default:
		writeProblem(w, problem(c.lang, http.StatusInternalServerError, "internal").build())
	}
}
