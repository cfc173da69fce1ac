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

// ErrRejected says that a platform will never take a report as it is: it is not sent again.
var ErrRejected = errors.New("the platform does not take this report")

// ErrUnknownThere says that a platform does not know what it is told of: nothing more is reported until it has discovered anew.
var ErrUnknownThere = errors.New("the platform does not know this account or device")

const (
	syncedBucket = "speakers.synced"
	outboxBucket = "speakers.outbox"
	settle       = time.Second // changes of this time go in one report
	resyncPause  = time.Minute // at least, between two requests to discover anew
	resyncPauses = time.Hour   // at most
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
	resync    map[string]resync
	wake      chan struct{}
}

func (c *Core) loadOutbox() error {
	c.box = outbox{waiting: map[string]entry{}, reporters: map[string]Reporter{}, pause: map[string]time.Time{}, backoff: map[string]time.Duration{}, stopped: map[string]bool{}, resync: map[string]resync{}, wake: make(chan struct{}, 1)}
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
	delete(c.box.resync, linkKey(l)) // what was to be told, it has just heard
	c.box.mu.Unlock()
	return c.o.Memory.Put(ctx, syncedBucket, linkKey(l), b)
}

// Gone are what a link's last discovery was answered with and that is not among ids.
func (c *Core) Gone(l Link, ids []model.DeviceID) []model.DeviceID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.synced[linkKey(l)])), func(id model.DeviceID) bool { return slices.Contains(ids, id) })
}

// Unlinked ends a link that its platform has ended.
func (c *Core) Unlinked(ctx context.Context, l Link) error {
	return errors.Join(c.forgetLink(ctx, linkKey(l)), c.o.Links.Unlink(ctx, l.ID))
}

// forgetLink forgets what was synced to a link and what it was still to be told.
func (c *Core) forgetLink(ctx context.Context, link string) error {
	c.mu.Lock()
	delete(c.synced, link)
	c.mu.Unlock()
	c.box.mu.Lock()
	delete(c.box.resync, link)
	for key, e := range c.box.waiting {
		if e.Link == link {
			delete(c.box.waiting, key)
			_ = c.o.Memory.Delete(ctx, outboxBucket, key) // else it is sent once more and refused
		}
	}
	c.box.mu.Unlock()
	return c.o.Memory.Delete(ctx, syncedBucket, link)
}

// ended reports whether a link is one no more: somebody of the house has ended it. It is forgotten then.
func (c *Core) ended(ctx context.Context, link string) bool {
	_, id, _ := strings.Cut(link, "/")
	if _, alive := c.o.Links.ByID(id); alive {
		return false
	}
	if err := c.forgetLink(ctx, link); err != nil {
		c.log.Warn("a link that was ended is not forgotten", "err", err)
	}
	return true
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
					c.wantResync("")
				}
			case home.HouseMoved:
				if e.What == "scenes" || e.What == "rooms" {
					c.wantResync("")
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
		c.rouse()
	}
}

func (c *Core) rouse() {
	select {
	case c.box.wake <- struct{}{}:
	default:
	}
}

// Waiting is how many reports wait to be sent.
func (c *Core) Waiting() int {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	return len(c.box.waiting)
}
