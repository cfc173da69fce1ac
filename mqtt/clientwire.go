package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

// route is one filter and those who want its messages.
type route struct {
	filter   string
	handlers []*handler
}

type handler struct{ h func(Message) }

// routes finds the handlers of a topic: at once those of filters without wildcards, which
// are the many, and by trying them in turn those with, which are a handful.
type routes struct {
	mu    sync.Mutex
	exact map[string]*route
	wild  []*route
}

func (r *routes) find(filter string) *route {
	if !isWild(filter) {
		return r.exact[filter]
	}
	if i := slices.IndexFunc(r.wild, func(w *route) bool { return w.filter == filter }); i >= 0 {
		return r.wild[i]
	}
	return nil
}

// add returns a function that takes h away again and tells whether the filter is now
// unused.
func (r *routes) add(filter string, h func(Message)) (remove func() (last bool)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rt := r.find(filter)
	if rt == nil {
		rt = &route{filter: filter}
		if isWild(filter) {
			r.wild = append(r.wild, rt)
		} else {
			if r.exact == nil {
				r.exact = make(map[string]*route)
			}
			r.exact[filter] = rt
		}
	}
	entry := &handler{h}
	rt.handlers = append(slices.Clip(rt.handlers), entry)
	return func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		// A copy: deliver may be walking the old one.
		rt.handlers = slices.DeleteFunc(slices.Clone(rt.handlers), func(e *handler) bool { return e == entry })
		if len(rt.handlers) > 0 {
			return false
		}
		delete(r.exact, filter)
		r.wild = slices.DeleteFunc(slices.Clone(r.wild), func(w *route) bool { return w == rt })
		return true
	}
}

func (r *routes) filters() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for f := range r.exact {
		all = append(all, f)
	}
	for _, w := range r.wild {
		all = append(all, w.filter)
	}
	slices.Sort(all)
	return all
}

func (r *routes) matching(topic string) (found [][]*handler) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rt := r.exact[topic]; rt != nil {
		found = append(found, rt.handlers)
	}
	for _, w := range r.wild {
		if Match(w.filter, topic) {
			found = append(found, w.handlers)
		}
	}
	return found
}

// received hands one message to its handlers; paho calls it for one after another.
func (c *Client) received(p paho.PublishReceived) (bool, error) {
	m := Message{Topic: p.Packet.Topic, Payload: p.Packet.Payload, Retained: p.Packet.Retain, QoS: p.Packet.QoS, At: c.options.Now()}
	for _, handlers := range c.routes.matching(m.Topic) {
		for _, e := range handlers {
			e.h(m)
		}
	}
	return true, nil
}

// subscribeAll asks for every filter; what the broker refuses is logged.
func (c *Client) subscribeAll(cm *autopaho.ConnectionManager) {
	for _, filter := range c.routes.filters() {
		err := c.ask(cm, filter)
		if errors.Is(err, ErrNotConnected) {
			return
		}
		if err != nil {
			c.log.Warn("the MQTT broker refuses a subscription", "filter", filter, "error", err)
		}
	}
}

// ask subscribes to one filter at the broker, at qos 1 so that no message is lost on the
// way that the publisher wanted delivered. A connection lost meanwhile is ErrNotConnected:
// the filter is asked for again after the next one.
func (c *Client) ask(cm *autopaho.ConnectionManager, filter string) error {
	ctx, cancel := c.whileUp(cm)
	defer cancel()
	_, err := cm.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, autopaho.ConnectionDownError), errors.Is(err, paho.ErrConnectionLost), errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled):
		return ErrNotConnected
	}
	return fmt.Errorf("mqtt: cannot subscribe to %q: %w", filter, err)
}

// whileUp is the time that the broker has for an answer: the timeout, or less where we give the connection up meanwhile.
func (c *Client) whileUp(cm *autopaho.ConnectionManager) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), c.options.Timeout)
	go func() {
		select {
		case <-cm.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// unsubscribe tells the broker, if it is there; without it there is nothing to undo.
func (c *Client) unsubscribe(filter string) {
	cm := c.connection()
	if cm == nil {
		return
	}
	ctx, cancel := c.whileUp(cm)
	defer cancel()
	if _, err := cm.Unsubscribe(ctx, &paho.Unsubscribe{Topics: []string{filter}}); err != nil {
		c.log.Debug("cannot unsubscribe", "filter", filter, "error", err)
	}
}

// packetLock is the lock that paho takes around each packet it writes. It gives each packet
// writeTimeout: paho's own pings notice a broker that does not read only after minutes.
type packetLock struct {
	sync.Mutex
	conn net.Conn
}

const writeTimeout = 10 * time.Second

func (l *packetLock) Lock() {
	l.Mutex.Lock()
	_ = l.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
}

// dial keeps *net.TCPConn visible to paho, which then writes a packet in one system call.
func (c *Client) dial(ctx context.Context, _ autopaho.ClientConfig, u *url.URL) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	if u.Scheme == "mqtts" {
		d := tls.Dialer{Config: c.options.TLS}
		conn, err := d.DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return nil, err
		}
		return struct {
			net.Conn
			*packetLock
		}{conn, &packetLock{conn: conn}}, nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return struct {
		*net.TCPConn
		*packetLock
	}{conn.(*net.TCPConn), &packetLock{conn: conn}}, nil
}
