package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/concord-home/hub/adapters/adaptertest"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/broker"
	"github.com/concord-home/hub/plugins/host"
	"github.com/concord-home/hub/plugins/launch"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/simulator"
)

// subject is the plugin while it runs, with the kit as its hub.
type subject struct {
	kit     *kit
	process *launch.Process
	conn    *protocol.Conn
	hub     *adaptertest.Observer
	exited  chan struct{}
	exitErr error
	served  chan struct{}
	lenient bool   // violations of the contract are not counted
	deaf    func() // ends what it hears of MQTT

	mu      sync.Mutex
	store   map[string]string
	asked   map[string]int // methods that the plugin used
	log     []string
	devices []string // ids, in the order in which they came
}

// begin starts the plugin's process, without a word to it.
func (k *kit) begin() (*subject, error) {
	p, err := launch.Start(launch.Options{Manifest: k.manifest, Folder: k.o.Dir, Data: filepath.Join(k.dir, "data"), Run: k.dir, Broker: broker.Options{Anywhere: true, ListenOn: "127.0.0.1"}})
	if err != nil {
		return nil, fmt.Errorf("it cannot be started: %w", err)
	}
	k.mu.Lock()
	k.confined = p.Report.String()
	k.mu.Unlock()
	s := &subject{kit: k, process: p, hub: adaptertest.NewObserver(host.Name), exited: make(chan struct{}), served: make(chan struct{}), store: map[string]string{}, asked: map[string]int{}}
	s.conn = protocol.NewConn(p.Stdout, p.Stdin, s.handle, protocol.ConnOptions{Admit: s.admit, Garbage: func(e *protocol.Error) error { k.note(&k.garbage, "%s", e.Message); return nil }})
	go func() { defer close(s.served); _ = s.conn.Serve(context.Background()); _ = p.Stdout.Close() }()
	go func() {
		for lines := bufio.NewScanner(p.Stderr); lines.Scan(); {
			s.logged(lines.Text())
		}
	}()
	go func() { defer close(s.exited); s.exitErr = p.Wait() }()
	return s, nil
}

// start starts the plugin and makes its acquaintance.
func (k *kit) start(ctx context.Context, known ...string) (*subject, error) {
	s, err := k.begin()
	if err != nil {
		return nil, err
	}
	if _, err := s.initialize(ctx, versions, known); err != nil {
		s.kill()
		return nil, err
	}
	return s, s.listen()
}

func (s *subject) initialize(ctx context.Context, v protocol.Versions, known []string) (protocol.Initialized, error) {
	limits := protocol.DefaultLimits
	limits.MemoryMiB = s.kit.manifest.Limits.MemoryMiB
	if known == nil {
		known = []string{}
	}
	began := time.Now()
	var out protocol.Initialized
	err := s.call(ctx, time.Duration(limits.StartMS)*time.Millisecond, protocol.MethodInitialize, map[string]any{"protocol": v, "hub": protocol.HubInfo{Version: "kit"},
		"locale": "zh-CN", "config": s.kit.config, "devices": known, "limits": limits, "confined": s.process.Report.Confined, "x_newer_member": map[string]any{"a": 1}}, &out)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return out, fmt.Errorf("it does not answer initialize within %v", time.Since(began).Round(time.Second))
	case errors.Is(err, protocol.ErrClosed):
		return out, fmt.Errorf("it ended before it answered initialize%s", s.lastWords())
	}
	return out, err
}

