package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
	"github.com/spf13/cobra"
)

func newDiscoverCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "discover",
		Short: "List what is seen on the network, known or not, and what would handle it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var all []api.Discovered
			if err := cl.get(cmd.Context(), "discovered", nil, &all); err != nil {
				return err
			}
			return c.show(all, func() error { return c.printDiscovered(all) })
		},
	}
}

func (c *cli) printDiscovered(all []api.Discovered) error {
	if len(all) == 0 {
		c.print("%s\n", c.say("discover.none"))
		return nil
	}
	var rows [][]string
	for _, d := range all {
		where := d.Host
		if len(d.Addrs) > 0 {
			where = d.Addrs[0]
		}
		if d.Port > 0 {
			where = fmt.Sprintf("%s:%d", where, d.Port)
		}
		rows = append(rows, []string{d.Instance, d.Type, where, strings.Join(d.Handlers, c.say("list.comma")), c.serviceState(d.State), messages.Ago(c.lang, d.LastSeen, c.now())})
	}
	return c.table([]string{"column.name", "column.service", "column.address", "column.handler", "column.state", "column.seen"}, rows)
}

// serviceState is what is known of a service, in words.
func (c *cli) serviceState(state string) string {
	if text, ok := texts["service."+state]; ok {
		return text.In(c.lang)
	}
	return state
}

// adapterNames are the short names of adapters.
var adapterNames = map[string]string{"zigbee": "zigbee2mqtt", "z2m": "zigbee2mqtt"}

func newPairCmd(c *cli) *cobra.Command {
	var seconds int
	cmd := &cobra.Command{
		Use:   "pair zigbee|hue",
		Short: "Let new devices join, and show them as they come",
		Long: "Opens the adapter's network to new devices, shows each as it appears, and closes the network when\n" +
			"the time is over or the command is stopped.\n\n" +
			"With hue it asks the Hue bridges on the network for a key: press the round button on the bridge meanwhile.",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, fixed("zigbee", "hue")),
		RunE: func(cmd *cobra.Command, args []string) error {
			if seconds < 1 || seconds > 254 {
				return usage("--seconds is from 1 to 254")
			}
			adapter := args[0]
			if full, ok := adapterNames[adapter]; ok {
				adapter = full
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			return c.pair(cmd.Context(), cl, adapter, seconds)
		},
	}
	cmd.Flags().IntVar(&seconds, "seconds", 120, "how long the network is open, at most 254")
	return cmd
}

// pair opens the network once the stream of events is open, so that no device is missed, and
// closes it again however it ends.
func (c *cli) pair(ctx context.Context, cl *client, adapter string, seconds int) error {
	permit := func(ctx context.Context, seconds int) error {
		return cl.post(ctx, route("pair", adapter), api.PairRequest{Seconds: seconds}, nil)
	}
	until, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	opened, found := false, 0
	err := cl.follow(until, func() error {
		if err := permit(until, seconds); err != nil {
			return err
		}
		opened = true
		if !c.json {
			how := "pair.open"
			if _, own := texts[how+"."+adapter]; own {
				how += "." + adapter // what to do at the device
			}
			c.print("%s\n", c.say(how, adapter, messages.Span(c.lang, time.Duration(seconds)*time.Second)))
		}
		return nil
	}, func(e event) bool {
		if e.Type == "device" && (e.what() == "added" || e.what() == "described") && c.printEvent(e) && e.what() == "added" {
			found++
		}
		return true
	}, nil)
	if !opened {
		return err
	}
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer done()
	if err := errors.Join(err, permit(closing, 0)); err != nil {
		return err
	}
	if !c.json {
		c.print("%s\n", c.say("pair.closed", found))
	}
	return nil
}
