package main

import (
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/table"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newDevicesCmd(c *cli) *cobra.Command {
	var room string
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List the devices and how they are",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			all, err := cl.devices(cmd.Context())
			if err != nil {
				return err
			}
			if room != "" {
				r, err := cl.room(cmd.Context(), room)
				if err != nil {
					return err
				}
				all = slices.DeleteFunc(all, func(d api.Device) bool { return d.Room != r.ID })
			}
			return c.show(all, func() error { return c.printDevices(all) })
		},
	}
	cmd.Flags().StringVar(&room, "room", "", "only the devices of this room")
	_ = cmd.RegisterFlagCompletionFunc("room", c.completing(true, roomNames))
	return cmd
}

func (c *cli) printDevices(all []api.Device) error {
	if len(all) == 0 {
		c.print("%s\n", c.say("devices.none"))
		return nil
	}
	slices.SortStableFunc(all, func(a, b api.Device) int { // those in no room last
		if (a.RoomName == "") != (b.RoomName == "") {
			return strings.Compare(b.RoomName, a.RoomName)
		}
		if n := strings.Compare(a.RoomName, b.RoomName); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	var rows [][]string
	for _, d := range all {
		reach := c.say("value.true")
		if !d.Reachable {
			reach = strings.TrimSuffix(c.say("value.false")+c.say("colon")+c.phrase(d.Why), c.say("colon"))
		}
		rows = append(rows, []string{d.Name, d.RoomName, d.Label, c.inShort(d), reach})
	}
	return c.table([]string{"column.name", "column.room", "column.type", "column.state", "column.reachable"}, rows)
}

// inShort says how a device is in a few words: what matters most of each of its parts.
func (c *cli) inShort(d api.Device) string {
	var parts []string
	seen := map[string]bool{}
	for _, e := range d.Endpoints {
		words := c.partInShort(e)
		if len(words) == 0 {
			continue
		}
		text := strings.Join(words, messages.Text(c.lang, "list.comma"))
		if len(d.Endpoints) > 1 && e.ID != model.MainEndpoint {
			text = c.endpointName(e) + " " + text
		}
		if !seen[text] {
			seen[text] = true
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " · ")
}

// endpointName is what a part is called: its own label, else the word for its id where there is one.
func (c *cli) endpointName(e api.Endpoint) string {
	if e.Label != "" {
		return e.Label
	}
	if word, ok := texts["part."+string(e.ID)]; ok {
		return word.In(c.lang)
	}
	return string(e.ID)
}

// maxWords is how many values of a part are shown in the list.
const maxWords = 3

// partInShort lists the most telling values. What is off hides how it would be on; what is
// unknown is said to be so when nothing is known.
func (c *cli) partInShort(e api.Endpoint) []string {
	var words []string
	unknown, off := false, false
	for _, t := range telling {
		i := slices.IndexFunc(e.Attributes, func(a api.Attribute) bool { return a.Attribute == t.attribute })
		if i < 0 || off && t.whenOn || len(words) == maxWords {
			continue
		}
		a := e.Attributes[i]
		value := string(a.Value)
		switch {
		case value == "null" || value == "":
			unknown = true
			continue
		case t.quiet != "" && value == t.quiet:
			continue
		case a.Attribute == model.AttrOnOffOn:
			off = value == "false"
		}
		text := a.Text
		if t.labelled {
			text = a.Label + " " + text
		}
		words = append(words, text)
	}
	if len(words) == 0 && unknown {
		words = append(words, c.say("unknown"))
	}
	return words
}

func newDeviceCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "device NAME",
		Short:             "Show all there is to know of a device",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, deviceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, endpoint, err := cl.part(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if endpoint != "" {
				d.Endpoints = slices.DeleteFunc(d.Endpoints, func(e api.Endpoint) bool { return e.ID != endpoint })
			}
			return c.show(d, func() error { return c.printDevice(d) })
		},
	}
}

func (c *cli) printDevice(d api.Device) error {
	c.print("%s\n", d.Name)
	var facts [][]string
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, []string{" ", c.say(key), value})
		}
	}
	others := allNames(d.Name, d.Names)[1:]
	slices.Sort(others)
	add("device.names", strings.Join(others, c.say("list.comma")))
	add("column.type", d.Label)
	add("column.room", d.RoomName)
	add("device.role_list", strings.Join(d.Roles, c.say("list.comma")))
	add("device.product", strings.Join(strings.Fields(d.Vendor+" "+d.Model+" "+d.Product), " "))
	add("column.id", string(d.ID))
	add("column.reachable", messages.Reachable(c.lang, d.Reachable, c.phrase(d.Why)))
	for _, s := range d.Sources {
		add("device.source", c.source(s))
	}
	if err := table.Write(table.Safe(c.out), nil, facts, c.columns(0)); err != nil {
		return err
	}
	for _, e := range d.Endpoints {
		if err := c.printEndpoint(e, len(d.Endpoints) > 1); err != nil {
			return err
		}
	}
	return nil
}

