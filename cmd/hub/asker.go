package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/concord-home/hub/cmd/hub/internal/table"
	"golang.org/x/term"
)

// asker asks a person at the terminal, or reads the answers from the standard input, one a line.
type asker struct {
	ctx  context.Context
	c    *cli
	in   *bufio.Reader
	file *os.File // the terminal; nil without one
}

func newAsker(ctx context.Context, c *cli) *asker {
	a := &asker{ctx: ctx, c: c, in: bufio.NewReader(c.in)}
	if f, ok := c.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		a.file = f
	}
	return a
}

// hidden reports whether what is typed for a secret cannot be seen.
func (a *asker) hidden() bool { return a.file != nil }

// line asks for one line.
func (a *asker) line(question string) (string, error) {
	return a.ask(question, func() (string, error) {
		text, err := a.in.ReadString('\n')
		if errors.Is(err, io.EOF) && text != "" {
			err = nil // the last line need not end
		}
		return text, err
	})
}

// secret asks for one line that the terminal does not show.
func (a *asker) secret(question string) (string, error) {
	if a.file == nil {
		return a.line(question)
	}
	defer fmt.Fprintln(a.c.err)
	return a.ask(question, func() (string, error) {
		b, err := term.ReadPassword(int(a.file.Fd()))
		return string(b), err
	})
}

// ask reads until there is an answer or the command is stopped, which leaves the terminal as it was.
func (a *asker) ask(question string, read func() (string, error)) (string, error) {
	if a.file != nil {
		_, _ = fmt.Fprint(table.Safe(a.c.err), question)
		if before, err := term.GetState(int(a.file.Fd())); err == nil {
			defer func() { _ = term.Restore(int(a.file.Fd()), before) }()
		}
	}
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() { // a read cannot be interrupted: when the command is stopped it ends with the process
		text, err := read()
		got <- answer{text, err}
	}()
	select {
	case x := <-got:
		if errors.Is(x.err, io.EOF) {
			return "", usage("there is no answer on the standard input")
		}
		return strings.TrimRight(x.text, "\r\n"), x.err
	case <-a.ctx.Done():
		return "", errors.New(a.c.say("ask.stopped"))
	}
}
