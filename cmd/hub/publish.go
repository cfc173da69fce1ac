package main

import (
	"context"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/spf13/cobra"
)

func newMQTTPublishCmd(c *cli) *cobra.Command {
	var homie, homeAssistant bool
	var rooms, except []string
	cmd := &cobra.Command{
		Use:   "publish",
		Short: "Show or choose which devices other systems see and command over MQTT",
		Long: "Without flags it shows what is published. With --homie the devices appear by the Homie convention, version 5;\n" +
			"with --home-assistant a Home Assistant on the same broker finds them, too. Commands come back the same way.\n" +
			"The other system needs an account: hub mqtt add NAME 'homie/5/#' 'homeassistant/#'.",
		Example: "  hub mqtt publish --home-assistant\n  hub mqtt publish --homie --rooms kitchen,hall --except 'front door'\n  hub mqtt publish --homie=false --home-assistant=false",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			var p api.Publishing
			if err := cl.get(ctx, "mqtt/publish", nil, &p); err != nil {
				return err
			}
			f := cmd.Flags()
			if f.Changed("homie") || f.Changed("home-assistant") || f.Changed("rooms") || f.Changed("except") {
				if f.Changed("homie") {
					p.Homie = homie
				}
				if f.Changed("home-assistant") {
					p.HomeAssistant = homeAssistant
				}
				if p, err = choose(ctx, cl, p, f.Changed("rooms"), rooms, f.Changed("except"), except); err != nil {
					return err
				}
				if err := cl.put(ctx, "mqtt/publish", p, &p); err != nil {
					return err
				}
			}
			return c.show(p, func() error { return c.printPublishing(p) })
		},
	}
	f := cmd.Flags()
	f.BoolVar(&homie, "homie", false, "publish by the Homie convention")
	f.BoolVar(&homeAssistant, "home-assistant", false, "publish for Home Assistant")
	f.StringSliceVar(&rooms, "rooms", nil, "only the devices in these rooms; '' for all")
	f.StringSliceVar(&except, "except", nil, "never these devices; '' for none")
	return cmd
}

// choose finds the rooms and devices that were named.
func choose(ctx context.Context, cl *client, p api.Publishing, setRooms bool, rooms []string, setExcept bool, except []string) (api.Publishing, error) {
	if setRooms {
		p.Rooms = nil
		for _, name := range rooms {
			if name == "" {
				continue
			}
			r, err := cl.room(ctx, name)
			if err != nil {
				return p, err
			}
			p.Rooms = append(p.Rooms, string(r.ID))
		}
	}
	if setExcept {
		p.Except = nil
		for _, name := range except {
			if name == "" {
				continue
			}
			d, err := cl.device(ctx, name)
			if err != nil {
				return p, err
			}
			p.Except = append(p.Except, string(d.ID))
		}
	}
	return p, nil
}

func (c *cli) printPublishing(p api.Publishing) error {
	var how []string
	if p.Homie {
		how = append(how, "Homie 5")
	}
	if p.HomeAssistant {
		how = append(how, "Home Assistant")
	}
	if len(how) == 0 {
		c.print("%s\n", c.say("publish.none"))
		return nil
	}
	rooms, except := c.say("publish.all"), c.say("publish.nothing")
	if len(p.Rooms) > 0 {
		rooms = strings.Join(p.Rooms, c.say("list.comma"))
	}
	if len(p.Except) > 0 {
		except = strings.Join(p.Except, c.say("list.comma"))
	}
	c.print("%s\n", c.say("publish.on", strings.Join(how, c.say("list.comma")), rooms, except))
	return nil
}
