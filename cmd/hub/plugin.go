package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/spf13/cobra"
)

func newPluginCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "plugin", Aliases: []string{"plugins"}, Short: "Install plugins, and make them", Args: cobra.NoArgs,
		Long: "A plugin is a program of a device's maker that adds devices to the hub. It runs by itself, confined to what it\n" +
			"was granted. Makers: `hub plugin new`, then dev, test, pack and sign; docs/plugins.md shows the way.",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listPlugins(cmd.Context()) }}
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "List the plugins and how they are", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return c.listPlugins(cmd.Context()) }},
		newPluginShowCmd(c), newPluginInstallCmd(c), newPluginConfigCmd(c), newPluginLogsCmd(c), newPluginRemoveCmd(c),
		newPluginDoCmd(c, "enable", "Start a plugin that was disabled or has failed"), newPluginDoCmd(c, "disable", "Stop a plugin; its devices stay, unreachable"),
		newPluginDoCmd(c, "reload", "Start a plugin anew, without a break"),
		newPluginDeviceCmd(c, "attach", "Hand a plugin a device by its address, such as 192.0.2.7:80"), newPluginDeviceCmd(c, "detach", "Take a device's address back from a plugin"),
		newPluginNewCmd(c), newPluginDevCmd(c), newPluginTestCmd(c), newPluginSimulateCmd(c), newPluginPackCmd(c), newPluginKeyCmd(c), newPluginSignCmd(c))
	return cmd
}

func (cl *client) plugins(ctx context.Context) ([]api.Plugin, error) {
	var out []api.Plugin
	return out, cl.get(ctx, "plugins", nil, &out)
}

func pluginNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.plugins(ctx)
	var out []string
	for _, p := range all {
		out = append(out, p.Name)
	}
	return out
}

func (c *cli) listPlugins(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	all, err := cl.plugins(ctx)
	if err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("plugins.none"))
			return nil
		}
		var rows [][]string
		for _, p := range all {
			rows = append(rows, []string{p.Name, p.Version, c.say("plugin.state." + p.State), fmt.Sprint(p.Devices), c.pluginNote(p)})
		}
		return c.table([]string{"column.name", "column.version", "column.state", "column.devices", "column.note"}, rows)
	})
}

// pluginNote is what a person should know of a plugin, in a line.
func (c *cli) pluginNote(p api.Plugin) string {
	var notes []string
	if p.Problem != "" {
		notes = append(notes, c.phrase(p.Problem))
	}
	if !p.Signed {
		notes = append(notes, c.say("plugin.unsigned"))
	}
	if p.Confinement != "" && !p.Confined {
		notes = append(notes, c.phrase(p.Confinement))
	}
	return strings.Join(notes, "; ")
}

func newPluginShowCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "Show a plugin: how it is, what it may do, how it is configured", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(false, pluginNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var p api.Plugin
			if err := cl.get(cmd.Context(), route("plugins", args[0]), nil, &p); err != nil {
				return err
			}
			return c.show(p, func() error { return c.printPlugin(p) })
		}}
}

func (c *cli) printPlugin(p api.Plugin) error {
	var caps []string
	for _, x := range p.Capabilities {
		if spec := model.LookupCapability(x); spec != nil {
			caps = append(caps, spec.Label.In(c.lang))
		} else {
			caps = append(caps, string(x))
		}
	}
	confinement := c.phrase(p.Confinement)
	rows := [][]string{
		{c.say("column.name"), p.Title.In(c.lang) + " (" + p.Name + " " + p.Version + ")"}, {c.say("plugin.vendor"), p.Vendor},
		{c.say("column.state"), c.say("plugin.state."+p.State) + ", " + messages.Ago(c.lang, p.Since, c.now())}, {c.say("column.note"), c.pluginNote(p)},
		{c.say("column.devices"), fmt.Sprint(p.Devices)}, {c.say("plugin.capabilities"), strings.Join(caps, c.say("list.comma"))},
		{c.say("plugin.network"), strings.Join(manifest.Network(p.Network).Asks(), c.say("list.comma"))}, {c.say("plugin.why"), p.Network.Reason.In(c.lang)},
		{c.say("plugin.confinement"), confinement}, {c.say("plugin.faults"), p.LastFault}, {c.say("plugin.config"), string(p.Config)},
	}
	var shown [][]string
	for _, r := range rows {
		if r[1] != "" {
			shown = append(shown, r)
		}
	}
	return c.table(nil, shown)
}

