// Package seek looks for what neither mDNS nor SSDP announces, on behalf of plugins: what publishes on an MQTT topic,
// what answers a question to everybody, what has a hardware address of some maker.
//
// Use: New, then Seek with a plugin's name and patterns; again with others, or with none to end. What is found is told once,
// and again when its address or what it says of itself is another.
package seek

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/plugins/manifest"
)

// Options are what a Seeker is made of.
type Options struct {
	// Subscribe hears MQTT; nil: nothing is found by topic.
	Subscribe func(filter string, heard func(topic string, payload []byte)) (cancel func(), err error)
	// Neighbours lists who is on the network; nil: the system's own table, which holds those that spoke to this machine.
	Neighbours func() ([]Neighbour, error)
	// Interfaces are those to ask on; nil: all that are up and can broadcast.
	Interfaces func() ([]net.Interface, error)
	// Every is how often everybody is asked, and the neighbours are looked at; default a minute.
	Every  time.Duration
	Logger *slog.Logger
}

// Found tells of something; via is mqtt, udp or mac.
type Found func(via string, f adapters.Found)

// Seeker looks for all plugins.
type Seeker struct {
	o       Options
	mu      sync.Mutex
	cancels map[string]func() // by name

	questions func(net.Interface) []netip.Addr // where to ask on an interface; for tests
}

// New makes a seeker that looks for nothing yet.
func New(o Options) *Seeker {
	if o.Neighbours == nil {
		o.Neighbours = neighbours
	}
	if o.Interfaces == nil {
		o.Interfaces = net.Interfaces
	}
	if o.Every == 0 {
		o.Every = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Seeker{o: o, cancels: map[string]func(){}, questions: broadcasts}
}

// Seek replaces what is looked for under a name. Patterns of mDNS and SSDP are not its own and are passed over.
func (s *Seeker) Seek(name string, patterns []manifest.Pattern, found Found) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.cancels[name]; cancel != nil {
		cancel()
		delete(s.cancels, name)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var ends []func()
	for _, p := range patterns {
		told := &told{found: found, seen: map[string]string{}}
		switch {
		case p.MQTT != "" && s.o.Subscribe != nil:
			cancel, err := s.o.Subscribe(p.MQTT, func(topic string, payload []byte) {
				told.tell("mqtt", adapters.Found{Key: "mqtt/" + topic, Type: p.MQTT, Instance: topic, TXT: map[string]string{"topic": topic, "payload": text(payload)}}, topic)
			})
			if err != nil {
				s.o.Logger.Warn("a plugin's topic filter is not heard", "plugin", name, "filter", p.MQTT, "err", err)
				continue
			}
			ends = append(ends, cancel)
		case p.UDP != nil:
			running.Go(func() { s.probe(ctx, name, *p.UDP, told) })
		case p.MAC != "":
			running.Go(func() { s.watch(ctx, name, p.MAC, told) })
		}
	}
	s.cancels[name] = func() {
		stop()
		for _, end := range ends {
			end()
		}
		running.Wait()
	}
}

// Close ends all looking.
func (s *Seeker) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.cancels {
		cancel()
	}
	clear(s.cancels)
}

// maxSeen bounds what one pattern finds: anybody on the network can feign.
const maxSeen = 1000

// told tells what is new.
type told struct {
	found Found
	mu    sync.Mutex
	seen  map[string]string // by key: what counts of it
}

func (t *told) tell(via string, f adapters.Found, what string) {
	t.mu.Lock()
	was, known := t.seen[f.Key]
	if known && was == what || !known && len(t.seen) >= maxSeen {
		t.mu.Unlock()
		return
	}
	t.seen[f.Key] = what
	t.mu.Unlock()
	t.found(via, f)
}

// maxText is how much of a payload or answer is passed on, in bytes.
const maxText = 1024

// text is a payload as text, or as "hex:" and its bytes.
func text(b []byte) string {
	b = b[:min(len(b), maxText)]
	if utf8.Valid(b) && !strings.ContainsFunc(string(b), func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }) {
		return string(b)
	}
	return fmt.Sprintf("hex:%x", b)
}

// every calls f at once and then again and again, until the context ends.
func (s *Seeker) every(ctx context.Context, f func()) {
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	for {
		f()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
