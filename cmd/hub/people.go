package main

import (
	"context"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/spf13/cobra"
)

func newPeopleCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "people",
		Short: "List who lives here, or change it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.people(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(all, func() error { return c.printPeople(all) })
		},
	}
	cmd.AddCommand(newPeopleAddCmd(c), newPeopleRemoveCmd(c), newPeopleTrackerCmd(c))
	return cmd
}

func (c *cli) printPeople(all []api.Person) error {
	if len(all) == 0 {
		c.print("%s\n", c.say("people.none"))
		return nil
	}
	var rows [][]string
	for _, p := range all {
		state := p.Presence.State
		if state == "" {
			state = "unknown"
		}
		text := messages.Text(c.lang, "presence."+state, p.Name)
		if !p.Presence.ETA.IsZero() {
			text += c.say("list.comma") + messages.Ago(c.lang, p.Presence.ETA, c.now())
		}
		rows = append(rows, []string{p.Name, c.personRole(p.Role), text, strings.Join(p.Trackers, c.say("list.comma"))})
	}
	return c.table([]string{"column.name", "column.role", "column.presence", "column.trackers"}, rows)
}

// personRole is a role in words.
func (c *cli) personRole(role string) string {
	if text, ok := texts["role."+role]; ok {
		return text.In(c.lang)
	}
	return role
}

// personPut is what can be said of a person.
type personPut struct {
	Name     string   `json:"name"`
	Role     string   `json:"role"`
	Trackers []string `json:"trackers,omitempty"`
}

func newPeopleAddCmd(c *cli) *cobra.Command {
	in := personPut{}
	cmd := &cobra.Command{
		Use:     "add NAME",
		Short:   "Add a person",
		Example: "  hub people add Li --role adult --tracker owntracks/li/phone",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			in.Name = args[0]
			var p api.Person
			if err := cl.put(cmd.Context(), route("people", newID()), in, &p); err != nil {
				return err
			}
			return c.done(p, "people.added", args[0])
		},
	}
	cmd.Flags().StringVar(&in.Role, "role", "adult", "owner, adult, child or guest")
	cmd.Flags().StringSliceVar(&in.Trackers, "tracker", nil, "a phone that stands for the person, such as owntracks/li/phone")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"owner", "adult", "child", "guest"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("tracker", c.completing(true, trackerNames))
	return cmd
}

func newPeopleRemoveCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             "Remove a person, with password and sessions",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, personNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			p, err := cl.person(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := cl.remove(cmd.Context(), route("people", string(p.ID))); err != nil {
				return err
			}
			return c.done(p, "removed", p.Name)
		},
	}
}

func newPeopleTrackerCmd(c *cli) *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:               "tracker NAME TRACKER",
		Short:             "Let a phone stand for a person",
		Example:           "  hub people tracker Li owntracks/li/phone",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completing(false, personNames, trackerNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			p, err := cl.person(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			in := personPut{p.Name, p.Role, slices.DeleteFunc(p.Trackers, func(t string) bool { return t == args[1] })}
			if !remove {
				in.Trackers = append(in.Trackers, args[1])
			}
			if err := cl.put(cmd.Context(), route("people", string(p.ID)), in, &p); err != nil {
				return err
			}
			return c.done(p, map[bool]string{false: "people.tracker", true: "people.no_tracker"}[remove], args[1], p.Name)
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "the phone no longer stands for the person")
	return cmd
}

// trackerNames offers the trackers that the hub has heard of.
func trackerNames(ctx context.Context, cl *client, _ []string) []string {
	var heard map[string]int64
	_ = cl.get(ctx, "trackers", nil, &heard)
	var out []string
	for t := range heard {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}
