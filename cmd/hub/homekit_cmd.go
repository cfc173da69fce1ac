package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"rsc.io/qr"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
)

// pairTimeout is how long pairing may take: small accessories compute for seconds.
const pairTimeout = 45 * time.Second

func newHomeKitCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "homekit",
		Short: "Show the house in Apple Home, and take over HomeKit accessories",
		Long: "Without a command it prints the set-up codes with which the Home app adds this hub. `list`, `pair` and `unpair` are\n" +
			"about accessories that the hub takes over; the others about what the hub shows to Apple Home.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.homekitBridges(cmd.Context()) },
	}
	cmd.AddCommand(newHomeKitListCmd(c), newHomeKitPairCmd(c), newHomeKitUnpairCmd(c), newHomeKitThingsCmd(c),
		newHomeKitShowCmd(c, "show", "Show something in Apple Home: locks, garage doors, alarms and cameras' pictures only show when asked for", true),
		newHomeKitShowCmd(c, "hide", "No longer show something in Apple Home", false),
		newHomeKitBridgeCmd(c, "forget", "Remove all phones and home hubs of a bridge; its code stays", "unpair", "homekit.forgot"),
		newHomeKitBridgeCmd(c, "reset", "Give a bridge a new identity and a new code", "reset", "homekit.reset"))
	return cmd
}

// homekitBridges prints the bridges with their codes.
func (c *cli) homekitBridges(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var all []api.HomeKitBridge
	if err := cl.get(ctx, "homekit/bridges", nil, &all); err != nil {
		return err
	}
	return c.show(all, func() error {
		var rows [][]string
		for _, b := range all {
			paired := c.say("homekit.waiting")
			if b.Controllers > 0 {
				paired = c.say("homekit.phones", b.Controllers)
			}
			rows = append(rows, []string{strconv.Itoa(b.Number), b.Name, b.Code, strconv.Itoa(b.Accessories), paired})
		}
		if err := c.table([]string{"column.bridge", "column.name", "column.code", "column.devices", "column.paired"}, rows); err != nil {
			return err
		}
		for _, b := range all {
			if b.Controllers == 0 {
				c.print("\n%s  %s\n", b.Name, b.Code)
				fmt.Fprint(c.out, qrCode(b.URI))
			}
		}
		return nil
	})
}

func (cl *client) homekitAccessories(ctx context.Context) ([]api.HomeKitAccessory, error) {
	var all []api.HomeKitAccessory
	return all, cl.get(ctx, "homekit/accessories", nil, &all)
}

// newListing is a command that prints what the hub lists.
func newListing[T any](c *cli, use, short string, read func(*client, context.Context) ([]T, error), print func([]T) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := read(cl, cmd.Context())
			if err != nil {
				return err
			}
			return c.show(all, func() error { return print(all) })
		},
	}
}

func newHomeKitListCmd(c *cli) *cobra.Command {
	return newListing(c, "list", "List the HomeKit accessories that are paired with the hub, or could be", (*client).homekitAccessories, c.printAccessories)
}

func (c *cli) printAccessories(all []api.HomeKitAccessory) error {
	if len(all) == 0 {
		c.print("%s\n", c.say("homekit.none"))
		return nil
	}
	var rows [][]string
	for _, a := range all {
		state := c.say("homekit.free")
		switch {
		case a.Connected:
			state = c.say("homekit.connected", a.Devices)
		case a.Paired:
			state = c.phrase(a.Problem)
		case a.Taken:
			state = c.say("homekit.taken")
		}
		rows = append(rows, []string{a.Name, a.ID, a.Category, a.Model, a.Address, state})
	}
	return c.table([]string{"column.name", "column.id", "column.kind", "column.model", "column.address", "column.state"}, rows)
}

func newHomeKitPairCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "pair NAME|ID|HOST:PORT CODE",
		Short:   "Pair the hub with a HomeKit accessory",
		Long:    "Takes over an accessory, or a bridge with all behind it. The code is printed on it. One that is paired with another\nhome must be removed there first: HomeKit knows one owner.",
		Example: "  hub homekit pair 'Eve Energy 1A2B' 123-45-678\n  hub homekit pair 192.168.1.40:51826 123-45-678",
		Args:    cobra.ExactArgs(2),
		ValidArgsFunction: c.completing(false, func(ctx context.Context, cl *client, _ []string) []string {
			return accessoryNames(ctx, cl, func(a api.HomeKitAccessory) bool { return !a.Paired && !a.Taken })
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var a api.HomeKitAccessory
			in := api.HomeKitPairRequest{Accessory: args[0], Code: args[1]}
			if err := cl.call(cmd.Context(), "POST", "homekit/accessories", nil, in, &a, pairTimeout); err != nil {
				return err
			}
			return c.done(a, "homekit.paired", a.Name, a.Devices)
		},
	}
}

