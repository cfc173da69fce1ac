package main

import (
	"context"
	"encoding/json"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/table"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newWatchCmd(c *cli) *cobra.Command {
	var count int
	cmd := &cobra.Command{
		Use:               "watch [NAME...]",
		Short:             "Show what happens, as it happens, until stopped",
		Long:              "Prints one line for each change, event and command, of the devices named or of the whole house.\nWith --json each line is one JSON object.",
		ValidArgsFunction: c.completing(true, deviceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			only, err := cl.devicesNamed(cmd.Context(), args)
			if err != nil {
				return err
			}
			return c.watch(cmd.Context(), cl, only, count)
		},
	}
	cmd.Flags().IntVar(&count, "count", 0, "stop after so many lines")
	return cmd
}

// devicesNamed finds the devices of all names; nil without names.
func (cl *client) devicesNamed(ctx context.Context, queries []string) (map[model.DeviceID]bool, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	all, err := cl.devices(ctx)
	if err != nil {
		return nil, err
	}
	out := map[model.DeviceID]bool{}
	for _, q := range queries {
		d, err := find("device", q, all, deviceThing)
		if err != nil {
			return nil, err
		}
		out[d.ID] = true
	}
	return out, nil
}

// watch prints events, all or those of some devices. It ends with the context, or after count lines.
func (c *cli) watch(ctx context.Context, cl *client, only map[model.DeviceID]bool, count int) error {
	lines := 0
	return cl.follow(ctx, nil, func(e event) bool {
		if e.Type == "snapshot" || only != nil && e.Type != "lagged" && !only[e.device()] {
			return true
		}
		if !c.printEvent(e) {
			return true
		}
		lines++
		return count == 0 || lines < count
	}, func(error) { _, _ = table.Safe(c.err).Write([]byte(c.say("watch.broken") + "\n")) })
}

// printEvent prints one event; false when there is nothing to say of it.
func (c *cli) printEvent(e event) bool {
	if c.json {
		return json.NewEncoder(c.out).Encode(e) == nil
	}
	text := e.Text
	if text == "" {
		return false
	}
	if e.Type == "command" {
		var done api.Command
		if json.Unmarshal(e.Data, &done) != nil || done.Ended.IsZero() {
			return false // its end is worth a line, its stages are not
		}
		text = c.outcome(done)
	}
	c.print("%s  %s\n", c.now().Format("15:04:05"), text)
	return true
}
