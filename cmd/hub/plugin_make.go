package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"aead.dev/minisign"
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/plugins/bundle"
	"github.com/concord-home/hub/plugins/conformance"
	"github.com/concord-home/hub/plugins/examples"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/simulator"
	"github.com/spf13/cobra"
)

func newPluginNewCmd(c *cli) *cobra.Command {
	var lang, dir, sdk string
	cmd := &cobra.Command{Use: "new NAME", Short: "Begin a plugin: a folder that works, with its simulated device and scripts", Args: cobra.ExactArgs(1),
		Example: "  hub plugin new acme --language python\n  hub plugin test acme",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				dir = args[0]
			}
			v := version()
			if lang == "go" && v == "devel" {
				if sdk == "" {
					return usage("this hub was built from source: say where that is with --sdk DIR")
				}
				v = "v0.0.0"
			}
			if err := examples.New(dir, args[0], lang, v, sdk); err != nil {
				return err
			}
			return c.done(map[string]string{"folder": dir}, "plugin.new", dir)
		}}
	cmd.Flags().StringVar(&lang, "language", "go", "go, python or node")
	cmd.Flags().StringVar(&dir, "dir", "", "the folder (default: NAME)")
	cmd.Flags().StringVar(&sdk, "sdk", "", "go: a folder with the hub's source, to use its SDK as it is there")
	_ = cmd.RegisterFlagCompletionFunc("language", cobra.FixedCompletions(examples.Languages, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// build runs a plugin's own build for a platform, where it has one.
func (c *cli) build(ctx context.Context, dir, platform string) error {
	m, err := readManifest(dir)
	if err != nil || len(m.Build) == 0 || m.Run.Exec[platform] == "" {
		return err
	}
	out := filepath.Join(dir, filepath.FromSlash(m.Run.Exec[platform]))
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	argv := slices.Clone(m.Build)
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "{out}", out)
	}
	system, arch, _ := strings.Cut(platform, "/")
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, bytes.TrimSpace(b))
	}
	return nil
}

// readManifest reads a manifest for its build, before all files that it names are there.
func readManifest(dir string) (*manifest.Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, manifest.File))
	if err != nil {
		return nil, fmt.Errorf("%s holds no plugin: %w", dir, err)
	}
	return manifest.Parse(b)
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func newPluginTestCmd(c *cli) *cobra.Command {
	var o conformance.Options
	var pkg, html, jsonFile, want string
	cmd := &cobra.Command{Use: "test DIR", Short: "Hold a plugin against the conformance kit and say which tier it reaches", Args: cobra.ExactArgs(1),
		Long: "Builds the plugin, runs it confined with its simulated device, gives both of them trouble, and prints what it found. Offline, in\n" +
			"about a minute. Exit code 1 when the tier of --want is not reached.",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if o.Dir, err = filepath.Abs(args[0]); err != nil {
				return err
			}
			if !slices.Contains(conformance.Tiers, conformance.Tier(want)) {
				return usage("--want is %q, expected bronze, silver, gold or platinum", want)
			}
			if err := c.build(ctx, o.Dir, platform()); err != nil {
				return err
			}
			if pkg != "" {
				if o.Package, err = os.ReadFile(pkg); err != nil {
					return err
				}
			}
			if c.errTerminal() {
				o.Progress = func(id string) { fmt.Fprintf(c.err, "\r%-30s\r", id) }
			}
			r, err := conformance.Run(ctx, o)
			if err != nil {
				return err
			}
			for file, write := range map[string]func(f *os.File) error{html: func(f *os.File) error { return r.WriteHTML(f) }, jsonFile: func(f *os.File) error { return r.WriteJSON(f) }} {
				if err := writeTo(file, write); err != nil {
					return err
				}
			}
			if err := c.show(r, func() error { return r.WriteText(c.out, c.lang) }); err != nil {
				return err
			}
			if len(o.Only) == 0 && slices.Index(conformance.Tiers, r.Tier) < slices.Index(conformance.Tiers, conformance.Tier(want)) {
				return errFailed
			}
			return nil
		}}
	f := cmd.Flags()
	f.StringVar(&html, "html", "", "write the report as a page to this file, too")
	f.StringVar(&jsonFile, "json-file", "", "write the report as JSON to this file, too")
	f.StringVar(&pkg, "package", "", "the signed package, for platinum")
	f.DurationVar(&o.Soak, "soak", 0, "for platinum: how long the soak lasts, 24h")
	f.StringSliceVar(&o.Only, "only", nil, "do these checks only")
	f.StringVar(&want, "want", "bronze", "the tier that must be reached")
	return cmd
}

