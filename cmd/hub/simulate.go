package main

import (
	"github.com/spf13/cobra"

	"github.com/concord-home/hub/simulate"
)

// newSimulateCmd runs a house in simulated time.
func newSimulateCmd(c *cli) *cobra.Command {
	var stdio bool
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run a house in simulated time against a simulator",
		Long: "Runs the same house, presence and climate as the live hub against a simulator of houses and people,\n" +
			"which speaks lines of JSON on standard input and reads the answers on standard output.",
		Example: "  run.py -s all -c always_on,oracle --exec 'hub simulate --stdio'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return simulate.Run(cmd.Context(), c.in, c.out)
		},
	}
	cmd.Flags().BoolVar(&stdio, "stdio", true, "speak on standard input and output, which is the only way there is")
	return cmd
}
