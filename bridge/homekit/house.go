package homekit

import (
	"context"

	"github.com/concord-home/hub/home"
)

// House is the running house.
type House interface {
	View() *home.View
	Do(ctx context.Context, body home.Body) error
	Command(ctx context.Context, a home.Ask, progress func(home.Command)) (home.Command, error)
	// Events opens a stream with room for so many effects waiting; call the function when
	// done. An effect of no type of package home says that some were missed.
	Events(room int) (<-chan home.Effect, func())
}
