package main

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/messages"
)

func newArrivalCmd(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "arrival",
		Short: "Who comes home when, and how warm it will be",
		Example: "  hub arrival\n  hub arrival why\n  hub arrival receipt --days 30\n  hub arrival mode vacation --until 2026-02-14T18:00:00+01:00\n" +
			"  hub arrival say Li arriving --in 25m\n  hub arrival link Li",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.arrival(cmd, 7, c.printArrival) },
	}
	days := 7
	receipt := &cobra.Command{Use: "receipt", Short: "Arrivals at a ready house, preheating for nobody, and what was saved", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.arrival(cmd, days, c.printReceipt) }}
	receipt.Flags().IntVar(&days, "days", 7, "how many days back, at most 60")
	cmd.AddCommand(
		&cobra.Command{Use: "status", Short: "Who is where, and what each room is set to", Args: cobra.NoArgs, RunE: cmd.RunE},
		&cobra.Command{Use: "why", Short: "Why is it cold? The signals and the last decisions", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.arrival(cmd, 7, c.printWhy) }},
		receipt, newArrivalModeCmd(c), newArrivalSayCmd(c), newArrivalLinkCmd(c))
	return cmd
}

func (c *cli) arrival(cmd *cobra.Command, days int, show func([]api.Arrival) error) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var all []api.Arrival
	query := url.Values{"days": {strconv.Itoa(days)}, "lang": {c.lang}}
	if err := cl.get(cmd.Context(), "arrival", query, &all); err != nil {
		return err
	}
	return c.show(all, func() error {
		if len(all) == 0 {
			c.print("%s\n", c.say("arrival.none"))
			return nil
		}
		return show(all)
	})
}

func (c *cli) printArrival(all []api.Arrival) error {
	for _, a := range all {
		mode := messages.Text(c.lang, "climate.mode."+a.Mode)
		if a.ModeUntil != nil {
			mode += c.say("list.comma") + c.say("arrival.until", a.ModeUntil.Local().Format("2006-01-02 15:04"))
		}
		c.print("%s%s%s\n", a.Name, c.say("colon"), mode)
		c.printComing(a.People, false)
		for _, z := range a.Zones {
			c.print("  %s%s%s → %s%s%s\n", z.Name, c.say("colon"), degrees(z.Room), degrees(z.Set), c.say("list.comma"), z.Why)
		}
	}
	return nil
}

func (c *cli) printComing(people []api.ArrivalPerson, signs bool) {
	for _, p := range people {
		text := p.Text
		if e := p.Presence; !e.ETA.IsZero() {
			text += c.say("list.comma") + c.say("arrival.eta", clockOf(e.ETA), clockOf(e.Early), clockOf(e.Late))
		}
		c.print("  %s\n", text)
		for _, s := range p.Signs {
			if signs {
				c.print("    · %s\n", s)
			}
		}
	}
}

func clockOf(t time.Time) string {
	if t.IsZero() {
		return "…"
	}
	return t.Local().Format("15:04")
}

func degrees(v *float64) string {
	if v == nil {
		return "?"
	}
	return fmt.Sprintf("%.1f °C", *v)
}

// logShown is how many decisions `why` prints.
const logShown = 12

func (c *cli) printWhy(all []api.Arrival) error {
	for _, a := range all {
		c.print("%s\n", a.Name)
		c.printComing(a.People, true)
		for _, z := range a.Zones {
			c.print("  %s%s%s\n    · %s\n", z.Name, c.say("colon"), c.say("arrival.lead", messages.Span(c.lang, time.Duration(z.LeadMinutes)*time.Minute), z.Learned), z.Why)
		}
		for i, e := range a.Log {
			if i == logShown {
				break
			}
			set := ""
			if e.Set != nil {
				set = " → " + degrees(e.Set)
			}
			c.print("  %s  %s%s  %s\n", e.At.Local().Format("01-02 15:04"), e.Name, set, e.Text)
		}
	}
	return nil
}

