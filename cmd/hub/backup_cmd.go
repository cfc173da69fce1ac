package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/spf13/cobra"
)

func newBackupCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Aliases: []string{"backups"}, Short: "Make, prove, list and restore backups, and say when they are made by themselves", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listBackups(cmd.Context()) }}
	cmd.AddCommand(newBackupCreateCmd(c), newBackupRestoreCmd(c), newBackupVerifyCmd(c), newBackupScheduleCmd(c), &cobra.Command{Use: "list", Short: "List the backups", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listBackups(cmd.Context()) }})
	return cmd
}

func (c *cli) listBackups(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var all []api.Backup
	if err := cl.get(ctx, "backups", nil, &all); err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("backup.none"))
			return nil
		}
		var rows [][]string
		for _, b := range all {
			by := "backup.by_hand"
			if b.Routine {
				by = "backup.by_schedule"
			}
			rows = append(rows, []string{b.Name, messages.Ago(c.lang, b.Made, c.now()), fmt.Sprintf("%.1f MB", float64(b.Bytes)/1e6), b.Version, c.say(by)})
		}
		return c.table([]string{"column.name", "column.made", "column.size", "column.version", "column.by"}, rows)
	})
}

func newBackupCreateCmd(c *cli) *cobra.Command {
	var to string
	cmd := &cobra.Command{Use: "create", Short: "Make a backup and prove it", Args: cobra.NoArgs,
		Long: "Makes a backup of the whole house: it is unpacked, compared and opened before it counts. With --to a copy\n" +
			"is kept at a place of yours; it holds the house's secrets.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var b api.Backup
			if err := cl.call(cmd.Context(), http.MethodPost, "backups", nil, struct{}{}, &b, waitTimeout); err != nil {
				return err
			}
			if to != "" {
				if err := cl.download(cmd.Context(), route("backups", b.Name), to); err != nil {
					return err
				}
			}
			return c.done(b, "backup.made", b.Name)
		}}
	cmd.Flags().StringVar(&to, "to", "", "also write it to this file")
	return cmd
}

// download writes what the hub answers to a new file that its owner alone can read.
func (cl *client) download(ctx context.Context, path, to string) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	r, err := cl.request(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	res, err := cl.send(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, res.Body)
	return errors.Join(err, f.Close())
}

// upload sends a file to a path that answers nothing.
func (cl *client) upload(ctx context.Context, path, file string) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := cl.request(ctx, http.MethodPost, path, nil, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/gzip")
	r.Body, r.ContentLength = f, info.Size()
	return cl.decode(r, nil)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func newBackupRestoreCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "restore NAME|FILE", Short: "Put the house back as it was in a backup", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(false, backupNames),
		Long: "Puts the house back as it was in a backup that the hub keeps, or in a file. The hub starts anew; what was there\n" +
			"is kept beside it, in before-restore-... of the data directory. Where no hub runs, the backup is proven and laid\n" +
			"ready in --data: the hub that starts there next restores it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if isFile(args[0]) {
				err = cl.upload(ctx, "restore", args[0])
			} else {
				err = cl.call(ctx, http.MethodPost, route("backups", args[0], "restore"), nil, struct{}{}, nil, waitTimeout)
			}
			var away *unreachableError
			if !errors.As(err, &away) || !cl.local {
				if err != nil {
					return err
				}
				return c.done(map[string]bool{"restarts": true}, "backup.restoring")
			}
			if err := c.stageHere(args[0]); err != nil {
				return err
			}
			return c.done(map[string]bool{"restarts": false}, "backup.staged", c.data)
		}}
}

// stageHere lays a backup ready in the data directory of a hub that does not run.
func (c *cli) stageHere(what string) error {
	k := backup.Keeper{Dir: c.data, Now: c.now}
	if !isFile(what) {
		return stageKept(k, what)
	}
	if _, err := os.Stat(c.data); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(c.data, 0o700); err != nil {
			return err
		}
	}
	f, err := os.Open(what)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = k.Stage(f)
	return err
}

func newBackupVerifyCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "verify NAME|FILE", Short: "Prove a backup once more", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(false, backupNames),
		Long: "Unpacks a backup, checks every sum and opens its database. A file is proven by this program itself, whether a\n" +
			"hub runs or not; a name is of a backup that the running hub keeps.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if isFile(args[0]) {
				scratch, err := os.MkdirTemp("", "concord-verify-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(scratch)
				m, err := backup.Check(args[0], scratch)
				if err != nil {
					return err
				}
				return c.done(m, "backup.sound", filepath.Base(args[0]), messages.Ago(c.lang, m.Made, c.now()), m.Version, len(m.Files), m.LastFact)
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			if err := cl.call(cmd.Context(), http.MethodPost, route("backups", args[0], "verify"), nil, struct{}{}, nil, waitTimeout); err != nil {
				return err
			}
			return c.done(map[string]bool{"sound": true}, "backup.sound.kept", args[0])
		}}
}

func newBackupScheduleCmd(c *cli) *cobra.Command {
	var s api.BackupSchedule
	cmd := &cobra.Command{Use: "schedule [on|off]", Short: "Say when backups are made by themselves, and how many are kept", Args: cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs), ValidArgs: []string{"on", "off"},
		Long:    "Without arguments it shows the schedule and how it went. What is not given stays.",
		Example: "  hub backup schedule on --at 02:00 --daily 14\n  hub backup schedule off",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var now api.BackupRoutine
			if err := cl.get(cmd.Context(), "backup-schedule", nil, &now); err != nil {
				return err
			}
			next := now.Schedule
			if len(args) > 0 {
				next.On = args[0] == "on"
			}
			f := cmd.Flags()
			if f.Changed("at") {
				next.At = s.At
			}
			if f.Changed("daily") {
				next.Daily = s.Daily
			}
			if f.Changed("weekly") {
				next.Weekly = s.Weekly
			}
			if f.Changed("max-mb") {
				next.MaxMB = s.MaxMB
			}
			if next != now.Schedule {
				if err := cl.put(cmd.Context(), "backup-schedule", next, &now); err != nil {
					return err
				}
			}
			return c.show(now, func() error { return c.printRoutine(now) })
		}}
	f := cmd.Flags()
	f.StringVar(&s.At, "at", "", "the hour of the house's day, such as 03:30")
	f.IntVar(&s.Daily, "daily", 0, "of how many days one is kept")
	f.IntVar(&s.Weekly, "weekly", 0, "of how many weeks one is kept")
	f.Int64Var(&s.MaxMB, "max-mb", 0, "what all backups may take of the disk, MB")
	return cmd
}

func (c *cli) printRoutine(r api.BackupRoutine) error {
	s := r.Schedule
	if s.On {
		c.print("%s\n", c.say("backup.schedule", s.At, s.Daily, s.Weekly, s.MaxMB))
	} else {
		c.print("%s\n", c.say("backup.schedule.off"))
	}
	if r.Last == nil {
		c.print("%s\n", c.say("backup.never"))
	} else {
		c.print("%s\n", c.say("backup.last", messages.Ago(c.lang, *r.Last, c.now())))
	}
	if r.Next != nil {
		c.print("%s\n", c.say("backup.next", r.Next.Local().Format("2006-01-02 15:04")))
	}
	if r.Problem != "" {
		c.print("%s\n", c.say("backup.problem", r.Problem))
	}
	return nil
}
