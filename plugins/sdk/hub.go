package sdk

import (
	"context"
	"fmt"
	"net"
	"net/http"
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
