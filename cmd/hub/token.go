package main

import (
	"context"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newTokenCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "token", Aliases: []string{"tokens"}, Short: "Make, list and revoke access tokens for programs", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listTokens(cmd.Context()) }}
	cmd.AddCommand(newTokenCreateCmd(c), newTokenRevokeCmd(c), &cobra.Command{Use: "list", Short: "List the tokens", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listTokens(cmd.Context()) }})
	return cmd
}

func (cl *client) tokens(ctx context.Context) ([]api.Token, error) {
	var out []api.Token
	return out, cl.get(ctx, "tokens", nil, &out)
}

func (c *cli) listTokens(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	all, err := cl.tokens(ctx)
	if err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("tokens.none"))
			return nil
		}
		var rows [][]string
		for _, t := range all {
			expires := c.say("tokens.never")
			if t.Expires != nil {
				expires = messages.Ago(c.lang, *t.Expires, c.now())
			}
			rows = append(rows, []string{t.Name, c.scope(t), messages.Ago(c.lang, t.Created, c.now()), expires, t.ID})
		}
		return c.table([]string{"column.name", "column.scope", "column.created", "column.expires", "column.id"}, rows)
	})
}

// scope says in words what a token may do.
func (c *cli) scope(t api.Token) string {
	key := "tokens.control"
	switch {
	case t.Admin:
		key = "tokens.admin"
	case t.ReadOnly:
		key = "tokens.read"
	}
	words := []string{c.say(key)}
	for _, r := range t.Rooms {
		words = append(words, string(r))
	}
	for _, x := range t.Capabilities {
		words = append(words, string(x))
	}
	return strings.Join(words, c.say("list.comma"))
}

func newTokenCreateCmd(c *cli) *cobra.Command {
	var rooms, capabilities []string
	var expires string
	in := api.TokenRequest{}
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a token; its secret is printed this once",
		Example: "  hub token create 'wall tablet' --room Kitchen --expires 90d\n  hub token create grafana --read-only",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			in.Name = args[0]
			for _, r := range rooms {
				room, err := cl.room(cmd.Context(), r)
				if err != nil {
					return err
				}
				in.Rooms = append(in.Rooms, home.RoomID(room.ID))
			}
			for _, x := range capabilities {
				in.Capabilities = append(in.Capabilities, model.Capability(x))
			}
			if expires != "" {
				d, err := parseSpan(expires)
				if err != nil {
					return err
				}
				at := c.now().Add(d).Truncate(time.Second)
				in.Expires = &at
			}
			var t api.NewToken
			if err := cl.post(cmd.Context(), "tokens", in, &t); err != nil {
				return err
			}
			return c.done(t, "tokens.created", t.Name, t.Secret)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&rooms, "room", nil, "only the devices of these rooms")
	f.StringSliceVar(&capabilities, "capability", nil, "only these capabilities, such as on_off")
	f.BoolVar(&in.ReadOnly, "read-only", false, "see, but change nothing")
	f.BoolVar(&in.Admin, "admin", false, "everything, people and tokens too")
	f.StringVar(&expires, "expires", "", "when the token ends, from now: 36h, 90d; default: never")
	_ = cmd.RegisterFlagCompletionFunc("room", c.completing(true, roomNames))
	_ = cmd.RegisterFlagCompletionFunc("capability", c.completing(true, capabilityNames))
	return cmd
}

func newTokenRevokeCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "revoke NAME",
		Short:             "End a token at once",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, tokenNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.tokens(cmd.Context())
			if err != nil {
				return err
			}
			t, err := find("token", args[0], all, func(t api.Token) names.Thing { return names.Thing{ID: t.ID, Names: []string{t.Name}} })
			if err != nil {
				return err
			}
			if err := cl.remove(cmd.Context(), route("tokens", t.ID)); err != nil {
				return err
			}
			return c.done(t, "tokens.revoked", t.Name)
		},
	}
}
