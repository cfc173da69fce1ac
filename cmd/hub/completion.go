package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/shorthand"
	"github.com/spf13/cobra"
)

// completer completes one argument; before are the arguments before it.
type completer func(ctx context.Context, cl *client, before []string) []string

// completionTime is how long a person at the keyboard waits for the hub.
const completionTime = 2 * time.Second

// completing completes the arguments of a command, one completer for each; the last goes on when
// more is set. Without a running hub there is nothing to offer.
func (c *cli) completing(more bool, each ...completer) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		n := len(args)
		if n >= len(each) && !more {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		cl, err := c.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completionTime)
		defer cancel()
		return startingWith(each[min(n, len(each)-1)](ctx, cl, args), typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// startingWith keeps what begins as typed, case aside.
func startingWith(all []string, typed string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), strings.ToLower(typed)) })
}

// fixed offers the same words always.
func fixed(words ...string) completer {
	return func(context.Context, *client, []string) []string { return slices.Clone(words) }
}

func deviceNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.devices(ctx)
	var out []string
	for _, d := range all {
		out = append(out, d.Name)
		if parts := actingParts(d); len(parts) > 1 {
			for _, e := range parts {
				out = append(out, d.Name+"@"+string(e.ID))
			}
		}
	}
	return out
}

// actingParts are the endpoints that can be commanded.
func actingParts(d api.Device) []api.Endpoint {
	return slices.DeleteFunc(slices.Clone(d.Endpoints), func(e api.Endpoint) bool {
		return len(shorthand.Choices(api.Device{Endpoints: []api.Endpoint{e}}, "")) == 0
	})
}

func settableNames(ctx context.Context, cl *client, before []string) []string {
	d, endpoint, err := cl.part(ctx, before[0])
	if err != nil {
		return nil
	}
	var out []string
	for _, choice := range shorthand.Choices(d, endpoint) {
		out = append(out, choice.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// settableValues offers the members of an enum, and true and false.
func settableValues(ctx context.Context, cl *client, before []string) []string {
	d, endpoint, err := cl.part(ctx, before[0])
	if err != nil {
		return nil
	}
	for _, choice := range shorthand.Choices(d, endpoint) {
		if a := choice.Attribute; a != nil && strings.EqualFold(choice.String(), before[1]) {
			if a.Type == "bool" {
				return []string{"true", "false"}
			}
			return slices.Clone(a.Options)
		}
	}
	return nil
}

func attributeNames(ctx context.Context, cl *client, before []string) []string {
	d, endpoint, err := cl.part(ctx, before[0])
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range d.Endpoints {
		for _, a := range e.Attributes {
			if endpoint == "" || e.ID == endpoint {
				out = append(out, string(a.Attribute))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func roomNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.rooms(ctx)
	return namesOf(all, func(r api.Room) string { return roomName(cl.lang, r) })
}

func personNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.people(ctx)
	return namesOf(all, func(p api.Person) string { return p.Name })
}

func sceneNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.scenes(ctx)
	return namesOf(all, func(s api.Scene) string { return sceneThing(s).Show() })
}

func tokenNames(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.tokens(ctx)
	return namesOf(all, func(t api.Token) string { return t.Name })
}

func backupNames(ctx context.Context, cl *client, _ []string) []string {
	var all []api.Backup
	_ = cl.get(ctx, "backups", nil, &all) // what is not known is not offered
	return namesOf(all, func(b api.Backup) string { return b.Name })
}

func proposalIDs(ctx context.Context, cl *client, _ []string) []string {
	all, _ := cl.proposals(ctx)
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.ID
	}
	return out
}

func namesOf[T any](all []T, name func(T) string) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = name(x)
	}
	return out
}
