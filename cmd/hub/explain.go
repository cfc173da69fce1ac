package main

import (
	"slices"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newExplainCmd(c *cli) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:               "explain NAME[@PART] [ATTRIBUTE]",
		Short:             "Say why a device is as it is",
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
			query, err := c.atQuery(at)
			if err != nil {
				return err
			}
			if len(args) > 1 {
				r, err := attribute(d, endpoint, args[1])
				if err != nil {
					return err
				}
				endpoint = r.Endpoint
				query.Set("attribute", string(r.Attribute.Attribute))
			}
			var out api.Explanation
			if err := cl.get(cmd.Context(), route("devices", string(d.ID), "explain"), query, &out); err != nil {
				return err
			}
			out.Attributes = slices.DeleteFunc(out.Attributes, func(b api.Because) bool { return endpoint != "" && b.Endpoint != endpoint })
			return c.show(out, func() error { c.printBecause(d, out, len(args) > 1); return nil })
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "about this moment: 17:42, \"2026-01-31 17:42\", or how long ago: 2h")
	return cmd
}

// printBecause prints the sentences; without an attribute asked for, those of everyday attributes.
func (c *cli) printBecause(d api.Device, out api.Explanation, all bool) {
	printed := 0
	for _, b := range out.Attributes {
		if !all && !everyday(d, b) {
			continue
		}
		at := ""
		if b.Endpoint != model.MainEndpoint {
			at = "@" + string(b.Endpoint)
		}
		c.print("%s%s%s%s\n", out.Name, at, c.say("colon"), b.Text)
		for _, more := range b.More {
			c.print("    %s\n", more)
		}
		if b.Hold != "" {
			c.print("    %s\n", b.Hold)
		}
		printed++
	}
	if printed == 0 {
		c.print("%s\n", c.say("explain.none", out.Name))
	}
}

func everyday(d api.Device, b api.Because) bool {
	for _, e := range d.Endpoints {
		for _, a := range e.Attributes {
			if e.ID == b.Endpoint && a.Attribute == b.Attribute {
				return a.Category == "" && !a.Attribute.IsLongTail()
			}
		}
	}
	return false
}
