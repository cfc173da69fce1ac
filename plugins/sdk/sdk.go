// Package sdk is what a plugin in Go is made with: a device of two capabilities takes fewer than 60 lines.
//
//	func main() { sdk.Main(sdk.Plugin{Open: open}) }
//
//	func open(ctx context.Context, c sdk.Candidate) (sdk.Device, error) // makes a device of what was found
//
// A device describes itself and runs: it reports through its [Reporter] until it returns an error, after which the SDK
// says that the device cannot be reached and runs it again with backoff. What can be commanded is found by the
// device's methods: one that has SetOnOff is an [OnOff]. The SDK coalesces reports, so that a slow hub never holds
// a device up; does a repeated command once; keeps deadlines; reaches the device through the hub's sockets, the
// only network that a plugin has; and sends what is printed to the log. Name and version are those of plugin.json.
//
// examples: plugins/examples/plug; the vendor's path: docs/plugins.md.
package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"sync"
	"time"

	"github.com/concord-home/hub/plugins/protocol"
)

// Plugin is what a program tells the SDK of itself. Open, Run or both are needed.
type Plugin struct {
	// Open makes a device of something that was found; it may ask it who it is. An error is tried again with backoff.
	Open func(ctx context.Context, c Candidate) (Device, error)
	// Run is for a plugin that finds its devices itself, such as a cloud's: it calls Hub.Add. It is run again after an error.
	Run func(ctx context.Context, hub *Hub) error
	// Configure takes the configuration: at the start, and whenever it changes. An error refuses it.
	Configure func(config json.RawMessage) error
	// Heard takes what is published on the topics of the manifest's network.mqtt, one at a time; it does not block.
	// A device hears its own through [Candidate.Hear].
	Heard func(hub *Hub, topic string, payload []byte)
	// Diagnostics adds figures of the plugin's own; no secrets.
	Diagnostics func() map[string]string
}