func (c *cli) source(s api.Source) string {
	text := string(s.ID)
	if s.Name != "" && !strings.HasSuffix(text, "/"+s.Name) {
		text += " “" + s.Name + "”"
	}
	if !s.Reachable {
		text += c.say("list.comma") + messages.Reachable(c.lang, false, c.phrase(s.Why))
	}
	if s.Heard != nil {
		text += c.say("list.comma") + c.say("device.heard", messages.Ago(c.lang, *s.Heard, c.now()))
	}
	return text
}

// printEndpoint prints what a part is now, then apart from it its settings, and what it can do.
func (c *cli) printEndpoint(e api.Endpoint, several bool) error {
	var state, settings [][]string
	for _, a := range e.Attributes {
		row := c.attributeRow(a)
		if a.Category != "" || a.Attribute.Capability() == model.Setting {
			settings = append(settings, row)
		} else {
			state = append(state, row)
		}
	}
	if several {
		c.print("\n%s\n", strings.TrimSpace("@"+string(e.ID)+" "+e.Label))
	}
	for _, part := range []struct {
		title string
		rows  [][]string
	}{{"device.state", state}, {"device.settings", settings}} {
		if len(part.rows) == 0 {
			continue
		}
		c.print("\n")
		header := []string{part.title, "column.label", "column.value", "column.age", "column.quality"}
		if err := c.table(header, part.rows); err != nil {
			return err
		}
	}
	c.printAbilities(e)
	return nil
}

func (c *cli) attributeRow(a api.Attribute) []string {
	row := []string{string(a.Attribute), a.Label, a.Text, "", ""}
	if len(a.Desired) > 0 {
		var v model.Value
		if v.UnmarshalJSON(a.Desired) == nil {
			row[2] += " → " + messages.Value(c.lang, property(a), v)
		}
	}
	if a.Heard != nil {
		row[3] = messages.Ago(c.lang, *a.Heard, c.now())
	}
	if a.Quality != "" && a.Quality != model.Good {
		row[4] = messages.Known(c.lang, "quality", string(a.Quality))
	}
	return row
}

// property is an attribute's contract as far as the API tells it.
func property(a api.Attribute) *model.Property {
	return &model.Property{Attribute: a.Attribute, Type: a.Type, Unit: a.Unit, Min: a.Min, Max: a.Max, Step: a.Step, Options: a.Options, Access: a.Access}
}

func (c *cli) printAbilities(e api.Endpoint) {
	var actions, events []string
	for _, a := range e.Actions {
		actions = append(actions, string(a))
	}
	for _, ev := range e.Events {
		text := string(ev.Event)
		if len(ev.Options) > 0 {
			text += " (" + strings.Join(ev.Options, c.say("list.comma")) + ")"
		}
		events = append(events, text)
	}
	if len(actions) > 0 {
		c.print("\n%s%s%s\n", c.say("device.commands"), c.say("colon"), strings.Join(actions, c.say("list.comma")))
	}
	if len(events) > 0 {
		c.print("\n%s%s%s\n", c.say("device.events"), c.say("colon"), strings.Join(events, c.say("list.comma")))
	}
}
