package main

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
)

// newID draws an opaque id.
func newID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// nameLanguage is the language a name is given in: that of --lang, when it was given; else all.
func (c *cli) nameLanguage(cmd *cobra.Command) string {
	if cmd.Flags().Changed("lang") {
		return c.lang
	}
	return ""
}

// namesPut is what rooms are given.
type namesPut struct {
	Names map[string]string `json:"names"`
	Floor map[string]string `json:"floor,omitempty"`
}

func newRoomsCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rooms",
		Short: "List the rooms, or change them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.rooms(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(all, func() error { return c.printRooms(all) })
		},
	}
	cmd.AddCommand(newRoomsAddCmd(c), newRoomsRenameCmd(c), newRoomsRemoveCmd(c), newRoomsPutCmd(c), newRoomsFloorCmd(c))
	return cmd
}

func (c *cli) printRooms(all []api.Room) error {
	if len(all) == 0 {
		c.print("%s\n", c.say("rooms.none"))
		return nil
	}
	heads := []string{"column.name", "column.devices", "column.id"}
	floors := slices.ContainsFunc(all, func(r api.Room) bool { return len(r.Floor) > 0 })
	if floors { // a house on one floor needs no such column
		heads = slices.Insert(heads, 1, "column.floor")
	}
	var rows [][]string
	for _, r := range all {
		row := []string{roomName(c.lang, r), strconv.Itoa(r.Devices), string(r.ID)}
		if floors {
			row = slices.Insert(row, 1, nameOf(c.lang, r.Floor))
		}
		rows = append(rows, row)
	}
	return c.table(heads, rows)
}

func newRoomsAddCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "add NAME",
		Short:   "Add a room",
		Example: "  hub rooms add Kitchen",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var r api.Room
			if err := cl.put(cmd.Context(), route("rooms", newID()), namesPut{Names: map[string]string{c.nameLanguage(cmd): args[0]}}, &r); err != nil {
				return err
			}
			return c.done(r, "rooms.added", args[0])
		},
	}
}

func newRoomsRenameCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "rename NAME NEW",
		Short:             "Rename a room: for all languages, or with --lang for one",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completing(false, roomNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.editRoom(cmd, args, "renamed", func(r api.Room) namesPut { return namesPut{Names: c.renamed(cmd, r.Names, args[1])} })
		},
	}
}

// editRoom puts a room that its first argument names as edit would have it, and says so.
func (c *cli) editRoom(cmd *cobra.Command, args []string, said string, edit func(api.Room) namesPut) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	r, err := cl.room(cmd.Context(), args[0])
	if err != nil {
		return err
	}
	if err := cl.put(cmd.Context(), route("rooms", string(r.ID)), edit(r), &r); err != nil {
		return err
	}
	return c.done(r, said, args[0], args[1])
}

// renamed is names by language with one changed, that of the language that the command is for.
func (c *cli) renamed(cmd *cobra.Command, names map[string]string, name string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, names)
	out[c.nameLanguage(cmd)] = name
	return out
}

func newRoomsRemoveCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             "Remove a room; its devices stay, in no room",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, roomNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			r, err := cl.room(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := cl.remove(cmd.Context(), route("rooms", string(r.ID))); err != nil {
				return err
			}
			return c.done(r, "removed", roomName(c.lang, r))
		},
	}
}

func newRoomsFloorCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "floor NAME FLOOR",
		Short:             "Say on which floor a room is: for all languages, or with --lang for one; \"\" takes that name away",
		Example:           "  hub rooms floor Bedroom Upstairs\n  hub rooms floor Bedroom 二楼 --lang zh",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completing(false, roomNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.editRoom(cmd, args, "rooms.on_floor", func(r api.Room) namesPut {
				return namesPut{Names: r.Names, Floor: c.renamed(cmd, r.Floor, args[1])}
			})
		},
	}
}

func newRoomsPutCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "put DEVICE [ROOM]",
		Short:             "Put a device into a room; without a room, take it out",
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: c.completing(false, deviceNames, roomNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, err := cl.device(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var r api.Room
			if len(args) > 1 {
				if r, err = cl.room(cmd.Context(), args[1]); err != nil {
					return err
				}
			}
			if err := cl.patch(cmd.Context(), route("devices", string(d.ID)), api.DevicePatch{Room: &r.ID}, &d); err != nil {
				return err
			}
			if r.ID == "" {
				return c.done(d, "rooms.taken_out", d.Name)
			}
			return c.done(d, "rooms.put", d.Name, roomName(c.lang, r))
		},
	}
}

func newRenameCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "rename NAME NEW",
		Short: "Rename a device",
		Long: "Gives a device a name: for all languages, or with --lang for one. An empty name in a language takes\n" +
			"that one away. The name in the device's own network stays as it is.",
		Example:           "  hub rename 0x00158d0001 'Hall lamp'\n  hub rename 'Hall lamp' 门厅灯 --lang zh",
		Args:              cobra.ExactArgs(2),
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
			was := d.Name
			if err := cl.patch(cmd.Context(), route("devices", string(d.ID)), api.DevicePatch{Names: map[string]string{c.nameLanguage(cmd): args[1]}}, &d); err != nil {
				return err
			}
			return c.done(d, "renamed", was, args[1])
		},
	}
}

func newPlaceCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "place [LATITUDE LONGITUDE [RADIUS]]",
		Short:   "Show or say where home is: degrees, and the radius in metres",
		Example: "  hub place 31.2304 121.4737 150",
		Args:    cobra.MatchAll(cobra.RangeArgs(0, 3), notOne),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var p home.Place
			if len(args) == 0 {
				err = cl.get(cmd.Context(), "place", nil, &p)
			} else if p, err = parsePlace(args); err == nil {
				err = cl.put(cmd.Context(), "place", p, &p)
			}
			if err != nil {
				return err
			}
			number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
			return c.done(p, "place.is", number(p.Latitude), number(p.Longitude), number(p.RadiusM))
		},
	}
}

func notOne(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return usage("a place needs a latitude and a longitude")
	}
	return nil
}

// defaultRadius is the radius of home when none is given; metres.
const defaultRadius = 150

func parsePlace(args []string) (home.Place, error) {
	numbers := []float64{0, 0, defaultRadius}
	for i, a := range args {
		f, err := strconv.ParseFloat(bare(a), 64)
		if err != nil {
			return home.Place{}, usage("%q is not a number", bare(a))
		}
		numbers[i] = f
	}
	return home.Place{Latitude: numbers[0], Longitude: numbers[1], RadiusM: numbers[2]}, nil
}
