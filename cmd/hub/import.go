package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/imports/homeassistant"
	"github.com/concord-home/hub/model"
)

// newImportCmd takes over what another system knows of the house.
func newImportCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "import", Short: "Take over rooms, names and scenes from another system", Args: cobra.NoArgs}
	var try bool
	ha := &cobra.Command{
		Use:   "home-assistant DIR",
		Short: "Take over from a Home Assistant configuration folder",
		Long: "Takes over areas, devices' names and rooms, automations and scenes from a Home Assistant configuration\n" +
			"folder (the one with configuration.yaml and .storage, as in a backup), and says of each thing whether it\n" +
			"was taken and else why not. Devices are known by their addresses, so let the hub find them first.\n" +
			"Importing again changes what was imported before, and nothing else.",
		Example: "  hub import home-assistant /config --dry-run\n  hub import home-assistant /config",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.importHomeAssistant(cmd.Context(), args[0], try)
		},
	}
	ha.Flags().BoolVar(&try, "dry-run", false, "only say what would be taken over")
	cmd.AddCommand(ha)
	return cmd
}

func (c *cli) importHomeAssistant(ctx context.Context, dir string, try bool) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usage("%s is no folder", dir)
	}
	config, err := homeassistant.Read(os.DirFS(dir))
	if err != nil {
		return usage("%s: %v", dir, err)
	}
	cl, err := c.client()
	if err != nil {
		return err
	}
	house, err := cl.importHouse(ctx)
	if err != nil {
		return err
	}
	plan := config.Translate(house)
	if !try {
		if err := cl.carryOut(ctx, &plan); err != nil {
			return err
		}
	}
	return c.show(plan, func() error { return c.printImport(plan, try) })
}

// importHouse is this house as the translation needs it.
func (cl *client) importHouse(ctx context.Context) (homeassistant.House, error) {
	var h homeassistant.House
	rooms, err := cl.rooms(ctx)
	if err != nil {
		return h, err
	}
	for _, r := range rooms {
		h.Rooms = append(h.Rooms, homeassistant.Named{ID: string(r.ID), Names: allNames(r.Name(""), r.Names)})
	}
	people, err := cl.people(ctx)
	if err != nil {
		return h, err
	}
	for _, p := range people {
		h.People = append(h.People, homeassistant.Named{ID: string(p.ID), Names: []string{p.Name}})
	}
	devices, err := cl.devices(ctx)
	if err != nil {
		return h, err
	}
	for _, d := range devices {
		h.Devices = append(h.Devices, importDevice(d))
	}
	return h, nil
}

func importDevice(d api.Device) homeassistant.Known {
	k := homeassistant.Known{Named: homeassistant.Named{ID: string(d.ID), Names: allNames(d.Name, d.Names)}, Room: string(d.Room)}
	for _, s := range d.Sources {
		k.Identities = append(k.Identities, s.Identities...)
		k.Names = append(k.Names, s.Name)
	}
	for _, e := range d.Endpoints {
		part := model.EndpointDescription{ID: e.ID, Type: e.Type, Events: e.Events, Actions: e.Actions}
		for _, a := range e.Attributes {
			part.Properties = append(part.Properties, model.Property{Attribute: a.Attribute, Type: a.Type, Unit: a.Unit, Min: a.Min, Max: a.Max, Options: a.Options, Access: a.Access})
		}
		k.Endpoints = append(k.Endpoints, part)
	}
	return k
}

// carryOut does what the plan says. What the hub refuses is noted in the plan, and the rest goes on.
func (cl *client) carryOut(ctx context.Context, plan *homeassistant.Plan) error {
	for _, name := range plan.Rooms {
		if err := cl.put(ctx, route("rooms", newID()), namesPut{Names: map[string]string{"": name}}, nil); err != nil {
			if err := plan.Refuse("room", name, refusalOf(err)); err != nil {
				return err
			}
		}
	}
	for _, d := range plan.Devices {
		if err := cl.adopt(ctx, d); err != nil {
			if err := plan.Refuse("device", d.Name, refusalOf(err)); err != nil {
				return err
			}
		}
	}
	for _, s := range plan.Scenes {
		text, err := yaml.Marshal(s.Document)
		if err == nil {
			err = cl.put(ctx, route("scenes", s.ID, "text"), api.SceneText{Text: string(text)}, nil)
		}
		if err != nil {
			if err := plan.Refuse(s.Kind, s.Name, refusalOf(err)); err != nil {
				return err
			}
		}
	}
	return nil
}

// adopt gives a device its name and room.
func (cl *client) adopt(ctx context.Context, d homeassistant.DeviceChange) error {
	var patch api.DevicePatch
	if d.Name != "" {
		patch.Names = map[string]string{"": d.Name}
	}
	if d.Room != "" {
		room, err := cl.room(ctx, d.Room)
		if err != nil {
			return err
		}
		id := home.RoomID(room.ID)
		patch.Room = &id
	}
	return cl.patch(ctx, route("devices", d.ID), patch, nil)
}

// refusalOf passes on what the hub said of one thing; anything else, such as a hub that is gone, ends the import.
func refusalOf(err error) error {
	var refused *apiError
	var unclear *lookupError
	if errors.As(err, &refused) && refused.Status != 401 && refused.Status != 403 || errors.As(err, &unclear) {
		return homeassistant.Refusal(err.Error())
	}
	return err
}

func (c *cli) printImport(plan homeassistant.Plan, try bool) error {
	counts := map[homeassistant.Outcome]int{}
	var rows [][]string
	for _, n := range plan.Notes {
		counts[n.Outcome]++
		mark, why := "✓", ""
		if n.Outcome != homeassistant.Taken {
			args := make([]any, len(n.Args))
			for i, a := range n.Args {
				args[i] = a
			}
			mark, why = "✗", c.say(n.Key, args...)
			if n.Where != "" {
				why += " (" + n.Where + ")"
			}
		}
		rows = append(rows, []string{mark, c.say("import.kind." + n.Kind), n.Name, why})
	}
	if err := c.table(nil, rows); err != nil {
		return err
	}
	key := "import.done"
	if try {
		key = "import.tried"
	}
	c.print("%s\n", c.say(key, counts[homeassistant.Taken], counts[homeassistant.Left]+counts[homeassistant.Failed]))
	return nil
}
