package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/store"
)

// How long the log knows where people were.
const (
	positionsFor   = 30*24*time.Hour - lookAtPosition
	lookAtPosition = time.Hour
)

// Where it is remembered how far positions have been made coarse: bucket and key of the store.
const (
	keptBucket   = "log"
	keptPosition = "positions_coarse_to"
)

// forgetPositions makes positions coarse that are older than 30 days, at the start and every hour.
func (h *Hub) forgetPositions(ctx context.Context) {
	tick := time.NewTicker(lookAtPosition)
	defer tick.Stop()
	for {
		if err := h.coarsenPositions(ctx); err != nil && ctx.Err() == nil {
			h.log.Warn("positions older than 30 days are still exact; it is tried again within an hour", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *Hub) coarsenPositions(ctx context.Context) error {
	from, err := h.coarseTo(ctx)
	if err != nil {
		return err
	}
	next, err := h.o.Store.Revise(ctx, from, h.o.Now().Add(-positionsFor), coarsen)
	if err != nil {
		return err
	}
	if next == from {
		return nil
	}
	return h.o.Store.Put(ctx, keptBucket, keptPosition, strconv.AppendUint(nil, next, 10))
}

func (h *Hub) coarseTo(ctx context.Context) (uint64, error) {
	b, err := h.o.Store.Get(ctx, keptBucket, keptPosition)
	if errors.Is(err, store.ErrNotFound) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	seq, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("how far positions are coarse is not readable: %w", err)
	}
	return seq, nil
}

// coarsen edits one fact of the log. What cannot be read is left as it is: reading the log tells of it.
func coarsen(data []byte) ([]byte, bool) {
	if !bytes.Contains(data, []byte(`"type":"located"`)) && !bytes.Contains(data, []byte(`"type":"regions_told"`)) {
		return nil, false
	}
	f, err := home.DecodeFact(data)
	if err != nil {
		return nil, false
	}
	if f, ok := f.Coarse(); ok {
		if data, err = f.Encode(); err == nil {
			return data, true
		}
	}
	return nil, false
}
