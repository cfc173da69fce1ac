package sdk

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/plugins/protocol"
)

// Hub is what a plugin may ask of the hub.
type Hub struct {
	Locale  string // the household's language: "zh-CN"
	session *session
	sockets map[string]string
}

// Add runs a device that the plugin found itself, until ctx ends.
func (h *Hub) Add(ctx context.Context, d Device) {
	h.session.running.Go(func() { h.session.run(ctx, d) })
}

// HTTP is a client for one of the servers of the manifest's network.hosts: "api.acme.example:443". Use https URLs
// for it as usual.
func (h *Hub) HTTP(server string) *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: 2, IdleConnTimeout: time.Minute,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			path, ok := h.sockets[server]
			if !ok || address != server {
				return nil, fmt.Errorf("%s is not in network.hosts of plugin.json", address)
			}
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}}
}

// Well clears what an error of Run said of the plugin as a whole.
func (h *Hub) Well() { _ = h.session.conn.Notify(protocol.MethodHealth, protocol.Health{OK: true}) }

// Get reads an entry of the plugin's store; ok is false when there is none.
func (h *Hub) Get(ctx context.Context, key string) (value string, ok bool, err error) {
	var v protocol.StoreValue
	err = h.session.conn.Call(ctx, protocol.MethodStoreGet, protocol.StoreKey{Key: key}, &v)
	return v.Value, v.Found, err
}

// Put writes an entry of the plugin's store, which survives restarts.
func (h *Hub) Put(ctx context.Context, key, value string) error {
	return h.session.conn.Call(ctx, protocol.MethodStorePut, protocol.StoreEntry{Key: key, Value: value}, nil)
}

// Secret reads a secret that SetSecret kept.
func (h *Hub) Secret(ctx context.Context, key string) (value string, ok bool, err error) {
	var v protocol.StoreValue
	err = h.session.conn.Call(ctx, protocol.MethodSecretGet, protocol.StoreKey{Key: key}, &v)
	return v.Value, v.Found, err
}

// SetSecret keeps a secret sealed; it is masked in every log.
func (h *Hub) SetSecret(ctx context.Context, key, value string) error {
	return h.session.conn.Call(ctx, protocol.MethodSecretPut, protocol.StoreEntry{Key: key, Value: value}, nil)
}

// Listen makes the plugin reachable for devices at a port of the manifest's network.listen, "tcp/8123": Accept gives one
// connection after the other. Of "udp/9999" there is one, to be read with net.Conn: each Read and Write is a datagram
// that begins with a line of the other's address.
func (h *Hub) Listen(ctx context.Context, port string) (net.Listener, error) {
	var l protocol.Listening
	if err := h.session.conn.Call(ctx, protocol.MethodListen, protocol.Listen{Port: port}, &l); err != nil {
		return nil, err
	}
	own, stop := context.WithCancel(context.Background())
	return &listener{port: port, socket: l.Socket, ctx: own, stop: stop}, nil
}

// listener accepts by connecting: a connection to the hub's socket waits for one from the network.
type listener struct {
	port, socket string
	ctx          context.Context
	stop         context.CancelFunc
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(l.ctx, "unix", l.socket)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.port, err)
	}
	if strings.HasPrefix(l.port, "udp/") {
		return &packets{Conn: c}, nil
	}
	unhook := context.AfterFunc(l.ctx, func() { _ = c.Close() }) // while it waits
	r := bufio.NewReader(c)
	from, err := r.ReadString('\n')
	if err != nil || !unhook() {
		_ = c.Close()
		return nil, fmt.Errorf("%s: nothing more comes: %w", l.port, net.ErrClosed)
	}
	addr, _ := net.ResolveTCPAddr("tcp", strings.TrimSpace(from))
	return &accepted{Conn: c, r: r, from: addr}, nil
}

func (l *listener) Close() error   { l.stop(); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: l.socket, Net: "unix"} }

// accepted is a connection from the network.
type accepted struct {
	net.Conn
	r    *bufio.Reader
	from net.Addr
}

func (a *accepted) Read(b []byte) (int, error) { return a.r.Read(b) }
func (a *accepted) RemoteAddr() net.Addr       { return a.from }