func writeTo(name string, write func(*os.File) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func newPluginPackCmd(c *cli) *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "pack DIR", Short: "Build a plugin for all its platforms and put it into a package", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := readManifest(args[0])
			if err != nil {
				return err
			}
			for p := range m.Run.Exec {
				if err := c.build(cmd.Context(), args[0], p); err != nil {
					return err
				}
			}
			var b bytes.Buffer
			if m, err = bundle.Pack(args[0], &b); err != nil {
				return err
			}
			if out == "" {
				out = bundle.FileName(m)
			}
			if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
				return err
			}
			return c.done(map[string]string{"package": out}, "plugin.packed", out)
		}}
	cmd.Flags().StringVarP(&out, "out", "o", "", "the package's file (default: NAME-VERSION.hubplugin)")
	return cmd
}

func newPluginKeyCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "key FILE", Short: "Make a key to sign packages with: a minisign key, locked with a password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err == nil {
				return usage("%s is there already", args[0])
			}
			password, err := newAsker(cmd.Context(), c).secret(c.say("ask.key_password"))
			if err != nil {
				return err
			}
			public, private, err := minisign.GenerateKey(rand.Reader)
			if err != nil {
				return err
			}
			locked, err := minisign.EncryptKey(password, private)
			if err != nil {
				return err
			}
			if err := os.WriteFile(args[0], locked, 0o600); err != nil {
				return err
			}
			return c.done(map[string]string{"public_key": public.String()}, "plugin.key", args[0], public.String())
		}}
}

func newPluginSignCmd(c *cli) *cobra.Command {
	var key string
	cmd := &cobra.Command{Use: "sign FILE --key FILE", Short: "Sign a package", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			locked, err := os.ReadFile(key)
			if err != nil {
				return err
			}
			password, err := newAsker(cmd.Context(), c).secret(c.say("ask.key_password"))
			if err != nil {
				return err
			}
			private, err := minisign.DecryptKey(password, locked)
			if err != nil {
				return fmt.Errorf("the key %s cannot be unlocked: %w", key, err)
			}
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if b, err = bundle.Sign(b, private); err != nil {
				return err
			}
			if err := os.WriteFile(args[0], b, 0o644); err != nil {
				return err
			}
			return c.done(map[string]string{"signed": args[0]}, "plugin.signed", args[0])
		}}
	cmd.Flags().StringVar(&key, "key", "", "the key, made with `hub plugin key`")
	_ = cmd.MarkFlagRequired("key")
	return cmd
}

// simulated starts the simulated device of a plugin's folder.
func simulated(dir, addr string) (*simulator.Device, error) {
	f, err := os.Open(filepath.Join(dir, "testdata", "device.txt"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := simulator.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return simulator.Start(s, addr, nil)
}

func newPluginSimulateCmd(c *cli) *cobra.Command {
	var port uint16
	cmd := &cobra.Command{Use: "simulate DIR", Short: "Run the simulated device of a plugin, on this machine only", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			d, err := simulated(args[0], netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
			if err != nil {
				return err
			}
			defer d.Off()
			if err := c.done(map[string]string{"address": d.Addr().String()}, "plugin.simulated", d.Addr()); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		}}
	cmd.Flags().Uint16Var(&port, "port", 0, "the port; 0: any")
	return cmd
}

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
		d, err := simulated(dir, "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer d.Off()
		address := d.Addr().String()
		if err := cl.post(ctx, route("plugins", p.Name, "actions"), api.PluginAction{Action: "attach", Address: address}, nil); err != nil {
			return err
		}
		defer func() {
			_ = cl.post(context.WithoutCancel(ctx), route("plugins", p.Name, "actions"), api.PluginAction{Action: "detach", Address: address}, nil)
		}()
		c.print("%s\n", c.say("plugin.simulated", address))
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
