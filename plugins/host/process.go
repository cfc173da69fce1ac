package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/concord-home/hub/plugins/launch"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
)

// process is one process of a plugin.
type process struct {
	*launch.Process
	plugin   *plugin
	manifest *manifest.Manifest
	conn     *protocol.Conn
	features []string

	served   chan struct{} // closed when nothing more is read
	serveErr error
	exited   chan struct{} // closed when the process has ended
	exitErr  error

	messages  *rate.Limiter
	bytes     *rate.Limiter
	throttled atomic.Int64 // nanoseconds that its messages waited, since the last look
	inflight  chan struct{}
	once      sync.Once
	met       map[string]chan struct{} // by device: closed once the process has spoken of it; under the plugin's lock

	replace chan struct{} // capacity 1: next has been set
	next    *process      // takes over from this one; under the plugin's lock
	heard   chan protocol.Heard
	deaf    []func()    // end the subscriptions
	over    bool        // tend has seen its end; under the plugin's lock
	asked   atomic.Bool // it was asked to end, to be started anew

	greeted atomic.Bool   // it has answered initialize
	settled chan struct{} // closed when it is known whether it speaks for the plugin
	settle  sync.Once
}

// start starts a process and makes its acquaintance. The error says why there is none.
func (p *plugin) start(ctx context.Context, m *manifest.Manifest, folder string) (*process, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	if err := m.Schema.Check(config); err != nil {
		return nil, fmt.Errorf("it is not configured: %w; configure it with: hub plugin config %s", err, p.name)
	}
	r := &process{plugin: p, manifest: m, served: make(chan struct{}), settled: make(chan struct{}), exited: make(chan struct{}), replace: make(chan struct{}, 1),
		inflight: make(chan struct{}, protocol.DefaultLimits.InFlight), met: map[string]chan struct{}{},
		messages: rate.NewLimiter(rate.Limit(protocol.DefaultLimits.MessagesPerSecond), 2*protocol.DefaultLimits.MessagesPerSecond),
		bytes:    rate.NewLimiter(1<<20, 4<<20)}
	if err := r.launch(folder); err != nil {
		return nil, fmt.Errorf("it cannot be started: %w", err)
	}
	if err := r.greet(ctx, config); err != nil {
		r.stop(err.Error())
		return nil, err
	}
	r.listen()
	return r, nil
}

// greet sends the first message and checks the answer.
func (r *process) greet(ctx context.Context, config []byte) error {
	p := r.plugin
	sockets, err := r.Broker.Hosts(r.manifest.Network.Hosts)
	if err != nil {
		return err
	}
	limits := protocol.DefaultLimits
	limits.MemoryMiB, limits.StoreBytes = r.manifest.Limits.MemoryMiB, r.manifest.Limits.StoreMiB<<20
	devices := append([]string{}, p.recordNow().Devices...)
	ctx, cancel := context.WithTimeout(ctx, p.host.o.Times.Start)
	defer cancel()
	var in protocol.Initialized
	err = r.conn.Call(ctx, protocol.MethodInitialize, protocol.Initialize{Protocol: protocol.Versions{Min: 1, Max: protocol.Version},
		Hub: protocol.HubInfo{Version: p.host.o.Version}, Locale: p.host.o.Locale, Config: config, Devices: devices, Limits: limits, Confined: r.Report.Confined, Sockets: sockets}, &in)
	var refusal *protocol.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("it does not answer initialize within %v", p.host.o.Times.Start)
	case errors.Is(err, protocol.ErrClosed):
		return errors.New(r.farewell("it ended before it answered initialize"))
	case errors.As(err, &refusal):
		return fmt.Errorf("it refuses to start: %s", refusal.Message)
	case err != nil:
		return err
	case in.Protocol < 1 || in.Protocol > protocol.Version:
		return fmt.Errorf("it answers initialize with protocol %d, expected 1 to %d", in.Protocol, protocol.Version)
	case in.Plugin != r.manifest.Name || in.Version != r.manifest.Version:
		return fmt.Errorf("it says that it is %s %s, but its manifest says %s %s", in.Plugin, in.Version, r.manifest.Name, r.manifest.Version)
	}
	r.features = in.Features
	return nil
}

// farewell says why nothing more can be read; why is for a process that just ended.
func (r *process) farewell(why string) string {
	<-r.served
	if r.serveErr != nil && !errors.Is(r.serveErr, io.EOF) && !errors.Is(r.serveErr, os.ErrClosed) {
		return "what it says cannot be read: " + r.serveErr.Error()
	}
	return r.obituary(why)
}

