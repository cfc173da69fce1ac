package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/concord-home/hub/cmd/hub/internal/table"
	"github.com/concord-home/hub/messages"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// cli is what all commands share: where they read and write, and the flags of the root.
type cli struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	now      func() time.Time
	width    int // of the terminal; 0 asks it

	data, hubURL, lang string
	json               bool

	started bool // the arguments were understood
}

// execute runs one command line and returns its exit code.
func (c *cli) execute(ctx context.Context, args []string) int {
	root := newRootCmd(c)
	root.SetArgs(shieldNegative(args))
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !c.started {
		err = usage("%s (see `%s --help`)", c.inWords(err), cmd.CommandPath())
	}
	if err != nil && cmd.Name() == "run" && c.started {
		err = c.startProblem(err)
	}
	c.complain(err)
	return exitCode(err)
}

// newRootCmd makes the whole tree of commands.
func newRootCmd(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:   "hub",
		Short: "One home, every brand",
		Long: "The hub finds the devices of a home, whatever their make, and lets people, scenes and\n" +
			"other ecosystems use them all the same way. Start it with `hub run`, or try it without\n" +
			"any device: `hub run --demo`.",
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRun:  func(*cobra.Command, []string) { c.started = true },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	f := root.PersistentFlags()
	f.StringVar(&c.data, "data", defaultDataDir(c.env), "the hub's data directory (also $CONCORD_DATA)")
	f.StringVar(&c.hubURL, "hub", c.env("CONCORD_HUB"), "the hub's address, such as http://hub.local:8377 (default: the one running on this machine)")
	f.StringVar(&c.lang, "lang", languageOf(c.env), "language of what is printed: en or zh")
	f.BoolVar(&c.json, "json", false, "print JSON")
	_ = root.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions(messages.Languages, cobra.ShellCompDirectiveNoFileComp))
	root.AddGroup(&cobra.Group{ID: "use", Title: "Using the home:"}, &cobra.Group{ID: "arrange", Title: "Arranging the home:"}, &cobra.Group{ID: "hub", Title: "The hub:"})
	for group, commands := range map[string][]*cobra.Command{
		"use": {
			newDevicesCmd(c),
			newDeviceCmd(c),
			newSetCmd(c),
			newWatchCmd(c),
			newHistoryCmd(c),
			newExplainCmd(c),
			newWhynotCmd(c, "whynot SCENE"),
			newSceneCmd(c),
			newModeCmd(c),
			newHoldCmd(c),
			newArrivalCmd(c),
			newImportCmd(c),
			newSayCmd(c),
		},
		"arrange": {
			newRoomsCmd(c),
			newPeopleCmd(c),
			newPlaceCmd(c),
			newDiscoverCmd(c),
			newPairCmd(c),
			newRenameCmd(c),
			newRolesCmd(c),
			newForgetCmd(c),
			newMergeCmd(c),
			newSplitCmd(c),
			newSwapCmd(c),
			newProposalsCmd(c),
		},
		"hub": {
			newRunCmd(),
			newSetupCmd(c),
			newPasswordCmd(c),
			newDoctorCmd(c),
			newBackupCmd(c),
			newUpdateCmd(c),
			newMQTTCmd(c),
			newHomeKitCmd(c),
			newPluginCmd(c),
			newTokenCmd(c),
			newCapabilitiesCmd(c),
			newTranslateCmd(c),
			newSimulateCmd(c),
			newVoiceCmd(c),
			newVersionCmd(c),
		},
	} {
		for _, cmd := range commands {
			cmd.GroupID = group
			root.AddCommand(cmd)
		}
	}
	return root
}

// defaultDataDir is $CONCORD_DATA, else concord in the XDG data home.
func defaultDataDir(env func(string) string) string {
	if d := env("CONCORD_DATA"); d != "" {
		return d
	}
	base := env("XDG_DATA_HOME")
	if base == "" {
		base = filepath.Join(env("HOME"), ".local", "share")
	}
	return filepath.Join(base, "concord")
}

// languageOf follows the order in which programs look for the language of messages.
func languageOf(env func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			return messages.Language(v)
		}
	}
	return messages.Languages[0]
}

// negative is a word that looks like a flag but is a number: "-5", "-18.5C".
var negative = regexp.MustCompile(`^-(\.?\d)`)

// shieldNegative writes negative numbers with the typographic minus, which no flag begins with;
// [bare] takes it back, and number words are read with either.
func shieldNegative(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = negative.ReplaceAllString(a, "−$1")
	}
	return out
}

func bare(s string) string { return strings.Replace(s, "−", "-", 1) }

// say is a text of the command line's own, or of the product, in the language asked for.
func (c *cli) say(key string, args ...any) string {
	if t, ok := texts[key]; ok {
		return fill(t.In(c.lang), args)
	}
	return messages.Text(c.lang, key, args...)
}

// print writes lines for a person, and nothing that could steer the terminal.
func (c *cli) print(format string, args ...any) {
	_, _ = fmt.Fprintf(table.Safe(c.out), format, args...)
}

// table prints rows under a header of text keys.
func (c *cli) table(header []string, rows [][]string) error {
	heads := make([]string, len(header))
	for i, h := range header {
		heads[i] = c.say(h)
	}
	return table.Write(table.Safe(c.out), heads, rows, c.columns(0))
}

// show prints v as JSON when --json is given; else human prints it.
func (c *cli) show(v any, human func() error) error {
	if !c.json {
		return human()
	}
	enc := json.NewEncoder(c.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// done says that something was done; with --json it prints v instead.
func (c *cli) done(v any, key string, args ...any) error {
	return c.show(v, func() error { c.print("%s\n", c.say(key, args...)); return nil })
}

// columns is the width of the terminal, or otherwise where the output goes to none.
func (c *cli) columns(otherwise int) int {
	if c.width > 0 {
		return c.width
	}
	if f, ok := c.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return otherwise
}

// errTerminal reports whether a person watches the error output.
func (c *cli) errTerminal() bool {
	f, ok := c.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
