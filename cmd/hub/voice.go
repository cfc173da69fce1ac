package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/concord-home/hub/bridge/converse/yardstick"
	"github.com/spf13/cobra"
)

// newVoiceCmd looks after what people say to the house.
func newVoiceCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "voice", Short: "Spoken commands and voice platforms", Args: cobra.NoArgs}
	measure := &cobra.Command{Use: "bench", Short: "Measure how well sentences are understood", Args: cobra.NoArgs}
	measure.AddCommand(newBenchIntentsCmd(c))
	cmd.AddCommand(measure, newVoicePINCmd(c), newVoiceDoctorCmd(c), newVoiceLinkCmd(c), newVoiceLinksCmd(c), newVoiceUnlinkCmd(c), newVoiceShowCmd(c, true), newVoiceShowCmd(c, false))
	return cmd
}

func newBenchIntentsCmd(c *cli) *cobra.Command {
	var misses bool
	cmd := &cobra.Command{
		Use:   "intents FILE...",
		Short: "Understand test sentences, one JSON object a line, and count what was right",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			results, err := yardstick.Run(args...)
			if err != nil {
				return err
			}
			return c.show(results, func() error {
				rows := [][]string{}
				ms := func(v float64) string { return fmt.Sprintf("%.3f", v) }
				for _, r := range results {
					rows = append(rows, []string{r.Lang, fmt.Sprintf("%d/%d", r.Total.Right, r.Total.All), fmt.Sprintf("%.1f %%", r.Total.Percent()),
						ms(r.P50MS), ms(r.P99MS), ms(r.NoMatchP99), ms(r.SingleP99), ms(r.SingleMax), fmt.Sprintf("%.2f", r.GrammarMB)})
				}
				heads := []string{"voice.lang", "voice.right", "voice.share", "voice.p50", "voice.p99", "voice.no_match", "voice.single", "voice.worst", "voice.memory"}
				if err := c.table(heads, rows); err != nil {
					return err
				}
				for _, r := range results {
					for _, m := range r.Misses {
						if misses {
							c.print("%s %s/%s  %s  – %s\n", m.Lang, m.Intent, m.Combo, m.Sentence, m.Wrong)
						}
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&misses, "misses", false, "list the sentences that were not understood rightly")
	return cmd
}

// newVoicePINCmd sets the PIN that must be said before a door is opened.
func newVoicePINCmd(c *cli) *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "pin",
		Short: "Set the PIN that must be said before something opens the house",
		Long:  "Reads a PIN of 4 to 8 digits from the standard input, so that it stands in no history. Without a PIN, a yes is enough.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pin := ""
			if !remove {
				var err error
				if pin, err = newAsker(cmd.Context(), c).secret("PIN: "); err != nil {
					return err
				}
				if pin = strings.TrimSpace(pin); pin == "" {
					return errors.New("no PIN was given; to take it away, use --remove")
				}
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			return cl.put(cmd.Context(), "/v1/converse/pin", map[string]string{"pin": pin}, nil)
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "take the PIN away")
	return cmd
}
