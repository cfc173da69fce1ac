package speakers

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
)

func (c *Core) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.box.wake:
		case <-time.After(firstPause):
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settle):
		}
		c.Flush(ctx)
	}
}

// Flush sends what is due now.
func (c *Core) Flush(ctx context.Context) {
	c.askAnew(ctx)
	byLink := map[string][]entry{}
	c.box.mu.Lock()
	for _, key := range slices.Sorted(maps.Keys(c.box.waiting)) {
		e := c.box.waiting[key]
		if !c.o.Now().Before(c.box.pause[e.Link]) {
			byLink[e.Link] = append(byLink[e.Link], e)
		}
	}
	c.box.mu.Unlock()
	for _, link := range slices.Sorted(maps.Keys(byLink)) {
		c.sendLink(ctx, link, byLink[link])
	}
}

func (c *Core) sendLink(ctx context.Context, link string, entries []entry) {
	platform, id, _ := strings.Cut(link, "/")
	c.box.mu.Lock()
	r := c.box.reporters[platform]
	c.box.mu.Unlock()
	if r == nil || c.ended(ctx, link) {
		return
	}
	var devices []*home.Device
	c.mu.Lock()
	known := c.synced[link]
	c.mu.Unlock()
	for _, e := range entries {
		if d, ok := c.Device(platform, e.Device); ok && known[e.Device] {
			devices = append(devices, d)
		}
	}
	c.forget(ctx, entries) // what changes while it is sent is noted anew
	if len(devices) == 0 {
		return
	}
	timed, stop := context.WithTimeout(ctx, 30*time.Second)
	err := r.Report(timed, id, devices)
	stop()
	switch {
	case err == nil:
		c.box.mu.Lock()
		delete(c.box.backoff, link)
		delete(c.box.pause, link)
		c.box.mu.Unlock()
	case errors.Is(err, ErrUnknownThere):
		c.box.mu.Lock()
		c.box.stopped[link] = true
		c.box.mu.Unlock()
		c.Failed(platform, err.Error())
		c.wantResync(platform)
	case errors.Is(err, ErrRejected) && len(entries) > 1: // one of them is to blame: the others shall not wait for it
		for _, e := range entries {
			c.sendLink(ctx, link, []entry{e})
		}
	case errors.Is(err, ErrRejected):
		c.Failed(platform, err.Error())
	default:
		c.Failed(platform, err.Error())
		c.keep(ctx, link, entries)
	}
}

func (c *Core) forget(ctx context.Context, entries []entry) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	for _, e := range entries {
		delete(c.box.waiting, e.key())
		_ = c.o.Memory.Delete(ctx, outboxBucket, e.key()) // else the same state is sent once more
	}
}

// keep puts entries back and pauses the link, longer each time.
func (c *Core) keep(ctx context.Context, link string, entries []entry) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	pause := min(lastPause, max(firstPause, 2*c.box.backoff[link]))
	c.box.backoff[link] = pause
	c.box.pause[link] = c.o.Now().Add(pause)
	for _, e := range entries {
		c.box.waiting[e.key()] = e
		if b, err := json.Marshal(e); err == nil {
			_ = c.o.Memory.Put(context.WithoutCancel(ctx), outboxBucket, e.key(), b) // else it is lost at a restart only
		}
	}
}
