// Package speakers is the core of the cloud voice platforms: which devices a platform sees, what became of what it asked
// within the time it gives, and what it must be told of changes. A codec below it speaks one platform's messages.
//
// Use: c := New(Options{House: ..., Memory: ...}); a codec (google, alexa) is made with it; go c.Run(ctx) sends reports.
// An answer never waits for a device longer than [Patience]: what has not ended by then is pending, and its end is reported.
// A device that a platform cannot take is left out with a reason, and never spoils a discovery.
package speakers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Patience is how long an answer waits for devices: platforms hang up, or say "not responding", soon after.
const Patience = 800 * time.Millisecond

// House is the running house.
type House interface {
	View() *home.View
	Do(ctx context.Context, body home.Body) error
	Command(ctx context.Context, a home.Ask, progress func(home.Command)) (home.Command, error)
	Events(room int) (<-chan home.Effect, func())
}

// Memory keeps what was synced, what is still to be reported, and what each platform may see.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// Link is an account of a platform that was linked to the house.
type Link struct {
	ID       string // opaque, never changes while linked: the platform's name for the account
	Platform string
	Person   home.PersonID
}

// Links finds the link that an access token stands for, and ends one.
type Links interface {
	ByToken(ctx context.Context, platform, token string) (Link, bool)
	ByID(id string) (Link, bool)
	Unlink(ctx context.Context, id string) error
}

// Verdict is what became of a PIN that a platform passes on.
type Verdict int

// The verdicts.
const (
	PINRight Verdict = iota
	PINWrong
	PINLocked
	PINUnset
)

// Options are what the core is made of. CheckPIN may be nil: what opens the house is refused then.
type Options struct {
	House    House
	Memory   Memory
	Links    Links
	CheckPIN func(pin string) Verdict
	// Later puts a command off. A nil one: no platform's timer is taken.
	Later  func(ctx context.Context, l Link, at time.Time, said string, a home.Ask) error
	Now    func() time.Time
	Logger *slog.Logger
}

// Core serves all platforms.
type Core struct {
	o   Options
	log *slog.Logger

	mu       sync.Mutex
	exposed  map[string]map[model.DeviceID]bool // by platform; a device that is not in it is shown
	synced   map[string]map[model.DeviceID]bool // by link: what its last discovery was answered with
	failures map[string]string                  // by platform: what last went wrong
	box      outbox
}

const exposedBucket = "speakers.exposed"

// New makes the core and reads what it keeps.
func New(o Options) (*Core, error) {
	if o.House == nil || o.Memory == nil || o.Links == nil {
		return nil, errors.New("voice platforms need a house, a memory and links")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Core{o: o, log: o.Logger, exposed: map[string]map[model.DeviceID]bool{}, synced: map[string]map[model.DeviceID]bool{}, failures: map[string]string{}}
	kept, err := o.Memory.List(context.Background(), exposedBucket)
	if err != nil {
		return nil, err
	}
	for platform, b := range kept {
		m := map[model.DeviceID]bool{}
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, err
		}
		c.exposed[platform] = m
	}
	return c, c.loadOutbox()
}

// View is the house as it is now.
func (c *Core) View() *home.View { return c.o.House.View() }

// Now is the clock.
func (c *Core) Now() time.Time { return c.o.Now() }

// Links finds links.
func (c *Core) Links() Links { return c.o.Links }

// Expose shows a device to a platform, or hides it.
func (c *Core) Expose(ctx context.Context, platform string, id model.DeviceID, shown bool) error {
	c.mu.Lock()
	m := c.exposed[platform]
	if m == nil {
		m = map[model.DeviceID]bool{}
		c.exposed[platform] = m
	}
	m[id] = shown
	b, err := json.Marshal(m)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if err := c.o.Memory.Put(ctx, exposedBucket, platform, b); err != nil {
		return err
	}
	c.wantResync(platform)
	return nil
}

// Shown reports whether a platform sees a device. Cameras and alarm panels only when somebody said so.
func (c *Core) Shown(platform string, d *home.Device) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if shown, said := c.exposed[platform][d.ID]; said {
		return shown
	}
	return d.Type() != "camera" && d.Type() != "security_panel"
}

// Devices lists what a platform sees.
func (c *Core) Devices(platform string) []*home.Device {
	return slices.DeleteFunc(slices.Clone(c.View().Devices()), func(d *home.Device) bool { return !c.Shown(platform, d) })
}

