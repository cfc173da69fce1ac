package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/rehearsal"
	"github.com/spf13/cobra"
)

func newSceneTryCmd(c *cli) *cobra.Command {
	var since, until, timeline, id string
	cmd := &cobra.Command{
		Use:   "try FILE",
		Short: "See what a scene would have done lately; nothing is sent",
		Long: "Runs the scene in a file over what the hub has recorded and prints the commands it would have sent beside\n" +
			"what really happened. Devices that it would have commanded are taken to obey. With --timeline it runs over\n" +
			"the timeline of a finding, as `hub scene apply --json` prints it.",
		Example: "  hub scene try hall-light.yaml --since 7d\n  hub scene try hall-light.yaml --since \"2026-01-31 17:00\" --until \"2026-01-31 18:00\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := c.readFile(args[0])
			if err != nil {
				return err
			}
			in := api.SceneTrial{ID: sceneID(id, args[0]), Text: string(text)}
			if in.Since, err = moment(since, c.now()); err != nil {
				return err
			}
			if until != "" {
				to, err := moment(until, c.now())
				if err != nil {
					return err
				}
				in.Until = &to
			}
			if timeline != "" {
				if in.Timeline, err = c.readTimeline(timeline); err != nil {
					return err
				}
			}
			return c.tryScene(cmd.Context(), in)
		},
	}
	f := cmd.Flags()
	f.StringVar(&since, "since", "7d", "from when: how long ago, or a moment")
	f.StringVar(&until, "until", "", "until when; default: now")
	f.StringVar(&timeline, "timeline", "", "run over the timeline of a finding in this file instead")
	f.StringVar(&id, "id", "", "the scene's id; default: the file's name without its ending")
	return cmd
}

func sceneID(id, file string) string {
	if id != "" {
		return id
	}
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// readTimeline reads facts: a list of them, or a finding that holds one.
func (c *cli) readTimeline(name string) ([]json.RawMessage, error) {
	b, err := c.readFile(name)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if json.Unmarshal(b, &list) == nil {
		return list, nil
	}
	var saved struct {
		Timeline []json.RawMessage  `json:"timeline"`
		Findings []api.SceneFinding `json:"findings"`
	}
	if err := json.Unmarshal(b, &saved); err != nil {
		return nil, usage("%s holds no timeline: %v", name, err)
	}
	if len(saved.Findings) > 0 {
		return saved.Findings[0].Timeline, nil
	}
	return saved.Timeline, nil
}

func (c *cli) tryScene(ctx context.Context, in api.SceneTrial) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var out api.SceneTried
	if err := cl.call(ctx, "POST", "scenes/try", nil, in, &out, waitTimeout); err != nil {
		return err
	}
	return c.show(out, func() error {
		var rows [][]string
		for _, w := range out.Commands {
			would := w.Would
			if w.Problem != "" {
				would = "✗ " + w.Problem
			}
			rows = append(rows, []string{w.At.In(c.now().Location()).Format("2006-01-02 15:04:05"), w.Name, would, w.Was, w.Then, w.Because})
		}
		if len(rows) > 0 {
			if err := c.table([]string{"column.time", "column.device", "column.would", "column.was", "column.then", "column.because"}, rows); err != nil {
				return err
			}
		}
		for _, line := range out.Text {
			c.print("%s\n", line)
		}
		return nil
	})
}

func newSceneTestCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE...",
		Short: "Run test scripts of scenes, offline and in simulated time",
		Long: "A test script declares a small house, says what happens and what is expected. A file FILE.test tests the scene\n" +
			"in FILE.yaml beside it, or those that its lines \"scene OTHER.yaml\" name; of a Markdown file each yaml block is\n" +
			"tested by the test block after it.",
		Example: "  hub scene test hall-light.test\n  hub scene test docs/scenes.md",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			failed := false
			var all []tested
			for _, name := range args {
				lessons, err := c.lessons(name)
				if err != nil {
					return err
				}
				for _, l := range lessons {
					t := tested{File: name, Title: l.Title, Line: l.Line}
					if t.Report, err = l.Script.Run(); err != nil {
						t.Error = err.Error()
					}
					failed = failed || t.Error != "" || t.Report.Failure != nil
					all = append(all, t)
				}
			}
			if err := c.show(all, func() error { c.printTested(all); return nil }); err != nil {
				return err
			}
			if failed {
				return errFailed
			}
			return nil
		},
	}
}

// tested is what became of one script.
type tested struct {
	File   string            `json:"file"`
	Title  string            `json:"title"`
	Line   int               `json:"line"`
	Error  string            `json:"error,omitempty"`
	Report *rehearsal.Report `json:"report,omitempty"`
}

func (c *cli) printTested(all []tested) {
	for _, t := range all {
		switch {
		case t.Error != "":
			c.print("✗ %s: %s\n", t.Title, t.Error)
		case t.Report.Failure != nil:
			c.print("✗ %s: %s:%d: %s: %s\n", t.Title, t.File, t.Line+t.Report.Failure.Line-1, t.Report.Failure.Text, t.Report.Failure.Detail)
			for _, line := range t.Report.Log {
				c.print("    %s\n", line)
			}
		default:
			c.print("✓ %s: %s\n", t.Title, c.say("scenes.tested", t.Report.Checked))
		}
	}
}

// lessons are the scripts of a file with their scenes.
func (c *cli) lessons(name string) ([]rehearsal.Lesson, error) {
	b, err := c.readFile(name)
	if err != nil {
		return nil, err
	}
	if ext := filepath.Ext(name); ext == ".md" || ext == ".markdown" {
		return rehearsal.Lessons(string(b), time.LoadLocation)
	}
	script := rehearsal.Script{Scenes: map[string][]byte{}, Zones: time.LoadLocation}
	var lines, files []string
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "scene" {
			files, line = append(files, f[1]), ""
		}
		lines = append(lines, line)
	}
	script.Text = strings.Join(lines, "\n")
	if len(files) == 0 {
		files = []string{strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)) + ".yaml"}
	}
	for _, f := range files {
		text, err := c.readFile(filepath.Join(filepath.Dir(name), f))
		if err != nil {
			return nil, err
		}
		id := sceneID("", f)
		script.Scenes[id], script.Order = text, append(script.Order, id)
	}
	return []rehearsal.Lesson{{Title: filepath.Base(name), Line: 1, Script: script}}, nil
}
