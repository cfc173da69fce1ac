package speakers

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Reporter tells a platform what changed.
type Reporter interface {
	Platform() string
	// Report sends the present state of devices. ErrUnknownThere: the platform does not know the account or device any more.
	Report(ctx context.Context, link string, devices []*home.Device) error
	// Resync asks the platform to discover anew.
	Resync(ctx context.Context, link string) error
}

// ErrUnknownThere says that a platform does not know what it is told of: nothing more is reported until it has discovered anew.
var ErrUnknownThere = errors.New("the platform does not know this account or device")

const (
	syncedBucket = "speakers.synced"
	outboxBucket = "speakers.outbox"
	settle       = time.Second // changes of this time go in one report
	firstPause   = 5 * time.Second
	lastPause    = 10 * time.Minute
	maxEntries   = 5000
)

// entry is a device whose state a link must be told. It outlives a restart; what the state is is read when it is sent.
type entry struct {
	Link   string         `json:"link"`
	Device model.DeviceID `json:"device"`
}

func (e entry) key() string { return e.Link + "|" + string(e.Device) }

// outbox keeps what is to be reported.
type outbox struct {
	mu        sync.Mutex
	waiting   map[string]entry
	reporters map[string]Reporter // by platform
	pause     map[string]time.Time
	backoff   map[string]time.Duration
	stopped   map[string]bool // links that answered ErrUnknownThere
	wake      chan struct{}
}

func (c *Core) loadOutbox() error {
	c.box = outbox{waiting: map[string]entry{}, reporters: map[string]Reporter{}, pause: map[string]time.Time{}, backoff: map[string]time.Duration{}, stopped: map[string]bool{}, wake: make(chan struct{}, 1)}
	synced, err := c.o.Memory.List(context.Background(), syncedBucket)
	if err != nil {
		return err
	}
	for link, b := range synced {
		var ids []model.DeviceID
		if err := json.Unmarshal(b, &ids); err != nil {
			return err
		}
		c.synced[link] = setOf(ids)
	}
	kept, err := c.o.Memory.List(context.Background(), outboxBucket)
	if err != nil {
		return err
	}
	for key, b := range kept {
		var e entry
		if err := json.Unmarshal(b, &e); err == nil {
			c.box.waiting[key] = e
		}
	}
	return nil
}

func setOf(ids []model.DeviceID) map[model.DeviceID]bool {
	m := map[model.DeviceID]bool{}
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// AddReporter registers a platform's reporter before Run.
func (c *Core) AddReporter(r Reporter) { c.box.reporters[r.Platform()] = r }

// Synced notes what a link's discovery was answered with: only that is ever reported.
func (c *Core) Synced(ctx context.Context, l Link, ids []model.DeviceID) error {
	slices.Sort(ids)
	b, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.synced[linkKey(l)] = setOf(ids)
	c.mu.Unlock()
	c.box.mu.Lock()
	delete(c.box.stopped, linkKey(l))
	c.box.mu.Unlock()
	return c.o.Memory.Put(ctx, syncedBucket, linkKey(l), b)
}

// Unlinked forgets a link.
func (c *Core) Unlinked(ctx context.Context, l Link) error {
	c.mu.Lock()
	delete(c.synced, linkKey(l))
	c.mu.Unlock()
	c.box.mu.Lock()
	for key, e := range c.box.waiting {
		if e.Link == linkKey(l) {
			delete(c.box.waiting, key)
			_ = c.o.Memory.Delete(ctx, outboxBucket, key) // else it is sent once more and refused
		}
	}
	c.box.mu.Unlock()
	return errors.Join(c.o.Memory.Delete(ctx, syncedBucket, linkKey(l)), c.o.Links.Unlink(ctx, l.ID))
}

func linkKey(l Link) string { return l.Platform + "/" + l.ID }

// Run follows the house and sends reports until the context ends.
func (c *Core) Run(ctx context.Context) error {
	effects, stop := c.o.House.Events(4096)
	defer stop()
	var sending sync.WaitGroup
	sending.Go(func() { c.send(ctx) })
	defer sending.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case x, open := <-effects:
			if !open {
				return nil
			}
			switch e := x.(type) {
			case home.Changed:
				c.changed(ctx, e.Device)
			case home.DeviceMoved:
				if e.What == "reachability" {
					c.changed(ctx, e.Device)
				} else {
					c.resync(ctx)
				}
			}
		}
	}
}

// changed notes a device for every link that knows it.
func (c *Core) changed(ctx context.Context, id model.DeviceID) {
	c.mu.Lock()
	var links []string
	for link, ids := range c.synced {
		if ids[id] {
			links = append(links, link)
		}
	}
	c.mu.Unlock()
	for _, link := range links {
		e := entry{link, id}
		c.box.mu.Lock()
		platform, _, _ := strings.Cut(link, "/")
		_, there := c.box.waiting[e.key()]
		take := !there && c.box.reporters[platform] != nil && !c.box.stopped[link] && len(c.box.waiting) < maxEntries
		if take {
			c.box.waiting[e.key()] = e
		}
		c.box.mu.Unlock()
		if !take {
			continue
		}
		if b, err := json.Marshal(e); err == nil {
			if err := c.o.Memory.Put(ctx, outboxBucket, e.key(), b); err != nil {
				c.log.Warn("a report is not kept for a restart", "err", err)
			}
		}
		select {
		case c.box.wake <- struct{}{}:
		default:
		}
	}
}

// resync asks every platform to discover anew: the house has other devices or names.
func (c *Core) resync(ctx context.Context) {
	c.mu.Lock()
	links := slices.Collect(maps.Keys(c.synced))
	c.mu.Unlock()
	for _, link := range links {
		platform, id, _ := strings.Cut(link, "/")
		c.box.mu.Lock()
		r := c.box.reporters[platform]
		due := c.box.pause["resync "+link]
		wait := c.o.Now().Before(due)
		if !wait {
			c.box.pause["resync "+link] = c.o.Now().Add(time.Minute)
		}
		c.box.mu.Unlock()
		if r == nil || wait {
			continue
		}
		go func() { // a slow cloud holds nobody up
			ctx, stop := context.WithTimeout(ctx, 30*time.Second)
			defer stop()
			if err := r.Resync(ctx, id); err != nil {
				c.Failed(platform, "resync: "+err.Error())
			}
		}()
	}
}

// Waiting is how many reports wait to be sent.
func (c *Core) Waiting() int {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	return len(c.box.waiting)
}