func accessoryNames(ctx context.Context, cl *client, which func(api.HomeKitAccessory) bool) []string {
	all, _ := cl.homekitAccessories(ctx)
	var out []string
	for _, a := range all {
		if which(a) {
			out = append(out, a.Name)
		}
	}
	return out
}

func newHomeKitUnpairCmd(c *cli) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "unpair NAME|ID",
		Short: "Remove the pairing with an accessory, which then can be paired by others",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, func(ctx context.Context, cl *client, _ []string) []string {
			return accessoryNames(ctx, cl, func(a api.HomeKitAccessory) bool { return a.Paired })
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			query := url.Values{}
			if force {
				query.Set("force", "true")
			}
			if err := cl.call(cmd.Context(), "DELETE", route("homekit", "accessories", args[0]), query, nil, nil, pairTimeout); err != nil {
				return err
			}
			return c.done(map[string]string{"unpaired": args[0]}, "homekit.unpaired", args[0])
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "forget the accessory even if it cannot be told; it must be reset before it can be paired again")
	return cmd
}

func (cl *client) homekitThings(ctx context.Context) ([]api.HomeKitThing, error) {
	var all []api.HomeKitThing
	return all, cl.get(ctx, "homekit/things", nil, &all)
}

func newHomeKitThingsCmd(c *cli) *cobra.Command {
	return newListing(c, "things", "List what Apple Home could show, and what it does", (*client).homekitThings, c.printThings)
}

func (c *cli) printThings(all []api.HomeKitThing) error {
	var rows [][]string
	for _, t := range all {
		state := "homekit.hidden"
		switch {
		case t.Shown:
			state = "homekit.shown"
		case !t.Can:
			state = "homekit.cannot"
		case t.Asked:
			state = "homekit.asked"
		}
		rows = append(rows, []string{t.Name, c.say(state)})
	}
	return c.table([]string{"column.name", "column.state"}, rows)
}

func newHomeKitShowCmd(c *cli, use, short string, shown bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " NAME", Short: short, Args: cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, func(ctx context.Context, cl *client, _ []string) []string {
			all, _ := cl.homekitThings(ctx)
			var out []string
			for _, t := range all {
				if t.Can && t.Shown != shown {
					out = append(out, t.Name)
				}
			}
			return out
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.homekitThings(cmd.Context())
			if err != nil {
				return err
			}
			known := make([]names.Thing, len(all))
			for i, t := range all {
				known[i] = names.Thing{ID: t.Key, Names: []string{t.Name}}
			}
			i, err := names.Find(known, args[0])
			if err != nil {
				return &lookupError{"device", err}
			}
			key := all[i].Key
			if err := cl.put(cmd.Context(), "homekit/things", api.HomeKitShowRequest{Key: key, Shown: shown}, nil); err != nil {
				return err
			}
			return c.done(map[string]any{"key": key, "shown": shown}, map[bool]string{true: "homekit.shows", false: "homekit.hides"}[shown], all[i].Name)
		},
	}
}

func newHomeKitBridgeCmd(c *cli, use, short, what, said string) *cobra.Command {
	return &cobra.Command{
		Use: use + " [BRIDGE]", Short: short, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number := "1"
			if len(args) > 0 {
				number = args[0]
			}
			if _, err := strconv.Atoi(number); err != nil {
				return usage("a bridge is named by its number, which `hub homekit` shows")
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			if err := cl.post(cmd.Context(), route("homekit", "bridges", number, what), nil, nil); err != nil {
				return err
			}
			return c.done(map[string]string{what: number}, said, number)
		},
	}
}

// qrCode draws a QR code in a terminal, two rows of modules a line: light modules are full, as most terminals are dark.
func qrCode(text string) string {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "" // the code itself stands beside it
	}
	const quiet = 2 // modules of margin
	light := func(x, y int) bool { return !code.Black(x, y) }
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			switch upper, lower := light(x, y), light(x, y+1) && y+1 < code.Size+quiet; {
			case upper && lower:
				b.WriteRune('█')
			case upper:
				b.WriteRune('▀')
			case lower:
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		b.WriteRune('\n')
	}
	return b.String()
}
