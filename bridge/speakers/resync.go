package speakers

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// resync is when a link was last asked to discover anew, and whether it shall be again.
type resync struct {
	wanted bool
	next   time.Time     // not before
	pause  time.Duration // between two; longer each time that it fails
}

// wantResync has the links of a platform, or all (""), asked to discover anew: the house has other devices, scenes or names.
func (c *Core) wantResync(platform string) {
	c.mu.Lock()
	links := slices.Collect(maps.Keys(c.synced))
	c.mu.Unlock()
	c.box.mu.Lock()
	for _, link := range links {
		of, _, _ := strings.Cut(link, "/")
		if c.box.reporters[of] != nil && (platform == "" || platform == of) {
			r := c.box.resync[link]
			r.wanted = true
			c.box.resync[link] = r
		}
	}
	c.box.mu.Unlock()
	c.rouse()
}

// askAnew asks the links whose time has come to discover anew.
func (c *Core) askAnew(ctx context.Context) {
	now := c.o.Now()
	var due []string
	c.box.mu.Lock()
	for link, r := range c.box.resync {
		if r.wanted && !now.Before(r.next) {
			due = append(due, link)
			pause := min(resyncPauses, max(resyncPause, r.pause))
			c.box.resync[link] = resync{next: now.Add(pause), pause: pause}
		}
	}
	c.box.mu.Unlock()
	slices.Sort(due)
	for _, link := range due {
		if !c.ended(ctx, link) {
			go c.resync(ctx, link) // a slow cloud holds nobody up
		}
	}
}

func (c *Core) resync(ctx context.Context, link string) {
	platform, id, _ := strings.Cut(link, "/")
	c.box.mu.Lock()
	r := c.box.reporters[platform]
	c.box.mu.Unlock()
	timed, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	err := r.Resync(timed, id)
	c.box.mu.Lock()
	again, there := c.box.resync[link]
	switch {
	case !there: // it has discovered meanwhile
	case err == nil:
		again.pause = 0
		c.box.resync[link] = again
	default:
		again.wanted, again.pause = true, 2*again.pause
		c.box.resync[link] = again
	}
	c.box.mu.Unlock()
	if err != nil {
		c.Failed(platform, "resync: "+err.Error())
	}
}
