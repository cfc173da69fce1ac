package discovery

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	minGap       = 50 * time.Millisecond // between two looks at the cache
	maxQuestions = 64                    // at one look
	maxHints     = 64                    // waiting names from zeroconf
	firstRetry   = time.Second
	lastRetry    = time.Minute
)

// Options configures a Listener. The zero value is ready for use.
type Options struct {
	Interfaces  []string         // names; nil means all that are up and can multicast
	Loopback    bool             // hear what this machine announces to itself, too
	Now         func() time.Time // default time.Now; decides expiry
	Logger      *slog.Logger     // default: quiet
	MaxServices int              // default 4096; see Limits
	MaxPerHost  int              // services of one sender address; default 64
	SSDP        bool             // listen for SSDP too
	LinkPoll    time.Duration    // how often interfaces are looked at; default 3 s
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LinkPoll <= 0 {
		o.LinkPoll = 3 * time.Second
	}
	return o
}

// Listener hears the LAN and hands what matches to handlers. Make it with New
// and start it with Run, once.
type Listener struct {
	opts Options
	log  *slog.Logger

	mu       sync.Mutex
	cache    *Cache
	handlers []*delivery
	start    func(*delivery) // set while Run runs
	hints    []Question
	send     func([]Question) // asks the network; nil while there is none

	wake    chan struct{} // capacity 1: look at the cache soon
	browse  *signal       // the set of wanted types changed
	refresh *signal       // ask again at once
}

// New returns a listener that hears nothing before Run.
func New(o Options) *Listener {
	o = o.withDefaults()
	return &Listener{
		opts:    o,
		log:     o.Logger,
		cache:   NewCache(Limits{Services: o.MaxServices, PerHost: o.MaxPerHost}),
		wake:    make(chan struct{}, 1),
		browse:  newSignal(),
		refresh: newSignal(),
	}
}

// Handle registers what a handler looks for, before Run or later, and replaces
// what it asked for before. Living services that are known already are
// delivered as Appeared. The function is called from one goroutine, only while
// Run runs; when it is slow, waiting changes of one service are merged, so it
// may see a service return that it never saw go.
func (l *Listener) Handle(handler string, patterns []Pattern, ch func(Match)) {
	d := newDelivery(handler, slices.Clone(patterns), ch)
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.handlers, func(d *delivery) bool { return d.handler == handler }); i >= 0 {
		l.handlers[i].stop()
		l.handlers = slices.Delete(l.handlers, i, i+1)
	}
	l.handlers = append(l.handlers, d)
	for _, s := range l.cache.Services() {
		if s.State == Alive {
			d.offer(Change{Kind: Appeared, Service: s})
		}
	}
	if l.start != nil {
		l.start(d)
	}
	l.browse.fire()
}

// Services returns everything seen, matched or not, gone or not, sorted by key.
func (l *Listener) Services() []Service {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cache.Services()
}

// Handlers returns the names of the handlers that would be given s, sorted.
func (l *Listener) Handlers(s Service) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, d := range l.handlers {
		if d.wants(s) {
			names = append(names, d.handler)
		}
	}
	slices.Sort(names)
	return names
}

// Refused counts what was turned away or dropped for the caps since the start
// (see Cache.Refused); it rises when something floods the LAN.
func (l *Listener) Refused() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cache.Refused()
}

// Refresh asks the network again at once.
func (l *Listener) Refresh() { l.refresh.fire() }

// Run listens until ctx ends and then returns nil. Lost interfaces and failing
// sockets never end it: it goes on with what is left and tries again with
// backoff. It returns an error only when it runs already.
func (l *Listener) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	l.mu.Lock()
	if l.start != nil {
		l.mu.Unlock()
		return errors.New("discovery runs already: call Run once at a time")
	}
	l.start = func(d *delivery) { wg.Go(func() { d.run(ctx) }) }
	for _, d := range l.handlers {
		l.start(d)
	}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.start = nil
		l.mu.Unlock()
	}()

	wg.Go(func() { l.tend(ctx) })
	retry := firstRetry
	for ctx.Err() == nil {
		began := time.Now()
		err := l.session(ctx)
		if err == nil || time.Since(began) > lastRetry {
			retry = firstRetry
		}
		if err != nil && ctx.Err() == nil {
			l.log.Warn("discovery is interrupted", "error", err, "retry", retry)
			pause(ctx, retry)
			retry = min(2*retry, lastRetry)
		}
	}
	return nil
}

// tend lets time pass in the cache: expiry, goodbyes and questions that are due.
func (l *Listener) tend(ctx context.Context) {
	timer := time.NewTimer(minGap)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
			pause(ctx, minGap) // let a burst of packets arrive first
		case <-timer.C:
		}
		timer.Reset(l.look())
	}
}

// look does what is due and returns how long nothing else will be.
func (l *Listener) look() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Now()
	l.dispatch(l.cache.Expire(now))
	if l.send != nil {
		qs := append(l.cache.Questions(now, maxQuestions), l.hints...)
		l.hints = nil
		if len(qs) > 0 {
			l.send(qs)
		}
	}
	next, gap := l.cache.NextDeadline(), minGap
	if next.IsZero() {
		return time.Minute
	}
	if l.send == nil {
		gap = time.Second // questions that are due must wait
	}
	return min(max(next.Sub(now), gap), time.Minute)
}

// hear applies what a socket received.
func (l *Listener) hear(apply func(c *Cache, now time.Time) []Change) {
	l.mu.Lock()
	types := len(l.cache.types)
	l.dispatch(apply(l.cache, l.opts.Now()))
	more := len(l.cache.types) > types
	l.mu.Unlock()
	if more {
		l.browse.fire()
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// hint asks about an instance that zeroconf saw and the cache does not know.
func (l *Listener) hint(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.cache.entries[ProtoMDNS+"/"+fold(name)]; e != nil && e.alive() || len(l.hints) >= maxHints {
		return
	}
	l.hints = append(l.hints, srvAndTXT(name)...)
}

// dispatch offers changes to every handler; l.mu is held.
func (l *Listener) dispatch(changes []Change) {
	for _, c := range changes {
		l.log.Debug("discovery", "change", c.Kind, "key", c.Service.Key(), "addrs", addrText(c.Service.Addrs))
		for _, d := range l.handlers {
			d.offer(c)
		}
	}
}

func addrText(addrs []netip.Addr) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	return out
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
