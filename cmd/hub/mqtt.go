package main

import (
	"context"
	"net"
	"net/url"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/spf13/cobra"
)

func newMQTTCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "mqtt", Short: "Make, list and remove the clients of the hub's own MQTT broker", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listMQTT(cmd.Context()) }}
	cmd.AddCommand(newMQTTAddCmd(c), newMQTTRemoveCmd(c), newMQTTPublishCmd(c), &cobra.Command{Use: "list", Short: "List the clients", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listMQTT(cmd.Context()) }})
	return cmd
}

func (cl *client) mqttClients(ctx context.Context) ([]api.MQTTClient, error) {
	var out []api.MQTTClient
	return out, cl.get(ctx, "mqtt/clients", nil, &out)
}

func (c *cli) listMQTT(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	all, err := cl.mqttClients(ctx)
	if err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("mqtt.none"))
			return nil
		}
		var rows [][]string
		for _, x := range all {
			rows = append(rows, []string{x.Name, strings.Join(x.Topics, c.say("list.comma"))})
		}
		return c.table([]string{"column.name", "column.topics"}, rows)
	})
}

func newMQTTAddCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "add NAME [TOPIC...]",
		Short: "Make a client, or give one a new password; it is printed this once",
		Long: "Makes an account on the hub's MQTT broker and prints what the client has to be told. It may publish and\n" +
			"subscribe within the topics given; without any, within those that begin with its name. A name that is\n" +
			"there already gets a new password and these topics.",
		Example: "  hub mqtt add li 'owntracks/li/#'\n  hub mqtt add zigbee2mqtt 'zigbee2mqtt/#' 'homeassistant/#'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var made api.NewMQTTClient
			if err := cl.post(cmd.Context(), "mqtt/clients", api.MQTTClient{Name: args[0], Topics: args[1:]}, &made); err != nil {
				return err
			}
			return c.show(made, func() error { return c.printMQTTClient(cmd.Context(), cl, made) })
		},
	}
}

// printMQTTClient prints what a new client has to be told.
func (c *cli) printMQTTClient(ctx context.Context, cl *client, made api.NewMQTTClient) error {
	var info api.Info
	if err := cl.get(ctx, "info", nil, &info); err != nil {
		return err
	}
	host, port := brokerAddress(info.MQTTAddr, cl.base)
	topics := made.Topics
	if len(topics) == 0 {
		topics = []string{made.Name + "/#"}
	}
	c.print("%s\n", c.say("mqtt.added", made.Name))
	if err := c.table(nil, [][]string{
		{" ", c.say("mqtt.host"), host}, {" ", c.say("mqtt.port"), port},
		{" ", c.say("mqtt.user"), made.Name}, {" ", c.say("mqtt.password"), made.Password},
		{" ", c.say("column.topics"), strings.Join(topics, c.say("list.comma"))},
	}); err != nil {
		return err
	}
	if phone, ok := phoneOf(topics); ok {
		c.print("%s\n", c.say("mqtt.phone", phone))
	}
	return nil
}

// brokerAddress is where others reach the broker that listens on addr, on the machine whose API is at base.
func brokerAddress(addr, base string) (host, port string) {
	host, port, _ = net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if u, err := url.Parse(base); err == nil {
			host = u.Hostname()
		}
	}
	return host, port
}

// phoneOf is the first part of the topics' trackers, when they are those of an OwnTracks phone: "owntracks/li".
func phoneOf(topics []string) (string, bool) {
	for _, t := range topics {
		if parts := strings.Split(t, "/"); len(parts) > 2 && parts[0] == "owntracks" && !strings.ContainsAny(parts[1], "+#") {
			return parts[0] + "/" + parts[1], true
		}
	}
	return "", false
}

func newMQTTRemoveCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             "Remove a client; a connection that it has open stays until it ends",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, mqttNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.mqttClients(cmd.Context())
			if err != nil {
				return err
			}
			x, err := find("mqtt_client", args[0], all, func(x api.MQTTClient) names.Thing { return names.Thing{ID: x.Name, Names: []string{x.Name}} })
			if err != nil {
				return err
			}
			if err := cl.remove(cmd.Context(), route("mqtt", "clients", x.Name)); err != nil {
				return err
			}
			return c.done(x, "removed", x.Name)
		},
	}
}

func mqttNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.mqttClients(ctx)
	return namesOf(all, func(x api.MQTTClient) string { return x.Name })
}
