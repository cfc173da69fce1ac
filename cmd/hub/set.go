package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/shorthand"
	"github.com/concord-home/hub/cmd/hub/internal/table"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newSetCmd(c *cli) *cobra.Command {
	var transition, timeout time.Duration
	cmd := &cobra.Command{
		Use:   "set NAME[@PART] ATTRIBUTE VALUE | COMMAND [ARG=VALUE...] | VALUE",
		Short: "Set an attribute or give a command, and wait until it is done",
		Long: "Sets an attribute of a device or gives it a command, waits, and says whether the device\n" +
			"has confirmed it, or why not. Short forms are taken where they can mean one thing.",
		Example: "  hub set 'living room lamp' on\n" +
			"  hub set 'living room lamp' level 40 --transition 2s\n" +
			"  hub set 客厅灯 亮度 40%\n" +
			"  hub set radiator 21.5\n" +
			"  hub set 'wall switch@left' off\n" +
			"  hub set blind window_covering.go_to open_pct=30",
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: c.completing(false, deviceNames, settableNames, settableValues),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			d, endpoint, err := cl.part(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			req, err := shorthand.Request(d, endpoint, args[1:])
			if err != nil {
				return err
			}
			req.Transition, req.TimeoutMS, req.Wait = transition.Seconds(), int(timeout.Milliseconds()), true
			return c.command(cmd.Context(), cl, d, req)
		},
	}
	cmd.Flags().DurationVar(&transition, "transition", 0, "change gradually over this time, where the device can")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "how long the device may take (default: what is usual for it)")
	return cmd
}

// command gives a command, waits for its end and says what became of it.
func (c *cli) command(ctx context.Context, cl *client, d api.Device, req api.CommandRequest) error {
	stop := c.progress(d.Name)
	var done api.Command
	err := cl.call(ctx, http.MethodPost, route("devices", string(d.ID), "commands"), nil, req, &done, waitTimeout)
	stop()
	if errors.Is(err, context.Canceled) {
		return errors.New(c.say("set.interrupted", d.Name))
	}
	if err != nil {
		return err
	}
	if err := c.show(done, func() error { c.print("%s\n", c.outcome(done)); return nil }); err != nil {
		return err
	}
	if !succeeded(done) {
		return errFailed
	}
	return nil
}

// succeeded reports whether a command did what it should: it was confirmed, or taken by a device that never reports.
func succeeded(done api.Command) bool {
	return done.Status == model.Confirmed || done.Status == model.Acked
}

// outcome is the end of a command as a line: a mark, the sentence, how long it took.
func (c *cli) outcome(done api.Command) string {
	mark := "✗"
	if succeeded(done) {
		mark = "✓"
	}
	said := done.Text
	if d := done.Reason.Detail; d != "" { // the device's or its bridge's words, which the hub hands on as they are
		said = strings.TrimSuffix(said, d) + c.phrase(d)
	}
	text := mark + " " + said
	if !done.Ended.IsZero() {
		text += fmt.Sprintf(" (%s)", c.took(done.Ended.Sub(done.Asked)))
	}
	return text
}

// took is a span with milliseconds where it is short.
func (c *cli) took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return messages.Span(c.lang, d)
}

// progress tells who watches a terminal that the command is under way. The function returned ends it.
func (c *cli) progress(name string) (stop func()) {
	if c.json || !c.errTerminal() {
		return func() {}
	}
	quit := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		begun, tick := time.Now(), time.NewTicker(250*time.Millisecond)
		defer tick.Stop()
		const clearLine = "\r\x1b[K"
		defer func() { _, _ = io.WriteString(c.err, clearLine) }()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				_, _ = io.WriteString(c.err, clearLine)
				_, _ = fmt.Fprint(table.Safe(c.err), c.say("set.waiting", name, messages.Span(c.lang, time.Since(begun))))
			}
		}
	})
	return func() { close(quit); running.Wait() }
}