func newPluginInstallCmd(c *cli) *cobra.Command {
	var key string
	cmd := &cobra.Command{Use: "install FILE", Short: "Install a plugin's package, or replace the version that is there", Args: cobra.ExactArgs(1),
		Long: "Installs NAME-VERSION.hubplugin. The first installation pins the key with which the package was signed: later\n" +
			"versions must carry the same. With --key the package must be signed by that key, as the vendor publishes it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			p, err := cl.installPlugin(cmd.Context(), b, key)
			if err != nil {
				return err
			}
			if c.json {
				return c.show(p, nil)
			}
			c.print("%s\n", c.say("plugin.installed", p.Name, p.Version))
			if len(manifest.Network(p.Network).Asks()) > 0 {
				c.print("%s\n", c.say("plugin.asks", strings.Join(manifest.Network(p.Network).Asks(), c.say("list.comma")), p.Network.Reason.In(c.lang)))
			}
			for _, f := range p.Fields {
				if f.Required {
					return c.askConfig(cmd.Context(), cl, p)
				}
			}
			return nil
		}}
	cmd.Flags().StringVar(&key, "key", "", "the vendor's public key (minisign's, RW...)")
	return cmd
}

// installPlugin sends a package.
func (cl *client) installPlugin(ctx context.Context, pkg []byte, key string) (p api.Plugin, err error) {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	query := url.Values{}
	if key != "" {
		query.Set("key", key)
	}
	r, err := cl.request(ctx, http.MethodPost, "plugins", query, nil)
	if err != nil {
		return p, err
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(pkg))), int64(len(pkg))
	return p, cl.decode(r, &p)
}

func newPluginRemoveCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "remove NAME", Short: "Remove a plugin with all that it kept", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(false, pluginNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			if err := cl.remove(cmd.Context(), route("plugins", args[0])); err != nil {
				return err
			}
			return c.done(map[string]string{"removed": args[0]}, "plugin.removed", args[0])
		}}
}

func newPluginDoCmd(c *cli, action, short string) *cobra.Command {
	return &cobra.Command{Use: action + " NAME", Short: short, Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(false, pluginNames),
		RunE: func(cmd *cobra.Command, args []string) error { return c.doPlugin(cmd.Context(), args[0], action, "") }}
}

func newPluginDeviceCmd(c *cli, action, short string) *cobra.Command {
	return &cobra.Command{Use: action + " NAME ADDRESS", Short: short, Args: cobra.ExactArgs(2), ValidArgsFunction: c.completing(false, pluginNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.doPlugin(cmd.Context(), args[0], action, args[1])
		}}
}

func (c *cli) doPlugin(ctx context.Context, name, action, address string) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	in := api.PluginAction{Action: action, Address: address}
	if err := cl.post(ctx, route("plugins", name, "actions"), in, nil); err != nil {
		return err
	}
	return c.done(in, "plugin.done."+action, name, address)
}

func newPluginLogsCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "logs NAME", Short: "Show what a plugin said of late, and its diagnostics", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completing(false, pluginNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var l api.PluginLog
			if err := cl.get(cmd.Context(), route("plugins", args[0], "log"), nil, &l); err != nil {
				return err
			}
			return c.show(l, func() error {
				for _, x := range l.Lines {
					c.print("%s %-5s %s\n", x.At.Local().Format("2006-01-02 15:04:05"), x.Level, x.Text)
				}
				for k, v := range l.Diagnostics {
					c.print("%s: %s\n", k, v)
				}
				return nil
			})
		}}
}