func (c *cli) printReceipt(all []api.Arrival) error {
	for _, a := range all {
		r := a.Receipt
		c.print("%s%s%s\n", a.Name, c.say("colon"), c.say("receipt.ready", r.Ready, r.Arrivals, r.Days))
		for _, x := range r.Cold {
			c.print("  %s\n", c.say("receipt.cold", x.At.Local().Format("01-02 15:04"), x.Who, fmt.Sprintf("%.1f K", x.GapK)))
		}
		for _, x := range r.False {
			c.print("  %s\n", c.say("receipt.false", x.At.Local().Format("01-02 15:04"), messages.Span(c.lang, time.Duration(x.Minutes)*time.Minute), x.Text))
		}
		c.print("%s\n", c.say("receipt.saved", whole(r.SavedPct), whole(r.SavedPctRange[0]), whole(r.SavedPctRange[1])))
		c.print("%s\n", c.say("receipt.miss", messages.Span(c.lang, time.Duration(r.MissMinutes)*time.Minute)))
	}
	return nil
}

func whole(f float64) string { return strconv.Itoa(int(math.Round(f))) }

func newArrivalModeCmd(c *cli) *cobra.Command {
	var until, scene string
	var hours float64
	cmd := &cobra.Command{
		Use:       "mode MODE",
		Short:     "Vacation, guests, boost, pause, or auto: back to everyday",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"auto", "vacation", "guest", "boost", "pause"},
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			in := api.ArrivalRequest{Mode: args[0], Hours: hours}
			if until != "" {
				t, err := time.Parse(time.RFC3339, until)
				if err != nil {
					return usage("--until %q: expected a time such as 2026-02-14T18:00:00+01:00", until)
				}
				in.Until = &t
			}
			var all []api.Arrival
			if err := cl.get(cmd.Context(), "arrival", nil, &all); err != nil {
				return err
			}
			done := 0
			for _, a := range all {
				if scene != "" && !strings.EqualFold(scene, a.Name) && scene != a.Scene {
					continue
				}
				if err := cl.post(cmd.Context(), route("arrival", a.Scene, "mode"), in, nil); err != nil {
					return err
				}
				done++
			}
			if done == 0 {
				return usage("there is no arrival scene of this name")
			}
			return c.done(in, "arrival.mode", messages.Text(c.lang, "climate.mode."+args[0]))
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "until when, such as 2026-02-14T18:00:00+01:00; for vacation, the return")
	cmd.Flags().Float64Var(&hours, "hours", 0, "for how many hours")
	cmd.Flags().StringVar(&scene, "scene", "", "only this arrival scene")
	return cmd
}

func newArrivalSayCmd(c *cli) *cobra.Command {
	var in time.Duration
	cmd := &cobra.Command{
		Use:       "say NAME STATE",
		Short:     "Say that somebody is on the way, comes later, does not come, or is at home",
		Long:      "STATE is arriving, later, away, home or forget. --in says in what time: \"on my way, 25 minutes\" is `arriving --in 25m`,\n\"an hour later\" is `later --in 1h`.",
		Args:      cobra.ExactArgs(2),
		ValidArgs: []string{"arriving", "later", "away", "home", "forget"},
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			p, err := cl.person(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := cl.post(cmd.Context(), route("people", string(p.ID), "presence"), api.PresenceRequest{State: args[1], Minutes: in.Minutes()}, &p); err != nil {
				return err
			}
			return c.done(p, "arrival.said", p.Name)
		},
	}
	cmd.Flags().DurationVar(&in, "in", 0, "in what time, such as 25m or 1h30m")
	return cmd
}

func newArrivalLinkCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "link NAME",
		Short: "Make the secret address at which a person's phone, car or speaker tells where the person is",
		Long: "Makes a new secret address and ends the earlier one. Append home, away, arriving?eta=25, later?eta=60 for shortcuts,\n" +
			"or owntracks, traccar, gpslogger for the apps of these names.",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.completing(false, personNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			p, err := cl.person(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var l api.PresenceLink
			if err := cl.post(cmd.Context(), route("people", string(p.ID), "link"), struct{}{}, &l); err != nil {
				return err
			}
			return c.show(l, func() error {
				for _, use := range l.Uses {
					c.print("%s%s%s\n", cl.base, l.Path, use)
				}
				return nil
			})
		},
	}
}