// Device finds a device that a platform sees.
func (c *Core) Device(platform string, id model.DeviceID) (*home.Device, bool) {
	d := c.View().Device(id)
	return d, d != nil && c.Shown(platform, d)
}

// Status is what became of what a platform asked.
type Status int

// The statuses.
const (
	Done    Status = iota
	Pending        // taken by the device or still on its way; its end will be reported
	Offline
	Refused
)

// Outcome is what became of a command, and why.
type Outcome struct {
	Status Status
	Reason model.Reason
}

// Cause is what the log says of a platform's command.
func Cause(l Link) *model.Cause {
	return &model.Cause{Kind: model.CauseVoice, Who: string(l.Person), Via: l.Platform}
}

// Do gives commands to the house and waits until they have ended, or patience has.
func (c *Core) Do(ctx context.Context, asks []home.Ask) []Outcome {
	wait, stop := context.WithTimeout(ctx, Patience)
	defer stop()
	out := make([]Outcome, len(asks))
	done := make([]chan struct{}, len(asks))
	var all sync.WaitGroup
	for i := range asks {
		done[i] = make(chan struct{})
		var before <-chan struct{}
		for j := range i {
			if follows(asks[j], asks[i]) {
				before = done[j]
			}
		}
		all.Go(func() {
			defer close(done[i])
			if before != nil {
				<-before // which ends with patience
			}
			out[i] = c.one(wait, asks[i])
		})
	}
	all.Wait()
	return out
}

// follows reports whether b undoes or needs what a does: then it waits for it.
func follows(a, b home.Ask) bool {
	if a.Device != b.Device {
		return false
	}
	return a.Command != "" || b.Command != "" || slices.ContainsFunc(a.Writes, func(x model.Write) bool {
		return slices.ContainsFunc(b.Writes, func(y model.Write) bool { return x.Attribute == y.Attribute })
	})
}

func (c *Core) one(ctx context.Context, a home.Ask) Outcome {
	d := c.View().Device(a.Device)
	if d == nil {
		return Outcome{Refused, model.Reason{Code: model.ReasonUnknownDevice}}
	}
	if ok, why := c.View().Reachable(d); !ok {
		return Outcome{Offline, model.Reason{Code: model.ReasonUnreachable, Detail: why}}
	}
	if ctx.Err() != nil { // patience ended before its turn came: it is done all the same
		go func() { _, _ = c.o.House.Command(context.WithoutCancel(ctx), a, nil) }() // what becomes of it, its state tells
		return Outcome{Status: Pending}
	}
	end, err := c.o.House.Command(ctx, a, nil)
	var refused *home.CommandError
	switch {
	case errors.As(err, &refused):
		if refused.Reason.Code == model.ReasonUnreachable {
			return Outcome{Offline, refused.Reason}
		}
		return Outcome{Refused, refused.Reason}
	case err != nil && errors.Is(err, context.DeadlineExceeded):
		return Outcome{Status: Pending}
	case err != nil:
		return Outcome{Refused, model.Reason{Code: model.ReasonDeviceError, Detail: err.Error()}}
	}
	switch end.Status {
	case model.Confirmed, model.Acked:
		return Outcome{Status: Done}
	case model.TimedOut:
		return Outcome{Offline, model.Reason{Code: model.ReasonNoAnswer}}
	}
	return Outcome{Refused, end.Reason}
}

// HasScene reports whether an id is that of a scene that there is.
func (c *Core) HasScene(id string) bool {
	return slices.ContainsFunc(c.View().Scenes(), func(s home.SceneRecord) bool { return ScenePrefix+s.ID == id })
}

// RunScene runs a scene by hand.
func (c *Core) RunScene(ctx context.Context, id string, l Link) error {
	return c.o.House.Do(ctx, home.SceneAsked{ID: id, Cause: Cause(l)})
}

// CheckPIN compares a PIN that a platform passes on.
func (c *Core) CheckPIN(pin string) Verdict {
	if c.o.CheckPIN == nil {
		return PINUnset
	}
	return c.o.CheckPIN(pin)
}

// Failed notes what last went wrong with a platform, for the doctor.
func (c *Core) Failed(platform, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures[platform] = c.o.Now().Format("2006-01-02 15:04") + ": " + what
}

// LastFailure is what last went wrong with a platform; empty: nothing.
func (c *Core) LastFailure(platform string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures[platform]
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
