package mqtt

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

var errNotConnect = errors.New("mqtt: the first packet is not an acceptable CONNECT")

// gateConn is one client's connection as the broker sees it. What follows client is used by
// the connection's read goroutine only.
type gateConn struct {
	net.Conn
	addr         netip.Addr
	writeTimeout time.Duration
	hurried      atomic.Bool
	first        []byte        // what is left of the CONNECT packet, read ahead by the gate
	acked        chan struct{} // holds a token after the client acknowledged a message
	done         chan struct{} // closed when the broker is finished with the connection

	client *mochi.Client          // set once logged in, by sessions under its lock
	wanted []packets.Subscription // filters of the SUBSCRIBE in hand whose retained messages are due
	replay *replay                // made by the first SUBSCRIBE

	standIn, ownNumber uint16 // of the packet in hand, see renumber
}

func newGateConn(c net.Conn, writeTimeout time.Duration) *gateConn {
	g := &gateConn{Conn: c, writeTimeout: writeTimeout, acked: make(chan struct{}, 1), done: make(chan struct{})}
	if ap, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil {
		g.addr = ap.Addr().Unmap().WithZone("")
	}
	return g
}

// Read gives the CONNECT packet again before anything new.
func (c *gateConn) Read(p []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.first)
	if c.first = c.first[n:]; len(c.first) == 0 {
		c.first = nil
	}
	return n, nil
}

// Write gives up on a client that does not read: mochi writes while holding the client's
// lock, and would otherwise wait for ever when it later disconnects that client.
func (c *gateConn) Write(p []byte) (int, error) {
	timeout := c.writeTimeout
	if c.hurried.Load() {
		timeout = goodbyeTimeout
	}
	_ = c.Conn.SetWriteDeadline(time.Now().Add(timeout))
	n, err := c.Conn.Write(p)
	if err != nil {
		_ = c.Conn.Close() // a packet cut in the middle cannot be continued
	}
	return n, err
}

// goodbyeTimeout is what a client gets to take what is being written to it when it is
// disconnected.
const goodbyeTimeout = 200 * time.Millisecond

// hurry makes the write that is under way and all later ones give up soon.
func (c *gateConn) hurry() {
	c.hurried.Store(true)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(goodbyeTimeout))
}

// SetDeadline is how mochi enforces the keepalive, which is about reading only.
func (c *gateConn) SetDeadline(t time.Time) error { return c.Conn.SetReadDeadline(t) }

// signalAck lets a waiting replay look again.
func (c *gateConn) signalAck() {
	select {
	case c.acked <- struct{}{}:
	default:
	}
}

// readConnect reads exactly the first packet, which must be a CONNECT of at most limit
// bytes (MQTT 5.0 section 3.1). A larger length is refused as soon as it is claimed, and
// memory grows only with what really arrives.
func readConnect(r io.Reader, limit int) ([]byte, error) {
	head := make([]byte, 2, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if head[0] != packets.Connect<<4 {
		return nil, fmt.Errorf("%w: first byte %#x", errNotConnect, head[0])
	}
	for head[len(head)-1]&0x80 != 0 {
		if len(head) == 5 {
			return nil, fmt.Errorf("%w: length of more than four bytes", errNotConnect)
		}
		head = head[:len(head)+1]
		if _, err := io.ReadFull(r, head[len(head)-1:]); err != nil {
			return nil, err
		}
	}
	length := 0
	for i, b := range head[1:] {
		length |= int(b&0x7f) << (7 * i)
	}
	if len(head)+length > limit {
		return nil, fmt.Errorf("%w: it claims %d bytes, at most %d are allowed", errNotConnect, length, limit)
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	if len(body) < length {
		return nil, io.ErrUnexpectedEOF
	}
	return append(head, body...), nil
}
