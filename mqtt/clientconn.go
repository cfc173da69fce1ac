package mqtt

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
)

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

// farewellTime is how long the broker has to hang up after we said goodbye.
const farewellTime = 2 * time.Second

// farewell ends a connection so that the broker reads our last packet. To close a socket with something unread
// resets it, and what the broker had not read then is lost: it would take a goodbye for a break, and publish the last will.
type farewell struct {
	conn interface {
		net.Conn
		CloseWrite() error
	}
	reading sync.Mutex
	over    bool // guarded by reading
	once    sync.Once
}

func (f *farewell) read(b []byte) (int, error) {
	f.reading.Lock()
	defer f.reading.Unlock()
	if f.over {
		return 0, net.ErrClosed
	}
	return f.conn.Read(b)
}

func (f *farewell) close() (err error) {
	f.once.Do(func() {
		_ = f.conn.SetReadDeadline(time.Unix(1, 0)) // whoever reads stops
		f.reading.Lock()
		f.over = true
		f.reading.Unlock()
		if f.conn.CloseWrite() == nil {
			_ = f.conn.SetReadDeadline(time.Now().Add(farewellTime))
			_, _ = io.Copy(io.Discard, f.conn)
		}
		err = f.conn.Close()
	})
	return err
}

// tcpConn keeps *net.TCPConn visible to paho, which then writes a packet in one system call.
type tcpConn struct {
	*net.TCPConn
	*packetLock
	end *farewell
}

func (c tcpConn) Read(b []byte) (int, error) { return c.end.read(b) }
func (c tcpConn) Close() error               { return c.end.close() }

type tlsConn struct {
	*tls.Conn
	*packetLock
	end *farewell
}

func (c tlsConn) Read(b []byte) (int, error) { return c.end.read(b) }
func (c tlsConn) Close() error               { return c.end.close() }

func (c *Client) dial(ctx context.Context, _ autopaho.ClientConfig, u *url.URL) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	if u.Scheme == "mqtts" {
		d := tls.Dialer{Config: c.options.TLS}
		conn, err := d.DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return nil, err
		}
		secure := conn.(*tls.Conn)
		return tlsConn{secure, &packetLock{conn: conn}, &farewell{conn: secure}}, nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	plain := conn.(*net.TCPConn)
	return tcpConn{plain, &packetLock{conn: conn}, &farewell{conn: plain}}, nil
}

// reconnectPause spreads the hubs and devices that lost the same broker.
func reconnectPause(n int) time.Duration {
	if n <= 0 {
		return 0
	}
	longest := min(500*time.Millisecond<<min(n-1, 6), 30*time.Second)
	var b [1]byte
	rand.Read(b[:])
	return longest/2 + longest/2*time.Duration(b[0])/255
}

// explain says in the household's words what paho could not do.
func explain(err error) string {
	var refused *autopaho.ConnackError
	switch {
	case errors.As(err, &refused):
		switch refused.ReasonCode {
		case 0x01, 0x84:
			return "the broker does not speak MQTT 5; update it or use the hub's own"
		case 0x86, 0x87:
			return "the broker refuses the user name or password"
		}
		return fmt.Sprintf("the broker refuses us with reason %#x %s", refused.ReasonCode, refused.Reason)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the broker hung up without an MQTT 5 answer; it may speak only 3.1.1, or expect TLS"
	}
	return err.Error()
}
