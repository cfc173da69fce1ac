package main

import (
	"context"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newMergeCmd(c *cli) *cobra.Command {
	return c.newPairOfDevicesCmd("merge INTO FROM", "Make two devices one: INTO keeps its name, room and history",
		func(ctx context.Context, cl *client, into, from api.Device) (any, string, error) {
			in := api.MergeRequest{Into: into.ID, From: from.ID}
			return in, "merged", cl.post(ctx, "merge", in, nil)
		})
}

func newSwapCmd(c *cli) *cobra.Command {
	return c.newPairOfDevicesCmd("swap OLD NEW", "Put a new thing in an old one's place: name, room, scenes and history go on",
		func(ctx context.Context, cl *client, old, fresh api.Device) (any, string, error) {
			in := api.SwapRequest{Old: old.ID, New: fresh.ID}
			return in, "swapped", cl.post(ctx, "swap", in, nil)
		})
}

// newPairOfDevicesCmd is a command on two devices; do returns what it asked for and the text of its success.
func (c *cli) newPairOfDevicesCmd(use, short string, do func(ctx context.Context, cl *client, a, b api.Device) (any, string, error)) *cobra.Command {
	return &cobra.Command{
		Use:               use,
		Short:             short,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completing(false, deviceNames, deviceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			a, err := cl.device(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			b, err := cl.device(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			asked, text, err := do(cmd.Context(), cl, a, b)
			if err != nil {
				return err
			}
			return c.done(asked, text, a.Name, b.Name)
		},
	}
}

func newSplitCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "split NAME [SOURCE]",
		Short:             "Make one source of a merged device a device of its own again",
		Example:           "  hub split 'hall lamp' zigbee2mqtt/0x00158d0001",
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: c.completing(false, deviceNames, sourceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, err := cl.device(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			source, err := splitOff(d, args[1:])
			if err != nil {
				return err
			}
			in := api.SplitRequest{Source: source}
			if err := cl.post(cmd.Context(), "split", in, nil); err != nil {
				return err
			}
			return c.done(in, "split", source, d.Name)
		},
	}
}

// splitOff finds the source to split off: the one named, else the second of two.
func splitOff(d api.Device, words []string) (model.SourceID, error) {
	switch {
	case len(d.Sources) < 2:
		return "", usage("%s has one source only: there is nothing to split", d.Name)
	case len(words) == 0 && len(d.Sources) == 2:
		return d.Sources[1].ID, nil
	case len(words) == 0:
		return "", usage("%s has several sources; say which: %s", d.Name, strings.Join(sourceIDs(d), ", "))
	}
	s, err := find("source", words[0], d.Sources, func(s api.Source) names.Thing {
		return names.Thing{ID: string(s.ID), Names: []string{string(s.ID), s.Name}}
	})
	return s.ID, err
}

func sourceIDs(d api.Device) []string {
	out := make([]string, len(d.Sources))
	for i, s := range d.Sources {
		out[i] = string(s.ID)
	}
	return out
}

func sourceNames(ctx context.Context, cl *client, before []string) []string {
	d, err := cl.device(ctx, before[0])
	if err != nil {
		return nil
	}
	return sourceIDs(d)
}

func newProposalsCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "proposals",
		Short: "List devices that are probably one, and settle it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.proposals(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(all, func() error { return c.printProposals(cmd.Context(), cl, all) })
		},
	}
	cmd.AddCommand(c.newSettleCmd("accept", "They are one: merge them", true), c.newSettleCmd("dismiss", "They are two: do not ask again", false))
	return cmd
}

func (c *cli) printProposals(ctx context.Context, cl *client, all []home.Proposal) error {
	if len(all) == 0 {
		c.print("%s\n", c.say("proposals.none"))
		return nil
	}
	devices, err := cl.devices(ctx)
	if err != nil {
		return err
	}
	name := func(id model.DeviceID) string {
		if i := slices.IndexFunc(devices, func(d api.Device) bool { return d.ID == id }); i >= 0 {
			return deviceThing(devices[i]).Show()
		}
		return string(id)
	}
	var rows [][]string
	for _, p := range all {
		rows = append(rows, []string{p.ID, name(p.A), name(p.B), strings.Join(p.Evidence, c.say("list.comma"))})
	}
	return c.table([]string{"column.id", "column.one", "column.other", "column.evidence"}, rows)
}

func (c *cli) newSettleCmd(use, short string, accept bool) *cobra.Command {
	return &cobra.Command{
		Use:               use + " ID",
		Short:             short,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, proposalIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.proposals(cmd.Context())
			if err != nil {
				return err
			}
			p, err := find("proposal", args[0], all, func(p home.Proposal) names.Thing { return names.Thing{ID: p.ID, Names: []string{p.ID}} })
			if err != nil {
				return err
			}
			if err := cl.post(cmd.Context(), route("proposals", p.ID), api.SettleRequest{Accept: accept}, nil); err != nil {
				return err
			}
			return c.done(p, "proposals."+use, p.ID)
		},
	}
}