// obituary says how the process ended; why is what is known otherwise.
func (r *process) obituary(why string) string {
	select {
	case <-r.exited:
	case <-time.After(time.Second):
		return why
	}
	var exit *exec.ExitError
	switch {
	case errors.As(r.exitErr, &exit):
		why += ": " + exit.ProcessState.String()
	case r.exitErr == nil:
		why += ": exit code 0"
	}
	if lines := r.plugin.logs.lines(); len(lines) > 0 {
		why += "; its last line: " + lines[len(lines)-1].Text
	}
	return why
}

// tend watches over the process until it ends or another takes over.
func (p *plugin) tend(ctx context.Context, r *process) (why string, next *process) {
	times := p.host.o.Times
	ping := time.NewTicker(times.PingEvery)
	defer ping.Stop()
	watch := time.NewTicker(times.Watch)
	defer watch.Stop()
	silent := make(chan struct{})
	go r.ping(ping.C, silent)
	guard := watcher{process: r}
	for {
		select {
		case <-ctx.Done():
			r.stop("the hub stops it")
			p.gone(r)
			return "", nil
		case <-r.replace:
			return p.conclude(r, "a newer version takes over")
		case <-r.served:
			return p.conclude(r, r.farewell("it ended by itself"))
		case <-silent:
			return p.conclude(r, fmt.Sprintf("it did not answer %d pings", protocol.PingMisses))
		case <-watch.C:
			if why := guard.look(); why != "" {
				r.kill()
				return p.conclude(r, why)
			}
		}
	}
}

// conclude ends a process, and says which other takes over, or why none does.
func (p *plugin) conclude(r *process, why string) (string, *process) {
	p.mu.Lock()
	r.over = true
	next := r.next
	p.mu.Unlock()
	p.gone(r)
	r.stop(why)
	if next != nil || r.asked.Load() {
		return "", next
	}
	return why, nil
}

// stop ends the process: asks, asks the system to ask, and kills.
func (r *process) stop(why string) {
	r.settle.Do(func() { close(r.settled) })
	r.once.Do(func() {
		grace := r.plugin.host.o.Times.Stop
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		_ = r.conn.Call(ctx, protocol.MethodShutdown, protocol.Empty{}, nil)
		cancel()
		_ = r.Stdin.Close()
		if !r.endedWithin(grace) {
			_ = r.Terminate()
			if !r.endedWithin(grace) {
				r.plugin.logs.add("warn", "it was killed, since it did not end by itself ("+why+")")
			}
		}
		r.bury()
	})
}

// kill ends the process at once.
func (r *process) kill() { r.once.Do(r.bury) }

func (r *process) bury() {
	for _, end := range r.deaf {
		end()
	}
	r.settle.Do(func() { close(r.settled) })
	_ = r.Kill()
	_ = r.Stdin.Close()
	<-r.exited
	select {
	case <-r.served:
	case <-time.After(time.Second):
	}
	r.Clear()
}

func (r *process) endedWithin(d time.Duration) bool {
	select {
	case <-r.exited:
		return true
	case <-time.After(d):
		return false
	}
}

// grant opens the way to something that was found.
func (r *process) grant(m *protocol.Found) error {
	if m.Via == viaMQTT {
		m.Sockets = map[string]string{}
		return nil
	}
	addr, err := netip.ParseAddr(m.Host)
	if err != nil {
		return err
	}
	ports, announced := r.manifest.Network.Devices, m.Port
	if m.Via == viaUDP { // what answered a datagram is reached by datagrams
		ports, announced = append(slices.Clone(ports), fmt.Sprintf("udp/%d", m.Port)), 0
	}
	m.Sockets, err = r.Broker.Grant(m.Key, addr, announced, ports)
	return err
}

// hand gives the process something that was found.
func (r *process) hand(m protocol.Found) {
	if err := r.grant(&m); err != nil {
		r.plugin.fault(fmt.Sprintf("%s was found at %s and is not handed over: %v", m.Key, m.Host, err))
		return
	}
	if strings.Contains(m.Host, ":") {
		m.Host = "[" + m.Host + "]"
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), protocol.ConfigTimeout)
		defer cancel()
		if err := r.conn.Call(ctx, protocol.MethodFound, m, nil); err != nil && !errors.Is(err, protocol.ErrClosed) {
			r.plugin.fault("discovery/found " + strconv.Quote(m.Key) + ": " + err.Error())
		}
	}()
}
