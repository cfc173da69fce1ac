package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"

	"github.com/concord-home/hub/adapters/zigbee2mqtt"
	"github.com/spf13/cobra"
)

func newTranslateCmd(c *cli) *cobra.Command {
	var summary bool
	cmd := &cobra.Command{
		Use:   "translate zigbee2mqtt FILE",
		Short: "Show what Zigbee2MQTT definitions become; needs no running hub",
		Long: "Reads definitions, one JSON object a line or a bridge/devices array, plain or gzipped (- is the standard\n" +
			"input), and prints one JSON line a device; with --summary, the coverage instead.",
		Args: cobra.ExactArgs(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return []cobra.Completion{"zigbee2mqtt"}, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] != "zigbee2mqtt" {
				return usage("only zigbee2mqtt can be translated, not %q", args[0])
			}
			return c.translate(args[1], summary)
		},
	}
	cmd.Flags().BoolVar(&summary, "summary", false, "print the coverage instead of the devices")
	return cmd
}

func (c *cli) translate(name string, summary bool) error {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usage("%v", err)
		}
		defer f.Close()
		in = f
	}
	plain, err := unzipped(in)
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", name, err)
	}
	out := bufio.NewWriter(c.out)
	var lines io.Writer = out
	if summary {
		lines = io.Discard
	}
	s, err := zigbee2mqtt.TranslateFile(plain, lines)
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !summary {
		return nil
	}
	return c.show(s, func() error { c.print("%s", s); return nil })
}

// unzipped reads gzip where it is gzip, else as it is.
func unzipped(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if head, _ := b.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return gzip.NewReader(b)
	}
	return b, nil
}
