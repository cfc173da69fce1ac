package homekit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/hap/pairing"
	"github.com/concord-home/hub/model"
)

// Options is what a Bridge needs. House, Memory and Listen are required.
type Options struct {
	House  House
	Memory Memory
	// Listen opens the socket of a bridge; they are numbered from 1.
	Listen func(number int) (net.Listener, error)
	// Announce publishes a bridge until the context ends; nil: it is found by its address only.
	Announce func(ctx context.Context, a Advert) error
	// Camera finds who has a device's pictures, nil when nobody has; nil: nobody has any.
	Camera func(model.DeviceID) Camera
	Name   string // of the first bridge; default "Concord"
	Lang   string // of names; "" is for all
	Texts  Texts
	Now    func() time.Time
	Logger *slog.Logger
	// AnswerWithin is how long a write may wait for the device before Home is told that it did not answer;
	// default 8.5 s: Home itself gives up after ten.
	AnswerWithin time.Duration
}

// Texts are what the bridge calls what has no name of its own.
type Texts struct {
	AnyoneHome, AnyoneArriving, HouseMode string
	Home                                  func(person string) string // "Li at home"
	Mode                                  func(mode string) string   // what a mode of the house is called
	Modes                                 func(device string) string // "Washing machine programmes"
	Picture                               func(device string) string // "Front door picture"
}

// Bridge shows the house in HomeKit. Make it with New.
type Bridge struct {
	o    Options
	ids  *ids
	cams *cameras

	mu      sync.Mutex // guards all below
	servers []*server
	choice  map[string]bool // what the household said of what is shown, by key
	things  []Thing         // what there is to show, as last built
	cancel  map[int]context.CancelFunc
	ctx     context.Context // Run's
	running sync.WaitGroup

	rebuilding sync.Mutex // one at a time
}

// New reads what is remembered of bridges, numbers and choices; the first start makes the first bridge and its code.
func New(ctx context.Context, o Options) (*Bridge, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Name == "" {
		o.Name = "Concord"
	}
	if o.AnswerWithin == 0 {
		o.AnswerWithin = 8500 * time.Millisecond
	}
	if o.Texts.Home == nil {
		o.Texts = Texts{AnyoneHome: "Anyone home", AnyoneArriving: "Anyone arriving", HouseMode: "House mode",
			Home: func(p string) string { return p + " home" }, Mode: func(m string) string { return m }, Modes: func(d string) string { return d + " programmes" },
			Picture: func(d string) string { return d + " picture" }}
	}
	b := &Bridge{o: o, choice: map[string]bool{}, cancel: map[int]context.CancelFunc{}}
	b.cams = newCameras(o.Camera, b.streamMoved)
	var err error
	if b.ids, err = loadIDs(ctx, o.Memory); err != nil {
		return nil, err
	}
	shown, err := o.Memory.List(ctx, bucketShown)
	if err != nil {
		return nil, fmt.Errorf("what is shown in HomeKit cannot be read: %w", err)
	}
	for key, v := range shown {
		b.choice[key] = string(v) == "true"
	}
	kept, err := o.Memory.List(ctx, bucketBridges)
	if err != nil {
		return nil, fmt.Errorf("the HomeKit bridges cannot be read: %w", err)
	}
	for n := 1; n <= len(kept); n++ {
		var r bridgeRecord
		if err := json.Unmarshal(kept[strconv.Itoa(n)], &r); err != nil {
			return nil, fmt.Errorf("the HomeKit bridge %d cannot be read: %w", n, err)
		}
		b.servers = append(b.servers, newServer(&b.o, b.cams, r))
	}
	if len(b.servers) == 0 {
		if _, err := b.newBridge(ctx, o.Name); err != nil {
			return nil, err
		}
	}
	return b, b.rebuild(ctx)
}

// newBridge makes a further bridge.
func (b *Bridge) newBridge(ctx context.Context, name string) (*server, error) {
	b.mu.Lock()
	number := len(b.servers) + 1
	b.mu.Unlock()
	r := freshRecord(bridgeRecord{Number: number, Name: name})
	if err := keepBridge(ctx, b.o.Memory, r); err != nil {
		return nil, err
	}
	s := newServer(&b.o, b.cams, r)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.servers = append(b.servers, s)
	if b.ctx != nil {
		b.start(s)
	}
	return s, nil
}

// freshRecord gives a bridge an identity and a code that nobody knows yet.
func freshRecord(r bridgeRecord) bridgeRecord {
	mac := make([]byte, 6)
	_, _ = rand.Read(mac)
	mac[0] = mac[0]&0xfe | 0x02 // locally administered, for one
	parts := make([]string, 6)
	for i, x := range mac {
		parts[i] = fmt.Sprintf("%02X", x)
	}
	r.ID, r.Code, r.SetupID = strings.Join(parts, ":"), pairing.NewCode(), newSetupID()
	r.Key = pairing.NewIdentity(r.ID).Key
	r.Controllers, r.Config, r.Shape, r.Tries = nil, 0, "", 0
	return r
}

func newSetupID() string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	raw := make([]byte, 4)
	_, _ = rand.Read(raw)
	for i := range raw {
		raw[i] = letters[int(raw[i])%len(letters)]
	}
	return string(raw)
}

// start runs a bridge, under the lock.
func (b *Bridge) start(s *server) {
	number := s.record().Number
	l, err := b.o.Listen(number)
	if err != nil {
		b.o.Logger.Error("a HomeKit bridge cannot listen", "bridge", number, "err", err)
		s.is(false, err.Error())
		return
	}
	ctx, cancel := context.WithCancel(b.ctx)
	b.cancel[number] = cancel
	b.running.Go(func() { s.run(ctx, l) })
}

// settle is how long the house must have been quiet in its structure before it is shown anew.
const settle = 300 * time.Millisecond

// Run serves all bridges and follows the house until the context ends.
func (b *Bridge) Run(ctx context.Context) error {
	events, done := b.o.House.Events(4096)
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer b.cams.watching.Wait()
	defer b.running.Wait()
	defer cancel()
	b.mu.Lock()
	b.ctx = ctx
	for _, s := range b.servers {
		b.start(s)
	}
	b.mu.Unlock()
	if err := b.rebuild(ctx); err != nil { // what came since New
		return err
	}
	var later <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			b.mu.Lock()
			b.ctx = nil
			b.mu.Unlock()
			return nil
		case e, ok := <-events:
			if !ok {
				return errors.New("the house tells of its changes no longer")
			}
			if b.follow(e) && later == nil {
				later = time.After(settle)
			}
		case <-later:
			later = nil
			if err := b.rebuild(ctx); err != nil && ctx.Err() == nil {
				b.o.Logger.Error("HomeKit does not show the house as it is now", "err", err)
			}
		}
	}
}

func (b *Bridge) all() []*server {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*server(nil), b.servers...)
}
