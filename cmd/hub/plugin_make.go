package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/plugins/conformance"
	"github.com/concord-home/hub/plugins/examples"
	"github.com/concord-home/hub/plugins/manifest"
)

func newPluginNewCmd(c *cli) *cobra.Command {
	var lang, dir, sdk string
	cmd := &cobra.Command{Use: "new NAME", Short: "Begin a plugin: a folder that works, with its simulated device and scripts", Args: cobra.ExactArgs(1),
		Example: "  hub plugin new acme --language python\n  hub plugin test acme",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				dir = args[0]
			}
			if slices.Contains(examples.Languages, c.lang) { // --lang python is what one types first
				lang, c.lang = c.lang, languageOf(c.env)
			} else if base, _, _ := strings.Cut(c.lang, "-"); !slices.Contains(messages.Languages, base) {
				return usage("--lang is %q, expected %s", c.lang, strings.Join(append(slices.Clone(examples.Languages), messages.Languages...), ", "))
			}
			v := version()
			if strings.HasPrefix(lang, "go") && v == "devel" {
				if sdk == "" {
					sdk = sourceDir()
				}
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
	cmd.Flags().StringVar(&lang, "language", "go", strings.Join(examples.Languages, ", "))
	cmd.Flags().StringVar(&dir, "dir", "", "the folder (default: NAME)")
	cmd.Flags().StringVar(&sdk, "sdk", "", "go: a folder with the hub's source, to use its SDK as it is there")
	_ = cmd.RegisterFlagCompletionFunc("language", cobra.FixedCompletions(examples.Languages, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// sourceDir is where this program's source is, when it was built on this machine and is still there.
func sourceDir() string {
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(file), "..", "..")
	if _, err := os.Stat(filepath.Join(dir, "plugins", "sdk")); err != nil || !filepath.IsAbs(dir) {
		return ""
	}
	return dir
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
