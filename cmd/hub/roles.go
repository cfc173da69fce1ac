package main

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/spf13/cobra"
)

func newRolesCmd(c *cli) *cobra.Command {
	var none bool
	cmd := &cobra.Command{
		Use:   "roles NAME [ROLE...]",
		Short: "Show or say what a device is for in its room",
		Long: "Shows a device's roles, or gives it those named instead. Scenes may address a room and a role, such as\n" +
			"the ceiling light of the kitchen: what has the role can be replaced without touching the scene.",
		Example:           "  hub roles 'Floor lamp' lamp 'reading light'\n  hub roles 'Floor lamp' --none",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: c.completing(false, deviceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if none && len(args) > 1 {
				return usage("give roles, or --none, but not both")
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, err := cl.device(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if none || len(args) > 1 {
				roles := slices.Clone(args[1:])
				var changed api.Device
				if err := cl.patch(cmd.Context(), route("devices", string(d.ID)), api.DevicePatch{Roles: &roles}, &changed); err != nil {
					return err
				}
				d = changed
			}
			if len(d.Roles) == 0 {
				return c.done(d, "roles.none", d.Name)
			}
			return c.done(d, "roles.are", d.Name, strings.Join(d.Roles, c.say("list.comma")))
		},
	}
	cmd.Flags().BoolVar(&none, "none", false, "take all roles away")
	return cmd
}

func newForgetCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "forget NAME",
		Short: "Remove a device from its network and from the house",
		Long: "Removes a device: one that can be reached is told to leave its network first. Its name, its room and what\n" +
			"scenes say of it are gone; to put another in its place, use `hub swap`.",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, deviceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, err := cl.device(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := cl.remove(cmd.Context(), route("devices", string(d.ID))); err != nil {
				return err
			}
			return c.done(d, "removed", d.Name)
		},
	}
}
