package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/concord-home/hub/plugins/broker"
	"github.com/concord-home/hub/plugins/manifest"
	"github.com/concord-home/hub/plugins/protocol"
	"github.com/concord-home/hub/plugins/sandbox"
)

// process is one process of a plugin.
type process struct {
	*sandbox.Process
	plugin   *plugin
	manifest *manifest.Manifest
	conn     *protocol.Conn
	broker   *broker.Broker
	dir      string // for its sockets and its root
	stdin    io.Closer
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

	replace chan struct{} // capacity 1: next has been set
	next    *process      // takes over from this one; under the plugin's lock
	over    bool          // tend has seen its end; under the plugin's lock
	asked   atomic.Bool   // it was asked to end, to be started anew

	greeted atomic.Bool   // it has answered initialize
	settled chan struct{} // closed when it is known whether it speaks for the plugin
	settle  sync.Once
}

// nodeHeap is the part of a Node plugin's memory that its heap may have.
const nodeHeap = 0.6

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
		inflight: make(chan struct{}, protocol.DefaultLimits.InFlight),
		messages: rate.NewLimiter(rate.Limit(protocol.DefaultLimits.MessagesPerSecond), 2*protocol.DefaultLimits.MessagesPerSecond),
		bytes:    rate.NewLimiter(1<<20, 4<<20)}
	if err := r.launch(folder); err != nil {
		return nil, fmt.Errorf("it cannot be started: %w", err)
	}
	if err := r.greet(ctx, config); err != nil {
		r.stop(err.Error())
		return nil, err
	}
	return r, nil
}

func (r *process) launch(folder string) (err error) {
	h, name := r.plugin.host, r.plugin.name
	if r.dir, err = os.MkdirTemp(h.run, name); err != nil {
		return err
	}
	data := r.plugin.dataDir()
	netDir, root := filepath.Join(r.dir, "n"), filepath.Join(r.dir, "r")
	for _, d := range []string{data, netDir, root} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	entry, interpreter, err := r.manifest.Entry(runtime.GOOS + "/" + runtime.GOARCH)
	if err != nil {
		return err
	}
	program, readOnly, err := interpret(interpreter)
	if err != nil {
		return err
	}
	stdinR, stdinW, err := os.Pipe()
	if err != nil {
		return err
	}
	stdoutR, stdoutW, err := os.Pipe()
	if err != nil {
		return err
	}
	stderrR, stderrW, err := os.Pipe()
	if err != nil {
		return err
	}
	limits := r.manifest.Limits
	r.Process, err = sandbox.Launch(sandbox.Spec{
		Plugin: folder, Data: data, Net: netDir, Root: root, ReadOnly: readOnly, Stdin: stdinR, Stdout: stdoutW, Stderr: stderrW,
		Limits: sandbox.Limits{DataMiB: max(4*limits.MemoryMiB, 256), Processes: limits.Processes, Files: limits.Files, FileMiB: limits.DiskMiB},
		Command: func(p sandbox.Paths) (argv, env []string) {
			argv = []string{filepath.Join(p.Plugin, entry)}
			switch interpreter {
			case "python3":
				argv = []string{program, "-u", "-B", filepath.Join(p.Plugin, entry)}
			case "node":
				argv = []string{program, fmt.Sprintf("--max-old-space-size=%d", int(nodeHeap*float64(limits.MemoryMiB))), filepath.Join(p.Plugin, entry)}
			}
			return append(argv, r.manifest.Run.Args...), []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + p.Data, "TMPDIR=" + p.Data, "HUB_DATA=" + p.Data, "LANG=C.UTF-8", "HUB_PLUGIN=" + name}
		},
	})
	for _, f := range []*os.File{stdinR, stdoutW, stderrW} {
		_ = f.Close()
	}
	if err != nil {
		for _, f := range []*os.File{stdinW, stdoutR, stderrR} {
			_ = f.Close()
		}
		_ = os.RemoveAll(r.dir)
		return err
	}
	r.stdin = stdinW
	r.broker = broker.New(broker.Options{Dir: netDir, Inside: r.Paths.Net, Anywhere: h.o.Developer})
	r.conn = protocol.NewConn(stdoutR, stdinW, r.handle, protocol.ConnOptions{Admit: r.admit, Garbage: r.garbage})
	logged := make(chan struct{})
	go func() { defer close(logged); r.plugin.logs.follow(stderrR); _ = stderrR.Close() }()
	go func() {
		defer close(r.served)
		r.serveErr = r.conn.Serve(context.Background())
		_ = stdoutR.Close()
	}()
	go func() {
		defer close(r.exited)
		r.exitErr = r.Wait()
		select { // children may hold the pipes open
		case <-logged:
		case <-time.After(time.Second):
			_ = stderrR.Close()
		}
	}()
	return nil
}

var (
	interpreters     = map[string][]string{}
	interpretersLock sync.Mutex
	// probes ask an interpreter where it and its library really are, one a line.
	probes = map[string][]string{
		"python3": {"-c", "import sys; print(sys.executable); print(sys.base_prefix); print(sys.prefix)"},
		"node":    {"-p", "process.execPath"},
	}
)

