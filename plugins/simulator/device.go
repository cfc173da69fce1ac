package simulator

import (
	"crypto/rand"
	"errors"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Fault is how a device misbehaves; the zero value is a good one.
type Fault struct {
	Silent  bool          // it takes requests and does not answer
	Slow    time.Duration // before each answer
	Cut     bool          // answers break off half-way
	Garbage bool          // answers are random bytes
	Extra   bool          // JSON answers hold members that nobody knows
	Twice   bool          // what it sends of itself comes twice
}

// Device is a simulated device that runs.
type Device struct {
	script *Script
	addr   string // to listen on again after a restart
	wire   Wire   // of an MQTT device

	mu       sync.Mutex
	state    map[string]string
	fault    Fault
	requests []string
	listener io.Closer // nil while it is off
	udp      net.PacketConn
	peer     net.Addr
	conns    map[net.Conn]bool
}

// Anywhere is an address for a device to start at: on Linux one of 127.0.0.0/8 that is its own, so that nobody takes its
// port while it is off, elsewhere the one loopback address that there is.
func Anywhere() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1:0"
	}
	n := mathrand.Uint32N(1<<23) | 1<<23 // the upper half: people use the lower
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(n >> 16), byte(n >> 8), byte(n)}), 0).String()
}

// Start runs a device at an address of this machine, "127.0.0.1:0"; state replaces some of what the script says.
func Start(s *Script, addr string, state map[string]string) (*Device, error) {
	if s.Transport == mqtt {
		return nil, errors.New("the device speaks MQTT: it needs a broker and no address")
	}
	d := newDevice(s, state)
	d.addr = addr
	return d, d.On()
}

func newDevice(s *Script, state map[string]string) *Device {
	d := &Device{script: s, state: maps.Clone(s.State), conns: map[net.Conn]bool{}}
	maps.Copy(d.state, state)
	return d
}

// Addr is where it listens, or listened.
func (d *Device) Addr() netip.AddrPort {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, _ := netip.ParseAddrPort(d.addr)
	return a
}

// Text is what it announces.
func (d *Device) Text() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wire != nil {
		return d.sighting()
	}
	out := map[string]string{}
	for k, v := range d.script.Text {
		out[k] = fill(v, d.state)
	}
	return out
}

// Network is "tcp", "udp" or "mqtt".
func (d *Device) Network() string {
	switch d.script.Transport {
	case "udp", mqtt:
		return d.script.Transport
	}
	return "tcp"
}

// On switches the device on, at the address that it had.
func (d *Device) On() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener != nil {
		return nil
	}
	if d.wire != nil {
		return d.connect()
	}
	if d.script.Transport == "udp" {
		c, err := net.ListenPacket("udp", d.addr)
		if err != nil {
			return err
		}
		d.listener, d.udp, d.addr = c, c, c.LocalAddr().String()
		go d.serveUDP(c)
		return nil
	}
	l, err := listenAgain(d.addr)
	if err != nil {
		return err
	}
	d.addr = l.Addr().String()
	if d.script.Transport == "http" {
		s := &http.Server{Handler: d, ConnState: d.track, ReadHeaderTimeout: 10 * time.Second}
		d.listener = webServer{s, l}
		go func() { _ = s.Serve(l) }()
		return nil
	}
	d.listener = l
	go d.serveTCP(l)
	return nil
}

// listenAgain waits where an address is still taken: a process that is just being started holds what its parent had
// open until it runs.
func listenAgain(addr string) (l net.Listener, err error) {
	for wait := time.Millisecond; ; wait *= 2 {
		if l, err = net.Listen("tcp", addr); !errors.Is(err, syscall.EADDRINUSE) || wait > 4*time.Second {
			return l, err
		}
		time.Sleep(wait)
	}
}

// webServer closes its listener even when it had not begun to serve.
type webServer struct {
	*http.Server
	listener net.Listener
}

func (w webServer) Close() error { return errors.Join(w.listener.Close(), w.Server.Close()) }

// Off switches it off: connections break, nobody answers.
func (d *Device) Off() {
	d.mu.Lock()
	listener, conns := d.listener, d.conns
	d.listener, d.udp, d.peer = nil, nil, nil
	d.conns = map[net.Conn]bool{}
	d.mu.Unlock() // a web server that closes waits for its connections to have told of themselves
	if listener != nil {
		_ = listener.Close()
	}
	for c := range conns {
		_ = c.Close()
	}
}

// Misbehave gives the device a fault, or none.
func (d *Device) Misbehave(f Fault) { d.mu.Lock(); defer d.mu.Unlock(); d.fault = f }

// State is what the device remembers under a name.
func (d *Device) State(name string) string { d.mu.Lock(); defer d.mu.Unlock(); return d.state[name] }

// Touch changes states, as somebody at the device would.
func (d *Device) Touch(state map[string]string) {
	d.mu.Lock()
	maps.Copy(d.state, state)
	d.mu.Unlock()
	d.changed()
}

// Send sends a line of the device's own to whoever is connected.
func (d *Device) Send(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.push(fill(text, d.state), false)
}

// Requests are what the device was asked so far, oldest first, the last thousand.
func (d *Device) Requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.requests)
}

// Count is how often it was asked something that begins so.
func (d *Device) Count(prefix string) (n int) {
	for _, r := range d.Requests() {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

func (d *Device) changed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.script.change != "" {
		d.push(fill(d.script.change, d.state), true)
	}
}

// push sends a line, which a broker keeps or not; d.mu is held.
func (d *Device) push(line string, keep bool) {
	if d.fault.Silent {
		return
	}
	if d.wire != nil {
		d.publish(line, keep, d.fault)
		return
	}
	if d.fault.Garbage {
		line = noise()
	}
	if d.fault.Twice {
		line += "\n" + line
	}
	if d.udp != nil && d.peer != nil {
		_, _ = d.udp.WriteTo([]byte(line+"\n"), d.peer)
	}
	for c := range d.conns {
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(c, line+"\n")
		_ = c.SetWriteDeadline(time.Time{})
	}
}

func noise() string {
	b := make([]byte, 64)
	_, _ = rand.Read(b)
	return strings.ReplaceAll(string(b), "\n", "x")
}

const keepRequests = 1000

// handle does what the script says about a request. silent: there is no reply.
func (d *Device) handle(request string) (reply string, f Fault, ok bool) {
	d.mu.Lock()
	if len(d.requests) >= keepRequests {
		d.requests = d.requests[1:]
	}
	d.requests = append(d.requests, request)
	f = d.fault
	if f.Silent {
		d.mu.Unlock()
		return "", f, true
	}
	set, reply, ok := d.script.answer(request, d.state)
	differs := false
	for k, v := range set {
		differs = differs || d.state[k] != v
		d.state[k] = v
	}
	d.mu.Unlock()
	if f.Slow > 0 {
		time.Sleep(f.Slow)
	}
	if differs {
		d.changed()
	}
	if d.wire == nil { // else when it is published
		reply = f.spoil(reply)
	}
	return reply, f, ok
}

// spoil is what becomes of an answer.
func (f Fault) spoil(reply string) string {
	if f.Extra && strings.HasPrefix(reply, "{") {
		reply = `{"x_unknown":{"nested":[1,null,"设备"]},` + reply[1:]
	}
	if f.Garbage {
		reply = noise()
	}
	if f.Cut {
		reply = reply[:len(reply)/2]
	}
	return reply
}
