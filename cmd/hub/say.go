package main

import (
	"strings"

	"github.com/concord-home/hub/bridge/converse"
	"github.com/spf13/cobra"
)

// newSayCmd says a sentence to the house, as to a speaker.
func newSayCmd(c *cli) *cobra.Command {
	var req converse.Request
	cmd := &cobra.Command{
		Use:   "say SENTENCE",
		Short: "Say a sentence to the house, as to a speaker",
		Long: "Says a sentence to the house as one would to a speaker, and prints its answer. The language is\n" +
			"that of --lang when it is given, else that of the sentence's script. With --session, \"it\" and \"undo\" know what was\n" +
			"said before; the sessions of the command line are called cli unless told otherwise.",
		Example: "  hub say \"turn on the floor lamp\"\n  hub say \"打开主卧空调\" --lang zh-CN --area 卧室 --explain\n  hub say \"close all the blinds\" --dry-run",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req.Text = strings.Join(args, " ")
			if cmd.Flags().Changed("lang") {
				req.Lang = c.lang
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			var reply converse.Reply
			if err := cl.post(cmd.Context(), "/v1/converse", req, &reply); err != nil {
				return err
			}
			if err := c.show(reply, func() error { c.printReply(&reply); return nil }); err != nil {
				return err
			}
			if reply.Kind == converse.KindError {
				return errFailed
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.Area, "area", "", "the room in which it is said")
	f.StringVar(&req.Session, "session", "cli", "the talk that it belongs to")
	f.StringVar(&req.Person, "person", "", "who says it")
	f.BoolVar(&req.Explain, "explain", false, "show how the sentence was read")
	f.BoolVar(&req.DryRun, "dry-run", false, "do nothing, and show what would be done")
	return cmd
}

func (c *cli) printReply(r *converse.Reply) {
	c.print("%s\n", r.Speech)
	for _, line := range r.Plan {
		c.print("  %s\n", line)
	}
	for _, p := range r.Reading {
		c.print("  %-20s %s\n", p.Said, strings.Join(p.Concepts, ", "))
	}
	if len(r.Reading) > 0 {
		for _, i := range r.Intents {
			c.print("  → %s %v\n", i.Intent, i.Slots)
		}
	}
}
