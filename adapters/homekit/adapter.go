package homekit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/model"
)

const adapterName = "homekit"

// Times of a session.
const (
	requestTimeout = 10 * time.Second
	timedWrite     = 5 * time.Second // within which the write must follow its preparation
	commandTimeout = 12 * time.Second
	slowTimeout    = 90 * time.Second // a garage door, a long curtain
)

// Memory is the durable map that keeps the pairings; it encrypts them at rest.
type Memory interface {
	Put(ctx context.Context, bucket, key string, val []byte) error
	Delete(ctx context.Context, bucket, key string) error
	List(ctx context.Context, bucket string) (map[string][]byte, error)
}

// The buckets in memory.
const (
	bucketSelf     = "homekit_controller"
	bucketPairings = "homekit_pairings"
)

// Options is what an Adapter needs. Only Memory is required.
type Options struct {
	Memory Memory
	Logger *slog.Logger
	// Own reports whether a device id is one of this hub's own bridges, which it does not pair with.
	Own func(hapID string) bool
	// Poll is how often what does not tell of changes is read; default a minute. It is also how long a
	// silent connection may be before it is tried.
	Poll time.Duration
	// FirstBackoff and LastBackoff bound the wait between tries to connect; default 1 s and 1 min.
	FirstBackoff, LastBackoff time.Duration
}

// Adapter is a HAP controller. Make it with [New].
type Adapter struct {
	o   Options
	log *slog.Logger

	running sync.WaitGroup

	mu    sync.Mutex // guards all below
	hub   adapters.Hub
	ctx   context.Context // Run's; nil while it does not run
	me    pairing.Identity
	links map[string]*link // by device id
	found map[string]adapters.Found
}

var (
	_ adapters.Adapter = (*Adapter)(nil)
	_ adapters.Seeker  = (*Adapter)(nil)
	_ adapters.Doctor  = (*Adapter)(nil)
)

// New makes an adapter; nothing happens until Run.
func New(o Options) *Adapter {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Own == nil {
		o.Own = func(string) bool { return false }
	}
	if o.Poll == 0 {
		o.Poll = time.Minute
	}
	if o.FirstBackoff == 0 {
		o.FirstBackoff = time.Second
	}
	if o.LastBackoff == 0 {
		o.LastBackoff = time.Minute
	}
	return &Adapter{o: o, log: o.Logger, links: map[string]*link{}, found: map[string]adapters.Found{}}
}

// Name returns "homekit".
func (a *Adapter) Name() string { return adapterName }

// record is a pairing as it is kept.
type record struct {
	Peer     pairing.Peer `json:"peer"`
	Name     string       `json:"name,omitempty"`
	Model    string       `json:"model,omitempty"`
	Category int          `json:"category,omitempty"`
	Address  string       `json:"address,omitempty"` // where it was last reached
	AIDs     []uint64     `json:"aids,omitempty"`    // its accessories when last read
}

// Run keeps a session with every paired accessory until the context ends.
func (a *Adapter) Run(ctx context.Context, hub adapters.Hub) error {
	records, err := a.load(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer a.running.Wait()
	defer stop()
	a.mu.Lock()
	a.hub, a.ctx, a.links = hub, ctx, map[string]*link{}
	for _, r := range records {
		a.startLink(r)
	}
	a.mu.Unlock()
	<-ctx.Done()
	a.mu.Lock()
	a.ctx = nil
	a.mu.Unlock()
	return nil
}

// load reads the pairings, and who the hub is to its accessories.
func (a *Adapter) load(ctx context.Context) ([]record, error) {
	self, err := a.o.Memory.List(ctx, bucketSelf)
	if err != nil {
		return nil, fmt.Errorf("the hub's HomeKit key cannot be read: %w", err)
	}
	me := pairing.Identity{}
	if b, ok := self["me"]; !ok {
		me = pairing.NewIdentity(newUUID())
		b, err := json.Marshal(me)
		if err != nil {
			return nil, err
		}
		if err := a.o.Memory.Put(ctx, bucketSelf, "me", b); err != nil {
			return nil, fmt.Errorf("the hub's HomeKit key was not kept: %w", err)
		}
	} else if err := json.Unmarshal(b, &me); err != nil {
		return nil, fmt.Errorf("the hub's HomeKit key cannot be read: %w", err)
	}
	kept, err := a.o.Memory.List(ctx, bucketPairings)
	if err != nil {
		return nil, fmt.Errorf("the HomeKit pairings cannot be read: %w", err)
	}
	var records []record
	for key, b := range kept {
		var r record
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("the HomeKit pairing %s cannot be read: %w", key, err)
		}
		records = append(records, r)
	}
	a.mu.Lock()
	a.me = me
	a.mu.Unlock()
	return records, nil
}

func newUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// startLink starts a pairing's goroutine, under the lock.
func (a *Adapter) startLink(r record) *link {
	l := newLink(a, r)
	if f, ok := a.found[l.id]; ok {
		l.seen(f)
	}
	a.links[l.id] = l
	ctx, stop := context.WithCancel(a.ctx)
	l.stop = stop
	a.running.Go(func() { defer close(l.ended); l.run(ctx) })
	return l
}

// keep stores a pairing.
func (a *Adapter) keep(ctx context.Context, r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := a.o.Memory.Put(ctx, bucketPairings, r.Peer.ID, b); err != nil {
		return fmt.Errorf("the HomeKit pairing with %s was not kept: %w", r.Peer.ID, err)
	}
	return nil
}

// Seeks looks for HAP over TCP.
func (a *Adapter) Seeks() []adapters.Pattern {
	return []adapters.Pattern{{Proto: "mdns", Type: "_hap._tcp", TXT: map[string]string{"id": ""}}}
}

// Found takes what discovery saw of an accessory.
func (a *Adapter) Found(f adapters.Found) {
	key := strings.ToUpper(f.TXT["id"])
	if key == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.Gone { // no longer announced; a pairing's own connection decides whether it is there
		delete(a.found, key)
		return
	}
	a.found[key] = f
	if l := a.links[key]; l != nil {
		l.seen(f)
	}
}

// Execute carries out a command; see adapters.Adapter.
func (a *Adapter) Execute(cmd model.Command) {
	a.mu.Lock()
	hub := a.hub
	hapID, aid, _ := splitSource(cmd.Source)
	l := a.links[hapID]
	a.mu.Unlock()
	if l == nil {
		hub.Outcome(cmd.ID, model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonUnknownDevice, Detail: "the hub is not paired with this accessory"}})
		return
	}
	l.enqueue(aid, cmd)
}

func sourceID(hapID string, aid uint64) model.SourceID {
	return model.SourceID(adapterName + "/" + hapID + "/" + strconv.FormatUint(aid, 10))
}

func splitSource(s model.SourceID) (hapID string, aid uint64, ok bool) {
	hapID, number, ok := strings.Cut(strings.TrimPrefix(string(s), adapterName+"/"), "/")
	aid, err := strconv.ParseUint(number, 10, 64)
	return hapID, aid, ok && err == nil
}

// maxNamed is how many devices a finding names.
const maxNamed = 5

// Checks says how each pairing is, problems first: one that cannot be reached, and a bridge of which some devices do not answer.
func (a *Adapter) Checks() []adapters.Check {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []adapters.Check
	for _, l := range a.links {
		s := l.status()
		c := adapters.Check{Name: s.name, OK: s.problem == "" && len(s.silent) == 0, Detail: fmt.Sprintf("%d devices", s.devices)}
		switch {
		case s.problem != "":
			c.Detail = s.problem
		case !c.OK:
			c.Detail = fmt.Sprintf("%d of %d devices do not answer: %s", len(s.silent), s.devices, strings.Join(s.silent[:min(len(s.silent), maxNamed)], ", "))
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y adapters.Check) int {
		if x.OK != y.OK {
			return map[bool]int{false: -1, true: 1}[x.OK]
		}
		return strings.Compare(x.Name, y.Name)
	})
	return out
}

// errNotRunning says that the adapter's Run has ended or not begun.
var errNotRunning = errors.New("the HomeKit adapter is not running")
