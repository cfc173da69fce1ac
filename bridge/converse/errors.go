package converse

import (
	"context"
	"errors"

	"github.com/concord-home/hub/home"
)

func asCommandError(err error) (*home.CommandError, bool) {
	var ce *home.CommandError
	ok := errors.As(err, &ce)
	return ce, ok
}

func ctxEnded(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
