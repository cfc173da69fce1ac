// Package broker is a plugin's only way to the network: Unix sockets, each of which leads to one port of one
// host that the plugin was granted. A confined plugin has no other network; that is what makes a grant mean something.
//
// Use: New with the folder that the plugin sees as its Net; Grant when something was found, again when its address
// changes (the sockets stay and lead to the new address), Revoke when it is forgotten; Hosts for the servers of the manifest.
//
// A connection to a socket "tcp/..." is the connection. Over one of "udp/..." each datagram travels in both
// directions preceded by its length, two bytes, the high one first.
package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options are what a broker is made of.
type Options struct {
	// Dir is where the sockets are; Inside is how the plugin calls that folder.
	Dir, Inside string
	// Anywhere lets grants lead to this machine and to public addresses, too: for development, where the
	// device is a simulator.
	Anywhere bool
	// ListenOn is the address of [Broker.Listen]'s ports; "" is all of the hub's.
	ListenOn string
	// Dial replaces the network, for tests.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// The limits of a plugin.
const (
	maxConns    = 128
	maxGrants   = 1000
	dialTimeout = 5 * time.Second
)

// Broker is one plugin's.
type Broker struct {
	o     Options
	conns chan struct{} // one place for each connection
	ctx   context.Context
	stop  context.CancelFunc

	mu     sync.Mutex
	grants map[string]*grant
	denied int
	open   sync.WaitGroup
}

// grant is the right to speak to one address.
type grant struct {
	mu      sync.Mutex
	host    string
	sockets map[string]string // by "tcp/80": the path inside
	doors   []io.Closer
}

// New makes a broker without grants.
func New(o Options) *Broker {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Broker{o: o, conns: make(chan struct{}, maxConns), ctx: ctx, stop: stop, grants: map[string]*grant{}}
}

// Grant opens sockets that lead to ports of an address: the one announced (0: none), over TCP, as "tcp" and
// "tcp/PORT", and further ones such as "udp/9999". For a key that was granted before it changes where its sockets lead.
func (b *Broker) Grant(key string, addr netip.Addr, announced int, ports []string) (map[string]string, error) {
	if err := b.allowed(addr); err != nil {
		return nil, err
	}
	if announced > 0 {
		ports = append([]string{"tcp/" + strconv.Itoa(announced)}, ports...)
	}
	sockets, err := b.grant(key, addr.String(), ports)
	if err == nil && announced > 0 {
		sockets["tcp"] = sockets["tcp/"+strconv.Itoa(announced)]
	}
	return sockets, err
}

// Hosts opens a socket to each server ("api.acme.example:443"); the map is by server.
func (b *Broker) Hosts(servers []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range servers {
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			return nil, err
		}
		sockets, err := b.grant("host "+s, host, []string{"tcp/" + port})
		if err != nil {
			return nil, err
		}
		out[s] = sockets["tcp/"+port]
	}
	return out, nil
}

func (b *Broker) grant(key, host string, ports []string) (map[string]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.grants[key]
	if g == nil {
		if len(b.grants) >= maxGrants {
			return nil, fmt.Errorf("a plugin may speak to %d hosts", maxGrants)
		}
		g = &grant{sockets: map[string]string{}}
		b.grants[key] = g
	}
	g.mu.Lock()
	g.host = host
	g.mu.Unlock()
	for _, p := range ports {
		if g.sockets[p] != "" {
			continue
		}
		sum := sha256.Sum256([]byte(key))
		name := hex.EncodeToString(sum[:6]) + "-" + strings.ReplaceAll(p, "/", "") + ".sock"
		at := filepath.Join(b.o.Dir, name)
		_ = os.Remove(at)
		door, err := net.Listen("unix", at)
		if err != nil {
			return nil, fmt.Errorf("no socket for %s: %w", host, err)
		}
		g.doors = append(g.doors, door)
		g.sockets[p] = path.Join(b.o.Inside, name)
		b.open.Go(func() { b.keep(g, p, door) })
	}
	out := map[string]string{}
	for k, v := range g.sockets {
		out[k] = v
	}
	return out, nil
}

// Revoke closes a grant's sockets. Connections that are open stay until they end.
func (b *Broker) Revoke(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g := b.grants[key]; g != nil {
		g.close()
		delete(b.grants, key)
	}
}

func (g *grant) close() {
	for _, d := range g.doors {
		_ = d.Close()
	}
}

// Close ends everything.
func (b *Broker) Close() {
	b.stop()
	b.mu.Lock()
	for _, g := range b.grants {
		g.close()
	}
	b.mu.Unlock()
	b.open.Wait()
}

// Denied is how many connections were refused, since too many were open or the address was not allowed.
func (b *Broker) Denied() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.denied
}

func (b *Broker) keep(g *grant, port string, door net.Listener) {
	for {
		in, err := door.Accept()
		if err != nil {
			return
		}
		select {
		case b.conns <- struct{}{}:
		default:
			b.deny(in)
			continue
		}
		b.open.Go(func() {
			defer func() { <-b.conns }()
			b.serve(g, port, in)
		})
	}
}

func (b *Broker) deny(in net.Conn) {
	b.mu.Lock()
	b.denied++
	b.mu.Unlock()
	_ = in.Close()
}

func (b *Broker) serve(g *grant, port string, in net.Conn) {
	ctx, cancel := context.WithTimeout(b.ctx, dialTimeout)
	defer cancel()
	g.mu.Lock()
	host := g.host
	g.mu.Unlock()
	network, number, _ := strings.Cut(port, "/")
	out, err := b.dial(ctx, network, host, number)
	if err != nil {
		b.deny(in)
		return
	}
	if network == "udp" {
		unhook := context.AfterFunc(b.ctx, func() { _ = in.Close(); _ = out.Close() })
		defer unhook()
		frames(in, out)
		return
	}
	b.join(in, out)
}
