package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/spf13/cobra"
)

func newPluginConfigCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "config NAME [FIELD=VALUE...]", Short: "Configure a plugin: asks for each field, or sets those given", Args: cobra.MinimumNArgs(1), ValidArgsFunction: c.completing(false, pluginNames),
		Long:    "Without fields it asks for each: an empty answer leaves the field as it is. What is given is checked by the plugin's schema before anything changes.",
		Example: "  hub plugin config nordic-heater\n  hub plugin config nordic-heater pollSeconds=10",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var p api.Plugin
			if err := cl.get(cmd.Context(), route("plugins", args[0]), nil, &p); err != nil {
				return err
			}
			if len(args) == 1 {
				return c.askConfig(cmd.Context(), cl, p)
			}
			values, err := configOf(p)
			if err != nil {
				return err
			}
			for _, a := range args[1:] {
				name, text, ok := strings.Cut(a, "=")
				f := fieldOf(p, name)
				if !ok || f == nil {
					return usage("%q is no FIELD=VALUE of the plugin %s", a, p.Name)
				}
				values[name] = fieldValue(*f, text)
			}
			return c.configure(cmd.Context(), cl, p, values)
		}}
}

func fieldOf(p api.Plugin, name string) *api.PluginField {
	for i := range p.Fields {
		if p.Fields[i].Name == name {
			return &p.Fields[i]
		}
	}
	return nil
}

func configOf(p api.Plugin) (map[string]any, error) {
	values := map[string]any{}
	if len(p.Config) == 0 {
		return values, nil
	}
	return values, json.Unmarshal(p.Config, &values)
}

// fieldValue is a field's value from what was typed; what does not fit is left to the schema to refuse.
func fieldValue(f api.PluginField, text string) any {
	switch f.Type {
	case "boolean":
		switch strings.ToLower(text) {
		case "true", "yes", "y", "on", "是":
			return true
		case "false", "no", "n", "off", "否":
			return false
		}
	case "integer", "number":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	case "array":
		out := []string{}
		for _, x := range strings.Split(text, ",") {
			if x = strings.TrimSpace(x); x != "" {
				out = append(out, x)
			}
		}
		return out
	}
	return text
}

// askConfig asks for each field of a plugin.
func (c *cli) askConfig(ctx context.Context, cl *client, p api.Plugin) error {
	if len(p.Fields) == 0 {
		return c.done(p, "plugin.no_config", p.Name)
	}
	values, err := configOf(p)
	if err != nil {
		return err
	}
	a := newAsker(ctx, c)
	for _, f := range p.Fields {
		question := f.Title.In(c.lang)
		if d := f.Description.In(c.lang); d != "" {
			c.print("%s\n", d)
		}
		if len(f.Enum) > 0 {
			question += " (" + strings.Join(f.Enum, "/") + ")"
		}
		if now, set := values[f.Name]; set {
			b, _ := json.Marshal(now)
			question += " [" + string(b) + "]"
		}
		read := a.line
		if f.Secret {
			read = a.secret
		}
		text, err := read(question + ": ")
		if err != nil {
			return err
		}
		if text != "" {
			values[f.Name] = fieldValue(f, text)
		}
	}
	return c.configure(ctx, cl, p, values)
}

func (c *cli) configure(ctx context.Context, cl *client, p api.Plugin, values map[string]any) error {
	var out api.Plugin
	if err := cl.put(ctx, route("plugins", p.Name, "config"), values, &out); err != nil {
		return err
	}
	return c.done(out, "plugin.configured", p.Name)
}
