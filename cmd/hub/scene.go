package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/spf13/cobra"
)

func newSceneCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "scene", Aliases: []string{"scenes"}, Short: "List, run and change scenes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listScenes(cmd.Context()) }}
	cmd.AddCommand(&cobra.Command{Use: "list", Short: "List the scenes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listScenes(cmd.Context()) }})
	cmd.AddCommand(c.newOneSceneCmd("run NAME", "Run a scene now, and say what became of it", c.runScene))
	cmd.AddCommand(c.newOneSceneCmd("delete NAME", "Delete a scene", func(ctx context.Context, cl *client, s api.Scene) error {
		if err := cl.remove(ctx, route("scenes", s.ID)); err != nil {
			return err
		}
		return c.done(s, "removed", c.sceneName(s))
	}))
	cmd.AddCommand(c.newOneSceneCmd("show NAME", "Print a scene as it was written", c.showScene))
	cmd.AddCommand(c.newOneSceneCmd("enable NAME", "Let a scene run by itself", c.switchScene(true)))
	cmd.AddCommand(c.newOneSceneCmd("disable NAME", "Let a scene run by hand only", c.switchScene(false)))
	cmd.AddCommand(newSceneApplyCmd(c), newSceneTryCmd(c), newSceneTestCmd(c), newWhynotCmd(c, "why NAME"))
	return cmd
}

func (c *cli) showScene(ctx context.Context, cl *client, s api.Scene) error {
	var text api.SceneText
	if err := cl.get(ctx, route("scenes", s.ID, "text"), nil, &text); err != nil {
		return err
	}
	return c.show(s, func() error {
		c.print("%s", text.Text)
		if s.Problem != "" {
			c.print("✗ %s\n", s.Problem)
		}
		for _, r := range s.Running {
			c.print("# %s\n", c.say("why.running", messages.Ago(c.lang, r.Since, c.now()), r.At))
		}
		for _, done := range s.Results {
			c.print("# %s\n", c.outcome(done))
		}
		return nil
	})
}

func (c *cli) switchScene(on bool) func(context.Context, *client, api.Scene) error {
	return func(ctx context.Context, cl *client, s api.Scene) error {
		if err := cl.put(ctx, route("scenes", s.ID, "enabled"), api.SceneSwitch{Enabled: on}, &s); err != nil {
			return err
		}
		return c.done(s, map[bool]string{true: "scenes.on", false: "scenes.off"}[on], c.sceneName(s))
	}
}

func (c *cli) newOneSceneCmd(use, short string, do func(context.Context, *client, api.Scene) error) *cobra.Command {
	return &cobra.Command{
		Use:               use,
		Short:             short,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, sceneNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			s, err := cl.scene(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return do(cmd.Context(), cl, s)
		},
	}
}

// sceneName is a scene's name in the language asked for.
func (c *cli) sceneName(s api.Scene) string {
	named := documentNames(s.Document)
	for _, n := range []string{named[c.lang], named[""]} {
		if n != "" {
			return n
		}
	}
	return s.Name
}

func (c *cli) listScenes(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	all, err := cl.scenes(ctx)
	if err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("scenes.none"))
			return nil
		}
		var rows [][]string
		for _, s := range all {
			last := messages.Text(c.lang, "ago.never")
			if s.LastRun != nil {
				last = messages.Ago(c.lang, *s.LastRun, c.now())
			}
			rows = append(rows, []string{c.sceneName(s), c.sceneState(s), last, s.ID})
		}
		return c.table([]string{"column.name", "column.state", "column.last_run", "column.id"}, rows)
	})
}

// sceneState is what a household would want to know of a scene at a glance.
func (c *cli) sceneState(s api.Scene) string {
	switch {
	case s.Problem != "":
		return c.say("scenes.problem")
	case !s.Enabled:
		return c.say("scenes.is_off")
	case len(s.Running) > 0:
		return c.say("scenes.running")
	}
	return c.say("scenes.is_on")
}

// documentNames are the names in a scene's document, by language.
func documentNames(doc json.RawMessage) map[string]string {
	var d struct {
		Names map[string]string `json:"names"`
	}
	_ = json.Unmarshal(doc, &d) // one without names has none
	return d.Names
}

// runScene runs a scene and waits for its commands. One that failed makes the run fail.
func (c *cli) runScene(ctx context.Context, cl *client, s api.Scene) error {
	stop := c.progress(c.sceneName(s))
	var out api.SceneResult
	err := cl.call(ctx, http.MethodPost, route("scenes", s.ID, "run"), nil, nil, &out, waitTimeout)
	stop()
	if err != nil {
		return err
	}
	failed := len(out.Problems) > 0
	for _, done := range out.Commands {
		failed = failed || !succeeded(done)
	}
	err = c.show(out, func() error {
		for _, done := range out.Commands {
			c.print("%s\n", c.outcome(done))
		}
		for _, p := range out.Problems {
			c.print("✗ %s\n", p)
		}
		if len(out.Commands)+len(out.Problems) == 0 {
			c.print("%s\n", c.say("scenes.nothing", c.sceneName(s)))
		}
		return nil
	})
	if err == nil && failed {
		return errFailed
	}
	return err
}

func newSceneApplyCmd(c *cli) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Add or change a scene from a JSON or YAML file",
		Long: "Adds the scene in a file, or replaces the one of its id: that of --id, else the file's name without\n" +
			"its ending. Devices, rooms and people may be written by name. With - the scene is read from the\n" +
			"standard input.",
		Example: "  hub scene apply movie-night.yaml\n  hub scene apply - --id movie-night < scene.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := c.readFile(args[0])
			if err != nil {
				return err
			}
			id := sceneID(id, args[0])
			if id == "-" || id == "" {
				return usage("a scene from the standard input needs an id: --id NAME")
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			return c.applyScene(cmd.Context(), cl, id, text)
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "the scene's id; default: the file's name without its ending")
	return cmd
}

func (c *cli) applyScene(ctx context.Context, cl *client, id string, text []byte) error {
	var s api.SceneSaved
	if err := cl.put(ctx, route("scenes", id, "text"), api.SceneText{Text: string(text)}, &s); err != nil {
		return err
	}
	return c.show(s, func() error {
		c.print("%s\n", c.say("scenes.applied", c.sceneName(s.Scene)))
		for _, f := range s.Findings {
			c.print("! %s\n", f.Text)
			for _, line := range f.Happens {
				c.print("    %s\n", line)
			}
		}
		return nil
	})
}

// maxFile bounds a file that is read whole; bytes.
const maxFile = 64 << 20

// readFile reads a file, or the standard input for "-".
func (c *cli) readFile(name string) ([]byte, error) {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("%v", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	if len(b) > maxFile {
		return nil, errors.New(name + " is larger than 64 MiB")
	}
	return b, nil
}