func (s *subject) lastWords() string {
	select {
	case <-s.exited:
	case <-time.After(time.Second):
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	words := ""
	if s.exitErr != nil {
		words = ": " + s.exitErr.Error()
	}
	if n := len(s.log); n > 0 {
		words += "; its last line: " + s.log[n-1]
	}
	return words
}

// call asks the plugin, and holds the answer against its schema.
func (s *subject) call(ctx context.Context, limit time.Duration, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var raw json.RawMessage
	if err := s.conn.Call(ctx, method, params, &raw); err != nil {
		return err
	}
	if protocol.LookupMethod(method) != nil {
		if err := s.kit.schemas.Result(method, raw); err != nil {
			s.kit.note(&s.kit.schema, "%v", err)
		}
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(raw, result)
}

// admit looks for secrets in whatever the plugin says.
func (s *subject) admit(_ context.Context, m protocol.Message) error {
	if m.Method == protocol.MethodSecretPut {
		return nil
	}
	s.search("a message "+m.Method, string(m.Params)+string(m.Result))
	if m.Error != nil {
		s.search("an error", m.Error.Message)
	}
	return nil
}

func (s *subject) search(where, text string) {
	for name, secret := range s.kit.secrets {
		if strings.Contains(text, secret) {
			s.kit.note(&s.kit.leaked, "the secret %s is shown in %s", name, where)
		}
	}
}

func (s *subject) logged(line string) {
	s.search("the log", line)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.log) < 1000 {
		s.log = append(s.log, line)
	}
}

// found hands the plugin a device.
func (s *subject) found(ctx context.Context, key string, d *simulator.Device) error {
	if d.Network() == "mqtt" {
		return s.call(ctx, protocol.ConfigTimeout, protocol.MethodFound, map[string]any{"key": key, "via": "mqtt", "type": s.kit.script.Type, "instance": d.Text()["topic"],
			"text": d.Text(), "host": "", "sockets": map[string]string{}, "x_newer_member": []int{1}}, nil)
	}
	addr := d.Addr()
	ports := append([]string{}, s.kit.manifest.Network.Devices...)
	announced := int(addr.Port())
	if d.Network() == "udp" {
		ports, announced = append(ports, fmt.Sprintf("udp/%d", addr.Port())), 0
	}
	sockets, err := s.process.Broker.Grant(key, addr.Addr(), announced, ports)
	if err != nil {
		return err
	}
	if d.Network() == "udp" {
		sockets["udp"] = sockets[fmt.Sprintf("udp/%d", addr.Port())]
	}
	via := s.kit.script.Via
	if via == "" {
		via = "manual"
	}
	return s.call(ctx, protocol.ConfigTimeout, protocol.MethodFound, map[string]any{"key": key, "via": via, "type": s.kit.script.Type, "instance": key, "text": d.Text(),
		"host": addr.Addr().String(), "port": addr.Port(), "sockets": sockets, "x_newer_member": []int{1}}, nil)
}

// command gives a command; the deadline is the plugin's and, somewhat later, the kit's.
func (s *subject) command(ctx context.Context, c protocol.Command, limit time.Duration) error {
	c.DeadlineMS = int(limit.Milliseconds())
	if c.Endpoint == "" {
		c.Endpoint = string(model.MainEndpoint)
	}
	return s.call(ctx, limit+grace, protocol.MethodCommand, c, nil)
}

// grace is how much later than a deadline an answer still counts. What is judged is that there is one, whatever the
// device does: on a busy machine a process may well have to wait for its turn for a second.
const grace = 3 * time.Second

// wait waits until ok is true of what the plugin said.
func (s *subject) wait(ctx context.Context, limit time.Duration, ok func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.hub.Wait(ctx, ok)
}

// alive is whether the process runs, and how it ended otherwise.
func (s *subject) alive() error {
	select {
	case <-s.exited:
		return fmt.Errorf("it ended by itself%s", s.lastWords())
	case <-s.served:
		return fmt.Errorf("it closed its output%s", s.lastWords())
	default:
		return nil
	}
}

// end stops the plugin as the hub does and says what was wrong about that, or about all that it said.
func (s *subject) end(ctx context.Context) error {
	if err := s.alive(); err != nil {
		s.kill()
		return err
	}
	limit := time.Duration(protocol.DefaultLimits.StopMS) * time.Millisecond
	if err := s.call(ctx, limit, protocol.MethodShutdown, protocol.Empty{}, nil); err != nil && !errors.Is(err, protocol.ErrClosed) {
		s.kill()
		return fmt.Errorf("it does not answer shutdown: %w", err)
	}
	select {
	case <-s.exited:
	case <-time.After(limit):
		s.kill()
		return fmt.Errorf("it does not end within %v after shutdown", limit)
	}
	err := s.exitErr
	s.kill()
	if err != nil {
		return fmt.Errorf("it ends with %w after shutdown, expected exit code 0", err)
	}
	return nil
}

// kill ends whatever runs and takes down what it did wrong.
func (s *subject) kill() {
	if s.deaf != nil {
		s.deaf()
	}
	_ = s.process.Kill()
	_ = s.process.Stdin.Close()
	<-s.exited
	<-s.served
	_ = s.process.Stderr.Close()
	s.process.Clear()
	if s.lenient {
		return
	}
	for _, v := range s.hub.Violations() {
		s.kit.note(&s.kit.contract, "%s", v)
	}
}
