package main

import (
	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/spf13/cobra"
)

func newDoctorCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say how the hub is, and what needs attention",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var d api.Doctor
			if err := cl.get(cmd.Context(), "doctor", nil, &d); err != nil {
				return err
			}
			if err := c.show(d, func() error { return c.printDoctor(d) }); err != nil || d.OK {
				return err
			}
			return errFailed
		},
	}
}

func (c *cli) printDoctor(d api.Doctor) error {
	var rows [][]string
	bad := 0
	for _, f := range d.Findings {
		mark := "✓"
		if !f.OK {
			mark = "✗"
			bad++
		}
		rows = append(rows, []string{mark, messages.Part(c.lang, f.Part), c.phrase(f.Detail)})
	}
	if err := c.table(nil, rows); err != nil {
		return err
	}
	if bad == 0 && d.OK {
		c.print("%s\n", c.say("doctor.ok"))
		return nil
	}
	c.print("%s\n", c.say("doctor.problems", bad))
	return nil
}

func newVersionCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": version()}
			return c.show(v, func() error { c.print("hub %s\n", version()); return nil })
		},
	}
}
