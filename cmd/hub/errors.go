package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/names"
	"github.com/concord-home/hub/cmd/hub/internal/shorthand"
	"github.com/concord-home/hub/cmd/hub/internal/table"
	"github.com/concord-home/hub/messages"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // timed out, refused, or anything else
	exitUsage       = 2
	exitUnreachable = 3
	exitNotFound    = 4
)

// usageError says how the command line was wrong: an English format, which [sayings] has in other languages.
type usageError struct {
	format string
	args   []any
}

func (e *usageError) Error() string { return fmt.Sprintf(e.format, e.args...) }

func usage(format string, args ...any) error { return &usageError{format, args} }

// errFailed says that the command failed and has already told why.
var errFailed = errors.New("failed")

// unreachableError says that no hub answers at an address.
type unreachableError struct {
	url   string
	local bool // the hub of this machine was looked for
	err   error
}

func (e *unreachableError) Error() string {
	return fmt.Sprintf("no hub answers at %s: %v", e.url, e.err)
}
func (e *unreachableError) Unwrap() error { return e.err }

// lookupError says of what kind the thing is that could not be found by its name.
type lookupError struct {
	kind string // device, room, person, scene, token, attribute, proposal
	err  error
}

func (e *lookupError) Error() string { return e.kind + ": " + e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }

func exitCode(err error) int {
	var (
		wrong       *usageError
		unclear     *shorthand.Error
		several     *names.AmbiguousError
		unknown     *names.UnknownError
		unreachable *unreachableError
		refused     *apiError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong), errors.As(err, &unclear), errors.As(err, &several):
		return exitUsage
	case errors.As(err, &unreachable):
		return exitUnreachable
	case errors.As(err, &unknown), errors.As(err, &refused) && refused.Status == 404:
		return exitNotFound
	}
	return exitFailed
}

// complain prints an error in the language asked for.
func (c *cli) complain(err error) {
	if err == nil || errors.Is(err, errFailed) {
		return
	}
	text := c.inWords(err)
	if c.json {
		_ = json.NewEncoder(c.err).Encode(map[string]any{"error": text, "exit": exitCode(err)})
		return
	}
	_, _ = fmt.Fprintf(table.Safe(c.err), "hub: %s\n", text)
}

func (c *cli) inWords(err error) string {
	var (
		unreachable *unreachableError
		lookup      *lookupError
		refused     *apiError
		wrong       *usageError
		unclear     *shorthand.Error
	)
	switch {
	case errors.As(err, &wrong):
		return c.phrased(wrong.format, wrong.args)
	case errors.As(err, &unclear):
		return c.phrased(unclear.Format, unclear.Args)
	case errors.As(err, &unreachable) && unreachable.local:
		return c.say("error.not_running", unreachable.url)
	case errors.As(err, &unreachable):
		return c.say("error.unreachable", unreachable.url, unreachable.err)
	case errors.As(err, &lookup):
		return c.lookupInWords(lookup)
	case errors.As(err, &refused) && refused.Status == 401:
		return c.say("error.token", refused.Error())
	case errors.As(err, &refused):
		return c.refusal(refused.Problem).Error()
	}
	return c.phrase(err.Error())
}

// refusal puts what the hub's checks say in English in the language asked for.
func (c *cli) refusal(p api.Problem) *apiError {
	p.Detail, p.Expected = c.phrase(p.Detail), c.phrase(p.Expected)
	p.Errors = slices.Clone(p.Errors)
	for i := range p.Errors {
		p.Errors[i].Title, p.Errors[i].Expected = c.phrase(p.Errors[i].Title), c.phrase(p.Errors[i].Expected)
	}
	return &apiError{p}
}

func (c *cli) lookupInWords(e *lookupError) string {
	var (
		unknown *names.UnknownError
		several *names.AmbiguousError
	)
	kind := messages.Known(c.lang, "thing", e.kind)
	switch {
	case errors.As(e, &unknown):
		text := messages.Text(c.lang, "error.not_found", kind, unknown.Query)
		if len(unknown.Near) > 0 {
			text += c.say("error.join") + messages.Text(c.lang, "error.near", c.list(unknown.Near))
		}
		return text
	case errors.As(e, &several):
		return c.say("error.ambiguous", several.Query, c.list(several.Candidates))
	}
	return e.err.Error()
}

func (c *cli) list(things []names.Thing) string {
	out := make([]string, len(things))
	for i, t := range things {
		out[i] = t.Show() + " [" + t.ID + "]"
	}
	return strings.Join(out, messages.Text(c.lang, "list.comma"))
}