// Main speaks to the hub until it says shutdown or is gone, and does not return.
func Main(p Plugin) {
	out := os.Stdout
	os.Stdout = os.Stderr // what the program prints is no message: it goes to the log
	log.SetFlags(0)
	name, version, err := self()
	if err == nil {
		err = Serve(context.Background(), p, name, version, os.Stdin, out)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// self reads who the plugin is from its manifest, in the folder where the hub starts it.
func self() (name, version string, err error) {
	b, err := os.ReadFile("plugin.json")
	if err != nil {
		return "", "", fmt.Errorf("a plugin is started in its own folder: %w", err)
	}
	var m struct{ Name, Version string }
	if err := json.Unmarshal(b, &m); err != nil {
		return "", "", fmt.Errorf("plugin.json: %w", err)
	}
	return m.Name, m.Version, nil
}

// errShutdown ends Serve when the hub asked for it.
var errShutdown = errors.New("shutdown")

// Serve is Main with the streams given, for tests: it returns nil after a shutdown, io.EOF when the hub is gone.
func Serve(ctx context.Context, p Plugin, name, version string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &session{plugin: p, name: name, version: version, ctx: ctx, cancel: cancel, devices: map[string]*runner{}, away: map[string]chan struct{}{}, candidates: map[string]*search{}, calls: map[string]context.CancelFunc{}, done: map[string]*once{}}
	s.conn = protocol.NewConn(in, out, s.handle, protocol.ConnOptions{})
	ended := make(chan error, 1)
	go func() { ended <- s.conn.Serve(ctx) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		if err = context.Cause(ctx); errors.Is(err, errShutdown) {
			err = nil
		}
	}
	cancel(err)
	stopped := make(chan struct{})
	go func() { s.running.Wait(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(time.Second): // a device that does not heed its context is left behind
	}
	return err
}

// session is a conversation with the hub.
type session struct {
	plugin        Plugin
	name, version string
	conn          *protocol.Conn
	ctx           context.Context
	cancel        context.CancelCauseFunc
	running       sync.WaitGroup
	topics        topics

	mu         sync.Mutex
	hub        *Hub
	devices    map[string]*runner            // by device id
	away       map[string]chan struct{}      // by device id: closed when it is there again
	candidates map[string]*search            // by key of what was found
	calls      map[string]context.CancelFunc // commands under way, by request
	done       map[string]*once              // commands by key
	order      []string                      // keys of done, oldest first
}

// handle takes a message; what takes time goes on by itself.
func (s *session) handle(ctx context.Context, in *protocol.Incoming) {
	switch in.Method {
	case protocol.MethodInitialize:
		s.initialize(in)
	case protocol.MethodConfigSet:
		var c protocol.ConfigSet
		if decoded(in, &c) {
			in.Reply(nil, s.configure(c.Config))
		}
	case protocol.MethodFound:
		var f protocol.Found
		if decoded(in, &f) {
			s.found(f)
			in.Reply(nil, nil)
		}
	case protocol.MethodCommand:
		var c protocol.Command
		if decoded(in, &c) {
			s.running.Go(func() { s.command(in, c) })
		}
	case protocol.MethodRefresh:
		var r protocol.Refresh
		if decoded(in, &r) {
			in.Reply(nil, s.refresh(r.Device))
		}
	case protocol.MethodForget:
		var f protocol.Forget
		if decoded(in, &f) {
			s.forget(f.Device)
			in.Reply(nil, nil)
		}
	case protocol.MethodCancel:
		var c protocol.Cancel
		if decoded(in, &c) {
			s.mu.Lock()
			stop := s.calls[string(c.ID)]
			s.mu.Unlock()
			if stop != nil {
				stop()
			}
		}
	case protocol.MethodHeard:
		s.heard(in)
	case protocol.MethodDiagnostics:
		in.Reply(protocol.Diagnostics{Lines: s.diagnostics()}, nil)
	case protocol.MethodPing:
		in.Reply(nil, nil)
	case protocol.MethodShutdown:
		in.Reply(nil, nil)
		s.conn.Flush()
		s.cancel(errShutdown)
	case protocol.MethodLost: // no sign that the device does not work
	default:
		in.Reply(nil, protocol.Errorf(protocol.UnknownMethod, "%s is not known to this plugin", in.Method))
	}
}

// decoded reads the parameters, and refuses the message when they cannot be read.
func decoded(in *protocol.Incoming, v any) bool {
	err := in.Decode(v)
	if err != nil {
		in.Reply(nil, err)
	}
	return err == nil
}

func (s *session) initialize(in *protocol.Incoming) {
	var i protocol.Initialize
	if !decoded(in, &i) {
		return
	}
	if i.Protocol.Min > protocol.Version || i.Protocol.Max < 1 {
		in.Reply(nil, protocol.Errorf(protocol.UnsupportedProtocol, "the hub speaks protocol %d to %d, this plugin 1 to %d", i.Protocol.Min, i.Protocol.Max, protocol.Version))
		return
	}
	if err := s.configure(i.Config); err != nil {
		in.Reply(nil, err)
		return
	}
	in.Reply(protocol.Initialized{Protocol: min(i.Protocol.Max, protocol.Version), Plugin: s.name, Version: s.version, Features: []string{"refresh", "diagnostics"}}, nil)
	s.mu.Lock()
	s.hub = &Hub{session: s, Locale: i.Locale, sockets: i.Sockets}
	s.mu.Unlock()
	if s.plugin.Run != nil {
		s.running.Go(func() {
			retry(s.ctx, func(ctx context.Context) error { return s.plugin.Run(ctx, s.hub) }, func(err error) { _ = s.conn.Notify(protocol.MethodHealth, health(err)) })
		})
	}
}

func health(err error) protocol.Health {
	if err == nil {
		return protocol.Health{OK: true}
	}
	return protocol.Health{Why: err.Error()}
}

func (s *session) configure(config json.RawMessage) error {
	if s.plugin.Configure == nil {
		return nil
	}
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	if err := s.plugin.Configure(config); err != nil {
		return protocol.Errorf(protocol.InvalidParams, "%v", err)
	}
	return nil
}

func (s *session) diagnostics() map[string]string {
	lines := map[string]string{}
	if s.plugin.Diagnostics != nil {
		for k, v := range s.plugin.Diagnostics() {
			lines[k] = v
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.devices {
		lines["device "+id] = r.health()
	}
	lines["found"] = fmt.Sprint(len(s.candidates))
	return lines
}