// interpret finds an interpreter and what of the system it needs beside the usual folders.
func interpret(name string) (program string, readOnly []string, err error) {
	if name == "" {
		return "", nil, nil
	}
	interpretersLock.Lock()
	defer interpretersLock.Unlock()
	where := interpreters[name]
	if where == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, name, probes[name]...).Output()
		if err != nil {
			return "", nil, fmt.Errorf("it needs %s, which does not run on this machine: %w", name, err)
		}
		where = strings.Fields(string(out))
		interpreters[name] = where
	}
	for _, w := range where {
		if !strings.HasPrefix(w, "/usr/") && w != "/usr" {
			readOnly = append(readOnly, w)
		}
	}
	slices.Reverse(readOnly) // a library's folder before the program in it
	return where[0], readOnly, nil
}

// greet sends the first message and checks the answer.
func (r *process) greet(ctx context.Context, config []byte) error {
	p := r.plugin
	sockets, err := r.broker.Hosts(r.manifest.Network.Hosts)
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

// ping asks for a sign of life and closes silent when there was none too often.
func (r *process) ping(tick <-chan time.Time, silent chan<- struct{}) {
	misses := 0
	for {
		select {
		case <-r.served:
			return
		case <-tick:
		}
		ctx, cancel := context.WithTimeout(context.Background(), r.plugin.host.o.Times.PingTimeout)
		err := r.conn.Call(ctx, protocol.MethodPing, protocol.Empty{}, nil)
		cancel()
		var answered *protocol.Error
		if err == nil || errors.As(err, &answered) && answered.Code != protocol.Busy {
			misses = 0
			continue
		}
		if misses++; misses >= protocol.PingMisses {
			close(silent)
			return
		}
	}
}

// watcher looks at a process's memory and flow of messages.
type watcher struct {
	process *process
	flooded time.Duration
	looks   int
}

// diskEvery is at how many looks the plugin's own folder is measured.
const diskEvery = 30

// look returns why the process must end, if it must.
func (w *watcher) look() string {
	r, every := w.process, w.process.plugin.host.o.Times.Watch
	if used, ok := r.Memory(); ok {
		r.plugin.mu.Lock()
		r.plugin.counts.memory = used
		r.plugin.mu.Unlock()
		if limit := int64(r.manifest.Limits.MemoryMiB) << 20; used > limit+limit/2 {
			return fmt.Sprintf("it uses %d MiB of memory, and its manifest allows %d MiB", used>>20, limit>>20)
		}
	}
	waited := time.Duration(r.throttled.Swap(0))
	if waited > every/2 {
		w.flooded += every
		r.plugin.ail(fmt.Sprintf("it sends more than %d messages a second: the hub reads them slowly", protocol.DefaultLimits.MessagesPerSecond))
	} else if w.flooded > 0 {
		w.flooded = 0
		r.plugin.ail("")
	}
	if flood := r.plugin.host.o.Times.Flood; w.flooded >= flood {
		return fmt.Sprintf("it floods the hub: more than %d messages a second for %v", protocol.DefaultLimits.MessagesPerSecond, flood)
	}
	if w.looks++; w.looks%diskEvery == 0 {
		if size, limit := diskUse(r.plugin.dataDir()), int64(r.manifest.Limits.DiskMiB)<<20; size > limit {
			return fmt.Sprintf("its folder holds %d MiB, and its manifest allows %d MiB", size>>20, limit>>20)
		}
	}
	return ""
}

func diskUse(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// ail notes what is the matter with the plugin; "" when all is well again.
func (p *plugin) ail(why string) {
	why = p.mask(why)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwell = why
}

// stop ends the process: asks, asks the system to ask, and kills.
func (r *process) stop(why string) {
	r.settle.Do(func() { close(r.settled) })
	r.once.Do(func() {
		grace := r.plugin.host.o.Times.Stop
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		_ = r.conn.Call(ctx, protocol.MethodShutdown, protocol.Empty{}, nil)
		cancel()
		_ = r.stdin.Close()
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
	r.settle.Do(func() { close(r.settled) })
	_ = r.Kill()
	_ = r.stdin.Close()
	<-r.exited
	select {
	case <-r.served:
	case <-time.After(time.Second):
	}
	r.broker.Close()
	_ = os.RemoveAll(r.dir)
}

func (r *process) endedWithin(d time.Duration) bool {
	select {
	case <-r.exited:
		return true
	case <-time.After(d):
		return false
	}
}

// admit slows down a plugin that says too much: what it writes waits in its pipe.
func (r *process) admit(ctx context.Context, m protocol.Message) error {
	n := min(len(m.Params)+len(m.Result)+64, 4<<20)
	for _, l := range []*rate.Reservation{r.messages.Reserve(), r.bytes.ReserveN(time.Now(), n)} {
		if d := l.Delay(); d > 0 {
			r.throttled.Add(int64(d))
			select {
			case <-time.After(d):
			case <-r.exited:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if m.Answer() {
		r.greeted.Store(true) // the first that it is asked is to initialize
	}
	r.plugin.mu.Lock()
	r.plugin.counts.messages++
	r.plugin.mu.Unlock()
	return nil
}

// garbage counts a line that is no message: a program that prints to its standard output is told, not killed.
func (r *process) garbage(e *protocol.Error) error {
	if err := r.admit(context.Background(), protocol.Message{}); err != nil {
		return err
	}
	r.plugin.fault(e.Message)
	return nil
}

// hand gives the process something that was found.
func (r *process) hand(m protocol.Found) {
	addr, err := netip.ParseAddr(m.Host)
	if err == nil {
		m.Sockets, err = r.broker.Grant(m.Key, addr, m.Port, r.manifest.Network.Devices)
	}
	if err != nil {
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
