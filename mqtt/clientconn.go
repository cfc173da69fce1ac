package mqtt

import (
	"context"
	"crypto/tls"
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
