package main

import (
	"context"
	"errors"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/spf13/cobra"
)

func newSetupCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Claim a new hub: asks for the code that it printed, your name and a password",
		Long: "Makes the first person of a new hub, who owns the house. The code is the one that `hub run` printed at its\n" +
			"first start. Without a terminal the answers are read from the standard input, one a line.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var state api.SetupState
			if err := cl.get(cmd.Context(), "setup", nil, &state); err != nil {
				return err
			}
			if state.SetUp {
				return errors.New(c.say("error.setup.done"))
			}
			in, err := c.askSetup(newAsker(cmd.Context(), c))
			if err != nil {
				return err
			}
			var s api.Session
			if err := cl.post(cmd.Context(), "setup", in, &s); err != nil {
				return err
			}
			return c.done(s, "setup.done", s.Name)
		},
	}
}

func (c *cli) askSetup(a *asker) (in api.SetupRequest, err error) {
	if in.Code, err = a.line(c.say("ask.code")); err != nil {
		return in, err
	}
	if in.Name, err = a.line(c.say("ask.name")); err != nil {
		return in, err
	}
	in.Password, err = c.askNewPassword(a)
	return in, err
}

// minPassword is the least length of a password; bytes, as the API has it.
const minPassword = 10

// askNewPassword asks for a password, and once more where it cannot be seen.
func (c *cli) askNewPassword(a *asker) (string, error) {
	p, err := a.secret(c.say("ask.password", minPassword))
	if err != nil {
		return "", err
	}
	if len(p) < minPassword {
		return "", usage("the password is shorter than %d characters", minPassword)
	}
	if !a.hidden() {
		return p, nil
	}
	again, err := a.secret(c.say("ask.password_again"))
	if err == nil && again != p {
		err = usage("the two passwords differ; nothing was changed")
	}
	return p, err
}

func newPasswordCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "password [NAME]",
		Short:             "Set a person's password; asks for it",
		Long:              "Sets the password with which a person logs in. NAME may be left out while one person alone lives here.",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: c.completing(false, personNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			p, err := cl.whose(cmd.Context(), args)
			if err != nil {
				return err
			}
			password, err := c.askNewPassword(newAsker(cmd.Context(), c))
			if err != nil {
				return err
			}
			if err := cl.put(cmd.Context(), route("people", string(p.ID), "password"), api.PasswordRequest{Password: password}, nil); err != nil {
				return err
			}
			return c.done(p, "password.set", p.Name)
		},
	}
}

// whose is the person named, or the only one there is.
func (cl *client) whose(ctx context.Context, name []string) (api.Person, error) {
	if len(name) > 0 {
		return cl.person(ctx, name[0])
	}
	all, err := cl.people(ctx)
	if err != nil {
		return api.Person{}, err
	}
	if len(all) != 1 {
		return api.Person{}, usage("say whose password: hub password NAME")
	}
	return all[0], nil
}
