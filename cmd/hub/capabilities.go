package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newCapabilitiesCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "capabilities [NAME]",
		Short:             "Show the catalogue of what devices can be and do; needs no running hub",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: c.completing(false, capabilityNames),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.show(model.Capabilities, c.printCapabilities)
			}
			spec, err := find("capability", args[0], model.Capabilities, func(s model.CapabilitySpec) names.Thing {
				return names.Thing{ID: string(s.ID), Names: []string{string(s.ID), s.Label.En, s.Label.Zh}}
			})
			if err != nil {
				return err
			}
			return c.show(spec, func() error { return c.printCapability(spec) })
		},
	}
}

func capabilityNames(context.Context, *client, []string) []string {
	return namesOf(model.Capabilities, func(s model.CapabilitySpec) string { return string(s.ID) })
}

func (c *cli) printCapabilities() error {
	var rows [][]string
	for _, s := range model.Capabilities {
		rows = append(rows, []string{string(s.ID), s.Label.In(c.lang), s.About.In(c.lang)})
	}
	return c.table([]string{"column.capability", "column.label", "column.about"}, rows)
}

func (c *cli) printCapability(s model.CapabilitySpec) error {
	c.print("%s – %s\n%s\n", s.ID, s.Label.In(c.lang), s.About.In(c.lang))
	var rows [][]string
	for i := range s.Attributes {
		a := &s.Attributes[i]
		rows = append(rows, []string{string(a.Attribute), a.Label.In(c.lang), messages.Expected(c.lang, a), c.say("access." + string(a.Access))})
	}
	for _, x := range s.Commands {
		rows = append(rows, []string{string(s.ID) + "." + x.Name, x.Label.In(c.lang), c.arguments(x.Args), c.say("capability.command")})
	}
	for _, x := range s.Events {
		rows = append(rows, []string{string(s.ID) + "." + x.Name, x.Label.In(c.lang), c.arguments(x.Args), c.say("capability.event")})
	}
	c.print("\n")
	return c.table([]string{"column.name", "column.label", "column.value", "column.kind"}, rows)
}

func (c *cli) arguments(args []model.Property) string {
	words := make([]string, len(args))
	for i := range args {
		words[i] = fmt.Sprintf("%s=%s", args[i].Attribute, messages.Expected(c.lang, &args[i]))
		if args[i].Optional {
			words[i] = "[" + words[i] + "]"
		}
	}
	return strings.Join(words, " ")
}
