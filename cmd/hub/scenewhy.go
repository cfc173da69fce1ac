package main

import (
	"context"
	"net/url"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/spf13/cobra"
)

// newWhynotCmd is also `hub scene why`.
func newWhynotCmd(c *cli, use string) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   use,
		Short: "Say why a scene ran, or why not",
		Long: "Says which trigger came or did not, and which condition was false or unknown, with its value, age and\n" +
			"source. The first line names the cause. With --at it is about then.",
		Example:           "  hub whynot hall-light\n  hub whynot hall-light --at 17:42",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, sceneNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := c.atQuery(at)
			if err != nil {
				return err
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			s, err := cl.scene(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var out api.SceneWhy
			if err := cl.get(cmd.Context(), route("scenes", s.ID, "why"), query, &out); err != nil {
				return err
			}
			return c.show(out, func() error {
				for _, line := range out.Text {
					c.print("%s\n", line)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "about this moment: 2026-01-31T17:42:00+01:00, \"2026-01-31 17:42\", 17:42, or how long ago: 2h")
	return cmd
}

// atQuery is the query of a moment; none for "".
func (c *cli) atQuery(at string) (url.Values, error) {
	query := url.Values{}
	if at == "" {
		return query, nil
	}
	t, err := moment(at, c.now())
	if err != nil {
		return nil, err
	}
	query.Set("at", t.Format(time.RFC3339Nano))
	return query, nil
}

// moment reads a moment: whole, a time of day (the last one), or a span before now.
func moment(s string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
			if at.After(now) {
				at = at.AddDate(0, 0, -1)
			}
			return at, nil
		}
	}
	if d, err := parseSpan(s); err == nil {
		return now.Add(-d), nil
	}
	return time.Time{}, usage("%q is not a moment such as 17:42, \"2026-01-31 17:42\" or 2h (ago)", s)
}

func newModeCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "mode [MODE]",
		Short:   "Show the mode of the house, or begin another",
		Example: "  hub mode\n  hub mode night",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: c.completing(false, func(ctx context.Context, cl *client, _ []string) []string {
			var m api.Mode
			_ = cl.get(ctx, "mode", nil, &m)
			return m.Modes
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var m api.Mode
			if len(args) == 0 {
				err = cl.get(cmd.Context(), "mode", nil, &m)
			} else {
				err = cl.put(cmd.Context(), "mode", api.ModeRequest{Mode: args[0]}, &m)
			}
			if err != nil {
				return err
			}
			return c.show(m, func() error {
				c.print("%s\n", m.Name)
				return nil
			})
		},
	}
}

func newHoldCmd(c *cli) *cobra.Command {
	list := func(cmd *cobra.Command, _ []string) error { return c.listHolds(cmd.Context()) }
	cmd := &cobra.Command{Use: "hold", Aliases: []string{"holds"}, Short: "List what is held against scenes, or give it free", Args: cobra.NoArgs, RunE: list}
	cmd.AddCommand(&cobra.Command{Use: "list", Short: "List what people and scenes hold", Args: cobra.NoArgs, RunE: list})
	cmd.AddCommand(&cobra.Command{
		Use:               "end NAME[@PART] [ATTRIBUTE]",
		Short:             "Give a device's values free for scenes again",
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: c.completing(false, deviceNames, attributeNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, endpoint, err := cl.part(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			query := url.Values{}
			if endpoint != "" {
				query.Set("endpoint", string(endpoint))
			}
			if len(args) > 1 {
				r, err := attribute(d, endpoint, args[1])
				if err != nil {
					return err
				}
				query.Set("endpoint", string(r.Endpoint))
				query.Set("attribute", string(r.Attribute.Attribute))
			}
			if err := cl.call(cmd.Context(), "DELETE", route("devices", string(d.ID), "hold"), query, nil, nil, askTimeout); err != nil {
				return err
			}
			return c.done(d, "holds.ended", d.Name)
		},
	})
	return cmd
}

func (c *cli) listHolds(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var all []api.Held
	if err := cl.get(ctx, "holds", nil, &all); err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("holds.none"))
		}
		for _, h := range all {
			c.print("%s%s%s\n", h.Name, c.say("colon"), h.Text)
		}
		return nil
	})
}
