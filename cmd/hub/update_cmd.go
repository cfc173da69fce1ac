package main

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/concord-home/hub/backup"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/release"
	"github.com/spf13/cobra"
)

func newUpdateCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "update", Short: "Put a newer hub in the place of this one, from a file, and take that back", Args: cobra.NoArgs,
		Long: "Without a command it shows which hub runs, how it was started and what lies ready. The hub asks nobody on the\n" +
			"internet: you bring the file. It is taken only when signed with the key that was pinned on this machine.",
		Example: "  hub update pin RWQ...\n  hub update check concord-v1.4.0.tar.gz\n  hub update apply\n  hub update undo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var u api.Update
			if err := cl.get(cmd.Context(), "update", nil, &u); err != nil {
				return err
			}
			return c.show(u, func() error { return c.printUpdate(u) })
		}}
	cmd.AddCommand(newUpdatePinCmd(c), newUpdateCheckCmd(c), newUpdateApplyCmd(c), newUpdateUndoCmd(c))
	return cmd
}

func (c *cli) printUpdate(u api.Update) error {
	rows := [][]string{{c.say("update.version"), u.Version + " (" + u.Platform + ", " + u.Go + ")"}, {c.say("update.program"), u.Program}, {c.say("update.start"), c.say("update.start."+u.Start, u.Unit)}}
	key := u.Key
	if key == "" {
		key = c.say("update.no_key")
	}
	rows = append(rows, []string{c.say("update.key"), key})
	if u.Ready != nil {
		rows = append(rows, []string{c.say("update.ready"), u.Ready.Version})
	}
	if u.Before != nil {
		rows = append(rows, []string{c.say("update.before"), c.say("update.before.what", u.Before.From, messages.Ago(c.lang, u.Before.At, c.now()), u.Before.Backup)})
	}
	return c.table(nil, rows)
}

func newUpdatePinCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "pin KEY|FILE", Short: "Say whose releases this hub takes", Args: cobra.ExactArgs(1),
		Long: "Writes a minisign public key (RW...) to release.pub of the data directory. It works on the hub's machine alone,\n" +
			"and not over the network: whoever holds the secret key decides what runs here.",
		RunE: func(_ *cobra.Command, args []string) error {
			text := args[0]
			if isFile(text) {
				b, err := os.ReadFile(text)
				if err != nil {
					return err
				}
				text = string(b)
			}
			_, dir := c.running()
			key, err := installed(dir).Pin(text)
			if err != nil {
				return err
			}
			return c.done(map[string]string{"key": key}, "update.pinned", key)
		}}
}

func newUpdateCheckCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "check FILE", Short: "Check a release and lay it ready", Args: cobra.ExactArgs(1),
		Long: "Sends a release, a .tar.gz of hub and hub.minisig, to the hub. It checks the signature with the pinned key, that\n" +
			"the program is for this machine, starts, and is the version that was signed. Nothing is replaced yet.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			if err := cl.upload(cmd.Context(), "update", args[0]); err != nil {
				return err
			}
			var u api.Update
			if err := cl.get(cmd.Context(), "update", nil, &u); err != nil {
				return err
			}
			version := ""
			if u.Ready != nil {
				version = u.Ready.Version
			}
			return c.done(u, "update.checked", version)
		}}
}

func newUpdateApplyCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "apply", Short: "Make a backup, let the release open it, put it in place and start anew", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.updateStep(cmd.Context(), "apply") }}
}

func (c *cli) updateStep(ctx context.Context, step string) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var u api.Update
	if err := cl.get(ctx, "update", nil, &u); err != nil {
		return err
	}
	var did api.UpdateStep
	if err := cl.call(ctx, http.MethodPost, route("update", step), nil, struct{}{}, &did, waitTimeout); err != nil {
		return err
	}
	if did.Restarts {
		return c.done(did, "update.restarts", did.Backup)
	}
	return c.show(did, func() error {
		c.print("%s\n", c.say("update.by_hand", did.Backup))
		for _, line := range byHand(u, step) {
			c.print("  %s\n", line)
		}
		return nil
	})
}

// byHand are the lines for whoever has rights on the hub's machine that the hub has not.
func byHand(u api.Update, step string) (lines []string) {
	if u.Start == release.Container || u.Start == release.Source {
		return nil
	}
	if step == "undo" {
		lines = append(lines, "sudo mv "+u.Program+".before "+u.Program)
	} else {
		lines = append(lines, "sudo cp "+u.Program+" "+u.Program+".before", "sudo install -m 755 "+u.Data+"/update/next/hub "+u.Program)
	}
	if u.Unit != "" {
		lines = append(lines, "sudo systemctl restart "+u.Unit)
	}
	return lines
}

func newUpdateUndoCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "undo", Short: "Take the last update back: the program before, with the data from then", Args: cobra.NoArgs,
		Long: "Puts back the program and the data from before the last update; what came since is kept beside, in\n" +
			"before-restore-... of the data directory. It also works where the newer hub does not run.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := c.updateStep(cmd.Context(), "undo")
			var away *unreachableError
			if !errors.As(err, &away) || !away.local {
				return err
			}
			p := installed(c.data)
			a, err := p.Before()
			if err != nil {
				return err
			}
			p.Program = a.Program
			if err := stageKept(backup.Keeper{Dir: c.data, Now: c.now}, a.Backup); err != nil {
				return err
			}
			if _, err := p.Undo(); err != nil {
				return err
			}
			return c.done(a, "update.undone", a.From)
		}}
}
