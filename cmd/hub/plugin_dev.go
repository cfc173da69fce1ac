package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/spf13/cobra"
)

func newPluginDevCmd(c *cli) *cobra.Command {
	var noDevice bool
	cmd := &cobra.Command{Use: "dev DIR", Short: "Use a folder as a plugin in a running hub, and reload it whenever it changes", Args: cobra.ExactArgs(1),
		Long: "Needs a hub in developer mode on this machine: `hub run --demo`, or `hub run --developer`. Builds the plugin, hands it its simulated\n" +
			"device, shows its log, and builds and reloads it when a file changes. A version that does not start leaves the old one running.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return c.develop(ctx, args[0], !noDevice)
		}}
	cmd.Flags().BoolVar(&noDevice, "no-device", false, "do not start the simulated device")
	return cmd
}

func (c *cli) develop(ctx context.Context, dir string, device bool) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := c.build(ctx, dir, platform()); err != nil {
		return err
	}
	var p api.Plugin
	if err := cl.post(ctx, "plugin-folders", api.PluginFolder{Folder: dir}, &p); err != nil {
		return err
	}
	c.print("%s\n", c.say("plugin.installed", p.Name, p.Version))
	if device {
		d, off, err := c.startDevice(ctx, dir, "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer off()
		where := placeOf(d)
		if d.Network() != "mqtt" { // else it is found by its topic
			if err := cl.post(ctx, route("plugins", p.Name, "actions"), api.PluginAction{Action: "attach", Address: where}, nil); err != nil {
				return err
			}
			defer func() {
				_ = cl.post(context.WithoutCancel(ctx), route("plugins", p.Name, "actions"), api.PluginAction{Action: "detach", Address: where}, nil)
			}()
		}
		c.print("%s\n", c.say("plugin.simulated", where))
	}
	return c.watchPlugin(ctx, cl, dir, p.Name)
}

// watchPlugin shows the log and reloads the plugin when its folder changes.
func (c *cli) watchPlugin(ctx context.Context, cl *client, dir, name string) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	seen, shown := stamp(dir), time.Time{}
	for {
		var l api.PluginLog
		if cl.get(ctx, route("plugins", name, "log"), nil, &l) == nil {
			for _, x := range l.Lines {
				if x.At.After(shown) {
					shown = x.At
					c.print("%s %-5s %s\n", x.At.Local().Format("15:04:05"), x.Level, x.Text)
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := stamp(dir)
		if now == seen {
			continue
		}
		seen = now
		err := c.build(ctx, dir, platform())
		if err == nil {
			err = cl.post(ctx, route("plugins", name, "actions"), api.PluginAction{Action: "reload"}, nil)
		}
		if err != nil {
			c.complain(err)
			continue
		}
		c.print("%s\n", c.say("plugin.done.reload", name, ""))
	}
}

// stamp changes when a file of the folder does, but for what a build makes and what is hidden.
func stamp(dir string) string {
	var newest time.Time
	n := 0
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if name := d.Name(); strings.HasPrefix(name, ".") || name == "bin" || name == "__pycache__" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			n++
			if info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
		return nil
	})
	return fmt.Sprint(n, newest.UnixNano())
}
